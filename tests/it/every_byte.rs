//! Every bit of every file of a small ledger changed, every entry dropped, doubled, swapped and cut:
//! `verify` objects and names the first bad entry, and opening is right or refuses. What it cannot see
//! is listed, counted, and seen by the remedy.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME, LastSigned};
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::store::writer::Writer;
use chancery::tlog::checkpoint::SignedCheckpoint;
use chancery::tlog::cosignature::WitnessSigner;
use chancery::tlog::hash::leaf_hash;
use chancery::tlog::note::{SignerKey, VerifierKey};
use chancery::tlog::policy::Policy;

use crate::desk::{Desk, act, context, draft, stop};

const SEGMENT_HEADER_BYTES: usize = 56;
const FRAME_HEADER_BYTES: usize = 10;

/// A ledger whose checkpoint is witnessed and commits to all of its entries but the last three,
/// which lie in two commits.
struct Sealed {
    memory: Memory,
    payloads: Vec<Vec<u8>>,
    key: VerifierKey,
    policy: Policy,
    /// A checkpoint of all entries that somebody keeps.
    kept: SignedCheckpoint,
    published: Memory,
}

/// How often something was tried, and what of it went unseen.
#[derive(Default)]
struct Tally {
    tried: usize,
    unseen: Vec<String>,
}

impl Tally {
    fn count(&mut self, is_seen: bool, what: impl FnOnce() -> String) {
        self.tried += 1;
        if !is_seen {
            self.unseen.push(what());
        }
    }

    #[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
    #[track_caller]
    fn end(&self, what: &str, least: usize) {
        println!("{what}: {} of {} seen", self.tried - self.unseen.len(), self.tried);
        assert!(least <= self.tried, "{what}: only {} tried", self.tried);
        assert!(self.unseen.is_empty(), "{what}: unseen: {:?}", self.unseen);
    }
}

fn storage(memory: &Memory) -> Arc<dyn Storage> {
    Arc::new(memory.clone())
}

fn sealed() -> Sealed {
    let desk = Desk::new();
    desk.ledger.append(vec![draft(act("KOR establish CUB 2024-02-14"))], &stop()).unwrap();
    let pair = vec![draft(context("A war")), draft(context("A summit"))];
    desk.ledger.append(pair, &stop()).unwrap();
    let signer = SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap();
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    let mut signed = desk.ledger.sign_checkpoint(&signer, &last).unwrap().checkpoint;
    let published = Memory::default();
    publish(&desk.ledger, &published, &mut |_| {}).unwrap();
    let witness = WitnessSigner::from_seed("w.example/one", &[9; 32]).unwrap();
    let line = witness.cosign(&signed, 1_764_000_000);
    signed.note_mut().put(line);
    let policy =
        format!("log {}\nwitness one {}\nquorum one\n", signer.verifier(), witness.verifier());
    let later = ["A fair", "A flood", "A treaty"].map(|title| draft(context(title)));
    desk.ledger.append(later.to_vec(), &stop()).unwrap();
    let kept = desk.ledger.sign_checkpoint(&signer, &last).unwrap().checkpoint;
    let all = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let payloads: Vec<Vec<u8>> = all.map(Result::unwrap).collect();
    let memory = written(&payloads);
    memory.set_bytes(CHECKPOINT_NAME, signed.to_string());
    memory.set_bytes(KEY_NAME, desk.storage.bytes(KEY_NAME).unwrap());
    Sealed {
        memory,
        payloads,
        key: signer.verifier().clone(),
        policy: Policy::parse(policy.as_bytes()).unwrap(),
        kept,
        published,
    }
}

/// Writes entries as anybody could: in three segments, batches of two and one by turns.
fn written(payloads: &[Vec<u8>]) -> Memory {
    let memory = Memory::default();
    let mut left = payloads;
    let mut writer: Option<Writer> = None;
    let mut batch_length = 2;
    while !left.is_empty() {
        let (batch, rest) = left.split_at(batch_length.min(left.len()));
        let before = payloads.len() - left.len();
        let link = before.checked_sub(1).map_or([0; 32], |at| leaf_hash(&payloads[at]).0);
        match &mut writer {
            Some(writer) => drop(writer.commit(&[batch.to_vec()], link).unwrap()),
            None => {
                let begun = Writer::create(storage(&memory), &[batch.to_vec()]).unwrap();
                writer = Some(begun.with_segment_bytes_max(500));
            }
        }
        (left, batch_length) = (rest, 3 - batch_length);
    }
    memory
}

impl Sealed {
    fn pinned(&self) -> VerifyOptions {
        VerifyOptions { key: Some(self.key.clone()), ..VerifyOptions::default() }
    }

    fn witnessed(&self) -> VerifyOptions {
        VerifyOptions { policy: Some(self.policy.clone()), ..self.pinned() }
    }

    fn extending(&self) -> VerifyOptions {
        VerifyOptions { extends: Some(self.kept.clone()), ..self.pinned() }
    }

    fn segments(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.memory.files();
        files.into_iter().filter(|(name, _)| name.ends_with(".seg")).collect()
    }

    /// The same beside other segments.
    fn beside(&self, segments: &Memory) -> Memory {
        for name in [CHECKPOINT_NAME, KEY_NAME] {
            segments.set_bytes(name, self.memory.bytes(name).unwrap());
        }
        segments.clone()
    }

    /// Whether verification objects, and names the entry if one is expected.
    fn is_seen(&self, memory: &Memory, options: &VerifyOptions, bad: Option<u64>) -> bool {
        match verify(storage(memory), options) {
            Err(_) => true,
            Ok(verification) if verification.ok => false,
            Ok(verification) => {
                bad.is_none_or(|bad| verification.first_bad_entry == Some(Sequence(bad)))
            }
        }
    }

    /// Whether opening refuses, or gives a beginning of the entries that has all that was signed.
    fn is_opened_right(&self, memory: &Memory) -> bool {
        let is_right = |ledger: Ledger| {
            let read = ledger.payloads(Sequence(0)..Sequence(u64::MAX));
            let read: Vec<Vec<u8>> = read.map(Result::unwrap).collect();
            self.payloads.starts_with(&read) && 9 <= read.len()
        };
        Ledger::open(storage(&memory.copy())).map_or(true, is_right)
            && Ledger::open_for_writing(storage(&memory.copy())).map_or(true, is_right)
    }
}

fn with(memory: &Memory, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Memory {
    let changed = memory.copy();
    let mut bytes = memory.bytes(name).unwrap();
    change(&mut bytes);
    changed.set_bytes(name, bytes);
    changed
}

/// Where the frames of a segment lie, and the entry of each of its bytes; those of the header belong
/// to the first.
fn frames(name: &str, segment: &[u8]) -> (Vec<std::ops::Range<usize>>, Vec<u64>) {
    let mut entry: u64 = name[..20].parse().unwrap();
    let (mut frames, mut entries) = (Vec::new(), vec![entry; SEGMENT_HEADER_BYTES]);
    while entries.len() < segment.len() {
        let from = entries.len();
        let length = u32::from_le_bytes(segment[from..][..4].try_into().unwrap());
        entries.resize(from + FRAME_HEADER_BYTES + length as usize, entry);
        frames.push(from..entries.len());
        entry += 1;
    }
    (frames, entries)
}

#[test]
fn every_flipped_bit_of_a_segment_is_seen_and_its_entry_named() {
    let sealed = sealed();
    let (mut pinned, mut alone, mut opened) =
        (Tally::default(), Tally::default(), Tally::default());
    let segments = sealed.segments();
    assert_eq!(segments.len(), 3);
    for (name, bytes) in &segments {
        let (_, entries) = frames(name, bytes);
        for bit in 0..bytes.len() * 8 {
            let damaged = with(&sealed.memory, name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let entry = entries[bit / 8];
            let told = || format!("bit {bit} of {name}, entry {entry}");
            pinned.count(sealed.is_seen(&damaged, &sealed.pinned(), Some(entry)), told);
            opened.count(sealed.is_opened_right(&damaged), told);
            damaged.remove(CHECKPOINT_NAME).unwrap();
            let options = VerifyOptions::default();
            alone.count(sealed.is_seen(&damaged, &options, Some(entry)), told);
        }
    }
    pinned.end("bits of segments, by a pinned key", 9_000);
    alone.end("bits of segments, with no checkpoint", 9_000);
    opened.end("bits of segments, opened right or refused", 9_000);
}

#[test]
fn every_flipped_bit_of_the_checkpoint_and_the_key_is_seen_but_those_of_unknown_signatures() {
    let sealed = sealed();
    let (mut pinned, mut witnessed, mut opened) =
        (Tally::default(), Tally::default(), Tally::default());
    let mut exempt = Tally::default();
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        let bytes = sealed.memory.bytes(name).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        // The line of the witness, whom only a policy knows.
        let unknown = text.find("\u{2014} w.example/one").unwrap_or(bytes.len());
        for bit in 0..bytes.len() * 8 {
            let damaged = with(&sealed.memory, name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let told = || format!("bit {bit} of {name}");
            let is_seen = sealed.is_seen(&damaged, &sealed.pinned(), None);
            match bit / 8 < unknown {
                true => pinned.count(is_seen, told),
                false => exempt.count(is_seen, told),
            }
            witnessed.count(sealed.is_seen(&damaged, &sealed.witnessed(), None), told);
            opened.count(sealed.is_opened_right(&damaged), told);
        }
    }
    assert_eq!((exempt.unseen.len(), exempt.tried), (617, 984), "bits of an unknown signature");
    pinned.end("bits of checkpoint and key, by a pinned key, unknown signatures aside", 1_500);
    witnessed.end("bits of checkpoint and key, by a policy", 2_000);
    opened.end("bits of checkpoint and key, opened right or refused", 2_000);
}

#[test]
fn every_cut_of_a_segment_is_seen_but_for_whole_commits_at_the_end_which_a_kept_checkpoint_sees() {
    let sealed = sealed();
    let (mut pinned, mut extending) = (Tally::default(), Tally::default());
    let (mut opened, mut exempt) = (Tally::default(), Vec::new());
    let segments = sealed.segments();
    for (position, (name, bytes)) in segments.iter().enumerate() {
        let (_, entries) = frames(name, bytes);
        for length in 0..bytes.len() {
            let damaged = with(&sealed.memory, name, |bytes| bytes.truncate(length));
            let told = || format!("{name} cut to {length} bytes");
            let is_last = position + 1 == segments.len();
            let begins = SEGMENT_HEADER_BYTES < length && entries[length] != entries[length - 1];
            let is_exempt = is_last && begins && [9, 11].contains(&entries[length]);
            if is_exempt {
                exempt.push(entries[length]);
                assert!(!sealed.is_seen(&damaged, &sealed.pinned(), None), "{}", told());
            } else {
                let entry = Some(entries[length]);
                pinned.count(sealed.is_seen(&damaged, &sealed.pinned(), entry), told);
            }
            extending.count(sealed.is_seen(&damaged, &sealed.extending(), None), told);
            opened.count(sealed.is_opened_right(&damaged), told);
        }
    }
    assert_eq!(exempt, [11], "whole commits missing behind the checkpoint");
    pinned
        .end("cuts of segments, by a pinned key, whole commits behind the checkpoint aside", 1_000);
    extending.end("cuts of segments, by a kept checkpoint", 1_000);
    opened.end("cuts of segments, opened right or refused", 1_000);
}

#[test]
fn entries_dropped_doubled_and_swapped_are_seen_whether_frames_are_moved_or_forged() {
    let sealed = sealed();
    let (mut moved, mut forged) = (Tally::default(), Tally::default());
    let count = sealed.payloads.len();
    for (one, other) in (0..count).flat_map(|one| (0..count).map(move |other| (one, other))) {
        let mut swapped = sealed.payloads.clone();
        swapped.swap(one, other);
        if one < other {
            let bad = Some(one as u64);
            let memory = sealed.beside(&written(&swapped));
            let told = || format!("{one} and {other} swapped");
            forged.count(sealed.is_seen(&memory, &sealed.extending(), bad), told);
        }
    }
    for at in 0..count {
        let mut dropped = sealed.payloads.clone();
        dropped.remove(at);
        let memory = sealed.beside(&written(&dropped));
        let bad = (at + 1 < count).then_some(at as u64);
        forged.count(sealed.is_seen(&memory, &sealed.extending(), bad), || format!("{at} dropped"));
        let mut doubled = sealed.payloads.clone();
        doubled.insert(at, doubled[at].clone());
        let memory = sealed.beside(&written(&doubled));
        let bad = Some(at as u64 + 1);
        forged.count(sealed.is_seen(&memory, &sealed.pinned(), bad), || format!("{at} doubled"));
        for length in 1..sealed.payloads[at].len() {
            let mut cut = sealed.payloads.clone();
            cut[at].truncate(length);
            let memory = sealed.beside(&written(&cut));
            let told = || format!("{at} cut to {length}");
            forged.count(sealed.is_seen(&memory, &sealed.pinned(), Some(at as u64)), told);
        }
    }
    for (name, bytes) in &sealed.segments() {
        let (frames, entries) = frames(name, bytes);
        for (position, frame) in frames.iter().enumerate() {
            let entry = entries[frame.start];
            let bad = Some(entry);
            let dropped = with(&sealed.memory, name, |bytes| drop(bytes.drain(frame.clone())));
            let told = || format!("frame {entry} dropped");
            moved.count(sealed.is_seen(&dropped, &sealed.extending(), bad), told);
            let doubled = with(&sealed.memory, name, |bytes| {
                let copy = bytes[frame.clone()].to_vec();
                drop(bytes.splice(frame.end..frame.end, copy));
            });
            let told = || format!("frame {entry} doubled");
            moved.count(sealed.is_seen(&doubled, &sealed.pinned(), Some(entry + 1)), told);
            let Some(next) = frames.get(position + 1) else { continue };
            let swapped = with(&sealed.memory, name, |bytes| {
                let pair = [&bytes[next.clone()], &bytes[frame.clone()]].concat();
                drop(bytes.splice(frame.start..next.end, pair));
            });
            let told = || format!("frames {entry} and the next swapped");
            // What begins a commit within a batch is named, being the first that cannot stand.
            let opens_a_batch = bytes[next.start + 8] & 1 == 0;
            let bad = Some(entry + u64::from(opens_a_batch));
            moved.count(sealed.is_seen(&swapped, &sealed.pinned(), bad), told);
        }
    }
    moved.end("frames dropped, doubled and swapped", 28);
    forged.end("entries dropped, doubled, swapped and cut, in frames written anew", 1_000);
}

#[test]
fn rot_that_looks_like_a_torn_write_is_seen_until_somebody_records_and_then_by_a_kept_checkpoint() {
    let sealed = sealed();
    let (name, bytes) = sealed.segments().pop_last().unwrap();
    let cut = with(&sealed.memory, &name, |rotten| rotten.truncate(bytes.len() - 3));
    assert!(sealed.is_seen(&cut, &VerifyOptions::default(), None));
    let ledger = Ledger::open_for_writing(storage(&cut)).unwrap();
    assert!(ledger.moved_tail().is_some());
    drop(ledger);
    assert!(!sealed.is_seen(&cut, &sealed.witnessed(), None));
    assert!(sealed.is_seen(&cut, &sealed.extending(), None));
}

#[test]
fn nothing_that_is_published_can_be_changed_in_a_bit_or_cut_and_still_be_copied() {
    let sealed = sealed();
    let (mut flips, mut cuts) = (Tally::default(), Tally::default());
    let is_refused = |published: &Memory| {
        let source = SourceFolder { storage: storage(published), address: "/srv".to_owned() };
        let staging = storage(&Memory::default());
        clone(&source, staging, Some(&sealed.key), Size(100), &mut |_, _| {}).is_err()
    };
    assert!(!is_refused(&sealed.published));
    for (name, bytes) in sealed.published.files() {
        // Who pins the key does not read it there.
        if name == KEY_NAME {
            continue;
        }
        for bit in 0..bytes.len() * 8 {
            let changed = with(&sealed.published, &name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            flips.count(is_refused(&changed), || format!("bit {bit} of {name}"));
        }
        for length in 0..bytes.len() {
            let cut = with(&sealed.published, &name, |bytes| bytes.truncate(length));
            cuts.count(is_refused(&cut), || format!("{name} cut to {length} bytes"));
        }
    }
    flips.end("bits of what is published", 9_000);
    cuts.end("cuts of what is published", 1_000);
}

#[test]
fn no_bit_of_a_snapshot_changes_an_answer() {
    let desk = Desk::new();
    let many = (0..4_100).map(|number| draft(context(&format!("Event {number}")))).collect();
    desk.ledger.append(many, &stop()).unwrap();
    let ledger = desk.reopened();
    let cache = Memory::default();
    assert!(ledger.keep_snapshot(&cache).unwrap().is_some());
    let (name, bytes) = cache.files().pop_first().unwrap();
    let mut tally = Tally::default();
    let (mut used, root) = (0, ledger.root());
    for bit in (0..bytes.len() * 8).step_by(1 + bytes.len() / 125) {
        let changed = with(&cache, &name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let opened = Ledger::open_cached(storage(&desk.storage), &changed).unwrap();
        used += usize::from(opened.resumed_at() != Size(0));
        let is_same = opened.root() == root && opened.size() == ledger.size();
        tally.count(is_same, || format!("bit {bit} of {name}"));
    }
    assert_eq!(used, 0, "a damaged snapshot was used");
    tally.end("bits of a snapshot, answered right", 900);
}
