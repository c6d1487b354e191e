//! Proofs that an entry is in a tree, and that one tree is the beginning of another (RFC 9162,
//! sections 2.1.3 and 2.1.4). Must hold neither leaves nor trees: whoever proves is asked for the
//! roots of full subtrees, whoever verifies needs the proof alone.

use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, node_hash};

/// Proves that a leaf is in a tree: the siblings on its way to the root, the leaf's own first
/// (RFC 9162, section 2.1.3.1).
///
/// `subtree` gives the root of the full subtree of 2^height leaves with this index on its level; it
/// is asked O(log² size) times, or O(log size) for a full tree.
///
/// ```
/// use chancery::tlog::error::TlogError;
/// use chancery::tlog::hash::{leaf_hash, node_hash};
/// use chancery::tlog::proof::{inclusion_proof, verify_inclusion};
///
/// let leaves = [leaf_hash(b"first"), leaf_hash(b"second")];
/// let proof = inclusion_proof(0, 2, &mut |_, index| Ok::<_, TlogError>(leaves[index as usize]))?;
/// assert_eq!(proof, [leaves[1]]);
/// verify_inclusion(0, 2, leaves[0], &proof, node_hash(&leaves[0], &leaves[1]))?;
/// # Ok::<(), TlogError>(())
/// ```
///
/// # Errors
/// [`TlogError::NoSuchLeaf`] when the tree has no such leaf, or what `subtree` fails with.
pub fn inclusion_proof<E: From<TlogError>>(
    index: u64,
    size: u64,
    subtree: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if size <= index {
        return Err(TlogError::NoSuchLeaf { index, size }.into());
    }
    let (mut first, mut end) = (0, size);
    let mut siblings = Vec::new();
    while first + 1 < end {
        let middle = first + split(end - first);
        if index < middle {
            siblings.push(range_root(middle, end, subtree)?);
            end = middle;
        } else {
            siblings.push(range_root(first, middle, subtree)?);
            first = middle;
        }
    }
    siblings.reverse();
    Ok(siblings)
}

/// Proves that the tree of an earlier size is the beginning of a later one (RFC 9162, section
/// 2.1.4.1). Of no leaves, or of the same size, nothing needs to be proved.
///
/// # Errors
/// [`TlogError::NotEarlier`] when the earlier size is the greater, or what `subtree` fails with.
pub fn consistency_proof<E: From<TlogError>>(
    from: u64,
    size: u64,
    subtree: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if size < from {
        return Err(TlogError::NotEarlier { from, size }.into());
    }
    let mut proof = Vec::new();
    if from == 0 {
        return Ok(proof);
    }
    // Down the right edge of the earlier tree, until a subtree ends where it ends.
    let (mut first, mut end) = (0, size);
    while from < end {
        let middle = first + split(end - first);
        if from <= middle {
            proof.push(range_root(middle, end, subtree)?);
            end = middle;
        } else {
            proof.push(range_root(first, middle, subtree)?);
            first = middle;
        }
    }
    // Whoever verifies has the root of the earlier tree, if that is one subtree of the later.
    if first != 0 {
        proof.push(range_root(first, end, subtree)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Verifies that a leaf is in the tree with a root (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// [`TlogError::NoSuchLeaf`] for a leaf beyond the tree, [`TlogError::ProofLength`] for a proof that
/// is too short or too long, [`TlogError::WrongRoot`] when it leads to another root.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<(), TlogError> {
    if size <= index {
        return Err(TlogError::NoSuchLeaf { index, size });
    }
    let (mut number, mut last) = (index, size - 1);
    let mut found = leaf;
    for sibling in proof {
        if last == 0 {
            return Err(TlogError::ProofLength);
        }
        if number & 1 == 1 || number == last {
            found = node_hash(sibling, &found);
            // A node without a right sibling is its parent.
            while number & 1 == 0 && number != 0 {
                (number, last) = (number >> 1, last >> 1);
            }
        } else {
            found = node_hash(&found, sibling);
        }
        (number, last) = (number >> 1, last >> 1);
    }
    match (last, found == root) {
        (0, true) => Ok(()),
        (0, false) => Err(TlogError::WrongRoot),
        _ => Err(TlogError::ProofLength),
    }
}

/// Verifies that one tree is the beginning of another (RFC 9162, section 2.1.4.2).
///
/// # Errors
/// [`TlogError::NotEarlier`] when the earlier size is the greater, [`TlogError::ProofLength`] for a
/// proof that is too short or too long, [`TlogError::WrongRoot`] when it leads to other roots.
pub fn verify_consistency(
    (from, from_root): (u64, Hash),
    (size, root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), TlogError> {
    if size < from {
        return Err(TlogError::NotEarlier { from, size });
    }
    if from == size || from == 0 {
        // Every tree begins with no leaves.
        let agrees = from == 0 || from_root == root;
        return match (proof.is_empty(), agrees) {
            (false, _) => Err(TlogError::ProofLength),
            (true, false) => Err(TlogError::WrongRoot),
            (true, true) => Ok(()),
        };
    }
    let mut nodes = proof.iter();
    let mut next = || nodes.next().copied().ok_or(TlogError::ProofLength);
    // A full earlier tree is itself the first node.
    let first = if from.is_power_of_two() { from_root } else { next()? };
    let (mut number, mut last) = (from - 1, size - 1);
    while number & 1 == 1 {
        (number, last) = (number >> 1, last >> 1);
    }
    let (mut earlier, mut later) = (first, first);
    while last != 0 {
        let node = next()?;
        if number & 1 == 1 || number == last {
            (earlier, later) = (node_hash(&node, &earlier), node_hash(&node, &later));
            while number & 1 == 0 && number != 0 {
                (number, last) = (number >> 1, last >> 1);
            }
        } else {
            later = node_hash(&later, &node);
        }
        (number, last) = (number >> 1, last >> 1);
    }
    match (nodes.next(), (earlier, later) == (from_root, root)) {
        (Some(_), _) => Err(TlogError::ProofLength),
        (None, false) => Err(TlogError::WrongRoot),
        (None, true) => Ok(()),
    }
}

/// The leaves of the left subtree: the greatest power of two below a size of two or more.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The root of the leaves of a range that begins where a tree of its size can.
fn range_root<E>(
    first: u64,
    end: u64,
    subtree: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let size = end - first;
    if size.is_power_of_two() {
        let height = size.trailing_zeros();
        return subtree(u8::try_from(height).unwrap_or(u8::MAX), first >> height);
    }
    let middle = first + split(size);
    let left = range_root(first, middle, subtree)?;
    let right = range_root(middle, end, subtree)?;
    Ok(node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::hash::leaf_hash;
    use crate::tlog::merkle::Tree;

    /// Up to which size every tree is tried: 70, or 300 when there is time.
    fn sizes_max() -> usize {
        if std::env::var_os("CHANCERY_LONG").is_some() { 300 } else { 70 }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
    }

    /// The root of some leaves, as RFC 9162 defines it (section 2.1.1).
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [one] => *one,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                node_hash(&naive_root(&leaves[..half]), &naive_root(&leaves[half..]))
            }
        }
    }

    /// The proof of a leaf, as RFC 9162 defines it (section 2.1.3.1).
    fn naive_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let (mut proof, sibling) = if index < half {
            (naive_inclusion(index, left), naive_root(right))
        } else {
            (naive_inclusion(index - half, right), naive_root(left))
        };
        proof.push(sibling);
        proof
    }

    /// The proof of a beginning, as RFC 9162 defines it (section 2.1.4.1).
    fn naive_consistency(from: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
        if from == leaves.len() {
            return if is_whole { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let (mut proof, sibling) = if from <= half {
            (naive_consistency(from, left, is_whole), naive_root(right))
        } else {
            (naive_consistency(from - half, right, false), naive_root(left))
        };
        proof.push(sibling);
        proof
    }

    fn subtree(leaves: &[Hash]) -> impl FnMut(u8, u64) -> Result<Hash, TlogError> + '_ {
        |height, index| {
            let first = usize::try_from(index << height).unwrap();
            Ok(naive_root(&leaves[first..first + (1 << height)]))
        }
    }

    #[test]
    fn every_leaf_of_every_tree_is_proved_as_the_rfc_says() {
        let all = leaves(sizes_max());
        for size in 1..=all.len() {
            let leaves = &all[..size];
            let root = naive_root(leaves);
            for index in 0..size {
                let (number, count) = (index as u64, size as u64);
                let proof = inclusion_proof(number, count, &mut subtree(leaves)).unwrap();
                assert_eq!(proof, naive_inclusion(index, leaves), "{index} of {size}");
                assert_eq!(verify_inclusion(number, count, leaves[index], &proof, root), Ok(()));
            }
        }
    }

    #[test]
    fn every_beginning_of_every_tree_is_proved_as_the_rfc_says() {
        let all = leaves(sizes_max());
        for size in 1..=all.len() {
            let mut tree = Tree::default();
            all[..size].iter().for_each(|leaf| tree.push(*leaf));
            let root = tree.root();
            for from in 1..=size {
                let sizes = (from as u64, size as u64);
                let proof = consistency_proof(sizes.0, sizes.1, &mut subtree(&all)).unwrap();
                assert_eq!(proof, naive_consistency(from, &all[..size], true), "{from} of {size}");
                let from_root = naive_root(&all[..from]);
                assert_eq!(
                    verify_consistency((sizes.0, from_root), (sizes.1, root), &proof),
                    Ok(())
                );
            }
        }
    }

    #[test]
    fn what_is_beyond_a_tree_has_no_proof() {
        let (all, hash) = (leaves(4), leaf_hash(b"x"));
        let beyond = TlogError::NoSuchLeaf { index: 4, size: 4 };
        assert_eq!(inclusion_proof(4, 4, &mut subtree(&all)), Err(beyond.clone()));
        assert_eq!(verify_inclusion(4, 4, hash, &[], hash), Err(beyond));
        let later = TlogError::NotEarlier { from: 5, size: 4 };
        assert_eq!(consistency_proof(5, 4, &mut subtree(&all)), Err(later.clone()));
        assert_eq!(verify_consistency((5, hash), (4, hash), &[]), Err(later));
        assert_eq!(verify_consistency((0, hash), (4, hash), &[]), Ok(()));
        assert_eq!(verify_consistency((4, hash), (4, all[0]), &[]), Err(TlogError::WrongRoot));
        assert_eq!(verify_consistency((4, hash), (4, hash), &all), Err(TlogError::ProofLength));
        assert_eq!(verify_inclusion(0, u64::MAX, hash, &[], hash), Err(TlogError::ProofLength));
    }

    /// Something done to a proof.
    #[derive(Debug, Clone)]
    enum Tampering {
        Change(usize, [u8; 32]),
        LeaveOut(usize),
        Insert(usize, [u8; 32]),
        Swap(usize, usize),
    }

    fn any_tampering() -> impl Strategy<Value = Tampering> {
        prop_oneof![
            (any::<usize>(), any::<[u8; 32]>()).prop_map(|(at, with)| Tampering::Change(at, with)),
            any::<usize>().prop_map(Tampering::LeaveOut),
            (any::<usize>(), any::<[u8; 32]>()).prop_map(|(at, with)| Tampering::Insert(at, with)),
            any::<(usize, usize)>().prop_map(|(one, other)| Tampering::Swap(one, other)),
        ]
    }

    fn tampered(proof: &[Hash], tampering: &Tampering) -> Vec<Hash> {
        let mut proof = proof.to_vec();
        let count = proof.len();
        match *tampering {
            Tampering::Insert(at, with) => proof.insert(at % (count + 1), Hash(with)),
            _ if count == 0 => {}
            Tampering::Change(at, with) => proof[at % count] = Hash(with),
            Tampering::LeaveOut(at) => drop(proof.remove(at % count)),
            Tampering::Swap(one, other) => proof.swap(one % count, other % count),
        }
        proof
    }

    proptest! {
        #[test]
        fn a_tampered_proof_is_never_accepted(
            size in 1..70_usize,
            pick in any::<usize>(),
            tampering in any_tampering(),
        ) {
            let all = leaves(size);
            let (count, root) = (size as u64, naive_root(&all));
            let index = pick % size;
            let proof = naive_inclusion(index, &all);
            let changed = tampered(&proof, &tampering);
            if changed != proof {
                let verified = verify_inclusion(index as u64, count, all[index], &changed, root);
                prop_assert!(verified.is_err());
            }
            let from = 1 + pick % size;
            let from_root = naive_root(&all[..from]);
            let proof = naive_consistency(from, &all, true);
            let changed = tampered(&proof, &tampering);
            if changed != proof {
                let verified =
                    verify_consistency((from as u64, from_root), (count, root), &changed);
                prop_assert!(verified.is_err());
            }
            let other = leaf_hash(b"another");
            prop_assert!(verify_inclusion(index as u64, count, other, &naive_inclusion(index, &all), root).is_err());
            prop_assert!(verify_consistency((from as u64, other), (count, root), &proof).is_err());
        }
    }
}
