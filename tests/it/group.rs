//! Many threads append to one ledger: each is answered only when what it gave is durable.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use chancery::disk::faulty::{Call, Fault, Faulty, Outcome as Really, PowerCut};
use chancery::disk::memory::Memory;
use chancery::ledger::Ledger;
use chancery::ledger::append::Outcome;
use chancery::ledger::error::ErrorKind;
use chancery::ledger::verify::{VerifyOptions, verify};

use crate::desk::{accept, context, keyed, now, opening};

const THREADS: u64 = 8;
const APPENDS: u64 = 25;

fn named(thread: u64, number: u64) -> chancery::ledger::draft::Draft {
    keyed(&format!("note-{thread}-{number}"), context(&format!("Note {thread} of {number}")))
}

#[test]
fn every_thread_is_told_its_own_numbers_and_all_of_them_are_there() {
    let memory = Memory::default();
    let ledger = Ledger::create(Arc::new(memory.clone()), opening(), now()).unwrap();
    let told: BTreeSet<(u64, String)> = thread::scope(|scope| {
        let ledger = &ledger;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let append = |number| {
                        let batch = vec![named(thread, number), named(thread, 1_000 + number)];
                        let appended = ledger.append(batch, &accept()).unwrap();
                        assert!(appended.size <= ledger.size(), "it is visible when it is told");
                        let outcomes = appended.outcomes.into_iter();
                        let recorded = outcomes.map(|outcome| match outcome {
                            Outcome::Recorded(recorded) => recorded,
                            other => panic!("{other:?}"),
                        });
                        let recorded: Vec<_> = recorded.collect();
                        assert_eq!(recorded[0].sequence.0 + 1, recorded[1].sequence.0);
                        recorded.into_iter().map(|one| (one.sequence.0, one.hash.to_string()))
                    };
                    (0..APPENDS).flat_map(append).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(told.len() as u64, 2 * THREADS * APPENDS);
    let reopened = Ledger::open(Arc::new(memory.clone())).unwrap();
    assert_eq!(*reopened.view(), *ledger.view());
    for (sequence, hash) in told {
        let sequence = chancery::domain::sequence::Sequence(sequence);
        assert_eq!(reopened.hash_of(sequence).unwrap().unwrap().to_string(), hash);
    }
    assert!(verify(Arc::new(memory), &VerifyOptions::default()).unwrap().ok);
}

#[test]
fn who_repeats_what_another_thread_gives_is_told_that_it_is_known() {
    let memory = Memory::default();
    let ledger = Ledger::create(Arc::new(memory), opening(), now()).unwrap();
    let recorded = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for number in 0..APPENDS {
                    let appended = ledger.append(vec![named(0, number)], &accept()).unwrap();
                    let [outcome] = appended.outcomes.as_slice() else { panic!() };
                    if matches!(outcome, Outcome::Recorded(_)) {
                        recorded.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(recorded.into_inner(), APPENDS);
    assert_eq!(ledger.size().0, 1 + APPENDS);
}

#[test]
fn a_failed_sync_acknowledges_none_of_those_who_waited_for_it() {
    let faulty = Arc::new(Faulty::new(Memory::default()));
    let storage: Arc<Faulty> = Arc::clone(&faulty);
    let ledger = Ledger::create(storage, opening(), now()).unwrap();
    ledger.append(vec![named(0, 0)], &accept()).unwrap();
    let error = io::ErrorKind::Other;
    faulty.arm(Fault { call: Some(Call::Sync), nth: 3, error, outcome: Really::Failed });
    let acknowledged: Vec<String> = thread::scope(|scope| {
        let ledger = &ledger;
        let threads: Vec<_> = (1..=THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for number in 0..APPENDS {
                        match ledger.append(vec![named(thread, number)], &accept()) {
                            Ok(_) => acknowledged.push(format!("note-{thread}-{number}")),
                            Err(error) => assert!(matches!(
                                error.kind(),
                                ErrorKind::Unknown | ErrorKind::Unavailable
                            )),
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(!faulty.is_armed(), "the sync failed");
    drop(ledger);
    let left = faulty.after_power_cut(PowerCut::UnsyncedLost);
    let reopened = Ledger::open_for_writing(Arc::new(left)).unwrap();
    for key in &acknowledged {
        assert!(reopened.view().key(&key.parse().unwrap()).is_some(), "{key} was acknowledged");
    }
    assert!((acknowledged.len() as u64) < THREADS * APPENDS);
}
