//! Writers and readers at once, as threads and as programs of their own, over a real folder: while
//! somebody appends, rotates, signs and publishes, every reader sees a log that was really there, and
//! never an older one than it saw before. A second writer is told at once; a killed one blocks nobody.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use chancery::disk::memory::Memory;
use chancery::disk::real::Folder;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::LastSigned;
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::repair::{Held, repair};
use chancery::ledger::spare::Spare;
use chancery::ledger::verify::{Verification, VerifyOptions, verify};
use chancery::publish::clone::{SIZE_MAX_DEFAULT, clone};
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::store::writer::Writer;
use chancery::tlog::hash::{Hash, leaf_hash};
use chancery::tlog::merkle::Tree;
use tempfile::TempDir;

use crate::checkpoints::key;
use crate::desk::{Desk, context, draft, now, opening, stop};

const COMMAND: &str = env!("CARGO_BIN_EXE_chancery");
const READERS: usize = 4;

fn folder(path: &Path) -> Arc<Folder> {
    Arc::new(Folder::open(path).unwrap())
}

fn segments(log: &Path) -> usize {
    let names = fs::read_dir(log).unwrap().map(|file| file.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|kind| kind == "seg")).count()
}

/// Ends the readers when the writer ends, also by a failed expectation.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Reads again and again until somebody is done, and once more; returns how often, and what was seen.
/// No reading may be older than what was durable when it began, or than the one before it.
fn watched(
    done: &AtomicBool,
    durable: &AtomicU64,
    read: impl Fn() -> (Size, Hash),
) -> BTreeMap<u64, Hash> {
    let mut seen = BTreeMap::new();
    let mut last = 0;
    loop {
        let is_last = done.load(Ordering::SeqCst);
        let least = durable.load(Ordering::SeqCst).max(last);
        let (size, root) = read();
        assert!(least <= size.0, "{} entries after {least} were there", size.0);
        last = size.0;
        assert_eq!(*seen.entry(size.0).or_insert(root), root, "of {size} entries");
        if is_last {
            return seen;
        }
    }
}

fn verified(path: &Path, options: &VerifyOptions) -> (Size, Hash) {
    let Verification { ok, size, root, checks, .. } = verify(folder(path), options).unwrap();
    assert!(ok, "{checks:#?}");
    (size, root)
}

fn asked(path: &Path) -> (Size, Hash) {
    let ledger = Ledger::open(folder(path)).unwrap();
    let size = ledger.size();
    let entries = ledger.payloads(Sequence(0)..Sequence(u64::MAX)).map(Result::unwrap);
    let mut tree = Tree::default();
    entries.for_each(|entry| tree.push(leaf_hash(&entry)));
    assert_eq!(
        (tree.size(), tree.root()),
        (size.0, ledger.root()),
        "what is read is what was told"
    );
    (size, ledger.root())
}

/// Entries in batches of three behind the opening.
fn batches(count: usize) -> Vec<Vec<Vec<u8>>> {
    let desk = Desk::opened();
    for batch in 0..count {
        let title = |number| draft(context(&format!("Event {batch} {number}")));
        desk.ledger.append((0..3).map(title).collect(), &stop()).unwrap();
    }
    let entries = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let entries: Vec<_> = entries.map(Result::unwrap).collect();
    let (opening, others) = entries.split_first().unwrap();
    let batches = others.chunks(3).map(<[_]>::to_vec);
    [vec![opening.clone()]].into_iter().chain(batches).collect()
}

#[test]
fn readers_see_whole_batches_and_never_an_older_log_while_segments_are_added() {
    let batches = batches(150);
    let place = TempDir::new().unwrap();
    let mut tree = Tree::default();
    let mut size_to_root = BTreeMap::new();
    for batch in &batches {
        batch.iter().for_each(|entry| tree.push(leaf_hash(entry)));
        size_to_root.insert(tree.size(), tree.root());
    }
    let mut writer =
        Writer::create(folder(place.path()), &batches[..1]).unwrap().with_segment_bytes_max(2_000);
    let (done, durable) = (AtomicBool::new(false), AtomicU64::new(1));
    let seen: Vec<_> = thread::scope(|scope| {
        let (done, durable, path) = (&done, &durable, place.path());
        let reader = |number: usize| {
            scope.spawn(move || {
                watched(done, durable, || match number % 2 {
                    0 => verified(path, &VerifyOptions::default()),
                    _ => asked(path),
                })
            })
        };
        let readers: Vec<_> = (0..READERS).map(reader).collect();
        let ended = Done(done);
        for pair in batches.windows(2) {
            let link = leaf_hash(pair[0].last().unwrap()).0;
            writer.commit(&pair[1..], link).unwrap();
            durable.store(writer.reader().size(), Ordering::SeqCst);
        }
        drop(ended);
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    });
    assert!(20 < writer.reader().segments().len(), "segments were added");
    for (size, root) in seen {
        assert_eq!(size_to_root.get(&size), Some(&root), "{size} entries were never there");
    }
}

#[test]
fn readers_and_copies_are_right_while_somebody_appends_signs_and_publishes() {
    let (place, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let ledger = Ledger::create(folder(place.path()), opening(), now()).unwrap();
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: false };
    let written = folder(target.path());
    let step = |title: &str| {
        let batch = (0..3).map(|number| draft(context(&format!("{title} {number}")))).collect();
        ledger.append(batch, &stop()).unwrap();
        ledger.sign_checkpoint(&key(), &last).unwrap();
        publish(&ledger, &*written, &mut |_| {}).unwrap();
    };
    step("The first");
    let (done, durable) = (AtomicBool::new(false), AtomicU64::new(ledger.size().0));
    let options = VerifyOptions { key: Some(key().verifier().clone()), ..VerifyOptions::default() };
    let seen: Vec<_> = thread::scope(|scope| {
        let (done, durable, options) = (&done, &durable, &options);
        let (path, published) = (place.path(), target.path());
        let ended = Done(done);
        let readers = [
            scope.spawn(move || watched(done, durable, || verified(path, options))),
            scope.spawn(move || watched(done, durable, || asked(path))),
            scope.spawn(move || watched(done, durable, || copied(published))),
        ];
        for number in 0..40 {
            step(&format!("Event {number}"));
            durable.store(ledger.size().0, Ordering::SeqCst);
        }
        drop(ended);
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    });
    for (size, root) in seen {
        assert_eq!((size - 1) % 3, 0, "half a batch");
        assert_eq!(ledger.root_of(Size(size)).unwrap(), Some(root));
    }
}

/// Lets entries of a log rot and repairs them from a copy, again and again, while others read.
#[test]
fn readers_beside_a_repair_see_the_whole_log_or_are_told_of_damage() {
    let batches = batches(60);
    let (place, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut writer =
        Writer::create(folder(place.path()), &batches[..1]).unwrap().with_segment_bytes_max(2_000);
    for pair in batches.windows(2) {
        writer.commit(&pair[1..], leaf_hash(pair[0].last().unwrap()).0).unwrap();
    }
    drop(writer);
    let names: Vec<String> = folder(place.path()).list("").unwrap();
    let mut segments: Vec<&String> = names.iter().filter(|name| name.ends_with(".seg")).collect();
    segments.iter().for_each(|name| {
        fs::copy(place.path().join(name), copy.path().join(name)).unwrap();
    });
    // Damage at the very end may look like a torn write.
    segments.pop();
    let whole = verified(place.path(), &VerifyOptions::default());
    let done = AtomicBool::new(false);
    let (found, damaged): (Vec<u64>, Vec<u64>) = thread::scope(|scope| {
        let (done, path) = (&done, place.path());
        let reader = |number: usize| {
            scope.spawn(move || {
                let (mut found, mut damaged) = (0, 0);
                while !done.load(Ordering::SeqCst) {
                    match seen_beside_a_repair(path, number) {
                        Some(seen) => {
                            assert_eq!(seen, whole, "another log than there ever was");
                            found += 1;
                        }
                        None => damaged += 1,
                    }
                }
                (found, damaged)
            })
        };
        let readers: Vec<_> = (0..READERS).map(reader).collect();
        let ended = Done(done);
        for round in 0..60 {
            for name in [segments[round % segments.len()], segments[(round * 7) % segments.len()]] {
                let at = 70 + round as u64 * 11;
                let byte = folder(path).read_at(name, at, 1).unwrap()[0];
                folder(path).write_at(name, at, &[byte ^ 1]).unwrap();
            }
            assert!(repaired(path, copy.path()), "round {round}");
        }
        drop(ended);
        readers.into_iter().map(|reader| reader.join().unwrap()).unzip()
    });
    assert_eq!(verified(place.path(), &VerifyOptions::default()), whole);
    assert!(found.iter().all(|found| 0 < *found), "nobody saw it whole: {found:?}, {damaged:?}");
    assert!(damaged.iter().any(|damaged| 0 < *damaged), "nobody read while it was damaged");
}

/// Repairs a log by a copy, and says whether that made it whole. A reader who asks whether a writer
/// lives holds the lock for an instant, as for [`wrote`].
fn repaired(path: &Path, copy: &Path) -> bool {
    let storage: Arc<dyn Storage> = folder(path);
    loop {
        let mut spare = Spare::in_folder(folder(copy), None).unwrap();
        let told: Result<_, LedgerError> =
            repair(&storage, &Held::default(), Some(&mut spare), true);
        match told {
            Err(error) if error.kind() == ErrorKind::Locked => thread::yield_now(),
            told => return told.unwrap().done,
        }
    }
}

/// What one reader sees; nothing where it is told of damage.
fn seen_beside_a_repair(path: &Path, number: usize) -> Option<(Size, Hash)> {
    if number.is_multiple_of(2) {
        let Verification { ok, size, root, .. } =
            verify(folder(path), &VerifyOptions::default()).ok()?;
        return ok.then_some((size, root));
    }
    match Ledger::open(folder(path)) {
        Ok(ledger) => Some((ledger.size(), ledger.root())),
        Err(error) => {
            let kinds = [ErrorKind::Corrupt, ErrorKind::NotFound];
            assert!(kinds.contains(&error.kind()), "{error}");
            None
        }
    }
}

/// Copies what is published just now.
fn copied(published: &Path) -> (Size, Hash) {
    let source = SourceFolder { storage: folder(published), address: "/srv".to_owned() };
    let (staging, own) = (Memory::default(), key());
    let storage = Arc::new(staging.clone());
    clone(&source, storage, Some(own.verifier()), Size(SIZE_MAX_DEFAULT), &mut |_, _| {}).unwrap();
    let copy = Ledger::open(Arc::new(staging)).unwrap();
    (copy.size(), copy.root())
}

fn chancery(arguments: &[&str]) -> Command {
    let mut command = Command::new(COMMAND);
    command.args(arguments).env("NO_COLOR", "1").env("CHANCERY_RECORDER", "archive");
    command.env("CHANCERY_NOW", "2026-11-24T00:00:00Z");
    command
}

/// The command, which begins a segment after two batches or so.
fn rotating(arguments: &[&str]) -> Command {
    let mut command = chancery(arguments);
    command.env("CHANCERY_TEST_SEGMENT_BYTES_MAX", "500");
    command
}

/// Runs a command; what it printed if it was content.
fn printed(mut command: Command) -> Result<Vec<u8>, String> {
    let output = command.output().unwrap();
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Runs a command that writes. Readers who ask whether a writer lives hold the lock shared for an
/// instant (format.md), so whoever is told of another writer tries again.
fn wrote(arguments: &[&str]) {
    wrote_by(|| chancery(arguments));
}

fn wrote_by(command: impl Fn() -> Command) {
    loop {
        match printed(command()) {
            Ok(_) => return,
            Err(told) => assert!(told.contains("another writer"), "{told}"),
        }
    }
}

#[test]
fn programs_that_read_are_right_while_others_append_rotate_sign_and_publish() {
    let place = TempDir::new().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (log, key, target, batch) = (at("log"), at("key"), at("pub"), at("batch.jsonl"));
    wrote(&["init", &log, "--origin", "a.example/busy"]);
    wrote(&["key", "new", &key, "--ledger", &log]);
    let line = r#"{"event":{"kind":"context","title":"A war","date":"1950"}}"#;
    fs::write(&batch, format!("{line}\n").repeat(3)).unwrap();
    let (done, durable) = (AtomicBool::new(false), AtomicU64::new(1));
    let seen: Vec<_> = thread::scope(|scope| {
        let (done, durable, log) = (&done, &durable, &log);
        let reader = |command: &'static str| {
            scope.spawn(move || {
                watched(done, durable, || {
                    let asked = chancery(&[command, "--ledger", log, "--format", "json"]);
                    let told = printed(asked).unwrap();
                    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
                    let root = told["root"].as_str().unwrap().parse().unwrap();
                    let size = told.get("size").or(told.pointer("/known/size")).unwrap();
                    (Size(size.as_u64().unwrap()), root)
                })
            })
        };
        let ended = Done(done);
        let readers = ["verify", "overview", "verify"].map(reader);
        for round in 1..=8 {
            wrote_by(|| rotating(&["record", &batch, "--ledger", log]));
            durable.store(1 + 3 * round, Ordering::SeqCst);
            wrote(&["checkpoint", "--key-file", &key, "--ledger", log]);
            wrote(&["publish", &target, "--ledger", log]);
        }
        drop(ended);
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    });
    assert!(4 < segments(Path::new(&log)));
    let ledger = Ledger::open(folder(Path::new(&log))).unwrap();
    assert_eq!(ledger.size(), Size(25));
    for (size, root) in seen {
        assert_eq!((size - 1) % 3, 0, "half a batch");
        assert_eq!(ledger.root_of(Size(size)).unwrap(), Some(root));
    }
}

#[test]
fn a_second_writer_is_told_at_once_and_what_to_do() {
    let place = TempDir::new().unwrap();
    let first = Ledger::create(folder(place.path()), opening(), now()).unwrap();
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let refused = Ledger::open_for_writing(folder(place.path())).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Locked);
                assert!(refused.hint().unwrap().contains("wait"), "{refused}");
            });
        }
    });
    drop(first);
    Ledger::open_for_writing(folder(place.path())).unwrap();
}

#[test]
fn programs_that_all_want_to_write_at_once_each_record_all_of_theirs_once() {
    const WRITERS: usize = 6;
    const BATCHES: usize = 5;
    let place = TempDir::new().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let log = at("log");
    wrote(&["init", &log, "--origin", "a.example/busy"]);
    wrote(&["key", "new", &at("key"), "--ledger", &log]);
    wrote(&["checkpoint", "--key-file", &at("key"), "--ledger", &log]);
    wrote(&["publish", &at("pub"), "--ledger", &log]);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (log, at) = (&log, &at);
            scope.spawn(move || {
                for batch in 0..BATCHES {
                    let line = |number: usize| {
                        let key = format!("{writer}-{batch}-{number}");
                        let event = context(&format!("Event {key}"));
                        format!("{}\n", serde_json::json!({ "key": key, "event": event }))
                    };
                    let file = at(&format!("{writer}-{batch}"));
                    fs::write(&file, (0..3).map(line).collect::<String>()).unwrap();
                    wrote_by(|| rotating(&["record", &file, "--ledger", log]));
                }
            });
        }
        // Those who sign, publish and repair want the lock as well, or a whole log.
        for _ in 0..4 {
            wrote(&["checkpoint", "--key-file", &at("key"), "--ledger", &log]);
            wrote(&["publish", &at("pub"), "--ledger", &log]);
            wrote(&["repair", "--from", &at("pub"), "--apply", "--ledger", &log]);
        }
    });
    assert!(4 < segments(Path::new(&log)));
    let ledger = Ledger::open(folder(Path::new(&log))).unwrap();
    assert_eq!(ledger.size().0, (1 + WRITERS * BATCHES * 3) as u64);
    // Nobody's batch lies within another's.
    let keys = ledger.entries(Sequence(1)..Sequence(u64::MAX));
    let keys: Vec<String> = keys.map(|read| read.unwrap().entry.key.unwrap().to_string()).collect();
    for batch in keys.chunks(3) {
        let (first, _) = batch[0].rsplit_once('-').unwrap();
        assert_eq!(batch, [0, 1, 2].map(|number| format!("{first}-{number}")));
    }
    verified(Path::new(&log), &VerifyOptions::default());
}

#[test]
fn programs_that_read_beside_repairs_see_the_whole_log_or_are_told_of_damage() {
    let place = TempDir::new().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (log, copy) = (at("log"), at("copy"));
    wrote(&["init", &log, "--origin", "a.example/rotten"]);
    let line = r#"{"event":{"kind":"context","title":"A war","date":"1950"}}"#;
    fs::write(at("batch"), format!("{line}\n").repeat(900)).unwrap();
    wrote(&["record", &at("batch"), "--ledger", &log]);
    // While a writer lives, a last commit that is not whole counts as one that is still being written.
    wrote(&["context", "A summit", "--on", "1955", "--ledger", &log]);
    fs::create_dir(&copy).unwrap();
    let segment = |of: &str| Path::new(of).join("00000000000000000000.seg");
    let whole = fs::read(segment(&log)).unwrap();
    fs::write(segment(&copy), &whole).unwrap();
    let done = AtomicBool::new(false);
    let seen: Vec<[usize; 2]> = thread::scope(|scope| {
        let (done, log) = (&done, &log);
        let reader = |command: &'static str| {
            scope.spawn(move || {
                let mut seen = [0, 0];
                while !done.load(Ordering::SeqCst) {
                    let asked =
                        chancery(&[command, "--no-cache", "--ledger", log, "--format", "json"]);
                    let output = { asked }.output().unwrap();
                    let told: serde_json::Value =
                        serde_json::from_slice(&output.stdout).unwrap_or_default();
                    let size = told.get("size").or(told.pointer("/known/size"));
                    match output.status.code() {
                        Some(0) => assert_eq!(size.and_then(serde_json::Value::as_u64), Some(902)),
                        // What verification finds, and a log that cannot be opened.
                        Some(4 | 5) => {}
                        code => panic!("{command}: {code:?} {output:?}"),
                    }
                    seen[usize::from(!output.status.success())] += 1;
                }
                seen
            })
        };
        let ended = Done(done);
        let readers = ["verify", "overview"].map(reader);
        for round in 0..12 {
            let mut rotten = whole.clone();
            rotten[200 + 97 * round] ^= 1;
            // At once: a log that is half written is another.
            fs::write(at("rotten"), &rotten).unwrap();
            fs::rename(at("rotten"), segment(log)).unwrap();
            wrote(&["repair", "--from", &copy, "--apply", "--ledger", log]);
            assert_eq!(fs::read(segment(log)).unwrap(), whole, "round {round}");
        }
        drop(ended);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    let [right, told] = seen.iter().fold([0, 0], |sum, seen| [sum[0] + seen[0], sum[1] + seen[1]]);
    assert!(0 < right && 0 < told, "{seen:?}");
}

/// A program that holds the ledger for writing, has recorded 1,000 entries and waits for more.
fn waiting_writer(log: &str) -> Child {
    let mut command = chancery(&["record", "-", "--restore", "--ledger", log]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut writer = command.spawn().unwrap();
    let line = r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#;
    // More than a batch and a pipe hold together: when all is written, a batch is recorded.
    let lines = format!("{line}\n").repeat(1_990);
    writer.stdin.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
    writer
}

#[test]
fn a_writer_that_is_killed_frees_the_lock_and_loses_nothing() {
    let place = TempDir::new().unwrap();
    let log = place.path().join("log").to_str().unwrap().to_owned();
    wrote(&["init", &log, "--origin", "a.example/killed"]);
    let mut writer = waiting_writer(&log);
    let refused = Ledger::open_for_writing(folder(Path::new(&log))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    let late = chancery(&["context", "A war", "--on", "1950", "--ledger", &log]);
    let told = printed(late).unwrap_err();
    assert!(told.contains("hint: wait until the other writer has finished"), "{told}");
    // On Unix this is SIGKILL: the writer is not asked.
    writer.kill().unwrap();
    writer.wait().unwrap();
    let ledger = Ledger::open_for_writing(folder(Path::new(&log))).unwrap();
    assert_eq!(ledger.size(), Size(1_001));
    drop(ledger);
    assert_eq!(verified(Path::new(&log), &VerifyOptions::default()).0, Size(1_001));
}
