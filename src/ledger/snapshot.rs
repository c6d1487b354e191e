//! Snapshots: what opening a ledger for asking has computed, kept in a cache beside no ledger, so that
//! the next opening reads only what has come since. Must be used only where the log still says what it
//! said, and never by who verifies or records.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::disk::storage::Storage;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::error::LedgerError;
use crate::ledger::{Known, Ledger};
use crate::store::error::StoreError;
use crate::store::reader::{Index, Reader, first_record};
use crate::tlog::hash::{Hash, leaf_hash, sha256};
use crate::tlog::merkle::Tree;
use crate::view::fold::View;

/// Begins every snapshot; another layout begins otherwise.
pub const MAGIC: &[u8; 8] = b"CHNCSN\x09\n";
/// More than a snapshot of a log as long as a cache is good for.
const SNAPSHOT_BYTES_MAX: usize = 1 << 31;
/// A log that has grown by less is not worth another snapshot: so many entries are read in no time.
const GROWN_MIN: u64 = 4_096;
/// Nor is one that has grown by less than this part of it.
const GROWN_PART: u64 = 8;

/// What a snapshot holds.
#[derive(Debug, Serialize, Deserialize)]
struct Body<V> {
    head: [u8; 32],
    index: Index,
    /// The roots over each full 256 leaves.
    tiles: Vec<[u8; 32]>,
    /// The leaves after them.
    rest: Vec<[u8; 32]>,
    view: V,
}

/// A log opened by a snapshot.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) reader: Reader,
    pub(super) known: Known,
}

/// Where the snapshot of the ledger that begins with an entry lies in a cache.
fn name_of(opening: &[u8]) -> String {
    format!("{}/snapshot", leaf_hash(opening))
}

/// Opens a log by the snapshot that a cache holds of it. None where there is none that is sound and of
/// this very log, or where the log has to be read as a whole.
pub(super) fn resume(
    storage: &Arc<dyn Storage>,
    cache: &dyn Storage,
) -> Result<Option<Resumed>, LedgerError> {
    let Some(opening) = first_record(&**storage)? else { return Ok(None) };
    // A cache that cannot be read is none.
    let Ok(bytes) = cache.read(&name_of(&opening), SNAPSHOT_BYTES_MAX) else { return Ok(None) };
    let Some(Body { head, index, tiles, rest, view }) = decode(&bytes) else { return Ok(None) };
    let known = Known { view: Arc::new(view), tree: tree(&tiles, &rest), head: Hash(head) };
    let size = known.size();
    let Some(reader) = Reader::open_by(Arc::clone(storage), index)? else { return Ok(None) };
    let last = size.0.checked_sub(1).map_or(Ok(None), |last| reader.record(last))?;
    let is_of_this_log = last.is_some_and(|last| leaf_hash(&last.payload) == known.head)
        && known.tree.size() == size.0;
    Ok(is_of_this_log.then_some(Resumed { reader, known }))
}

/// Folds a log again, and removes the snapshot that a cache holds of it if that says anything else.
/// Returns whether it did; absent when there is none that would be used.
///
/// # Errors
/// When the log cannot be opened, or the snapshot not be removed.
pub fn hold_snapshot(
    storage: &Arc<dyn Storage>,
    cache: &dyn Storage,
) -> Result<Option<bool>, LedgerError> {
    let by_snapshot = match Ledger::open_cached(Arc::clone(storage), cache) {
        Ok(opened) if opened.resumed_at == Size(0) => return Ok(None),
        opened => opened,
    };
    let whole = Ledger::open(Arc::clone(storage))?;
    let is_same = |ledger: &Ledger| {
        *ledger.view() == *whole.view() && ledger.known().tree == whole.known().tree
    };
    let is_wrong = !by_snapshot.as_ref().is_ok_and(is_same);
    if is_wrong {
        let name = name_of(&whole.entry_bytes(Sequence(0))?);
        cache.remove(&name).map_err(StoreError::from)?;
    }
    Ok(Some(is_wrong))
}

fn tree(tiles: &[[u8; 32]], rest: &[[u8; 32]]) -> Tree {
    let mut tree = Tree::default();
    for tile in tiles {
        tree.push_tile(Hash(*tile)).expect("no leaves come before the tiles");
    }
    rest.iter().for_each(|leaf| tree.push(Hash(*leaf)));
    tree
}

fn decode(bytes: &[u8]) -> Option<Body<View>> {
    let (body, sum) = bytes.strip_prefix(MAGIC)?.split_last_chunk::<32>()?;
    // Both take about as long.
    let (is_sound, decoded) =
        rayon::join(|| sha256(body).0 == *sum, || postcard::from_bytes(body).ok());
    decoded.filter(|_| is_sound)
}

fn encode(known: &Known, index: Index) -> Result<Vec<u8>, postcard::Error> {
    let bytes = |hashes: &[Hash]| hashes.iter().map(|hash| hash.0).collect();
    let body = Body {
        head: known.head.0,
        index,
        tiles: bytes(known.tree.tiles()),
        rest: bytes(known.tree.rest()),
        view: &*known.view,
    };
    let mut encoded = postcard::to_extend(&body, MAGIC.to_vec())?;
    let sum = sha256(encoded.get(MAGIC.len()..).unwrap_or_default());
    encoded.extend(sum.0);
    Ok(encoded)
}

impl Ledger {
    /// Keeps a snapshot in a cache, so that opening the ledger for asking takes less time, unless the
    /// one that is there is nearly as new. Returns how many bytes were kept, if any.
    ///
    /// The cache is a folder of the user's, not the ledger's; whatever lies in it may be deleted at
    /// any time.
    ///
    /// # Errors
    /// What the cache answers; the ledger is what it was.
    pub fn keep_snapshot(&self, cache: &dyn Storage) -> Result<Option<usize>, LedgerError> {
        if self.is_worth_a_snapshot() { self.keep_any_snapshot(cache) } else { Ok(None) }
    }

    /// Does so whether or not it saves time, for tests.
    ///
    /// # Errors
    /// Those of [`Ledger::keep_snapshot`].
    #[cfg(any(test, feature = "test-support"))]
    pub fn keep_snapshot_at_once(&self, cache: &dyn Storage) -> Result<Option<usize>, LedgerError> {
        self.keep_any_snapshot(cache)
    }

    fn keep_any_snapshot(&self, cache: &dyn Storage) -> Result<Option<usize>, LedgerError> {
        let known = self.known();
        let index = self.log().reader().index();
        if index.size() != known.size().0 {
            return Ok(None);
        }
        let name = name_of(&self.entry_bytes(Sequence(0))?);
        let Ok(bytes) = encode(&known, index) else { return Ok(None) };
        let folder = name.split('/').next().unwrap_or_default();
        cache.create_folder(folder).map_err(StoreError::from)?;
        cache.replace(&name, &bytes).map_err(StoreError::from)?;
        Ok(Some(bytes.len()))
    }

    /// Tells whether so much of the ledger was read when it was opened that a snapshot saves time.
    pub fn is_worth_a_snapshot(&self) -> bool {
        let size = self.size();
        let grown = size.0 - self.resumed_at.0;
        GROWN_MIN.max(size.0 / GROWN_PART) <= grown
    }

    /// How many entries the snapshot held that the ledger was opened by; none when it was read whole.
    pub fn resumed_at(&self) -> Size {
        self.resumed_at
    }
}
