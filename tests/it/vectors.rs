//! The golden vectors of entry format 1: JSON, bytes and leaf hash of an entry of every kind.

use std::fs;
use std::path::Path;

use chancery::chain::codec::{decode, encode};
use chancery::chain::entry::Entry;
use chancery::chain::millis::Millis;
use chancery::domain::event::Event;
use chancery::domain::sequence::Sequence;
use chancery::domain::source::{Attachment, Source};
use chancery::domain::text::{Key, Note, Text};
use chancery::tlog::hash::leaf_hash;
use serde::{Deserialize, Serialize};

/// One file of `tests/vectors/format-1`.
#[derive(Serialize, Deserialize)]
struct Vector {
    entry: EntryJson,
    bytes: String,
}

/// An entry in the form that `chancery entry` prints.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryJson {
    sequence: Sequence,
    hash: String,
    previous: String,
    recorded_at: Millis,
    recorder: Text,
    key: Option<Key>,
    event: Event,
    sources: Vec<Source>,
    attachments: Vec<Attachment>,
    even_so: Option<Text>,
    note: Option<Note>,
}

impl EntryJson {
    fn entry(self) -> Entry {
        Entry {
            previous: self.previous.parse().unwrap(),
            sequence: self.sequence,
            recorded_at: self.recorded_at,
            recorder: self.recorder,
            key: self.key,
            event: self.event,
            sources: self.sources,
            attachments: self.attachments,
            even_so: self.even_so,
            note: self.note,
        }
    }
}

fn vectors() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/format-1");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let mut vectors: Vec<(String, String)> = files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read_to_string(file.path()).unwrap())
        })
        .collect();
    vectors.sort();
    vectors
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an odd number of digits");
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

#[test]
fn every_vector_is_encoded_decoded_and_hashed_as_it_says() {
    let vectors = vectors();
    assert!(!vectors.is_empty());
    for (name, text) in vectors {
        let vector: Vector = serde_json::from_str(&text).unwrap();
        let (bytes, hash) = (bytes_of(&vector.bytes), vector.entry.hash.clone());
        let entry = vector.entry.entry();
        assert_eq!(encode(&entry).as_ref(), Ok(&bytes), "{name}");
        assert_eq!(decode(&bytes), Ok(entry), "{name}");
        assert_eq!(leaf_hash(&bytes).to_string(), hash, "{name}");
    }
}

#[test]
fn the_json_form_is_given_back_word_for_word() {
    for (name, text) in vectors() {
        let vector: Vector = serde_json::from_str(&text).unwrap();
        let printed: serde_json::Value = serde_json::to_value(&vector).unwrap();
        assert_eq!(printed, serde_json::from_str::<serde_json::Value>(&text).unwrap(), "{name}");
    }
}

#[test]
fn the_vectors_show_every_kind_of_event() {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, text) in vectors() {
        let vector: Vector = serde_json::from_str(&text).unwrap();
        kinds.push(vector.entry.event.kind());
    }
    kinds.sort_unstable();
    kinds.dedup();
    let all = [
        "act",
        "assertion",
        "change",
        "claim",
        "context",
        "correction",
        "erasure",
        "mission",
        "opening",
        "recognition",
        "registration",
        "retraction",
        "step",
    ];
    assert_eq!(kinds, all);
}
