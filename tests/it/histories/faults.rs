//! Every storage call of a history failing in turn, the power gone afterwards or not, and another
//! fault while the next program recovers and goes on.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::io;
use std::ops::Range;

use chancery::disk::faulty::{Call, Fault, Outcome, PowerCut};
use proptest::prelude::*;

use super::Step::{self, Publish, Record, Reopen, Repair, Sign, Snapshot, Together};
use super::{CUTS, HISTORY, Place, Told, is_wanted, tell};

/// A sync that fails leaves its blocks marked clean or dirty, a call that replaces a file its name
/// durable or not; and so on.
const OUTCOMES: [Outcome; 6] = [
    Outcome::Failed,
    Outcome::Persisted,
    Outcome::Seen,
    Outcome::Short(0),
    Outcome::Short(7),
    Outcome::Short(130),
];
/// What the next programs do: first all over again what may have failed, then more.
const GOING_ON: [&[Step]; 2] = [&[Sign, Publish, Snapshot], &[Record(2), Sign, Publish]];

/// Counts faults and what they left. What two of them leave alike, with the same told before, is held to
/// the rules once.
#[derive(Default)]
struct Cases {
    faults: usize,
    audited: HashSet<u64>,
    /// What was found, and told, and gone on from with a second fault.
    gone_on: HashSet<u64>,
}

fn digest(place: &Place, told: &Told) -> u64 {
    let mut hasher = DefaultHasher::new();
    let [ledger, beside_key, published, cache] = place.files();
    // A snapshot holds hash maps, whose order differs from one making to the next: it is told by its
    // length, and by which blocks of it are there.
    let blocks = |bytes: &[u8]| -> Vec<bool> {
        bytes.chunks(512).map(|block| block.iter().any(|byte| *byte != 0)).collect()
    };
    let cache: Vec<_> =
        cache.iter().map(|(name, bytes)| (name, bytes.len(), blocks(bytes))).collect();
    (ledger, beside_key, published, cache, format!("{told:?}")).hash(&mut hasher);
    hasher.finish()
}

impl Cases {
    /// Audits what a cut leaves, unless the same has been.
    fn audit(&mut self, place: &Place, cut: PowerCut, told: &Told, named: &str) {
        let named = format!("{named}, {cut:?}");
        let found = place.after_power_cut(cut);
        if is_wanted(&named) && self.audited.insert(digest(&found, told)) {
            found.audit(told, &named);
        }
    }

    /// Lets the next programs fail as well, at each call of each storage, on what a cut left.
    fn fail_again(&mut self, left: &Place, told: &Told, named: &str) {
        if !self.gone_on.insert(digest(left, told)) {
            return;
        }
        for disk in 0..left.disks.len() {
            for outcome in OUTCOMES {
                for second in 1.. {
                    let (found, mut told) = (left.after_power_cut(CUTS[0]), told.clone());
                    found.disks[disk].arm(fault(None, second, outcome));
                    found.go_through(&GOING_ON.concat(), &mut told).ok();
                    if found.disks[disk].is_armed() {
                        break;
                    }
                    self.faults += 1;
                    let named = format!("{named}, then storage {disk} call {second} {outcome:?}");
                    CUTS.iter().for_each(|cut| self.audit(&found, *cut, &told, &named));
                }
            }
        }
    }
}

fn fault(call: Option<Call>, nth: usize, outcome: Outcome) -> Fault {
    Fault { call, nth, outcome, error: io::ErrorKind::StorageFull }
}

/// Lets each call of a storage fail that may change something, or each that reads, and holds to the
/// rules what is left: after each power cut; after another fault in what follows that; and with no
/// power cut, after the next programs have gone on.
fn with_every_fault(disk: usize, reserves: bool, call: Option<Call>, cases: &mut Cases) {
    for outcome in if call.is_none() { &OUTCOMES[..] } else { &OUTCOMES[..1] } {
        for nth in 1.. {
            let kind = call.map_or(String::new(), |call| format!("{call:?} "));
            let named = format!("storage {disk} {kind}call {nth} {outcome:?}");
            let place = Place::empty(reserves);
            place.disks[disk].arm(fault(call, nth, *outcome));
            let mut told = Told::default();
            let ended = place.go_through(&HISTORY, &mut told);
            if place.disks[disk].is_armed() {
                assert_eq!(ended, Ok(()));
                break;
            }
            cases.faults += 1;
            for cut in CUTS {
                cases.audit(&place, cut, &told, &named);
                cases.fail_again(&place.after_power_cut(cut), &told, &format!("{named}, {cut:?}"));
            }
            // The power stays. So it does where the next programs fail as well, at one call of each storage.
            for again in 0..place.disks.len() {
                let (place, mut told) = (Place::empty(reserves), Told::default());
                place.disks[disk].arm(fault(call, nth, *outcome));
                place.go_through(&HISTORY, &mut told).ok();
                let second = OUTCOMES[(nth + again) % OUTCOMES.len()];
                place.disks[again].arm(fault(None, 1 + nth % 9, second));
                let named =
                    format!("{named}, then storage {again} call {} {second:?}", 1 + nth % 9);
                place.go_through(&GOING_ON.concat(), &mut told).ok();
                place.disks[again].disarm();
                cases.faults += 1;
                CUTS.iter().for_each(|cut| cases.audit(&place, *cut, &told, &named));
            }
            for steps in GOING_ON {
                let named = format!("{named}, then {steps:?}");
                assert_eq!(place.go_through(steps, &mut told), Ok(()), "{named}");
                CUTS.iter().for_each(|cut| cases.audit(&place, *cut, &told, &named));
            }
        }
    }
}

/// Does so with some storages.
fn with_every_fault_of(disks: Range<usize>, reserves: bool, call: Option<Call>, what: &str) {
    let mut cases = Cases::default();
    disks.for_each(|disk| with_every_fault(disk, reserves, call, &mut cases));
    tell(&format!("{what}: faults"), cases.faults, 1_000);
    tell(&format!("{what}: different cases left by them"), cases.audited.len(), 100);
}

#[test]
fn whichever_call_of_the_ledgers_storage_fails_nothing_acknowledged_is_lost() {
    with_every_fault_of(0..1, false, None, "each call of the ledger's storage");
}

#[test]
fn whichever_call_fails_while_a_reserve_is_kept_nothing_acknowledged_is_lost() {
    with_every_fault_of(0..1, true, None, "the same while a reserve is kept");
}

#[test]
fn whichever_call_beside_the_key_in_the_published_folder_or_in_the_cache_fails_nothing_is_lost() {
    with_every_fault_of(1..4, false, None, "each call of the other storages");
}

#[test]
fn whatever_cannot_be_read_nothing_is_lost_by_it() {
    with_every_fault_of(0..4, true, Some(Call::Read), "each call that reads");
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..5).prop_map(Record),
        2 => Just(Sign),
        1 => Just(Publish),
        2 => (1_usize..4).prop_map(Together),
        1 => Just(Snapshot),
        2 => Just(Reopen),
        1 => Just(Repair),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("CHANCERY_LONG").is_some() { 2_000 } else { 64 }, ..ProptestConfig::default() })]

    /// The failing case that is printed, or its seed in `tests/proptest-regressions`, replays it.
    #[test]
    fn any_history_with_any_two_faults_loses_nothing_acknowledged(
        steps in prop::collection::vec(any_step(), 3..14),
        first in (0_usize..4, 1_usize..60, prop::sample::select(OUTCOMES.as_slice())),
        second in (0_usize..4, 1_usize..12, prop::sample::select(OUTCOMES.as_slice())),
        kept: u64,
        reserves: bool,
    ) {
        // What is published has been signed.
        let steps: Vec<Step> = [Record(2), Sign].into_iter().chain(steps).collect();
        let place = Place::empty(reserves);
        let arm = |place: &Place, (disk, nth, outcome): (usize, usize, Outcome)| {
            place.disks[disk].arm(fault(None, nth, outcome));
        };
        arm(&place, first);
        let mut told = Told::default();
        // It may end early, or not reach the fault at all.
        place.go_through(&steps, &mut told).ok();
        for cut in [PowerCut::UnsyncedLost, PowerCut::Torn { kept }] {
            let (found, mut told) = (place.after_power_cut(cut), told.clone());
            arm(&found, second);
            found.go_through(&GOING_ON.concat(), &mut told).ok();
            found.after_power_cut(cut).audit(&told, &format!("{cut:?}"));
        }
    }
}
