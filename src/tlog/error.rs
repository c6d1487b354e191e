//! What can be wrong with hashes and trees. Never says where the bytes came from.

/// An error of the transparency log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    /// The text is not 64 lower-case hexadecimal digits.
    #[error("a hash is 64 lower-case hexadecimal digits")]
    NotAHash,
    /// The bytes given as a leaf do not begin with the leaf prefix 0x00.
    #[error("a leaf begins with a zero byte")]
    NotALeaf,
    /// The subtree does not begin at a multiple of its own size, or does not begin where the tree
    /// ends.
    #[error("a subtree of height {height} cannot follow {size} leaves")]
    Misplaced {
        /// The height of the subtree: it has 2^height leaves.
        height: u8,
        /// The leaves of the tree so far.
        size: u64,
    },
}
