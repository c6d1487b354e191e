//! The floors of `src`: which folder may use which. Must not know what a floor does.

use super::hold;
use super::source::{self, Source, group_heads, word};

/// What each folder of `src` may use from its own crate. Nothing else.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("tlog", &[]),
    ("disk", &[]),
    ("store", &["disk"]),
    ("chain", &["domain", "tlog"]),
    ("view", &["domain", "chain"]),
    ("ledger", &["domain", "tlog", "disk", "store", "chain", "view"]),
    ("exchange", &["domain", "tlog", "disk", "chain", "view", "ledger"]),
    ("publish", &["domain", "tlog", "disk", "chain", "view", "ledger"]),
    ("http", &["domain", "tlog", "disk", "chain", "view", "ledger"]),
    ("cli", &["domain", "tlog", "disk", "chain", "view", "ledger", "exchange", "publish", "http"]),
];

#[test]
fn every_module_uses_only_the_floors_below_it() {
    hold(uses_above);
}

#[test]
fn every_file_of_src_lies_on_a_floor() {
    hold(off_the_floors);
}

#[test]
fn every_floor_is_in_the_document() {
    let document = std::fs::read_to_string(source::root().join("docs/architecture.md")).unwrap();
    for (floor, below) in FLOORS {
        let row = document.lines().find(|line| line.contains(&format!("| `{floor}/` |")));
        let listed = row.and_then(|row| row.split('|').nth(3)).unwrap_or_else(|| panic!("{floor}"));
        let listed: Vec<&str> =
            listed.split(',').map(str::trim).filter(|word| *word != "–").collect();
        assert_eq!(listed, *below, "{floor}");
    }
}

/// Finds uses of a floor that is not below, through `crate::`, `super::` or, in `main.rs`,
/// `chancery::`.
fn uses_above(source: &Source) -> Vec<String> {
    let mut offenders = Vec::new();
    for (at, used) in uses(source) {
        let may = match source.floor() {
            Some(floor) => {
                let row = FLOORS.iter().find(|(name, _)| *name == floor);
                floor == used || row.is_some_and(|(_, below)| below.contains(&used.as_str()))
            }
            None => source.place != "src/main.rs" || used == "cli",
        };
        if !may {
            let user = source.floor().unwrap_or("main.rs");
            offenders.push(source.offender(at, &format!("{user} must not use {used}")));
        }
    }
    offenders
}

/// Finds files that lie on no known floor.
fn off_the_floors(source: &Source) -> Vec<String> {
    let lies_well = match source.floor() {
        Some(floor) => FLOORS.iter().any(|(name, _)| *name == floor),
        None => {
            !source.place.starts_with("src/")
                || ["src/lib.rs", "src/main.rs"].contains(&source.place.as_str())
        }
    };
    if lies_well { Vec::new() } else { vec![source.offender(0, "lies on no floor of src")] }
}

/// The modules directly under the crate's root that the code names, and where.
fn uses(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut name = |at: usize, rest: &str| match rest.strip_prefix('{') {
        None => found.push((at, word(rest))),
        Some(group) => found.extend(group_heads(group).into_iter().map(|head| (at, head))),
    };
    if source.floor().is_some() {
        for (at, head) in source.code.match_indices("crate::") {
            name(at, &source.code[at + head.len()..]);
        }
        for (at, head) in source.code.match_indices("super::") {
            if source.code[..at].ends_with("super::") {
                continue;
            }
            let path = &source.code[at..];
            let rest = path.trim_start_matches(head);
            let climbed = (path.len() - rest.len()) / head.len();
            if source.module_at(at).len() == climbed {
                name(at, rest);
            }
        }
    } else if source.place == "src/main.rs" {
        for (at, head) in source.code.match_indices("chancery::") {
            name(at, &source.code[at + head.len()..]);
        }
    }
    found
}

#[test]
fn a_use_of_a_floor_above_is_caught() {
    let caught = |place: &str, text: &str| uses_above(&Source::new(place, text));
    assert_eq!(
        caught("src/view/fold.rs", "\nuse crate::{chain::entry, ledger::{open, ask}, domain};"),
        ["src/view/fold.rs:2: view must not use ledger"]
    );
    assert_eq!(caught("src/disk/real.rs", "fn a() { crate::store::b() }").len(), 1);
    assert_eq!(caught("src/view/fold.rs", "// crate::ledger\nuse crate::view::order;").len(), 0);
    assert_eq!(caught("src/main.rs", "use chancery::ledger::open;").len(), 1);
    assert_eq!(caught("src/main.rs", "use chancery::cli::run;").len(), 0);
}

#[test]
fn a_super_path_is_resolved_against_its_own_place() {
    let caught = |place: &str, text: &str| uses_above(&Source::new(place, text)).len();
    assert_eq!(caught("src/view/mod.rs", "use super::ledger::open;"), 1);
    assert_eq!(caught("src/view/mod.rs", "use super::{chain, ledger};"), 1);
    assert_eq!(caught("src/view/mod.rs", "use super::chain::entry;"), 0);
    assert_eq!(caught("src/view/fold.rs", "use super::ledger;"), 0);
    assert_eq!(caught("src/view/fold.rs", "use super::super::ledger;"), 1);
    assert_eq!(caught("src/view/fold.rs", "mod tests { use super::super::ledger; }"), 0);
    assert_eq!(caught("src/view/mod.rs", "mod tests { use super::super::ledger; }"), 1);
    assert_eq!(caught("src/view/deep/mod.rs", "use super::super::ledger;"), 1);
}

#[test]
fn a_file_beside_lib_and_a_folder_of_no_floor_are_caught() {
    let caught = |place: &str| off_the_floors(&Source::new(place, "")).len();
    assert_eq!(caught("src/lib.rs") + caught("src/disk/real.rs") + caught("tests/it/main.rs"), 0);
    assert_eq!(caught("src/prelude.rs"), 1);
    assert_eq!(caught("src/bin/other.rs"), 1);
}
