//! Looks for later commits in a segment whose header is damaged, so that damage to one block never
//! passes for a segment that was never finished. Must not repair anything.
#![deny(clippy::indexing_slicing)]

use std::collections::BTreeMap;

use crate::store::frame::{FRAME_HEADER_BYTES, HEADER_BYTES, Shape, header_crcs};
use crate::store::scan::{Later, SEARCH_BYTES_MAX};

/// The reflected Castagnoli polynomial of CRC-32C.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// Searches a segment without a sound header for sound frames.
///
/// A frame's CRC is seeded with the header's, so each possible frame tells which seed it would need
/// (a CRC can be run backwards). It is sound if that is the CRC the header states or has, if
/// another possible frame needs the same one, or if it ends exactly where the file does. The first
/// frame of the segment is no evidence: it was written together with the header.
pub(crate) fn later_frames(segment_bytes: &[u8]) -> Later {
    let mut trusted: BTreeMap<u32, Seen> = BTreeMap::new();
    if let Some((stated, computed)) = header_crcs(segment_bytes) {
        for seed in [stated, computed] {
            trusted.insert(seed, Seen { frames: 1, commit: false });
        }
    }
    let mut found = Later::Nothing;
    let mut left_bytes = SEARCH_BYTES_MAX;
    let body = segment_bytes.get(HEADER_BYTES..).unwrap_or_default();
    for (at, _) in body.windows(FRAME_HEADER_BYTES).enumerate() {
        let rest = body.get(at..).unwrap_or_default();
        let Some(shape) = Shape::decode(rest) else { continue };
        let Some(left) = left_bytes.checked_sub(shape.frame_bytes()) else { return Later::Commit };
        left_bytes = left;
        let is_later_commit = 0 < at && shape.flags.is_first_of_commit();
        let seen = trusted.entry(needed_seed(&shape)).or_default();
        seen.frames += 1;
        seen.commit |= is_later_commit;
        let ends_the_file = shape.frame_bytes() == rest.len();
        if seen.commit && (2 <= seen.frames || ends_the_file && is_later_commit) {
            return Later::Commit;
        }
        if 2 <= seen.frames || ends_the_file {
            found = Later::Frame;
        }
    }
    found
}

/// What needed one seed so far.
#[derive(Default)]
struct Seen {
    frames: u32,
    commit: bool,
}

/// Runs a frame's CRC backwards to the seed it must have started from.
fn needed_seed(shape: &Shape<'_>) -> u32 {
    let covered = shape.covered();
    let backwards = covered.iter().rev().flat_map(|piece| piece.iter().rev());
    !backwards.fold(!shape.crc, |register, byte| step_back(register, *byte))
}

/// Undoes one step of the CRC: no two entries of its table share their highest byte.
fn step_back(register: u32, byte: u8) -> u32 {
    let [.., highest] = register.to_le_bytes();
    let (index, entry) = UNSTEP.get(usize::from(highest)).copied().unwrap_or_default();
    (register ^ entry) << 8 | u32::from(index ^ byte)
}

/// By its highest byte, the index and value of each entry of the CRC's table.
static UNSTEP: [(u8, u32); 256] = unstep_table();

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated when compiling; the indexes are bytes"
)]
const fn unstep_table() -> [(u8, u32); 256] {
    let mut table = [(0, 0); 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut entry = index;
        let mut bit = 0;
        while bit < 8 {
            entry = if entry & 1 == 1 { entry >> 1 ^ POLYNOMIAL } else { entry >> 1 };
            bit += 1;
        }
        table[(entry >> 24) as usize] = (index as u8, entry);
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::frame::{Flags, write_frame};

    proptest! {
        #[test]
        fn every_frame_tells_the_seed_it_was_written_with(
            seed: u32,
            payload in prop::collection::vec(any::<u8>(), 1..2000),
        ) {
            let mut frame = Vec::new();
            write_frame(&mut frame, seed, Flags::new(true, true), &payload);
            prop_assert_eq!(needed_seed(&Shape::decode(&frame).unwrap()), seed);
        }
    }
}
