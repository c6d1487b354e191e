//! Names that say nothing: of files, modules, and what is declared.

use super::hold;
use super::source::{Source, word, words};

/// Names that gather what has no place of its own.
const PILES: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"];

/// Names that would fit anything.
const EMPTY: &[&str] = &["state", "data", "info", "handle", "process"];

#[test]
fn no_module_is_a_pile() {
    hold(piles);
}

#[test]
fn no_name_of_src_fits_anything() {
    hold(empty_names);
}

/// Finds files, folders and inline modules named as a pile.
fn piles(source: &Source) -> Vec<String> {
    let is_pile = |name: &str| name.split(['_', '-']).any(|part| PILES.contains(&part));
    let mut offenders = Vec::new();
    for part in source.place.trim_end_matches(".rs").split('/').filter(|part| is_pile(part)) {
        offenders.push(source.offender(0, &format!("no module is called {part}")));
    }
    for at in words(&source.code, "mod") {
        let name = word(&source.code[at + "mod".len()..]);
        if is_pile(&name) {
            offenders.push(source.offender(at, &format!("no module is called {name}")));
        }
    }
    offenders
}

/// Finds functions called `get_..`, and declarations whose whole name fits anything.
fn empty_names(source: &Source) -> Vec<String> {
    const DECLARING: &[&str] =
        &["fn", "let", "mut", "struct", "enum", "trait", "type", "mod", "const"];
    if !source.place.starts_with("src/") {
        return Vec::new();
    }
    let mut offenders = Vec::new();
    for keyword in DECLARING {
        for at in words(&source.code, keyword) {
            let name = word(&source.code[at + keyword.len()..]);
            if name.starts_with("get_") || EMPTY.contains(&name.to_lowercase().as_str()) {
                offenders.push(source.offender(at, &format!("{name} says nothing")));
            }
        }
    }
    offenders
}

#[test]
fn a_pile_is_caught() {
    let caught = |place: &str, text: &str| piles(&Source::new(place, text)).len();
    assert_eq!(caught("src/cli/util.rs", ""), 1);
    assert_eq!(caught("src/cli/date_utils.rs", ""), 1);
    assert_eq!(caught("tests/it/common/mod.rs", ""), 1);
    assert_eq!(caught("src/cli/mod.rs", "pub mod helpers;\nmod misc { }"), 2);
    assert_eq!(caught("src/cli/output.rs", "// mod util\nfn common() {}"), 0);
}

#[test]
fn an_empty_name_is_caught() {
    let caught = |text: &str| empty_names(&Source::new("src/a/b.rs", text)).len();
    assert_eq!(
        caught("fn get_name() {}\nstruct State;\nfn a() { let data = 1; let mut info = 2; }"),
        4
    );
    assert_eq!(caught("enum Kind { State, Former }\nfn status() {} // fn process"), 0);
}
