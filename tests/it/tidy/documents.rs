//! What is written for people: links and places that exist, and no trace of anyone's machine.

use std::fs;

use super::source::{files, line_of, root};

/// Folders at the root of a machine, as a path into one would begin.
const MACHINE: &[&str] = &["work", "farm", "tmp", "home", "root", "Users"];

#[test]
fn no_file_names_a_path_of_a_machine() {
    hold(
        &["md", "rs", "toml", "jsonl", "csv", "yml", "trycmd", "run", "json", "hex"],
        machine_paths,
    );
}

#[test]
fn every_link_leads_somewhere() {
    hold(&["md"], |place, text| {
        let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
        broken_links(place, text, &|target| root().join(folder).join(target).exists())
    });
}

#[test]
fn every_place_in_the_code_that_a_document_names_exists() {
    hold(&["md"], |place, text| {
        broken_places(place, text, &|named| match named.split_once("::") {
            None => root().join(named).exists(),
            Some((file, name)) => {
                let code = fs::read_to_string(root().join(file)).unwrap_or_default();
                ["fn", "struct", "enum", "trait", "const", "mod", "type"]
                    .iter()
                    .any(|keyword| code.contains(&format!("{keyword} {name}")))
            }
        })
    });
}

/// Fails with every offender that `rule` finds in the files with one of these endings.
fn hold(endings: &[&str], rule: impl Fn(&str, &str) -> Vec<String>) {
    let mut offenders = Vec::new();
    for place in files() {
        if endings
            .iter()
            .any(|ending| place.ends_with(&format!(".{ending}")) || place.ends_with("/run"))
        {
            let bytes = fs::read(root().join(&place)).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            offenders.extend(rule(&place, &text));
        }
    }
    assert!(offenders.is_empty(), "\n{}", offenders.join("\n"));
}

/// Finds absolute paths into a folder of a machine.
fn machine_paths(place: &str, text: &str) -> Vec<String> {
    let mut offenders = Vec::new();
    for folder in MACHINE {
        for (at, path) in text.match_indices(&format!("/{folder}/")) {
            let inside_another =
                text[..at].ends_with(|c: char| c.is_alphanumeric() || "_.}*-".contains(c));
            if !inside_another && text[at + path.len()..].starts_with(char::is_alphanumeric) {
                offenders.push(format!("{place}:{}: a machine's path", line_of(text, at)));
            }
        }
    }
    offenders
}

/// Finds relative links, `[..](target)`, whose target does not exist.
fn broken_links(place: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut offenders = Vec::new();
    for (at, open) in text.match_indices("](") {
        let target = text[at + open.len()..].split([')', ' ', '\n']).next().unwrap_or_default();
        let file = target.split('#').next().unwrap_or_default();
        if !file.is_empty() && !target.contains("://") && !exists(file) {
            offenders.push(format!("{place}:{}: {target} does not exist", line_of(text, at)));
        }
    }
    offenders
}

/// Finds places in backticks, `src/..` or `tests/..`, that do not exist; `src/a/b.rs::name` wants
/// something of that name declared in the file.
fn broken_places(place: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut offenders = Vec::new();
    for (at, quoted) in text.split('`').scan(0, |at, part| {
        let start = *at;
        *at += part.len() + 1;
        Some((start, part))
    }) {
        let in_code = ["src/", "tests/", "docs/"].iter().any(|folder| quoted.starts_with(folder));
        let is_place = in_code && !quoted.contains([' ', '*', '<', '\n']);
        if is_place && !exists(quoted) {
            offenders.push(format!("{place}:{}: {quoted} does not exist", line_of(text, at)));
        }
    }
    offenders
}

#[test]
fn a_machine_path_is_caught() {
    let path = ["", "home", "someone", "x"].join("/");
    assert_eq!(machine_paths("a.md", &format!("see\n`{path}`")), ["a.md:2: a machine's path"]);
    assert_eq!(machine_paths("a.md", &path).len(), 1);
    assert_eq!(machine_paths("a.md", &format!("https://a.example{path} ../x /net/y")).len(), 0);
}

#[test]
fn a_broken_link_is_caught() {
    let text = "[a](b.md#c) [d](https://e.example) [f](#g)\n[h](i.md)";
    let caught = broken_links("docs/x.md", text, &|target| target == "b.md");
    assert_eq!(caught, ["docs/x.md:2: i.md does not exist"]);
}

#[test]
fn a_broken_place_is_caught() {
    let text = "`src/a.rs` `src/*` `src/a.rs::b`\n`src/c.rs`";
    let caught = broken_places("docs/x.md", text, &|named| named.starts_with("src/a.rs"));
    assert_eq!(caught, ["docs/x.md:2: src/c.rs does not exist"]);
}
