//! Whole histories of a ledger with every storage call failing in turn: recording by one and by many
//! in one commit, beginning segments, signing, publishing, keeping a snapshot, repairing; the power
//! gone afterwards; another fault while recovering. And the same with a disk that says it has synced
//! and has not.

use std::io;
use std::sync::Arc;

use chancery::disk::error::DiskError;
use chancery::disk::faulty::{Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{LastSigned, SigningRefusal};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::repair::{Held, repair};
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::error::PublishError;
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::publish::spare::spare;
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
    /// Records so many batches of two in one commit, and between them one that is refused.
    Together(usize),
    Sign,
    Publish,
    /// Keeps a snapshot of what there is.
    Snapshot,
    /// Opens the ledger again.
    Reopen,
    /// Lets a published entry rot, and repairs the ledger from what is published.
    Repair,
}

use Step::{Publish, Record, Reopen, Repair, Sign, Snapshot, Together};

const HISTORY: [Step; 13] = [
    Record(2),
    Record(1),
    Sign,
    Publish,
    Record(3),
    Reopen,
    Together(2),
    Snapshot,
    Sign,
    Repair,
    Record(2),
    Publish,
    Record(1),
];
/// Small enough that a history begins several segments.
const SEGMENT_BYTES_MAX: usize = 700;
/// A byte of the Opening, which whoever has published anything has published.
const ROTS: (&str, usize) = ("00000000000000000000.seg", 100);
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
    /// Whether the ledger's writer keeps a reserve.
    reserves: bool,
}

/// What became of a history so far.
#[derive(Debug, Default)]
struct Told {
    /// The size after each batch that was acknowledged, in order, and the root then.
    acknowledged: Vec<(u64, Hash)>,
    /// The sizes that the log may have as well, since nobody could tell.
    in_doubt: Vec<u64>,
    /// Whether an entry has rotted that is not repaired yet.
    is_rotten: bool,
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
    fn empty(reserves: bool) -> Self {
        Self { disks: [(); 4].map(|()| Faulty::new(Memory::default())), reserves }
    }

    fn storage(&self, position: usize) -> Arc<dyn Storage> {
        Arc::new(self.disks[position].clone())
    }

    fn after_power_cut(&self, cut: PowerCut) -> Self {
        let disks = self.disks.clone().map(|disk| Faulty::new(disk.after_power_cut(cut)));
        Self { disks, ..*self }
    }

    /// Opens or begins the ledger.
    fn open(&self) -> Result<Ledger, LedgerError> {
        let ledger = match Ledger::open_for_writing(self.storage(0)) {
            Err(LedgerError::Store(StoreError::NotALedger | StoreError::Unfinished)) => {
                Ledger::create(self.storage(0), opening(), now())
            }
            opened => opened,
        }?;
        ledger.limit_segments(SEGMENT_BYTES_MAX);
        if self.reserves {
            ledger.reserve_at_once();
        }
        Ok(ledger)
    }

    /// Repairs what has rotted, if anything has, and opens the ledger.
    fn recover(&self, told: &Told) -> Result<Ledger, LedgerError> {
        if told.is_rotten {
            self.repair()?;
        }
        self.open()
    }

    fn repair(&self) -> Result<(), LedgerError> {
        let beside_key = self.storage(1);
        let last = LastSigned { storage: &*beside_key, name: "last", adopt: false };
        let vkey = key().verifier().clone();
        let held = Held { last: last.read(&vkey)?, key: Some(vkey.clone()), adopt: false };
        let source = SourceFolder { storage: self.storage(2), address: "/srv/log".to_owned() };
        let mut published = spare(&source, Some(&vkey), Size(100)).map_err(unpublished)?;
        let told = repair(&self.storage(0), &held, Some(&mut published), true);
        told.map(drop).map_err(unpublished)
    }

    /// Goes through a history until something fails, as a caller would who then ends.
    fn go_through(&self, steps: &[Step], told: &mut Told) -> Result<(), ErrorKind> {
        self.try_to_go_through(steps, told).map_err(|error| error.kind())
    }

    fn try_to_go_through(&self, steps: &[Step], told: &mut Told) -> Result<(), LedgerError> {
        let mut ledger = self.recover(told)?;
        if told.acknowledged.is_empty() {
            told.acknowledged.push((1, ledger.root()));
        }
        for step in steps {
            match *step {
                Record(length) => record(&ledger, &[length], told)?,
                Together(batches) => record(&ledger, &vec![2; batches], told)?,
                Sign => {
                    let beside_key = self.storage(1);
                    let adopt = told.signed == 0;
                    let last = LastSigned { storage: &*beside_key, name: "last", adopt };
                    ledger.sign_checkpoint(&key(), &last)?;
                    told.signed = ledger.size().0;
                }
                Publish => {
                    publish(&ledger, &self.disks[2], &mut |_| {}).map_err(unpublished)?;
                    told.published = told.signed;
                }
                Snapshot => drop(ledger.keep_snapshot(&self.disks[3])?),
                Reopen => {
                    drop(ledger);
                    ledger = self.open()?;
                }
                Repair if told.published == 0 => {}
                Repair => {
                    drop(ledger);
                    self.disks[0].rot(ROTS.0, ROTS.1);
                    told.is_rotten = true;
                    self.repair()?;
                    told.is_rotten = false;
                    ledger = self.open()?;
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
        let ledger = self.recover(told).unwrap_or_else(|error| panic!("{named}: {error}"));
        let acknowledged = told.acknowledged.last().map_or(1, |(size, _)| *size);
        let size = ledger.size().0;
        let is_expected = size == acknowledged || told.in_doubt.contains(&size);
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

/// Records batches of so many events in one commit; where they are several, one that is refused between
/// them.
fn record(ledger: &Ledger, lengths: &[usize], told: &mut Told) -> Result<(), LedgerError> {
    let mut size = ledger.size().0;
    let mut batches = Vec::new();
    for length in lengths {
        if !batches.is_empty() {
            batches.push(vec![draft(act("KOR establish NOR 1959-03-02"))]);
        }
        batches.push(batch(size, *length));
        size += *length as u64;
        told.in_doubt.push(size);
    }
    let mut failed = None;
    for (position, answer) in ledger.append_each(batches, &stop()).into_iter().enumerate() {
        match answer {
            Ok(appended) => {
                let root = ledger.root_of(appended.size)?.expect("it was told");
                told.acknowledged.push((appended.size.0, root));
            }
            // Norway is in no register; were the commit to fail, nothing would have been judged.
            Err(LedgerError::Draft { .. }) if position % 2 == 1 => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let is_told = failed.as_ref().is_none_or(|error| error.kind() != ErrorKind::Unknown);
    if is_told {
        told.in_doubt.clear();
    }
    failed.map_or(Ok(()), Err)
}

/// What keeps a published log from being written or read, as the ledger's error.
fn unpublished(error: PublishError) -> LedgerError {
    match error {
        PublishError::Ledger(error) => error,
        other => StoreError::Disk(DiskError::new("published", io::Error::other(other))).into(),
    }
}

/// Lets each call of a storage fail in a history, and calls for the audit after each power cut, with
/// each call of the recovery failing as well if that is wanted. Returns how many cases there were.
fn with_every_fault(disk: usize, reserves: bool, twice: bool) -> usize {
    let (mut cases, steps) = (0, &HISTORY);
    for outcome in &OUTCOMES {
        for nth in 1.. {
            let place = Place::empty(reserves);
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
                    drop(found.recover(&told));
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
fn the_history_begins_segments_shares_commits_and_is_repaired() {
    let place = Place::empty(false);
    let mut told = Told::default();
    place.go_through(&HISTORY, &mut told).unwrap();
    let names: Vec<String> = place.disks[0].memory().files().into_keys().collect();
    assert!(2 < names.iter().filter(|name| name.ends_with(".seg")).count(), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("quarantine/")), "{names:?}");
    assert_eq!(told.acknowledged.last().map(|(size, _)| *size), Some(14));
    place.audit(&told, "with no fault");
}

#[test]
fn whichever_call_of_the_ledgers_storage_fails_nothing_acknowledged_is_lost() {
    let cases = with_every_fault(0, false, true);
    tell("each call of the ledger's storage failed, and each of the recovery", cases, 2_000);
}

#[test]
fn whichever_call_fails_while_a_reserve_is_kept_nothing_acknowledged_is_lost() {
    let cases = with_every_fault(0, true, true);
    tell("the same while a reserve is kept", cases, 2_000);
}

#[test]
fn whichever_call_beside_the_key_in_the_published_folder_or_in_the_cache_fails_nothing_is_lost() {
    let cases: usize = (1..4).map(|disk| with_every_fault(disk, false, false)).sum();
    tell("each call of the other storages failed", cases, 500);
}

/// Goes through a history on a disk that lies from some step on, cuts the power, and looks at what is
/// left: less than was acknowledged perhaps, never half a batch, never another history, and never
/// less than a checkpoint that is there.
fn with_lies(steps: &[Step], from: usize, until: usize, cut: PowerCut) -> bool {
    let place = Place::empty(from.is_multiple_of(2));
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
        disk in 0_usize..3,
        nth in 1_usize..60,
        outcome in prop::sample::select(OUTCOMES.as_slice()),
        second in 1_usize..12,
        kept: u64,
        reserves: bool,
    ) {
        // What is published has been signed.
        let steps: Vec<Step> = [Record(2), Sign].into_iter().chain(steps).collect();
        let place = Place::empty(reserves);
        let error = io::ErrorKind::Other;
        place.disks[disk].arm(Fault { call: None, nth, outcome, error });
        let mut told = Told::default();
        // It may end early, or not reach the fault at all.
        place.go_through(&steps, &mut told).ok();
        for cut in [PowerCut::UnsyncedLost, PowerCut::Torn { kept }] {
            let found = place.after_power_cut(cut);
            found.disks[0].arm(Fault { call: None, nth: second, outcome, error });
            drop(found.recover(&told));
            found.after_power_cut(cut).audit(&told, &format!("{cut:?}"));
        }
    }
}
