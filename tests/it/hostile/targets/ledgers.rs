//! Sound ledgers for the targets, logs written to be hostile, and what is asked of each.

use std::sync::{Arc, OnceLock};

use chancery::chain::millis::Millis;
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::day::Day;
use chancery::domain::policy::Policy;
use chancery::domain::relation::Axis;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Judgement};
use chancery::ledger::draft::Draft;
use chancery::ledger::verify::{Verification, VerifyOptions, verify};
use chancery::tlog::hash::leaf_hash;
use serde_json::json;

/// The entities that [`sound`] registers.
pub(crate) const ENTITIES: [&str; 6] = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"];

/// When everything is recorded.
pub(crate) fn now() -> Millis {
    "2026-11-22T03:00:00Z".parse().expect("it is a time")
}

/// Whatever the rules notice is recorded.
pub(crate) fn accept() -> AppendOptions {
    AppendOptions { findings: Judgement::Accept, ..AppendOptions::at(now()) }
}

/// A draft of an event in JSON.
pub(crate) fn draft(event: serde_json::Value) -> Draft {
    serde_json::from_value(json!({ "event": event })).expect("the event is sound")
}

/// The storage of a ledger with some entities, acts, a correction, a claim and a retraction.
pub(crate) fn sound() -> Memory {
    static SOUND: OnceLock<Memory> = OnceLock::new();
    SOUND.get_or_init(made).copy()
}

fn made() -> Memory {
    let storage = Memory::default();
    let opening = draft(json!({ "kind": "opening", "origin": "a.example/log" }));
    let ledger = Ledger::create(Arc::new(storage.clone()), opening, now());
    let ledger = ledger.expect("the memory is empty");
    let registered = ENTITIES.map(|id| {
        draft(json!({ "kind": "registration", "id": id, "entity": "state", "name": id }))
    });
    ledger.append(registered.into(), &accept()).expect("the entities are new");
    let act = |[one, act, other, day]: [&str; 4]| {
        let by = if act == "establish" { "both" } else { one };
        json!({ "kind": "act", "parties": [one, other], "act": act, "by": by,
            "dates": { "effective": day } })
    };
    let acts = [
        ["AAA", "establish", "BBB", "1950-01-01"],
        ["AAA", "sever", "BBB", "1960-05"],
        ["AAA", "establish", "CCC", "1970"],
        ["CCC", "suspend", "AAA", "[1970-06..1971]"],
        ["BBB", "establish", "CCC", "1980-01~"],
        ["DDD", "establish", "EEE", "1990-01-01"],
    ];
    let acts: Vec<Draft> = acts.iter().map(|words| draft(act(*words))).collect();
    ledger.append(acts, &accept()).expect("the acts are well-formed");
    let rest = [
        json!({ "kind": "claim", "target": 7, "standing": "rival", "role": "effective",
            "date": "1951" }),
        json!({ "kind": "correction", "target": 8, "fact": act(["AAA", "sever", "BBB", "1961"]),
            "reason": "a misprint" }),
        json!({ "kind": "retraction", "target": 12, "reason": "a misprint" }),
        json!({ "kind": "change", "entity": "EEE", "on": "1995-01-01",
            "change": { "what": "continues", "successor": "FFF" } }),
        json!({ "kind": "context", "title": "A war", "date": "1950-06-25" }),
    ];
    for event in rest {
        ledger.append(vec![draft(event)], &accept()).expect("the event is well-formed");
    }
    storage
}

/// The bytes of each entry of a ledger.
pub(crate) fn payloads(storage: &Memory) -> Vec<Vec<u8>> {
    let ledger = Ledger::open(Arc::new(storage.copy())).expect("the ledger is sound");
    ledger
        .payloads(Sequence(0)..Sequence(u64::MAX))
        .map(|read| read.expect("it is there"))
        .collect()
}

/// Makes each entry follow the one before it.
pub(crate) fn link(payloads: &mut [Vec<u8>]) {
    let mut previous = [0; 32];
    for payload in payloads {
        if let Some(link) = payload.get_mut(1..33) {
            link.copy_from_slice(&previous);
        }
        previous = leaf_hash(payload).0;
    }
}

/// A segment of format 1 with these frames, each with its flags, and every CRC as it must be.
pub(crate) fn segment(first: u64, link: [u8; 32], frames: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"\x89CHNCRY\n\x01\0\0\0".to_vec();
    bytes.extend(first.to_le_bytes());
    bytes.extend(link);
    let seed = crc32c::crc32c(&bytes);
    bytes.extend(seed.to_le_bytes());
    for (flags, payload) in frames {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
        let covered = [&length[..], &[*flags, 0], payload].concat();
        let sum = crc32c::crc32c_append(seed, &covered);
        bytes.extend(length);
        bytes.extend(sum.to_le_bytes());
        bytes.extend([*flags, 0]);
        bytes.extend(payload);
    }
    bytes
}

/// The name of the segment that begins with an entry.
pub(crate) fn segment_name(first: u64) -> String {
    format!("{first:020}.seg")
}

/// A log of one segment with these entries, linked, in one batch.
pub(crate) fn log_of(mut payloads: Vec<Vec<u8>>) -> Memory {
    link(&mut payloads);
    let last = payloads.len().saturating_sub(1);
    let flags = |index: usize| u8::from(index == last) | u8::from(index == 0) << 1;
    let frames = payloads.into_iter().enumerate().map(|(index, bytes)| (flags(index), bytes));
    let storage = Memory::default();
    storage.set_bytes(&segment_name(0), segment(0, [0; 32], &frames.collect::<Vec<_>>()));
    storage
}

/// Reads a log in every way there is, and holds the ways to each other. Whoever can open it must be
/// able to ask it.
pub(crate) fn read_in_every_way(storage: &Memory) -> Option<Verification> {
    let bytes = storage.files();
    let shared = || Arc::new(storage.clone()) as Arc<dyn Storage>;
    drop(chancery::store::reader::first_record(storage));
    let verified = verify(shared(), &VerifyOptions::default());
    let of_bytes =
        verify(shared(), &VerifyOptions { bytes_only: true, ..VerifyOptions::default() });
    assert_eq!(verified.is_ok(), of_bytes.is_ok());
    let opened = Ledger::open(shared());
    assert_eq!(storage.files(), bytes, "reading changed something");
    if let Ok(verified) = &verified
        && verified.ok
    {
        let opened = opened.as_ref().expect("what verifies can be opened");
        assert_eq!((opened.size(), opened.root()), (verified.size, verified.root));
        let written = Ledger::open_for_writing(Arc::new(storage.copy()));
        let written = written.expect("what verifies can be written to");
        assert_eq!((written.size(), written.root()), (verified.size, verified.root));
        ask(opened);
    } else {
        let copy = storage.copy();
        if let Ok(written) = Ledger::open_for_writing(Arc::new(copy.clone())) {
            let size = written.size();
            drop(written);
            let again = Ledger::open(Arc::new(copy)).expect("it was opened for writing");
            assert_eq!(again.size(), size);
        }
    }
    verified.ok()
}

/// How many relations of a ledger are asked about.
const RELATIONS_ASKED: usize = 8;

/// Asks a ledger about some of its relations, and holds what is answered at once to what is solved.
pub(crate) fn ask(ledger: &Ledger) {
    let view = ledger.view();
    let known = view.known(Size(u64::MAX));
    for parties in view.relations().into_iter().take(RELATIONS_ASKED) {
        for axis in [Axis::Diplomatic, Axis::Consular] {
            let relation = known.relation(parties, axis, Policy::AsStated);
            let days = relation.timeline.segments().iter().map(|segment| segment.from);
            for day in days.take(8).chain([Day::FIRST, Day::LAST]) {
                let solved = known.statuses(&relation, day);
                assert_eq!(known.statuses_on(parties, axis, Policy::AsStated, day), solved);
            }
            assert_eq!(known.findings(parties, axis), known.findings_in(&relation));
        }
    }
}
