//! Each bit of each file flipped: of the segments, of what lies beside them, of what is published, of a
//! snapshot. And rot that looks like a torn write.

use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use chancery::ledger::verify::VerifyOptions;
use rayon::prelude::*;

use super::published::{lines_of_others, refused, sample_published};
use super::{SIZE, Tally, having_kept, layout, objection, opened, pinned, sample, told};

/// Judges a file with each of its bits flipped; gives the bits that went unseen.
fn flipped(
    storage: &Memory,
    name: &str,
    is_seen: impl Fn(&Memory, usize) -> bool + Sync,
) -> (Tally, Vec<usize>) {
    let bytes = storage.bytes(name).unwrap();
    let judged: Vec<bool> = (0..bytes.len() * 8)
        .into_par_iter()
        .map(|bit| {
            let (damaged, mut flipped) = (storage.copy(), bytes.clone());
            flipped[bit / 8] ^= 1 << (bit % 8);
            damaged.set_bytes(name, flipped);
            is_seen(&damaged, bit)
        })
        .collect();
    let unseen = (0..).zip(&judged).filter(|(_, seen)| !**seen).map(|(bit, _)| bit).collect();
    (judged.into_iter().collect(), unseen)
}

#[test]
fn each_bit_of_a_segment_is_seen_and_its_entry_named_with_a_checkpoint_and_without() {
    let bare = sample().storage.copy();
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        bare.remove(name).unwrap();
    }
    let (mut with, mut without) = (Tally::default(), Tally::default());
    for name in sample().files().into_keys().filter(|name| name.ends_with(".seg")) {
        let segment = sample().storage.bytes(&name).unwrap();
        let entries = layout::entry_of_each_byte(&name, &segment);
        let judge = |damaged: &Memory, bit: usize, options: &VerifyOptions| {
            let bad = Some(entries[bit / 8]);
            assert_eq!(objection(damaged, options), (true, bad), "bit {bit} of {name}");
            assert_eq!(opened(damaged), [None; 2], "bit {bit} of {name}");
            true
        };
        let (tally, _) =
            flipped(&sample().storage, &name, |damaged, bit| judge(damaged, bit, &pinned()));
        with += tally;
        let alone = VerifyOptions::default();
        let (tally, _) = flipped(&bare, &name, |damaged, bit| judge(damaged, bit, &alone));
        without += tally;
    }
    told("bits of segments, by a pinned key", with);
    told("bits of segments, with nothing beside them", without);
    assert!(9_000 < with.tried && with == without && with.exempt() == 0, "{with:?} {without:?}");
}

#[test]
fn each_bit_beside_the_segments_is_seen_but_those_of_signatures_that_nobody_asks_for() {
    let storage = &sample().storage;
    let keyed = VerifyOptions { policy: None, ..pinned() };
    let text = storage.bytes(CHECKPOINT_NAME).unwrap();
    let [cosigned, unknown] = lines_of_others(&text);
    for (options, whose, from) in
        [(keyed, "a pinned key", cosigned), (pinned(), "a policy", unknown)]
    {
        for name in [CHECKPOINT_NAME, KEY_NAME] {
            let (tally, unseen) = flipped(storage, name, |damaged, _| {
                let (objects, _) = objection(damaged, &options);
                if !objects {
                    assert_eq!(opened(damaged), [Some(SIZE); 2]);
                }
                objects
            });
            told(&format!("bits of {name}, by {whose}"), tally);
            let first = unseen.first().map_or(usize::MAX, |bit| bit / 8);
            assert!(from <= first, "{name}: byte {first} by {whose}");
            assert_eq!(unseen.is_empty(), name == KEY_NAME, "the exemption is none");
        }
    }
}

#[test]
fn each_bit_of_what_is_published_is_refused_but_those_of_lines_of_others() {
    let target = sample_published();
    let checkpoint = target.bytes(CHECKPOINT_NAME).unwrap();
    let [others, _] = lines_of_others(&checkpoint);
    for name in target.files().into_keys().filter(|name| name != ".lock") {
        let (tally, unseen) = flipped(&target, &name, |damaged, _| refused(damaged, &name));
        told(&format!("published bits of {name}"), tally);
        let first = unseen.first().map_or(usize::MAX, |bit| bit / 8);
        assert!(name == CHECKPOINT_NAME && others <= first || unseen.is_empty(), "{name}: {first}");
    }
}

#[test]
fn rot_that_looks_like_a_torn_write_is_seen_until_somebody_records_and_then_by_what_was_kept() {
    let (name, bytes) =
        sample().files().into_iter().rfind(|(name, _)| name.ends_with(".seg")).unwrap();
    let cut = sample().changed(&name, &bytes[..bytes.len() - 3]);
    assert!(objection(&cut, &VerifyOptions::default()).0);
    let ledger = Ledger::open_for_writing(Arc::new(cut.clone())).unwrap();
    assert!(ledger.moved_tail().is_some());
    drop(ledger);
    assert_eq!(objection(&cut, &pinned()), (false, None));
    assert!(objection(&cut, &having_kept(SIZE)).0);
}

#[test]
fn no_bit_of_a_snapshot_changes_an_answer() {
    let ledger = Ledger::open(Arc::new(sample().storage.clone())).unwrap();
    let cache = Memory::default();
    assert!(ledger.keep_snapshot_at_once(&cache).unwrap().is_some());
    let name = cache.files().into_keys().next().unwrap();
    let open =
        |cache: &Memory| Ledger::open_cached(Arc::new(sample().storage.clone()), cache).unwrap();
    assert_eq!(open(&cache).resumed_at().0, SIZE as u64, "a sound one is used");
    let (tally, _) = flipped(&cache, &name, |changed, _| {
        let opened = open(changed);
        assert_eq!((opened.root(), &*opened.view()), (ledger.root(), &*ledger.view()));
        opened.resumed_at() == Size(0)
    });
    told("bits of a snapshot", tally);
    assert_eq!(tally.exempt(), 0, "a damaged snapshot was used");
}

#[test]
fn each_bit_of_a_reserve_is_seen() {
    let (name, bytes) =
        sample().files().into_iter().rfind(|(name, _)| name.ends_with(".seg")).unwrap();
    let reserved = sample().changed(&name, [bytes.as_slice(), &[0xff; 200]].concat());
    assert_eq!(objection(&reserved, &pinned()), (false, None), "bytes ff are no part of the log");
    let (tally, _) = flipped(&reserved, &name, |damaged, bit| {
        let (objects, named) = objection(damaged, &pinned());
        if bytes.len() * 8 <= bit {
            assert_eq!(named, Some(SIZE as u64), "bit {bit} is where the next entry begins");
        }
        objects
    });
    told("bits of the last segment and of the reserve behind it", tally);
    assert_eq!(tally.exempt(), 0);
}
