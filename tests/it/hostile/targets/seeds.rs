//! What the fuzzer begins with: small sound inputs of every kind, from the vectors, the documents and
//! the sound ledger.

use std::fs;
use std::path::{Path, PathBuf};

use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::cosignature::WitnessSigner;
use chancery::tlog::hash::{Hash, leaf_hash};
use chancery::tlog::note::SignerKey;
use chancery::tlog::proof_file::{ConsistencyFile, ProofFile};
use serde_json::Value;

use super::{ledgers, logs, snapshots};

type Seed = (&'static str, String, Vec<u8>);

/// Every seed that is made: the name of its target, its own, and its bytes.
pub(crate) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut put = |target, name: &str, bytes: &[u8]| {
        seeds.push((target, name.to_owned(), bytes.to_vec()));
    };
    vectors(&mut put);
    dates(&mut put);
    signed(&mut put);
    texts(&mut put);
    of_the_ledger(&mut put);
    seeds
}

/// Takes the name of a target, that of a seed, and its bytes.
type Put<'a> = dyn FnMut(&'static str, &str, &[u8]) + 'a;

fn root() -> PathBuf {
    // The manifest is that of the package or, in the fuzzer, of a folder of it.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if here.join("tests/vectors").exists() { here.to_owned() } else { here.join("..") }
}

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let read = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut files: Vec<(String, Vec<u8>)> = read
        .filter_map(|file| {
            let name = file.path().file_stem()?.to_str()?.to_owned();
            Some((name, fs::read(file.path()).ok()?))
        })
        .collect();
    files.sort();
    files
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16).ok();
    (0..text.len()).step_by(2).filter_map(byte).collect()
}

fn vectors(put: &mut Put<'_>) {
    let mut lines = Vec::new();
    for (name, bytes) in files("tests/vectors/format-1") {
        let vector: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        put("entry", &name, &unhex(vector["bytes"].as_str().unwrap_or_default()));
        let line = serde_json::json!({ "event": vector["entry"]["event"] }).to_string();
        lines.push(line.replace("KOR", "AAA").replace("SYR", "BBB").replace("UKR", "CCC"));
    }
    for (number, some) in lines.chunks(4).enumerate() {
        put("json_lines", &format!("vectors-{number}"), some.join("\n").as_bytes());
    }
}

fn dates(put: &mut Put<'_>) {
    let dates = [
        "1950-06-25",
        "1950-06",
        "1950",
        "195X",
        "19XX",
        "1950-XX-XX",
        "1950~",
        "1950-06?",
        "1950-06-25%",
        "1950/1951-03",
        "1950-01-01/..",
        "../1951",
        "[1950-01-01,1950-03,1951]",
        "[1950..1953]",
        "{1950,1951}",
        "1950-21",
        "0001-01-01",
        "9999-12-31",
        "1900-02-29",
        "2000-02-29",
        "1950-06-25/1950-06-24",
        "/1950",
        "-0001",
        "1950-06-25T10:00:00Z",
    ];
    dates.iter().enumerate().for_each(|(number, date)| {
        put("edtf", &format!("{number:02}"), date.as_bytes());
    });
}

fn signed(put: &mut Put<'_>) {
    let key = SignerKey::from_seed("a.example/log", &[1; 32]).expect("the name is sound");
    let witness = WitnessSigner::from_seed("w.example/1", &[5; 32]).expect("the name is sound");
    let leaf = leaf_hash(b"an entry");
    let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 1, root: leaf };
    put("checkpoint", "text", checkpoint.to_string().as_bytes());
    let mut signed = SignedCheckpoint::unsigned(checkpoint).expect("the origin is sound");
    signed.note_mut().sign(&key);
    put("note", "signed", signed.to_string().as_bytes());
    let line = witness.cosign(&signed, 1_700_000_000);
    signed.note_mut().put(line);
    let text = signed.to_string();
    put("note", "cosigned", text.as_bytes());
    put("checkpoint", "cosigned", text.as_bytes());
    let answer = text.lines().last().unwrap_or_default();
    put("cosignature", "answer", format!("{answer}\n").as_bytes());
    put("key", "public", key.verifier().to_string().as_bytes());
    put("key", "private", key.secret_text().as_bytes());
    put("key", "witness", witness.verifier().to_string().as_bytes());
    let extra = Some(b"extra".to_vec());
    let file = ProofFile { extra, index: 0, proof: vec![], checkpoint: signed.clone() };
    put("proof_file", "entry", file.to_string().as_bytes());
    let file = ProofFile { extra: None, proof: vec![leaf, Hash::ZERO], ..file };
    put("proof_file", "entry-of-more", file.to_string().as_bytes());
    for from in [0, 1] {
        let file = ConsistencyFile { from, proof: vec![], checkpoint: signed.clone() };
        put("proof_file", &format!("old-{from}"), file.to_string().as_bytes());
    }
    let (log, witness) = (key.verifier(), witness.verifier());
    let policy = format!(
        "# A policy.\nlog {log}\nwitness W {witness} https://w.example/\ngroup G any W\nquorum G\n"
    );
    put("policy", "group", policy.as_bytes());
    put("policy", "none", format!("log {log}\nquorum none\n").as_bytes());
}

fn texts(put: &mut Put<'_>) {
    let table = |mapping: &[u8], rows: &str| [mapping, b"\n---\n", rows.as_bytes()].concat();
    for (name, bytes) in
        files("docs/mappings").iter().filter(|(_, bytes)| bytes.starts_with(b"name"))
    {
        put("table", name, &table(bytes, "a,b\n1,2\n"));
    }
    let example = |ending| fs::read(root().join("docs/mappings/example").with_extension(ending));
    if let (Ok(mapping), Ok(rows)) = (example("toml"), example("csv")) {
        put("table", "example-rows", &table(&mapping, &String::from_utf8_lossy(&rows)));
    }
    let wars = br#"name = "wars"
columns = ["war", "began", "who"]
key = ["war"]
[[rule]]
when = { war = "" }
skip = "no war"
[[rule]]
go-on = true
event = { kind = "context", title = "{war}", date = { column = "began", convert = "edtf-profile" } }
[[rule]]
when-not = { who = "" }
key = "{war}/act"
[rule.event]
kind = "act"
parties = ["AAA", { column = "who", map = { B = "BBB" }, unmapped = "keep", register = ["id", "name"] }]
act = "establish"
by = "both"
dates.effective = "{began}"
"#;
    put(
        "table",
        "wars",
        &table(wars, "war,began,who\nA,1950,B\n,1951,\nC,1952-02-30,CCC\nD,1953,x\n"),
    );
    for (name, bytes) in files("log/batches").into_iter().take(4) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let some: Vec<&str> = text.lines().skip(1).take(3).collect();
        put("json_lines", &name, some.join("\n").as_bytes());
    }
}

fn of_the_ledger(put: &mut Put<'_>) {
    let storage = ledgers::sound();
    for (number, (_, bytes)) in storage.files().into_iter().enumerate() {
        put("segment", &format!("plain-{number}"), &[&[0], &bytes[..]].concat());
    }
    let payloads = ledgers::payloads(&storage);
    let entries = logs::joined(&payloads);
    put("segment", "entries", &[&[3], &entries[..]].concat());
    put("published", "entries", &[&[0], &entries[..]].concat());
    let frames = payloads.iter().map(|payload| {
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes();
        [&[3, length[0], length[1]], &payload[..]].concat()
    });
    let frames: Vec<u8> = frames.flatten().collect();
    put("segment", "frames", &[&[2], &frames[..]].concat());
    let (one, other) = payloads.split_at(payloads.len() / 2);
    let link = leaf_hash(one.last().map_or(&[][..], |last| last)).0;
    let batch = |payloads: &[Vec<u8>]| -> Vec<(u8, Vec<u8>)> {
        payloads.iter().map(|payload| (3, payload.clone())).collect()
    };
    let one_segment = ledgers::segment(0, [0; 32], &batch(one));
    let second = ledgers::segment(one.len() as u64, link, &batch(other));
    let length = u16::try_from(one_segment.len()).unwrap_or(u16::MAX).to_le_bytes();
    let number = u16::try_from(one.len()).unwrap_or(u16::MAX).to_le_bytes();
    let both = [&[1], &length[..], &number, &one_segment, &second].concat();
    put("segment", "two", &both);
    let body = snapshots::sound_body();
    put("snapshot", "file", &[&[0], &snapshots::sealed(&body)[..]].concat());
    put("snapshot", "body", &[&[1], &body[..]].concat());
    let hashes: Vec<u8> = payloads.iter().flat_map(|payload| leaf_hash(payload).0).collect();
    let numbers = |one: u64, other: u64| [one.to_le_bytes(), other.to_le_bytes()].concat();
    put("proof", "made", &[numbers(3, 9), hashes.clone()].concat());
    let width = payloads.len() as u64;
    put("tile", "hashes", &[&numbers(0, width)[..], &[0], &hashes].concat());
    let bundle = chancery::tlog::tile::write_bundle(&payloads).unwrap_or_default();
    put("tile", "bundle", &[&numbers(0, width)[..], &[0], &bundle].concat());
    for seed in 0_u8..4 {
        let events = (0..120_u8).map(|at| at.wrapping_mul(37 + seed * 2).rotate_left(seed.into()));
        let bytes = std::iter::once(seed * 5).chain(events);
        put("completions", &format!("mixed-{seed}"), &bytes.collect::<Vec<_>>());
    }
}
