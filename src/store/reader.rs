//! Reads a log: in order, by number, or segment by segment on all cores. Must change nothing.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::disk::storage::Storage;
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::frame::{FRAME_HEADER_BYTES, HEADER_BYTES, Header, PAYLOAD_BYTES_MAX};
use crate::store::scan::{Scan, scan, scan_on, scan_showing, segment_names};
use crate::store::segment::{Frame, Record, Segment, SegmentIndex};
use crate::store::sweep::{Seen, Watch};

/// How many records are shown at a time that were judged before.
const SHOWN_AT_ONCE: usize = 1_024;

/// An open log, as it was when it was opened; the readers that are clones of a
/// [`Writer`](crate::store::writer::Writer)'s own go along with its commits.
#[derive(Clone, Debug)]
pub struct Reader {
    storage: Arc<dyn Storage>,
    /// Locked only to look a place up, and never while anything is read or written.
    segments: Arc<RwLock<Vec<Arc<SegmentIndex>>>>,
    ending: Ending,
    is_live: bool,
}

/// Where the records of a log lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    segments: Vec<SegmentIndex>,
}

impl Index {
    /// Returns the number of records.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.segments.last().map_or(0, SegmentIndex::end_sequence)
    }
}

/// Reads the first record of a log, whatever follows it; absent when it is damaged.
///
/// # Errors
/// [`StoreError::NotALedger`], or what the storage answers.
pub fn first_record(storage: &dyn Storage) -> Result<Option<Vec<u8>>, StoreError> {
    let names = segment_names(storage)?;
    let name = names.first().ok_or(StoreError::NotALedger)?;
    let bytes = storage.read_at(name, 0, HEADER_BYTES + FRAME_HEADER_BYTES + PAYLOAD_BYTES_MAX)?;
    let header = Header::decode(&bytes).ok().filter(|header| header.first == 0);
    let frame = header.and_then(|header| {
        Frame::decode(0, bytes.get(HEADER_BYTES..).unwrap_or_default(), header.seed)
    });
    Ok(frame.map(|frame| frame.payload().to_vec()))
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

    /// Opens a log by an index that was made of it before, reading only what has come since. None
    /// unless that is clean, and the segments are there as they were.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn open_by(storage: Arc<dyn Storage>, index: Index) -> Result<Option<Self>, StoreError> {
        let scan = scan_on(&*storage, index.segments)?;
        Ok(scan.map(|scan| Self::new(storage, scan)))
    }

    /// Returns where the records lie, so that the log can be opened by it.
    #[must_use]
    pub fn index(&self) -> Index {
        Index { segments: self.indexes().iter().map(|index| SegmentIndex::clone(index)).collect() }
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
            let loaded = segment.load_part(from..u64::MAX)?;
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
        let segments = segments.into_iter().map(Arc::new).collect();
        Self { storage, segments: Arc::new(RwLock::new(segments)), ending, is_live: false }
    }

    /// A log before its first commit.
    pub(crate) fn unwritten(storage: Arc<dyn Storage>) -> Self {
        let scan = Scan { segments: Vec::new(), ending: Ending::Clean, tail: None };
        Self::new(storage, scan)
    }

    /// Returns the number of records in whole batches.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.last().map_or(0, |last| last.end_sequence())
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

    /// Returns the segments in order, as they are now.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment> + ExactSizeIterator {
        let indexes = self.indexes().clone();
        let storage = Arc::clone(&self.storage);
        indexes.into_iter().map(move |index| Segment { index, storage: Arc::clone(&storage) })
    }

    fn indexes(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<SegmentIndex>>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The segment that holds a record, if there is such a record.
    fn segment_of(&self, sequence: u64) -> Option<Segment> {
        let indexes = self.indexes();
        let position = indexes.partition_point(|index| index.end_sequence() <= sequence);
        let index = Arc::clone(indexes.get(position)?);
        Some(Segment { index, storage: Arc::clone(&self.storage) })
    }

    /// Reads one record by its number; absent beyond the end.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its bytes are no longer those that were judged.
    pub fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        self.segment_of(sequence).map_or(Ok(None), |segment| segment.frame(sequence))
    }

    /// Reads the records of a range in order; after an error there is nothing more.
    pub fn records(&self, range: Range<u64>) -> impl Iterator<Item = Result<Record, StoreError>> {
        let segments = self.segments().skip_while({
            let start = range.start;
            move |segment| segment.sequences().end <= start
        });
        let end = range.end;
        let segments = segments.take_while(move |segment| segment.sequences().start < end);
        let mut failed = false;
        let each = segments.flat_map(move |segment| match segment.load_part(range.clone()) {
            Ok(loaded) => {
                let frames = loaded.frames(range.clone());
                frames.map(|frame| frame.map(Record::from)).collect::<Vec<_>>()
            }
            Err(error) => vec![Err(error)],
        });
        each.take_while(move |record| !std::mem::replace(&mut failed, record.is_err()))
    }

    pub(crate) fn last(&self) -> Option<Arc<SegmentIndex>> {
        self.indexes().last().cloned()
    }

    /// Goes along with a commit that is durable.
    pub(crate) fn commit(&self, rotated: Option<SegmentIndex>, offsets: &[usize], end: usize) {
        let mut indexes = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        indexes.extend(rotated.map(Arc::new));
        let index = indexes.last_mut().expect("a commit lies in a segment");
        Arc::make_mut(index).extend(offsets.iter().copied(), end, true);
    }
}
