//! Whole histories of a ledger with every storage call failing in turn: recording, signing,
//! publishing, keeping a snapshot; the power gone afterwards; another fault while recovering. And the
//! same with a disk that says it has synced and has not.

use std::io;
use std::sync::Arc;

use chancery::disk::faulty::{Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{LastSigned, SigningRefusal};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::store::error::StoreError;
use chancery::tlog::hash::Hash;
use chancery::tlog::note::SignerKey;
use proptest::prelude::*;

use crate::desk::{act, context, draft, keyed, now, opening, registration, stop};

/// What is done to a ledger, one after the other.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Records so many events together.
    Record(usize),
    Sign,
    Publish,
    /// Keeps a snapshot of what there is.
    Snapshot,
    /// Opens the ledger again.
    Reopen,
}

use Step::{Publish, Record, Reopen, Sign, Snapshot};

const HISTORY: [Step; 12] = [
    Record(2),
    Record(1),
    Sign,
    Publish,
    Record(3),
    Reopen,
    Record(1),
    Snapshot,
    Sign,
    Record(2),
    Publish,
    Record(1),
];
const CUTS: [PowerCut; 5] = [
    PowerCut::UnsyncedLost,
    PowerCut::Torn { kept: 0 },
    PowerCut::Torn { kept: !0 },
    PowerCut::Torn { kept: 0x5555_5555_5555_5555 },
    PowerCut::Torn { kept: 1 },
];
const OUTCOMES: [Outcome; 5] = [
    Outcome::Failed,
    Outcome::Persisted,
    Outcome::Short(0),
    Outcome::Short(7),
    Outcome::Short(130),
];

/// The storages of one history: the ledger's, the one beside the key, the published folder, the cache.
#[derive(Clone, Debug)]
struct Place {
    disks: [Faulty; 4],
}

/// What became of a history so far.
#[derive(Debug, Default)]
struct Told {
    /// The size after each batch that was acknowledged, in order, and the root then.
    acknowledged: Vec<(u64, Hash)>,
    /// The sizes that the log may have as well, since nobody could tell.
    in_doubt: Option<u64>,
    /// How many entries were signed, and how many published.
    signed: u64,
    published: u64,
}

fn key() -> SignerKey {
    SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap()
}

/// The events of a batch that begins with an entry: states, then what they do.
fn batch(from: u64, length: usize) -> Vec<Draft> {
    let event = |number: u64| match number {
        1 => draft(registration("KOR")),
        2 => draft(registration("CUB")),
        3 => draft(act("KOR establish CUB 2024-02-14")),
        _ => keyed(&format!("event-{number}"), context(&format!("Event {number}"))),
    };
    (from..).take(length).map(event).collect()
}

impl Place {
    fn new(memories: [Memory; 4]) -> Self {
        Self { disks: memories.map(Faulty::new) }
    }

    fn empty() -> Self {
        Self::new([(); 4].map(|()| Memory::default()))
    }

    fn storage(&self, position: usize) -> Arc<dyn Storage> {
        Arc::new(self.disks[position].clone())
    }

    fn after_power_cut(&self, cut: PowerCut) -> Self {
        Self::new(self.disks.clone().map(|disk| disk.after_power_cut(cut)))
    }

    /// Opens or begins the ledger.
    fn open(&self) -> Result<Ledger, LedgerError> {
        match Ledger::open_for_writing(self.storage(0)) {
            Err(LedgerError::Store(StoreError::NotALedger | StoreError::Unfinished)) => {
                Ledger::create(self.storage(0), opening(), now())
            }
            opened => opened,
        }
    }

    /// Goes through a history until something fails, as a caller would who then ends.
    fn go_through(&self, steps: &[Step], told: &mut Told) -> Result<(), ErrorKind> {
        let mut ledger = self.open().map_err(|error| error.kind())?;
        if told.acknowledged.is_empty() {
            told.acknowledged.push((1, ledger.root()));
        }
        for step in steps {
            match *step {
                Record(length) => {
                    let from = ledger.size().0;
                    told.in_doubt = Some(from + length as u64);
                    let recorded = ledger.append(batch(from, length), &stop());
                    recorded.map_err(|error| {
                        if error.kind() != ErrorKind::Unknown {
                            told.in_doubt = None;
                        }
                        error.kind()
                    })?;
                    told.in_doubt = None;
                    told.acknowledged.push((ledger.size().0, ledger.root()));
                }
                Sign => {
                    let beside_key = self.storage(1);
                    let adopt = told.signed == 0;
                    let last = LastSigned { storage: &*beside_key, name: "last", adopt };
                    ledger.sign_checkpoint(&key(), &last).map_err(|error| error.kind())?;
                    told.signed = ledger.size().0;
                }
                Publish => {
                    publish(&ledger, &self.disks[2], &mut |_| {})
                        .map_err(|_| ErrorKind::Unavailable)?;
                    told.published = told.signed;
                }
                Snapshot => {
                    ledger.keep_snapshot(&self.disks[3]).map_err(|error| error.kind())?;
                }
                Reopen => {
                    drop(ledger);
                    ledger = self.open().map_err(|error| error.kind())?;
                }
            }
        }
        Ok(())
    }

    fn is_armed(&self) -> bool {
        self.disks.iter().any(Faulty::is_armed)
    }

    /// Opens what is left, and holds it to what was told.
    fn audit(&self, told: &Told, named: &str) {
        let ledger = self.open().unwrap_or_else(|error| panic!("{named}: {error}"));
        let acknowledged = told.acknowledged.last().map_or(1, |(size, _)| *size);
        let size = ledger.size().0;
        let is_expected = size == acknowledged || Some(size) == told.in_doubt;
        assert!(is_expected, "{named}: {size} entries, {acknowledged} acknowledged, {told:?}");
        for (size, root) in &told.acknowledged {
            let found = ledger.root_of(Size(*size)).unwrap();
            assert_eq!(found, Some(*root), "{named}: another history at {size}");
        }
        // The naive model: the same events recorded where nothing fails.
        let model = Ledger::create(Arc::new(Memory::default()), opening(), now()).unwrap();
        if 1 < size {
            let events = batch(1, usize::try_from(size - 1).unwrap());
            model.append(events, &stop()).unwrap();
        }
        assert_eq!(ledger.root(), model.root(), "{named}");
        assert_eq!(*ledger.view(), *model.view(), "{named}");
        drop(ledger);
        let pinned = VerifyOptions { key: Some(key().verifier().clone()), ..<_>::default() };
        let options = if 0 < told.signed { pinned } else { VerifyOptions::default() };
        let verification = verify(self.storage(0), &options).unwrap();
        assert!(verification.ok, "{named}: {verification:?}");
        self.audit_what_vouches(told, named);
    }

    fn audit_what_vouches(&self, told: &Told, named: &str) {
        let ledger = Ledger::open_cached(self.storage(0), &self.disks[3]).unwrap();
        let beside_key = self.storage(1);
        let last = LastSigned { storage: &*beside_key, name: "last", adopt: false };
        let remembered = last.read(key().verifier()).unwrap();
        let remembered = remembered.map_or(0, |last| last.checkpoint().size);
        let checkpoint =
            ledger.vouchers().checkpoint.as_ref().map_or(0, |own| own.checkpoint().size);
        assert!(told.signed <= checkpoint, "{named}: a signed checkpoint is gone");
        assert!(checkpoint <= remembered, "{named}: the key has forgotten what it signed");
        assert!(remembered <= ledger.size().0, "{named}: more is signed than there is");
        let source = SourceFolder { storage: self.storage(2), address: "/srv/log".to_owned() };
        let copy: Arc<dyn Storage> = Arc::new(Memory::default());
        let all = Size(100);
        let copied = clone(&source, Arc::clone(&copy), Some(key().verifier()), all, &mut |_, _| {});
        match copied {
            Ok(copied) => assert!(told.published <= copied.checkpoint.checkpoint().size, "{named}"),
            Err(error) => assert_eq!(told.published, 0, "{named}: {error}"),
        }
    }
}

/// Lets each call of a storage fail in a history, and calls for the audit after each power cut, with
/// each call of the recovery failing as well if that is wanted. Returns how many cases there were.
fn with_every_fault(steps: &[Step], disk: usize, outcomes: &[Outcome], twice: bool) -> usize {
    let mut cases = 0;
    for outcome in outcomes {
        for nth in 1.. {
            let place = Place::empty();
            let error = io::ErrorKind::StorageFull;
            place.disks[disk].arm(Fault { call: None, nth, outcome: *outcome, error });
            let mut told = Told::default();
            let ended = place.go_through(steps, &mut told);
            if place.is_armed() {
                assert_eq!(ended, Ok(()));
                break;
            }
            for cut in CUTS {
                let named = format!("{steps:?}: call {nth} of storage {disk} {outcome:?}, {cut:?}");
                place.after_power_cut(cut).audit(&told, &named);
                cases += 1;
                for second in (1..).take_while(|_| twice) {
                    let found = place.after_power_cut(cut);
                    found.disks[0].arm(Fault { call: None, nth: second, outcome: *outcome, error });
                    drop(found.open());
                    if found.is_armed() {
                        break;
                    }
                    let named = format!("{named}, then call {second} of the recovery");
                    found.after_power_cut(cut).audit(&told, &named);
                    cases += 1;
                }
            }
        }
    }
    cases
}

#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn tell(what: &str, cases: usize, least: usize) {
    println!("{what}: {cases} cases");
    assert!(least <= cases, "{what}: only {cases} cases");
}

#[test]
fn whichever_call_of_the_ledgers_storage_fails_nothing_acknowledged_is_lost() {
    let cases = with_every_fault(&HISTORY, 0, &OUTCOMES, true);
    tell("each call of the ledger's storage failed, and each of the recovery", cases, 2_000);
}

#[test]
fn whichever_call_beside_the_key_in_the_published_folder_or_in_the_cache_fails_nothing_is_lost() {
    let cases: usize = (1..4).map(|disk| with_every_fault(&HISTORY, disk, &OUTCOMES, false)).sum();
    tell("each call of the other storages failed", cases, 500);
}

/// Goes through a history on a disk that lies from some step on, cuts the power, and looks at what is
/// left: less than was acknowledged perhaps, never half a batch, never another history, and never
/// less than a checkpoint that is there.
fn with_lies(steps: &[Step], from: usize, until: usize, cut: PowerCut) -> bool {
    let place = Place::empty();
    let mut told = Told::default();
    place.go_through(&steps[..from], &mut told).unwrap();
    place.disks[0].lie();
    place.go_through(&steps[from..until], &mut told).unwrap();
    place.disks[0].be_honest();
    place.go_through(&steps[until..], &mut told).unwrap();
    let named = format!("{steps:?}: lies from step {from} to {until}, {cut:?}");
    let found = place.after_power_cut(cut);
    let acknowledged = told.acknowledged.last().map_or(1, |(size, _)| *size);
    let opened = match Ledger::open(found.storage(0)) {
        Ok(ledger) => ledger,
        Err(error) => {
            let kinds = [ErrorKind::Corrupt, ErrorKind::NotFound];
            assert!(kinds.contains(&error.kind()), "{named}: {error}");
            return true;
        }
    };
    let size = opened.size().0;
    let batch = told.acknowledged.iter().find(|(acknowledged, _)| *acknowledged == size);
    let Some((_, root)) = batch else { panic!("{named}: half a batch, {size} entries") };
    assert_eq!(opened.root(), *root, "{named}");
    let checkpoint = opened.vouchers().checkpoint.as_ref().map_or(0, |own| own.checkpoint().size);
    assert!(checkpoint <= size, "{named}: the checkpoint has more, and nobody says so");
    // The key remembers what it signed, on a disk that does not lie.
    if size < told.signed {
        let beside_key = found.storage(1);
        let last = LastSigned { storage: &*beside_key, name: "last", adopt: false };
        let refused = found.open().and_then(|ledger| ledger.sign_checkpoint(&key(), &last));
        let is_told = matches!(
            refused,
            Err(LedgerError::Signing(SigningRefusal::RolledBack { .. })
                | LedgerError::Checkpoint(_))
        );
        assert!(is_told, "{named}: {refused:?}");
    }
    size < acknowledged
}

#[test]
fn a_disk_that_lies_loses_whole_batches_at_most_and_whoever_can_tell_tells() {
    let (mut cases, mut lost) = (0, 0);
    for from in 0..HISTORY.len() {
        for until in from + 1..=HISTORY.len() {
            for cut in CUTS {
                lost += usize::from(with_lies(&HISTORY, from, until, cut));
                cases += 1;
            }
        }
    }
    assert!(0 < lost, "no lie cost anything");
    tell("a disk that lies from each step to each later one", cases, 300);
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..5).prop_map(Record),
        2 => Just(Sign),
        1 => Just(Publish),
        1 => Just(Snapshot),
        2 => Just(Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("CHANCERY_LONG").is_some() { 2_000 } else { 64 }, ..ProptestConfig::default() })]

    /// The failing case that is printed, or its seed in `tests/proptest-regressions`, replays it.
    #[test]
    fn any_history_with_any_two_faults_loses_nothing_acknowledged(
        steps in prop::collection::vec(any_step(), 3..14),
        disk in 0_usize..3,
        nth in 1_usize..60,
        outcome in prop::sample::select(OUTCOMES.as_slice()),
        second in 1_usize..12,
        kept: u64,
    ) {
        // What is published has been signed.
        let steps: Vec<Step> = [Record(2), Sign].into_iter().chain(steps).collect();
        let place = Place::empty();
        let error = io::ErrorKind::Other;
        place.disks[disk].arm(Fault { call: None, nth, outcome, error });
        let mut told = Told::default();
        // It may end early, or not reach the fault at all.
        place.go_through(&steps, &mut told).ok();
        for cut in [PowerCut::UnsyncedLost, PowerCut::Torn { kept }] {
            let found = place.after_power_cut(cut);
            found.disks[0].arm(Fault { call: None, nth: second, outcome, error });
            drop(found.open());
            found.after_power_cut(cut).audit(&told, &format!("{cut:?}"));
        }
    }
}
