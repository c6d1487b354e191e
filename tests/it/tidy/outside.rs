//! What the code may use from outside its own crate, floor by floor. Must not know the floors' order
//! (`floors`).

use super::hold;
use super::source::{Source, group_heads, words};

/// Crates, modules and clocks that only some floors may name.
const ONLY: &[(&str, &[&str])] = &[
    ("bincode", &["chain"]),
    ("sha2", &["tlog"]),
    ("ed25519_dalek", &["tlog"]),
    ("base64", &["tlog"]),
    ("crc32c", &["store"]),
    ("csv", &["exchange", "cli"]),
    ("toml", &["exchange"]),
    ("ureq", &["publish"]),
    ("getrandom", &["cli"]),
    ("clap", &["cli"]),
    ("comfy_table", &["cli"]),
    ("indicatif", &["cli"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli"]),
    ("std::fs", &["disk", "cli"]),
    ("std::net", &["http", "publish", "cli"]),
    ("std::env", &["cli"]),
    ("std::process", &["cli", "main.rs"]),
    ("SystemTime", &["cli"]),
    ("Instant", &["cli"]),
    ("Utc::now", &["cli"]),
    ("Local::now", &["cli"]),
];

/// The files that may say `unsafe`: one audited, measured module at most.
const UNSAFE: &[&str] = &["src/tlog/lanes.rs"];

#[test]
fn the_outside_is_named_on_its_own_floors_only() {
    hold(off_its_floor);
}

#[test]
fn nothing_is_unsafe() {
    hold(unsafe_code);
    assert!(UNSAFE.len() < 2);
}

/// Finds names of the outside on a floor that must not know them. Tests may use what they need.
fn off_its_floor(source: &Source) -> Vec<String> {
    let floor = source.floor().unwrap_or("main.rs");
    let mut offenders = Vec::new();
    for (name, floors) in ONLY {
        if !floors.contains(&floor) {
            let rule = format!("{floor} must not use {name}");
            let places = named(&source.shipped, name);
            offenders.extend(places.into_iter().map(|at| source.offender(at, &rule)));
        }
    }
    offenders
}

/// Where the code names `std::fs`, also as `std::{fs, ..}`; a crate `name` only as `name::` or in a
/// `use`, since a field may be called so.
fn named(code: &str, name: &str) -> Vec<usize> {
    let path = |at: &usize| {
        let (before, after) = (code[..*at].trim_end(), &code[at + name.len()..]);
        !before.ends_with("::") && (after.starts_with("::") || before.ends_with("use"))
    };
    let Some((head, last)) = name.split_once("::") else {
        let is_crate = name.starts_with(char::is_lowercase);
        return words(code, name).filter(|at| !is_crate || path(at)).collect();
    };
    let group = format!("{head}::{{");
    let groups = code.match_indices(&group).map(|(at, _)| at);
    let grouped =
        groups.filter(|at| group_heads(&code[at + group.len()..]).iter().any(|word| word == last));
    words(code, name).chain(grouped).collect()
}

/// Finds the word `unsafe` in code, tests included.
fn unsafe_code(source: &Source) -> Vec<String> {
    if UNSAFE.contains(&source.place.as_str()) {
        return Vec::new();
    }
    words(&source.code, "unsafe").map(|at| source.offender(at, "no unsafe code")).collect()
}

#[test]
fn a_name_off_its_floor_is_caught() {
    let caught = |place: &str, text: &str| off_its_floor(&Source::new(place, text)).len();
    assert_eq!(caught("src/ledger/open.rs", "use bincode::config;"), 1);
    assert_eq!(caught("src/ledger/open.rs", "use bincode;"), 1);
    assert_eq!(caught("src/chain/codec.rs", "use bincode::config;"), 0);
    assert_eq!(caught("src/ledger/open.rs", "fn a() { std::fs::read(b) }"), 1);
    assert_eq!(caught("src/ledger/open.rs", "use std::{fmt, fs::{self, File}};"), 1);
    assert_eq!(caught("src/view/fold.rs", "use std::env;\nuse std::time::Instant;"), 2);
    assert_eq!(caught("src/view/fold.rs", "fn a() { Utc::now() }"), 1);
    assert_eq!(caught("src/cli/clock.rs", "fn a() { Utc::now() }"), 0);
    assert_eq!(caught("src/main.rs", "fn main() { std::fs::remove_file(a) }"), 1);
    assert_eq!(caught("src/view/fold.rs", "struct A { csv: B } // std::fs"), 0);
    assert_eq!(caught("src/view/fold.rs", "#[cfg(test)]\nmod tests { use std::fs; }"), 0);
}

#[test]
fn unsafe_code_is_caught() {
    let caught = |text: &str| unsafe_code(&Source::new("src/tlog/hash.rs", text)).len();
    assert_eq!(caught("fn a() { unsafe { b() } }"), 1);
    assert_eq!(caught("#![deny(unsafe_code)] // unsafe\nconst A: &str = \"unsafe\";"), 0);
}
