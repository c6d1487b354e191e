//! The targets of the fuzzer: those that `cargo test` replays the seeds through, and no others.
#![allow(dead_code, reason = "what is made for the tests alone comes with the targets")]

#[path = "../../tests/it/hostile/targets/mod.rs"]
mod targets;

/// Feeds bytes to a target.
///
/// # Panics
/// When there is no target of that name, or the bytes break what it claims.
pub fn run(name: &str, bytes: &[u8]) {
    let target = targets::ALL.iter().find(|(of, _)| *of == name);
    target.expect("there is a target of that name").1(bytes);
}

/// The seeds of every target that are made and not found: its name, theirs, and their bytes.
#[must_use]
pub fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    targets::seeds::all()
}
