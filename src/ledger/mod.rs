//! The façade: open, append, ask, verify. Knows no terminal, no HTTP and no stranger's format.

pub mod answer;
pub mod append;
pub mod ask;
pub mod changes;
pub mod checkpoint;
pub mod commitments;
mod desk;
pub mod draft;
pub mod error;
pub mod findings;
mod group;
pub mod inquire;
mod leaf_tiles;
mod moment;
pub mod open;
pub mod prove;
pub mod receive;
pub mod record;
mod rehearsal;
pub mod repair;
mod replay;
pub mod snapshot;
pub mod spare;
mod texts;
pub mod verify;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::chain::entry::Entry;
use crate::chain::hot::Hot;
use crate::chain::millis::Millis;
use crate::disk::storage::Storage;
use crate::domain::event::Opening;
use crate::domain::sequence::{Reference, Sequence, Size};
use crate::domain::text::Origin;
use crate::ledger::append::Appended;
use crate::ledger::checkpoint::Vouchers;
use crate::ledger::desk::Desk;
use crate::ledger::error::LedgerError;
use crate::ledger::group::{Request, Working};
use crate::ledger::leaf_tiles::LeafTiles;
use crate::ledger::texts::LogTexts;
use crate::store::reader::Reader;
use crate::store::writer::Writer;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::merkle::{Earlier, Tree};
use crate::view::fold::View;

/// An open ledger, to be shared between threads.
///
/// Asking never waits for recording: every answer rests on what was durable when it was asked.
///
/// ```
/// use std::sync::Arc;
/// use chancery::disk::memory::Memory;
/// use chancery::ledger::Ledger;
/// use chancery::ledger::append::{AppendOptions, Judgement};
/// use chancery::ledger::draft::Draft;
///
/// let storage = Arc::new(Memory::default());
/// let now = "2026-11-22T03:00:00Z".parse()?;
/// let opening: Draft =
///     serde_json::from_str(r#"{"event":{"kind":"opening","origin":"a.example/b"}}"#)?;
/// let ledger = Ledger::create(storage, opening, now)?;
///
/// let war: Draft = serde_json::from_str(
///     r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#,
/// )?;
/// let appended = ledger.append(vec![war], &AppendOptions::at(now))?;
/// assert_eq!(appended.size.0, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Ledger {
    storage: Arc<dyn Storage>,
    log: RwLock<Log>,
    /// Held while a batch is decided and written, so that batches follow each other.
    desk: Desk<Vec<Request>, Vec<Result<Appended, LedgerError>>, Working>,
    /// What is durable; replaced as a whole after each commit.
    known: RwLock<Arc<Known>>,
    /// What lies beside the log to vouch for it.
    vouchers: RwLock<Arc<Vouchers>>,
    /// Where answers take their texts from.
    texts: Arc<LogTexts>,
    /// What proofs have gone through.
    leaf_tiles: LeafTiles,
    /// How much of it a snapshot told.
    resumed_at: Size,
    opening: Opening,
}

/// The log, as it was opened.
#[derive(Debug)]
enum Log {
    Reading(Reader),
    Writing(Writer),
}

/// The entries folded, and their tree.
#[derive(Debug, Clone)]
struct Known {
    view: Arc<View>,
    tree: Tree,
    /// The leaf hash of the last entry; zeros before the first.
    head: Hash,
}

/// What was known before some entries were added.
#[derive(Debug)]
struct Before {
    tree: Earlier,
    head: Hash,
    recorded_at: Option<Millis>,
}

impl Log {
    fn reader(&self) -> &Reader {
        match self {
            Self::Reading(reader) => reader,
            Self::Writing(writer) => writer.reader(),
        }
    }
}

impl Default for Known {
    fn default() -> Self {
        Self { view: Arc::default(), tree: Tree::default(), head: Hash::ZERO }
    }
}

impl Known {
    fn size(&self) -> Size {
        self.view.size()
    }

    /// Folds the next entry, and holds what it says.
    fn push(&mut self, entry: &Entry, hash: Hash) {
        Arc::make_mut(&mut self.view).apply(entry);
        self.push_leaf(hash);
    }

    /// Folds the next entry, which is durable already.
    fn push_durable(&mut self, entry: &Entry, hash: Hash) {
        Arc::make_mut(&mut self.view).fold(&Hot::of(entry));
        self.push_leaf(hash);
    }

    fn push_leaf(&mut self, hash: Hash) {
        self.tree.push(hash);
        self.head = hash;
    }

    /// Lets go of what can be read from the log by now.
    fn release(&mut self) {
        Arc::make_mut(&mut self.view).release();
    }

    fn before(&self) -> Before {
        let recorded_at = self.view.last_recorded_at();
        Before { tree: self.tree.earlier(), head: self.head, recorded_at }
    }

    /// Takes out the entries that were added since.
    fn go_back(&mut self, before: Before, added: &[(Entry, Hash)]) {
        let view = Arc::make_mut(&mut self.view);
        for (position, (entry, _)) in added.iter().enumerate().rev() {
            let earlier = position.checked_sub(1).and_then(|earlier| added.get(earlier));
            let recorded_at = earlier.map(|(earlier, _)| earlier.recorded_at);
            view.undo(entry, recorded_at.or(before.recorded_at));
        }
        self.tree.go_back(before.tree);
        self.head = before.head;
    }
}

impl Ledger {
    /// Returns the entries folded, as of now.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.known().view)
    }

    /// Returns what the ledger says of itself in its first entry.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns the ledger's name.
    pub fn origin(&self) -> &Origin {
        &self.opening.origin
    }

    /// Returns the number of entries.
    pub fn size(&self) -> Size {
        self.known().view.size()
    }

    /// Returns the leaf hash of the last entry.
    pub fn head(&self) -> Hash {
        self.known().head
    }

    /// Returns the leaf hash of an entry, if there is one of that number.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn hash_of(&self, sequence: Sequence) -> Result<Option<Hash>, LedgerError> {
        let known = self.known();
        if known.size() == sequence.through() {
            return Ok(Some(known.head));
        }
        let is_there = known.size().includes(sequence);
        is_there.then(|| Ok(leaf_hash(&self.entry_bytes(sequence)?))).transpose()
    }

    /// Returns the leaf hash of the last entry of a prefix; absent when there are fewer entries, or
    /// for none.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn head_of(&self, size: Size) -> Result<Option<Hash>, LedgerError> {
        size.0.checked_sub(1).map_or(Ok(None), |last| self.hash_of(Sequence(last)))
    }

    /// Returns the Merkle root of a prefix (RFC 6962, section 2.1); absent when there are fewer
    /// entries.
    ///
    /// # Errors
    /// Why entries that it is computed from cannot be read.
    pub fn root_of(&self, size: Size) -> Result<Option<Hash>, LedgerError> {
        self.known().tree.root_of(size.0, |leaves| self.leaf_hashes(leaves))
    }

    /// Returns the Merkle root of all entries.
    pub fn root(&self) -> Hash {
        self.known().tree.root()
    }

    /// The leaf hashes of some entries, read from the log.
    fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>, LedgerError> {
        open::leaf_hashes(&self.log().reader().clone(), range)
    }

    /// Tells whether everything could be read that answers given so far rest on.
    ///
    /// Texts are read when an answer needs them, from bytes that were judged when the ledger was
    /// opened. Should they be others by then, the answer lacks them, and this says so: ask it before
    /// an answer is believed.
    ///
    /// # Errors
    /// The first entry that could not be read, and why.
    pub fn settled(&self) -> Result<(), LedgerError> {
        self.texts.fault()
    }

    /// Finds the number of an entry that is named by number or by key.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`], [`LedgerError::NoSuchKey`].
    pub fn sequence_of(&self, reference: &Reference) -> Result<Sequence, LedgerError> {
        let known = self.known();
        match reference {
            Reference::Number(sequence) if known.view.size().includes(*sequence) => Ok(*sequence),
            Reference::Number(sequence) => Err(self.no_such_entry(*sequence)),
            Reference::Key(key) => {
                let found = known.view.key(key);
                found.ok_or_else(|| LedgerError::NoSuchKey { key: key.clone() })
            }
        }
    }

    fn no_such_entry(&self, sequence: Sequence) -> LedgerError {
        LedgerError::NoSuchEntry { sequence, size: self.size() }
    }

    /// Finds the one entry whose leaf hash begins with some lower-case hexadecimal digits, reading
    /// all of the log.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchHash`] when there is none, or more than one, and why the log cannot be
    /// read.
    pub fn sequence_with_hash(&self, prefix: &str) -> Result<Sequence, LedgerError> {
        let (mut first, mut count) = (None, 0);
        let payloads = self.payloads(Sequence(0)..Sequence(u64::MAX));
        for (sequence, payload) in (0..).zip(payloads) {
            if leaf_hash(&payload?).to_string().starts_with(prefix) {
                first = first.or(Some(Sequence(sequence)));
                count += 1;
            }
        }
        match (first, count) {
            (Some(sequence), 1) => Ok(sequence),
            _ => Err(LedgerError::NoSuchHash { prefix: prefix.to_owned(), count }),
        }
    }

    /// Returns how many entries had been recorded up to a moment, that moment included.
    pub fn size_at(&self, moment: Millis) -> Size {
        let view = self.view();
        let (mut low, mut high) = (0, view.size().0);
        // Times of recording never decrease.
        while low < high {
            let middle = low + (high - low) / 2;
            match view.row(Sequence(middle)) {
                Some(row) if row.recorded_at <= moment => low = middle + 1,
                _ => high = middle,
            }
        }
        Size(low)
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, known: Known) -> Arc<Known> {
        let mut published = self.known.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *published, Arc::new(known))
    }

    fn log(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_to_write(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }
}
