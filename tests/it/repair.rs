//! Repairing damaged ledgers: every entry that can be had is there again, no byte is gone, and nothing
//! becomes shorter than what was signed.

use std::sync::Arc;

use chancery::disk::faulty::{Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME, LastSigned};
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::receive::COPY_NAME;
use chancery::ledger::repair::{FileChange, Held, Repair, RepairRefusal, repair};
use chancery::ledger::spare::Spare;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::error::PublishError;
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::publish::spare::spare;
use chancery::store::writer::Writer;
use chancery::tlog::checkpoint::SignedCheckpoint;
use chancery::tlog::note::{SignerKey, VerifierKey};
use proptest::prelude::*;

use crate::desk::{Desk, act, context, draft, stop};

const FIRST: &str = "00000000000000000000.seg";

fn key() -> SignerKey {
    SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap()
}

fn vkey() -> VerifierKey {
    key().verifier().clone()
}

/// What the folder beside the key remembers once a ledger was signed.
fn sign(ledger: &Ledger) -> SignedCheckpoint {
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    ledger.sign_checkpoint(&key(), &last).unwrap();
    last.read(&vkey()).unwrap().unwrap()
}

/// A ledger of twelve entries in batches of one, two and three; not signed.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.ledger.append(vec![draft(act("KOR establish CUB 2024-02-14"))], &stop()).unwrap();
    let pair = vec![draft(context("A war")), draft(context("A summit"))];
    desk.ledger.append(pair, &stop()).unwrap();
    let three = ["A fair", "A flood", "A treaty"].map(|title| draft(context(title)));
    desk.ledger.append(three.to_vec(), &stop()).unwrap();
    desk
}

/// The same entries in segments of at most so many bytes, each a commit of its own.
fn in_segments(desk: &Desk, bytes_max: usize) -> Memory {
    let storage = Memory::default();
    let all = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let payloads: Vec<Vec<u8>> = all.map(Result::unwrap).collect();
    let mut writer = Writer::create(Arc::new(storage.clone()), &[vec![payloads[0].clone()]])
        .unwrap()
        .with_segment_bytes_max(bytes_max);
    for (before, payload) in payloads.iter().zip(&payloads[1..]) {
        let link = chancery::tlog::hash::leaf_hash(before);
        writer.commit(&[vec![payload.clone()]], link.0).unwrap();
    }
    for (name, bytes) in desk.storage.files() {
        if !name.ends_with(".seg") {
            storage.set_bytes(&name, bytes);
        }
    }
    storage
}

fn storage(memory: &Memory) -> Arc<dyn Storage> {
    Arc::new(memory.clone())
}

fn copy_of(memory: &Memory) -> Spare<'static, LedgerError> {
    Spare::in_folder(storage(&memory.copy()), Some(&vkey())).unwrap()
}

fn look(memory: &Memory, held: &Held) -> Result<Repair, LedgerError> {
    let before = memory.files();
    let told = repair(&storage(memory), held, None, false);
    assert_eq!(memory.files(), before, "looking changed something");
    told
}

fn mend(memory: &Memory, held: &Held, from: Option<&Memory>) -> Result<Repair, LedgerError> {
    let mut spare = from.map(copy_of);
    repair(&storage(memory), held, spare.as_mut(), true)
}

fn refusal(told: Result<Repair, LedgerError>) -> RepairRefusal {
    match told.unwrap_err() {
        LedgerError::Repair(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn assert_whole(memory: &Memory, size: u64) {
    let verification = verify(storage(memory), &VerifyOptions::default()).unwrap();
    assert!(verification.ok, "{verification:?}");
    assert_eq!(verification.size, Size(size));
    Ledger::open_for_writing(storage(&memory.copy())).unwrap();
}

/// Whether every byte that a file had is there still: in its place or in quarantine.
#[track_caller]
fn assert_nothing_gone(before: &Memory, after: &Memory) {
    let kept: Vec<Vec<u8>> = after.files().into_values().collect();
    for (name, bytes) in before.files() {
        let now = after.bytes(&name).unwrap_or_default();
        let same = now.iter().zip(&bytes).take_while(|(now, then)| now == then).count();
        let rest = &bytes[same..];
        let is_kept = kept.iter().any(|file| rest.len() <= file.len() && file.ends_with(rest));
        assert!(is_kept, "{name} from byte {same} on is gone");
    }
}

#[test]
fn a_reserve_is_nothing_to_repair_and_is_kept_where_something_is() {
    let desk = desk();
    drop(desk.ledger);
    let whole = desk.storage.copy();
    let bytes = [desk.storage.bytes(FIRST).unwrap().as_slice(), &[0xff; 700]].concat();
    desk.storage.set_bytes(FIRST, bytes.as_slice());
    let told = mend(&desk.storage, &Held::default(), None).unwrap();
    assert!(!told.is_needed(), "{told:?}");
    assert_eq!(desk.storage.bytes(FIRST).unwrap(), bytes);
    assert_whole(&desk.storage, 12);
    let mut damaged = bytes;
    damaged[311] = 0xff;
    desk.storage.set_bytes(FIRST, damaged);
    let before = desk.storage.copy();
    mend(&desk.storage, &Held::default(), Some(&whole)).unwrap();
    assert_whole(&desk.storage, 12);
    assert_nothing_gone(&before, &desk.storage);
}

#[test]
fn a_sound_segment_with_a_reserve_is_left_where_another_is_repaired() {
    let desk = desk();
    let whole = in_segments(&desk, 700);
    let damaged = whole.copy();
    let names: Vec<String> = whole.files().into_keys().filter(|n| n.ends_with(".seg")).collect();
    let last = names.last().unwrap();
    assert!(1 < names.len());
    let with_room = [whole.bytes(last).unwrap().as_slice(), &[0xff; 700]].concat();
    damaged.set_bytes(last, with_room.as_slice());
    let mut first = damaged.bytes(FIRST).unwrap();
    first[100] ^= 1;
    damaged.set_bytes(FIRST, first);
    mend(&damaged, &Held::default(), Some(&whole)).unwrap();
    assert_whole(&damaged, 12);
    assert_eq!(damaged.bytes(FIRST), whole.bytes(FIRST));
    assert_eq!(damaged.bytes(last).unwrap(), with_room);
}

#[test]
fn a_whole_ledger_is_left_as_it_is() {
    let desk = desk();
    sign(&desk.ledger);
    drop(desk.ledger);
    let before = desk.storage.files();
    let told = mend(&desk.storage, &Held::default(), None).unwrap();
    assert!(!told.is_needed() && told.fault.is_none() && told.lost() == 0, "{told:?}");
    let mut after = desk.storage.files();
    after.remove(".lock");
    let mut before = before;
    before.remove(".lock");
    assert_eq!(after, before);
}

#[test]
fn every_damaged_byte_is_restored_from_a_copy_to_the_very_byte_that_it_was() {
    let desk = desk();
    sign(&desk.ledger);
    drop(desk.ledger);
    let whole = desk.storage.copy();
    let bytes = whole.bytes(FIRST).unwrap();
    for at in 0..bytes.len() {
        let damaged = whole.copy();
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        damaged.set_bytes(FIRST, changed);
        let before = damaged.copy();
        let told = mend(&damaged, &Held::default(), Some(&whole))
            .unwrap_or_else(|error| panic!("byte {at}: {error}"));
        assert!(told.is_needed() && told.done && told.lost() == 0, "byte {at}: {told:?}");
        assert_eq!(damaged.bytes(FIRST).unwrap(), bytes, "byte {at}");
        assert_nothing_gone(&before, &damaged);
    }
}

#[test]
fn what_is_damaged_and_signed_is_not_cut_off() {
    let desk = desk();
    sign(&desk.ledger);
    drop(desk.ledger);
    let mut bytes = desk.storage.bytes(FIRST).unwrap();
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    desk.storage.set_bytes(FIRST, bytes);
    let shortens = RepairRefusal::Shortens { size: Size(9), signed: Size(12) };
    assert_eq!(refusal(look(&desk.storage, &Held::default())), shortens);
    let before = desk.storage.files();
    assert_eq!(refusal(mend(&desk.storage, &Held::default(), None)), shortens);
    assert_eq!(desk.storage.files(), before);
    assert_eq!(LedgerError::from(shortens).kind(), ErrorKind::Refused);
}

#[test]
fn what_the_key_remembers_is_not_cut_off_either() {
    let desk = desk();
    let last = sign(&desk.ledger);
    drop(desk.ledger);
    // Somebody restored an old checkpoint, or took it away.
    desk.storage.remove(CHECKPOINT_NAME).unwrap();
    let mut bytes = desk.storage.bytes(FIRST).unwrap();
    let at = bytes.len() - 5;
    bytes[at] ^= 1;
    desk.storage.set_bytes(FIRST, bytes);
    let unknown = refusal(mend(&desk.storage, &Held::default(), None));
    assert_eq!(unknown, RepairRefusal::LastUnknown { lost: 3 });
    let held = Held { last: Some(last), ..Held::default() };
    let shortens = RepairRefusal::Shortens { size: Size(9), signed: Size(12) };
    assert_eq!(refusal(mend(&desk.storage, &held, None)), shortens);
    let adopted = Held { adopt: true, ..Held::default() };
    let told = mend(&desk.storage, &adopted, None).unwrap();
    assert_eq!((told.size, told.had, told.lost()), (Size(9), Size(12), 3));
    assert_whole(&desk.storage, 9);
}

#[test]
fn an_end_that_looks_torn_is_not_cut_off_where_the_checkpoint_is_gone_that_may_have_covered_it() {
    let desk = desk();
    let last = sign(&desk.ledger);
    drop(desk.ledger);
    desk.storage.remove(CHECKPOINT_NAME).unwrap();
    let bytes = desk.storage.bytes(FIRST).unwrap();
    desk.storage.set_bytes(FIRST, &bytes[..bytes.len() - 9]);
    let looked = look(&desk.storage, &Held::default()).unwrap();
    assert_eq!((looked.lost(), looked.files[0].change), (0, FileChange::Cut));
    assert!(looked.needs_last);
    let before = desk.storage.files();
    let refused = refusal(mend(&desk.storage, &Held::default(), None));
    assert_eq!(refused, RepairRefusal::EndMayBeSigned);
    let held = Held { last: Some(last), ..Held::default() };
    let shortens = RepairRefusal::Shortens { size: Size(9), signed: Size(12) };
    assert_eq!(refusal(mend(&desk.storage, &held, None)), shortens);
    assert_eq!(desk.storage.files(), before);
    let adopted = Held { adopt: true, ..Held::default() };
    assert_eq!(mend(&desk.storage.copy(), &adopted, None).unwrap().size, Size(9));
    // So it is behind an entry that is restored.
    let spare = desk.storage.copy();
    mend(&spare, &adopted, None).unwrap();
    let mut bytes = desk.storage.bytes(FIRST).unwrap();
    bytes[200] ^= 1;
    desk.storage.set_bytes(FIRST, bytes);
    let refused = refusal(mend(&desk.storage, &Held::default(), Some(&spare)));
    assert_eq!(refused, RepairRefusal::EndMayBeSigned);
    mend(&desk.storage, &adopted, Some(&spare)).unwrap();
    assert_whole(&desk.storage, 9);
}

#[test]
fn an_unsigned_log_loses_only_the_batches_that_are_damaged_and_says_so() {
    let desk = desk();
    drop(desk.ledger);
    let whole = desk.storage.bytes(FIRST).unwrap();
    for at in whole.len() - 40..whole.len() {
        let damaged = desk.storage.copy();
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        damaged.set_bytes(FIRST, bytes);
        let before = damaged.copy();
        let told = look(&damaged, &Held::default()).unwrap();
        assert_eq!((told.size, told.had), (Size(9), Size(12)), "byte {at}");
        assert!(!told.done);
        assert_eq!(told.files[0].change, FileChange::Cut);
        let told = mend(&damaged, &Held::default(), None).unwrap();
        assert!(told.done && told.quarantine.len() == 1);
        assert_whole(&damaged, 9);
        assert_nothing_gone(&before, &damaged);
    }
}

#[test]
fn a_torn_tail_is_moved_and_nothing_counts_as_lost() {
    let desk = desk();
    drop(desk.ledger);
    let bytes = desk.storage.bytes(FIRST).unwrap();
    desk.storage.set_bytes(FIRST, &bytes[..bytes.len() - 3]);
    let told = mend(&desk.storage, &Held::default(), None).unwrap();
    assert_eq!((told.size, told.lost()), (Size(9), 0));
    assert_whole(&desk.storage, 9);
}

#[test]
fn segments_that_are_gone_come_from_a_published_log() {
    let desk = desk();
    sign(&desk.ledger);
    let target = Memory::default();
    publish(&desk.ledger, &target, &mut |_| {}).unwrap();
    let whole = in_segments(&desk, 400);
    let segments: Vec<String> =
        whole.files().into_keys().filter(|name| name.ends_with(".seg")).collect();
    assert!(4 <= segments.len(), "{segments:?}");
    for gone in segments.iter().map(String::as_str).chain(["all but the first"]) {
        let damaged = whole.copy();
        let goes = |name: &str| name == gone || (gone.starts_with("all") && name != FIRST);
        for name in segments.iter().filter(|name| goes(name)) {
            damaged.remove(name).unwrap();
        }
        let source = SourceFolder { storage: storage(&target), address: "/srv/log".to_owned() };
        let key = vkey();
        let mut spare = spare(&source, Some(&key), Size(100)).unwrap();
        let told =
            repair::<PublishError>(&storage(&damaged), &Held::default(), Some(&mut spare), true);
        let told = told.unwrap_or_else(|error| panic!("{gone}: {error}"));
        assert!(0 < told.restored && told.lost() == 0, "{gone}: {told:?}");
        assert_whole(&damaged, 12);
    }
}

#[test]
fn an_old_backup_gets_what_was_recorded_since_and_a_fork_of_it_is_refused() {
    let desk = desk();
    sign(&desk.ledger);
    let backup = desk.storage.copy();
    desk.ledger.append(vec![draft(context("A peace"))], &stop()).unwrap();
    let last = sign(&desk.ledger);
    drop(desk.ledger);
    let held = Held { last: Some(last), ..Held::default() };
    let restored = backup.copy();
    let told = mend(&restored, &held, Some(&desk.storage)).unwrap();
    assert_eq!((told.before, told.size, told.restored), (Size(12), Size(13), 1));
    assert_whole(&restored, 13);

    // Recorded to before anybody looked: two histories.
    let forked = backup.copy();
    let ledger = Ledger::open_for_writing(storage(&forked)).unwrap();
    ledger.append(vec![draft(context("Another peace"))], &stop()).unwrap();
    drop(ledger);
    let before = forked.files();
    let fork = RepairRefusal::Forked { entry: Sequence(12) };
    assert_eq!(refusal(mend(&forked, &held, Some(&desk.storage))), fork);
    assert_eq!(forked.files(), before);
}

#[test]
fn without_a_key_only_what_a_later_entry_proves_is_taken_from_a_backup() {
    let desk = desk();
    drop(desk.ledger);
    let whole = desk.storage.copy();
    let bytes = whole.bytes(FIRST).unwrap();
    let bare = |memory: &Memory| Spare::<LedgerError>::in_folder(storage(memory), None).unwrap();
    for (at, lost) in [(700, 0), (bytes.len() - 5, 3)] {
        let damaged = whole.copy();
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        damaged.set_bytes(FIRST, changed);
        let told =
            repair(&storage(&damaged), &Held::default(), Some(&mut bare(&whole)), true).unwrap();
        assert_eq!(told.lost(), lost, "byte {at}: {told:?}");
        assert_whole(&damaged, 12 - lost);
    }
}

#[test]
fn a_damaged_backup_gives_what_it_has_and_nothing_else() {
    let desk = desk();
    sign(&desk.ledger);
    drop(desk.ledger);
    let whole = desk.storage.copy();
    let bytes = whole.bytes(FIRST).unwrap();
    let with = |at: usize| {
        let memory = whole.copy();
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        memory.set_bytes(FIRST, changed);
        memory
    };
    // The backup is damaged behind what is needed of it, which a later entry proves.
    let told = mend(&with(700), &Held::default(), Some(&with(bytes.len() - 5))).unwrap();
    assert_eq!((told.size, told.lost()), (Size(12), 0));
    let told = mend(&with(700), &Held::default(), Some(&with(300)));
    assert!(matches!(refusal(told), RepairRefusal::Shortens { .. }));
}

#[test]
fn a_changed_entry_with_a_sound_frame_is_found_and_restored_by_a_copy_alone() {
    let desk = desk();
    sign(&desk.ledger);
    let all = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let mut payloads: Vec<Vec<u8>> = all.map(Result::unwrap).collect();
    let at = payloads[7].windows(5).position(|text| text == b"A war").unwrap();
    payloads[7][at..at + 5].copy_from_slice(b"A law");
    let forged = Memory::default();
    let batches: Vec<Vec<Vec<u8>>> = payloads.into_iter().map(|payload| vec![payload]).collect();
    drop(Writer::create(Arc::new(forged.clone()), &batches).unwrap());
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        forged.set_bytes(name, desk.storage.bytes(name).unwrap());
    }
    let broken = RepairRefusal::Broken { entry: Sequence(8) };
    assert_eq!(refusal(look(&forged, &Held::default())), broken);
    let told = mend(&forged, &Held::default(), Some(&desk.storage)).unwrap();
    assert_eq!(told.restored_entries, [(Sequence(7), Sequence(7))]);
    assert_whole(&forged, 12);
}

#[test]
fn a_damaged_checkpoint_or_key_is_put_back() {
    let desk = desk();
    let last = sign(&desk.ledger);
    drop(desk.ledger);
    let whole = desk.storage.copy();
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        let bytes = whole.bytes(name).unwrap();
        for at in 0..bytes.len() {
            let damaged = whole.copy();
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            damaged.set_bytes(name, changed);
            let held = Held { last: Some(last.clone()), key: Some(vkey()), adopt: false };
            let told =
                mend(&damaged, &held, None).unwrap_or_else(|error| panic!("{name} {at}: {error}"));
            assert!(told.done, "{name} {at}");
            assert_whole(&damaged, 12);
            let pinned = VerifyOptions { key: Some(vkey()), ..VerifyOptions::default() };
            assert!(verify(storage(&damaged), &pinned).unwrap().ok, "{name} {at}");
        }
    }
    whole.set_bytes(CHECKPOINT_NAME, "rot");
    let nothing = RepairRefusal::Voucher { name: CHECKPOINT_NAME };
    assert_eq!(refusal(mend(&whole, &Held::default(), None)), nothing);
}

#[test]
fn whichever_call_of_a_repair_fails_the_same_repair_makes_it_whole_later() {
    let desk = desk();
    sign(&desk.ledger);
    let whole = in_segments(&desk, 400);
    let damaged = whole.copy();
    let names: Vec<String> =
        whole.files().into_keys().filter(|name| name.ends_with(".seg")).collect();
    for name in &names[1..3] {
        let mut bytes = whole.bytes(name).unwrap();
        let at = bytes.len() - 5;
        bytes[at] ^= 1;
        damaged.set_bytes(name, bytes);
    }
    damaged.remove(&names[3]).unwrap();
    let mut tried = 0;
    for outcome in [Outcome::Failed, Outcome::Persisted, Outcome::Seen, Outcome::Short(7)] {
        for nth in 1.. {
            let disk = Faulty::new(damaged.copy());
            let error = std::io::ErrorKind::StorageFull;
            disk.arm(Fault { call: None, nth, outcome, error });
            let faulty: Arc<dyn Storage> = Arc::new(disk.clone());
            let told = repair(&faulty, &Held::default(), Some(&mut copy_of(&whole)), true);
            if disk.is_armed() {
                assert!(told.unwrap().done);
                break;
            }
            if outcome != Outcome::Persisted {
                told.expect_err("a call failed");
            }
            for cut in
                [PowerCut::UnsyncedLost, PowerCut::Torn { kept: 0 }, PowerCut::Torn { kept: !0 }]
            {
                let found = disk.after_power_cut(cut);
                let told = mend(&found, &Held::default(), Some(&whole));
                told.unwrap_or_else(|error| panic!("{outcome:?} {nth} {cut:?}: {error}"));
                assert_whole(&found, 12);
                assert_nothing_gone(&damaged, &found);
                tried += 1;
            }
        }
    }
    assert!(60 < tried, "{tried}");
}

proptest! {
    #[test]
    fn whatever_is_done_to_the_bytes_a_copy_brings_every_entry_back(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let desk = desk();
        sign(&desk.ledger);
        drop(desk.ledger);
        let damaged = desk.storage.copy();
        let mut bytes = damaged.bytes(FIRST).unwrap();
        for (at, byte, kind) in edits {
            // Of an empty file nothing is left to change.
            let at = at.index(bytes.len().max(1));
            let kind = if bytes.is_empty() { 1 } else { kind };
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.drain(at..(at + usize::from(byte)).min(bytes.len()))),
                _ => bytes.truncate(at.max(1)),
            }
        }
        damaged.set_bytes(FIRST, bytes);
        let before = damaged.copy();
        let told = mend(&damaged, &Held::default(), Some(&desk.storage)).unwrap();
        prop_assert_eq!(told.lost(), 0);
        assert_whole(&damaged, 12);
        assert_nothing_gone(&before, &damaged);
    }
}

#[test]
fn a_clone_that_is_no_copy_any_more_goes_on_as_the_ledger() {
    let desk = desk();
    let last = sign(&desk.ledger);
    let target = Memory::default();
    publish(&desk.ledger, &target, &mut |_| {}).unwrap();
    let source = SourceFolder { storage: storage(&target), address: "/srv/log".to_owned() };
    let staging = Memory::default();
    clone(&source, storage(&staging), Some(&vkey()), Size(100), &mut |_, _| {}).unwrap();
    staging.remove(COPY_NAME).unwrap();
    let ledger = Ledger::open_for_writing(storage(&staging)).unwrap();
    ledger.append(vec![draft(context("A peace"))], &stop()).unwrap();
    let beside_key = Memory::default();
    beside_key.set_bytes("last", last.to_string());
    let last = LastSigned { storage: &beside_key, name: "last", adopt: false };
    ledger.sign_checkpoint(&key(), &last).unwrap();
    drop(ledger);
    assert_whole(&staging, 13);
}

#[test]
fn the_picture_of_a_frame_within_a_damaged_entry_is_not_taken_for_an_entry() {
    let desk = desk();
    let all = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let payloads: Vec<Vec<u8>> = all.map(Result::unwrap).collect();
    let written = |payloads: &[Vec<u8>]| {
        let memory = Memory::default();
        let batches: Vec<Vec<Vec<u8>>> = payloads.iter().map(|one| vec![one.clone()]).collect();
        drop(Writer::create(Arc::new(memory.clone()), &batches).unwrap());
        memory
    };
    let before = written(&payloads[..9]).bytes(FIRST).unwrap().len();
    let frame = written(&payloads[..10]).bytes(FIRST).unwrap().split_off(before);
    let bearer = [b"Somebody wrote: ".to_vec(), frame, b" and no more.".to_vec()].concat();
    let damaged = written(&[&payloads[..9], &[bearer]].concat());
    let mut bytes = damaged.bytes(FIRST).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    damaged.set_bytes(FIRST, bytes);
    let told = mend(&damaged, &Held::default(), None).unwrap();
    assert_eq!((told.size, told.lost()), (Size(9), 1));
    assert_whole(&damaged, 9);
}
