//! The page for auditors, `docs/verify.md`: its steps are run in order, in a copy of what they need, and
//! print what it shows. Those in Go are run when `CHANCERY_INTEROP` is set, as `.ci/interop` does.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of the page, each with its language.
fn blocks() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/verify.md")).unwrap();
    let fenced = page.split("```").skip(1).step_by(2);
    let blocks = fenced.filter_map(|block| block.split_once('\n'));
    blocks.map(|(language, text)| (language.to_owned(), text.to_owned())).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs a script; what it prints, and whether all of it succeeded.
fn run(folder: &Path, script: &str) -> (String, bool) {
    let programs = Path::new(env!("CARGO_BIN_EXE_chancery")).parent().unwrap();
    let mut command = Command::new("bash");
    command.args(["-e", "-c", script]).current_dir(folder).env("NO_COLOR", "1");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = [programs.to_owned()].into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(paths).unwrap());
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (if output.status.success() { told } else { told + &errors }, output.status.success())
}

/// Why a script cannot be run here, if it cannot.
fn missing(folder: &Path, script: &str) -> Option<String> {
    let has = |program: &str| Command::new(program).arg("version").output().is_ok();
    if script.contains("python3 ") && !has("python3") {
        return Some("no python3".to_owned());
    }
    if script.contains("go build") || script.contains("go install") {
        if std::env::var_os("CHANCERY_INTEROP").is_none() {
            return Some("CHANCERY_INTEROP is not set: see .ci/interop".to_owned());
        }
        if !has("go") {
            return Some("no Go".to_owned());
        }
    }
    let install = script.lines().find(|line| line.contains("go install"))?;
    let (told, is_installed) = run(folder, install);
    (!is_installed).then(|| told.trim().to_owned())
}

#[test]
#[allow(clippy::print_stdout, reason = "a step that is skipped says why")]
fn every_step_of_the_page_prints_what_it_shows() {
    if Command::new("bash").arg("--version").output().is_err() {
        println!("skipped: there is no bash to run the page with");
        return;
    }
    let folder = TempDir::new().unwrap();
    for needed in ["log", "tests/independent", "tests/interop"] {
        copy(&root().join(needed), &folder.path().join(needed));
    }
    let (mut last, mut steps) = (String::new(), 0);
    for (language, text) in blocks() {
        match language.as_str() {
            "console" => {
                for step in text.split("$ ").skip(1) {
                    let (command, shown) = step.split_once('\n').unwrap();
                    let (told, succeeded) = run(folder.path(), command);
                    assert!(succeeded, "{command}: {told}");
                    assert_eq!(told.trim_end(), shown.trim_end(), "{command}");
                    steps += 1;
                }
            }
            "sh" => match missing(folder.path(), &text) {
                Some(reason) => {
                    println!("skipped: {reason}: {text}");
                    last.clear();
                }
                None => {
                    let (told, succeeded) = run(folder.path(), &text);
                    assert!(succeeded, "{text}: {told}");
                    println!("ran: {text}");
                    last = told;
                    steps += 1;
                }
            },
            // What a script prints for each folder; the key stands alone before all steps.
            "text" if !last.is_empty() => assert_eq!(last.matches(&text).count(), 3, "{last}"),
            "text" => {}
            other => panic!("{other}"),
        }
    }
    assert!(5 <= steps, "{steps}");
    let key = fs::read_to_string(root().join("log/key.pub")).unwrap();
    let page = fs::read_to_string(root().join("docs/verify.md")).unwrap();
    assert!(page.contains(key.trim_end()));
}
