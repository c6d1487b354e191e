//! Copies: the same entries, root and checkpoint, or nothing; and what a copy makes of a source that
//! is stale or has another history.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use chancery::chain::entry::{Entry, seal};
use chancery::disk::faulty::{Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::event::Event;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME, LastSigned};
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::receive::COPY_NAME;
use chancery::publish::clone::clone;
use chancery::publish::error::{PublishError, PublishKind, SourceError};
use chancery::publish::pull::pull;
use chancery::publish::source::Source;
use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::hash::{Hash, leaf_hash};
use chancery::tlog::merkle::Tree;
use chancery::tlog::note::SignerKey;
use chancery::tlog::tile::{Tile, write_bundle, write_tile};

use super::{
    SIZE_MAX, again, clone_from, copied, desk, folder, grow, key, publish_to, published, pull_from,
    vkey,
};
use crate::desk::{Desk, at, context, draft, keyed, stop};

fn opened(copy: &Memory) -> Ledger {
    Ledger::open(Arc::new(copy.copy())).unwrap()
}

fn entries(ledger: &Ledger) -> Vec<Vec<u8>> {
    ledger.payloads(Sequence(0)..Sequence(u64::MAX)).map(Result::unwrap).collect()
}

/// Answers so many questions, and then no more.
#[derive(Debug)]
struct Failing<S> {
    source: S,
    left: Cell<usize>,
}

impl<S: Source> Source for Failing<S> {
    fn address(&self) -> String {
        self.source.address()
    }

    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(left) = self.left.get().checked_sub(1) else {
            let (url, reason) = (name.to_owned(), "cut off".to_owned());
            return Err(SourceError::Unreachable { url, reason });
        };
        self.left.set(left);
        self.source.read(name, bytes_max)
    }
}

#[test]
fn a_copy_has_the_same_entries_root_and_checkpoint() {
    let desk = desk(600);
    let copy = copied(&published(&desk));
    let ledger = opened(&copy);
    assert_eq!(ledger.root(), desk.ledger.root());
    assert_eq!(entries(&ledger), entries(&desk.ledger));
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        assert_eq!(copy.bytes(name), desk.storage.bytes(name), "{name}");
    }
    assert_eq!(copy.bytes(COPY_NAME), Some(b"/srv/log\n".to_vec()));
}

#[test]
fn a_copy_is_neither_recorded_to_nor_signed() {
    let copy = copied(&published(&desk(7)));
    let before = copy.files();
    let refused = Ledger::open_for_writing(Arc::new(copy.clone())).unwrap_err();
    assert!(matches!(&refused, LedgerError::Copy { of } if of == "/srv/log"), "{refused}");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let reader = Ledger::open(Arc::new(copy.clone())).unwrap();
    reader.append(vec![draft(context("A war"))], &stop()).unwrap_err();
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    reader.sign_checkpoint(&key(), &last).unwrap_err();
    assert_eq!(copy.files(), before);
}

#[test]
fn whatever_byte_of_what_is_published_is_changed_nothing_of_it_becomes_visible() {
    let target = published(&desk(259));
    let mut tried = 0;
    for (name, bytes) in target.files() {
        // Nobody who has the key needs it; the tile above the leaves is for proofs alone.
        if name == KEY_NAME || name.starts_with("tile/1/") {
            continue;
        }
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            let touched = target.copy();
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            touched.set_bytes(&name, changed);
            let staging = Memory::default();
            let refused = clone_from(&folder(&touched), &staging);
            let error = refused.expect_err(&format!("byte {at} of {name} was not missed"));
            assert_eq!(error.kind(), PublishKind::Unverified, "{name} {at}: {error}");
            assert_eq!(staging.bytes(CHECKPOINT_NAME), None);
            tried += 1;
        }
        let cut = target.copy();
        cut.set_bytes(&name, &bytes[..bytes.len() - 1]);
        clone_from(&folder(&cut), &Memory::default()).unwrap_err();
    }
    assert!(150 < tried, "{tried}");
}

#[test]
fn another_key_is_refused_and_the_first_may_be_trusted() {
    let target = published(&desk(7));
    let other = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let refused = clone(
        &folder(&target),
        Arc::new(Memory::default()),
        Some(other.verifier()),
        SIZE_MAX,
        &mut |_, _| {},
    );
    assert!(matches!(refused, Err(PublishError::Checkpoint { .. })), "{refused:?}");
    let trusting =
        clone(&folder(&target), Arc::new(Memory::default()), None, SIZE_MAX, &mut |_, _| {});
    assert_eq!(trusting.unwrap().key, vkey());
}

#[test]
fn a_copy_goes_on_from_where_it_was_cut_off() {
    let target = published(&desk(600));
    let mut resumed = 0;
    for left in 0.. {
        let staging = Memory::default();
        let failing = Failing { source: folder(&target), left: Cell::new(left) };
        match clone_from(&failing, &staging) {
            Ok(_) => break,
            Err(PublishError::Source(_)) => {}
            Err(other) => panic!("{other}"),
        }
        assert_eq!(staging.bytes(CHECKPOINT_NAME), None);
        // The checkpoint and three tiles; then the bundles that are missing.
        let before = staging.files().values().map(Vec::len).sum::<usize>();
        let needed = 4 + 3 - left.saturating_sub(4);
        let rest = Failing { source: folder(&target), left: Cell::new(needed) };
        let cloned = clone_from(&rest, &staging).unwrap();
        assert_eq!(0 < cloned.before.0, 0 < before);
        resumed += usize::from(0 < cloned.before.0);
        assert_eq!(opened(&staging).root(), opened(&copied(&target)).root());
    }
    assert_eq!(resumed, 2);
}

#[test]
fn what_was_fetched_from_another_ledger_is_not_gone_on_from() {
    let (one, other) = (desk(600), Desk::new());
    grow(&other.ledger, 600, "Another history");
    let staging = Memory::default();
    let failing = Failing { source: folder(&published(&one)), left: Cell::new(5) };
    clone_from(&failing, &staging).unwrap_err();
    let mixed = clone_from(&folder(&published(&other)), &staging);
    assert!(matches!(mixed, Err(PublishError::OtherPart)), "{mixed:?}");
}

#[test]
fn no_more_is_fetched_than_is_wanted() {
    let target = published(&desk(7));
    let source = Failing { source: folder(&target), left: Cell::new(1) };
    let large = clone(&source, Arc::new(Memory::default()), Some(&vkey()), Size(6), &mut |_, _| {});
    assert!(
        matches!(large, Err(PublishError::TooLarge { size: Size(7), size_max: Size(6) })),
        "{large:?}"
    );
}

#[test]
fn a_partial_tile_that_is_gone_is_taken_from_the_full_one() {
    let desk = desk(300);
    let early = desk.storage.bytes(CHECKPOINT_NAME).unwrap();
    let root = desk.ledger.root();
    grow(&desk.ledger, 520, "An event");
    let target = published(&desk);
    // As a mirror that deletes partial tiles, with a checkpoint that was cached.
    target.set_bytes(CHECKPOINT_NAME, early);
    assert_eq!(target.bytes("tile/0/001.p/44"), None);
    assert_eq!(opened(&copied(&target)).root(), root);
}

/// Publishes entries as they are, under a checkpoint that the key has signed.
fn signed(payloads: &[Vec<u8>]) -> Memory {
    let leaves: Vec<_> = payloads.iter().map(|payload| leaf_hash(payload)).collect();
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let size = payloads.len() as u64;
    let checkpoint = Checkpoint { origin: "a.example/desk".to_owned(), size, root: tree.root() };
    let mut signed = SignedCheckpoint::unsigned(checkpoint).unwrap();
    signed.note_mut().sign(&key());
    let tile = Tile::in_tree(0, 0, size).unwrap();
    let target = Memory::default();
    target.set_bytes(CHECKPOINT_NAME, signed.to_string());
    target.set_bytes(&tile.path(), write_tile(&leaves));
    target.set_bytes(&tile.entries_path(), write_bundle(payloads).unwrap());
    target
}

#[test]
fn signed_entries_that_no_ledger_can_hold_are_refused() {
    let desk = Desk::new();
    desk.ledger.append(vec![keyed("a/b", context("A war"))], &stop()).unwrap();
    let payloads = entries(&desk.ledger);
    let last = desk.ledger.entry(Sequence(6)).unwrap();
    let next = Entry {
        previous: last.hash,
        sequence: Sequence(7),
        key: None,
        event: last.entry.event.clone(),
        ..last.entry.clone()
    };
    let with = |change: &dyn Fn(&mut Entry)| {
        let mut entry = next.clone();
        change(&mut entry);
        [payloads.clone(), vec![seal(&entry).unwrap().bytes]].concat()
    };
    clone_from(&folder(&signed(&with(&|_| {}))), &Memory::default()).unwrap();
    let opening = desk.ledger.entry(Sequence(0)).unwrap().entry.event;
    let war = desk.ledger.entry(Sequence(6)).unwrap().entry;
    let mut trailing = payloads.clone();
    trailing.last_mut().unwrap().push(0);
    let cases = [
        ("number", with(&|entry| entry.sequence = Sequence(8))),
        ("link", with(&|entry| entry.previous = Hash::ZERO)),
        ("time", with(&|entry| entry.recorded_at = at("2020-01-01T00:00:00"))),
        ("opening", with(&|entry| entry.event = opening.clone())),
        ("key", with(&|entry| entry.key.clone_from(&war.key))),
        ("rule", with(&|entry| entry.event = retraction_of(Sequence(99)))),
        ("form", trailing),
        ("first", payloads[1..].to_vec()),
    ];
    for (what, payloads) in cases {
        let staging = Memory::default();
        let refused = clone_from(&folder(&signed(&payloads)), &staging);
        assert!(matches!(refused, Err(PublishError::Unlawful { .. })), "{what}: {refused:?}");
        assert_eq!(staging.bytes(CHECKPOINT_NAME), None, "{what}");
    }
}

fn retraction_of(target: Sequence) -> Event {
    let event =
        serde_json::json!({ "kind": "retraction", "target": target.0, "reason": "an error" });
    serde_json::from_value(event).unwrap()
}

#[test]
fn pulling_brings_what_is_new_and_says_when_the_source_is_behind() {
    let desk = desk(300);
    let target = published(&desk);
    let early = target.copy();
    let copy = copied(&target);
    let nothing = pull_from(&folder(&target), &copy).unwrap();
    assert_eq!((nothing.before, nothing.checkpoint.checkpoint().size), (Size(300), 300));
    for size in [301, 520, 600] {
        grow(&desk.ledger, size, "An event");
        publish_to(&desk, &target).unwrap();
        let pulled = pull_from(&folder(&target), &copy).unwrap();
        assert_eq!(pulled.checkpoint.checkpoint().size, size);
        assert_eq!(opened(&copy).root(), desk.ledger.root());
        assert_eq!(copy.bytes(CHECKPOINT_NAME), desk.storage.bytes(CHECKPOINT_NAME));
    }
    let before = copy.files();
    let stale = pull_from(&folder(&early), &copy);
    assert!(
        matches!(stale, Err(PublishError::Stale { size: Size(300), own: Size(600) })),
        "{stale:?}"
    );
    assert_eq!(copy.files(), before);
    let other = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let refused = pull(
        &folder(&target),
        Arc::new(copy.clone()),
        Some(other.verifier()),
        SIZE_MAX,
        &mut |_, _| {},
    );
    assert!(matches!(refused, Err(PublishError::OtherKey { .. })), "{refused:?}");
    let no_copy = pull_from(&folder(&target), &Desk::new().storage.copy());
    assert!(matches!(no_copy, Err(PublishError::NoCopy)), "{no_copy:?}");
}

#[test]
fn a_fork_is_refused_and_both_checkpoints_are_kept() {
    let desk = desk(300);
    let copy = copied(&published(&desk));
    // The history of the fork parts at entry 6, at 290 or right at the end; it is shorter, as long,
    // or longer.
    for (shared, size) in [(6, 200), (6, 300), (6, 600), (290, 300), (290, 600)] {
        let forked = Desk::new();
        grow(&forked.ledger, shared, "An event");
        grow(&forked.ledger, size, "Another history");
        let target = published(&forked);
        let copy = copy.copy();
        let before = opened(&copy).root();
        let error = pull_from(&folder(&target), &copy).unwrap_err();
        let PublishError::Forked { own: Size(300), theirs, evidence } = &error else {
            panic!("{shared} {size}: {error}")
        };
        assert_eq!((theirs.0, error.kind()), (size, PublishKind::Unverified));
        let kept = evidence.clone().map(|name| {
            let text = String::from_utf8(copy.bytes(&name).unwrap()).unwrap();
            SignedCheckpoint::parse(&text).unwrap()
        });
        for (kept, from) in kept.iter().zip([&desk, &forked]) {
            assert_eq!(kept.verify(&vkey()), Ok(()));
            assert_eq!(kept.checkpoint().root, from.ledger.root());
        }
        assert_eq!(opened(&copy).root(), before);
    }
    // A server that is merely broken accuses nobody.
    grow(&again(&desk).ledger, 300, "");
    let broken = again(&desk);
    grow(&broken.ledger, 600, "An event");
    let target = published(&broken);
    let mut tile = target.bytes("tile/0/001").unwrap();
    tile[0] ^= 1;
    target.set_bytes("tile/0/001", tile);
    let error = pull_from(&folder(&target), &copy).unwrap_err();
    assert!(matches!(error, PublishError::OtherRoot), "{error}");
}

#[test]
fn wherever_copying_fails_a_second_attempt_ends_it() {
    let desk = desk(270);
    let target = published(&desk);
    let early = copied(&target);
    grow(&desk.ledger, 520, "An event");
    publish_to(&desk, &target).unwrap();
    let mut cases = 0;
    for outcome in [Outcome::Failed, Outcome::Persisted, Outcome::Seen, Outcome::Short(100)] {
        for nth in 1.. {
            let (staging, copy) = (Faulty::new(Memory::default()), Faulty::new(early.copy()));
            let fault = Fault { call: None, nth, outcome, error: io::ErrorKind::Other };
            staging.arm(fault);
            copy.arm(fault);
            let source = folder(&target);
            let cloned =
                clone(&source, Arc::new(staging.clone()), Some(&vkey()), SIZE_MAX, &mut |_, _| {});
            let pulled = pull(&source, Arc::new(copy.clone()), None, SIZE_MAX, &mut |_, _| {});
            if staging.is_armed() && copy.is_armed() {
                assert!(cloned.is_ok() && pulled.is_ok());
                break;
            }
            // The power goes or stays, and another attempt fails before one is left alone.
            let cut = |disk: &Faulty, cut| Faulty::new(disk.after_power_cut(cut));
            let [lost, torn] = [PowerCut::UnsyncedLost, PowerCut::Torn { kept: 0 }]
                .map(|kind| [cut(&staging, kind), cut(&copy, kind)]);
            for [staging, copy] in [lost, torn, [staging, copy]] {
                let again = Fault { nth: 1 + nth * 7 % 13, ..fault };
                let attempt = |disk: &Faulty, copy: &dyn Fn(Arc<dyn Storage>) -> bool| {
                    disk.arm(again);
                    let is_done = copy(Arc::new(disk.clone()));
                    disk.disarm();
                    assert!(is_done || copy(Arc::new(disk.clone())), "{outcome:?} {nth}");
                };
                attempt(&staging, &|to| {
                    clone(&source, to, Some(&vkey()), SIZE_MAX, &mut |_, _| {}).is_ok()
                });
                attempt(&copy, &|to| pull(&source, to, None, SIZE_MAX, &mut |_, _| {}).is_ok());
                for disk in [staging, copy] {
                    let left = disk.after_power_cut(PowerCut::UnsyncedLost);
                    assert_eq!(opened(&left).root(), desk.ledger.root(), "{outcome:?} {nth}");
                }
                cases += 1;
            }
        }
    }
    assert!(20 < cases, "{cases}");
}
