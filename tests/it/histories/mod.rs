//! Whole histories of a ledger: recording by one and by many in one commit, beginning segments,
//! signing, publishing, keeping a snapshot, repairing. Here is how one is gone through and what is held
//! of what it leaves; what is done to it stands in the modules within.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use chancery::disk::error::DiskError;
use chancery::disk::faulty::{Faulty, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::LastSigned;
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

use crate::desk::{act, context, draft, keyed, now, opening, registration, stop};

mod faults;
mod lies;

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
/// What a power cut may leave of the three blocks that a commit dirties at most: any of them.
const CUTS: [PowerCut; 9] = {
    let mut cuts = [PowerCut::UnsyncedLost; 9];
    let mut kept = 0;
    while kept < 8 {
        cuts[1 + kept] = PowerCut::Torn { kept: kept as u64 };
        kept += 1;
    }
    cuts
};

/// The storages of one history: the ledger's, the one beside the key, the published folder, the cache.
#[derive(Clone, Debug)]
struct Place {
    disks: [Faulty; 4],
    /// Whether the ledger's writer keeps a reserve.
    reserves: bool,
}

/// What became of a history so far.
#[derive(Clone, Debug, Default)]
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
        told.is_rotten = false;
        // Whoever opens a ledger for writing is told what there is, and may build on it.
        let size = ledger.size().0;
        if told.acknowledged.is_empty() || told.in_doubt.contains(&size) {
            told.acknowledged.push((size, ledger.root()));
        }
        told.in_doubt.clear();
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
                Snapshot => drop(ledger.keep_snapshot_at_once(&self.disks[3])?),
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

    /// What somebody finds who opens the folders.
    fn files(&self) -> [BTreeMap<String, Vec<u8>>; 4] {
        self.disks.each_ref().map(|disk| disk.memory().files())
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

/// Whether a case is to be gone through: `CHANCERY_CASE` names one by what a failure prints of it, or many
/// by the beginning of that.
fn is_wanted(named: &str) -> bool {
    let wanted = std::env::var_os("CHANCERY_CASE");
    wanted.is_none_or(|wanted| wanted.to_str().is_some_and(|wanted| named.starts_with(wanted)))
}

#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn tell(what: &str, cases: usize, least: usize) {
    println!("{what}: {cases} cases");
    let are_all = std::env::var_os("CHANCERY_CASE").is_none();
    assert!(!are_all || least <= cases, "{what}: only {cases} cases");
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
