//! Clocks, places and limits that a machine may have: clocks that are wrong, time zones and locales,
//! media that take no writes, odd paths, symbolic links, few open files, small stacks. The command is
//! right or refuses; where the machine cannot be made so, a test says why it did not run.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;

use chancery::disk::real::Folder;
use chancery::domain::sequence::Sequence;
use chancery::ledger::Ledger;
use chancery::ledger::verify::{VerifyOptions, verify};
use tempfile::TempDir;

const COMMAND: &str = env!("CARGO_BIN_EXE_chancery");
const OPENED: &str = "2026-11-24T00:00:00Z";

/// A batch of two events.
const BATCH: &str = concat!(
    r#"{"event":{"kind":"context","title":"A war","date":"1950"}}"#,
    "\n",
    r#"{"event":{"kind":"context","title":"A summit","date":"1955"}}"#,
    "\n",
);

fn chancery_at(now: &str, within: &Path, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(COMMAND);
    command.args(arguments).current_dir(within).env("NO_COLOR", "1").env("CHANCERY_NOW", now);
    command.env("CHANCERY_RECORDER", "archive");
    command
}

fn run(within: &Path, arguments: &[&str]) -> Output {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    chancery_at(OPENED, within, &arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Says why a test did not run.
#[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
fn skipped(why: &str) {
    println!("skipped: {why}");
}

fn content(output: &Output) -> bool {
    output.status.success()
}

/// A folder with a ledger `log` of two entries in it.
fn begun() -> TempDir {
    let place = TempDir::new().unwrap();
    let begin = run(place.path(), &["init", "log", "--origin", "a.example/odd"]);
    assert!(content(&begin), "{}", told(&begin));
    assert!(content(&record(place.path())));
    place
}

fn record(within: &Path) -> Output {
    run(within, &["context", "A war", "--on", "1950", "--ledger", "log"])
}

fn ledger(path: &Path) -> Ledger {
    Ledger::open(Arc::new(Folder::open(path).unwrap())).unwrap()
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("log")
}

#[test]
fn a_clock_that_was_set_back_never_takes_the_ledger_back() {
    let place = begun();
    let at = |now: &str| {
        let arguments = ["context", "A war", "--on", "1950", "--ledger", "log"].map(OsStr::new);
        chancery_at(now, place.path(), &arguments).output().unwrap()
    };
    for now in ["2026-11-26T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"] {
        let recorded = at(now);
        assert!(content(&recorded), "{}", told(&recorded));
    }
    let log = place.path().join("log");
    let entries = ledger(&log);
    let times = entries.entries(Sequence(1)..Sequence(u64::MAX));
    let times: Vec<String> =
        times.map(|record| record.unwrap().entry.recorded_at.to_string()).collect();
    // The second of the three comes no earlier than the first, whatever its clock shows.
    assert_eq!(times, ["24", "26", "26", "27"].map(|day| format!("2026-11-{day}T00:00:00.000Z")),);
    let files = fs::read(log.join("00000000000000000000.seg")).unwrap();
    for (now, reason) in [
        ("1970-01-01T00:00:00Z", "lies before 2025"),
        ("9999-12-31T23:59:59.999Z", "more than ten years after the last entry"),
        ("10000-01-01T00:00:00Z", "is no moment of RFC 3339"),
        ("0000-01-01T00:00:00Z", "is no moment of RFC 3339"),
    ] {
        let refused = at(now);
        assert!(!content(&refused) && told(&refused).contains(reason), "{}", told(&refused));
        assert!(told(&refused).contains("hint: "), "{}", told(&refused));
    }
    assert_eq!(fs::read(log.join("00000000000000000000.seg")).unwrap(), files);
    assert!(content(&run(place.path(), &["verify", "--ledger", "log"])));
}

#[test]
fn no_ledger_begins_by_a_clock_that_has_lost_itself() {
    let place = tempfile::tempdir().unwrap();
    let begin = |now: &str| {
        let arguments = ["init", "log", "--origin", "a.example/log"].map(OsStr::new);
        chancery_at(now, place.path(), &arguments).output().unwrap()
    };
    for (now, reason) in [
        ("9999-12-31T23:59:59.999Z", "no ledger begins after 2099"),
        ("1970-01-01T00:00:00Z", "lies before 2025"),
    ] {
        let refused = begin(now);
        assert!(!content(&refused) && told(&refused).contains(reason), "{}", told(&refused));
        assert!(told(&refused).contains("hint: set the clock of this machine"));
        assert!(!place.path().join("log/00000000000000000000.seg").exists());
    }
    assert!(content(&begin("2026-11-24T00:00:00Z")));
}

#[test]
fn neither_time_zone_nor_language_changes_a_byte_of_what_is_told() {
    let reference = reference();
    let path = reference.to_str().unwrap();
    let questions: [&[&str]; 6] = [
        &["overview", "--on", "2026-01-01"],
        &["show", "UKR", "SYR", "--on", "2023-01-01"],
        &["history", "UKR", "SYR"],
        &["log", "--format", "json"],
        &["export"],
        &["verify"],
    ];
    for question in questions {
        let asked = |zone: &str, language: &str| {
            let arguments = [question, &["--ledger", path]].concat();
            let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
            let mut command = chancery_at("2026-11-24T23:30:00Z", &reference, &arguments);
            command.env("TZ", zone).env("LC_ALL", language).env("LANG", language);
            let output = command.output().unwrap();
            assert!(content(&output), "{}", told(&output));
            output.stdout
        };
        let plain = asked("UTC", "C");
        assert!(!plain.is_empty());
        for (zone, language) in [
            ("Pacific/Kiritimati", "de_DE.UTF-8"),
            ("Pacific/Pago_Pago", "tr_TR.UTF-8"),
            ("Asia/Kathmandu", "ar_EG.UTF-8"),
            (":no/such/zone", "no_such_language"),
        ] {
            assert_eq!(asked(zone, language), plain, "{question:?} in {zone}, {language}");
        }
    }
}

#[test]
fn a_ledger_at_an_odd_path_is_a_ledger() {
    let place = TempDir::new().unwrap();
    fs::create_dir(place.path().join("deeper")).unwrap();
    let long = "x".repeat(250);
    let deep = [long.as_str(); 4].join("/");
    let names: [&[u8]; 8] = [
        b"a b",
        b"a\nb",
        b"\xff\xfe",
        b"-x",
        b"deeper/../up",
        "\u{1F54A} \u{202e}".as_bytes(),
        b"'$HOME';\"`",
        deep.as_bytes(),
    ];
    for name in names {
        let name = OsStr::from_bytes(name);
        let origin = ["init", "--origin", "a.example/odd", "--"].map(OsStr::new);
        let begin = [&origin[..], &[name]].concat();
        let begun = chancery_at(OPENED, place.path(), &begin).output().unwrap();
        assert!(content(&begun), "{name:?}: {}", told(&begun));
        let mut option = OsStr::new("--ledger=").to_owned();
        option.push(name);
        let at = |words: &[&str]| {
            let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
            let arguments = [&words[..], &[&*option]].concat();
            chancery_at(OPENED, place.path(), &arguments).output().unwrap()
        };
        let recorded = at(&["context", "A war", "--on", "1950"]);
        assert!(content(&recorded), "{name:?}: {}", told(&recorded));
        assert!(content(&at(&["verify"])), "{name:?}");
        // What is printed of the name moves no cursor and ends no line.
        let printed = [begun.stdout, at(&["log"]).stdout].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        assert!(!printed.contains("a\nb") && !printed.contains('\u{202e}'), "{printed}");
        assert_eq!(ledger(&place.path().join(name)).size().0, 2);
    }
    for too_long in ["x".repeat(300), [long.as_str(); 17].join("/")] {
        let refused = run(place.path(), &["init", &too_long, "--origin", "a.example/odd"]);
        assert_eq!(refused.status.code(), Some(5));
        assert!(told(&refused).contains("File name too long"), "{}", told(&refused));
    }
}

#[test]
fn whatever_file_is_named_its_name_may_be_odd() {
    let place = TempDir::new().unwrap();
    let odd = |name: &str| {
        let mut odd = OsStr::from_bytes(b"\xff a\nb \xfe").to_owned();
        odd.push(name);
        odd
    };
    fs::create_dir(place.path().join(odd("cache"))).unwrap();
    fs::write(place.path().join(odd("batch")), BATCH).unwrap();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mappings");
    for (from, to) in [("un_members.toml", "mapping"), ("example.csv", "table")] {
        fs::copy(docs.join(from), place.path().join(odd(to))).unwrap();
    }
    let asked = |words: &[&str], code: i32| {
        // A word that begins with a colon is the odd name of that file.
        let words: Vec<_> = words
            .iter()
            .map(|word| word.strip_prefix(':').map_or_else(|| OsStr::new(word).to_owned(), odd))
            .collect();
        let words: Vec<&OsStr> = words.iter().map(|word| &**word).collect();
        let mut command = chancery_at(OPENED, place.path(), &words);
        let output = command.env("XDG_CACHE_HOME", odd("cache")).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", told(&output));
        assert!(!told(&output).contains("a\nb"), "{}", told(&output));
        output
    };
    asked(&["init", ":log", "--origin", "a.example/odd"], 0);
    let key = ["key", "new", ":key", "--ledger", ":log"];
    let refused = asked(&key, 5);
    assert!(told(&refused).contains("its name cannot be extended by .last"), "{}", told(&refused));
    assert!(!place.path().join(odd("key")).exists());
    asked(&["key", "new", "k e\ny", "--ledger", ":log"], 0);
    asked(&["record", ":batch", "--ledger", ":log"], 0);
    asked(&["checkpoint", "--key-file", "k e\ny", "--ledger", ":log"], 0);
    asked(&["publish", ":pub", "--ledger", ":log"], 0);
    // What may be an address has to be a text.
    asked(&["clone", ":pub", ":copy", "--trust-on-first-use"], 2);
    fs::rename(place.path().join(odd("pub")), place.path().join("p u\nb")).unwrap();
    asked(&["clone", "p u\nb", ":copy", "--trust-on-first-use"], 0);
    asked(&["verify", "--ledger", ":copy"], 0);
    asked(&["repair", "--from", "p u\nb", "--ledger", ":log"], 0);
    // The table is another one's: what matters is that both files are found and read.
    let refused = asked(&["import", ":table", "--mapping", ":mapping", "--ledger", ":log"], 2);
    assert!(told(&refused).contains("column"), "{}", told(&refused));
    for missing in [
        &["record", ":gone", "--ledger", ":log"][..],
        &["checkpoint", "--key-file", ":gone", "--ledger", ":log"],
        &["clone", "g o\nne", ":new", "--trust-on-first-use"],
    ] {
        asked(missing, 5);
    }
}

#[test]
fn symbolic_links_are_followed_or_refused_and_never_replaced() {
    let place = begun();
    let at = |name: &str| place.path().join(name);
    // The folder, and a segment that lies elsewhere.
    symlink("log", at("linked")).unwrap();
    let recorded = run(place.path(), &["context", "A war", "--on", "1950", "--ledger", "linked"]);
    assert!(content(&recorded), "{}", told(&recorded));
    let segment = at("log/00000000000000000000.seg");
    fs::rename(&segment, at("moved")).unwrap();
    symlink("../moved", &segment).unwrap();
    assert!(content(&record(place.path())));
    assert!(segment.is_symlink());
    assert!(content(&run(place.path(), &["verify", "--ledger", "log"])));
    assert_eq!(ledger(&at("log")).size().0, 4);
    // A quarantine that leads nowhere: nothing is cut off that could not be kept.
    symlink("nowhere", at("log/quarantine")).unwrap();
    let torn = [fs::read(at("moved")).unwrap(), b"xx".to_vec()].concat();
    fs::write(at("moved"), &torn).unwrap();
    let refused = record(place.path());
    assert_eq!(refused.status.code(), Some(5), "{}", told(&refused));
    assert_eq!(fs::read(at("moved")).unwrap(), torn);
    // One that leads elsewhere keeps what is cut off.
    fs::create_dir(at("nowhere")).unwrap();
    fs::remove_file(at("log/quarantine")).unwrap();
    symlink("../nowhere", at("log/quarantine")).unwrap();
    assert!(content(&record(place.path())));
    assert_eq!(fs::read_dir(at("nowhere")).unwrap().count(), 1);
    // A segment that leads nowhere, and a loop.
    fs::rename(at("moved"), at("away")).unwrap();
    symlink("loop", at("loop")).unwrap();
    for path in ["log", "loop"] {
        let refused = run(place.path(), &["verify", "--ledger", path]);
        assert_eq!(refused.status.code(), Some(5), "{}", told(&refused));
    }
}

#[test]
fn one_publishes_through_a_symbolic_link_but_not_to_nowhere() {
    let place = begun();
    let publish = |target: &str| run(place.path(), &["publish", target, "--ledger", "log"]);
    for signing in [
        &["key", "new", "key", "--ledger", "log"][..],
        &["checkpoint", "--key-file", "key", "--ledger", "log"],
    ] {
        assert!(content(&run(place.path(), signing)));
    }
    fs::create_dir(place.path().join("real")).unwrap();
    symlink("real", place.path().join("linked")).unwrap();
    assert!(content(&publish("linked")));
    assert!(place.path().join("real/checkpoint").exists());
    symlink("nowhere", place.path().join("dangling")).unwrap();
    assert_eq!(publish("dangling").status.code(), Some(5));
    assert!(!place.path().join("nowhere").exists());
}

/// Runs a script of the shell, with the command as `$C`.
fn shell(place: &Path, before: &[&str], script: &str) -> Option<Output> {
    let words = [before, &["sh", "-c", script]].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(place).env("C", COMMAND).env("NO_COLOR", "1");
    command.env("CHANCERY_NOW", OPENED).env("CHANCERY_RECORDER", "archive");
    let mappings = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mappings");
    command.env("MAPPINGS", mappings).env("REFERENCE", reference()).output().ok()
}

#[test]
fn from_media_that_take_no_writes_one_asks_verifies_and_publishes() {
    let place = begun();
    for signing in [
        &["key", "new", "key", "--ledger", "log"][..],
        &["checkpoint", "--key-file", "key", "--ledger", "log"],
    ] {
        assert!(content(&run(place.path(), signing)));
    }
    let script = "mount --bind log log && mount -o remount,bind,ro log || exit 99
        touch log/x 2>/dev/null && exit 98
        for words in verify overview check log; do $C $words --ledger log || exit 97; done
        $C publish pub --ledger log || exit 96
        $C clone pub copy --trust-on-first-use || exit 95
        $C verify --ledger copy || exit 94
        $C context War --on 1950 --ledger log; test $? = 5 || exit 93
        $C checkpoint --key-file key --ledger log; test $? = 5 || exit 92
        $C init log/inner --origin a.example/inner; test $? = 5 || exit 91";
    let Some(output) = shell(place.path(), &["unshare", "--mount"], script) else {
        return skipped("no `unshare` to mount a folder for reading only");
    };
    if matches!(output.status.code(), Some(1 | 99)) {
        return skipped("no right to mount a folder for reading only");
    }
    assert!(content(&output), "{:?}: {}", output.status, told(&output));
    assert_eq!(told(&output).matches("hint: asking works; to record, copy").count(), 2);
}

#[test]
fn eight_open_files_are_enough_and_too_few_are_said_to_be() {
    let place = begun();
    let script = "ulimit -n 8
        $C verify --ledger $REFERENCE || exit 99
        $C context War --on 1950 --ledger log || exit 98
        $C verify --ledger log || exit 97
        ulimit -n 4
        $C context War --on 1950 --ledger log; test $? = 5 || exit 96";
    let Some(output) = shell(place.path(), &["env"], script) else { return skipped("no shell") };
    assert!(content(&output), "{:?}: {}", output.status, told(&output));
    assert!(told(&output).contains("Too many open files"), "{}", told(&output));
    assert_eq!(ledger(&place.path().join("log")).size().0, 3);
}

#[test]
fn with_however_few_open_files_each_command_is_right_or_says_so_and_nothing_is_lost() {
    let place = begun();
    fs::write(place.path().join("batch"), BATCH).unwrap();
    for signing in [
        &["key", "new", "key", "--ledger", "log"][..],
        &["checkpoint", "--key-file", "key", "--ledger", "log"],
        &["publish", "pub", "--ledger", "log"],
    ] {
        assert!(content(&run(place.path(), signing)));
    }
    let (mut done, mut refused) = (0, 0);
    for files in 3..=10 {
        for words in [
            "record batch --ledger log",
            "checkpoint --key-file key --ledger log",
            "publish pub --ledger log",
            "verify --ledger log",
            "overview --ledger log",
            "check --ledger log",
            "export --ledger log",
            "repair --from pub --ledger log",
            &format!("clone pub copy{files} --trust-on-first-use"),
        ] {
            let script = format!("ulimit -n {files}; exec $C {words}");
            let Some(output) = shell(place.path(), &["env"], &script) else {
                return skipped("no shell");
            };
            let is_told = told(&output).contains("Too many open files");
            match (output.status.code(), is_told) {
                (Some(0), _) => done += 1,
                (Some(5), true) => refused += 1,
                // The system could not even load the program.
                (Some(127), _) => {}
                (code, _) => panic!("{files} files, {words}: {code:?} {}", told(&output)),
            }
        }
    }
    assert!(0 < done && 0 < refused, "{done} done, {refused} refused");
    assert!(content(&run(place.path(), &["verify", "--ledger", "log"])));
    // Some of the batches of two came through, none by half.
    let size = ledger(&place.path().join("log")).size().0;
    assert!(2 < size && size.is_multiple_of(2), "{size} entries");
}

#[test]
fn the_command_gets_by_with_stacks_of_256_kib() {
    let place = begun();
    let script = r#"ulimit -s 256; export RUST_MIN_STACK=262144
        for words in verify check overview export log 'partners UKR' 'history UKR SYR'; do
            $C $words --ledger $REFERENCE > /dev/null || exit 99
        done
        $C context War --on 1950 --ledger log || exit 98
        set -e
        $C key new key --ledger log
        $C checkpoint --key-file key --ledger log
        $C publish pub --ledger log
        $C clone pub copy --trust-on-first-use
        $C prove entry 1 --ledger log --output proof
        $C verify-proof proof --key "$(cat copy/key.pub)"
        $C repair --from copy --ledger log
        $C import $MAPPINGS/example.csv --mapping $MAPPINGS/example.toml --ledger log --dry-run && exit 97
        set +e
        $C record nested.json --ledger log; test $? = 2 || exit 96
        $C import nested.json --mapping nested.toml --ledger log; test $? = 2 || exit 95"#;
    // As deep as a file may be long.
    fs::write(place.path().join("nested.json"), "[".repeat(1 << 20)).unwrap();
    fs::write(place.path().join("nested.toml"), format!("a = {}", "[".repeat(1 << 20))).unwrap();
    let Some(output) = shell(place.path(), &["env"], script) else { return skipped("no shell") };
    assert!(content(&output), "{:?}: {}", output.status, told(&output));
}

#[test]
fn a_thread_with_a_stack_of_256_kib_opens_verifies_and_reads_everything() {
    let read = || {
        let storage = Arc::new(Folder::open(reference()).unwrap());
        assert!(verify(storage, &VerifyOptions::default()).unwrap().ok);
        let ledger = ledger(&reference());
        ledger.entries(Sequence(0)..Sequence(u64::MAX)).map(Result::unwrap).count()
    };
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(read).unwrap();
    assert_eq!(thread.join().unwrap() as u64, ledger(&reference()).size().0);
}
