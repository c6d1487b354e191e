//! Reads clean segments on all cores, each byte once, and shows their records while they are in the
//! cache. Must stop at the first thing that is not as it should be: judging that is `scan`'s.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;

use rayon::prelude::*;

use crate::disk::storage::Storage;
use crate::store::error::StoreError;
use crate::store::frame::{Flags, HEADER_BYTES, Header, SEGMENT_BYTES_MAX, Shape};
use crate::store::reserve;
use crate::store::segment::{SegmentIndex, first_of_name};

/// How many bytes one core reads at a time: few enough to stay in its cache.
const STRETCH_BYTES: usize = 512 << 10;
/// How many stretches are read while those before them are taken.
const WAVE_STRETCHES: usize = 32;
/// What is read beyond a stretch, for the frame that begins in it and ends behind it.
const BEYOND_BYTES: usize = 4 << 10;
/// The most bytes whose CRC is taken in search of a stretch's first frame; only bytes made to look
/// like frames need more, and they are read in order instead.
const SEARCH_BYTES_MAX: usize = 1 << 20;

/// What was made of some records when they were read.
#[derive(Debug)]
pub struct Seen<T> {
    /// The numbers of the records.
    pub sequences: Range<u64>,
    /// What was made of them.
    pub what: T,
}

/// Who is shown the records of a log while it is judged.
#[derive(Debug)]
pub struct Watch<S, K> {
    /// Is shown some records, each with the zero byte before it, on whichever core has read them.
    pub see: S,
    /// Is given what was made of them, some stretches at a time, in order and without a gap.
    pub take: K,
}

/// The clean segments that open a log.
pub(crate) struct Swept {
    /// Where their records lie.
    pub(crate) segments: Vec<SegmentIndex>,
    /// The number of the first record that was not shown.
    pub(crate) shown: u64,
}

/// A part of a segment that one core reads.
struct Stretch<'a> {
    name: &'a str,
    header: Header,
    length: usize,
    /// Where the frames of the segment end at the latest.
    frames_to: usize,
    bytes: Range<usize>,
}

/// A stretch that was read.
struct Walked<T> {
    /// Where its first frame begins, and where the one after its last would.
    frames_bytes: Range<usize>,
    frames: Vec<(usize, Flags)>,
    what: T,
}

/// Sweeps over the segments of a log up to the first that is not clean.
pub(crate) fn sweep<T, S, K>(
    storage: &dyn Storage,
    names: &[String],
    watch: &mut Watch<S, K>,
) -> Result<Swept, StoreError>
where
    T: Send,
    S: Fn(&[&[u8]]) -> T + Sync,
    K: FnMut(Vec<Seen<T>>) + Send,
{
    let Watch { see, take } = watch;
    let mut stretches = Vec::new();
    for (name, left) in names.iter().zip((0..names.len()).rev()) {
        let Some((header, length)) = opening(storage, name)? else { break };
        let frames_to = reserve::begins_at(storage, name, length, left == 0)?;
        if frames_to <= HEADER_BYTES {
            break;
        }
        let starts = (HEADER_BYTES..frames_to).step_by(STRETCH_BYTES);
        stretches.extend(starts.map(|from| {
            let bytes = from..frames_to.min(from + STRETCH_BYTES);
            Stretch { name, header, length, frames_to, bytes }
        }));
    }
    let mut joined = Joined {
        clean: Vec::new(),
        open: None,
        open_batch: Vec::new(),
        begins_commit: false,
        held: Vec::new(),
    };
    let (mut ready, mut shown) = (Vec::new(), 0);
    for wave in stretches.chunks(WAVE_STRETCHES) {
        let ((), walks) = rayon::join(
            || take(std::mem::take(&mut ready)),
            || {
                let walks = wave.par_iter().map(|stretch| stretch.walk(storage, &*see));
                walks.collect::<Result<Vec<_>, StoreError>>()
            },
        );
        let is_clean = wave
            .iter()
            .zip(walks?)
            .try_for_each(|(stretch, walked)| joined.join(stretch, walked?))
            .is_some();
        ready = joined.whole();
        shown = ready.last().map_or(shown, |seen| seen.sequences.end);
        if !is_clean {
            break;
        }
    }
    take(ready);
    Ok(Swept { segments: joined.clean, shown })
}

/// Reads the header and the length of a segment, if they are as they should be.
fn opening(storage: &dyn Storage, name: &str) -> Result<Option<(Header, usize)>, StoreError> {
    let length = usize::try_from(storage.length(name)?).unwrap_or(usize::MAX);
    let header = Header::decode(&storage.read_at(name, 0, HEADER_BYTES)?).ok();
    let header = header.filter(|header| Some(header.first) == first_of_name(name));
    let fits = (HEADER_BYTES + 1..=SEGMENT_BYTES_MAX).contains(&length);
    Ok(header.filter(|_| fits).map(|header| (header, length)))
}

impl Stretch<'_> {
    /// Reads the frames that begin in the stretch; absent unless each is sound.
    fn walk<T>(
        &self,
        storage: &dyn Storage,
        see: &impl Fn(&[&[u8]]) -> T,
    ) -> Result<Option<Walked<T>>, StoreError> {
        let (from, to) = (self.bytes.start, self.bytes.end);
        let end = self.length.min(to + BEYOND_BYTES);
        let mut bytes = storage.read_at(self.name, from as u64, end - from)?;
        if let Some(walked) = self.walk_bytes(&bytes, see) {
            return Ok(Some(walked));
        }
        if end == self.length {
            return Ok(None);
        }
        // A frame may be longer than what was read beyond the stretch.
        let end = self.length.min(to + usize::from(u16::MAX) + BEYOND_BYTES);
        bytes = storage.read_at(self.name, from as u64, end - from)?;
        Ok(self.walk_bytes(&bytes, see))
    }

    fn walk_bytes<T>(&self, bytes: &[u8], see: &impl Fn(&[&[u8]]) -> T) -> Option<Walked<T>> {
        let Range { start: from, end: to } = self.bytes;
        let begins = from == HEADER_BYTES;
        let first = if begins { 0 } else { first_sound(bytes, to - from, self.header.seed)? };
        let (mut at, mut frames, mut records) = (first, Vec::new(), Vec::new());
        while at < to - from {
            let shape = Shape::decode(bytes.get(at..)?)?;
            if !shape.is_sound(self.header.seed) {
                return None;
            }
            frames.push((from + at, shape.flags));
            records.push(shape.prefixed());
            at += shape.frame_bytes();
        }
        Some(Walked { frames_bytes: from + first..from + at, frames, what: see(&records) })
    }
}

/// Finds the first sound frame that begins within the first bytes; that another frame ends where it
/// begins is for the joining to see.
fn first_sound(bytes: &[u8], within: usize, seed: u32) -> Option<usize> {
    let mut left_bytes = SEARCH_BYTES_MAX;
    for at in 0..within {
        let Some(shape) = bytes.get(at..).and_then(Shape::decode) else { continue };
        left_bytes = left_bytes.checked_sub(shape.frame_bytes())?;
        if shape.is_sound(seed) {
            return Some(at);
        }
    }
    // None begins here, if the one before reaches so far.
    Some(within)
}

/// What was read, put together in order.
struct Joined<T> {
    clean: Vec<SegmentIndex>,
    /// The segment that is being joined, and where its next frame must begin.
    open: Option<(SegmentIndex, usize)>,
    /// The frames of a batch whose last is still to come.
    open_batch: Vec<usize>,
    begins_commit: bool,
    /// What was seen of records whose batch is not whole yet.
    held: Vec<Seen<T>>,
}

impl<T> Joined<T> {
    /// The number of the next record.
    fn next(&self) -> u64 {
        let last = self.open.as_ref().map(|(index, _)| index).or(self.clean.last());
        last.map_or(0, SegmentIndex::end_sequence) + self.open_batch.len() as u64
    }

    /// Joins a stretch to those before it. Absent when something is not as it should be.
    fn join(&mut self, stretch: &Stretch<'_>, walked: Walked<T>) -> Option<()> {
        if stretch.bytes.start == HEADER_BYTES {
            let follows = stretch.header.first == self.next();
            let index = SegmentIndex::new(stretch.name.to_owned(), &stretch.header);
            self.open = follows.then_some((index, HEADER_BYTES));
        }
        let first = self.next();
        let (index, expected) = self.open.as_mut()?;
        let is_next = match walked.frames.is_empty() {
            true => stretch.bytes.end <= *expected,
            false => walked.frames_bytes.start == *expected,
        };
        if !is_next {
            return None;
        }
        *expected = walked.frames_bytes.end.max(*expected);
        let mut ends = walked.frames.iter().skip(1).map(|(at, _)| *at);
        for (at, flags) in &walked.frames {
            let begins = flags.is_first_of_commit();
            let is_in_place = if begins { self.open_batch.is_empty() } else { *at != HEADER_BYTES };
            if !is_in_place {
                return None;
            }
            self.begins_commit |= begins;
            self.open_batch.push(*at);
            let end = ends.next().unwrap_or(walked.frames_bytes.end);
            if flags.is_last_of_batch() {
                index.extend(self.open_batch.drain(..), end, self.begins_commit);
                self.begins_commit = false;
            }
        }
        // A stretch that holds no more than the end of a frame has no record to show.
        if !walked.frames.is_empty() {
            let sequences = first..first + walked.frames.len() as u64;
            self.held.push(Seen { sequences, what: walked.what });
        }
        if stretch.bytes.end == stretch.frames_to {
            let is_whole = stretch.frames_to <= *expected && self.open_batch.is_empty();
            let (index, _) = self.open.take().filter(|_| is_whole)?;
            self.clean.push(index);
        }
        Some(())
    }

    /// Gives what was seen of records whose batches are whole.
    fn whole(&mut self) -> Vec<Seen<T>> {
        let whole = self.next() - self.open_batch.len() as u64;
        let count = self.held.partition_point(|seen| seen.sequences.end <= whole);
        self.held.drain(..count).collect()
    }
}
