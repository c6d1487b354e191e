//! A history on a disk that says it has made something durable and has not. What it costs may be lost,
//! never half a batch, never by a wrong answer; and where something later is there it is noticed.

use std::ops::Range;
use std::sync::Arc;

use chancery::disk::faulty::{Call, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::LastSigned;
use chancery::ledger::error::ErrorKind;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::tlog::checkpoint::SignedCheckpoint;
use proptest::prelude::*;

use super::faults::any_step;
use super::{CUTS, HISTORY, Place, Step, Told, is_wanted, key, tell};

/// What lies cost.
#[derive(Debug, Default)]
struct Costs {
    cases: usize,
    /// How often the ledger lost what was acknowledged.
    lost: usize,
    /// How often something later was left, and it was said.
    noticed: usize,
}

/// Goes through a history while those calls of a storage lie, and holds to the rules what each power cut
/// leaves.
fn with_lies(steps: &[Step], disk: usize, lies: Range<usize>, cuts: &[PowerCut]) -> Costs {
    let place = Place::empty(lies.start.is_multiple_of(2));
    place.disks[disk].lie(lies.clone());
    let mut told = Told::default();
    place.go_through(steps, &mut told).unwrap();
    let ledger = Ledger::open(place.storage(0)).unwrap();
    let (mut costs, mut seen) = (Costs::default(), Vec::new());
    for cut in cuts {
        let found = place.after_power_cut(*cut);
        let named = format!("storage {disk} lies {lies:?}, {cut:?}");
        if is_wanted(&named) && !seen.contains(&found.files()) {
            seen.push(found.files());
            costs.add(audit(&found, disk, &told, &ledger, &named));
        }
    }
    costs
}

impl Costs {
    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.lost += other.lost;
        self.noticed += other.noticed;
    }
}

/// Holds to the rules what lies have left of a ledger.
fn audit(found: &Place, disk: usize, told: &Told, running: &Ledger, named: &str) -> Costs {
    let acknowledged = running.size().0;
    let pinned = VerifyOptions { key: Some(key().verifier().clone()), ..<_>::default() };
    let options = if told.signed == 0 { VerifyOptions::default() } else { pinned };
    let is_fine = || verify(found.storage(0), &options).is_ok_and(|verification| verification.ok);
    let was_fine = is_fine();
    let cached = Ledger::open_cached(found.storage(0), &found.disks[3]);
    let read = Ledger::open(found.storage(0));
    for opened in [&cached, &read] {
        match opened {
            Ok(opened) => {
                let size = opened.size();
                let mut batches = told.acknowledged.iter();
                let is_whole = batches.any(|(acknowledged, _)| *acknowledged == size.0);
                assert!(is_whole, "{named}: half a batch, {size} entries");
                assert_eq!(Some(opened.root()), running.root_of(size).unwrap(), "{named}");
            }
            Err(error) => {
                let kinds = [ErrorKind::Corrupt, ErrorKind::NotFound];
                assert!(kinds.contains(&error.kind()), "{named}: {error}");
            }
        }
    }
    // What a snapshot holds is right, and is not to hide what is damaged; one that holds more than there is
    // says so.
    assert!(read.is_ok() || !was_fine, "{named}: not read, and yet verified");
    if let (Ok(cached), Ok(read)) = (&cached, &read) {
        assert_eq!(*cached.view(), *read.view(), "{named}: another answer by the snapshot");
    }
    let size = read.as_ref().map_or(0, |ledger| ledger.size().0);
    drop((cached, read));
    let is_later_left = is_left(found, running, size) || size < signed(found);
    assert!(!(is_later_left && was_fine), "{named}: {size} of {acknowledged}, and nobody says so");
    if disk != 0 {
        assert!(size == acknowledged && was_fine, "{named}: the ledger is not as it was");
    }
    let signed = go_on(found, running, named);
    // The key remembers what it signed where nobody lied to it.
    let is_less = signed.is_some_and(|signed| signed < told.signed);
    assert!(disk != 0 || !is_less, "{named}: signed less than before");
    Costs {
        cases: 1,
        lost: usize::from(size < acknowledged),
        noticed: usize::from(size < acknowledged && is_later_left),
    }
}

/// Whether an entry is left, whole, beyond those that can be read.
fn is_left(found: &Place, running: &Ledger, size: u64) -> bool {
    let files = found.disks[0].memory().files();
    let segments: Vec<_> = files.into_iter().filter(|(name, _)| name.ends_with(".seg")).collect();
    running.payloads(Sequence(size)..Sequence(u64::MAX)).any(|payload| {
        let payload = payload.unwrap();
        let is_in = |bytes: &[u8]| bytes.windows(payload.len()).any(|window| window == payload);
        segments.iter().any(|(_, bytes)| is_in(bytes))
    })
}

/// How many entries the checkpoint says there are that lies beside the log.
fn signed(found: &Place) -> u64 {
    let text =
        found.disks[0].memory().bytes("checkpoint").and_then(|text| String::from_utf8(text).ok());
    let checkpoint = text.and_then(|text| SignedCheckpoint::parse(&text).ok());
    checkpoint.map_or(0, |checkpoint| checkpoint.checkpoint().size)
}

/// Signs and publishes again: each is done, or refused by a typed error, and what is published is never
/// another log. Tells how many entries were signed.
fn go_on(found: &Place, running: &Ledger, named: &str) -> Option<u64> {
    let ledger = found.open().ok()?;
    let beside_key = found.storage(1);
    let last = LastSigned { storage: &*beside_key, name: "last", adopt: false };
    let is_signed = ledger.sign_checkpoint(&key(), &last).is_ok();
    publish(&ledger, &found.disks[2], &mut |_| {}).ok();
    let source = SourceFolder { storage: found.storage(2), address: "/srv/log".to_owned() };
    let copy: Arc<dyn Storage> = Arc::new(Memory::default());
    if let Ok(copied) = clone(&source, copy, Some(key().verifier()), Size(100), &mut |_, _| {}) {
        let checkpoint = copied.checkpoint.checkpoint();
        let root = running.root_of(Size(checkpoint.size)).unwrap();
        assert_eq!(root, Some(checkpoint.root), "{named}: another log is published");
    }
    is_signed.then(|| ledger.size().0)
}

/// How many calls of a storage make something durable in the history.
fn durable_calls(disk: usize) -> usize {
    let place = Place::empty(false);
    place.go_through(&HISTORY, &mut Told::default()).unwrap();
    let lasting = [Call::Sync, Call::Replace, Call::Create, Call::SyncFolder];
    place.disks[disk].calls().into_iter().filter(|call| lasting.contains(call)).count()
}

#[test]
fn a_disk_that_lies_loses_whole_batches_at_most_and_where_something_later_is_left_it_is_said() {
    let (mut of_ledger, mut of_others) = (Costs::default(), Costs::default());
    for disk in 0..4 {
        let costs = if disk == 0 { &mut of_ledger } else { &mut of_others };
        for from in 0..durable_calls(disk) {
            for until in [from + 1, from + 2, from + 4, usize::MAX] {
                costs.add(with_lies(&HISTORY, disk, from..until, &CUTS));
            }
        }
    }
    tell("lies of the ledger's storage", of_ledger.cases, 150);
    tell("of these, with something lost that was acknowledged", of_ledger.lost, 50);
    tell("and of these, with something later left, and it was said", of_ledger.noticed, 10);
    tell("lies of the other storages", of_others.cases, 50);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("CHANCERY_LONG").is_some() { 2_000 } else { 64 }, ..ProptestConfig::default() })]

    #[test]
    fn any_history_with_any_lies_is_never_answered_wrongly(
        steps in prop::collection::vec(any_step(), 3..14),
        disk in 0_usize..4,
        from in 0_usize..40,
        count in 1_usize..6,
        kept: u64,
    ) {
        let steps: Vec<Step> = [Step::Record(2), Step::Sign].into_iter().chain(steps).collect();
        let cuts = [PowerCut::UnsyncedLost, PowerCut::Torn { kept }];
        with_lies(&steps, disk, from..from + count, &cuts);
    }
}
