//! The workflow of `docs/ci.md`, run on a scratch repository: what it passes, and what it stops.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The scripts of the workflow, in order, each with its name.
fn scripts() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md");
    let text = fs::read_to_string(page).unwrap();
    let workflow = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let mut scripts: Vec<(String, String)> = Vec::new();
    let (mut name, mut in_script) = (String::new(), false);
    for line in workflow.lines() {
        if let Some(named) = line.trim().strip_prefix("- name: ") {
            named.clone_into(&mut name);
        }
        in_script = match (line.trim() == "run: |", in_script && line.starts_with("          ")) {
            (true, _) => {
                scripts.push((name.clone(), String::new()));
                true
            }
            (false, true) => {
                let (_, script) = scripts.last_mut().unwrap();
                script.push_str(line.trim_start());
                script.push('\n');
                true
            }
            (false, false) => false,
        };
    }
    scripts
}

/// A repository with a ledger, and the revision that changes are made on.
struct Repository {
    folder: TempDir,
    base: String,
}

impl Repository {
    /// None where git or a shell is missing, with the reason printed.
    #[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
    fn begun() -> Option<Self> {
        for program in ["git", "bash", "perl"] {
            if Command::new(program).arg("--version").output().is_err() {
                println!("skipped: no {program} to run the workflow with");
                return None;
            }
        }
        let mut repository = Self { folder: TempDir::new().unwrap(), base: String::new() };
        repository.must("git init --quiet .");
        repository.must("chancery init log --origin a.example/scratch");
        repository.must("chancery register KOR --kind state --name 'South Korea'");
        repository.must("chancery register CUB --kind state --name Cuba");
        repository.commit();
        let base = repository.must("git rev-parse HEAD");
        repository.base = String::from_utf8(base.stdout).unwrap().trim().to_owned();
        Some(repository)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn run(&self, script: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_chancery")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
        Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("BASE", &self.base)
            .env("CHANCERY_NOW", "2026-11-24T00:00:00Z")
            .env("CHANCERY_RECORDER", "archive")
            .output()
            .unwrap()
    }

    fn must(&self, script: &str) -> Output {
        let output = self.run(script);
        assert!(output.status.success(), "{script}: {output:?}");
        output
    }

    fn commit(&self) {
        self.must(
            "git add log && git -c user.name=archive -c user.email=archive@a.example \
             commit --quiet -m 'log: record'",
        );
    }

    /// The names of the scripts of the workflow that fail.
    fn failing(&self) -> Vec<String> {
        let scripts = scripts();
        assert_eq!(scripts.len(), 3, "{scripts:?}");
        let failing = scripts.into_iter().filter(|(_, script)| !self.run(script).status.success());
        failing.map(|(name, _)| name).collect()
    }
}

const ASSERTION: &str = r#"echo '{"event":{"kind":"assertion","assert":{"form":"count","entity":"KOR","count":COUNT,"on":"2025-01-01"}}}' | chancery record -"#;

#[test]
fn a_log_that_grew_and_agrees_with_itself_passes() {
    let Some(repository) = Repository::begun() else { return };
    repository.must("chancery establish KOR CUB --on 2024-02-14");
    repository.must(&ASSERTION.replace("COUNT", "1"));
    repository.commit();
    assert_eq!(repository.failing(), [""; 0]);
    let xml = fs::read_to_string(repository.path().join("check.xml")).unwrap();
    assert!(xml.contains(r#"<testcase name="count KOR is 1 on 2025-01-01">"#), "{xml}");
    assert!(xml.contains(r#"failures="0""#), "{xml}");
}

#[test]
fn the_room_of_a_writer_that_was_at_work_is_nothing_that_has_to_stay() {
    let Some(mut repository) = Repository::begun() else { return };
    let segment = repository.path().join("log/00000000000000000000.seg");
    let bytes = [fs::read(&segment).unwrap().as_slice(), &[0xff; 700]].concat();
    fs::write(&segment, bytes).unwrap();
    repository.commit();
    let base = repository.must("git rev-parse HEAD");
    repository.base = String::from_utf8(base.stdout).unwrap().trim().to_owned();
    repository.must("chancery establish KOR CUB --on 2024-02-14");
    repository.commit();
    assert_eq!(repository.failing(), [""; 0]);
}

#[test]
fn an_assertion_that_fails_stops_the_change() {
    let Some(repository) = Repository::begun() else { return };
    repository.must(&ASSERTION.replace("COUNT", "1"));
    repository.commit();
    assert_eq!(repository.failing(), ["the ledger agrees with its assertions"]);
    let xml = fs::read_to_string(repository.path().join("check.xml")).unwrap();
    assert!(xml.contains("found 0"), "{xml}");
}

#[test]
fn a_log_that_was_rewritten_stops_the_change() {
    let Some(repository) = Repository::begun() else { return };
    repository.must("rm -r log && chancery init log --origin a.example/scratch");
    repository.must("chancery register CUB --kind state --name Cuba");
    repository.must("chancery register KOR --kind state --name 'South Korea'");
    repository.commit();
    assert_eq!(repository.failing(), ["the log only ever grew"]);
}

#[test]
fn a_damaged_log_stops_the_change() {
    let Some(repository) = Repository::begun() else { return };
    let segment = repository.path().join("log/00000000000000000000.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[100] ^= 1;
    fs::write(&segment, bytes).unwrap();
    repository.commit();
    assert_eq!(repository.failing().len(), 3);
}
