//! Another place that holds a ledger's entries, as far as a repair has to know it. Must take nothing
//! on trust: what it hands out is held to its hashes by whoever takes it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::disk::storage::Storage;
use crate::ledger::checkpoint::read_checkpoint;
use crate::ledger::error::LedgerError;
use crate::ledger::replay::{Stretch, grow, read};
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::sweep::{Seen, Watch};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;

/// Reads the bytes of the entries of a range.
pub type ReadEntries<'a, E> = Box<dyn FnMut(Range<u64>) -> Result<Vec<Vec<u8>>, E> + 'a>;

/// A place that holds entries of a ledger: a copy, a backup, a published log.
pub struct Spare<'a, E> {
    /// The hashes of its entries, from the first on.
    pub leaves: Vec<Hash>,
    /// The checkpoint that commits to the first of them, signed with the key of the ledger; absent
    /// where that cannot be shown.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Reads its entries.
    pub entries: ReadEntries<'a, E>,
}

impl<E> fmt::Debug for Spare<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { leaves, checkpoint, .. } = self;
        f.debug_struct("Spare")
            .field("leaves", &leaves.len())
            .field("checkpoint", checkpoint)
            .finish_non_exhaustive()
    }
}

impl<E: From<LedgerError>> Spare<'static, E> {
    /// Looks at the folder of a ledger, whole or damaged: as far as it can be read.
    ///
    /// # Errors
    /// Why there is no log, or what the storage answers.
    pub fn in_folder(
        storage: Arc<dyn Storage>,
        key: Option<&VerifierKey>,
    ) -> Result<Self, LedgerError> {
        let Leaves { reader, leaves, .. } = read_leaves(Arc::clone(&storage))?;
        let signed = match (key, read_checkpoint(&*storage)) {
            (Some(key), Ok(Some(signed))) => signed.verify(key).is_ok().then_some(signed),
            _ => None,
        };
        let checkpoint = signed.filter(|signed| {
            let size = usize::try_from(signed.checkpoint().size).unwrap_or(usize::MAX);
            let committed = leaves.get(..size);
            committed.is_some_and(|leaves| root(leaves) == signed.checkpoint().root)
        });
        let entries = move |range| {
            let records = reader.records(range);
            let payloads = records.map(|record| record.map(|record| record.payload));
            payloads.collect::<Result<Vec<_>, _>>().map_err(|error| E::from(error.into()))
        };
        Ok(Self { leaves, checkpoint, entries: Box::new(entries) })
    }
}

impl<E> Spare<'_, E> {
    /// How many of its entries are under a checkpoint that the ledger's key has signed.
    #[must_use]
    pub fn signed(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |signed| signed.checkpoint().size)
    }
}

/// The root of some leaves.
pub(super) fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    grow(&mut tree, leaves);
    tree.root()
}

/// The entries of a log that can be read, as their hashes.
pub(super) struct Leaves {
    pub(super) reader: Reader,
    pub(super) leaves: Vec<Hash>,
    /// The first that does not follow the one before it.
    pub(super) broken: Option<u64>,
}

/// Reads the hashes of all entries that can be read, in order.
pub(super) fn read_leaves(storage: Arc<dyn Storage>) -> Result<Leaves, LedgerError> {
    let (mut leaves, mut broken) = (Vec::new(), None);
    let mut watch = Watch {
        see: |entries: &[&[u8]]| read(entries, |_| ()),
        take: |read: Vec<Seen<Stretch<()>>>| {
            for Seen { sequences, what } in read {
                let head = leaves.last().copied().unwrap_or(Hash::ZERO);
                let begins_elsewhere = (what.previous != Ok(head)).then_some(0);
                let at = begins_elsewhere.or(what.broken.map(|(position, _)| position));
                broken = broken.or(at.map(|position| sequences.start + position as u64));
                leaves.extend(what.hashes);
            }
        },
    };
    let (reader, shown) = Reader::open_showing(storage, &mut watch)?;
    match reader.show(shown, &mut watch) {
        Ok(()) | Err(StoreError::Changed { .. }) => Ok(Leaves { reader, leaves, broken }),
        Err(error) => Err(error.into()),
    }
}
