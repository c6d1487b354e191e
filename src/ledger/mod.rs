//! The façade: open, append, ask, verify. Knows no terminal, no HTTP and no stranger's format.

pub mod answer;
pub mod append;
pub mod ask;
pub mod checkpoint;
pub mod commitments;
mod desk;
pub mod draft;
pub mod error;
pub mod findings;
mod group;
pub mod inquire;
mod moment;
pub mod open;
pub mod prove;
pub mod receive;
pub mod record;
mod rehearsal;
mod replay;
pub mod verify;

use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::chain::entry::Entry;
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
use crate::store::reader::Reader;
use crate::store::writer::Writer;
use crate::tlog::hash::Hash;
use crate::tlog::merkle::Frontier;
use crate::tlog::tile::Tiles;
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
    desk: Desk<Request, Result<Appended, LedgerError>, Working>,
    /// What is durable; replaced as a whole after each commit.
    known: RwLock<Arc<Known>>,
    /// What lies beside the log to vouch for it.
    vouchers: RwLock<Arc<Vouchers>>,
    opening: Opening,
}

/// The log, as it was opened.
#[derive(Debug)]
enum Log {
    Reading(Reader),
    Writing(Writer),
}

/// The entries folded, and their hashes.
#[derive(Debug, Clone, Default)]
struct Known {
    view: Arc<View>,
    hashes: Vec<Hash>,
    /// Computed from the hashes when a proof or a tile is first asked for.
    tiles: OnceLock<Tiles>,
}

impl Log {
    fn reader(&self) -> &Reader {
        match self {
            Self::Reading(reader) => reader,
            Self::Writing(writer) => writer.reader(),
        }
    }
}

impl Known {
    /// Folds the next entry.
    fn push(&mut self, entry: &Entry, hash: Hash) {
        Arc::make_mut(&mut self.view).apply(entry);
        self.hashes.push(hash);
        self.tiles = OnceLock::new();
    }

    /// Takes the last entry out again.
    fn pop(&mut self, entry: &Entry) {
        Arc::make_mut(&mut self.view).undo(entry);
        self.hashes.pop();
        self.tiles = OnceLock::new();
    }

    fn head(&self) -> Hash {
        self.hashes.last().copied().unwrap_or(Hash::ZERO)
    }

    /// The Merkle root of a prefix; absent when there are fewer entries.
    fn root_of(&self, size: Size) -> Option<Hash> {
        let leaves = self.hashes.get(..usize::try_from(size.0).ok()?)?;
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        Some(frontier.root())
    }

    fn last_recorded_at(&self) -> Option<Millis> {
        let last = self.view.size().0.checked_sub(1)?;
        self.view.row(Sequence(last)).map(|row| row.recorded_at)
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
        self.known().head()
    }

    /// Returns the leaf hash of an entry, if there is one of that number.
    pub fn hash_of(&self, sequence: Sequence) -> Option<Hash> {
        let position = usize::try_from(sequence.0).ok()?;
        self.known().hashes.get(position).copied()
    }

    /// Returns the leaf hash of the last entry of a prefix; absent when there are fewer entries, or
    /// for none.
    pub fn head_of(&self, size: Size) -> Option<Hash> {
        self.hash_of(Sequence(size.0.checked_sub(1)?))
    }

    /// Returns the Merkle root of a prefix (RFC 6962, section 2.1); absent when there are fewer
    /// entries.
    pub fn root_of(&self, size: Size) -> Option<Hash> {
        self.known().root_of(size)
    }

    /// Returns the Merkle root of all entries.
    pub fn root(&self) -> Hash {
        let mut frontier = Frontier::default();
        self.known().hashes.iter().for_each(|leaf| frontier.push(*leaf));
        frontier.root()
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

    /// Finds the one entry whose leaf hash begins with some lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchHash`] when there is none, or more than one.
    pub fn sequence_with_hash(&self, prefix: &str) -> Result<Sequence, LedgerError> {
        let known = self.known();
        let with_prefix = |hash: &Hash| hash.to_string().starts_with(prefix);
        let mut found = (0..).zip(&known.hashes).filter(|(_, hash)| with_prefix(hash));
        match (found.next(), found.count()) {
            (Some((sequence, _)), 0) => Ok(Sequence(sequence)),
            (first, others) => {
                let count = usize::from(first.is_some()) + others;
                Err(LedgerError::NoSuchHash { prefix: prefix.to_owned(), count })
            }
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
