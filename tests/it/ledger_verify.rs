//! Verification: a forging writer gives each check a twin that only that check catches, and every
//! damaged byte, moved entry and leftover is found and named.

use std::sync::Arc;

use chancery::chain::codec::encode;
use chancery::chain::entry::Entry;
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::day::Day;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::draft::Draft;
use chancery::ledger::error::ErrorKind;
use chancery::ledger::verify::{CHECKS, Verification, VerifyOptions};
use chancery::store::frame::SEGMENT_BYTES_MAX;
use chancery::store::writer::Writer;
use chancery::tlog::hash::{Hash, leaf_hash};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use crate::desk::{Desk, act, at, context, draft, keyed};
use crate::quick::quick_as_solved;

/// The segment that a short log lies in.
const SEGMENT: &str = "00000000000000000000.seg";

/// The bytes that open a segment, and a frame.
const HEADER_BYTES: usize = 56;
const FRAME_HEADER_BYTES: usize = 10;

fn verify(storage: &Memory) -> Verification {
    verify_with(storage, VerifyOptions::default())
}

fn verify_with(storage: &Memory, options: VerifyOptions) -> Verification {
    chancery::ledger::verify::verify(Arc::new(storage.clone()), &options).unwrap()
}

/// A ledger of ten entries, its last two commits of one entry each.
fn desk() -> Desk {
    let desk = Desk::new().with(&["UKR establish SYR 1992-03-31"]);
    desk.append(vec![keyed("war", context("A war")), draft(context("A peace"))]).unwrap();
    desk.with(&["UKR sever SYR 2022-06-30"])
}

fn entries(desk: &Desk) -> Vec<Entry> {
    let all = desk.ledger.entries(Sequence(0)..Sequence(u64::MAX));
    all.map(|record| record.unwrap().entry).collect()
}

/// Writes a log as a forger would: every CRC, every hash and every link is as it should be, but for
/// what `tamper` does to the bytes of one entry after its link is set.
fn forge(entries: &[Entry], tamper: impl Fn(usize, &mut Vec<u8>)) -> Memory {
    let mut previous = Hash::ZERO;
    let mut payloads = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let mut bytes = encode(&Entry { previous, ..entry.clone() }).unwrap();
        tamper(position, &mut bytes);
        previous = leaf_hash(&bytes);
        payloads.push(bytes);
    }
    written(&payloads, SEGMENT_BYTES_MAX)
}

/// Writes payloads as they are, each a commit of its own.
fn written(payloads: &[Vec<u8>], segment_bytes_max: usize) -> Memory {
    let storage = Memory::default();
    let (first, others) = payloads.split_first().unwrap();
    let batches = [vec![first.clone()]];
    let mut writer = Writer::create(Arc::new(storage.clone()), &batches)
        .unwrap()
        .with_segment_bytes_max(segment_bytes_max);
    let mut last = first;
    for payload in others {
        writer.commit(&[vec![payload.clone()]], leaf_hash(last).0).unwrap();
        last = payload;
    }
    storage
}

fn payloads(desk: &Desk) -> Vec<Vec<u8>> {
    entries(desk).iter().map(|entry| encode(entry).unwrap()).collect()
}

/// Holds a verification to fail in one check only, and to name the entry.
fn only(verification: &Verification, check: &str, bad: Option<u64>) {
    let failed: Vec<_> = verification.checks.iter().filter(|found| !found.ok).collect();
    let names: Vec<_> = failed.iter().map(|found| found.name).collect();
    assert_eq!(names, [check], "{verification:#?}");
    assert!(!verification.ok);
    assert_eq!(verification.first_bad_entry, bad.map(Sequence), "{verification:#?}");
    if let Some(bad) = bad {
        assert!(failed[0].detail.contains(&format!("entry {bad}")), "{verification:#?}");
    }
}

#[test]
fn a_sound_ledger_is_verified_and_its_root_is_told() {
    let desk = desk();
    let verification = verify(&desk.storage);
    assert!(verification.ok, "{verification:#?}");
    let names: Vec<_> = verification.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, CHECKS);
    assert_eq!((verification.size, verification.root), (Size(10), desk.ledger.root()));
    assert_eq!((verification.head, verification.first_bad_entry), (desk.ledger.head(), None));
    assert_eq!(verify(&forge(&entries(&desk), |_, _| {})).root, desk.ledger.root());
    let json = serde_json::to_value(&verification).unwrap();
    assert_eq!(json["trust"], "none");
    assert_eq!(json["root"], desk.ledger.root().to_string());
    assert_eq!(json["checks"][4]["name"], "links");
    assert_eq!(json["first_bad_entry"], json!(null));
}

#[test]
fn only_frames_catches_a_damaged_byte() {
    let desk = desk();
    let mut bytes = desk.storage.bytes(SEGMENT).unwrap();
    let at = frame_starts(&bytes)[8] + FRAME_HEADER_BYTES + 60;
    bytes[at] ^= 1;
    let storage = desk.storage.copy();
    storage.set_bytes(SEGMENT, bytes);
    only(&verify(&storage), "frames", Some(8));
}

#[test]
fn only_decoding_catches_bytes_of_another_form() {
    let entries = entries(&desk());
    let trailing = |position, bytes: &mut Vec<u8>| {
        if position == 4 {
            bytes.push(0);
        }
    };
    only(&verify(&forge(&entries, trailing)), "decoding", Some(4));

    // The sequence number 4 written in three bytes instead of one.
    let over_long = |position, bytes: &mut Vec<u8>| {
        if position == 4 {
            assert_eq!(bytes[33], 4);
            bytes.splice(33..34, [251, 4, 0]);
        }
    };
    only(&verify(&forge(&entries, over_long)), "decoding", Some(4));
}

#[test]
fn an_entry_of_a_newer_format_is_named_and_its_links_still_verify() {
    let newer = |position, bytes: &mut Vec<u8>| {
        if position == 4 {
            bytes[0] = 2;
        }
    };
    let storage = forge(&entries(&desk()), newer);
    let verification = verify(&storage);
    only(&verification, "decoding", Some(4));
    assert!(verification.checks[1].detail.contains("needs a newer chancery"));
    let refused = Ledger::open(Arc::new(storage)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NewerFormat);
    assert!(refused.to_string().starts_with("entry 4 needs a newer chancery"), "{refused}");
}

#[test]
fn only_opening_catches_an_opening_out_of_place() {
    let mut second = entries(&desk());
    second[7].event = second[0].event.clone();
    only(&verify(&forge(&second, |_, _| {})), "opening", Some(7));

    let mut none = entries(&desk());
    none[0].event = none[8].event.clone();
    let storage = forge(&none, |_, _| {});
    only(&verify(&storage), "opening", Some(0));
    assert_eq!(Ledger::open(Arc::new(storage)).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn only_sequence_catches_a_wrong_number() {
    let mut entries = entries(&desk());
    entries[4].sequence = Sequence(5);
    let storage = forge(&entries, |_, _| {});
    only(&verify(&storage), "sequence", Some(4));
    let refused = Ledger::open(Arc::new(storage)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
    assert!(refused.to_string().starts_with("entry 4 is out of place"), "{refused}");
}

#[test]
fn only_links_catches_an_entry_that_follows_another() {
    let entries = entries(&desk());
    let unlinked = |position, bytes: &mut Vec<u8>| {
        if position == 4 {
            bytes[20] ^= 1;
        }
    };
    let storage = forge(&entries, unlinked);
    only(&verify(&storage), "links", Some(4));
    assert_eq!(Ledger::open(Arc::new(storage)).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn only_links_catches_a_segment_that_follows_another() {
    let storage = Memory::default();
    let payloads = payloads(&desk());
    let first = [payloads[..6].to_vec()];
    let mut writer =
        Writer::create(Arc::new(storage.clone()), &first).unwrap().with_segment_bytes_max(700);
    writer.commit(&[payloads[6..].to_vec()], [7; 32]).unwrap();
    drop(writer);
    only(&verify(&storage), "links", Some(6));
}

#[test]
fn only_times_catches_a_time_that_decreases() {
    let mut entries = entries(&desk());
    entries[4].recorded_at = at("2026-11-22T02:59:59.999");
    let storage = forge(&entries, |_, _| {});
    only(&verify(&storage), "times", Some(4));
    assert_eq!(Ledger::open(Arc::new(storage)).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn only_rules_catches_what_would_have_been_refused() {
    let forged = |position: usize, event: serde_json::Value| {
        let mut entries = entries(&desk());
        entries[position].event = serde_json::from_value(event).unwrap();
        forge(&entries, |_, _| {})
    };
    let unknown = forged(7, act("NIU establish SYR 1992-03-31"));
    only(&verify(&unknown), "rules", Some(7));
    let later = json!({ "kind": "retraction", "target": 8, "reason": "too early" });
    only(&verify(&forged(7, later)), "rules", Some(7));
    let twice = json!({ "kind": "registration", "id": "CUB", "entity": "state", "name": "Again" });
    only(&verify(&forged(7, twice)), "rules", Some(7));
    // A registration that entries to come name.
    only(&verify(&forged(3, context("No registration"))), "rules", Some(6));

    let mut entries = entries(&desk());
    entries[8].key = entries[7].key.clone();
    only(&verify(&forge(&entries, |_, _| {})), "rules", Some(8));
}

#[test]
fn a_claim_that_is_read_in_place_is_held_to_what_its_target_is() {
    let claim = |target: u64| json!({ "kind": "claim", "target": target, "standing": "rival", "says": "denies" });
    let retraction = json!({ "kind": "retraction", "target": 6, "reason": "never happened" });
    let forged = |events: &[(usize, serde_json::Value)]| {
        let mut entries = entries(&desk());
        for (position, event) in events {
            entries[*position].event = serde_json::from_value(event.clone()).unwrap();
        }
        verify(&forge(&entries, |_, _| {}))
    };
    let sound = forged(&[(8, claim(6))]);
    assert!(sound.ok, "{sound:#?}");
    for (before, target, told) in [
        (context("A war"), 7, "entry 8: entry 7 is a context, not an act"),
        (claim(6), 7, "entry 8: entry 7 is a claim, not an act"),
        (context("A war"), 5, "entry 8: entry 5 is a registration, not an act"),
        (context("A war"), 9, "entry 8: "),
        (context("A war"), u64::MAX, "entry 8: "),
        (retraction, 6, "entry 8: "),
    ] {
        let found = forged(&[(7, before), (8, claim(target))]);
        only(&found, "rules", Some(8));
        let rules = found.checks.iter().find(|check| check.name == "rules").unwrap();
        assert!(rules.detail.starts_with(told), "{}", rules.detail);
    }
}

#[test]
fn a_log_that_speaks_of_what_is_not_there_is_opened_and_found_out() {
    let establish = json!({ "kind": "act", "axis": "diplomatic", "parties": ["KOR", "SYR"],
        "act": "establish", "by": "both", "dates": { "effective": "1950-01-01" } });
    for target in [8, 9, 10_000, u64::from(u32::MAX) + 1, u64::MAX] {
        for event in [
            json!({ "kind": "claim", "target": target, "standing": "rival", "says": "denies" }),
            json!({ "kind": "correction", "target": target, "fact": establish, "reason": "r" }),
            json!({ "kind": "retraction", "target": target, "reason": "never happened" }),
        ] {
            let mut entries = entries(&desk());
            entries[8].event = serde_json::from_value(event).unwrap();
            let storage = forge(&entries, |_, _| {});
            let ledger = Ledger::open(Arc::new(storage.clone())).unwrap();
            let view = ledger.view();
            for parties in view.relations() {
                let known = view.known(view.size());
                let course = known.as_of(parties, Axis::Diplomatic, Policy::AsStated);
                assert!(!course.statuses(Day::LAST).is_empty());
            }
            only(&verify(&storage), "rules", Some(8));
        }
    }
}

#[test]
fn what_is_spoken_of_before_it_is_there_is_answered_quickly_as_it_is_solved() {
    let act = |act: &str, on: &str| {
        json!({ "kind": "act", "axis": "diplomatic", "parties": ["SYR", "UKR"], "act": act,
                "by": "both", "dates": { "effective": on } })
    };
    let withdrawn = json!({ "kind": "recognition", "by": "UKR", "of": "SYR", "act": "withdrawn",
                            "dates": { "effective": "2000-01-06" } });
    let fact = act("suspend", "2000-01-13");
    let parties = Parties::new("SYR".parse().unwrap(), "UKR".parse().unwrap()).unwrap();
    for target in [9, 10, u64::MAX] {
        for event in [
            json!({ "kind": "claim", "target": target, "standing": "rival", "role": "effective",
                    "date": "2000-01-04" }),
            json!({ "kind": "correction", "target": target, "fact": fact, "reason": "r" }),
            json!({ "kind": "retraction", "target": target, "reason": "never happened" }),
        ] {
            let mut entries = entries(&desk());
            let (begun, ended) = (act("establish", "2000-01-03"), act("sever", "2000-01-11"));
            let events = [begun, withdrawn.clone(), event, ended];
            for (entry, event) in entries[6..].iter_mut().zip(events) {
                entry.event = serde_json::from_value(event).unwrap();
            }
            let ledger = Ledger::open(Arc::new(forge(&entries, |_, _| {}))).unwrap();
            let view = ledger.view();
            for size in (8..=10).map(Size) {
                quick_as_solved(view.known(size), parties);
            }
        }
    }
}

#[test]
fn only_the_root_catches_a_history_that_was_written_anew() {
    let desk = desk();
    let (size, root) = (Size(9), desk.ledger.root_of(Size(9)).unwrap().unwrap());
    let expected = VerifyOptions { expected_root: Some((size, root)), ..VerifyOptions::default() };
    assert!(verify_with(&desk.storage, expected.clone()).ok);

    let mut entries = entries(&desk);
    entries[7].event = serde_json::from_value(context("Another war")).unwrap();
    let storage = forge(&entries, |_, _| {});
    assert!(verify(&storage).ok);
    only(&verify_with(&storage, expected), "root", None);

    // Nothing below the expected size was written anew.
    let other_end = Desk::new().with(&["UKR establish SYR 1992-03-31"]);
    let size = Size(7);
    let root = other_end.ledger.root();
    let expected = VerifyOptions { expected_root: Some((size, root)), ..VerifyOptions::default() };
    assert!(verify_with(&desk.storage, expected.clone()).ok);
    // The log has lost its end.
    let expected = VerifyOptions {
        expected_root: Some((Size(10), desk.ledger.root())),
        ..VerifyOptions::default()
    };
    let shorter = verify_with(&other_end.storage, expected);
    assert_eq!(shorter.first_bad_entry, Some(Sequence(7)));
    assert!(!shorter.ok);
}

/// Where each frame of a segment starts.
fn frame_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        starts.push(at);
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        at += FRAME_HEADER_BYTES + usize::try_from(length).unwrap();
    }
    starts
}

fn long() -> bool {
    std::env::var_os("CHANCERY_LONG").is_some()
}

#[test]
fn flipping_any_one_byte_fails_and_names_the_entry() {
    let desk = desk();
    let several = written(&payloads(&desk), 500);
    assert!(several.files().len() > 2, "several segments");
    let masks: &[u8] = if long() { &[1, 2, 4, 8, 16, 32, 64, 128, 255] } else { &[1, 128, 255] };
    for storage in [desk.storage.copy(), several] {
        assert!(verify(&storage).ok);
        for (name, bytes) in storage.files() {
            let Some(first) = name.strip_suffix(".seg") else { continue };
            let first: u64 = first.parse().unwrap();
            let starts = frame_starts(&bytes);
            for at in 0..bytes.len() {
                let before = starts.iter().filter(|start| **start <= at).count() as u64;
                let entry = first + before.saturating_sub(1);
                for mask in masks {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= mask;
                    let damaged = storage.copy();
                    damaged.set_bytes(&name, flipped);
                    let verification = verify(&damaged);
                    let named = verification.first_bad_entry;
                    assert!(!verification.ok, "{name}, byte {at}, mask {mask}");
                    assert_eq!(named, Some(Sequence(entry)), "{name}, byte {at}, mask {mask}");
                }
            }
        }
    }
}

#[test]
fn bytes_after_the_end_fail_unless_a_writer_is_adding_them() {
    let desk = desk();
    let mut bytes = desk.storage.bytes(SEGMENT).unwrap();
    let starts = frame_starts(&bytes);
    let half_a_frame = bytes[starts[9]..starts[9] + 40].to_vec();
    bytes.extend(half_a_frame);
    let torn = desk.storage.copy();
    torn.set_bytes(SEGMENT, bytes);
    only(&verify(&torn), "frames", Some(10));
    // Readers pass over them: a crash explains them, and nobody was told of them.
    assert_eq!(Ledger::open(Arc::new(torn.clone())).unwrap().size(), Size(10));

    let lock = torn.lock().unwrap();
    let verification = verify(&torn);
    assert!(verification.ok, "{verification:#?}");
    assert!(verification.checks[0].detail.contains("writer"));
    drop(lock);
    assert!(!verify(&torn).ok);

    let again = Ledger::open_for_writing(Arc::new(torn.clone())).unwrap();
    let moved = again.moved_tail().unwrap();
    assert_eq!((moved.bytes, torn.bytes(&moved.name).unwrap().len()), (40, 40));
    assert!(verify(&torn).ok);
}

#[test]
fn a_damaged_ledger_is_not_opened_but_verified_up_to_the_damage() {
    let desk = desk();
    let mut bytes = desk.storage.bytes(SEGMENT).unwrap();
    let at = frame_starts(&bytes)[3] + 30;
    bytes[at] ^= 64;
    let storage = desk.storage.copy();
    storage.set_bytes(SEGMENT, bytes);
    let files = storage.files();
    let refused = Ledger::open(Arc::new(storage.clone())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
    assert_eq!(refused.to_string(), "entry 3 is damaged");
    assert!(refused.hint().unwrap().contains("verify"));
    assert!(Ledger::open_for_writing(Arc::new(storage.clone())).is_err());
    let verification = verify(&storage);
    // Entry 3 lies within a batch that began with entry 1.
    assert_eq!((verification.size, verification.ok), (Size(1), false));
    assert_eq!(storage.files(), files);
}

#[test]
fn a_segment_that_is_gone_is_named() {
    let storage = written(&payloads(&desk()), 500);
    let names: Vec<_> = storage.files().into_keys().collect();
    let gone: u64 = names[1].trim_end_matches(".seg").parse().unwrap();
    storage.remove(&names[1]).unwrap();
    let verification = verify(&storage);
    assert_eq!(verification.first_bad_entry, Some(Sequence(gone)));
    assert_eq!(verification.size, Size(gone));
}

#[test]
fn a_long_ledger_is_verified_stretch_by_stretch_as_it_was_recorded() {
    let desk = Desk::opened();
    let title = |number| draft(context(&format!("Context {number}")));
    desk.append((0..1500).map(title).collect()).unwrap();
    let verification = verify(&desk.storage);
    assert!(verification.ok, "{verification:#?}");
    assert_eq!(verification.root, desk.ledger.root());
    let mut entries = entries(&desk);
    entries[700].sequence = Sequence(701);
    entries[1200].sequence = Sequence(0);
    only(&verify(&forge(&entries, |_, _| {})), "sequence", Some(700));
}

#[test]
fn an_entry_that_ends_a_segment_across_two_stretches_is_no_fault() {
    let desk = Desk::opened();
    let note = "x".repeat(30_000);
    // The last entry begins in the first stretch and ends in the second, in which none begins.
    let stretch_end = HEADER_BYTES + (512 << 10);
    while desk.storage.bytes(SEGMENT).unwrap().len() <= stretch_end {
        let noted = Draft { note: Some(note.parse().unwrap()), ..draft(context("A war")) };
        desk.append(vec![noted]).unwrap();
        let verification = verify(&desk.storage);
        assert!(verification.ok, "{verification:#?}");
    }
    let first_bytes = desk.storage.bytes(SEGMENT).unwrap().len();
    desk.append(vec![draft(context("A peace"))]).unwrap();
    let storage = written(&payloads(&desk), first_bytes);
    assert_eq!(storage.list("").unwrap().iter().filter(|name| name.ends_with(".seg")).count(), 2);
    let verification = verify(&storage);
    assert!(verification.ok, "{verification:#?}");
    assert_eq!(Ledger::open(Arc::new(storage)).unwrap().root(), desk.ledger.root());
}

/// What can be done to entries whose bytes are kept as they are.
#[derive(Debug, Clone, Copy)]
enum Move {
    Substitute,
    Swap,
    Duplicate,
    Insert,
    Delete,
}

proptest! {
    #[test]
    fn entries_moved_about_are_detected_in_any_but_the_last_commit(
        what in prop::sample::select(vec![
            Move::Substitute, Move::Swap, Move::Duplicate, Move::Insert, Move::Delete,
        ]),
        place: Index,
        other: Index,
    ) {
        let mut payloads = payloads(&desk());
        let last = payloads.len() - 1;
        let (place, other) = (place.index(last), other.index(payloads.len()));
        let of_another = self::payloads(&Desk::new().with(&[
            "CUB establish KOR 2024-02-14", "CUB sever KOR 2025-02-14", "CUB restore KOR 2026-02-14",
            "CUB establish SYR 1965-02-14",
        ]));
        match what {
            Move::Substitute => payloads[place] = of_another[other].clone(),
            Move::Swap => payloads.swap(place, other),
            Move::Duplicate => payloads.insert(place, payloads[place].clone()),
            Move::Insert => payloads.insert(place, of_another[other].clone()),
            Move::Delete => drop(payloads.remove(place)),
        }
        prop_assume!(payloads != self::payloads(&desk()));
        let verification = verify(&written(&payloads, SEGMENT_BYTES_MAX));
        prop_assert!(!verification.ok);
        let first_moved = match what {
            Move::Swap => place.min(other),
            Move::Duplicate => place + 1,
            _ => place,
        };
        let named = verification.first_bad_entry.unwrap().0;
        // Named is the first entry that does not fit: the moved one, or the one after it.
        prop_assert!((first_moved as u64..=first_moved as u64 + 1).contains(&named), "{:?}", verification);
    }
}
