//! Hostile bytes: every seed of the fuzzer is run through its target. The fuzzer itself is `fuzz/`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use chancery::disk::storage::Storage;
use chancery::exchange::jsonl::Drafts;
use chancery::ledger::Ledger;

use self::targets::snapshots;

mod batches;
mod mebibytes;
mod questions;
mod targets;

/// So long is a hostile file at most that must be judged within [`MEMORY_BYTES_MAX`].
const HOSTILE_BYTES: usize = 1 << 20;
const MEMORY_BYTES_MAX: u64 = 64 << 20;
/// What takes longer is told one by one.
const TOLD_FROM: Duration = Duration::from_millis(300);

#[test]
fn every_seed_of_the_fuzzer_holds_what_its_target_claims() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    assert!(folder.exists(), "the seeds are part of the tree");
    for (name, target) in targets::ALL {
        let mut seeds: Vec<_> = fs::read_dir(folder.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .map(|file| file.unwrap().path())
            .collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in seeds {
            let bytes = fs::read(&seed).unwrap();
            let ran = std::panic::catch_unwind(|| target(&bytes));
            assert!(ran.is_ok(), "{}", seed.display());
        }
    }
}

#[test]
fn every_seed_that_is_made_is_in_the_tree_as_it_is_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    // A snapshot holds hash maps, whose order differs from one making to the next.
    let made = targets::seeds::all().into_iter().filter(|(target, ..)| *target != "snapshot");
    for (target, name, bytes) in made {
        let kept = fs::read(folder.join(target).join(&name));
        assert!(
            kept.is_ok_and(|kept| kept == bytes),
            "{target}/{name}: run `cargo run --bin seeds`"
        );
    }
}

#[test]
fn the_snapshots_among_the_seeds_are_of_the_layout_that_is_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/snapshot");
    let sound: Arc<dyn Storage> = Arc::new(targets::ledgers::sound());
    let ledger = Ledger::open(Arc::clone(&sound)).unwrap();
    for name in ["file", "body"] {
        let seed = fs::read(folder.join(name)).unwrap();
        let file = if name == "body" { snapshots::sealed(&seed[1..]) } else { seed[1..].to_vec() };
        let cache = snapshots::cached(&ledger, file);
        let opened = Ledger::open_cached(Arc::clone(&sound), &cache).unwrap();
        assert_eq!(opened.resumed_at(), ledger.size(), "{name}: run `cargo run --bin seeds`");
    }
}

/// Measures what some work asks of memory. All of it is done by one thread, since only what the thread
/// that measures asks for is counted.
pub(crate) fn measured(work: impl FnOnce() + Send) -> AllocationInfo {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    alone.install(|| measure(work))
}

#[test]
fn the_sound_mebibytes_are_recorded_to_their_last_line() {
    for (what, bytes) in mebibytes::of("json_lines") {
        let drafts: Result<Vec<_>, _> = Drafts::new(&bytes[..]).collect();
        let drafts: Vec<_> = drafts.unwrap().into_iter().map(|(_, draft)| draft).collect();
        let ledger = Ledger::open_for_writing(Arc::new(targets::ledgers::sound())).unwrap();
        let told = ledger.append(drafts, &targets::ledgers::accept());
        told.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

/// Bytes over and over, as long as a hostile file may be.
fn filled(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().cycle().take(HOSTILE_BYTES).collect()
}

/// The time is told and not tested: no test should depend on a clock.
#[test]
#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn no_target_takes_more_memory_for_a_hostile_mebibyte_than_it_may() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, target) in targets::ALL {
        let mut inputs: Vec<_> = [b"\0".as_slice(), b"\x01", b"\xff", b"[", b"{\"a\":", b"a,\n"]
            .into_iter()
            .map(|bytes| ("bytes".to_owned(), filled(bytes)))
            .collect();
        for seed in fs::read_dir(folder.join(name)).unwrap() {
            let path = seed.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            inputs.push((path.display().to_string(), filled(&bytes)));
            let mut grown = bytes;
            grown.resize(HOSTILE_BYTES, b'0');
            inputs.push((path.display().to_string(), grown));
        }
        inputs.extend(mebibytes::of(name));
        let (mut most, mut slowest) = ((0, String::new()), (Duration::ZERO, String::new()));
        for (what, bytes) in inputs {
            let begun = Instant::now();
            let taken = measured(|| target(&bytes)).bytes_max;
            let time = begun.elapsed();
            if TOLD_FROM < time {
                println!("{name}, {what}: {taken} bytes, {time:?}");
            }
            slowest = slowest.max((time, what.clone()));
            assert!(taken <= MEMORY_BYTES_MAX, "{name}, {what}: {taken} bytes");
            most = most.max((taken, what));
        }
        println!("{name}: {most:?} bytes and {slowest:?} at most");
    }
}
