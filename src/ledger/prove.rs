//! Proofs about an open ledger, each under its signed checkpoint. Must prove nothing that the
//! checkpoint does not commit to.

use crate::domain::sequence::{Sequence, Size};
use crate::ledger::error::LedgerError;
use crate::ledger::{Known, Ledger};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::error::TlogError;
use crate::tlog::hash::Hash;
use crate::tlog::proof::{consistency_proof, inclusion_proof};
use crate::tlog::proof_file::{ConsistencyFile, ProofFile};
use crate::tlog::tile::{Tile, Tiles, subtree_root};

/// Why nothing is proved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefusal {
    /// The ledger has no checkpoint, so that a proof would lead to nothing that is signed.
    #[error("the ledger has no checkpoint, and a proof leads to a signed checkpoint")]
    NoCheckpoint,
    /// The checkpoint commits to fewer entries.
    #[error("the checkpoint commits to {committed} entries, entry {sequence} not among them")]
    NotUnderCheckpoint {
        /// The entry.
        sequence: Sequence,
        /// How many entries the checkpoint commits to.
        committed: Size,
    },
    /// The checkpoint commits to fewer entries than the earlier log is to have had.
    #[error("the checkpoint commits to {committed} entries, which is no continuation of {from}")]
    NotEarlier {
        /// The earlier size.
        from: Size,
        /// How many entries the checkpoint commits to.
        committed: Size,
    },
    /// The earlier checkpoint is not one of this log.
    #[error("fork: the first {from} entries are not those of the earlier checkpoint")]
    Forked {
        /// The earlier size.
        from: Size,
    },
}

/// An entry with the proof that it is under the ledger's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProof {
    /// The proof, to be kept in a file.
    pub file: ProofFile,
    /// The entry's bytes, to be kept beside it.
    pub entry_bytes: Vec<u8>,
}

impl Ledger {
    /// Proves that an entry is under the checkpoint (RFC 9162, section 2.1.3).
    ///
    /// # Errors
    /// [`LedgerError::Proof`] with the reason, or why the entry cannot be read.
    pub fn prove_entry(&self, sequence: Sequence) -> Result<EntryProof, LedgerError> {
        let checkpoint = self.signed_checkpoint()?;
        let committed = Size(checkpoint.checkpoint().size);
        if !committed.includes(sequence) {
            return Err(ProofRefusal::NotUnderCheckpoint { sequence, committed }.into());
        }
        let entry_bytes = self.entry_bytes(sequence)?;
        let known = self.known();
        let proof = inclusion_proof(sequence.0, committed.0, &mut |height, index| {
            known.subtree_root(height, index)
        });
        let proof = proof.map_err(|_| self.no_such_entry(sequence))?;
        let file = ProofFile { extra: None, index: sequence.0, proof, checkpoint };
        Ok(EntryProof { file, entry_bytes })
    }

    /// Proves that the checkpoint continues an earlier size of the log (RFC 9162, section 2.1.4);
    /// where the root of then is given, it must be this log's.
    ///
    /// # Errors
    /// [`LedgerError::Proof`] with the reason.
    pub fn prove_consistency(
        &self,
        from: Size,
        earlier_root: Option<Hash>,
    ) -> Result<ConsistencyFile, LedgerError> {
        let checkpoint = self.signed_checkpoint()?;
        let committed = Size(checkpoint.checkpoint().size);
        let known = self.known();
        let proof = consistency_proof(from.0, committed.0, &mut |height, index| {
            known.subtree_root(height, index)
        });
        let proof = proof.map_err(|_| ProofRefusal::NotEarlier { from, committed })?;
        if earlier_root.is_some_and(|root| known.root_of(from) != Some(root)) {
            return Err(ProofRefusal::Forked { from }.into());
        }
        Ok(ConsistencyFile { from: from.0, proof, checkpoint })
    }

    /// Returns the hashes of a tile of the log (C2SP tlog-tiles); absent when it has no such tile.
    pub fn tile_hashes(&self, tile: &Tile) -> Option<Vec<Hash>> {
        self.known().tiles().hashes(tile).map(<[Hash]>::to_vec)
    }

    fn signed_checkpoint(&self) -> Result<SignedCheckpoint, ProofRefusal> {
        self.vouchers().checkpoint.clone().ok_or(ProofRefusal::NoCheckpoint)
    }
}

impl Known {
    /// Returns the root of a full subtree of 2^height leaves, by its index on its level, from the
    /// tiles: O(log size) hashes, once the tiles are there.
    fn subtree_root(&self, height: u8, index: u64) -> Result<Hash, TlogError> {
        let tiles = self.tiles();
        subtree_root(self.view.size().0, (height, index), &mut |tile: &Tile| {
            tiles.hashes(tile).map(<[Hash]>::to_vec).ok_or(TlogError::TileLength)
        })
    }

    /// The tiles of all entries, computed when they are first asked for.
    pub(super) fn tiles(&self) -> &Tiles {
        self.tiles.get_or_init(|| Tiles::of(&self.hashes))
    }
}
