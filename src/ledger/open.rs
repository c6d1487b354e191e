//! Opens a ledger: for reading, for writing, or by beginning one. Must change nothing unless it is
//! opened for writing.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, RwLock};

use crate::chain::codec::decode;
use crate::chain::entry::Entry;
use crate::chain::error::ChainError;
use crate::chain::millis::Millis;
use crate::disk::storage::Storage;
use crate::domain::event::{Event, Opening};
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::append::{AppendOptions, Batch, Finished};
use crate::ledger::checkpoint::{CheckpointFault, Vouchers};
use crate::ledger::desk::Desk;
use crate::ledger::draft::Draft;
use crate::ledger::error::LedgerError;
use crate::ledger::group::Working;
use crate::ledger::receive::copy_of;
use crate::ledger::record::EntryRecord;
use crate::ledger::replay::{Stretch, read};
use crate::ledger::{Known, Ledger, Log};
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::scan::segment_names;
use crate::store::sweep::{Seen, Watch};
use crate::store::writer::Writer;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::view::fold::View;

/// Bytes that a crash left after the last whole batch, and that were moved out of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTail {
    /// The file in the ledger's folder that holds them now.
    pub name: String,
    /// How many they are.
    pub bytes: u64,
}

/// Some entries, decoded.
type Decoded = Stretch<Result<Entry, ChainError>>;

impl Ledger {
    /// Begins a ledger with its Opening.
    ///
    /// # Errors
    /// [`LedgerError::NotAnOpening`], what speaks against the draft, or what the storage answers;
    /// where a ledger is already, it is left as it is.
    pub fn create(
        storage: Arc<dyn Storage>,
        opening: Draft,
        now: Millis,
    ) -> Result<Self, LedgerError> {
        let Event::Opening(content) = &opening.event else {
            return Err(LedgerError::NotAnOpening { kind: opening.event.kind() });
        };
        let content = content.clone();
        let mut batch = Batch::after(Known::default());
        let no_entry = |sequence| Err(LedgerError::NoSuchEntry { sequence, size: Size(0) });
        batch.take_all(vec![opening], &AppendOptions::at(now), no_entry)?;
        let Finished { payloads, known, .. } = batch.finish();
        let writer = Writer::create(Arc::clone(&storage), &[payloads])?;
        Ok(Self::with(storage, Log::Writing(writer), known, Vouchers::default(), content))
    }

    /// Opens a ledger for reading. Changes nothing.
    ///
    /// Bytes that a crash left after the last whole batch are passed over.
    ///
    /// # Errors
    /// When there is no ledger, or a damaged one: the error names its first bad entry.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, LedgerError> {
        // Before the log, which may grow meanwhile.
        let vouchers = Vouchers::read(&*storage)?;
        let mut replay = Replay::default();
        let mut watch = Watch { see: decoded, take: |read| replay.take_all(read) };
        let (reader, shown) = Reader::open_showing(Arc::clone(&storage), &mut watch)?;
        let ending = reader.ending();
        let is_readable = matches!(ending, Ending::Clean | Ending::TornTail { .. });
        if !is_readable && !reader.is_live() {
            return Err(StoreError::Damaged { ending }.into());
        }
        reader.show(shown, &mut watch)?;
        let (known, opening) = replay.end()?;
        vouchers.hold(&known, &opening.origin)?;
        Ok(Self::with(storage, Log::Reading(reader), known, vouchers, opening))
    }

    /// Opens a ledger for writing and holds its lock until it is dropped.
    ///
    /// What a crash left after the last whole batch is moved to `quarantine/`; see
    /// [`Ledger::moved_tail`].
    ///
    /// # Errors
    /// As [`Ledger::open`], [`LedgerError::Copy`], and when another writer holds the lock or the
    /// storage takes no writes.
    pub fn open_for_writing(storage: Arc<dyn Storage>) -> Result<Self, LedgerError> {
        if let Some(of) = copy_of(&*storage)? {
            return Err(LedgerError::Copy { of });
        }
        let (writer, known, vouchers, opening) = open_to_write(&storage)?;
        Ok(Self::with(storage, Log::Writing(writer), known, vouchers, opening))
    }

    fn with(
        storage: Arc<dyn Storage>,
        log: Log,
        known: Known,
        vouchers: Vouchers,
        opening: Opening,
    ) -> Self {
        Self {
            storage,
            log: RwLock::new(log),
            desk: Desk::new(Working::default()),
            known: RwLock::new(Arc::new(known)),
            vouchers: RwLock::new(Arc::new(vouchers)),
            opening,
        }
    }

    /// Returns what opening for writing moved out of the log, if there was anything.
    pub fn moved_tail(&self) -> Option<MovedTail> {
        match &*self.log() {
            Log::Reading(_) => None,
            Log::Writing(writer) => writer
                .moved_tail()
                .map(|moved| MovedTail { name: moved.name.clone(), bytes: moved.bytes }),
        }
    }

    /// Reads one entry in full.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`], or why the log cannot be read.
    pub fn entry(&self, sequence: Sequence) -> Result<EntryRecord, LedgerError> {
        entry_record(sequence, &self.entry_bytes(sequence)?)
    }

    /// Reads the bytes of one entry.
    ///
    /// # Errors
    /// As [`Ledger::entry`].
    pub fn entry_bytes(&self, sequence: Sequence) -> Result<Vec<u8>, LedgerError> {
        let is_there = self.size().includes(sequence);
        let record = if is_there { self.log().reader().record(sequence.0)? } else { None };
        Ok(record.ok_or_else(|| self.no_such_entry(sequence))?.payload)
    }

    /// Reads entries in order, those of the range that there are now; after an error there is
    /// nothing more.
    pub fn entries(
        &self,
        range: Range<Sequence>,
    ) -> impl Iterator<Item = Result<EntryRecord, LedgerError>> + '_ {
        (range.start.0..)
            .zip(self.payloads(range))
            .map(|(sequence, payload)| entry_record(Sequence(sequence), &payload?))
    }

    /// Reads the bytes of entries in order, as [`Ledger::entries`] does.
    pub fn payloads(
        &self,
        range: Range<Sequence>,
    ) -> impl Iterator<Item = Result<Vec<u8>, LedgerError>> + '_ {
        let end = range.end.0.min(self.size().0);
        let left = range.start.0..end.max(range.start.0);
        Payloads { ledger: self, left, read: VecDeque::new() }
    }
}

/// Walks entries, reading a segment at a time.
struct Payloads<'a> {
    ledger: &'a Ledger,
    left: Range<u64>,
    /// The bytes of the next entries.
    read: VecDeque<Vec<u8>>,
}

impl Payloads<'_> {
    /// Reads on to the end of the segment.
    fn refill(&mut self) -> Result<(), LedgerError> {
        let log = self.ledger.log();
        let mut segments = log.reader().segments();
        let Some(segment) = segments.find(|segment| self.left.start < segment.sequences().end)
        else {
            return Ok(());
        };
        for frame in segment.load()?.frames(self.left.clone()) {
            self.read.push_back(frame?.payload().to_vec());
        }
        Ok(())
    }
}

impl Iterator for Payloads<'_> {
    type Item = Result<Vec<u8>, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let read = if self.read.is_empty() { self.refill() } else { Ok(()) };
        let sequence = self.left.start;
        let missing = LedgerError::Store(StoreError::Changed { entry: sequence });
        let payload = read.and_then(|()| self.read.pop_front().ok_or(missing));
        self.left = if payload.is_ok() { sequence + 1..self.left.end } else { 0..0 };
        Some(payload)
    }
}

fn entry_record(sequence: Sequence, payload: &[u8]) -> Result<EntryRecord, LedgerError> {
    let entry = decode(payload).map_err(|source| LedgerError::Entry { entry: sequence, source })?;
    Ok(EntryRecord { hash: leaf_hash(payload), entry })
}

/// Tells whether a ledger has begun in a storage, readable or not.
///
/// # Errors
/// What the storage answers.
pub fn is_begun(storage: &dyn Storage) -> Result<bool, LedgerError> {
    Ok(!segment_names(storage)?.is_empty())
}

/// Opens a log for whoever may write it, and holds it to what vouches for it.
pub(super) fn open_to_write(
    storage: &Arc<dyn Storage>,
) -> Result<(Writer, Known, Vouchers, Opening), LedgerError> {
    // A log that lost what was signed is left as it is: its tail may be what is left of it.
    let committed = Vouchers::read(&**storage)?.committed();
    let mut replay = Replay::default();
    let mut watch = Watch { see: decoded, take: |read| replay.take_all(read) };
    let opened = Writer::open_showing(Arc::clone(storage), committed.0, &mut watch);
    let writer = opened.map_err(|error| match error {
        StoreError::Shorter { size, .. } => {
            CheckpointFault::Truncated { size: Size(size), committed }.into()
        }
        other => LedgerError::from(other),
    })?;
    // Only under the lock nobody replaces it.
    let vouchers = Vouchers::read(&**storage)?;
    let (known, opening) = replay.end()?;
    vouchers.hold(&known, &opening.origin)?;
    Ok((writer, known, vouchers, opening))
}

fn decoded(entries: &[&[u8]]) -> Decoded {
    read(entries, decode)
}

/// Folds a log while it is read.
#[derive(Default)]
struct Replay {
    view: View,
    hashes: Vec<Hash>,
    /// Why it cannot be folded to its end.
    fault: Option<LedgerError>,
}

impl Replay {
    fn take_all(&mut self, read: Vec<Seen<Decoded>>) {
        for seen in read {
            if self.fault.is_none() {
                self.fault = self.take(seen).err();
            }
        }
    }

    fn take(&mut self, seen: Seen<Decoded>) -> Result<(), LedgerError> {
        for ((place, hash), entry) in seen.sequences.zip(seen.what.hashes).zip(seen.what.entries) {
            let place = Sequence(place);
            let entry = entry.map_err(|source| LedgerError::Entry { entry: place, source })?;
            placed(place, &entry, self.hashes.last().copied().unwrap_or(Hash::ZERO), &self.view)?;
            self.view.apply(&entry);
            self.hashes.push(hash);
        }
        Ok(())
    }

    fn end(self) -> Result<(Known, Opening), LedgerError> {
        let Self { view, hashes, fault } = self;
        fault.map_or(Ok(()), Err)?;
        let opening = view.opening().cloned().ok_or_else(|| LedgerError::OutOfPlace {
            entry: Sequence(0),
            reason: "a ledger begins with an opening".to_owned(),
        })?;
        Ok((Known { view: Arc::new(view), hashes, ..Known::default() }, opening))
    }
}

/// Holds an entry to its number, its link and its time; the rules were judged when it was recorded
/// and are judged again by `verify`.
pub(super) fn placed(
    place: Sequence,
    entry: &Entry,
    head: Hash,
    view: &View,
) -> Result<(), LedgerError> {
    let out_of_place = |reason: String| Err(LedgerError::OutOfPlace { entry: place, reason });
    if entry.sequence != place {
        return out_of_place(format!("it bears the number {}", entry.sequence));
    }
    if entry.previous != head {
        return out_of_place(format!("it follows {}, not {head}", entry.previous));
    }
    let last = place.0.checked_sub(1).and_then(|last| view.row(Sequence(last)));
    match last {
        Some(last) if entry.recorded_at < last.recorded_at => {
            out_of_place("it was recorded before the one before it".to_owned())
        }
        _ => Ok(()),
    }
}
