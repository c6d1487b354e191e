//! Targets: lists of hashes and of entries, and proofs made of them.

use chancery::tlog::error::TlogError;
use chancery::tlog::hash::{Hash, empty_root, leaf_hash, node_hash};
use chancery::tlog::proof::{
    consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
use chancery::tlog::tile::{Tile, read_bundle, read_tile, tiles_between, write_bundle, write_tile};

/// Takes the number that some bytes begin with.
fn number(bytes: &mut &[u8]) -> u64 {
    let Some((head, rest)) = bytes.split_first_chunk::<8>() else { return 0 };
    *bytes = rest;
    u64::from_le_bytes(*head)
}

/// Two numbers, a hash, and the hashes of a proof: at most one root is proved by them; and the proof
/// that is made of as many leaves verifies, and no other one of its length.
pub(crate) fn proof(mut bytes: &[u8]) {
    let (index, size) = (number(&mut bytes), number(&mut bytes));
    let (hashes, _) = bytes.as_chunks::<32>();
    let hashes: Vec<Hash> = hashes.iter().map(|hash| Hash(*hash)).collect();
    let Some((root, nodes)) = hashes.split_first() else { return };
    let leaf = leaf_hash(b"a leaf");
    if verify_inclusion(index, size, leaf, nodes, *root).is_ok() {
        assert!(index < size);
        assert!(verify_inclusion(index, size, leaf_hash(b"another"), nodes, *root).is_err());
    }
    if verify_consistency((index, leaf), (size, *root), nodes).is_ok() {
        assert!(index <= size);
    }
    made(&hashes, index);
}

/// Proves some leaves under their own root.
fn made(leaves: &[Hash], number: u64) {
    let size = leaves.len().min(300) as u64;
    let (Some(index), from) = (number.checked_rem(size), number % (size + 1)) else { return };
    let mut subtree = |height: u8, index: u64| -> Result<Hash, TlogError> {
        let (first, count) = (usize_of(index << height), 1 << height);
        Ok(root_of(&leaves[first..first + count]))
    };
    let whole = root_of(&leaves[..usize_of(size)]);
    let proof = inclusion_proof(index, size, &mut subtree).expect("the leaf is there");
    let leaf = leaves[usize_of(index)];
    assert_eq!(verify_inclusion(index, size, leaf, &proof, whole), Ok(()));
    let proof = consistency_proof(from, size, &mut subtree).expect("it is earlier");
    let earlier = root_of(&leaves[..usize_of(from)]);
    assert_eq!(verify_consistency((from, earlier), (size, whole), &proof), Ok(()));
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).expect("it is less than 300")
}

/// The root by its definition (RFC 9162, section 2.1.1).
fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// A level, a number and a size, and the bytes of that tile and of its bundle.
pub(crate) fn tile(mut bytes: &[u8]) {
    let (index, size) = (number(&mut bytes), number(&mut bytes));
    let Some((level, bytes)) = bytes.split_first() else { return };
    if let Some(tile) = Tile::in_tree(*level, index, size) {
        assert!((1..=256).contains(&tile.width()));
        assert!(tile.path().len() < 64 && tile.entries_path().len() < 64);
        if let Ok(hashes) = read_tile(&tile, bytes) {
            assert_eq!(write_tile(&hashes), bytes);
        }
        if let Ok(entries) = read_bundle(&tile, bytes) {
            assert_eq!(write_bundle(&entries).as_deref(), Ok(bytes));
        }
    }
    // Whoever lists the tiles of a size has held it to a limit (`publish::fetch`).
    let size = size % 10_000_000;
    let tiles = tiles_between(index.min(size), size);
    assert!(
        tiles
            .iter()
            .all(|tile| Tile::in_tree(tile.level(), tile.first() / 256, size) == Some(*tile))
    );
}
