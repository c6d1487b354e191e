//! Takes the product's own desk, with loom's locks and threads in the place of the standard ones.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let source = "../../src/ledger/desk.rs";
    println!("cargo::rerun-if-changed={source}");
    let text = fs::read_to_string(source).expect("the desk is there");
    let (text, _) = text.split_once("#[cfg(test)]").expect("its tests come last");
    // An inner comment cannot be included.
    let mut text = text.replace("//!", "//").replace("pub(super)", "pub(crate)");
    for (standard, modelled) in [
        ("use std::sync::{Mutex, MutexGuard, PoisonError};", "use loom::sync::{Mutex, MutexGuard};\nuse std::sync::PoisonError;"),
        ("use std::thread::{self, Thread};", "use loom::thread::{self, Thread};"),
    ] {
        assert_eq!(text.matches(standard).count(), 1, "{standard}");
        text = text.replace(standard, modelled);
    }
    assert_eq!(text.matches("use std::sync").count(), 1, "a lock that is not modelled");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("desk.rs"), text).expect("it can be written");
}
