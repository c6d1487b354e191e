//! Holds docs/format.md against the code: decodes the golden vectors by the document's tables alone.
//! Must not use the codec for that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::chain::codec::decode;
use crate::chain::wire;
use crate::tlog::hash::leaf_hash;

const DOCUMENT: &str = include_str!("../../docs/format.md");

/// A name and a type, or a type alone.
type Field = (String, String);

/// The tables of the section on the entry.
#[derive(Default)]
struct Tables {
    structs: BTreeMap<String, Vec<Field>>,
    enums: BTreeMap<String, Vec<(String, Vec<Field>)>>,
}

impl Tables {
    fn read() -> Tables {
        let mut tables = Tables::default();
        let (mut heading, mut header) = ("", "");
        for line in section().lines() {
            if let Some(title) = line.strip_prefix("### ") {
                (heading, header) = (title, "");
            }
            let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix('|')) else {
                continue;
            };
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            match (header, cells.as_slice()) {
                ("", cells) => header = cells[0],
                ("field", [name, kind, _]) => {
                    let fields = tables.structs.entry(heading.to_owned()).or_default();
                    fields.push(((*name).to_owned(), (*kind).to_owned()));
                }
                ("number", [number, word, content]) => {
                    let variants = tables.enums.entry(heading.to_owned()).or_default();
                    assert_eq!(*number, variants.len().to_string(), "{heading}");
                    variants.push(((*word).to_owned(), fields(content)));
                }
                ("enum", [name, variants]) => {
                    let variants = variants.split(" · ").enumerate().map(|(number, variant)| {
                        let (written, word) = variant.split_once(' ').unwrap();
                        assert_eq!(written, number.to_string(), "{name}");
                        (word.to_owned(), Vec::new())
                    });
                    tables.enums.insert((*name).to_owned(), variants.collect());
                }
                ("type" | "text", _) => {}
                (header, row) => panic!("a table of {header} has the row {row:?}"),
            }
        }
        tables
    }
}

fn section() -> &'static str {
    let section = DOCUMENT.split("\n## ").find(|section| section.starts_with("The entry\n"));
    section.unwrap()
}

fn fields(content: &str) -> Vec<Field> {
    let named = |field: &str| match field.split_once(": ") {
        Some((name, kind)) => (name.to_owned(), kind.to_owned()),
        None => (String::new(), field.to_owned()),
    };
    content.split(", ").filter(|field| !field.is_empty()).map(named).collect()
}

/// One value as it lies in the bytes: where, what it belongs to, what it says.
struct Piece {
    bytes: Vec<u8>,
    path: String,
    value: String,
}

/// Reads an entry's bytes by the tables.
struct Walk<'a> {
    tables: &'a Tables,
    rest: &'a [u8],
    pieces: Vec<Piece>,
    texts: BTreeSet<String>,
    words: BTreeSet<(String, String)>,
}

impl<'a> Walk<'a> {
    fn through(tables: &'a Tables, bytes: &'a [u8]) -> Walk<'a> {
        let (texts, words) = (BTreeSet::new(), BTreeSet::new());
        let mut walk = Walk { tables, rest: bytes, pieces: Vec::new(), texts, words };
        walk.read("Entry", "");
        assert!(walk.rest.is_empty(), "{} bytes follow the entry", walk.rest.len());
        walk
    }

    fn read(&mut self, kind: &str, path: &str) {
        let before = self.rest;
        if let Some(inner) = kind.strip_suffix('?') {
            let present = self.take(1) == [1];
            self.piece(before, path, if present { "present" } else { "absent" });
            if present {
                self.read(inner, path);
            }
        } else if let Some(inner) = kind.strip_suffix('*') {
            let count = self.varint();
            self.piece(before, path, format!("{count} listed"));
            for member in 0..count {
                self.read(inner, &format!("{path}[{member}]"));
            }
        } else if let Some(fields) = self.tables.structs.get(kind) {
            self.read_all(fields, path);
        } else if let Some(variants) = self.tables.enums.get(kind) {
            let (word, fields) = &variants[usize::try_from(self.varint()).unwrap()];
            self.piece(before, path, word);
            self.words.insert((kind.to_owned(), word.clone()));
            self.read_all(fields, path);
        } else {
            let value = self.plain(kind);
            self.piece(before, path, value);
        }
    }

    fn read_all(&mut self, fields: &[Field], path: &str) {
        for (name, kind) in fields {
            match (path, name.as_str()) {
                (path, "") => self.read(kind, path),
                ("", name) => self.read(kind, name),
                (path, name) => self.read(kind, &format!("{path}.{name}")),
            }
        }
    }

    fn plain(&mut self, kind: &str) -> String {
        match kind {
            "u8" => self.take(1)[0].to_string(),
            "u32" => u32::try_from(self.varint()).unwrap().to_string(),
            "u64" => self.varint().to_string(),
            "32 bytes" => hex(self.take(32)),
            "text" | "note" | "key" | "origin" | "id" | "day" | "date" | "period" => {
                let length = self.varint();
                let text = str::from_utf8(self.take(length)).unwrap().to_owned();
                self.texts.insert(text.clone());
                text
            }
            other => panic!("the document does not say what {other} is"),
        }
    }

    fn varint(&mut self) -> u64 {
        let (bytes, least) = match self.take(1)[0] {
            251 => (self.take(2), 251),
            252 => (self.take(4), 1 << 16),
            253 => (self.take(8), 1 << 32),
            254.. => panic!("no varint begins so"),
            small => return small.into(),
        };
        let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        assert!(least <= number, "{number} has a shorter form");
        number
    }

    fn take(&mut self, count: u64) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(usize::try_from(count).unwrap());
        self.rest = rest;
        taken
    }

    fn piece(&mut self, before: &[u8], path: &str, value: impl Into<String>) {
        let bytes = before[..before.len() - self.rest.len()].to_vec();
        self.pieces.push(Piece { bytes, path: path.to_owned(), value: value.into() });
    }

    fn says(&self, value: &str) -> bool {
        self.pieces.iter().any(|piece| piece.value == value)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map(|c| c.to_digit(16).unwrap().try_into().unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Gives each golden vector with its name, its JSON entry and its bytes.
pub(super) fn vectors() -> Vec<(String, Value, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/format-1");
    let mut vectors: Vec<(String, Value, Vec<u8>)> = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let mut vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let bytes = bytes_of(vector["bytes"].as_str().unwrap());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        vectors.push((name, vector["entry"].take(), bytes));
    }
    vectors.sort_by(|one, other| one.0.cmp(&other.0));
    vectors
}

/// Gives every text and number of a JSON value.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(leaves).collect(),
        Value::Object(fields) => fields.values().flat_map(leaves).collect(),
    }
}

#[test]
fn the_document_decodes_every_vector_to_what_its_json_says() {
    let tables = Tables::read();
    for (name, mut json, bytes) in vectors() {
        let walk = Walk::through(&tables, &bytes);
        let fields = json.as_object_mut().unwrap();
        let hash = fields.remove("hash").unwrap();
        assert_eq!(leaf_hash(&bytes).to_string(), hash.as_str().unwrap(), "{name}");
        fields.remove("recorded_at");
        let leaves = leaves(&json);
        for leaf in &leaves {
            assert!(walk.says(leaf), "{name}: {leaf:?} is not in the bytes");
        }
        for text in &walk.texts {
            assert!(leaves.contains(text), "{name}: {text:?} is not in the JSON form");
        }
    }
}

#[test]
fn the_vectors_show_every_variant_that_has_content() {
    let tables = Tables::read();
    let mut shown = BTreeSet::new();
    for (_, _, bytes) in vectors() {
        shown.append(&mut Walk::through(&tables, &bytes).words);
    }
    for (name, _) in ENUMS_WITH_CONTENT {
        for (word, _) in &tables.enums[*name] {
            assert!(shown.contains(&((*name).to_owned(), word.clone())), "{name} {word}");
        }
    }
}

#[test]
fn every_number_in_the_code_is_that_of_the_document() {
    let tables = Tables::read();
    let mut names = BTreeSet::new();
    for (name, variants) in wire::words::words() {
        let written: Vec<(String, Vec<u8>)> = tables.enums[name]
            .iter()
            .zip(0..)
            .map(|((word, _), number)| (word.clone(), vec![number]))
            .collect();
        let coded: Vec<(String, Vec<u8>)> =
            variants.into_iter().map(|(variant, bytes)| (kebab(variant), bytes)).collect();
        assert_eq!(coded, written, "{name}");
        names.insert(name.to_owned());
    }
    for (name, count) in ENUMS_WITH_CONTENT {
        assert_eq!(count(), tables.enums[*name].len(), "{name}");
        names.insert((*name).to_owned());
    }
    assert_eq!(names, tables.enums.keys().cloned().collect());
}

/// Counts the variants of an enum.
type Count = fn() -> usize;

const ENUMS_WITH_CONTENT: &[(&str, Count)] = &[
    ("By", variants::<wire::act::By>),
    ("ChangeKind", variants::<wire::entity::ChangeKind>),
    ("Event", variants::<wire::event::Event>),
    ("Fact", variants::<wire::event::Fact>),
    ("Residence", variants::<wire::recognition::Residence>),
    ("Statement", variants::<wire::assertion::Statement>),
];

/// Counts the numbers that the decoder knows, which follow each other from 0.
fn variants<T: bincode::BorrowDecode<'static, ()>>() -> usize {
    const NUMBERS: &[u8] = b"\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
    let is_known = |number: &&'static [u8]| {
        let decoded =
            bincode::borrow_decode_from_slice::<T, _>(number, bincode::config::standard());
        !matches!(decoded, Err(bincode::error::DecodeError::UnexpectedVariant { .. }))
    };
    let known = NUMBERS.chunks(1).take_while(is_known).count();
    assert!(known < NUMBERS.len(), "there may be more");
    known
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(character.to_lowercase());
    }
    kebab
}

#[test]
fn the_worked_example_is_a_vector_byte_by_byte() {
    let (_, json, bytes) =
        vectors().into_iter().find(|(name, ..)| name == "20-act-sever.json").unwrap();
    let example = section().split("### A worked example\n").nth(1).unwrap();
    let mut blocks = example.split("```text\n").skip(1).map(|block| block.split("\n```").next());
    let mut block = || blocks.next().unwrap().unwrap();
    let (dump, hash) = (block(), block());
    let tables = Tables::read();
    let walk = Walk::through(&tables, &bytes);
    let pieces: Vec<String> = walk
        .pieces
        .iter()
        .map(|piece| format!("{:<22}  {}: {}", hex(&piece.bytes), piece.path, piece.value))
        .collect();
    assert_eq!(dump, pieces.join("\n"));
    let dumped: String = dump.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(bytes_of(&dumped), bytes);
    assert_eq!(Value::from(hash), json["hash"]);
    assert!(decode(&bytes).is_ok());
}

#[test]
fn another_codec_gives_the_same_bytes() {
    let other = wincode::config::Configuration::default().with_varint_encoding();
    for (name, _, bytes) in vectors() {
        let standard = bincode::config::standard();
        let (entry, _) =
            bincode::borrow_decode_from_slice::<wire::entry::Entry<'_>, _>(&bytes, standard)
                .unwrap();
        assert_eq!(wincode::config::serialize(&entry, other).unwrap(), bytes, "{name}");
        let read: wire::entry::Entry<'_> =
            wincode::config::deserialize_exact(&bytes, other).unwrap();
        assert_eq!(read, entry, "{name}");
    }
}
