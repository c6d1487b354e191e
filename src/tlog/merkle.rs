//! The Merkle tree of RFC 6962, grown leaf by leaf. Keeps every node above 256 leaves, and must keep no
//! leaf that lies in a full tile.

use std::ops::Range;

use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, empty_root, node_hash, node_hashes};
use crate::tlog::tile::{TILE_HEIGHT, TILE_WIDTH, Tile};

/// Grows a tree at its right edge, tells its roots and gives what proofs and tiles are made of (RFC
/// 6962, section 2.1). It takes a quarter of a byte a leaf.
///
/// ```
/// use chancery::tlog::hash::{leaf_hash, node_hash};
/// use chancery::tlog::merkle::Tree;
///
/// let (first, second) = (leaf_hash(b"first"), leaf_hash(b"second"));
/// let mut tree = Tree::default();
/// tree.push(first);
/// tree.push(second);
/// assert_eq!((tree.size(), tree.root()), (2, node_hash(&first, &second)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The roots of full subtrees: of 256 leaves each, then of twice as many, and so on.
    nodes: Vec<Vec<Hash>>,
    /// The leaves after the last full 256, and the roots of the full subtrees of 2, 4, … of them.
    rest: [Vec<Hash>; 8],
}

/// What a tree was, so that it can be so again after leaves were added.
#[derive(Clone, Debug)]
pub struct Earlier {
    lengths: Vec<usize>,
    rest: [Vec<Hash>; 8],
}

impl Tree {
    /// Adds one leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for level in &mut self.rest {
            level.push(root);
            match level.as_slice() {
                [.., left, right] if level.len() % 2 == 0 => root = node_hash(left, right),
                _ => return,
            }
        }
        self.rest.iter_mut().for_each(Vec::clear);
        self.push_node(0, root);
    }

    /// Adds 256 leaves by the root over them, as [`fold_tiles`] gives it.
    ///
    /// # Errors
    /// [`TlogError::Misplaced`] unless the size so far is a multiple of 256.
    pub fn push_tile(&mut self, root: Hash) -> Result<(), TlogError> {
        if !self.rest().is_empty() {
            return Err(TlogError::Misplaced { size: self.size() });
        }
        self.push_node(0, root);
        Ok(())
    }

    fn push_node(&mut self, height: usize, root: Hash) {
        if self.nodes.len() == height {
            self.nodes.push(Vec::new());
        }
        let Some(level) = self.nodes.get_mut(height) else { return };
        level.push(root);
        if let [.., left, right] = level.as_slice()
            && level.len() % 2 == 0
        {
            let parent = node_hash(left, right);
            self.push_node(height + 1, parent);
        }
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tiles().len() as u64 * TILE_WIDTH + self.rest().len() as u64
    }

    /// Returns the roots over each full 256 leaves.
    #[must_use]
    pub fn tiles(&self) -> &[Hash] {
        self.nodes.first().map_or(&[], Vec::as_slice)
    }

    /// Returns the leaves after the last full 256.
    #[must_use]
    pub fn rest(&self) -> &[Hash] {
        let [leaves, ..] = &self.rest;
        leaves
    }

    /// Returns the root of the tree as it is now.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_with(self.size(), self.rest())
    }

    /// Returns the root of the tree when it had so many leaves; absent when it has fewer. `read`
    /// gives leaves that lie in a full tile, at most 255 of them.
    ///
    /// # Errors
    /// What `read` fails with, and [`TlogError::TileLength`] when it gives others than asked for.
    pub fn root_of<E: From<TlogError>>(
        &self,
        size: u64,
        read: impl FnOnce(Range<u64>) -> Result<Vec<Hash>, E>,
    ) -> Result<Option<Hash>, E> {
        if self.size() < size {
            return Ok(None);
        }
        let first = size / TILE_WIDTH * TILE_WIDTH;
        let leaves = self.leaves(first..size, read)?;
        Ok(Some(self.root_with(size, &leaves)))
    }

    /// The root of a size, given its leaves after its last full 256.
    fn root_with(&self, size: u64, rest: &[Hash]) -> Hash {
        let mut root = (!rest.is_empty()).then(|| root_of_leaves(rest));
        for (height, level) in (0..).zip(&self.nodes) {
            let count = (size / TILE_WIDTH) >> height;
            let last = usize::try_from(count).ok().and_then(|count| count.checked_sub(1));
            // A node without a sibling is the left of what follows.
            if let Some(left) = last.and_then(|last| level.get(last)).filter(|_| count % 2 == 1) {
                root = Some(root.map_or(*left, |right| node_hash(left, &right)));
            }
        }
        root.unwrap_or_else(empty_root)
    }

    fn leaves<E: From<TlogError>>(
        &self,
        range: Range<u64>,
        read: impl FnOnce(Range<u64>) -> Result<Vec<Hash>, E>,
    ) -> Result<Vec<Hash>, E> {
        let rest = self.rest();
        let begin = self.size() - rest.len() as u64;
        let count = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let leaves = match range.start.checked_sub(begin).map(usize::try_from) {
            _ if count == 0 => Vec::new(),
            Some(Ok(from)) => {
                rest.get(from..from.saturating_add(count)).map(<[Hash]>::to_vec).unwrap_or_default()
            }
            _ => read(range)?,
        };
        if leaves.len() == count { Ok(leaves) } else { Err(TlogError::TileLength.into()) }
    }

    /// Returns the root of a full subtree of 2^height leaves, by its index on its level. `read` gives
    /// leaves that lie in a full tile, at most 128 of them.
    ///
    /// # Errors
    /// [`TlogError::NoSuchLeaf`] when there is no such subtree; those of [`Tree::root_of`].
    pub fn subtree_root<E: From<TlogError>>(
        &self,
        (height, index): (u8, u64),
        read: impl FnOnce(Range<u64>) -> Result<Vec<Hash>, E>,
    ) -> Result<Hash, E> {
        let missing = TlogError::NoSuchLeaf { index, size: self.size() };
        if let Some(above) = height.checked_sub(TILE_HEIGHT) {
            let level = self.nodes.get(usize::from(above));
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            return level.and_then(|level| level.get(index)).copied().ok_or(missing.into());
        }
        let before = self.tiles().len() as u64 * (TILE_WIDTH >> height);
        if let Some(index) = index.checked_sub(before) {
            let level = self.rest.get(usize::from(height));
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            return level.and_then(|level| level.get(index)).copied().ok_or(missing.into());
        }
        let (first, end) = (index.checked_mul(1 << height), index.checked_add(1));
        let end = end.and_then(|end| end.checked_mul(1 << height));
        match first.zip(end).filter(|(_, end)| *end <= self.size()) {
            Some((first, end)) => Ok(root_of_leaves(&self.leaves(first..end, read)?)),
            None => Err(missing.into()),
        }
    }

    /// Returns the hashes of a tile (C2SP tlog-tiles); absent when the tree has no such tile. `read`
    /// gives leaves that lie in a full tile.
    ///
    /// # Errors
    /// Those of [`Tree::root_of`].
    pub fn tile_hashes<E: From<TlogError>>(
        &self,
        tile: &Tile,
        read: impl FnOnce(Range<u64>) -> Result<Vec<Hash>, E>,
    ) -> Result<Option<Vec<Hash>>, E> {
        let (first, end) = (tile.first(), tile.first() + tile.width() as u64);
        let Some(above) = tile.level().checked_sub(1) else {
            let is_there = end <= self.size();
            return is_there.then(|| self.leaves(first..end, read)).transpose();
        };
        let level = self.nodes.get(usize::from(above * TILE_HEIGHT));
        let [first, end] = [first, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        Ok(level.and_then(|level| level.get(first..end)).map(<[Hash]>::to_vec))
    }

    /// Remembers the tree as it is.
    #[must_use]
    pub fn earlier(&self) -> Earlier {
        Earlier { lengths: self.nodes.iter().map(Vec::len).collect(), rest: self.rest.clone() }
    }

    /// Takes out the leaves that were added since.
    pub fn go_back(&mut self, earlier: Earlier) {
        self.nodes.truncate(earlier.lengths.len());
        for (level, length) in self.nodes.iter_mut().zip(earlier.lengths) {
            level.truncate(length);
        }
        self.rest = earlier.rest;
    }

    /// Finds a leaf at which two trees differ, or within the 256 from which they do; none where one is
    /// the other. Of a tile that differs its first leaf is named, for no tree keeps the others.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<u64> {
        fn differ(one: &[Hash], other: &[Hash]) -> Option<usize> {
            let equal = one.iter().zip(other).take_while(|(one, other)| one == other).count();
            (equal < one.len().max(other.len())).then_some(equal)
        }
        if let Some(tile) = differ(self.tiles(), other.tiles()) {
            return Some(tile as u64 * TILE_WIDTH);
        }
        let first = self.tiles().len() as u64 * TILE_WIDTH;
        differ(self.rest(), other.rest()).map(|leaf| first + leaf as u64)
    }

    /// Returns the tree as it was when it had so many leaves, a multiple of 256 and no more than now.
    #[must_use]
    pub fn to_tiles(&self, size: u64) -> Self {
        let tiles = usize::try_from(size / TILE_WIDTH).unwrap_or(usize::MAX);
        let levels = self.nodes.iter().enumerate();
        let mut nodes: Vec<Vec<Hash>> = levels
            .map(|(height, level)| level.iter().take(tiles >> height).copied().collect())
            .collect();
        nodes.retain(|level| !level.is_empty());
        Self { nodes, rest: Default::default() }
    }
}

/// Returns the root over each of some full tiles of leaves or nodes: those of one level are hashed
/// together.
#[must_use]
pub fn fold_tiles(tiles: &[[Hash; 256]]) -> Vec<Hash> {
    let mut level = tiles.as_flattened().to_vec();
    while tiles.len() < level.len() {
        level = node_hashes(level.as_chunks::<2>().0);
    }
    level
}

/// The root of a tree of few leaves, at least one.
fn root_of_leaves(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    while 1 < level.len() {
        let (pairs, odd) = level.as_chunks::<2>();
        let mut parents = node_hashes(pairs);
        // What has no sibling on its level is carried up as it is.
        parents.extend(odd);
        level = parents;
    }
    level.first().copied().unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::hash::leaf_hash;
    use crate::tlog::proof::{
        consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
    };
    use crate::tlog::tile::tiles_between;

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

    fn tree(leaves: &[Hash]) -> Tree {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree
    }

    /// Reads leaves as if from a log.
    fn from(all: &[Hash]) -> impl Fn(Range<u64>) -> Result<Vec<Hash>, TlogError> {
        |range| {
            assert!(range.end - range.start <= TILE_WIDTH, "{range:?}");
            let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
            Ok(all[start..end].to_vec())
        }
    }

    #[test]
    fn the_classic_leaves_have_the_known_roots() {
        let mut tree = Tree::default();
        for size in 0..=8 {
            assert_eq!(tree.root().to_string(), ROOTS[size], "{size} leaves");
            assert_eq!(tree.size(), size as u64);
            if size < 8 {
                tree.push(leaf_hash(LEAVES[size]));
            }
        }
    }

    const SIZES: [u32; 13] = [1, 2, 255, 256, 257, 258, 511, 512, 513, 767, 65_535, 65_536, 65_541];

    #[test]
    fn a_tree_has_the_roots_that_it_had() {
        let all = leaves(65_541);
        let whole = tree(&all);
        for size in SIZES {
            let leaves = &all[..usize::try_from(size).unwrap()];
            let naive = naive_root(leaves);
            assert_eq!(tree(leaves).root(), naive, "{size}");
            assert_eq!(whole.root_of(u64::from(size), from(&all)), Ok(Some(naive)), "{size}");
        }
        assert_eq!(whole.root_of(0, from(&all)), Ok(Some(empty_root())));
        assert_eq!(whole.root_of(65_542, from(&all)), Ok(None));
    }

    #[test]
    fn proofs_from_a_tree_are_proofs_of_its_leaves() {
        let all = leaves(65_541);
        for size in SIZES {
            let (count, size) = (usize::try_from(size).unwrap(), u64::from(size));
            let (tree, whole) = (tree(&all[..count]), naive_root(&all[..count]));
            let mut subtree = |height, index| tree.subtree_root((height, index), from(&all));
            for index in [0, size / 2, size - 1] {
                let proof = inclusion_proof(index, size, &mut subtree).unwrap();
                let leaf = all[usize::try_from(index).unwrap()];
                assert_eq!(verify_inclusion(index, size, leaf, &proof, whole), Ok(()));
            }
            for earlier in SIZES.map(u64::from).into_iter().filter(|earlier| *earlier <= size) {
                let proof = consistency_proof(earlier, size, &mut subtree).unwrap();
                let root = naive_root(&all[..usize::try_from(earlier).unwrap()]);
                assert_eq!(verify_consistency((earlier, root), (size, whole), &proof), Ok(()));
            }
        }
    }

    #[test]
    fn the_tiles_of_a_tree_are_those_of_its_levels() {
        let all = leaves(65_541);
        let tree = tree(&all);
        let above: Vec<Hash> = all.chunks_exact(256).map(naive_root).collect();
        let top: Vec<Hash> = above.chunks_exact(256).map(naive_root).collect();
        for tile in tiles_between(0, tree.size()) {
            let level = [&all, &above, &top][usize::from(tile.level())];
            let first = usize::try_from(tile.first()).unwrap();
            let expected = level[first..first + tile.width()].to_vec();
            assert_eq!(tree.tile_hashes(&tile, from(&all)), Ok(Some(expected)), "{tile:?}");
        }
        let beyond = Tile::in_tree(0, 257, 1 << 20).unwrap();
        assert_eq!(tree.tile_hashes(&beyond, from(&all)), Ok(None));
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_subtree() {
        let tree = tree(&leaves(300));
        let none = |_: Range<u64>| Ok::<_, TlogError>(Vec::new());
        for (height, index) in [(0, 300), (2, 75), (8, 1), (9, 0), (63, 1), (0, u64::MAX)] {
            let missing = TlogError::NoSuchLeaf { index, size: 300 };
            assert_eq!(tree.subtree_root((height, index), none), Err(missing));
        }
        assert_eq!(tree.subtree_root((0, 3), none), Err(TlogError::TileLength));
    }

    #[test]
    fn what_the_tree_keeps_itself_is_not_read() {
        let all = leaves(600);
        let tree = tree(&all);
        let read = |range: Range<u64>| -> Result<Vec<Hash>, TlogError> { panic!("{range:?}") };
        for size in [256, 512, 513, 600] {
            let naive = naive_root(&all[..usize::try_from(size).unwrap()]);
            assert_eq!(tree.root_of(size, read), Ok(Some(naive)), "{size}");
        }
        for (height, index) in [(0, 512), (0, 599), (3, 64), (6, 8), (8, 1), (9, 0)] {
            let [first, end] = [index << height, (index + 1) << height];
            let node = tree.subtree_root((height, index as u64), read);
            assert_eq!(node, Ok(naive_root(&all[first..end])), "{height} {index}");
        }
    }

    #[test]
    fn trees_differ_from_a_leaf_on_or_from_the_tile_in_which_they_do() {
        let all = leaves(600);
        let whole = tree(&all);
        assert_eq!(whole.first_difference(&whole.clone()), None);
        for (at, told) in [(0, 0), (255, 0), (256, 256), (511, 256), (512, 512), (599, 599)] {
            let mut changed = all.clone();
            changed[at] = Hash::ZERO;
            for other in [tree(&changed), tree(&all[..at])] {
                assert_eq!(whole.first_difference(&other), Some(told), "{at}");
                assert_eq!(other.first_difference(&whole), Some(told), "{at}");
            }
        }
    }

    #[test]
    fn a_tree_of_its_first_tiles_is_what_it_was() {
        let all = leaves(1_100);
        for size in [0, 256, 512, 768, 1_024] {
            let earlier = tree(&all).to_tiles(size as u64);
            assert_eq!(earlier, tree(&all[..size]), "{size}");
        }
    }

    #[test]
    fn a_tile_is_added_only_where_one_begins() {
        let all = leaves(256);
        let mut by_tile = Tree::default();
        let [root] = *fold_tiles(all.as_chunks().0) else { panic!("one tile, one root") };
        by_tile.push_tile(root).unwrap();
        assert_eq!(by_tile, tree(&all));
        by_tile.push(Hash::ZERO);
        let before = by_tile.clone();
        assert_eq!(by_tile.push_tile(Hash::ZERO), Err(TlogError::Misplaced { size: 257 }));
        assert_eq!(by_tile, before);
    }

    proptest! {
        #[test]
        fn a_tree_agrees_with_the_recursive_definition(count in 0_u32..1_100) {
            let leaves = leaves(count);
            prop_assert_eq!(tree(&leaves).root(), naive_root(&leaves));
        }

        #[test]
        fn a_tree_that_goes_back_is_what_it_was(count in 0_u32..1_100, more in 0_u32..1_100) {
            let leaves = leaves(count);
            let mut grown = tree(&leaves);
            let earlier = grown.earlier();
            (0..more).for_each(|_| grown.push(Hash::ZERO));
            grown.go_back(earlier);
            prop_assert_eq!(grown, tree(&leaves));
        }
    }
}
