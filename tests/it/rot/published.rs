//! What is published: each file cut at each length, entries moved about in their bundle, cosignatures
//! and the tiles above the leaves damaged. A copy is refused and nothing of it is to be seen, or right.

use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME, LastSigned};
use chancery::publish::clone::{SIZE_MAX_DEFAULT, clone};
use chancery::publish::error::{PublishError, PublishKind};
use chancery::publish::folder::publish;
use chancery::publish::source::SourceFolder;
use chancery::tlog::note::VerifierKey;
use chancery::tlog::tile::{Tile, read_bundle, write_bundle};
use rayon::prelude::*;

use super::{SIGNED, Tally, UNKNOWN_LINE, objection, pinned, sample, told};
use crate::checkpoints::key;
use crate::desk::{Desk, context, draft, stop};

fn published(ledger: &Ledger) -> Memory {
    let target = Memory::default();
    publish(ledger, &target, &mut |_| {}).unwrap();
    target
}

pub(super) fn sample_published() -> Memory {
    published(&Ledger::open(Arc::new(sample().storage.clone())).unwrap())
}

/// Copies what is published; the copy, unless it was refused and nothing of it can be seen.
fn copied(target: &Memory, key: Option<&VerifierKey>) -> Result<Memory, PublishError> {
    let source = SourceFolder { storage: Arc::new(target.clone()), address: "/srv".to_owned() };
    let staging = Memory::default();
    let size_max = Size(SIZE_MAX_DEFAULT);
    match clone(&source, Arc::new(staging.clone()), key, size_max, &mut |_, _| {}) {
        Ok(_) => Ok(staging),
        Err(error) => {
            assert_eq!(error.kind(), PublishKind::Unverified, "{error}");
            assert_eq!(staging.bytes(CHECKPOINT_NAME), None);
            Err(error)
        }
    }
}

/// Whether a copy of a changed folder is refused; else it must be of the very same entries.
pub(super) fn refused(target: &Memory, name: &str) -> bool {
    let own = key();
    // Who has the key does not read the published one: that is for who trusts it for the first time.
    let key = (name != KEY_NAME).then(|| own.verifier());
    match copied(target, key) {
        Err(_) => true,
        Ok(copy) => {
            let copy = Ledger::open(Arc::new(copy)).unwrap();
            assert_eq!(copy.root(), sample().size_to_ledger[&SIGNED].root());
            false
        }
    }
}

/// Where the lines of a checkpoint begin that the log's key has not signed.
pub(super) fn lines_of_others(checkpoint: &[u8]) -> [usize; 2] {
    let unknown = checkpoint.len() - UNKNOWN_LINE.len();
    let text = std::str::from_utf8(&checkpoint[..unknown]).unwrap();
    [text.rfind('\u{2014}').unwrap(), unknown]
}

#[test]
fn a_witness_line_that_was_damaged_on_the_way_is_missed_by_whoever_wants_the_witness() {
    let target = sample_published();
    let bytes = target.bytes(CHECKPOINT_NAME).unwrap();
    let [cosigned, unknown] = lines_of_others(&bytes);
    let judged: Vec<bool> = (cosigned * 8..unknown * 8)
        .into_par_iter()
        .map(|bit| {
            let (damaged, mut flipped) = (target.copy(), bytes.clone());
            flipped[bit / 8] ^= 1 << (bit % 8);
            damaged.set_bytes(CHECKPOINT_NAME, flipped);
            match copied(&damaged, Some(key().verifier())) {
                Err(_) => true,
                Ok(copy) => objection(&copy, &pinned()).0,
            }
        })
        .collect();
    let all: Tally = judged.into_iter().collect();
    told("published bits of a cosignature, where a policy wants it", all);
    assert_eq!(all.exempt(), 0);
}

#[test]
fn each_cut_of_a_published_file_is_refused_but_of_lines_of_others() {
    let target = sample_published();
    for (name, bytes) in target.files().into_iter().filter(|(name, _)| name != ".lock") {
        let judged: Vec<(usize, bool)> = (0..bytes.len())
            .into_par_iter()
            .map(|length| {
                let damaged = target.copy();
                damaged.set_bytes(&name, &bytes[..length]);
                (length, refused(&damaged, &name))
            })
            .collect();
        told(&format!("published cuts of {name}"), judged.iter().map(|(_, seen)| *seen).collect());
        let unseen: Vec<usize> =
            judged.iter().filter(|(_, seen)| !seen).map(|(length, _)| *length).collect();
        let is_checkpoint = name == CHECKPOINT_NAME;
        let expected = if is_checkpoint { lines_of_others(&bytes).to_vec() } else { Vec::new() };
        assert_eq!(unseen, expected, "{name}");
    }
}

#[test]
fn entries_moved_about_in_their_bundle_are_refused_and_the_first_is_named() {
    let target = sample_published();
    let tile = Tile::in_tree(0, 0, SIGNED as u64).unwrap();
    let name = tile.entries_path();
    let entries = read_bundle(&tile, &target.bytes(&name).unwrap()).unwrap();
    let mut all = Tally::default();
    let mut judge = |moved: Vec<Vec<u8>>, first: usize| {
        let damaged = target.copy();
        damaged.set_bytes(&name, write_bundle(&moved).unwrap());
        let refused = copied(&damaged, Some(key().verifier()));
        if let Err(PublishError::OtherEntry { entry }) = &refused {
            assert_eq!(entry.0, first as u64);
        } else if moved.len() == SIGNED {
            panic!("{refused:?}");
        }
        all.count(refused.is_err());
    };
    for at in 0..entries.len() {
        let mut dropped = entries.clone();
        dropped.remove(at);
        judge(dropped, at);
        let mut doubled = entries.clone();
        doubled.insert(at, entries[at].clone());
        judge(doubled, at + 1);
        for other in at + 1..entries.len() {
            let mut swapped = entries.clone();
            swapped.swap(at, other);
            judge(swapped, at);
        }
        for length in 1..entries[at].len() {
            let mut cut = entries.clone();
            cut[at].truncate(length);
            judge(cut, at);
        }
    }
    told("entries moved about and cut in their bundle", all);
    assert_eq!(all.exempt(), 0);
}

#[test]
fn the_tiles_above_the_leaves_are_computed_anew_by_copies_and_never_believed() {
    let desk = Desk::new();
    let more = (6..257).map(|number| draft(context(&format!("An event {number}")))).collect();
    desk.ledger.append(more, &stop()).unwrap();
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    desk.ledger.sign_checkpoint(&key(), &last).unwrap();
    let target = published(&desk.ledger);
    let name = "tile/1/000.p/1";
    let bytes = target.bytes(name).unwrap();
    for at in 0..bytes.len() {
        let (damaged, mut flipped) = (target.copy(), bytes.clone());
        flipped[at] ^= 1 << (at % 8);
        damaged.set_bytes(name, flipped);
        let copy = copied(&damaged, Some(key().verifier())).unwrap();
        let copy = Ledger::open(Arc::new(copy)).unwrap();
        assert_eq!(copy.root(), desk.ledger.root());
        // The remedy: what is published of the copy, or of the ledger, is right.
        assert_eq!(published(&copy).bytes(name).as_ref(), Some(&bytes));
    }
}
