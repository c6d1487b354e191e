//! Leaf and node hashes of RFC 6962, section 2.1. Must not know what a leaf means.
#![deny(clippy::indexing_slicing)]

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::tlog::error::TlogError;
use crate::tlog::lanes::{sha256_all, sha256_pairs};

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// A SHA-256 hash; shown as 64 lower-case hexadecimal digits.
///
/// ```
/// use chancery::tlog::hash::{Hash, leaf_hash};
///
/// let hash = leaf_hash(b"");
/// let text = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
/// assert_eq!(hash.to_string(), text);
/// assert_eq!(text.parse::<Hash>(), Ok(hash));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Is the link of the first entry, which has none before it: 32 zero bytes.
    pub const ZERO: Self = Self([0; 32]);
}

/// Returns the SHA-256 of bytes that are no part of a tree.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// Returns the hash of a leaf, SHA-256(0x00 ‖ entry) (RFC 6962, section 2.1).
#[must_use]
pub fn leaf_hash(entry_bytes: &[u8]) -> Hash {
    let mut sha = Sha256::new_with_prefix([LEAF_PREFIX]);
    sha.update(entry_bytes);
    Hash(sha.finalize().into())
}

/// Returns the hashes of many leaves, each with its prefix 0x00 before it; where the processor can,
/// many at a time.
///
/// # Errors
/// [`TlogError::NotALeaf`] when a first byte is not that prefix.
pub fn leaf_hashes_prefixed(prefixed: &[&[u8]]) -> Result<Vec<Hash>, TlogError> {
    if prefixed.iter().any(|leaf| leaf.first() != Some(&LEAF_PREFIX)) {
        return Err(TlogError::NotALeaf);
    }
    Ok(sha256_all(prefixed).into_iter().map(Hash).collect())
}

/// Returns the hashes of the inner nodes over pairs of nodes, many at a time where the processor can.
#[must_use]
pub fn node_hashes(pairs: &[[Hash; 2]]) -> Vec<Hash> {
    let pairs: Vec<[[u8; 32]; 2]> = pairs.iter().map(|pair| pair.map(|Hash(hash)| hash)).collect();
    sha256_pairs(NODE_PREFIX, &pairs).into_iter().map(Hash).collect()
}

/// Returns the hash of an inner node, SHA-256(0x01 ‖ left ‖ right) (RFC 6962, section 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let sha = Sha256::new_with_prefix([NODE_PREFIX]).chain_update(left.0).chain_update(right.0);
    Hash(sha.finalize().into())
}

/// Returns the root of the tree without leaves, the SHA-256 of nothing (RFC 6962, section 2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = TlogError;

    /// Reads exactly what `Display` writes: 64 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, TlogError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(TlogError::NotAHash);
        }
        let mut bytes = [0; 32];
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(high)? << 4 | nibble(low)?;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Result<u8, TlogError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(TlogError::NotAHash),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_displayed_form_is_read_back() {
        let text = empty_root().to_string();
        assert_eq!(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(text.parse(), Ok(empty_root()));
        for bad in ["", "é", &text[1..], &text.to_uppercase(), &format!("{text}00")] {
            assert_eq!(bad.parse::<Hash>(), Err(TlogError::NotAHash), "{bad}");
        }
        assert_eq!(text.replace('e', "g").parse::<Hash>(), Err(TlogError::NotAHash));
    }

    #[test]
    fn a_leaf_in_place_needs_its_prefix() {
        let hashes = leaf_hashes_prefixed(&[b"\x00entry", b"\x00"]);
        assert_eq!(hashes, Ok(vec![leaf_hash(b"entry"), leaf_hash(b"")]));
        for wrong in [b"\x01entry".as_slice(), b""] {
            assert_eq!(leaf_hashes_prefixed(&[b"\x00entry", wrong]), Err(TlogError::NotALeaf));
        }
    }

    #[test]
    fn many_leaves_in_place_need_their_prefixes() {
        let all = [b"\x00one".as_slice(), b"\x00two"].repeat(20);
        let each: Vec<Hash> = all.iter().map(|leaf| leaf_hash(&leaf[1..])).collect();
        assert_eq!(leaf_hashes_prefixed(&all), Ok(each));
        assert_eq!(leaf_hashes_prefixed(&[b"\x00one", b"\x01two"]), Err(TlogError::NotALeaf));
        assert_eq!(leaf_hashes_prefixed(&[b"\x00one", b""]), Err(TlogError::NotALeaf));
    }

    #[test]
    fn many_nodes_are_hashed_as_each_alone() {
        let leaves: Vec<Hash> = (0_u8..80).map(|leaf| leaf_hash(&[leaf])).collect();
        let (pairs, _) = leaves.as_chunks::<2>();
        let each: Vec<Hash> = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
        assert_eq!(node_hashes(pairs), each);
    }

    proptest! {
        #[test]
        fn every_hash_is_read_back(bytes: [u8; 32]) {
            prop_assert_eq!(Hash(bytes).to_string().parse(), Ok(Hash(bytes)));
        }
    }
}
