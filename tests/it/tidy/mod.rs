//! The rules of the house, as tests: each reads the tree as text and prints `path:line: rule` for
//! every offender. Each rule has a test of its own that it catches one. Must not run the program.

mod documents;
mod floors;
mod names;
mod outside;
mod shape;
mod source;

use source::Source;

/// Fails with every offender that `rule` finds in the Rust files of `src` and `tests`.
fn hold(rule: impl Fn(&Source) -> Vec<String>) {
    let offenders: Vec<String> = source::tree().iter().flat_map(rule).collect();
    assert!(offenders.is_empty(), "\n{}", offenders.join("\n"));
}
