//! The independent verifier (`tests/independent/verify.py`): it agrees with the command on the
//! reference ledger and on what is published of it, and misses no forgery.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::disk::real::Folder;
use chancery::domain::sequence::Sequence;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, LastSigned};
use chancery::publish::folder::publish;
use chancery::tlog::checkpoint::SignedCheckpoint;
use chancery::tlog::note::SignerKey;
use serde_json::Value;
use tempfile::TempDir;

use crate::desk::{Desk, context, draft, stop};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn log() -> PathBuf {
    root().join("log")
}

#[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        println!("skipped: there is no python3 to run the independent verifier with");
    }
    found
}

/// What the verifier says of a folder.
fn verified(folder: &Path, more: &[&str]) -> Value {
    let script = root().join("tests/independent/verify.py");
    let mut command = Command::new("python3");
    let output = command.arg(script).arg(folder).args(more).arg("--json").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"));
    assert_eq!(output.status.success(), answer["ok"].as_bool().unwrap(), "{answer}");
    answer
}

fn key() -> SignerKey {
    SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap()
}

fn sign(ledger: &Ledger, key: &SignerKey) {
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    ledger.sign_checkpoint(key, &last).unwrap();
}

/// A signed ledger of 300 entries, and what is published of it.
fn desk(title: &str) -> (Desk, Memory) {
    let desk = Desk::new();
    let drafts = (6..300).map(|number| draft(context(&format!("{title} {number}")))).collect();
    desk.ledger.append(drafts, &stop()).unwrap();
    sign(&desk.ledger, &key());
    let published = Memory::default();
    publish(&desk.ledger, &published, &mut |_| {}).unwrap();
    (desk, published)
}

fn written(files: &Memory) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files.files() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

#[test]
fn it_agrees_with_the_command_on_the_reference_ledger_and_on_what_is_published() {
    if !has_python() {
        return;
    }
    let ledger = Ledger::open(Arc::new(Folder::open(log()).unwrap())).unwrap();
    let folder = TempDir::new().unwrap();
    let target = Folder::create(folder.path().join("www")).unwrap();
    publish(&ledger, &target, &mut |_| {}).unwrap();
    let pinned = ledger.vouchers().key.clone().unwrap().to_string();
    for place in [&log(), target.path()] {
        let told = verified(place, &["--key", &pinned, "--relation", "SYR", "UKR"]);
        assert_eq!(told["ok"], true, "{told}");
        assert_eq!(told["size"], ledger.size().0);
        assert_eq!(told["root"], ledger.root().to_string());
        assert_eq!(told["head"], ledger.head().to_string());
        assert_eq!(told["origin"], ledger.origin().as_str());
        assert_eq!(told["checkpoint"]["trust"], "pinned");
        let entries = told["entries"].as_array().unwrap();
        assert!(7 <= entries.len(), "{entries:?}");
        for entry in entries {
            let record = ledger.entry(Sequence(entry["number"].as_u64().unwrap())).unwrap();
            assert_eq!(entry["hash"], record.hash.to_string());
            assert_eq!(entry["recorded_at"], record.entry.recorded_at.to_string());
        }
        let severed = entries
            .iter()
            .filter(|entry| entry["what"].as_str().unwrap().contains("diplomatic sever,"));
        assert_eq!(severed.count(), 2);
    }
}

#[test]
fn it_reads_an_entry_of_every_kind_and_refuses_every_cut_one() {
    if !has_python() {
        return;
    }
    let listed = fs::read_dir(root().join("tests/vectors/format-1")).unwrap();
    let mut files: Vec<PathBuf> = listed.map(|file| file.unwrap().path()).collect();
    files.sort();
    let vectors = files
        .iter()
        .map(|file| -> Value { serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap() });
    let vectors: Vec<Value> = vectors.collect();
    let script = "import sys, verify\n\
        for line in sys.stdin:\n    \
            payload = bytes.fromhex(line)\n    \
            verify.decode_entry(payload)\n    \
            print(verify.leaf_hash(payload).hex())\n    \
            for bad in [payload[:end] for end in range(len(payload))] + [payload + b'0']:\n        \
                try:\n            \
                    verify.decode_entry(bad)\n            \
                    sys.exit('a cut entry was read')\n        \
                except verify.Malformed:\n            \
                    pass\n";
    let mut command = Command::new("python3");
    command.args(["-c", script]).env("PYTHONDONTWRITEBYTECODE", "1");
    command.current_dir(root().join("tests/independent"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: String =
        vectors.iter().map(|vector| format!("{}\n", vector["bytes"].as_str().unwrap())).collect();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let hashes = String::from_utf8(output.stdout).unwrap();
    let expected = vectors.iter().map(|vector| vector["entry"]["hash"].as_str().unwrap());
    assert_eq!(hashes.lines().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn it_misses_no_forgery() {
    if !has_python() {
        return;
    }
    let (desk, published) = desk("An event");
    assert_eq!(verified(written(&desk.storage).path(), &[])["checkpoint"]["trust"], "own");
    let early = Desk::new();
    sign(&early.ledger, &key());
    let (fork, forked) = self::desk("Another history");
    let other_key = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let mut swapped = SignedCheckpoint::unsigned(
        desk.ledger.vouchers().checkpoint.clone().unwrap().checkpoint().clone(),
    )
    .unwrap();
    swapped.note_mut().sign(&other_key);
    let segment = "00000000000000000000.seg";
    let flipped = |files: &Memory, name: &str, at: usize| {
        let mut bytes = files.bytes(name).unwrap();
        bytes[at] ^= 4;
        (name.to_owned(), bytes)
    };
    let put = |name: &str, bytes: Option<Vec<u8>>| (name.to_owned(), bytes.unwrap());
    let twins = [
        ("a flipped entry byte", &desk.storage, flipped(&desk.storage, segment, 5_000)),
        ("a flipped tile byte", &published, flipped(&published, "tile/0/001.p/44", 100)),
        ("a flipped byte of the tile above", &published, flipped(&published, "tile/1/000.p/1", 3)),
        ("a flipped bundle byte", &published, flipped(&published, "tile/entries/000", 900)),
        (
            "a swapped signature",
            &published,
            (CHECKPOINT_NAME.to_owned(), swapped.to_string().into()),
        ),
        ("a fork of the ledger", &desk.storage, put(segment, fork.storage.bytes(segment))),
        ("a fork's tiles", &published, put("tile/0/000", forked.bytes("tile/0/000"))),
        ("an older log", &desk.storage, put(segment, early.storage.bytes(segment))),
        (
            "the checkpoint of a fork",
            &desk.storage,
            put(CHECKPOINT_NAME, fork.storage.bytes(CHECKPOINT_NAME)),
        ),
    ];
    for (what, files, (name, bytes)) in twins {
        let touched = files.copy();
        touched.set_bytes(&name, bytes);
        let told = verified(written(&touched).path(), &["--key", &key().verifier().to_string()]);
        assert_eq!(told["ok"], false, "{what}: {told}");
        assert!(told["error"].is_string(), "{what}: {told}");
    }
    // A stale checkpoint is a true one, of less: what it commits to holds, and it says how much.
    let stale = desk.storage.copy();
    stale.set_bytes(CHECKPOINT_NAME, early.storage.bytes(CHECKPOINT_NAME).unwrap());
    let told = verified(written(&stale).path(), &[]);
    assert_eq!(
        (&told["ok"], &told["checkpoint"]["size"], &told["size"]),
        (&true.into(), &6.into(), &300.into())
    );
    let wrong_key = verified(written(&stale).path(), &["--key", &other_key.verifier().to_string()]);
    assert_eq!(wrong_key["ok"], false);
}

#[test]
fn it_passes_over_a_reserve_and_over_nothing_else() {
    if !has_python() {
        return;
    }
    let (desk, _) = desk("An event");
    desk.ledger.reserve_at_once();
    desk.append(vec![draft(context("One more"))]).unwrap();
    let segment = "00000000000000000000.seg";
    let bytes = desk.storage.bytes(segment).unwrap();
    assert!(bytes.ends_with(&[0xff; 100_000]));
    let told = verified(written(&desk.storage).path(), &[]);
    assert_eq!((&told["ok"], &told["size"]), (&true.into(), &301.into()));
    let touched = desk.storage.copy();
    touched.set_bytes(segment, [bytes.as_slice(), &[0]].concat());
    assert_eq!(verified(written(&touched).path(), &[])["ok"], false);
}
