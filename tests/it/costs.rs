//! What is done for each entry, as far as it can be counted and not only timed: allocations, bytes in
//! memory and on disk, syncs. Times are for the benchmarks.

use std::path::Path;
use std::sync::Arc;

use allocation_counter::measure;
use chancery::chain::hot::Hot;
use chancery::chain::scan;
use chancery::disk::faulty::{Call, Faulty};
use chancery::disk::memory::Memory;
use chancery::domain::sequence::Sequence;
use chancery::ledger::Ledger;
use chancery::tlog::hash::Hash;
use chancery::tlog::merkle::Tree;
use chancery::view::fold::View;

use crate::desk::{accept, draft, opening};
use crate::hostile::measured;

#[path = "../../benches/world.rs"]
mod world;

const ENTRIES: u64 = 40_000;

/// The bytes of the entries of a world.
fn payloads() -> Vec<Vec<u8>> {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("log");
    let mut world = world::World::new(&log, 1, ENTRIES);
    (0..ENTRIES).map(|_| world.next()).collect()
}

#[test]
fn reading_an_entry_in_place_allocates_nothing() {
    for payload in &payloads() {
        let hot = measure(|| drop(scan::hot(payload)));
        let whole = measure(|| drop(scan::whole(payload)));
        assert_eq!((hot.count_total, whole.count_total), (0, 0));
    }
}

#[test]
fn most_entries_are_verified_in_place() {
    let payloads = payloads();
    let whole = payloads.iter().filter(|payload| scan::whole(payload).is_some()).count();
    // Registrations, steps, corrections and retractions are decoded.
    assert!(payloads.len() * 98 < whole * 100, "{whole} of {}", payloads.len());
}

#[test]
#[allow(clippy::print_stdout, reason = "docs/benchmarks.md has this figure")]
fn a_view_takes_at_most_24_bytes_an_entry() {
    let hot: Vec<Hot> = payloads().iter().map(|payload| scan::hot(payload).unwrap()).collect();
    let mut kept = None;
    let fold = || {
        let mut view = View::new();
        hot.iter().for_each(|hot| view.add(hot));
        view.settle();
        kept = Some(view);
    };
    let taken = measured(fold);
    let each = f64::from(i32::try_from(taken.bytes_current).unwrap()) / 40_000.0;
    println!("a view takes {each} bytes an entry");
    assert!(each <= 24.0, "{each} bytes an entry");
    assert!(8.0 <= each, "{each} bytes an entry: less than any act needs");
    drop(kept);
}

#[test]
fn a_tree_takes_at_most_a_third_of_a_byte_a_leaf() {
    let mut kept = None;
    let taken = measure(|| {
        let mut tree = Tree::default();
        (0..1_000_000).for_each(|_| tree.push(Hash::ZERO));
        kept = Some(tree);
    });
    assert!(taken.bytes_current <= 1_000_000 / 3 + 32_768, "{} bytes", taken.bytes_current);
    drop(kept);
}

#[test]
fn a_log_takes_ten_bytes_an_entry_and_56_a_segment_beside_the_entries() {
    let storage = Memory::default();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("log");
    world::write(&log, Arc::new(storage.clone()), 3_000);
    let ledger = Ledger::open(Arc::new(storage.clone())).unwrap();
    let entries = ledger.payloads(Sequence(0)..Sequence(3_000));
    let entry_bytes: usize = entries.map(|payload| payload.unwrap().len()).sum();
    let segments: Vec<_> =
        storage.files().into_iter().filter(|(name, _)| name.ends_with(".seg")).collect();
    let log_bytes: usize = segments.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(log_bytes, entry_bytes + 10 * 3_000 + 56 * segments.len());
}

#[test]
fn a_batch_is_one_write_and_one_sync_however_many_events_it_has() {
    let faulty = Faulty::new(Memory::default());
    let ledger = Ledger::create(Arc::new(faulty.clone()), opening(), crate::desk::now()).unwrap();
    for count in [1, 100] {
        let before = faulty.calls().len();
        let wars = (0..count).map(|n| draft(crate::desk::context(&format!("War {n}"))));
        ledger.append(wars.collect(), &accept()).unwrap();
        let calls = faulty.calls().split_off(before);
        let changing = calls.iter().filter(|call| matches!(call, Call::Write | Call::Sync));
        let changing: Vec<_> = changing.collect();
        assert_eq!(changing, [&Call::Write, &Call::Sync], "{count} events: {calls:?}");
    }
}

#[test]
fn most_of_many_small_commits_leave_the_file_as_long_as_it_was() {
    const COMMITS: usize = 2_000;
    let faulty = Faulty::new(Memory::default());
    let ledger = Ledger::create(Arc::new(faulty.clone()), opening(), crate::desk::now()).unwrap();
    let length = || faulty.memory().files().into_values().map(|bytes| bytes.len()).sum::<usize>();
    let (before, mut grown, mut last) = (faulty.calls().len(), 0, length());
    for number in 0..COMMITS {
        ledger
            .append(vec![draft(crate::desk::context(&format!("War {number}")))], &accept())
            .unwrap();
        grown += usize::from(last < length());
        last = length();
    }
    let calls = faulty.calls().split_off(before);
    let count = |wanted: Call| calls.iter().filter(|call| **call == wanted).count();
    assert_eq!([Call::Write, Call::Sync, Call::Truncate].map(count), [COMMITS, COMMITS, 0]);
    assert!(grown <= 12, "the file has grown {grown} times");
}
