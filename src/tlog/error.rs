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
    /// Leaves follow the last full 256, so that no other 256 can.
    #[error("256 leaves cannot follow {size}")]
    Misplaced {
        /// The leaves of the tree so far.
        size: u64,
    },
    /// The tree has no such leaf.
    #[error("there is no leaf {index} in a tree of {size}")]
    NoSuchLeaf {
        /// The number of the leaf, counted from 0.
        index: u64,
        /// The leaves of the tree.
        size: u64,
    },
    /// The tree that is said to be the beginning of another is the larger one.
    #[error("a tree of {from} leaves is no beginning of one of {size}")]
    NotEarlier {
        /// The leaves of the tree that is said to be the earlier.
        from: u64,
        /// The leaves of the other.
        size: u64,
    },
    /// The proof is too short or too long for the trees it is about.
    #[error("the proof is too short or too long")]
    ProofLength,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    WrongRoot,
    /// A tile has not as many hashes or entries as its path says.
    #[error("the tile has not as many hashes or entries as its path says")]
    TileLength,
    /// An entry of a bundle is cut off, or too long for one.
    #[error("an entry of the bundle is cut off, or longer than 65,535 bytes")]
    BundleEntry,
    /// The text is no proof.
    #[error("this is no proof: line {line} has another form")]
    ProofText {
        /// The line, counted from 1.
        line: usize,
    },
    /// The text is no key of a signed note, or its hash is that of another key.
    #[error("this is no key: name+hash+key is wanted, and the hash must be that of the key")]
    KeyText,
    /// The text is no signed note.
    #[error("this is no signed note: a text, an empty line and signature lines are wanted")]
    NoteText,
    /// A line of a signed note is no signature.
    #[error("a signature line is an em dash, a name and a signature in base64, and ends the line")]
    SignatureLine,
    /// A known key has not made the signature that bears its name.
    #[error("the signature of {name} does not verify")]
    BadSignature {
        /// The name of the key.
        name: String,
    },
    /// None of the known keys has signed.
    #[error("none of the known keys has signed it")]
    NotSigned,
    /// The checkpoint is that of another log than the key's.
    #[error("it is a checkpoint of {origin}, and the key is that of {name}")]
    OtherOrigin {
        /// Which log the checkpoint is of.
        origin: String,
        /// Which log the key is of.
        name: String,
    },
    /// A line of a policy cannot be understood.
    #[error("line {line} of the policy: {reason}")]
    PolicyLine {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// None of the policy's logs has signed.
    #[error(
        "it is a checkpoint of {origin}, which is none of the policy's logs, or not signed by it"
    )]
    NoPolicyLog {
        /// Which log the checkpoint is of.
        origin: String,
    },
    /// Too few of the policy's witnesses have cosigned.
    #[error("the quorum is missed: {}", cosigned(.by))]
    QuorumMissed {
        /// The witnesses that have cosigned, by their names in the policy.
        by: Vec<String>,
    },
    /// The text is no checkpoint.
    #[error(
        "this is no checkpoint: an origin, a size and a root in base64 are wanted, a line each"
    )]
    CheckpointText,
}

fn cosigned(by: &[String]) -> String {
    match by {
        [] => "no witness of the policy has cosigned".to_owned(),
        names => format!("only {} cosigned", names.join(", ")),
    }
}
