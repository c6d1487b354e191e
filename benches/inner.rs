//! What one thread or all do inside: each operation beside its own floor, in the same run.
//!
//! `cargo bench --bench inner`; ratios between the lines of a group are what counts.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot begin ends")]

mod world;

use std::hint::black_box;
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::ledger::Ledger;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::tlog::hash::leaf_hash_prefixed;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

const ENTRIES: u64 = 100_000;

/// Verifying a log, beside hashing its leaves alone with the same code on as many cores.
fn verifying(criterion: &mut Criterion) {
    let storage = Memory::default();
    world::write(Arc::new(storage.clone()), ENTRIES);
    let ledger = Ledger::open(Arc::new(storage.clone())).expect("it was written");
    let all =
        chancery::domain::sequence::Sequence(0)..chancery::domain::sequence::Sequence(ENTRIES);
    let leaves: Vec<Vec<u8>> = ledger
        .payloads(all)
        .map(|payload| [&[0][..], &payload.expect("it was written")].concat())
        .collect();
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES));
    group.bench_function("hash the leaves alone", |bencher| {
        bencher.iter(|| {
            leaves.par_iter().for_each(|leaf| {
                black_box(leaf_hash_prefixed(leaf)).expect("a leaf");
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

criterion_group!(benches, verifying);
criterion_main!(benches);
