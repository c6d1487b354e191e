//! What can go wrong with published logs, sorted by what the caller must do. Never names a folder of
//! the ledger: the one who opened it does.

use crate::disk::error::DiskError;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::error::LedgerError;
use crate::tlog::error::TlogError;

/// Why a file of a published log cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The folder does not answer.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The address is none that a published log can have.
    #[error("{address} is no address of a published log: {reason}")]
    Address {
        /// What was given.
        address: String,
        /// Why it is none.
        reason: &'static str,
    },
    /// The server cannot be reached, or breaks off.
    #[error("{url}: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The server answers with something else than the file.
    #[error("{url}: the server answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The status of HTTP.
        status: u16,
    },
    /// The server sends the asker elsewhere.
    #[error("{url}: the server sends us to {to}, which is not its own")]
    Redirected {
        /// What was asked for.
        url: String,
        /// Where it sends to.
        to: String,
    },
    /// There is more than such a file can have.
    #[error("{url}: longer than the {bytes_max} bytes that it can have")]
    TooLong {
        /// What was asked for.
        url: String,
        /// The most that would have been read.
        bytes_max: usize,
    },
}

/// An error of publishing, copying or having a checkpoint witnessed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The ledger says no.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The folder that is published to says no.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A file of a published log cannot be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The ledger has no checkpoint, or no key beside it.
    #[error("the ledger has no signed checkpoint, and exactly what one commits to is published")]
    NoCheckpoint,
    /// The folder holds a ledger.
    #[error("the folder holds a ledger itself, and is no place to publish to")]
    HoldsALedger,
    /// What is published there is not signed by the ledger's key, or cannot be read.
    #[error("what is published there is not of this ledger: {source}")]
    Foreign {
        /// Why.
        source: TlogError,
    },
    /// More is published than the ledger has.
    #[error("rollback: {published} entries are published, the ledger's checkpoint has {size}")]
    Newer {
        /// How many are published.
        published: Size,
        /// How many the ledger's checkpoint commits to.
        size: Size,
    },
    /// Other entries are published than the ledger has.
    #[error("fork: the {published} published entries are not the ledger's first")]
    NoPrefix {
        /// How many are published.
        published: Size,
    },
    /// A published file, which never changes, has other bytes.
    #[error("{name} is published with other bytes, and no published file is ever changed")]
    Changed {
        /// The file.
        name: String,
    },
    /// The source lacks a file.
    #[error("the source has no {name}")]
    Missing {
        /// The file.
        name: String,
    },
    /// The source's checkpoint cannot be read, or is not signed by the key.
    #[error("the checkpoint of the source: {source}")]
    Checkpoint {
        /// Why.
        source: TlogError,
    },
    /// Nothing says which key the source's checkpoint has to be signed with.
    #[error("nothing says which key the checkpoint of the source has to be signed with")]
    NoKey,
    /// The source has another key than the copy was made with.
    #[error("the copy was made with the key {own}, not with {given}")]
    OtherKey {
        /// The key of the copy.
        own: String,
        /// The key given.
        given: String,
    },
    /// The source says that it has more entries than are wanted.
    #[error("the source has {size} entries, and at most {size_max} are fetched")]
    TooLarge {
        /// How many there are.
        size: Size,
        /// How many would have been fetched.
        size_max: Size,
    },
    /// A tile or bundle of the source is damaged.
    #[error("{name} of the source: {source}")]
    Tile {
        /// The file.
        name: String,
        /// Why.
        source: TlogError,
    },
    /// The tiles are not those that the checkpoint commits to.
    #[error("the tiles of the source do not lead to the root that its checkpoint signs")]
    OtherRoot,
    /// An entry is not the one that the tiles commit to.
    #[error("entry {entry} of the source is not the one that its tiles commit to")]
    OtherEntry {
        /// Its number.
        entry: Sequence,
    },
    /// An entry is signed for, and yet can be in no ledger.
    #[error("the source breaks the format: {source}")]
    Unlawful {
        /// Why.
        source: LedgerError,
    },
    /// What was fetched before is of another ledger, or from a source that had more.
    #[error("what was fetched before is no beginning of what the source has now")]
    OtherPart,
    /// The source is behind the copy.
    #[error("stale: the source has {size} entries, the copy has {own}")]
    Stale {
        /// How many the source has.
        size: Size,
        /// How many the copy has.
        own: Size,
    },
    /// The source has another history than the copy, under the same key.
    #[error(
        "fork: the same key has signed two histories, of {own} and of {theirs} entries; \
         the two checkpoints are kept as {} and {}", evidence[0], evidence[1]
    )]
    Forked {
        /// How many entries the copy's checkpoint commits to.
        own: Size,
        /// How many the source's commits to.
        theirs: Size,
        /// The files of the copy that hold the two checkpoints.
        evidence: [String; 2],
    },
    /// A witness has cosigned more entries than the ledger has.
    #[error("rollback: the witness has seen {seen} entries, the ledger's checkpoint has {size}")]
    WitnessAhead {
        /// How many it has seen.
        seen: Size,
        /// How many the ledger's checkpoint commits to.
        size: Size,
    },
    /// A witness has cosigned another checkpoint of the same size.
    #[error("fork: the witness has seen other {size} entries under this key")]
    WitnessedOther {
        /// How many.
        size: Size,
    },
    /// A witness refuses.
    #[error("the witness refuses: {}", refusal(*status))]
    Witness {
        /// The status of HTTP.
        status: u16,
    },
    /// A witness answers with something else than its cosignature.
    #[error("the witness answers with no cosignature of its own: {source}")]
    WitnessAnswer {
        /// What is wrong with it.
        source: TlogError,
    },
    /// The folder is no copy.
    #[error("this is no copy of another ledger, so that there is nothing to pull from")]
    NoCopy,
    /// The copy as it was written does not verify.
    #[error("the copy does not verify: {check}: {detail}")]
    Unverified {
        /// Which check fails.
        check: &'static str,
        /// What it found.
        detail: String,
    },
}

/// What the caller must do about an error of publishing or copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishKind {
    /// Something else has to be asked for.
    Refused,
    /// What others have published does not verify.
    Unverified,
    /// A disk or a server does not do what is needed.
    Unavailable,
}

impl PublishError {
    /// What the caller must do; the kinds of [`PublishError::Ledger`] are its own.
    #[must_use]
    pub fn kind(&self) -> PublishKind {
        match self {
            Self::NoCheckpoint
            | Self::HoldsALedger
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::NoPrefix { .. }
            | Self::Changed { .. }
            | Self::TooLarge { .. }
            | Self::OtherKey { .. }
            | Self::OtherPart
            | Self::Stale { .. }
            | Self::WitnessAhead { .. }
            | Self::Witness { .. }
            | Self::NoKey
            | Self::NoCopy => PublishKind::Refused,
            Self::Checkpoint { .. }
            | Self::Tile { .. }
            | Self::OtherRoot
            | Self::OtherEntry { .. }
            | Self::Unlawful { .. }
            | Self::Forked { .. }
            | Self::WitnessedOther { .. }
            | Self::WitnessAnswer { .. }
            | Self::Unverified { .. } => PublishKind::Unverified,
            Self::Ledger(_) | Self::Disk(_) | Self::Source(_) | Self::Missing { .. } => {
                PublishKind::Unavailable
            }
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Ledger(source) => return source.hint(),
            Self::Disk(_) => return None,
            Self::Source(
                SourceError::Disk(_) | SourceError::Address { .. } | SourceError::Status { .. },
            )
            | Self::Missing { .. } => {
                "name the folder, or the http(s):// address, that `chancery publish` wrote to"
            }
            Self::Source(SourceError::Redirected { .. }) => "name the address that it is found at",
            Self::Source(SourceError::TooLong { .. }) => {
                "no published log has such a file: try another mirror"
            }
            Self::Source(SourceError::Unreachable { .. }) => "try again: what was fetched is kept",
            Self::NoCheckpoint => "`chancery checkpoint` signs one",
            Self::HoldsALedger => "name another folder",
            Self::Foreign { .. } => "publish to a folder of its own",
            Self::Newer { .. } => {
                "the ledger was cut, or restored from an old copy: `chancery clone` fetches what is published"
            }
            Self::NoPrefix { .. } => {
                "keep both: under one key they are evidence of two histories; publish elsewhere"
            }
            Self::Changed { .. } => "the folder is damaged or another's: publish to an empty one",
            Self::Checkpoint { .. } => "ask its keeper for the key, on another way than this",
            Self::OtherKey { .. } => "make a new copy with the new key, and ask why it changed",
            Self::TooLarge { .. } => "`--size-max N` allows more",
            Self::Tile { .. } | Self::OtherRoot | Self::OtherEntry { .. } => {
                "nothing of it was taken; try another mirror, and tell the keeper of this one"
            }
            Self::Unlawful { .. } => {
                "its key has signed what no ledger can hold: tell its keeper, or update chancery"
            }
            Self::OtherPart => "remove the folder that ends in .part, and clone again",
            Self::Stale { .. } => {
                "the copy stays as it is; a server that is behind for long hides something"
            }
            Self::Forked { .. } => "publish both checkpoints: they prove it to everybody",
            Self::WitnessAhead { .. } => {
                "the ledger was cut, or restored from an old copy: sign nothing before that is clear"
            }
            Self::WitnessedOther { .. } => {
                "somebody signs another history with this key: take it out of use, and say so"
            }
            Self::Witness { status: 404 | 403 } => "give its keeper the ledger's key.pub",
            Self::Witness { .. } => "try again later",
            Self::WitnessAnswer { .. } => "compare its key with the one that its keeper gives",
            Self::NoKey => "`--key VKEY` names it, from whoever you trust for it",
            Self::NoCopy => "`chancery clone SRC DIR` makes a copy",
            Self::Unverified { .. } => "nothing became visible; try again on another disk",
        };
        Some(text.to_owned())
    }
}

fn refusal(status: u16) -> String {
    match status {
        403 => "it does not know the key that signed (403)".to_owned(),
        404 => "it does not know this log (404)".to_owned(),
        409 => "it has seen another size each time (409)".to_owned(),
        422 => "it finds the consistency proof wrong (422)".to_owned(),
        status => format!("it answers {status}"),
    }
}
