//! Reads a log: in order, by number, or segment by segment on all cores. Must change nothing.
#![deny(clippy::indexing_slicing)]

use std::sync::Arc;

use rayon::prelude::*;

use crate::disk::storage::Storage;
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::frame::Flags;
use crate::store::scan::{Scan, scan, scan_showing};
use crate::store::segment::{Frame, Segment, SegmentIndex};
use crate::store::sweep::{Seen, Watch};

/// How many records are shown at a time that were judged before.
const SHOWN_AT_ONCE: usize = 1_024;

/// An open log, as it was when it was opened; a [`Writer`](crate::store::writer::Writer)'s own
/// reader goes along with its commits.
#[derive(Debug)]
pub struct Reader {
    storage: Arc<dyn Storage>,
    segments: Vec<SegmentIndex>,
    ending: Ending,
    is_live: bool,
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
        let mut nobody = Watch { see: |_: &[&[u8]]| (), take: |_: Vec<Seen<()>>| () };
        Ok(Self::open_showing(storage, &mut nobody)?.0)
    }

    /// Opens a log as [`Reader::open`] does, and shows its records while they are judged, so that
    /// each byte is read once. Returns the number of the first that was not shown, because
    /// something is wrong there or behind it; [`Reader::show`] shows the rest.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn open_showing<T, S, K>(
        storage: Arc<dyn Storage>,
        watch: &mut Watch<S, K>,
    ) -> Result<(Self, u64), StoreError>
    where
        T: Send,
        S: Fn(&[&[u8]]) -> T + Sync,
        K: FnMut(Vec<Seen<T>>) + Send,
    {
        let (first, shown) = scan_showing(&*storage, watch)?;
        if first.ending == Ending::Clean {
            return Ok((Self::new(storage, first), shown));
        }
        if storage.is_locked()? {
            return Ok((Self { is_live: true, ..Self::new(storage, first) }, shown));
        }
        // A writer may have finished its commit and gone since the bytes were read.
        let second = scan(&*storage)?;
        let is_live = storage.is_locked()?;
        Ok((Self { is_live, ..Self::new(storage, second) }, shown))
    }

    /// Shows the records from a number on, which were judged before.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when one is no longer the one that was judged.
    pub fn show<T, S, K>(&self, from: u64, watch: &mut Watch<S, K>) -> Result<(), StoreError>
    where
        T: Send,
        S: Fn(&[&[u8]]) -> T + Sync,
        K: FnMut(Vec<Seen<T>>) + Send,
    {
        if self.size() < from {
            return Err(StoreError::Changed { entry: self.size() });
        }
        for segment in self.segments().filter(|segment| from < segment.sequences().end) {
            let loaded = segment.load()?;
            let mut sound = Ok(());
            let frames: Vec<Frame<'_>> = loaded
                .frames(from..u64::MAX)
                .map_while(|frame| frame.map_err(|fault| sound = Err(fault)).ok())
                .collect();
            let see = |frames: &[Frame<'_>]| {
                let records: Vec<&[u8]> = frames.iter().map(Frame::prefixed).collect();
                let first = frames.first().map_or(from, |frame| frame.sequence);
                let sequences = first..first + frames.len() as u64;
                Seen { sequences, what: (watch.see)(&records) }
            };
            let seen = frames.par_chunks(SHOWN_AT_ONCE).map(see).collect();
            (watch.take)(seen);
            sound?;
        }
        Ok(())
    }

    pub(crate) fn new(storage: Arc<dyn Storage>, scan: Scan) -> Self {
        let Scan { segments, ending, .. } = scan;
        Self { storage, segments, ending, is_live: false }
    }

    /// A log before its first commit.
    pub(crate) fn unwritten(storage: Arc<dyn Storage>) -> Self {
        let (segments, ending) = (Vec::new(), Ending::Clean);
        Self { storage, segments, ending, is_live: false }
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
        self.segments.iter().map(|index| Segment { index, storage: &*self.storage })
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
