//! Reads a log: in order, by number, or segment by segment on all cores. Must change nothing.
#![deny(clippy::indexing_slicing)]

use std::sync::Arc;

use crate::disk::storage::Storage;
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::frame::Flags;
use crate::store::scan::{Scan, scan};
use crate::store::segment::{Frame, Segment, SegmentIndex};

/// An open log, as it was when it was opened; a [`Writer`](crate::store::writer::Writer)'s own
/// reader goes along with its commits.
#[derive(Debug)]
pub struct Reader {
    storage: Arc<dyn Storage>,
    segments: Vec<SegmentIndex>,
    ending: Ending,
    is_live: bool,
    /// The bytes of the last segment, so that a log of one segment is read once.
    last_segment: Option<Arc<Vec<u8>>>,
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

impl Reader {
    /// Opens a log and finds its end; whatever that is, the whole batches before it can be read.
    ///
    /// # Errors
    /// [`StoreError::NotALedger`], [`StoreError::NewerFormat`], [`StoreError::SegmentTooLong`], or
    /// what the storage answers.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, StoreError> {
        let first = scan(&*storage)?;
        if first.ending == Ending::Clean {
            return Ok(Self::new(storage, first));
        }
        if storage.is_locked()? {
            return Ok(Self { is_live: true, ..Self::new(storage, first) });
        }
        // A writer may have finished its commit and gone since the bytes were read.
        let second = scan(&*storage)?;
        let is_live = storage.is_locked()?;
        Ok(Self { is_live, ..Self::new(storage, second) })
    }

    pub(crate) fn new(storage: Arc<dyn Storage>, scan: Scan) -> Self {
        let Scan { segments, ending, last_segment, .. } = scan;
        // A last segment without a whole batch is not among them.
        let last_segment = last_segment
            .filter(|last| segments.last().is_some_and(|index| index.name() == last.name))
            .map(|last| last.bytes);
        Self { storage, segments, ending, is_live: false, last_segment }
    }

    /// A log before its first commit.
    pub(crate) fn unwritten(storage: Arc<dyn Storage>) -> Self {
        let (segments, ending) = (Vec::new(), Ending::Clean);
        Self { storage, segments, ending, is_live: false, last_segment: None }
    }

    /// Returns the number of records in whole batches.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.segments.last().map_or(0, SegmentIndex::end_sequence)
    }

    /// Returns how the log ends.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Tells whether the bytes after the end, if there are any, may be what a live writer is
    /// writing just now; otherwise they are a failure for who verifies.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live && self.ending.may_be_in_flight()
    }

    /// Returns the segments in order.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'_>> + ExactSizeIterator {
        let last = self.segments.len().saturating_sub(1);
        self.segments.iter().enumerate().map(move |(position, index)| {
            let kept = self.last_segment.as_ref().filter(|_| position == last);
            Segment { index, storage: &*self.storage, kept }
        })
    }

    /// Reads one record by its number; absent beyond the end.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its bytes are no longer those that were judged.
    pub fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        let position = self.segments.partition_point(|index| index.end_sequence() <= sequence);
        let Some(index) = self.segments.get(position) else { return Ok(None) };
        let Some(at) = index.frame_at(sequence) else { return Ok(None) };
        let bytes = self.storage.read_at(index.name(), at.start as u64, at.len())?;
        let frame = Frame::decode(sequence, &bytes, index.seed());
        frame.map(Record::from).map(Some).ok_or(StoreError::Changed { entry: sequence })
    }

    /// Reads the records in order, beginning with a number; after an error there is nothing more.
    pub fn records(&self, from: u64) -> impl Iterator<Item = Result<Record, StoreError>> {
        let segments = self.segments().filter(move |segment| from < segment.sequences().end);
        let mut failed = false;
        let each = segments.flat_map(move |segment| match segment.load() {
            Ok(loaded) => {
                let frames = loaded.frames(from..u64::MAX);
                frames.map(|frame| frame.map(Record::from)).collect::<Vec<_>>()
            }
            Err(error) => vec![Err(error)],
        });
        each.take_while(move |record| !std::mem::replace(&mut failed, record.is_err()))
    }

    pub(crate) fn last(&self) -> Option<&SegmentIndex> {
        self.segments.last()
    }

    /// Goes along with a commit that is durable.
    pub(crate) fn commit(&mut self, rotated: Option<SegmentIndex>, offsets: &[usize], end: usize) {
        self.last_segment = None;
        self.segments.extend(rotated);
        let index = self.segments.last_mut().expect("a commit lies in a segment");
        index.extend(offsets.iter().copied(), end, true);
    }
}

impl From<Frame<'_>> for Record {
    fn from(frame: Frame<'_>) -> Self {
        let Frame { sequence, flags, .. } = frame;
        Self { sequence, flags, payload: frame.payload().to_vec() }
    }
}
