//! What one thread or all do inside: each operation beside its own floor, in the same run.
//!
//! `cargo bench --bench inner`; ratios between the lines of a group are what counts.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot begin ends")]

mod world;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use chancery::chain::codec::decode;
use chancery::chain::entry::{Entry, seal};
use chancery::chain::hot::Hot;
use chancery::chain::scan;
use chancery::disk::memory::Memory;
use chancery::ledger::Ledger;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::tlog::hash::{Hash, leaf_hash, leaf_hashes_prefixed};
use chancery::tlog::merkle::Tree;
use chancery::view::fold::View;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/log");
const ENTRIES: u64 = 100_000;

/// Verifying a log, beside hashing its leaves alone with the same code on as many cores.
fn verifying(criterion: &mut Criterion) {
    let storage = Memory::default();
    world::write(Path::new(LOG), Arc::new(storage.clone()), ENTRIES);
    let ledger = Ledger::open(Arc::new(storage.clone())).expect("it was written");
    let all =
        chancery::domain::sequence::Sequence(0)..chancery::domain::sequence::Sequence(ENTRIES);
    let leaves: Vec<Vec<u8>> = ledger
        .payloads(all)
        .map(|payload| [&[0][..], &payload.expect("it was written")].concat())
        .collect();
    let leaves: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES));
    group.bench_function("hash the leaves alone", |bencher| {
        bencher.iter(|| {
            leaves.par_chunks(1_024).for_each(|some| {
                black_box(leaf_hashes_prefixed(some)).expect("leaves");
            });
        });
    });
    for (name, bytes_only) in [("bytes", true), ("full", false)] {
        let options = VerifyOptions { bytes_only, ..VerifyOptions::default() };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let verification = verify(Arc::new(storage.clone()), &options);
                assert!(verification.expect("it is read").ok);
            });
        });
    }
    group.bench_function("open", |bencher| {
        bencher.iter_batched(
            || Arc::new(storage.clone()),
            |storage| Ledger::open(storage).expect("it is read"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Reading and making one entry.
fn entries(criterion: &mut Criterion) {
    let mut world = world::World::new(Path::new(LOG), 3, ENTRIES);
    let payloads: Vec<Vec<u8>> =
        (0..ENTRIES).map(|_| world.next()).skip(1_000).take(1_000).collect();
    let decoded: Vec<Entry> =
        payloads.iter().map(|payload| decode(payload).expect("an entry")).collect();
    let mut group = criterion.benchmark_group("a thousand entries");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("hash", |bencher| {
        bencher.iter(|| payloads.iter().map(|payload| leaf_hash(payload)).max());
    });
    group.bench_function("scan the hot fields", |bencher| {
        bencher.iter(|| payloads.iter().for_each(|payload| drop(black_box(scan::hot(payload)))));
    });
    group.bench_function("scan every field", |bencher| {
        bencher.iter(|| payloads.iter().for_each(|payload| drop(black_box(scan::whole(payload)))));
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| payloads.iter().for_each(|payload| drop(black_box(decode(payload)))));
    });
    group.bench_function("seal", |bencher| {
        bencher.iter(|| decoded.iter().for_each(|entry| drop(black_box(seal(entry)))));
    });
    group.finish();
}

/// Folding what was read, and growing the tree.
fn folding(criterion: &mut Criterion) {
    let mut world = world::World::new(Path::new(LOG), 3, ENTRIES);
    let hot: Vec<Hot> = (0..ENTRIES).map(|_| scan::hot(&world.next()).expect("an entry")).collect();
    let mut group = criterion.benchmark_group("fold");
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES));
    group.bench_function("a view", |bencher| {
        bencher.iter(|| {
            let mut view = View::new();
            hot.iter().for_each(|hot| view.add(hot));
            view.settle();
            black_box(view)
        });
    });
    group.bench_function("a tree", |bencher| {
        bencher.iter(|| {
            let mut tree = Tree::default();
            (0..ENTRIES).for_each(|_| tree.push(Hash::ZERO));
            black_box(tree.root())
        });
    });
    group.finish();
}

criterion_group!(benches, verifying, entries, folding);
criterion_main!(benches);
