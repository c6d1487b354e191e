//! The nodes of tiles that proofs have gone through, kept so that the next proof through one reads
//! nothing. Full tiles never change. Must keep no more than so many.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use crate::tlog::hash::{Hash, node_hash};

/// How many tiles are kept; each takes 16 KiB.
const TILES_MAX: usize = 1_024;

/// Tiles by their index.
#[derive(Debug, Default)]
pub(super) struct LeafTiles {
    index_to_tile: Mutex<HashMap<u64, Arc<LeafTile>>>,
}

/// One full tile of leaves and all nodes over them, level by level.
#[derive(Debug)]
pub(super) struct LeafTile {
    levels: Vec<Vec<Hash>>,
}

impl LeafTile {
    fn over(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some([_, _, ..]) = levels.last().map(Vec::as_slice) {
            let pairs = levels.last().map_or(&[][..], |level| level.as_chunks::<2>().0);
            levels.push(pairs.iter().map(|[left, right]| node_hash(left, right)).collect());
        }
        Self { levels }
    }

    /// The root of 2^height leaves of the tile, by its index on its level within the tile.
    pub(super) fn node(&self, height: u8, index: usize) -> Option<Hash> {
        self.levels.get(usize::from(height))?.get(index).copied()
    }
}

impl LeafTiles {
    /// Gives a tile, made of leaves that `read` gives if it is not kept.
    pub(super) fn tile<E>(
        &self,
        index: u64,
        read: impl FnOnce() -> Result<Vec<Hash>, E>,
    ) -> Result<Arc<LeafTile>, E> {
        if let Some(tile) = self.kept().get(&index) {
            return Ok(Arc::clone(tile));
        }
        let tile = Arc::new(LeafTile::over(read()?));
        let mut kept = self.kept();
        if TILES_MAX <= kept.len() {
            kept.clear();
        }
        kept.insert(index, Arc::clone(&tile));
        Ok(tile)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<LeafTile>>> {
        self.index_to_tile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
