//! The shape of a file: its first line, its length, the length of its functions, and its imports
//! through `super`.

use super::hold;
use super::source::{Source, item, line_of, word, words};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn every_file_says_what_it_is() {
    hold(without_doc);
}

#[test]
fn every_file_stays_short() {
    hold(long_file);
}

#[test]
fn every_function_stays_short() {
    hold(long_functions);
}

#[test]
fn only_tests_import_everything_from_above() {
    hold(wild_imports);
}

fn without_doc(source: &Source) -> Vec<String> {
    if source.text.starts_with("//! ") {
        Vec::new()
    } else {
        vec![source.offender(0, "the first line must be a //! doc")]
    }
}

fn long_file(source: &Source) -> Vec<String> {
    let shipped = source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = shipped.lines().count();
    if lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    vec![source.offender(0, &format!("{lines} lines before its tests, over {FILE_LINES_MAX}"))]
}

/// Finds functions whose signature and body take too many lines, blank ones and comments included.
fn long_functions(source: &Source) -> Vec<String> {
    let mut offenders = Vec::new();
    for at in words(&source.code, "fn") {
        let name = word(&source.code[at + "fn".len()..]);
        let (body, end) = item(&source.code, at);
        let lines = line_of(&source.code, end) - line_of(&source.code, at) + 1;
        if !name.is_empty() && source.code[body..].starts_with('{') && FUNCTION_LINES_MAX < lines {
            let rule = format!("{name} has {lines} lines, over {FUNCTION_LINES_MAX}");
            offenders.push(source.offender(at, &rule));
        }
    }
    offenders
}

/// Finds `super::*` outside `mod tests`, and `super::super` anywhere.
fn wild_imports(source: &Source) -> Vec<String> {
    let all = source.code.match_indices("super::*").map(|(at, _)| at);
    let mut offenders: Vec<String> = all
        .filter(|at| source.module_at(*at).last().is_none_or(|module| module != "tests"))
        .map(|at| source.offender(at, "super::* outside mod tests"))
        .collect();
    let twice = source.code.match_indices("super::super").map(|(at, _)| at);
    offenders.extend(twice.map(|at| source.offender(at, "super::super")));
    offenders
}

#[test]
fn a_file_without_a_first_line_is_caught() {
    let caught = |text: &str| without_doc(&Source::new("src/a/b.rs", text)).len();
    assert_eq!(caught("//! What it is.\n"), 0);
    assert_eq!(caught("// What it is.\n") + caught("//!\n") + caught(""), 3);
}

#[test]
fn a_long_file_is_caught() {
    let caught = |lines: usize, rest: &str| {
        long_file(&Source::new("src/a/b.rs", &format!("{}{rest}", "//\n".repeat(lines)))).len()
    };
    assert_eq!(caught(600, "#[cfg(test)]\nmod tests {\n}\n"), 0);
    assert_eq!(caught(601, ""), 1);
}

#[test]
fn a_long_function_is_caught() {
    let caught = |lines: usize| {
        let body = "    // }\n    a(\"}\");\n".repeat(lines / 2 - 1);
        let text =
            format!("trait A {{ fn b(); }}\nfn c(d: fn() -> [u8; 2]) {{\n{body}}}\nfn e() {{}}\n");
        long_functions(&Source::new("src/a/b.rs", &text))
    };
    assert_eq!(caught(70).len(), 0);
    assert_eq!(caught(72), ["src/a/b.rs:2: c has 72 lines, over 70"]);
}

#[test]
fn a_wild_import_is_caught() {
    let caught = |text: &str| wild_imports(&Source::new("src/a/b.rs", text)).len();
    assert_eq!(caught("#[cfg(test)]\nmod tests {\n    use super::*;\n}"), 0);
    assert_eq!(caught("use super::*;\nmod tests { use super::*; }"), 1);
    assert_eq!(caught("mod c { use super::*; }"), 1);
    assert_eq!(caught("use super::super::c;"), 1);
}
