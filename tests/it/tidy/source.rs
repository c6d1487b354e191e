//! A Rust file as the rules see it: its text, its code without comments and literals, and its code
//! without tests. Must not judge anything.

use std::fs;
use std::path::Path;

/// One Rust file.
pub(super) struct Source {
    /// Where it lies, from the root of the package, with `/`: `src/chain/codec.rs`.
    pub(super) place: String,
    pub(super) text: String,
    /// The text with comments and the insides of literals blanked; every line stays where it was.
    pub(super) code: String,
    /// The code with everything under `#[cfg(test)]` blanked as well.
    pub(super) shipped: String,
}

impl Source {
    pub(super) fn new(place: &str, text: &str) -> Source {
        let code = Lexer { rest: text, code: String::new() }.run();
        let mut shipped = code.clone();
        for (from, to) in test_items(&code) {
            shipped.replace_range(from..to, &blank(&code[from..to]));
        }
        Source { place: place.to_owned(), text: text.to_owned(), code, shipped }
    }

    /// The folder of `src` that it lies in; `None` for what lies directly in `src`, or elsewhere.
    pub(super) fn floor(&self) -> Option<&str> {
        Some(self.place.strip_prefix("src/")?.split_once('/')?.0)
    }

    /// An offender at the byte `at` of the code.
    pub(super) fn offender(&self, at: usize, rule: &str) -> String {
        format!("{}:{}: {rule}", self.place, line_of(&self.code, at))
    }

    /// The module that byte `at` of the code lies in: the file's own place, then inline modules.
    pub(super) fn module_at(&self, at: usize) -> Vec<String> {
        let inner = self.place.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        for (start, name) in words(&self.code, "mod").filter_map(|start| {
            let name = word(&self.code[start + "mod".len()..]);
            (!name.is_empty()).then_some((start, name))
        }) {
            let (_, end) = item(&self.code, start);
            if start < at && at < end {
                module.push(name);
            }
        }
        module
    }
}

/// Every Rust file of `src` and `tests`, but for vectors and transcripts.
pub(super) fn tree() -> Vec<Source> {
    let rust = files().into_iter().filter(|place| {
        place.ends_with(".rs") && (place.starts_with("src/") || place.starts_with("tests/"))
    });
    let mut sources: Vec<Source> = rust
        .map(|place| Source::new(&place, &fs::read_to_string(root().join(&place)).unwrap()))
        .collect();
    let only_tested: Vec<String> = sources.iter().flat_map(test_files).collect();
    for source in &mut sources {
        if only_tested.contains(&source.place) || source.place.starts_with("tests/") {
            source.shipped = blank(&source.code);
        }
    }
    sources
}

/// The files that a file's `#[cfg(test)] mod name;` names.
fn test_files(source: &Source) -> Vec<String> {
    let folder = match source.place.strip_suffix("/mod.rs") {
        Some(folder) => folder,
        None => source.place.trim_end_matches(".rs"),
    };
    let named = test_items(&source.code).into_iter().filter_map(|(from, to)| {
        let declaration = source.code[from..to].strip_suffix(';')?;
        Some(word(declaration.split_once("mod ")?.1))
    });
    named.map(|name| format!("{folder}/{name}.rs")).collect()
}

/// Every file of the package that is written by hand, with `/`, sorted.
pub(super) fn files() -> Vec<String> {
    let mut found = Vec::new();
    let mut queue = vec![String::new()];
    while let Some(folder) = queue.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let place = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if [".git", "target"].contains(&place.as_str()) || place.ends_with("/target") {
                continue;
            }
            if entry.path().is_dir() { queue.push(place) } else { found.push(place) }
        }
    }
    found.sort();
    found
}

/// The folder of the package.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The line, from 1, of a byte of a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where `wanted` stands in a text as a word of its own.
pub(super) fn words<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(wanted).map(|(at, _)| at).filter(move |at| {
        !text[..*at].ends_with(part) && !text[at + wanted.len()..].starts_with(part)
    })
}

/// The word that a text begins with, after white space and commas.
pub(super) fn word(text: &str) -> String {
    let text = text.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first segment of each path in a `{a::x, b::{y, z}}` group, given what follows its `{`.
pub(super) fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut path = String::new();
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(&std::mem::take(&mut path))),
            _ => {}
        }
        path.push(character);
    }
    heads.push(word(&path));
    heads.retain(|head| !head.is_empty());
    heads
}

/// Where the item at `from` has its body, and where it ends: at its `;`, or at the brace that
/// closes its body. The body is empty for an item that ends with `;`.
pub(super) fn item(code: &str, from: usize) -> (usize, usize) {
    let (mut depth, mut body) = (0_usize, None);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' => {
                if depth == 0 && body.is_none() {
                    body = Some(at);
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && body.is_some() {
                    return (body.unwrap_or(at), at + 1);
                }
            }
            b';' if depth == 0 => return (at, at + 1),
            _ => {}
        }
    }
    (code.len(), code.len())
}

/// The items under `#[cfg(test)]`, from the attribute to their end.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let starts = code.match_indices(ATTRIBUTE).map(|(at, _)| at);
    starts.map(|at| (at, item(code, at + ATTRIBUTE.len()).1)).collect()
}

/// As many spaces as there are bytes, with the line breaks kept.
fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// Blanks comments and the insides of literals, byte for byte.
struct Lexer<'a> {
    rest: &'a str,
    code: String,
}

impl Lexer<'_> {
    fn run(mut self) -> String {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                self.hide(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.hide(block_comment(self.rest));
            } else if let Some(length) = raw_string(self.rest).filter(|_| !self.in_word()) {
                self.hide(length);
            } else if first == '"' {
                self.hide(quoted(self.rest, '"'));
            } else if first == '\'' && is_character(self.rest) {
                self.hide(quoted(self.rest, '\''));
            } else {
                self.code.push_str(&self.rest[..first.len_utf8()]);
                self.rest = &self.rest[first.len_utf8()..];
            }
        }
        self.code
    }

    fn in_word(&self) -> bool {
        self.code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    fn hide(&mut self, length: usize) {
        self.code.push_str(&blank(&self.rest[..length]));
        self.rest = &self.rest[length..];
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the raw string that a text begins with.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    let inside = hashes[count..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(count));
    let end = inside.find(&close).map_or(inside.len(), |at| at + close.len());
    Some(text.len() - inside.len() + end)
}

/// The length of the literal that a text begins with, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether the `'` that a text begins with opens a character, not a lifetime.
fn is_character(text: &str) -> bool {
    let mut inside = text.chars().skip(1);
    inside.next() == Some('\\') || inside.next() == Some('\'')
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" {\" h 'i' '\\'' &'j k r#\"l \" m\"# b\"n\" o";
    let code = Source::new("src/a/b.rs", text).code;
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "e", "h", "&'j", "k", "b", "o"]);
    assert_eq!(code.len(), text.len());
}

#[test]
fn tests_are_not_shipped() {
    let text =
        "fn a() {}\n#[cfg(test)]\nfn b() { c(); }\nfn d() {}\n#[cfg(test)]\nmod e;\nfn f() {}\n";
    let source = Source::new("src/a/mod.rs", text);
    let kept: Vec<&str> = source.shipped.split_whitespace().collect();
    assert_eq!(kept, ["fn", "a()", "{}", "fn", "d()", "{}", "fn", "f()", "{}"]);
    assert_eq!(test_files(&source), ["src/a/e.rs"]);
}
