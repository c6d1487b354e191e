//! Targets: the signed texts and what they are judged by. What is read is written as it was.

use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::cosignature::{WitnessKey, read_answer};
use chancery::tlog::hash::Hash;
use chancery::tlog::note::{Note, SignerKey, VerifierKey};
use chancery::tlog::policy::Policy;
use chancery::tlog::proof_file::{ConsistencyFile, ProofFile};
use chancery::tlog::witness::{KnownLog, decide};

/// The key by which the seeds were signed, and its namesakes.
fn keys() -> Vec<VerifierKey> {
    let key = |seed| SignerKey::from_seed("a.example/log", &[seed; 32]);
    (1..3).map(|seed| key(seed).expect("the name is sound").verifier().clone()).collect()
}

/// The witness by whom the seeds were cosigned.
fn witness() -> WitnessKey {
    let signer = chancery::tlog::cosignature::WitnessSigner::from_seed("w.example/1", &[5; 32]);
    signer.expect("the name is sound").verifier().clone()
}

/// A signed note.
pub(crate) fn note(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text);
        drop(note.verify(&keys()));
        assert_eq!(Note::new(note.text()).expect("it was a note's").text(), note.text());
    }
}

/// A checkpoint, alone and signed.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        let printed = checkpoint.to_string();
        assert_eq!(Checkpoint::parse(&printed), Ok(checkpoint));
    }
    if let Ok(signed) = SignedCheckpoint::parse(text) {
        assert_eq!(signed.to_string(), text);
        for key in &keys() {
            drop(signed.verify(key));
        }
        drop(witness().cosignature(&signed));
    }
}

/// The two kinds of files of a proof, and what a witness is asked.
pub(crate) fn proof_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let keys = keys();
    if let Ok(file) = ProofFile::parse(text) {
        assert_eq!(file.to_string(), text);
        for key in &keys {
            drop(file.verify(b"an entry", key));
        }
    }
    if let Ok(file) = ConsistencyFile::parse(text) {
        assert_eq!(file.to_string(), text);
        for key in &keys {
            drop(file.verify(Hash::ZERO, key));
        }
    }
    let known = |_: &str| Some(KnownLog { keys: keys.clone(), latest: None });
    drop(decide(text, known));
}

/// A policy, and a checkpoint that it judges.
pub(crate) fn policy(bytes: &[u8]) {
    if let Ok(policy) = Policy::parse(bytes) {
        let root = Hash::ZERO;
        let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 1, root };
        let signed = SignedCheckpoint::unsigned(checkpoint).expect("the origin is sound");
        drop(policy.judge(&signed));
    }
}

/// What a witness answers.
pub(crate) fn cosignature(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(lines) = read_answer(text) else { return };
    let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 1, root: Hash::ZERO };
    let mut signed = SignedCheckpoint::unsigned(checkpoint).expect("the origin is sound");
    for line in lines {
        signed.note_mut().put(line);
    }
    drop(witness().cosignature(&signed));
}

/// The files of keys.
pub(crate) fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(VerifierKey::parse(&key.to_string()).as_ref(), Ok(&key));
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SignerKey::parse(text) {
        let again = SignerKey::parse(&key.secret_text()).expect("it is written as it is read");
        assert_eq!(again.verifier(), key.verifier());
    }
    drop(WitnessKey::parse(text));
}
