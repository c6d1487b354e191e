//! Reads a log on all cores into entries with their hashes, or into the hashes alone, a segment at a
//! time. Must judge nothing: it says of each entry what its bytes say.

use std::ops::Range;

use rayon::prelude::*;

use crate::chain::codec::decode;
use crate::chain::entry::{Entry, previous_of};
use crate::chain::error::ChainError;
use crate::store::error::StoreError;
use crate::store::segment::{LoadedSegment, Segment};
use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, leaf_hash_prefixed};
use crate::tlog::merkle::{Frontier, Run};

/// How many entries one core takes at a time.
const STRETCH_ENTRIES: u64 = 512;

/// What the bytes of one entry say.
#[derive(Debug)]
pub(super) struct Leaf<T = Result<Entry, ChainError>> {
    /// Where it stands in the log, whatever number it bears.
    pub(super) position: u64,
    pub(super) hash: Hash,
    pub(super) previous: Result<Hash, ChainError>,
    /// What was read of it besides.
    pub(super) entry: T,
}

/// A stretch of a segment that one core has read.
#[derive(Debug)]
struct Stretch<T> {
    leaves: Vec<Leaf<T>>,
    run: Run,
    /// The first frame that could not be read again.
    fault: Option<StoreError>,
}

/// A segment that has been read.
#[derive(Debug)]
pub(super) struct SegmentLeaves<T = Result<Entry, ChainError>> {
    pub(super) leaves: Vec<Leaf<T>>,
    runs: Vec<Run>,
    /// Why there are no more, when the bytes changed while they were read.
    pub(super) fault: Option<StoreError>,
}

impl<T> SegmentLeaves<T> {
    /// Adds the leaves to the tree of those before.
    pub(super) fn grow(&self, tree: &mut Frontier) -> Result<(), TlogError> {
        self.runs.iter().try_for_each(|run| tree.join(run))
    }
}

/// Reads the entries of a segment on all cores.
pub(super) fn read_segment(segment: &Segment<'_>) -> SegmentLeaves {
    read_segment_as(segment, decode)
}

/// Reads the hashes and links of a segment on all cores, and decodes nothing.
pub(super) fn read_segment_bytes(segment: &Segment<'_>) -> SegmentLeaves<()> {
    read_segment_as(segment, |_| ())
}

fn read_segment_as<T: Send>(
    segment: &Segment<'_>,
    read: impl Fn(&[u8]) -> T + Sync,
) -> SegmentLeaves<T> {
    let loaded = match segment.load() {
        Ok(loaded) => loaded,
        Err(fault) => {
            return SegmentLeaves { leaves: Vec::new(), runs: Vec::new(), fault: Some(fault) };
        }
    };
    let stretches: Vec<Stretch<T>> = cut(segment.sequences())
        .into_par_iter()
        .map(|sequences| read_stretch(&loaded, sequences, &read))
        .collect();
    let mut whole = SegmentLeaves { leaves: Vec::new(), runs: Vec::new(), fault: None };
    for stretch in stretches {
        whole.leaves.extend(stretch.leaves);
        whole.runs.push(stretch.run);
        if stretch.fault.is_some() {
            whole.fault = stretch.fault;
            break;
        }
    }
    whole
}

fn cut(sequences: Range<u64>) -> Vec<Range<u64>> {
    let count = (sequences.end - sequences.start).div_ceil(STRETCH_ENTRIES);
    let starts = (0..count).map(|number| sequences.start + number * STRETCH_ENTRIES);
    starts.map(|start| start..sequences.end.min(start + STRETCH_ENTRIES)).collect()
}

fn read_stretch<T>(
    loaded: &LoadedSegment<'_>,
    sequences: Range<u64>,
    read: impl Fn(&[u8]) -> T,
) -> Stretch<T> {
    let run = Run::starting_at(sequences.start);
    let mut stretch = Stretch { leaves: Vec::new(), run, fault: None };
    for frame in loaded.frames(sequences) {
        match frame {
            Ok(frame) => {
                let hash = leaf_hash_prefixed(frame.prefixed())
                    .expect("a frame that was read has its zero byte");
                stretch.run.push(hash);
                stretch.leaves.push(Leaf {
                    position: frame.sequence,
                    hash,
                    previous: previous_of(frame.payload()),
                    entry: read(frame.payload()),
                });
            }
            Err(fault) => {
                stretch.fault = Some(fault);
                break;
            }
        }
    }
    stretch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretches_of_a_segment_follow_each_other_without_a_gap() {
        assert_eq!(cut(7..7), Vec::<Range<u64>>::new());
        assert_eq!(cut(7..8), vec![7..8]);
        let stretches = cut(3..3 + 2 * STRETCH_ENTRIES + 1);
        assert_eq!(stretches.len(), 3);
        assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(stretches[2].end, 3 + 2 * STRETCH_ENTRIES + 1);
    }
}
