//! Each entry dropped, doubled, swapped and cut: by moving its frame about as it is, and by a forger
//! who gives every frame its right CRC and every segment its right place.

use chancery::disk::memory::Memory;
use rayon::prelude::*;

use super::layout::{self, FRAME_HEADER_BYTES, HEADER_BYTES};
use super::{SIZE, Tally, having_kept, objection, opened, pinned, sample, told, vouchers, written};

/// What can be done to some things in a row.
fn moved<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    let mut moved = Vec::new();
    for at in 0..things.len() {
        let mut dropped = things.to_vec();
        dropped.remove(at);
        let mut doubled = things.to_vec();
        doubled.insert(at, things[at].clone());
        moved.extend([dropped, doubled]);
        for other in at + 1..things.len() {
            let mut swapped = things.to_vec();
            swapped.swap(at, other);
            moved.push(swapped);
        }
    }
    moved
}

/// Holds the judgement of a ledger to the second reader's; tells whether there is an objection.
fn judged(damaged: &Memory) -> bool {
    let expected = layout::first_bad(&damaged.files());
    let (objects, named) = objection(damaged, &pinned());
    assert_eq!(named, expected);
    assert_eq!(objects, expected.is_some());
    objects
}

#[test]
fn each_frame_that_is_dropped_doubled_swapped_or_cut_is_seen_and_named() {
    let sample = sample();
    let mut damaged = Vec::new();
    for (name, bytes) in sample.files().into_iter().filter(|(name, _)| name.ends_with(".seg")) {
        let frames: Vec<Vec<u8>> =
            layout::frames(&bytes).into_iter().map(|frame| frame.bytes).collect();
        let rebuilt = |frames: &[Vec<u8>]| [&bytes[..HEADER_BYTES], &frames.concat()].concat();
        damaged.extend(moved(&frames).iter().map(|moved| sample.changed(&name, rebuilt(moved))));
        for (position, frame) in frames.iter().enumerate() {
            for length in FRAME_HEADER_BYTES..frame.len() {
                let mut cut = frames.clone();
                cut[position].truncate(length);
                damaged.push(sample.changed(&name, rebuilt(&cut)));
                let stated = u32::try_from(length - FRAME_HEADER_BYTES).unwrap();
                cut[position][..4].copy_from_slice(&stated.to_le_bytes());
                damaged.push(sample.changed(&name, rebuilt(&cut)));
            }
        }
    }
    let all: Vec<bool> = damaged
        .into_par_iter()
        .map(|damaged| {
            opened(&damaged);
            judged(&damaged)
        })
        .collect();
    let all: Tally = all.into_iter().collect();
    told("frames moved about and cut", all);
    assert_eq!(all.exempt(), 0);
}

/// Writes payloads as a forger would, in batches like those of the sample. Where there is one more
/// or one less, the batch of that entry is one longer or shorter.
fn forged(payloads: &[Vec<u8>], at: usize) -> Memory {
    let mut left = payloads.iter().cloned();
    let mut place = 0;
    let mut commits = sample().commits.clone();
    for batch in commits.iter_mut().flatten() {
        let holds = (place..place + batch.len()).contains(&at);
        place += batch.len();
        let length = if holds { batch.len() + payloads.len() - SIZE } else { batch.len() };
        *batch = left.by_ref().take(length).collect();
    }
    for commit in &mut commits {
        commit.retain(|batch| !batch.is_empty());
    }
    commits.retain(|commit| !commit.is_empty());
    let storage = written(&commits);
    for (name, bytes) in vouchers(&sample().payloads) {
        storage.set_bytes(&name, bytes);
    }
    storage
}

#[test]
fn each_entry_that_a_forger_drops_doubles_swaps_or_cuts_is_seen_and_named_but_the_last_unsigned() {
    let payloads = &sample().payloads;
    let mut forgeries = Vec::new();
    let first_other = |moved: &[Vec<u8>]| {
        payloads.iter().zip(moved).position(|(own, moved)| own != moved).unwrap_or(SIZE - 1)
    };
    forgeries.extend(moved(payloads).into_iter().map(|moved| (first_other(&moved), moved)));
    for (at, payload) in payloads.iter().enumerate() {
        for length in 1..payload.len() {
            let mut cut = payloads.clone();
            cut[at].truncate(length);
            forgeries.push((at, cut));
        }
    }
    let unseen: Vec<Option<Vec<Vec<u8>>>> = forgeries
        .par_iter()
        .map(|(at, forgery)| {
            let storage = forged(forgery, *at);
            // Opening reads the hot fields alone (src/chain/scan.rs): of an entry that nothing follows, and
            // whose frame was forged, only `verify` reads the rest.
            if at + 1 < SIZE {
                opened(&storage);
            }
            (!judged(&storage)).then(|| {
                let remedy = objection(&storage, &having_kept(SIZE));
                assert_eq!(remedy, (true, Some(forgery.len() as u64)));
                forgery.clone()
            })
        })
        .collect();
    let all = unseen.iter().map(Option::is_none).collect();
    told("entries that a forger drops, doubles, swaps and cuts", all);
    let unseen: Vec<_> = unseen.into_iter().flatten().collect();
    assert_eq!(unseen, [payloads[..SIZE - 1].to_vec()]);
}

#[test]
fn each_bit_that_a_forger_flips_within_an_entry_is_seen_but_in_the_last_unsigned() {
    let payloads = &sample().payloads;
    let mut all = Tally::default();
    for (at, payload) in payloads.iter().enumerate() {
        let is_last = at + 1 == SIZE;
        let judged: Vec<bool> = (0..payload.len() * 8)
            .into_par_iter()
            .map(|bit| {
                let mut forgery = payloads.clone();
                forgery[at][bit / 8] ^= 1 << (bit % 8);
                let storage = forged(&forgery, at);
                let (objects, named) = objection(&storage, &pinned());
                // What is no entry any more is named itself; else the next one does not follow it.
                let own = named == Some(at as u64);
                assert!(
                    own || named == (!is_last).then_some(at as u64 + 1),
                    "{at} {bit}: {named:?}"
                );
                if !objects {
                    assert!(is_last, "entry {at}, bit {bit}");
                    assert!(objection(&storage, &having_kept(SIZE)).0);
                } else if !is_last {
                    assert_eq!(opened(&storage), [None; 2]);
                }
                objects
            })
            .collect();
        let tally: Tally = judged.into_iter().collect();
        if is_last {
            told("bits that a forger flips within the last entry, unsigned", tally);
        } else {
            tally.tried.checked_sub(tally.detected).filter(|unseen| *unseen == 0).unwrap();
            all += tally;
        }
    }
    told("bits that a forger flips within any other entry", all);
}
