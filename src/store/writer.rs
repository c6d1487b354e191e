//! Appends commits to a log, one writer at a time. Must not answer before what it answers for is
//! durable, and must not go on after a failed write or sync.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;
use std::sync::Arc;

use crate::disk::error::DiskError;
use crate::disk::storage::{LockGuard, Storage};
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::frame::{
    FRAME_HEADER_BYTES, Flags, HEADER_BYTES, Header, PAYLOAD_BYTES_MAX, SEGMENT_BYTES_MAX,
    write_frame,
};
use crate::store::reader::Reader;
use crate::store::recovery::{MovedTail, move_tail, write_last_commit_again};
use crate::store::reserve::{FILLING, Reserve};
use crate::store::scan::{Tail, scan, scan_showing, segment_names};
use crate::store::segment::{SegmentIndex, name_of_first};
use crate::store::sweep::{Seen, Watch};

/// Records that become visible together or not at all.
pub type Batch = Vec<Vec<u8>>;

/// The one who may append to a log, from opening until it is dropped.
#[derive(Debug)]
pub struct Writer {
    storage: Arc<dyn Storage>,
    reader: Reader,
    segment_bytes_max: usize,
    reserve: Reserve,
    moved_tail: Option<MovedTail>,
    is_poisoned: bool,
    _lock: LockGuard,
}

/// A log that is locked and may be written, before any of its bytes are moved.
#[derive(Debug)]
pub struct Judged {
    storage: Arc<dyn Storage>,
    reader: Reader,
    tail: Option<Tail>,
    lock: LockGuard,
}

impl Judged {
    /// Returns the log up to its end, without what a crash left behind it.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Moves a torn tail to `quarantine/`, cuts off the reserve of a writer that did not live to do so,
    /// and writes the last commit again.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], or what the storage answers.
    pub fn begin(self) -> Result<Writer, StoreError> {
        let Self { storage, reader, tail, lock } = self;
        let moved_tail = match tail {
            Some(tail) => Some(move_tail(&*storage, &tail).map_err(read_only)?),
            None => None,
        };
        // The log ends with a whole batch; whether all of it is durable only this makes sure.
        if let Some(last) = reader.segments().next_back() {
            cut(&*storage, &last.index).map_err(|error| read_only(error.into()))?;
            write_last_commit_again(&*storage, &last.load()?).map_err(read_only)?;
        }
        Ok(Writer::new(storage, reader, moved_tail, lock))
    }
}

impl Writer {
    /// Begins a new log with its first commit.
    ///
    /// A first commit that never reached the disk whole is moved to `quarantine/`.
    ///
    /// # Errors
    /// [`StoreError::AlreadyALedger`] where a segment is, [`StoreError::Locked`],
    /// [`StoreError::ReadOnly`], and those of [`Writer::commit`].
    pub fn create(storage: Arc<dyn Storage>, batches: &[Batch]) -> Result<Self, StoreError> {
        refuse_a_ledger(&*storage)?;
        check(batches)?;
        let lock = lock(&*storage)?;
        // Another writer may have begun the log before the lock was taken.
        let moved_tail = clear_the_way(&*storage)?;
        let reader = Reader::unwritten(Arc::clone(&storage));
        let mut writer = Self::new(storage, reader, moved_tail, lock);
        writer.commit(batches, [0; 32])?;
        Ok(writer)
    }

    /// Takes the lock, moves a torn tail to `quarantine/` and writes the last commit again.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::ReadOnly`], [`StoreError::Damaged`] for every end that
    /// is neither clean nor torn, [`StoreError::Unfinished`] when no batch is whole, and those of
    /// [`Reader::open`].
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, StoreError> {
        Self::open_of(storage, 0)
    }

    /// Opens a log of which it is known elsewhere that it had so many records.
    ///
    /// # Errors
    /// [`StoreError::Shorter`] when it has fewer now, before anything is moved; those of
    /// [`Writer::open`].
    pub fn open_of(storage: Arc<dyn Storage>, size_min: u64) -> Result<Self, StoreError> {
        let mut nobody = Watch { see: |_: &[&[u8]]| (), take: |_: Vec<Seen<()>>| () };
        Self::judge(storage, size_min, &mut nobody)?.begin()
    }

    /// Takes the lock and judges a log of which it is known elsewhere that it had so many records, and
    /// shows its records. Moves nothing yet: whoever holds the log to more than its frames may refuse it.
    ///
    /// # Errors
    /// Those of [`Writer::open_of`] that are known before anything is written, and
    /// [`StoreError::Changed`].
    pub fn judge<T, S, K>(
        storage: Arc<dyn Storage>,
        size_min: u64,
        watch: &mut Watch<S, K>,
    ) -> Result<Judged, StoreError>
    where
        T: Send,
        S: Fn(&[&[u8]]) -> T + Sync,
        K: FnMut(Vec<Seen<T>>) + Send,
    {
        if segment_names(&*storage)?.is_empty() {
            return Err(StoreError::NotALedger);
        }
        let lock = lock(&*storage)?;
        let (mut scan, shown) = scan_showing(&*storage, watch)?;
        if !matches!(scan.ending, Ending::Clean | Ending::TornTail { .. }) {
            return Err(StoreError::Damaged { ending: scan.ending });
        }
        if scan.segments.is_empty() {
            return Err(StoreError::Unfinished);
        }
        let size = scan.segments.last().map_or(0, SegmentIndex::end_sequence);
        if size < size_min {
            return Err(StoreError::Shorter { size, size_min });
        }
        let tail = scan.tail.take();
        scan.ending = Ending::Clean;
        let reader = Reader::new(Arc::clone(&storage), scan);
        reader.show(shown, watch)?;
        Ok(Judged { storage, reader, tail, lock })
    }

    fn new(
        storage: Arc<dyn Storage>,
        reader: Reader,
        moved_tail: Option<MovedTail>,
        lock: LockGuard,
    ) -> Self {
        let (segment_bytes_max, reserve) = (SEGMENT_BYTES_MAX, Reserve::new());
        let is_poisoned = false;
        Self { storage, reader, segment_bytes_max, reserve, moved_tail, is_poisoned, _lock: lock }
    }

    /// Lets segments grow to no more than so many bytes, for tests.
    #[must_use]
    pub fn with_segment_bytes_max(mut self, bytes_max: usize) -> Self {
        self.limit_segments(bytes_max);
        self
    }

    /// Does as [`Writer::with_segment_bytes_max`] does.
    pub fn limit_segments(&mut self, bytes_max: usize) {
        self.segment_bytes_max = bytes_max.min(SEGMENT_BYTES_MAX);
    }

    /// Keeps room for commits to come from the next one on, for tests.
    pub fn reserve_at_once(&mut self) {
        self.reserve.at_once();
    }

    /// Returns the log as it is after the last commit.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Returns the torn tail that opening moved away, if there was one.
    #[must_use]
    pub fn moved_tail(&self) -> Option<&MovedTail> {
        self.moved_tail.as_ref()
    }

    /// Makes batches durable together and returns the numbers of their records.
    ///
    /// `link` stands for everything before them; it is kept where a segment begins.
    ///
    /// # Errors
    /// Nothing was written: [`StoreError::EmptyCommit`], [`StoreError::PayloadLength`],
    /// [`StoreError::CommitTooLong`], [`StoreError::Poisoned`], [`StoreError::NotWritten`].
    /// Nobody can tell: [`StoreError::Unknown`]. After the last two the writer is poisoned.
    pub fn commit(&mut self, batches: &[Batch], link: [u8; 32]) -> Result<Range<u64>, StoreError> {
        if self.is_poisoned {
            return Err(StoreError::Poisoned);
        }
        let frames_bytes = check(batches)?;
        let first = self.reader.size();
        // Let go of the index before it grows, so that nothing has to copy it.
        let last = self.reader.last().map(|last| (last.name().to_owned(), last.end(), last.seed()));
        match last {
            Some((name, from, seed)) if from + frames_bytes <= self.segment_bytes_max => {
                self.append(&name, from, seed, batches)?;
            }
            _ => self.rotate(&Header::new(first, link), HEADER_BYTES + frames_bytes, batches)?,
        }
        Ok(first..self.reader.size())
    }

    fn append(
        &mut self,
        name: &str,
        from: usize,
        seed: u32,
        batches: &[Batch],
    ) -> Result<(), StoreError> {
        let (mut bytes, offsets) = encode(Vec::new(), from, seed, batches);
        let end = from + bytes.len();
        // Until the commit is durable, whatever goes wrong leaves the writer poisoned.
        self.is_poisoned = true;
        if let Some(to) = self.reserve.to_write(&(from..end), self.segment_bytes_max) {
            bytes.resize(to - from, FILLING);
        }
        let mut written = self.write(name, from, &bytes);
        if matches!(written, Err(StoreError::NotWritten { .. })) && end < from + bytes.len() {
            // There may be room for the commit alone.
            self.reserve.give_up();
            bytes.truncate(end - from);
            written = self.write(name, from, &bytes);
        }
        written?;
        // The whole commit is in the file, and may be lost.
        self.storage.sync(name).map_err(|source| StoreError::Unknown { source })?;
        // Point of no return: the commit is durable.
        self.is_poisoned = false;
        self.reserve.committed(from + bytes.len());
        self.reader.commit(None, &offsets, end);
        Ok(())
    }

    /// Writes at the end of what is committed; where there is no room, leaves the file cut off there.
    fn write(&self, name: &str, from: usize, bytes: &[u8]) -> Result<(), StoreError> {
        self.storage.write_at(name, from as u64, bytes).map_err(|source| {
            let undo = || {
                self.storage.truncate(name, from as u64)?;
                self.storage.sync(name)
            };
            outcome(source, undo)
        })
    }

    fn rotate(
        &mut self,
        header: &Header,
        bytes: usize,
        batches: &[Batch],
    ) -> Result<(), StoreError> {
        let bytes_max = self.segment_bytes_max;
        if bytes_max < bytes {
            return Err(StoreError::CommitTooLong { bytes, bytes_max });
        }
        let (bytes, offsets) = encode(header.bytes(), 0, header.seed, batches);
        let name = name_of_first(header.first);
        self.is_poisoned = true;
        self.cut_reserve(true).map_err(|source| StoreError::NotWritten { source })?;
        if let Err(source) = self.storage.create(&name, &bytes) {
            let undo = || {
                if self.storage.exists(&name)? {
                    self.storage.remove(&name)?;
                }
                self.storage.sync_folder("")
            };
            return Err(outcome(source, undo));
        }
        // Point of no return: bytes and name are durable.
        self.is_poisoned = false;
        self.reader.commit(Some(SegmentIndex::new(name, header)), &offsets, bytes.len());
        Ok(())
    }

    /// Lets the last segment end where its last commit does, durably where another is to follow it.
    fn cut_reserve(&mut self, durably: bool) -> Result<(), DiskError> {
        let last = self.reader.last().filter(|last| self.reserve.is_beyond(last.end()));
        if let Some(last) = last {
            cut(&*self.storage, &last)?;
            if durably {
                self.storage.sync(last.name())?;
            }
        }
        self.reserve.cut_off();
        Ok(())
    }
}

impl Drop for Writer {
    /// Cuts the reserve off. If that fails, or power goes before it lasts, whoever opens the log next
    /// does so.
    fn drop(&mut self) {
        if !self.is_poisoned {
            self.cut_reserve(false).ok();
        }
    }
}

/// Lets the file of a segment end where its last batch does.
fn cut(storage: &dyn Storage, segment: &SegmentIndex) -> Result<(), DiskError> {
    let end = segment.end() as u64;
    if end < storage.length(segment.name())? {
        storage.truncate(segment.name(), end)
    } else {
        Ok(())
    }
}

/// Says what a failed write leaves. Where there was no room, the part that was written is cut off
/// again, which needs no room either; if that is durable, nothing was recorded.
fn outcome(source: DiskError, undo: impl FnOnce() -> Result<(), DiskError>) -> StoreError {
    match source {
        DiskError::Full { .. } if undo().is_ok() => StoreError::NotWritten { source },
        _ => StoreError::Unknown { source },
    }
}

/// Holds a commit to the bounds of the format and returns the bytes of its frames.
fn check(batches: &[Batch]) -> Result<usize, StoreError> {
    if batches.is_empty() || batches.iter().any(Vec::is_empty) {
        return Err(StoreError::EmptyCommit);
    }
    let lengths = batches.iter().flatten().map(Vec::len);
    if let Some(bytes) = lengths.clone().find(|bytes| !(1..=PAYLOAD_BYTES_MAX).contains(bytes)) {
        return Err(StoreError::PayloadLength { bytes });
    }
    Ok(lengths.map(|bytes| FRAME_HEADER_BYTES + bytes).sum())
}

/// Appends the frames of a commit to what opens the write, which lies at `from` in the segment;
/// returns all of it and where each frame lies.
fn encode(opening: Vec<u8>, from: usize, seed: u32, batches: &[Batch]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = opening;
    let mut offsets = Vec::new();
    for batch in batches {
        for (position, payload) in batch.iter().enumerate() {
            let flags = Flags::new(position + 1 == batch.len(), offsets.is_empty());
            offsets.push(from + bytes.len());
            write_frame(&mut bytes, seed, flags, payload);
        }
    }
    (bytes, offsets)
}

fn lock(storage: &dyn Storage) -> Result<LockGuard, StoreError> {
    storage.lock().map_err(|source| match source {
        DiskError::Locked { .. } => StoreError::Locked { source },
        _ => read_only(StoreError::Disk(source)),
    })
}

/// Says of a refused write that the log can only be read.
fn read_only(error: StoreError) -> StoreError {
    match error {
        StoreError::Disk(
            source @ (DiskError::PermissionDenied { .. } | DiskError::ReadOnly { .. }),
        ) => StoreError::ReadOnly { source },
        other => other,
    }
}

/// Refuses a folder that holds segments, except a first one without a whole batch, which a crash
/// left.
fn refuse_a_ledger(storage: &dyn Storage) -> Result<(), StoreError> {
    if segment_names(storage)?.is_empty() {
        return Ok(());
    }
    let scan = scan(storage)?;
    let is_unfinished = scan.tail.is_some() && scan.segments.is_empty();
    if is_unfinished { Ok(()) } else { Err(StoreError::AlreadyALedger) }
}

fn clear_the_way(storage: &dyn Storage) -> Result<Option<MovedTail>, StoreError> {
    refuse_a_ledger(storage)?;
    if segment_names(storage)?.is_empty() {
        return Ok(None);
    }
    let scan = scan(storage)?;
    let tail = scan.tail.ok_or(StoreError::AlreadyALedger)?;
    move_tail(storage, &tail).map(Some)
}
