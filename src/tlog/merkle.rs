//! The Merkle tree of RFC 6962, grown leaf by leaf and kept as the roots of its full subtrees.
//! Must not keep leaves.

use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, empty_root, node_hash};

/// The greatest height of a subtree that can be appended.
const HEIGHT_MAX: u8 = 62;

/// The leaves that appending stops at; pushing one by one never gets there.
const SIZE_MAX: u64 = 1 << 63;

/// Grows a tree at its right edge and tells its root (RFC 6962, section 2.1).
///
/// ```
/// use chancery::tlog::hash::{leaf_hash, node_hash};
/// use chancery::tlog::merkle::Frontier;
///
/// let (first, second) = (leaf_hash(b"first"), leaf_hash(b"second"));
/// let mut frontier = Frontier::default();
/// frontier.push(first);
/// frontier.push(second);
/// assert_eq!((frontier.size(), frontier.root()), (2, node_hash(&first, &second)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    run: Run,
}

impl Frontier {
    /// Adds one leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.run.push(leaf);
    }

    /// Adds a full subtree of 2^height leaves by its root.
    ///
    /// # Errors
    /// [`TlogError::Misplaced`] unless the size so far is a multiple of 2^height.
    pub fn append(&mut self, height: u8, subtree_root: Hash) -> Result<(), TlogError> {
        let size = self.size();
        let fits = height <= HEIGHT_MAX && size <= SIZE_MAX - (1 << height);
        if !fits || !size.is_multiple_of(1 << height) {
            return Err(TlogError::Misplaced { height, size });
        }
        self.run.add(height, subtree_root);
        Ok(())
    }

    /// Adds the leaves of a run that was hashed elsewhere.
    ///
    /// # Errors
    /// [`TlogError::Misplaced`] unless the run begins where the tree ends.
    pub fn join(&mut self, run: &Run) -> Result<(), TlogError> {
        if run.first != self.size() {
            return Err(TlogError::Misplaced { height: 0, size: self.size() });
        }
        run.subtrees.iter().try_for_each(|&(height, root)| self.append(height, root))
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.run.end
    }

    /// Returns the root of the tree as it is now.
    #[must_use]
    pub fn root(&self) -> Hash {
        let from_the_right = self.run.subtrees.iter().rev().map(|(_, root)| *root);
        from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

/// Hashes the leaves of some stretch of a tree, apart from what lies before it, so that several
/// cores can each take a stretch and a [`Frontier`] can join them in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    first: u64,
    end: u64,
    /// Height and root of the largest aligned full subtrees, from left to right.
    subtrees: Vec<(u8, Hash)>,
}

impl Run {
    /// Begins a run at the leaf with this number.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        Self { first, end: first, subtrees: Vec::new() }
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.add(0, leaf);
    }

    /// Adds a subtree that begins at `end` (a multiple of its size), then folds full siblings.
    fn add(&mut self, height: u8, root: Hash) {
        let (mut height, mut root) = (height, root);
        let mut begin = self.end;
        self.end += 1 << height;
        // A right child (odd index on its level) joins its sibling if that too is in this run.
        while begin >> height & 1 == 1 && self.first <= begin - (1 << height) {
            let Some((_, left)) = self.subtrees.pop() else { break };
            root = node_hash(&left, &root);
            begin -= 1 << height;
            height += 1;
        }
        self.subtrees.push((height, root));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::hash::leaf_hash;

    /// The leaves and roots of certificate-transparency's reference tree.
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    /// MTH of RFC 6962, section 2.1, as it stands there.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_le_bytes())).collect()
    }

    #[test]
    fn the_classic_leaves_have_the_known_roots() {
        let mut frontier = Frontier::default();
        for size in 0..=8 {
            assert_eq!(frontier.root().to_string(), ROOTS[size], "{size} leaves");
            assert_eq!(frontier.size(), size as u64);
            if size < 8 {
                frontier.push(leaf_hash(LEAVES[size]));
            }
        }
    }

    #[test]
    fn a_misaligned_subtree_is_refused_and_changes_nothing() {
        let mut frontier = Frontier::default();
        frontier.push(Hash::ZERO);
        let before = frontier.clone();
        for height in [1, 2, 62, 63, 64, 255] {
            let misplaced = TlogError::Misplaced { height, size: 1 };
            assert_eq!(frontier.append(height, Hash::ZERO), Err(misplaced));
        }
        assert!(frontier.join(&Run::starting_at(2)).is_err());
        assert_eq!(frontier, before);
    }

    #[test]
    fn a_tree_never_outgrows_its_size() {
        let mut frontier = Frontier::default();
        frontier.append(62, Hash::ZERO).unwrap();
        frontier.append(62, Hash::ZERO).unwrap();
        assert!(frontier.append(0, Hash::ZERO).is_err());
    }

    proptest! {
        #[test]
        fn the_frontier_agrees_with_the_recursive_definition(count in 0u32..300) {
            let leaves = leaves(count);
            let mut frontier = Frontier::default();
            leaves.iter().for_each(|leaf| frontier.push(*leaf));
            prop_assert_eq!(frontier.root(), naive_root(&leaves));
        }

        #[test]
        fn runs_hashed_apart_join_to_the_same_tree(
            count in 0u32..300,
            mut cuts in prop::collection::vec(0usize..300, 0..6),
        ) {
            let leaves = leaves(count);
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(leaves.len()));
            cuts.extend([0, leaves.len()]);
            cuts.sort_unstable();
            let mut frontier = Frontier::default();
            for ends in cuts.windows(2) {
                let mut run = Run::starting_at(ends[0] as u64);
                leaves[ends[0]..ends[1]].iter().for_each(|leaf| run.push(*leaf));
                frontier.join(&run).unwrap();
            }
            prop_assert_eq!(frontier.size(), u64::from(count));
            prop_assert_eq!(frontier.root(), naive_root(&leaves));
        }

        #[test]
        fn aligned_subtrees_append_to_the_same_tree(count in 0u32..300, height in 0u8..6) {
            let leaves = leaves(count);
            let mut frontier = Frontier::default();
            let mut full = leaves.chunks_exact(1 << height);
            for subtree in full.by_ref() {
                frontier.append(height, naive_root(subtree)).unwrap();
            }
            full.remainder().iter().for_each(|leaf| frontier.push(*leaf));
            prop_assert_eq!(frontier.root(), naive_root(&leaves));
        }
    }
}
