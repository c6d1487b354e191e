//! What the bytes of entries that follow each other say, read on all cores while the store judges
//! them. Must judge nothing itself.

use rayon::prelude::*;

use crate::chain::entry::previous_of;
use crate::chain::error::ChainError;
use crate::store::sweep::Seen;
use crate::tlog::hash::{Hash, leaf_hashes_prefixed};
use crate::tlog::merkle::{Tree, fold_tiles};

/// What some entries that follow each other say.
#[derive(Debug)]
pub(super) struct Stretch<T> {
    /// The hash of each.
    pub(super) hashes: Vec<Hash>,
    /// What the first says it follows.
    pub(super) previous: Result<Hash, ChainError>,
    /// The position of the first that does not follow the one before it in the stretch, and what it
    /// says it follows.
    pub(super) broken: Option<(usize, Result<Hash, ChainError>)>,
    /// What was read of each besides.
    pub(super) entries: Vec<T>,
}

/// Reads entries, each with the zero byte before it.
pub(super) fn read<T>(prefixed: &[&[u8]], entry: impl Fn(&[u8]) -> T) -> Stretch<T> {
    let hashes = leaf_hashes_prefixed(prefixed).expect("a frame has its zero byte");
    let payloads = prefixed.iter().map(|leaf| leaf.get(1..).unwrap_or_default());
    let mut links = payloads.clone().map(previous_of);
    let previous = links.next().unwrap_or(Err(ChainError::Truncated));
    let broken = links.zip(&hashes).position(|(link, before)| link.as_ref() != Ok(before));
    let broken = broken.map(|before| (before + 1, payloads.clone().nth(before + 1)));
    let broken =
        broken.map(|(position, payload)| (position, previous_of(payload.unwrap_or_default())));
    Stretch { hashes, previous, broken, entries: payloads.map(entry).collect() }
}

/// The hashes of stretches, in order.
pub(super) fn hashes<T>(read: &[Seen<Stretch<T>>]) -> Vec<Hash> {
    read.iter().flat_map(|seen| seen.what.hashes.iter().copied()).collect()
}

/// Adds leaves to a tree, on all cores.
pub(super) fn grow(tree: &mut Tree, leaves: &[Hash]) {
    let (_, begun) = tree.rest().as_chunks::<256>();
    let missing = if begun.is_empty() { 0 } else { 256 - begun.len() };
    let (first, leaves) = leaves.split_at(leaves.len().min(missing));
    first.iter().for_each(|leaf| tree.push(*leaf));
    let (tiles, last) = leaves.as_chunks::<256>();
    // As many at a time as keep the lanes of the hash busy up to their roots.
    let roots: Vec<Vec<Hash>> = tiles.par_chunks(16).map(fold_tiles).collect();
    for root in roots.into_iter().flatten() {
        tree.push_tile(root).expect("the leaves before fill their tile");
    }
    last.iter().for_each(|leaf| tree.push(*leaf));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::hash::leaf_hash;

    #[test]
    fn a_tree_grows_by_many_leaves_as_it_does_by_one() {
        let leaves: Vec<Hash> = (0_u32..5_000).map(|leaf| leaf_hash(&leaf.to_le_bytes())).collect();
        let mut one_by_one = Tree::default();
        leaves.iter().for_each(|leaf| one_by_one.push(*leaf));
        for cut in [0, 1, 255, 256, 257, 2_500, 5_000] {
            let mut tree = Tree::default();
            let (before, after) = leaves.split_at(cut);
            grow(&mut tree, before);
            grow(&mut tree, after);
            assert_eq!(tree, one_by_one, "{cut}");
        }
    }
}
