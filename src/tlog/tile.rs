//! Tiles (C2SP tlog-tiles): the hashes of a tree and its entries, cut into files that never change.
//! Their paths are made from numbers alone. Must not know where the files lie.
#![deny(clippy::indexing_slicing)]

use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, node_hash};

/// How many hashes or entries a full tile has.
pub const TILE_WIDTH: u64 = 256;
/// The height of a tile: it spans so many levels of the tree.
const TILE_HEIGHT: u8 = 8;
/// How long an entry in a bundle may be: its length is a `u16`.
pub const BUNDLE_ENTRY_BYTES_MAX: usize = 65_535;

/// One tile of a tree: `width` hashes from `index` × 256 on, of the nodes whose height is 8 × `level`.
///
/// ```
/// use chancery::tlog::tile::Tile;
/// let tile = Tile::in_tree(0, 3, 982).unwrap();
/// assert_eq!((tile.width(), tile.path().as_str()), (214, "tile/0/003.p/214"));
/// assert_eq!(tile.entries_path(), "tile/entries/003.p/214");
/// assert_eq!(Tile::in_tree(0, 1_234_067, 1 << 40).unwrap().path(), "tile/0/x001/x234/067");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// Gives the tile as it is in a tree of so many leaves; none where the tree has no such tile.
    #[must_use]
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))?;
        let from = index.checked_mul(TILE_WIDTH)?;
        let width = hashes.checked_sub(from)?.min(TILE_WIDTH);
        let width = u16::try_from(width).ok().filter(|width| 0 < *width)?;
        Some(Self { level, index, width })
    }

    /// On which level it lies, 0 being that of the leaves.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// How many hashes it has, 1 to 256.
    #[must_use]
    pub fn width(&self) -> usize {
        usize::from(self.width)
    }

    /// Whether it has all the hashes that a tile can have.
    #[must_use]
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// The same place when it is full.
    #[must_use]
    pub fn filled(&self) -> Self {
        Self { width: 256, ..*self }
    }

    /// The number of its first hash on its level.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.index * TILE_WIDTH
    }

    /// Where its hashes lie (C2SP tlog-tiles, Merkle Tree).
    #[must_use]
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// Where the entries lie whose leaf hashes it has (C2SP tlog-tiles, Log Entries).
    #[must_use]
    pub fn entries_path(&self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// The index in groups of three digits, and the width unless it is full.
    fn place(&self) -> String {
        let mut place = format!("{:03}", self.index % 1_000);
        let mut rest = self.index / 1_000;
        while 0 < rest {
            place = format!("x{:03}/{place}", rest % 1_000);
            rest /= 1_000;
        }
        if self.is_full() { place } else { format!("{place}.p/{}", self.width) }
    }
}

/// Lists the tiles that a tree of `size` leaves has and one of `from` leaves had not, level by level.
#[must_use]
pub fn tiles_between(from: u64, size: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0..TILE_HEIGHT {
        let shift = u32::from(level) * u32::from(TILE_HEIGHT);
        let (before, now) = (from >> shift, size >> shift);
        if now == 0 {
            break;
        }
        if before < now {
            let indexes = before / TILE_WIDTH..now.div_ceil(TILE_WIDTH);
            tiles.extend(indexes.filter_map(|index| Tile::in_tree(level, index, size)));
        }
    }
    tiles
}

/// Every hash that the tiles of a tree hold: those of the leaves, and those of each eighth level
/// above.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    levels: Vec<Vec<Hash>>,
}

impl Tiles {
    /// Computes them from the leaf hashes.
    #[must_use]
    pub fn of(leaves: &[Hash]) -> Self {
        let mut levels = vec![leaves.to_vec()];
        while let Some(above) =
            levels.last().map(|level| full_tiles(level)).filter(|a| !a.is_empty())
        {
            levels.push(above);
        }
        Self { levels }
    }

    /// The hashes of a tile; none when the tree has not so many.
    #[must_use]
    pub fn hashes(&self, tile: &Tile) -> Option<&[Hash]> {
        let from = usize::try_from(tile.first()).ok()?;
        self.levels.get(usize::from(tile.level))?.get(from..from.checked_add(tile.width())?)
    }
}

/// The roots of the full tiles of a level.
fn full_tiles(level: &[Hash]) -> Vec<Hash> {
    let (tiles, _) = level.as_chunks::<256>();
    tiles.iter().filter_map(|tile| fold(tile)).collect()
}

/// The root over a power of two of hashes.
fn fold(hashes: &[Hash]) -> Option<Hash> {
    let mut level = hashes.to_vec();
    while 1 < level.len() {
        let (pairs, _) = level.as_chunks::<2>();
        level = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    level.first().copied()
}

/// Finds the root of a full subtree of 2^height leaves, by its index on its level, in one tile of a
/// tree of so many leaves. `read` gives the hashes of a tile.
///
/// # Errors
/// [`TlogError::NoSuchLeaf`] when the tree has no such subtree, [`TlogError::TileLength`] when a tile
/// has not its own number of hashes, or what `read` fails with.
pub fn subtree_root<E: From<TlogError>>(
    size: u64,
    (height, index): (u8, u64),
    read: &mut impl FnMut(&Tile) -> Result<Vec<Hash>, E>,
) -> Result<Hash, E> {
    let missing = || TlogError::NoSuchLeaf { index, size };
    let (level, within) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
    let first = index.checked_mul(1 << within).ok_or_else(missing)?;
    let tile = Tile::in_tree(level, first / TILE_WIDTH, size).ok_or_else(missing)?;
    let hashes = read(&tile)?;
    if hashes.len() != tile.width() {
        return Err(TlogError::TileLength.into());
    }
    let from = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
    let subtree = hashes.get(from..from.saturating_add(1 << within)).ok_or_else(missing)?;
    Ok(fold(subtree).ok_or_else(missing)?)
}

/// Writes the hashes of a tile, 32 bytes each.
#[must_use]
pub fn write_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Reads the hashes of a tile.
///
/// # Errors
/// [`TlogError::TileLength`] when they are not as many as its width says.
pub fn read_tile(tile: &Tile, bytes: &[u8]) -> Result<Vec<Hash>, TlogError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != tile.width() || !rest.is_empty() {
        return Err(TlogError::TileLength);
    }
    Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// Writes entries as a bundle: each with its length before it, a big-endian `u16`.
///
/// # Errors
/// [`TlogError::BundleEntry`] for an entry that is too long.
pub fn write_bundle<B: AsRef<[u8]>>(entries: &[B]) -> Result<Vec<u8>, TlogError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| TlogError::BundleEntry)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads the entries of a tile's bundle.
///
/// # Errors
/// [`TlogError::BundleEntry`] when an entry is cut off, [`TlogError::TileLength`] when there are not
/// as many as the tile's width says.
pub fn read_bundle(tile: &Tile, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TlogError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(TlogError::BundleEntry)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(TlogError::BundleEntry)?;
        if entries.len() == tile.width() {
            return Err(TlogError::TileLength);
        }
        entries.push(entry.to_vec());
        rest = after;
    }
    if entries.len() == tile.width() { Ok(entries) } else { Err(TlogError::TileLength) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::hash::leaf_hash;
    use crate::tlog::merkle::Frontier;
    use crate::tlog::proof::{
        consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
    };

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
    }

    fn root(leaves: &[Hash]) -> Hash {
        let mut tree = Frontier::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        // C2SP tlog-tiles, Merkle Tree: the tiles of a tree of 70,000 leaves.
        let paths: Vec<_> = tiles_between(0, 70_000).iter().map(Tile::path).collect();
        assert_eq!(paths[..2], ["tile/0/000", "tile/0/001"]);
        assert_eq!(
            paths[272..],
            ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
        );
    }

    #[test]
    fn a_tree_that_grew_has_only_the_tiles_that_changed() {
        let paths = |from, size| -> Vec<String> {
            tiles_between(from, size).iter().map(Tile::path).collect()
        };
        assert_eq!(paths(0, 0), Vec::<String>::new());
        assert_eq!(paths(5, 5), Vec::<String>::new());
        assert_eq!(paths(0, 1), ["tile/0/000.p/1"]);
        assert_eq!(paths(5, 6), ["tile/0/000.p/6"]);
        assert_eq!(paths(255, 256), ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(paths(256, 257), ["tile/0/001.p/1"]);
        assert_eq!(paths(300, 513), ["tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2"]);
    }

    #[test]
    fn proofs_from_tiles_are_the_proofs_of_the_tree() {
        let all = leaves(65_541);
        let sizes = [1, 2, 255, 256, 257, 258, 511, 512, 513, 65_535, 65_536, 65_537, 65_541];
        for size in sizes {
            let leaves = &all[..usize::try_from(size).unwrap()];
            let (tiles, whole) = (Tiles::of(leaves), root(leaves));
            let mut count = 0;
            let mut subtree = |height, index| {
                subtree_root(size, (height, index), &mut |tile: &Tile| {
                    count += 1;
                    let bytes = write_tile(tiles.hashes(tile).ok_or(TlogError::TileLength)?);
                    read_tile(tile, &bytes)
                })
            };
            for index in [0, size / 2, size - 1] {
                let proof = inclusion_proof(index, size, &mut subtree).unwrap();
                let leaf = leaves[usize::try_from(index).unwrap()];
                assert_eq!(verify_inclusion(index, size, leaf, &proof, whole), Ok(()));
            }
            for from in sizes.into_iter().filter(|from| *from <= size) {
                let proof = consistency_proof(from, size, &mut subtree).unwrap();
                let earlier = root(&all[..usize::try_from(from).unwrap()]);
                assert_eq!(verify_consistency((from, earlier), (size, whole), &proof), Ok(()));
            }
            // A few tiles for each hash of a proof, whatever the size.
            assert!(count <= 16 * 3 * 17, "{count} tiles read at {size}");
        }
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_tile() {
        assert_eq!(Tile::in_tree(0, 0, 0), None);
        assert_eq!(Tile::in_tree(0, 1, 256), None);
        assert_eq!(Tile::in_tree(8, 0, u64::MAX), None);
        assert_eq!(Tile::in_tree(0, u64::MAX, u64::MAX), None);
        let mut read = |tile: &Tile| Ok::<_, TlogError>(leaves(tile.width() as u64));
        let beyond = subtree_root(4, (2, 1), &mut read);
        assert_eq!(beyond, Err(TlogError::NoSuchLeaf { index: 1, size: 4 }));
        let mut short = |_: &Tile| Ok::<_, TlogError>(Vec::new());
        assert_eq!(subtree_root(4, (0, 0), &mut short), Err(TlogError::TileLength));
    }

    proptest! {
        #[test]
        fn a_bundle_is_read_back_and_no_other_width_reads_it(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..9),
            width in 1_u64..9,
        ) {
            let bytes = write_bundle(&entries).unwrap();
            let tile = Tile::in_tree(0, 0, width).unwrap();
            let read = read_bundle(&tile, &bytes);
            if entries.len() == tile.width() {
                prop_assert_eq!(read, Ok(entries));
            } else {
                prop_assert_eq!(read, Err(TlogError::TileLength));
            }
        }

        #[test]
        fn whatever_is_read_as_a_tile_or_bundle_is_written_back(
            bytes in prop::collection::vec(any::<u8>(), 0..200), width in 1_u64..5,
        ) {
            let tile = Tile::in_tree(0, 0, width).unwrap();
            if let Ok(hashes) = read_tile(&tile, &bytes) {
                prop_assert_eq!(write_tile(&hashes), bytes.clone());
            }
            if let Ok(entries) = read_bundle(&tile, &bytes) {
                prop_assert_eq!(write_bundle(&entries), Ok(bytes));
            }
        }
    }
}
