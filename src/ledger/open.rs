//! Opens a ledger: for reading, for writing, or by beginning one. Must change nothing unless it is
//! opened for writing.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, RwLock};

use crate::chain::codec::decode;
use crate::chain::error::ChainError;
use crate::chain::hot::Hot;
use crate::chain::millis::Millis;
use crate::chain::scan;
use crate::disk::storage::Storage;
use crate::domain::event::{Event, Opening};
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::append::{AppendOptions, Batch, Finished};
use crate::ledger::checkpoint::{CheckpointFault, Vouchers};
use crate::ledger::commitments::Commitments;
use crate::ledger::desk::Desk;
use crate::ledger::draft::Draft;
use crate::ledger::error::LedgerError;
use crate::ledger::group::{Request, Working};
use crate::ledger::leaf_tiles::LeafTiles;
use crate::ledger::receive::copy_of;
use crate::ledger::record::EntryRecord;
use crate::ledger::replay::{Stretch, grow, hashes, read};
use crate::ledger::snapshot::{Resumed, resume};
use crate::ledger::texts::LogTexts;
use crate::ledger::verify::VerifyOptions;
use crate::ledger::{Known, Ledger, Log};
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::scan::segment_names;
use crate::store::sweep::{Seen, Watch};
use crate::store::writer::Writer;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::view::rows::Texts;

/// Bytes that a crash left after the last whole batch, and that were moved out of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTail {
    /// The file in the ledger's folder that holds them now.
    pub name: String,
    /// How many they are.
    pub bytes: u64,
}

/// The hot fields of some entries.
type Read = Stretch<Result<Hot, ChainError>>;

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
        batch.take_all(Request::of(vec![opening], AppendOptions::at(now)), no_entry)?;
        let Finished { payloads, known, .. } = batch.finish();
        let writer = Writer::create(Arc::clone(&storage), &[payloads])?;
        let (vouchers, resumed_at) = (Vouchers::default(), Size(0));
        let opened = Opened { known, vouchers, opening: content, resumed_at };
        Ok(Self::with(storage, Log::Writing(writer), opened))
    }

    /// Opens a ledger for reading. Changes nothing.
    ///
    /// Bytes that a crash left after the last whole batch are passed over.
    ///
    /// # Errors
    /// When there is no ledger, or a damaged one: the error names its first bad entry.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, LedgerError> {
        // Before the log, which may grow meanwhile.
        let mut replay = Replay::held_to(Vouchers::read(&*storage)?);
        let mut watch = Watch { see: hot_fields, take: |read| replay.take_all(read) };
        let (reader, shown) = Reader::open_showing(Arc::clone(&storage), &mut watch)?;
        let ending = reader.ending();
        let is_readable = matches!(ending, Ending::Clean | Ending::TornTail { .. });
        if !is_readable && !reader.is_live() {
            return Err(StoreError::Damaged { ending }.into());
        }
        reader.show(shown, &mut watch)?;
        let opened = replay.end(&reader)?;
        Ok(Self::with(storage, Log::Reading(reader), opened))
    }

    /// Opens a ledger for reading as [`Ledger::open`] does, by the snapshot that a cache holds of it
    /// if there is one: then only what has come since is read and judged. A snapshot is used only if
    /// the last entry that it knows, read and hashed now, is the one that it knew. See
    /// [`Ledger::keep_snapshot`].
    ///
    /// # Errors
    /// Those of [`Ledger::open`].
    pub fn open_cached(
        storage: Arc<dyn Storage>,
        cache: &dyn Storage,
    ) -> Result<Self, LedgerError> {
        let vouchers = Vouchers::read(&*storage)?;
        let Some(Resumed { reader, known }) = resume(&storage, cache)? else {
            return Self::open(storage);
        };
        let resumed_at = known.size();
        let mut replay = Replay { known, ..Replay::held_to(vouchers) };
        replay.compare_with(&reader)?;
        let mut watch = Watch { see: hot_fields, take: |read| replay.take_all(read) };
        reader.show(resumed_at.0, &mut watch)?;
        let opened = Opened { resumed_at, ..replay.end(&reader)? };
        Ok(Self::with(storage, Log::Reading(reader), opened))
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
        let (writer, opened) = open_to_write(&storage)?;
        Ok(Self::with(storage, Log::Writing(writer), opened))
    }

    fn with(storage: Arc<dyn Storage>, log: Log, opened: Opened) -> Self {
        let Opened { mut known, vouchers, opening, resumed_at } = opened;
        let texts = Arc::new(LogTexts::new(log.reader().clone()));
        Arc::make_mut(&mut known.view).read_from(Arc::clone(&texts) as Arc<dyn Texts>);
        Self {
            storage,
            log: RwLock::new(log),
            desk: Desk::new(Working::default()),
            known: RwLock::new(Arc::new(known)),
            vouchers: RwLock::new(Arc::new(vouchers)),
            texts,
            leaf_tiles: LeafTiles::default(),
            resumed_at,
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

/// How many entries are read at a time by those who walk over them.
const READ_AT_ONCE: u64 = 1_024;

/// Walks entries, reading some at a time.
struct Payloads<'a> {
    ledger: &'a Ledger,
    left: Range<u64>,
    /// The bytes of the next entries.
    read: VecDeque<Vec<u8>>,
}

impl Payloads<'_> {
    fn refill(&mut self) -> Result<(), LedgerError> {
        let reader = self.ledger.log().reader().clone();
        let end = self.left.end.min(self.left.start + READ_AT_ONCE);
        for record in reader.records(self.left.start..end) {
            self.read.push_back(record?.payload);
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

/// What opening a log gives.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) known: Known,
    pub(super) vouchers: Vouchers,
    pub(super) opening: Opening,
    /// How much of it a snapshot told.
    pub(super) resumed_at: Size,
}

/// Opens a log for whoever may write it, and holds it to what vouches for it.
pub(super) fn open_to_write(storage: &Arc<dyn Storage>) -> Result<(Writer, Opened), LedgerError> {
    // A log that lost what was signed is left as it is: its tail may be what is left of it.
    let before = Vouchers::read(&**storage)?;
    let committed = before.committed();
    let mut replay = Replay::held_to(before.clone());
    let mut watch = Watch { see: hot_fields, take: |read| replay.take_all(read) };
    let judged = Writer::judge(Arc::clone(storage), committed.0, &mut watch);
    let judged = judged.map_err(|error| match error {
        StoreError::Shorter { size, .. } => {
            CheckpointFault::Truncated { size: Size(size), committed }.into()
        }
        other => LedgerError::from(other),
    })?;
    // Only under the lock nobody replaces it.
    let now = Vouchers::read(&**storage)?;
    if now != before {
        // Somebody signed meanwhile: the log is held to that.
        replay = Replay::held_to(now);
        let mut watch = Watch { see: hot_fields, take: |read| replay.take_all(read) };
        judged.reader().show(0, &mut watch)?;
    }
    let opened = replay.end(judged.reader())?;
    // Only what is the ledger in every respect is written to, and only now.
    Ok((judged.begin()?, opened))
}

/// Reads the hot fields of entries; where they cannot be read, the codec says why.
fn hot_fields(entries: &[&[u8]]) -> Read {
    read(entries, |payload| match scan::hot(payload) {
        Some(hot) => Ok(hot),
        None => decode(payload).map(|entry| Hot::of(&entry)),
    })
}

/// Folds a log while it is read.
#[derive(Debug)]
struct Replay {
    known: Known,
    commitments: Commitments,
    /// Why it cannot be folded to its end.
    fault: Option<LedgerError>,
}

impl Replay {
    /// Begins to fold a log that is held to what lies beside it.
    fn held_to(vouchers: Vouchers) -> Self {
        let commitments = Commitments::new(Ok(vouchers), &VerifyOptions::default());
        Self { known: Known::default(), commitments, fault: None }
    }

    /// Compares what the log is held to with what a snapshot told of it.
    fn compare_with(&mut self, reader: &Reader) -> Result<(), LedgerError> {
        let Self { known, commitments, .. } = self;
        commitments.compare(|size| known.tree.root_of(size.0, |leaves| leaf_hashes(reader, leaves)))
    }

    fn take_all(&mut self, read: Vec<Seen<Read>>) {
        if self.fault.is_some() {
            return;
        }
        let leaves = hashes(&read);
        self.commitments.take(&self.known.tree, &leaves);
        grow(&mut self.known.tree, &leaves);
        self.fault = read.into_iter().try_for_each(|seen| self.take(seen)).err();
    }

    fn take(&mut self, seen: Seen<Read>) -> Result<(), LedgerError> {
        let Stretch { hashes, previous, broken, entries } = seen.what;
        let first = seen.sequences.start;
        let view = Arc::make_mut(&mut self.known.view);
        for (position, hot) in entries.into_iter().enumerate() {
            let place = Sequence(first + position as u64);
            let hot = hot.map_err(|source| LedgerError::Entry { entry: place, source })?;
            let follows = match (&broken, position) {
                (_, 0) => Some((&previous, self.known.head)),
                (Some((at, previous)), _) if *at == position => {
                    Some((previous, hashes.get(position - 1).copied().unwrap_or(Hash::ZERO)))
                }
                _ => None,
            };
            if let Some((Ok(previous), head)) = follows {
                follows_head(place, *previous, head)?;
            }
            placed(place, hot.sequence, hot.recorded_at, view.last_recorded_at())?;
            view.add(&hot);
        }
        self.known.head = hashes.last().copied().unwrap_or(self.known.head);
        Ok(())
    }

    fn end(self, reader: &Reader) -> Result<Opened, LedgerError> {
        let Self { mut known, commitments, fault } = self;
        fault.map_or(Ok(()), Err)?;
        Arc::make_mut(&mut known.view).settle();
        let opening =
            match reader.record(0)?.map(|record| entry_record(Sequence(0), &record.payload)) {
                Some(record) => record?.entry.event,
                None => return Err(no_opening()),
            };
        let Event::Opening(opening) = opening else { return Err(no_opening()) };
        let vouchers = commitments.hold(&opening.origin, known.size())?;
        Ok(Opened { known, vouchers, opening, resumed_at: Size(0) })
    }
}

/// The leaf hashes of some entries of a log.
pub(super) fn leaf_hashes(reader: &Reader, range: Range<u64>) -> Result<Vec<Hash>, LedgerError> {
    reader.records(range).map(|record| Ok(leaf_hash(&record?.payload))).collect()
}

fn no_opening() -> LedgerError {
    let reason = "a ledger begins with an opening".to_owned();
    LedgerError::OutOfPlace { entry: Sequence(0), reason }
}

fn out_of_place(entry: Sequence, reason: String) -> Result<(), LedgerError> {
    Err(LedgerError::OutOfPlace { entry, reason })
}

/// Holds an entry to its link.
pub(super) fn follows_head(place: Sequence, previous: Hash, head: Hash) -> Result<(), LedgerError> {
    if previous == head {
        return Ok(());
    }
    out_of_place(place, format!("it follows {previous}, not {head}"))
}

/// Holds an entry to its number and its time; the rules were judged when it was recorded and are
/// judged again by `verify`.
pub(super) fn placed(
    place: Sequence,
    number: Sequence,
    recorded_at: Millis,
    last_recorded_at: Option<Millis>,
) -> Result<(), LedgerError> {
    if number != place {
        return out_of_place(place, format!("it bears the number {number}"));
    }
    if last_recorded_at.is_some_and(|last| recorded_at < last) {
        return out_of_place(place, "it was recorded before the one before it".to_owned());
    }
    Ok(())
}
