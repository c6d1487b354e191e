//! Tiles (C2SP tlog-tiles): the hashes of a tree and its entries, cut into files that never change.
//! Their paths are made from numbers alone. Must not know where the files lie.
#![deny(clippy::indexing_slicing)]

use crate::tlog::error::TlogError;
use crate::tlog::hash::Hash;

/// How many hashes or entries a full tile has.
pub const TILE_WIDTH: u64 = 256;
/// The height of a tile: it spans so many levels of the tree.
pub(crate) const TILE_HEIGHT: u8 = 8;
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
    fn what_is_not_in_the_tree_has_no_tile() {
        assert_eq!(Tile::in_tree(0, 0, 0), None);
        assert_eq!(Tile::in_tree(0, 1, 256), None);
        assert_eq!(Tile::in_tree(8, 0, u64::MAX), None);
        assert_eq!(Tile::in_tree(0, u64::MAX, u64::MAX), None);
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
