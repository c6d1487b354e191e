//! Every storage call fails in turn, in every way, with and without a power cut behind it; each
//! time the log is audited in full, mended, written to and audited again.

use std::io::ErrorKind;

use chancery::disk::faulty::{Call, Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::store::ending::Ending;
use chancery::store::error::StoreError;
use chancery::store::reader::Reader;
use chancery::store::writer::{Batch, Writer};
use proptest::prelude::*;

use crate::store::{batches_of, commits, link_before, shared, text_batches};

const SEGMENT_BYTES_MAX: usize = 1100;

/// Commits that cross blocks and segments, alone and in groups.
fn script() -> Vec<Vec<Batch>> {
    let [x, y, z] = ["x", "y", "z"].map(|letter| letter.repeat(450));
    commits(&format!("opening ; a b | c ; {x} | {y} d ; e ; {z} f ; {x} ; g ; {y} h"))
}

/// What a run of the script was told.
struct Told {
    /// How many of the commits were acknowledged.
    acknowledged: usize,
    /// How many were begun; the last of them may or may not be there.
    begun: usize,
}

/// Opens or creates the log and makes the commits until one fails, keeping a reserve or not.
fn run(storage: &Faulty, script: &[Vec<Batch>], reserves: bool) -> Told {
    let Ok(writer) = Writer::create(shared(storage.clone()), &script[0]) else {
        return Told { acknowledged: 0, begun: 1 };
    };
    let mut writer = writer.with_segment_bytes_max(SEGMENT_BYTES_MAX);
    if reserves {
        writer.reserve_at_once();
    }
    for (position, commit) in script.iter().enumerate().skip(1) {
        let link = link_before(&writer);
        if writer.commit(commit, link).is_err() {
            assert!(matches!(writer.commit(commit, link), Err(StoreError::Poisoned)));
            return Told { acknowledged: position, begun: position + 1 };
        }
    }
    Told { acknowledged: script.len(), begun: script.len() }
}

/// Audits what is found and returns its batches: everything acknowledged, then whole batches of the
/// commit that failed, and nothing else.
fn audit(found: &Memory, script: &[Vec<Batch>], told: &Told) -> Vec<String> {
    let reader = match Reader::open(shared(found.clone())) {
        Err(StoreError::NotALedger) if told.acknowledged == 0 => return Vec::new(),
        opened => opened.unwrap(),
    };
    let ending = reader.ending();
    assert!(matches!(ending, Ending::Clean | Ending::TornTail { .. }), "{ending:?}");
    let read = batches_of(&reader);
    assert!(read.starts_with(&text_batches(&script[..told.acknowledged])), "acknowledged, lost");
    assert!(text_batches(&script[..told.begun]).starts_with(&read), "never written, found");
    read
}

/// Opens what is found for writing, adds a commit and audits again.
fn go_on(found: &Memory, before: &[String]) {
    let opened = Writer::open(shared(found.clone()));
    let writer = match opened {
        Err(StoreError::NotALedger | StoreError::Unfinished) if before.is_empty() => {
            Writer::create(shared(found.clone()), &commits("more")[0])
        }
        opened => opened,
    };
    let mut writer = writer.unwrap().with_segment_bytes_max(SEGMENT_BYTES_MAX);
    let mut expected = before.to_vec();
    if !before.is_empty() {
        assert_eq!(batches_of(writer.reader()), before, "what readers saw is kept");
        let link = link_before(&writer);
        writer.commit(&commits("more")[0], link).unwrap();
    }
    expected.push("more".to_owned());
    assert_eq!(batches_of(writer.reader()), expected);
    drop(writer);
    let reader = Reader::open(shared(found.clone())).unwrap();
    assert_eq!((reader.ending(), batches_of(&reader)), (Ending::Clean, expected));
}

fn outcomes() -> Vec<(Outcome, ErrorKind)> {
    let outcomes = [0, 1, 60, 511, 512, 600, usize::MAX].map(Outcome::Short);
    let outcomes = outcomes.into_iter().chain([Outcome::Failed, Outcome::Persisted]);
    let errors = [ErrorKind::Other, ErrorKind::StorageFull];
    outcomes.flat_map(|outcome| errors.map(|error| (outcome, error))).collect()
}

fn cuts() -> Vec<Option<PowerCut>> {
    let masks = [0, 1, 2, 3, 5, 6, u64::MAX];
    let torn = masks.map(|kept| Some(PowerCut::Torn { kept }));
    [None, Some(PowerCut::UnsyncedLost)].into_iter().chain(torn).collect()
}

#[test]
fn whatever_call_fails_and_however_what_was_acknowledged_is_kept() {
    acknowledged_is_kept(false);
}

#[test]
fn whatever_call_fails_while_a_reserve_is_kept_what_was_acknowledged_is_kept() {
    acknowledged_is_kept(true);
}

fn acknowledged_is_kept(reserves: bool) {
    let script = script();
    let faultless = Faulty::new(Memory::default());
    assert_eq!(run(&faultless, &script, reserves).acknowledged, script.len());
    let cut = faultless.calls().iter().filter(|call| **call == Call::Truncate).count();
    assert_eq!(0 < cut, reserves, "a reserve is cut off where a segment ends");
    let calls = faultless.calls().iter().filter(|call| **call != Call::Read).count();
    assert!(3 <= faultless.memory().files().len(), "the script rotates");
    for nth in 1..=calls {
        for (outcome, error) in outcomes() {
            let storage = Faulty::new(Memory::default());
            storage.arm(Fault { call: None, nth, outcome, error });
            let told = run(&storage, &script, reserves);
            assert!(!storage.is_armed());
            for cut in cuts() {
                let found = match cut {
                    None => storage.memory().copy(),
                    Some(cut) => storage.after_power_cut(cut),
                };
                let read = audit(&found, &script, &told);
                go_on(&found, &read);
            }
        }
    }
}

/// A log with a torn tail of either kind: in the last segment, or all of it.
fn torn_logs() -> Vec<(Memory, Told)> {
    let script = script();
    let mut logs = Vec::new();
    for nth in 1..12 {
        for (outcome, reserves) in [700, 20].map(Outcome::Short).into_iter().zip([false, true]) {
            let storage = Faulty::new(Memory::default());
            storage.arm(Fault { call: None, nth, outcome, error: ErrorKind::Other });
            let told = run(&storage, &script, reserves);
            if 0 < told.acknowledged {
                logs.push((storage.memory().copy(), told));
            }
        }
    }
    logs
}

#[test]
fn recovery_can_fail_anywhere_and_be_done_again() {
    let script = script();
    let mut mended = 0;
    for (log, told) in torn_logs() {
        let before = audit(&log, &script, &told);
        for nth in 1.. {
            let mut is_over = false;
            for (outcome, error) in outcomes() {
                let storage = Faulty::new(log.copy());
                storage.arm(Fault { call: None, nth, outcome, error });
                is_over = Writer::open(shared(storage.clone())).is_ok();
                if is_over {
                    break;
                }
                for cut in cuts() {
                    let found = match cut {
                        None => storage.memory().copy(),
                        Some(cut) => storage.after_power_cut(cut),
                    };
                    assert_eq!(audit(&found, &script, &told), before);
                    go_on(&found, &before);
                    mended += 1;
                }
            }
            if is_over {
                break;
            }
        }
    }
    assert!(500 < mended, "{mended}");
}

#[test]
fn what_a_writer_found_when_opening_survives_a_power_cut_even_after_a_failed_sync() {
    let script = script();
    for nth in 1..=5 {
        let storage = Faulty::new(Memory::default());
        let (call, error) = (Some(Call::Sync), ErrorKind::Other);
        storage.arm(Fault { call, nth, outcome: Outcome::Failed, error });
        let told = run(&storage, &script, false);
        assert!(told.acknowledged < script.len());
        // The kernel holds the pages as clean; a reader sees the commit, the disk never did.
        let writer = Writer::open(shared(storage.clone())).unwrap();
        let seen = batches_of(writer.reader());
        assert_eq!(seen, text_batches(&script[..told.begun]));
        let found = storage.after_power_cut(PowerCut::UnsyncedLost);
        assert_eq!(audit(&found, &script, &told), seen);
    }
}

#[test]
fn a_quarantined_tail_is_durable_before_the_log_is_cut() {
    for (log, _) in torn_logs() {
        let Ok(reader) = Reader::open(shared(log.copy())) else { continue };
        let Ending::TornTail { bytes, .. } = reader.ending() else { continue };
        let (name, whole) = log.files().pop_last().unwrap();
        // A reserve is no part of it.
        let without_reserve = |bytes: &[u8]| {
            let last = bytes.iter().rposition(|byte| *byte != 0xff);
            bytes[..last.map_or(0, |last| last + 1)].to_vec()
        };
        let whole = without_reserve(&whole);
        let tail = &whole[whole.len() - usize::try_from(bytes).unwrap()..];
        for nth in 1..20 {
            let storage = Faulty::new(log.copy());
            let (outcome, error) = (Outcome::Failed, ErrorKind::Other);
            storage.arm(Fault { call: None, nth, outcome, error });
            drop(Writer::open(shared(storage.clone())));
            let found = storage.after_power_cut(PowerCut::UnsyncedLost);
            let is_in_place =
                found.bytes(&name).is_some_and(|bytes| without_reserve(&bytes).ends_with(tail));
            let is_kept = found
                .files()
                .iter()
                .any(|(name, bytes)| name.starts_with("quarantine/") && bytes == tail);
            assert!(is_in_place || is_kept);
        }
    }
}

proptest! {
    #[test]
    fn any_blocks_lost_with_the_last_commit_leave_what_was_acknowledged(
        kept: u64,
        nth in 1usize..7,
        is_create: bool,
        reserves: bool,
    ) {
        let script = script();
        let storage = Faulty::new(Memory::default());
        let call = if is_create { Call::Create } else { Call::Write };
        let (outcome, error) = (Outcome::Short(usize::MAX), ErrorKind::Other);
        storage.arm(Fault { call: Some(call), nth, outcome, error });
        let told = run(&storage, &script, reserves);
        let found = storage.after_power_cut(PowerCut::Torn { kept });
        let read = audit(&found, &script, &told);
        go_on(&found, &read);
    }
}
