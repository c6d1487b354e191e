//! Hostile bytes: every seed of the fuzzer is run through its target. The fuzzer itself is `fuzz/`.

use std::fs;
use std::path::Path;

mod targets;

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
