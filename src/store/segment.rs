//! One segment as it was found: where its records lie, and its frames read back. Must not be used
//! for bytes that the scan has not judged.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;

use crate::disk::storage::Storage;
use crate::store::error::StoreError;
use crate::store::frame::{Flags, HEADER_BYTES, Header, Shape};

/// Where the records of one segment lie, up to its last whole batch.
#[derive(Clone, Debug)]
pub(crate) struct SegmentIndex {
    name: String,
    header: Header,
    /// The offset of each frame; a segment has fewer than 2^32 bytes.
    offsets: Vec<u32>,
    end: usize,
    /// The position of the last commit's first frame among the offsets.
    last_commit: usize,
}

impl SegmentIndex {
    pub(crate) fn new(name: String, header: &Header) -> Self {
        Self { name, header: *header, offsets: Vec::new(), end: HEADER_BYTES, last_commit: 0 }
    }

    /// Adds the frames of a whole batch or commit.
    pub(crate) fn extend(
        &mut self,
        offsets: impl IntoIterator<Item = usize>,
        end: usize,
        begins_commit: bool,
    ) {
        if begins_commit {
            self.last_commit = self.offsets.len();
        }
        let offsets = offsets.into_iter().map(|at| u32::try_from(at).expect("a segment is short"));
        self.offsets.extend(offsets);
        self.end = end;
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn first(&self) -> u64 {
        self.header.first
    }

    pub(crate) fn seed(&self) -> u32 {
        self.header.seed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The number after the last record's.
    pub(crate) fn end_sequence(&self) -> u64 {
        self.header.first + self.offsets.len() as u64
    }

    /// Where the last whole batch ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Where the frame of a record lies.
    pub(crate) fn frame_at(&self, sequence: u64) -> Option<Range<usize>> {
        let position = usize::try_from(sequence.checked_sub(self.header.first)?).ok()?;
        let offset = |position| self.offsets.get(position).and_then(|at| usize::try_from(*at).ok());
        Some(offset(position)?..offset(position + 1).unwrap_or(self.end))
    }
}

/// Returns the name of the segment that begins with this record.
pub(crate) fn name_of_first(first: u64) -> String {
    format!("{first:020}.seg")
}

/// Reads the number of the first record from a segment's name; absent for other files.
pub(crate) fn first_of_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    let is_number = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

/// A segment of an open log.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub(crate) index: &'a SegmentIndex,
    pub(crate) storage: &'a dyn Storage,
}

impl<'a> Segment<'a> {
    /// Returns the numbers of its records.
    #[must_use]
    pub fn sequences(&self) -> Range<u64> {
        self.index.first()..self.index.end_sequence()
    }

    /// Returns the 32 bytes the writer was given for what lies before the segment.
    #[must_use]
    pub fn link(&self) -> [u8; 32] {
        self.index.header.link
    }

    /// Reads the segment's bytes, up to its last whole batch.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the header or the length is no longer the one that was judged.
    pub fn load(&self) -> Result<LoadedSegment<'a>, StoreError> {
        let bytes = self.storage.read_at(self.index.name(), 0, self.index.end)?;
        if Header::decode(&bytes) != Ok(self.index.header) || bytes.len() < self.index.end {
            return Err(StoreError::Changed { entry: self.index.first() });
        }
        Ok(LoadedSegment { index: self.index, bytes })
    }
}

/// A segment whose bytes are in memory; several threads can each walk a stretch of it.
#[derive(Clone, Debug)]
pub struct LoadedSegment<'a> {
    index: &'a SegmentIndex,
    bytes: Vec<u8>,
}

impl LoadedSegment<'_> {
    /// Walks the frames of those records of a range that lie in this segment, in place.
    #[must_use]
    pub fn frames(&self, sequences: Range<u64>) -> Frames<'_> {
        let from = sequences.start.max(self.index.first());
        let to = sequences.end.min(self.index.end_sequence());
        Frames { index: self.index, bytes: &self.bytes, left: from..to.max(from) }
    }

    /// Returns the bytes that the last commit wrote, and where: its frames, and the header if it
    /// is the segment's first.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when a frame is no longer the one that was judged.
    pub(crate) fn last_commit(&self) -> Result<(usize, &[u8]), StoreError> {
        let position = self.index.last_commit;
        let first = self.index.first() + position as u64;
        self.frames(first..u64::MAX).try_for_each(|frame| frame.map(drop))?;
        let frames_from = self.index.frame_at(first).map_or(0, |at| at.start);
        let from = if position == 0 { 0 } else { frames_from };
        Ok((from, self.bytes.get(from..self.index.end).unwrap_or_default()))
    }

    pub(crate) fn name(&self) -> &str {
        self.index.name()
    }

    /// Walks all frames, in place.
    #[must_use]
    pub fn all_frames(&self) -> Frames<'_> {
        self.frames(0..u64::MAX)
    }
}

/// Walks frames and judges each CRC again; after an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    index: &'a SegmentIndex,
    bytes: &'a [u8],
    left: Range<u64>,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let sequence = self.left.next()?;
        let bytes = self.index.frame_at(sequence).and_then(|at| self.bytes.get(at));
        let frame = bytes.and_then(|bytes| Frame::decode(sequence, bytes, self.index.seed()));
        if frame.is_none() {
            self.left = 0..0;
        }
        Some(frame.ok_or(StoreError::Changed { entry: sequence }))
    }
}

/// One record in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The record's number.
    pub sequence: u64,
    /// Where it stands among its neighbours.
    pub flags: Flags,
    /// The zero byte and the payload, side by side as in the file.
    prefixed: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads a frame that fills the given bytes exactly.
    pub(crate) fn decode(sequence: u64, bytes: &'a [u8], seed: u32) -> Option<Self> {
        let shape = Shape::decode(bytes)?;
        let is_whole = shape.frame_bytes() == bytes.len() && shape.is_sound(seed);
        is_whole.then(|| Self { sequence, flags: shape.flags, prefixed: shape.prefixed() })
    }

    /// Returns the record's bytes.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.prefixed.get(1..).unwrap_or_default()
    }

    /// Returns the record's bytes with the zero byte that lies before them.
    #[must_use]
    pub fn prefixed(&self) -> &'a [u8] {
        self.prefixed
    }
}
