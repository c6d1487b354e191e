//! Checkpoints: what is signed, what is refused, and that no key ever signs two histories, whatever
//! crashes and whatever is restored in between.

use std::io;
use std::sync::Arc;

use chancery::disk::faulty::{Call, Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::answer::overview::Trust;
use chancery::ledger::checkpoint::{
    CHECKPOINT_NAME, CheckpointFault, KEY_NAME, LastSigned, Signed, SigningRefusal,
};
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::verify::{CHECKS_OF_BYTES, Verification, VerifyOptions, verify};
use chancery::store::error::StoreError;
use chancery::store::writer::Writer;
use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::hash::Hash;
use chancery::tlog::note::SignerKey;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::desk::{Desk, context, draft, stop};

const LAST: &str = "a.key.last";
const SEGMENT: &str = "00000000000000000000.seg";

pub(crate) fn key() -> SignerKey {
    SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap()
}

fn sign(ledger: &Ledger, beside_key: &dyn Storage) -> Result<Signed, LedgerError> {
    ledger.sign_checkpoint(&key(), &LastSigned { storage: beside_key, name: LAST, adopt: false })
}

fn adopt(ledger: &Ledger, beside_key: &dyn Storage) -> Result<Signed, LedgerError> {
    ledger.sign_checkpoint(&key(), &LastSigned { storage: beside_key, name: LAST, adopt: true })
}

fn refusal(result: Result<Signed, LedgerError>) -> SigningRefusal {
    match result {
        Err(LedgerError::Signing(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn record(ledger: &Ledger, title: &str) {
    ledger.append(vec![draft(context(title))], &stop()).unwrap();
}

fn reopened(storage: &Memory) -> Result<Ledger, LedgerError> {
    Ledger::open_for_writing(Arc::new(storage.clone()))
}

fn verified(storage: &Memory, options: &VerifyOptions) -> Verification {
    verify(Arc::new(storage.copy()), options).unwrap()
}

fn detail<'v>(verification: &'v Verification, name: &str) -> (bool, &'v str) {
    let check = verification.checks.iter().find(|check| check.name == name).unwrap();
    (check.ok, &check.detail)
}

fn extends(kept: &SignedCheckpoint) -> VerifyOptions {
    VerifyOptions { extends: Some(kept.clone()), ..VerifyOptions::default() }
}

#[test]
fn a_checkpoint_commits_to_every_entry_and_lies_beside_the_log() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let signed = sign(&desk.ledger, &beside_key).unwrap();
    assert_eq!(signed.before, None);
    assert_eq!(signed.checkpoint.checkpoint().root, desk.ledger.root());
    assert_eq!(signed.checkpoint.verify(key().verifier()), Ok(()));
    let text = signed.checkpoint.to_string().into_bytes();
    assert_eq!(desk.storage.bytes(CHECKPOINT_NAME), Some(text.clone()));
    assert_eq!(beside_key.bytes(LAST), Some(text));
    let line = format!("{}\n", key().verifier()).into_bytes();
    assert_eq!(desk.storage.bytes(KEY_NAME), Some(line));
    assert_eq!(verified(&desk.storage, &VerifyOptions::default()).trust, Trust::Own);

    record(&desk.ledger, "A war");
    let unsigned = verified(&desk.storage, &VerifyOptions::default());
    assert!(unsigned.ok);
    let (_, told) = detail(&unsigned, "checkpoint");
    assert!(told.starts_with("6 entries and 1 not yet, signed by the ledger's own key"), "{told}");
    let next = sign(&desk.ledger, &beside_key).unwrap();
    assert_eq!((next.before, next.checkpoint.checkpoint().size), (Some(Size(6)), 7));
    // Nothing new: the same bytes.
    assert_eq!(sign(&desk.ledger, &beside_key).unwrap().checkpoint, next.checkpoint);
}

#[test]
fn signatures_of_others_are_kept_with_what_they_signed() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let mut signed = sign(&desk.ledger, &beside_key).unwrap().checkpoint;
    let grease =
        "\u{2014} a.example/desk AAAAAGdyZWFzZQ==\n\u{2014} other.example AAAAAWdyZWFzZQ==\n";
    let greased = format!("{signed}{grease}");
    drop(desk.ledger);
    desk.storage.set_bytes(CHECKPOINT_NAME, greased.clone());
    let ledger = reopened(&desk.storage).unwrap();
    let again = sign(&ledger, &beside_key).unwrap().checkpoint;
    assert_eq!(again.note().lines().len(), 3);
    assert!(again.to_string().contains("other.example"));
    assert_eq!(again.verify(key().verifier()), Ok(()));
    record(&ledger, "A war");
    signed = sign(&ledger, &beside_key).unwrap().checkpoint;
    assert_eq!(signed.note().lines().len(), 1);
}

#[test]
fn the_key_of_another_ledger_and_a_second_key_are_refused() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let last = LastSigned { storage: &beside_key, name: LAST, adopt: false };
    let other = SignerKey::from_seed("b.example/desk", &[7; 32]).unwrap();
    let refused = refusal(desk.ledger.sign_checkpoint(&other, &last));
    assert!(matches!(refused, SigningRefusal::OtherName { .. }), "{refused}");
    sign(&desk.ledger, &beside_key).unwrap();
    let second = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let refused = refusal(desk.ledger.sign_checkpoint(&second, &last));
    assert!(matches!(refused, SigningRefusal::OtherKey { .. }), "{refused}");
    let reading = Ledger::open(Arc::new(desk.storage.clone())).unwrap();
    assert!(matches!(sign(&reading, &beside_key), Err(LedgerError::ReadOnly)));
}

#[test]
fn a_bit_that_flipped_between_memory_and_disk_is_not_signed() {
    let desk = Desk::new();
    let whole = desk.storage.bytes(SEGMENT).unwrap();
    for at in 0..whole.len() {
        let beside_key = Memory::default();
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        desk.storage.set_bytes(SEGMENT, flipped);
        let refused = sign(&desk.ledger, &beside_key).unwrap_err();
        assert_ne!(refused.kind(), ErrorKind::Refused, "byte {at}: {refused}");
        assert!(beside_key.files().is_empty() && desk.storage.bytes(CHECKPOINT_NAME).is_none());
    }
    // Other entries that are sound in themselves.
    let other = Desk::new();
    record(&other.ledger, "A war");
    record(&desk_with(&desk, &whole), "A peace");
    desk.storage.set_bytes(SEGMENT, other.storage.bytes(SEGMENT).unwrap());
    let changed = sign(&desk.ledger, &Memory::default()).unwrap_err();
    assert!(matches!(changed, LedgerError::Store(StoreError::Changed { entry: 6 })), "{changed:?}");
}

/// The ledger of a desk, over a copy with a sound segment.
fn desk_with(desk: &Desk, segment: &[u8]) -> Ledger {
    let copy = desk.storage.copy();
    copy.set_bytes(SEGMENT, segment);
    reopened(&copy).unwrap()
}

#[test]
fn a_restored_copy_signs_no_rollback_and_no_fork() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    sign(&desk.ledger, &beside_key).unwrap();
    let backup = desk.storage.copy();
    record(&desk.ledger, "A war");
    sign(&desk.ledger, &beside_key).unwrap();

    let restored = reopened(&backup).unwrap();
    assert_eq!(
        refusal(sign(&restored, &beside_key)),
        SigningRefusal::RolledBack { size: Size(6), signed: Size(7) }
    );
    record(&restored, "A peace");
    let forked = SigningRefusal::Forked { signed: Size(7) };
    assert_eq!(refusal(sign(&restored, &beside_key)), forked);
    record(&restored, "Another war");
    assert_eq!(refusal(adopt(&restored, &beside_key)), forked);
}

#[test]
fn a_key_that_does_not_know_what_it_signed_signs_only_what_is_adopted() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let first = sign(&desk.ledger, &beside_key).unwrap();
    record(&desk.ledger, "A war");
    let lost = Memory::default();
    let refused = refusal(sign(&desk.ledger, &lost));
    assert_eq!(refused, SigningRefusal::LastUnknown { size: Size(6) });
    lost.set_bytes(LAST, "rubbish");
    let refused = refusal(sign(&desk.ledger, &lost));
    assert!(matches!(refused, SigningRefusal::LastUnreadable { .. }), "{refused}");
    // What another key signed is not what this one signed.
    let other = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let mut foreign = SignedCheckpoint::unsigned(first.checkpoint.checkpoint().clone()).unwrap();
    foreign.note_mut().sign(&other);
    lost.set_bytes(LAST, foreign.to_string());
    let refused = refusal(sign(&desk.ledger, &lost));
    assert!(matches!(refused, SigningRefusal::LastUnreadable { .. }), "{refused}");
    assert_eq!(adopt(&desk.ledger, &lost).unwrap().before, Some(Size(6)));
    assert!(sign(&desk.ledger, &lost).is_ok());
}

#[test]
fn a_log_that_is_not_what_its_checkpoint_says_is_not_opened() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let short = desk.storage.copy();
    record(&desk.ledger, "A war");
    sign(&desk.ledger, &beside_key).unwrap();
    drop(desk.ledger);
    let checkpoint = desk.storage.bytes(CHECKPOINT_NAME).unwrap();
    let truncated = CheckpointFault::Truncated { size: Size(6), committed: Size(7) };
    short.set_bytes(CHECKPOINT_NAME, checkpoint.clone());
    assert_eq!(fault(reopened(&short)), truncated);
    assert_eq!(fault(Ledger::open(Arc::new(short.clone()))), truncated);
    let verification = verified(&short, &VerifyOptions::default());
    assert_eq!((verification.ok, verification.first_bad_entry), (false, Some(Sequence(6))));
    assert!(detail(&verification, "checkpoint").1.starts_with("truncated: "));

    // A tail that could be what is left of signed entries stays where it is.
    let mut torn = desk.storage.bytes(SEGMENT).unwrap();
    torn.pop();
    short.set_bytes(SEGMENT, torn);
    let before = short.files();
    assert_eq!(fault(reopened(&short)), truncated);
    assert_eq!(short.files(), before);

    let other = Desk::new();
    record(&other.ledger, "A peace");
    drop(other.ledger);
    other.storage.set_bytes(CHECKPOINT_NAME, checkpoint.clone());
    assert!(matches!(fault(reopened(&other.storage)), CheckpointFault::OtherRoot { .. }));

    for (name, bytes) in [
        (CHECKPOINT_NAME, b"rubbish".to_vec()),
        (CHECKPOINT_NAME, vec![b'a'; 70_000]),
        (CHECKPOINT_NAME, vec![0xff]),
        (KEY_NAME, b"rubbish\n".to_vec()),
    ] {
        let copy = desk.storage.copy();
        copy.set_bytes(name, bytes);
        assert!(matches!(fault(reopened(&copy)), CheckpointFault::Unreadable { .. }));
        assert!(!verified(&copy, &VerifyOptions::default()).ok);
    }
    let copy = desk.storage.copy();
    let second = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    copy.set_bytes(KEY_NAME, format!("{}\n", second.verifier()));
    assert!(matches!(fault(reopened(&copy)), CheckpointFault::Unverified { .. }));
    let text = String::from_utf8(checkpoint).unwrap().replace("a.example/desk\n", "b.example/d\n");
    copy.set_bytes(CHECKPOINT_NAME, text);
    assert!(matches!(fault(reopened(&copy)), CheckpointFault::Foreign { .. }));
}

fn fault(opened: Result<Ledger, LedgerError>) -> CheckpointFault {
    match opened {
        Err(LedgerError::Checkpoint(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn verifying_names_rollback_fork_and_truncation() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let first = sign(&desk.ledger, &beside_key).unwrap().checkpoint;
    let early = desk.storage.copy();
    record(&desk.ledger, "A war");
    let second = sign(&desk.ledger, &beside_key).unwrap().checkpoint;

    let held = verified(&desk.storage, &extends(&first));
    assert!(held.ok && detail(&held, "extends").0, "{held:?}");
    let rolled_back = verified(&early, &extends(&second));
    assert!(!rolled_back.ok);
    assert_eq!(rolled_back.first_bad_entry, Some(Sequence(6)));
    let (_, told) = detail(&rolled_back, "extends");
    assert!(told.starts_with("rollback: the log has 6 entries, 7 were"), "{told}");

    let forked = reopened(&early).unwrap();
    record(&forked, "A peace");
    sign(&forked, &Memory::default()).unwrap_err();
    adopt(&forked, &Memory::default()).unwrap();
    let fork = verified(&early, &extends(&second));
    assert!(!fork.ok && detail(&fork, "checkpoint").0);
    assert!(detail(&fork, "extends").1.starts_with("fork: the first 7 entries"), "{fork:?}");

    early.set_bytes(SEGMENT, Desk::new().storage.bytes(SEGMENT).unwrap());
    let truncated = verified(&early, &extends(&second));
    assert!(detail(&truncated, "extends").1.starts_with("truncated: "), "{truncated:?}");
    assert_eq!(truncated.trust, Trust::None);
}

#[test]
fn trust_is_what_the_asker_has() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    let pinned = |seed| VerifyOptions {
        key: Some(SignerKey::from_seed("a.example/desk", &[seed; 32]).unwrap().verifier().clone()),
        ..VerifyOptions::default()
    };
    let none = verified(&desk.storage, &VerifyOptions::default());
    assert_eq!((none.ok, none.trust), (true, Trust::None));
    // Who trusts a key is not content with nothing.
    assert!(!verified(&desk.storage, &pinned(7)).ok);
    let kept = sign(&desk.ledger, &beside_key).unwrap().checkpoint;
    assert_eq!(verified(&desk.storage, &pinned(7)).trust, Trust::Pinned);
    let other = verified(&desk.storage, &pinned(8));
    assert_eq!((other.ok, other.trust), (false, Trust::None));
    let mut swapped = SignedCheckpoint::unsigned(kept.checkpoint().clone()).unwrap();
    swapped.note_mut().sign(&SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap());
    let kept_by_other = verified(&desk.storage, &extends(&swapped));
    assert!(!detail(&kept_by_other, "extends").0);
}

/// One thing that happens to a ledger and its key.
#[derive(Debug, Clone)]
enum Happening {
    Record,
    Sign,
    /// Signing, with the power cut at one of the calls that change something.
    CutWhileSigning {
        on_ledger: bool,
        nth: usize,
        outcome: Outcome,
    },
    /// The ledger's folder is put back to what it was at an earlier step; what lies beside the key
    /// is not.
    Restore(Index),
}

fn happening() -> impl Strategy<Value = Happening> {
    let outcome = prop_oneof![Just(Outcome::Failed), Just(Outcome::Persisted)];
    prop_oneof![
        3 => Just(Happening::Record),
        2 => Just(Happening::Sign),
        3 => (any::<bool>(), 1..4_usize, outcome).prop_map(|(on_ledger, nth, outcome)| {
            Happening::CutWhileSigning { on_ledger, nth, outcome }
        }),
        2 => any::<Index>().prop_map(Happening::Restore),
    ]
}

fn fault_at(nth: usize, outcome: Outcome) -> Fault {
    Fault { call: Some(Call::Replace), nth, outcome, error: io::ErrorKind::Other }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("CHANCERY_LONG").is_some() { 2000 } else { 150 }))]

    #[test]
    fn no_key_ever_signs_two_histories(happenings in prop::collection::vec(happening(), 1..24)) {
        let desk = Desk::new();
        drop(desk.ledger);
        let (mut folder, mut beside_key) = (desk.storage.copy(), Memory::default());
        let mut backups = vec![folder.copy()];
        let mut signed: Vec<(Size, Hash)> = Vec::new();
        for (step, happening) in happenings.into_iter().enumerate() {
            match happening {
                Happening::Record => {
                    if let Ok(ledger) = reopened(&folder) {
                        record(&ledger, &format!("Event {step}"));
                    }
                }
                Happening::Sign => {
                    if let Ok(ledger) = reopened(&folder) {
                        sign(&ledger, &beside_key).ok();
                    }
                }
                Happening::CutWhileSigning { on_ledger, nth, outcome } => {
                    let (faulty, faulty_key) = (Faulty::new(folder.copy()), Faulty::new(beside_key.copy()));
                    if let Ok(ledger) = Ledger::open_for_writing(Arc::new(faulty.clone())) {
                        let target = if on_ledger { &faulty } else { &faulty_key };
                        target.arm(fault_at(nth, outcome));
                        sign(&ledger, &faulty_key).ok();
                    }
                    folder = faulty.after_power_cut(PowerCut::UnsyncedLost);
                    beside_key = faulty_key.after_power_cut(PowerCut::UnsyncedLost);
                }
                Happening::Restore(index) => folder = index.get(&backups).copy(),
            }
            backups.push(folder.copy());
            if let Some(bytes) = folder.bytes(CHECKPOINT_NAME) {
                let text = String::from_utf8(bytes).unwrap();
                let found = SignedCheckpoint::parse(&text).unwrap();
                prop_assert_eq!(found.verify(key().verifier()), Ok(()));
                signed.push((Size(found.checkpoint().size), found.checkpoint().root));
            }
        }
        // Every checkpoint that was ever seen is a prefix of the longest log that was signed.
        let Some((size, root)) = signed.iter().max_by_key(|(size, _)| size.0).copied() else {
            return Ok(());
        };
        let opened = backups.iter().filter_map(|backup| Ledger::open(Arc::new(backup.copy())).ok());
        let mut whole = opened.filter(|ledger| ledger.root_of(size).unwrap() == Some(root));
        let whole = whole.next().unwrap();
        for (size, root) in signed {
            prop_assert_eq!(whole.root_of(size).unwrap(), Some(root));
        }
    }
}

#[test]
fn the_bytes_alone_are_held_to_the_checkpoint_too() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    record(&desk.ledger, "A war");
    sign(&desk.ledger, &beside_key).unwrap();
    let bytes = VerifyOptions { bytes_only: true, ..VerifyOptions::default() };
    let names = |verification: &Verification| -> Vec<&str> {
        verification.checks.iter().map(|check| check.name).collect()
    };
    let (of_bytes, full) =
        (verified(&desk.storage, &bytes), verified(&desk.storage, &VerifyOptions::default()));
    assert!(of_bytes.ok);
    assert_eq!(names(&of_bytes), CHECKS_OF_BYTES);
    assert_eq!((of_bytes.root, of_bytes.head, of_bytes.size), (full.root, full.head, full.size));
    assert_eq!(of_bytes.trust, Trust::Own);
    for at in 0..desk.storage.bytes(SEGMENT).unwrap().len() {
        let touched = desk.storage.copy();
        let mut segment = touched.bytes(SEGMENT).unwrap();
        segment[at] ^= 1;
        touched.set_bytes(SEGMENT, segment);
        if let Ok(verification) = verify(Arc::new(touched), &bytes) {
            assert!(!verification.ok, "byte {at}");
        }
    }
    let other = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let pinned = VerifyOptions { key: Some(other.verifier().clone()), ..bytes };
    assert!(!verified(&desk.storage, &pinned).ok);
}

#[test]
fn a_ledger_whose_name_cannot_be_read_is_vouched_for_by_nobody() {
    let (desk, beside_key) = (Desk::new(), Memory::default());
    sign(&desk.ledger, &beside_key).unwrap();
    // A log of one entry that is no entry, under a checkpoint that says so and is signed by another.
    let storage = Memory::default();
    Writer::create(Arc::new(storage.clone()), &[vec![vec![7; 40]]]).unwrap();
    let root = chancery::tlog::hash::leaf_hash(&[7; 40]);
    let checkpoint = Checkpoint { origin: "a.example/desk".to_owned(), size: 1, root };
    let mut signed = SignedCheckpoint::unsigned(checkpoint).unwrap();
    signed.note_mut().sign(&SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap());
    storage.set_bytes(CHECKPOINT_NAME, signed.to_string());
    for bytes_only in [true, false] {
        let key = Some(key().verifier().clone());
        let options = VerifyOptions { key, bytes_only, ..VerifyOptions::default() };
        let verification = verified(&storage, &options);
        assert_eq!((verification.ok, verification.trust), (false, Trust::None));
        assert!(!detail(&verification, "checkpoint").0);
    }
}
