//! One segment as it was found: where its records lie, and its frames read back. Must not be used
//! for bytes that the scan has not judged.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::disk::storage::Storage;
use crate::store::error::StoreError;
use crate::store::frame::{FRAME_HEADER_BYTES, Flags, HEADER_BYTES, Header, HeaderFault, Shape};

/// Of so many frames one is found by its place, the others by walking on from it.
const MARKED: usize = 16;

/// Where the records of one segment lie, up to its last whole batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentIndex {
    name: String,
    header: Header,
    /// The offset of each sixteenth frame; a segment has fewer than 2^32 bytes.
    marks: Vec<u32>,
    count: usize,
    end: usize,
    /// The number and the offset of the last commit's first frame.
    last_commit: (usize, usize),
}

impl SegmentIndex {
    pub(crate) fn new(name: String, header: &Header) -> Self {
        let (header, last_commit) = (*header, (0, HEADER_BYTES));
        Self { name, header, marks: Vec::new(), count: 0, end: HEADER_BYTES, last_commit }
    }

    /// Adds the frames of a whole batch or commit.
    pub(crate) fn extend(
        &mut self,
        offsets: impl IntoIterator<Item = usize>,
        end: usize,
        begins_commit: bool,
    ) {
        for (position, at) in offsets.into_iter().enumerate() {
            if begins_commit && position == 0 {
                self.last_commit = (self.count, at);
            }
            if self.count.is_multiple_of(MARKED) {
                self.marks.push(u32::try_from(at).expect("a segment is short"));
            }
            self.count += 1;
        }
        self.end = end;
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether a header is the one that the segment had.
    pub(crate) fn is_of(&self, header: Result<Header, HeaderFault>) -> bool {
        header == Ok(self.header)
    }

    pub(crate) fn first(&self) -> u64 {
        self.header.first
    }

    pub(crate) fn seed(&self) -> u32 {
        self.header.seed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number after the last record's.
    pub(crate) fn end_sequence(&self) -> u64 {
        self.header.first + self.count as u64
    }

    /// Where the last whole batch ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// The marked frame that a record's is walked to from, by its number, and where it and those up
    /// to the next marked one lie.
    fn marked(&self, sequence: u64) -> Option<(u64, Range<usize>)> {
        let position = usize::try_from(sequence.checked_sub(self.header.first)?).ok()?;
        if self.count <= position {
            return None;
        }
        let mark = position / MARKED;
        let offset = |mark: usize| self.marks.get(mark).and_then(|at| usize::try_from(*at).ok());
        let places = offset(mark)?..offset(mark + 1).unwrap_or(self.end);
        Some((self.header.first + (mark * MARKED) as u64, places))
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
#[derive(Clone, Debug)]
pub struct Segment {
    pub(crate) index: Arc<SegmentIndex>,
    pub(crate) storage: Arc<dyn Storage>,
}

impl Segment {
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
    pub fn load(&self) -> Result<LoadedSegment, StoreError> {
        let bytes = self.storage.read_at(self.index.name(), 0, self.index.end)?;
        if !self.index.is_of(Header::decode(&bytes)) || bytes.len() < self.index.end {
            return Err(StoreError::Changed { entry: self.index.first() });
        }
        Ok(LoadedSegment { index: Arc::clone(&self.index), from: 0, bytes })
    }

    /// Reads the bytes of those records of a range that lie in the segment, and of a few beside them.
    ///
    /// # Errors
    /// What the storage answers.
    pub fn load_part(&self, sequences: Range<u64>) -> Result<LoadedSegment, StoreError> {
        let last = sequences.end.min(self.index.end_sequence()).saturating_sub(1);
        let first = self.index.marked(sequences.start.max(self.index.first()));
        let (Some((_, first)), Some((_, last))) = (first, self.index.marked(last)) else {
            return self.load();
        };
        let (from, length) = (first.start, last.end.saturating_sub(first.start));
        let bytes = self.storage.read_at(self.index.name(), from as u64, length)?;
        Ok(LoadedSegment { index: Arc::clone(&self.index), from, bytes })
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its bytes are no longer those that were judged.
    pub(crate) fn frame(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        let Some((marked, places)) = self.index.marked(sequence) else { return Ok(None) };
        let bytes = self.storage.read_at(self.index.name(), places.start as u64, places.len())?;
        let changed = StoreError::Changed { entry: sequence };
        let at = walked(&bytes, 0, sequence - marked).ok_or_else(|| changed.clone())?;
        let rest = bytes.get(at..).unwrap_or_default();
        let frame = Frame::decode(sequence, rest, self.index.seed()).ok_or(changed)?;
        Ok(Some(Record::from(frame)))
    }
}

/// Passes over so many frames, going by their lengths.
fn walked(bytes: &[u8], from: usize, frames: u64) -> Option<usize> {
    (0..frames).try_fold(from, |at, _| Some(at + Shape::decode(bytes.get(at..)?)?.frame_bytes()))
}

/// One record by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's number.
    pub sequence: u64,
    /// Where it stands among its neighbours.
    pub flags: Flags,
    /// The record's bytes.
    pub payload: Vec<u8>,
}

impl From<Frame<'_>> for Record {
    fn from(frame: Frame<'_>) -> Self {
        let Frame { sequence, flags, .. } = frame;
        Self { sequence, flags, payload: frame.payload().to_vec() }
    }
}

/// A segment whose bytes are in memory; several threads can each walk a stretch of it.
#[derive(Clone, Debug)]
pub struct LoadedSegment {
    index: Arc<SegmentIndex>,
    /// Where in the segment the bytes begin.
    from: usize,
    bytes: Vec<u8>,
}

impl LoadedSegment {
    /// Walks the frames of those records of a range that lie in this segment, in place.
    #[must_use]
    pub fn frames(&self, sequences: Range<u64>) -> Frames<'_> {
        let from = sequences.start.max(self.index.first());
        let to = sequences.end.min(self.index.end_sequence());
        let marked = self.index.marked(from).filter(|_| from < to);
        let at = marked.and_then(|(marked, places)| {
            walked(&self.bytes, places.start.checked_sub(self.from)?, from - marked)
        });
        // Where the first cannot be found, nothing is a frame.
        let at = at.unwrap_or(self.bytes.len());
        Frames { index: &self.index, bytes: &self.bytes, at, left: from..to.max(from) }
    }

    /// Returns the bytes that the last commit wrote, and where: its frames, and the header if it
    /// is the segment's first.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when a frame is no longer the one that was judged.
    pub(crate) fn last_commit(&self) -> Result<(usize, &[u8]), StoreError> {
        let (position, frames_from) = self.index.last_commit;
        let first = self.index.first() + position as u64;
        self.frames(first..u64::MAX).try_for_each(|frame| frame.map(drop))?;
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
    /// Where the next frame begins.
    at: usize,
    left: Range<u64>,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let sequence = self.left.next()?;
        let bytes = self.bytes.get(self.at..).unwrap_or_default();
        match Frame::decode(sequence, bytes, self.index.seed()) {
            Some(frame) => {
                self.at += FRAME_HEADER_BYTES + frame.payload().len();
                Some(Ok(frame))
            }
            None => {
                self.left = 0..0;
                Some(Err(StoreError::Changed { entry: sequence }))
            }
        }
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
    /// Reads the frame that begins here.
    pub(crate) fn decode(sequence: u64, bytes: &'a [u8], seed: u32) -> Option<Self> {
        let shape = Shape::decode(bytes)?;
        shape.is_sound(seed).then(|| Self {
            sequence,
            flags: shape.flags,
            prefixed: shape.prefixed(),
        })
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
