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
use crate::tlog::tile::{TILE_HEIGHT, TILE_WIDTH, Tile};

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
        let proof = self.inclusion_proof(sequence, committed)?;
        let file = ProofFile { extra: None, index: sequence.0, proof, checkpoint };
        Ok(EntryProof { file, entry_bytes })
    }

    /// Returns the hashes that prove an entry to be one of the first so many (RFC 9162, section
    /// 2.1.3.1), whatever is signed. Proofs through one tile of 256 entries read it once.
    ///
    /// # Errors
    /// When there is no such entry among them, or why entries cannot be read.
    pub fn inclusion_proof(
        &self,
        sequence: Sequence,
        size: Size,
    ) -> Result<Vec<Hash>, LedgerError> {
        let known = self.known();
        inclusion_proof(sequence.0, size.0.min(known.size().0), &mut |height, index| {
            self.subtree_root(&known, (height, index))
        })
    }

    /// The root of a full subtree, of tiles that are kept where they are full.
    fn subtree_root(&self, known: &Known, (height, index): (u8, u64)) -> Result<Hash, LedgerError> {
        if let Some(below) = TILE_HEIGHT.checked_sub(height).filter(|below| 0 < *below) {
            let tile = index >> below;
            let first = tile * TILE_WIDTH;
            if first + TILE_WIDTH <= known.size().0 {
                let read = || self.leaf_hashes(first..first + TILE_WIDTH);
                let nodes = self.leaf_tiles.tile(tile, read)?;
                let within = usize::try_from(index - (tile << below)).unwrap_or(usize::MAX);
                let missing = TlogError::NoSuchLeaf { index, size: known.size().0 };
                return Ok(nodes.node(height, within).ok_or(missing)?);
            }
        }
        known.tree.subtree_root((height, index), |leaves| self.leaf_hashes(leaves))
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
        if committed < from {
            return Err(ProofRefusal::NotEarlier { from, committed }.into());
        }
        let known = self.known();
        let proof = consistency_proof(from.0, committed.0, &mut |height, index| {
            self.subtree_root(&known, (height, index))
        })?;
        if let Some(root) = earlier_root
            && self.root_of(from)? != Some(root)
        {
            return Err(ProofRefusal::Forked { from }.into());
        }
        Ok(ConsistencyFile { from: from.0, proof, checkpoint })
    }

    /// Returns the hashes of a tile of the log (C2SP tlog-tiles); absent when it has no such tile.
    ///
    /// # Errors
    /// Why entries that it is computed from cannot be read.
    pub fn tile_hashes(&self, tile: &Tile) -> Result<Option<Vec<Hash>>, LedgerError> {
        self.known().tree.tile_hashes(tile, |leaves| self.leaf_hashes(leaves))
    }

    fn signed_checkpoint(&self) -> Result<SignedCheckpoint, ProofRefusal> {
        self.vouchers().checkpoint.clone().ok_or(ProofRefusal::NoCheckpoint)
    }
}
