//! The command among other programs: in a pipe, beside another writer, interrupted, without rights,
//! without room. What the transcripts of `tests/cmd` cannot set up.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use chancery::disk::real::Folder;
use chancery::ledger::Ledger;
use tempfile::TempDir;

const COMMAND: &str = env!("CARGO_BIN_EXE_chancery");
const OPENED: &str = "2026-11-23T00:00:00.000Z";

fn chancery(arguments: &[&str]) -> Command {
    let mut command = Command::new(COMMAND);
    command.args(arguments).env("NO_COLOR", "1").env("CHANCERY_RECORDER", "archive");
    command.env("CHANCERY_NOW", "2026-11-24T00:00:00Z");
    command
}

fn run(arguments: &[&str]) -> Output {
    chancery(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("log")
}

/// The reference ledger as its export has it.
fn exported() -> Vec<u8> {
    let output = run(&["export", "--ledger", reference().to_str().unwrap()]);
    assert!(output.status.success(), "{}", told(&output));
    output.stdout
}

/// A ledger of an origin in a new folder, opened at a time.
fn begun(origin: &str, at: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log").to_str().unwrap().to_owned();
    let mut begin = chancery(&["init", &path, "--origin", origin, "--title"]);
    let begun = begin.arg("The reference ledger of chancery").env("CHANCERY_NOW", at).output();
    assert!(begun.unwrap().status.success());
    (folder, path)
}

fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let listed = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = listed.filter(|file| file.file_type().unwrap().is_file());
    files
        .map(|file| {
            let name = file.file_name().to_str().unwrap().to_owned();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}

fn started(arguments: &[&str]) -> Child {
    let mut command = chancery(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = started(arguments);
    // The command may end before it has read everything.
    child.stdin.take().unwrap().write_all(input).ok();
    child.wait_with_output().unwrap()
}

#[test]
fn an_export_piped_into_an_empty_ledger_restores_every_entry() {
    let (_folder, path) = begun("chancery.example/reference", OPENED);
    let restored =
        fed(&["record", "-", "--restore", "--keep-times", "--ledger", &path], &exported());
    assert!(restored.status.success(), "{}", told(&restored));
    let ledger = |path: &Path| Ledger::open(Arc::new(Folder::open(path).unwrap())).unwrap();
    let (ours, theirs) = (ledger(&reference()), ledger(Path::new(&path)));
    assert_eq!(theirs.size(), ours.size());
    let export = run(&["export", "--ledger", &path]).stdout;
    let events = |bytes: &[u8]| -> Vec<(serde_json::Value, serde_json::Value)> {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let parsed = lines.map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap());
        parsed.map(|line| (line["event"].clone(), line["recorded_at"].clone())).collect()
    };
    assert_eq!(events(&export), events(&exported()));
    // Restored a second time, it is refused.
    let again = fed(&["record", "-", "--restore", "--ledger", &path], &exported());
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).contains("only one that holds its opening alone is restored"));
}

#[test]
fn an_export_of_another_ledger_is_refused_and_both_are_named() {
    let (_folder, path) = begun("a.example/other", OPENED);
    let before = files(&path);
    let refused = fed(&["record", "-", "--restore", "--ledger", &path], &exported());
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        told(&refused),
        "error: the export is of the ledger chancery.example/reference, this one is \
         a.example/other\n\nhint: `chancery init DIR --origin chancery.example/reference` begins \
         one to restore it into\n"
    );
    assert_eq!(files(&path), before);
}

#[test]
fn times_from_before_the_ledger_was_opened_are_not_kept_and_the_way_out_is_named() {
    let (_folder, path) = begun("chancery.example/reference", "2026-11-24T00:00:00Z");
    let before = files(&path);
    let refused =
        fed(&["record", "-", "--restore", "--keep-times", "--ledger", &path], &exported());
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("CHANCERY_NOW=2026-11-23T00:01:00.000Z chancery init"));
    assert_eq!(files(&path), before);
}

#[test]
fn ctrl_c_leaves_whole_batches_and_says_so() {
    let (_folder, path) = begun("a.example/long", OPENED);
    let line = r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#;
    let lines = |count: usize| format!("{line}\n").repeat(count);
    let mut child = started(&["record", "-", "--restore", "--ledger", &path]);
    let mut input = child.stdin.take().unwrap();
    // More than a batch and a pipe hold together: when all of it is written, the batch is recorded.
    input.write_all(lines(1_990).as_bytes()).unwrap();
    input.flush().unwrap();
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    if !interrupt.is_ok_and(|status| status.success()) {
        skipped("no `kill` to interrupt the command with");
        child.kill().unwrap();
        child.wait().unwrap();
        return;
    }
    input.write_all(lines(1_500).as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    assert!(told(&output).contains("interrupted when 1000 entries were restored"));
    assert!(run(&["verify", "--ledger", &path]).status.success());
    let ledger = Ledger::open(Arc::new(Folder::open(&path).unwrap())).unwrap();
    assert_eq!(ledger.size().0, 1_001);
}

#[test]
fn a_clock_that_shows_no_moment_is_named() {
    let reference = reference();
    let mut asked = chancery(&["overview", "--ledger", reference.to_str().unwrap()]);
    let output = asked.env("CHANCERY_NOW", "soon").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        told(&output),
        "error: CHANCERY_NOW is \"soon\", which is no moment of RFC 3339\n\nhint: write it like \
         2026-11-22T03:00:00Z, or unset it\n"
    );
}

#[test]
fn beside_another_writer_asking_goes_on_and_recording_waits() {
    let (_folder, path) = begun("a.example/shared", OPENED);
    let before = files(&path);
    let writer = Ledger::open_for_writing(Arc::new(Folder::open(&path).unwrap())).unwrap();
    let refused =
        run(&["register", "KOR", "--kind", "state", "--name", "Korea", "--ledger", &path]);
    assert_eq!(refused.status.code(), Some(5));
    assert!(told(&refused).contains("hint: wait until the other writer has finished"));
    assert!(run(&["overview", "--ledger", &path]).status.success());
    drop(writer);
    assert_eq!(files(&path), before);
}

/// Records lines in a ledger of its own, which must refuse them and stay as it was; says how.
fn refused(lines: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let (_folder, path) = begun("a.example/refusing", OPENED);
    let before = files(&path);
    let record = [&["record", "-", "--ledger", &path], arguments].concat();
    let refused = fed(&record, lines.as_bytes());
    assert_eq!(files(&path), before);
    (refused.status.code(), told(&refused))
}

#[test]
fn what_no_batch_can_hold_is_refused_and_the_way_out_is_named() {
    let line = r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#;
    let (code, told) = refused(&format!("{line}\n").repeat(1_001), &[]);
    assert_eq!(code, Some(2));
    assert_eq!(
        told,
        "error: standard input holds more than 1000 events, the most that a batch can have\n\n\
         hint: record it in several batches; `--restore` takes an export of any length\n"
    );
    let (code, told) = refused(&"x".repeat(600_000), &[]);
    assert_eq!(code, Some(2));
    assert!(told.starts_with("error: standard input, line 1: longer than 524288 bytes"), "{told}");
}

#[test]
fn times_that_cannot_be_are_refused() {
    let at = |time: &str| {
        format!(
            "{{\"recorded_at\":\"{time}\",\"event\":{{\"kind\":\"context\",\"title\":\"A war\",\
             \"date\":\"1950\"}}}}\n"
        )
    };
    let (code, told) = refused(&at("2099-01-01T00:00:00.000Z"), &["--keep-times"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("lies ahead of the clock, which shows 2026-11-24T00:00:00.000Z"),
        "{told}"
    );
    assert!(told.contains("hint: correct the time or the clock"), "{told}");
    let twice = at("2026-11-23T02:00:00.000Z") + &at("2026-11-23T01:00:00.000Z");
    let (code, told) = refused(&twice, &["--keep-times"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("line 2: recorded_at 2026-11-23T01:00:00.000Z lies before"), "{told}");
}

/// Says why a test did not run.
#[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
fn skipped(why: &str) {
    println!("skipped: {why}");
}

const REGISTER: &str = "register KOR --kind state --name Korea";

#[test]
fn without_the_right_to_write_asking_goes_on_and_recording_says_so() {
    let (folder, path) = begun("a.example/guarded", OPENED);
    let before = files(&path);
    let program = folder.path().join("chancery");
    fs::copy(COMMAND, &program).unwrap();
    // The superuser may write everywhere: then somebody else has to try.
    let script = format!(
        "chmod 755 {0} && chmod -R a+rX,a-w {1} && {2} {3} {REGISTER} --ledger {1}",
        folder.path().display(),
        path,
        "exec $(test $(id -u) = 0 && echo setpriv --reuid=65534 --regid=65534 --clear-groups)",
        program.display(),
    );
    let output = Command::new("sh").args(["-c", &script]).output();
    let Ok(output) = output else { return skipped("no shell") };
    let restored = Command::new("chmod").args(["-R", "u+w", &path]).status();
    assert!(restored.unwrap().success());
    if told(&output).contains("setpriv") {
        return skipped("no `setpriv` to give up the rights of the superuser with");
    }
    assert_eq!(output.status.code(), Some(5), "{}", told(&output));
    assert!(
        told(&output).contains("hint: asking works; to record, copy the ledger"),
        "{}",
        told(&output)
    );
    assert_eq!(files(&path), before);
}

#[test]
fn on_a_full_disk_nothing_is_recorded_and_nothing_lost() {
    let folder = TempDir::new().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let long = format!(
        "{{\"event\":{{\"kind\":\"context\",\"title\":\"A war\",\"date\":\"1950\"}},\"note\":\"{}\"}}\n",
        "x".repeat(30_000)
    );
    fs::write(folder.path().join("long.jsonl"), long.repeat(4)).unwrap();
    // A disk of 64 KB that only this shell sees, and that goes with it.
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs {disk} || exit 99\n\
         {COMMAND} init {disk}/log --origin a.example/full || exit 98\n\
         cp -r {disk}/log {folder}/before\n\
         {COMMAND} record {folder}/long.jsonl --ledger {disk}/log\n\
         echo $? > {folder}/code\n\
         {COMMAND} verify --ledger {disk}/log || exit 97\n\
         cp -r {disk}/log {folder}/after\n",
        disk = disk.display(),
        folder = folder.path().display(),
    );
    let output = Command::new("unshare").args(["--mount", "sh", "-c", &script]).output();
    let output = match output {
        Ok(output) if !matches!(output.status.code(), Some(1 | 99)) => output,
        _ => return skipped("no right to mount a small disk"),
    };
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(fs::read_to_string(folder.path().join("code")).unwrap(), "5\n");
    assert!(told(&output).contains("hint: make room, then record again"), "{}", told(&output));
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(files(&path("after")), files(&path("before")));
}
