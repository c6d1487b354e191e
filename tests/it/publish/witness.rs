//! Witnesses: what the command submits, what it keeps, and what it makes of a witness that has seen
//! something else. The witness decides by the specification, behind a plain server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use chancery::disk::real::Folder;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::LastSigned;
use chancery::publish::error::PublishError;
use chancery::publish::web::Answer;
use chancery::publish::witness::{Witness, cosignature_of};
use chancery::tlog::checkpoint::SignedCheckpoint;
use chancery::tlog::cosignature::WitnessSigner;
use chancery::tlog::note::SignatureLine;
use chancery::tlog::witness::{KnownLog, Latest, decide};
use tempfile::TempDir;

use super::web::{send, server_that_reads};
use super::{desk, grow, key, vkey};
use crate::desk::{Desk, context, draft, stop};

const NOW: u64 = 1_795_500_000;

fn signer(seed: u8) -> WitnessSigner {
    WitnessSigner::from_seed(&format!("w{seed}.example"), &[seed; 32]).unwrap()
}

/// A witness in memory that knows the log by its key.
struct Known {
    signer: WitnessSigner,
    latest: Mutex<Option<Latest>>,
}

impl Known {
    fn new(seed: u8) -> Self {
        Self { signer: signer(seed), latest: Mutex::default() }
    }

    fn answered(&self, body: &str) -> Answer {
        let mut latest = self.latest.lock().unwrap();
        let log = |_: &str| Some(KnownLog { keys: vec![vkey()], latest: *latest });
        match decide(body, log) {
            Ok(checkpoint) => {
                let of = checkpoint.checkpoint();
                *latest = Some(Latest { size: of.size, root: of.root });
                Answer { status: 200, bytes: line(&self.signer.cosign(&checkpoint, NOW)) }
            }
            Err(refusal) => Answer { status: refusal.status(), bytes: refusal.body().into_bytes() },
        }
    }
}

impl Witness for Known {
    fn add_checkpoint(&self, body: &str) -> Result<Answer, PublishError> {
        Ok(self.answered(body))
    }
}

/// Answers the same to everything.
struct Always(Answer);

impl Witness for Always {
    fn add_checkpoint(&self, _: &str) -> Result<Answer, PublishError> {
        Ok(self.0.clone())
    }
}

/// A signature line as it stands in a note.
fn line(line: &SignatureLine) -> Vec<u8> {
    let desk = desk(7);
    let mut checkpoint = desk.ledger.vouchers().checkpoint.clone().unwrap();
    checkpoint.note_mut().put(line.clone());
    let text = checkpoint.to_string();
    format!("{}\n", text.trim_end().rsplit_once('\n').unwrap().1).into_bytes()
}

#[test]
fn a_witness_cosigns_what_continues_what_it_has_seen() {
    let desk = desk(7);
    let witness = Known::new(1);
    for size in [7, 8, 300, 300, 513] {
        grow(&desk.ledger, size, "An event");
        let key = witness.signer.verifier();
        let cosignature = cosignature_of(&witness, key, &desk.ledger).unwrap();
        let mut checkpoint = desk.ledger.vouchers().checkpoint.clone().unwrap();
        checkpoint.note_mut().put(cosignature.line);
        assert_eq!(key.cosignature(&checkpoint).unwrap().unwrap().timestamp, NOW);
        assert_eq!(witness.latest.lock().unwrap().unwrap().size, size);
    }
}

#[test]
fn what_a_witness_has_seen_of_another_history_is_told() {
    let (one, other) = (desk(300), Desk::new());
    let witness = Known::new(1);
    let ask = |desk: &Desk| cosignature_of(&witness, witness.signer.verifier(), &desk.ledger);
    ask(&one).unwrap();
    grow(&other.ledger, 200, "Another history");
    assert!(matches!(ask(&other), Err(PublishError::WitnessAhead { .. })));
    grow(&other.ledger, 300, "Another history");
    assert!(matches!(ask(&other), Err(PublishError::WitnessedOther { .. })));
    grow(&other.ledger, 301, "Another history");
    let refused = ask(&other);
    assert!(matches!(refused, Err(PublishError::Witness { status: 422 })), "{refused:?}");
}

#[test]
fn a_witness_that_answers_with_anything_else_is_refused() {
    let desk = desk(7);
    let checkpoint = desk.ledger.vouchers().checkpoint.clone().unwrap();
    let ask = |status, bytes: Vec<u8>| {
        cosignature_of(&Always(Answer { status, bytes }), signer(1).verifier(), &desk.ledger)
    };
    let mut touched = line(&signer(1).cosign(&checkpoint, NOW));
    let last = touched.len() - 10;
    touched[last] = if touched[last] == b'A' { b'B' } else { b'A' };
    for bytes in [
        Vec::new(),
        b"thank you\n".to_vec(),
        vec![0xff, b'\n'],
        line(&signer(2).cosign(&checkpoint, NOW)),
        touched,
    ] {
        let refused = ask(200, bytes);
        assert!(matches!(refused, Err(PublishError::WitnessAnswer { .. })), "{refused:?}");
    }
    for status in [400, 403, 404, 422, 500] {
        assert!(
            matches!(ask(status, Vec::new()), Err(PublishError::Witness { status: s }) if s == status)
        );
    }
    for size in ["", "7", "x\n", "07\n", "-1\n"] {
        let refused = ask(409, size.into());
        assert!(matches!(refused, Err(PublishError::Witness { status: 409 })), "{size:?}");
    }
    // One that has seen another size each time.
    assert!(matches!(ask(409, b"3\n".to_vec()), Err(PublishError::WitnessedOther { .. })));
    // Beside its own line a witness may send others, which are not kept.
    let both =
        [line(&signer(2).cosign(&checkpoint, NOW)), line(&signer(1).cosign(&checkpoint, NOW))];
    assert!(ask(200, both.concat()).is_ok());
}

/// A ledger on disk with a signed checkpoint.
fn signed(folder: &Path) -> PathBuf {
    let path = folder.join("log");
    let desk = desk(7);
    fs::create_dir(&path).unwrap();
    for (name, bytes) in desk.storage.files() {
        fs::write(path.join(name), bytes).unwrap();
    }
    path
}

fn chancery(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn the_command_keeps_cosignatures_and_verifies_them_by_a_policy() {
    let folder = TempDir::new().unwrap();
    let path = signed(folder.path());
    let known = Arc::new([Known::new(1), Known::new(2)]);
    let serving = Arc::clone(&known);
    let (address, _) = server_that_reads(move |name, body, stream| {
        let (number, call) = name.split_once('/').unwrap();
        assert_eq!(call, "add-checkpoint");
        let answer = serving[number.parse::<usize>().unwrap()].answered(body);
        send(stream, &format!("{} .", answer.status), "", &answer.bytes)
    });
    let policy = |quorum: &str| {
        let [one, two] = [&known[0], &known[1]].map(|known| known.signer.verifier().to_string());
        let three = signer(3).verifier().to_string();
        let text = format!(
            "log {}\nwitness one {one} {address}/0\nwitness two {two} {address}/1/\n\
             witness three {three}\ngroup two-of 2 one two three\nquorum {quorum}\n",
            vkey()
        );
        let path = folder.path().join("policy");
        fs::write(&path, text).unwrap();
    };
    let run = |arguments: &[&str]| chancery(folder.path(), arguments);
    policy("two-of");
    let before = run(&["verify", "--witness-policy", "policy"]);
    assert_eq!(before.status.code(), Some(4), "{}", told(&before));
    assert!(told(&before).contains("no witness of the policy has cosigned"), "{}", told(&before));

    let cosigned = run(&["cosign", "--policy", "policy"]);
    assert!(cosigned.status.success(), "{}", told(&cosigned));
    let kept = fs::read_to_string(path.join("checkpoint")).unwrap();
    assert_eq!(SignedCheckpoint::parse(&kept).unwrap().note().lines().len(), 3);
    let verified = run(&["verify", "--witness-policy", "policy"]);
    assert!(verified.status.success(), "{}", told(&verified));
    assert!(told(&verified).contains("one at 2026-11-24"), "{}", told(&verified));
    assert!(told(&verified).contains("pinned"), "{}", told(&verified));

    let proved = run(&["prove", "entry", "3", "--output", "a.tlog-proof"]);
    assert!(proved.status.success(), "{}", told(&proved));
    let pinned = vkey().to_string();
    let verify = ["verify-proof", "a.tlog-proof", "--key", &pinned, "--witness-policy", "policy"];
    let verified = run(&verify);
    assert!(told(&verified).contains("Witnessed by one at"), "{}", told(&verified));
    policy("three");
    for arguments in [&verify[..], &["verify", "--witness-policy", "policy"]] {
        let missed = run(arguments);
        assert_eq!(missed.status.code(), Some(4), "{}", told(&missed));
        assert!(told(&missed).contains("only one, two cosigned"), "{}", told(&missed));
    }
    let missed = run(&["cosign", "--policy", "policy"]);
    assert_eq!(missed.status.code(), Some(1), "{}", told(&missed));

    // The next checkpoint begins without them, and gets them anew.
    let storage = Arc::new(Folder::open(&path).unwrap());
    let ledger = Ledger::open_for_writing(storage).unwrap();
    ledger.append(vec![draft(context("A war"))], &stop()).unwrap();
    let beside_key = chancery::disk::memory::Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    let next = ledger.sign_checkpoint(&key(), &last).unwrap();
    assert_eq!(next.checkpoint.note().lines().len(), 1);
    drop(ledger);
    policy("two-of");
    let again = run(&["cosign", "--policy", "policy", "--format", "json"]);
    assert!(again.status.success(), "{}", told(&again));
    let json: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((json["ok"].as_bool(), json["size"].as_u64()), (Some(true), Some(8)));
}

#[test]
fn a_policy_that_cannot_be_used_is_refused_with_its_line() {
    let folder = TempDir::new().unwrap();
    signed(folder.path());
    fs::write(folder.path().join("policy"), "witness x\n").unwrap();
    let refused = chancery(folder.path(), &["verify", "--witness-policy", "policy"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("line 1 of the policy"), "{}", told(&refused));
    let key = signer(1).verifier().to_string();
    fs::write(folder.path().join("policy"), format!("witness x {key}\nquorum x\n")).unwrap();
    let refused = chancery(folder.path(), &["cosign", "--policy", "policy"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("no witness an http(s):// address"), "{}", told(&refused));
}
