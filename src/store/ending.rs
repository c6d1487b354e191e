//! How a log ends, as its bytes tell (format.md, "Reading the end"). Must not decide what to do
//! about it.

use std::fmt;

/// What follows the last whole batch of a log (format.md, "Reading the end").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing.
    Clean,
    /// Bytes that a crash while writing explains; nothing that was acknowledged is among them.
    TornTail {
        /// The first entry that is not whole.
        entry: u64,
        /// The bytes after the last whole batch.
        bytes: u64,
    },
    /// The last commit is damaged in a way that a crash does not explain.
    DamagedLastCommit {
        /// The first damaged entry.
        entry: u64,
    },
    /// Acknowledged bytes are damaged.
    Corrupt {
        /// The first damaged entry; for a damaged header, the first of its segment.
        entry: u64,
    },
    /// A segment, or the end of one, is gone.
    MissingSegment {
        /// The first entry that is gone.
        entry: u64,
    },
    /// A segment begins with entries that the one before it holds already.
    OverlappingSegment {
        /// The first entry that is there twice.
        entry: u64,
    },
}

impl Ending {
    /// Returns the first entry that cannot be read, unless the end is clean.
    #[must_use]
    pub fn first_bad_entry(&self) -> Option<u64> {
        match *self {
            Self::Clean => None,
            Self::TornTail { entry, .. }
            | Self::DamagedLastCommit { entry }
            | Self::Corrupt { entry }
            | Self::MissingSegment { entry }
            | Self::OverlappingSegment { entry } => Some(entry),
        }
    }

    /// Tells whether a commit that is being written just now may look like this.
    #[must_use]
    pub fn may_be_in_flight(&self) -> bool {
        matches!(self, Self::TornTail { .. } | Self::DamagedLastCommit { .. })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => write!(f, "the log ends with a whole batch"),
            Self::TornTail { entry, bytes } => {
                write!(f, "{bytes} bytes from entry {entry} on were never finished")
            }
            Self::DamagedLastCommit { entry } => {
                write!(f, "entry {entry} is damaged, in the last commit")
            }
            Self::Corrupt { entry } => write!(f, "entry {entry} is damaged"),
            Self::MissingSegment { entry } => {
                write!(f, "entry {entry} is missing: no segment holds it")
            }
            Self::OverlappingSegment { entry } => {
                write!(f, "entry {entry} lies in two segments")
            }
        }
    }
}
