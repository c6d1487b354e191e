//! What can go wrong with a log, sorted by what the caller must do. Must not name the folder: the
//! one who opened it does.

use crate::disk::error::DiskError;
use crate::store::ending::Ending;

/// An error of the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The folder holds no segment, or a segment of another program.
    #[error("no ledger is here")]
    NotALedger,
    /// A new log was asked for where segments are.
    #[error("a ledger is here already")]
    AlreadyALedger,
    /// The first commit of the log never reached the disk whole; the log can be created again.
    #[error("the ledger was never finished: its first commit did not reach the disk")]
    Unfinished,
    /// Another writer holds the lock.
    #[error("another writer holds the ledger")]
    Locked {
        /// The lock.
        source: DiskError,
    },
    /// The log can be read but not written.
    #[error("the ledger cannot be written")]
    ReadOnly {
        /// What was refused.
        source: DiskError,
    },
    /// A segment is of a later format than this program knows.
    #[error("segment {name} has format {format} and needs a newer chancery")]
    NewerFormat {
        /// The segment.
        name: String,
        /// Its format.
        format: u32,
    },
    /// The log is damaged and therefore not written to.
    #[error("{ending}")]
    Damaged {
        /// How the log ends.
        ending: Ending,
    },
    /// Records that the log had are gone.
    #[error("the log has {size} entries and had {size_min}")]
    Shorter {
        /// How many there are.
        size: u64,
        /// How many there were at least.
        size_min: u64,
    },
    /// A segment is longer than a segment can be.
    #[error("segment {name} has {bytes} bytes, more than a segment can have")]
    SegmentTooLong {
        /// The segment.
        name: String,
        /// Its length.
        bytes: u64,
    },
    /// The bytes read now are not those that were read when the log was opened.
    #[error("entry {entry} has changed since the ledger was opened")]
    Changed {
        /// The first such entry.
        entry: u64,
    },
    /// A commit without batches, or a batch without records; nothing was written.
    #[error("a commit has at least one batch and a batch at least one record")]
    EmptyCommit,
    /// A record that no frame can hold; nothing was written.
    #[error("a record of {bytes} bytes: one to 65,535 are possible")]
    PayloadLength {
        /// Its length.
        bytes: usize,
    },
    /// A commit that no segment can hold; nothing was written.
    #[error("a commit of {bytes} bytes: a segment holds {bytes_max}")]
    CommitTooLong {
        /// The length of the segment it would need.
        bytes: usize,
        /// The most a segment may have.
        bytes_max: usize,
    },
    /// There was no room, or the last segment could not be ended; the log holds what it held before.
    #[error("nothing was recorded")]
    NotWritten {
        /// What failed.
        source: DiskError,
    },
    /// Writing or syncing failed: the commit may or may not be on disk. Reopen the log and look.
    #[error("the commit may or may not be on disk")]
    Unknown {
        /// What failed.
        source: DiskError,
    },
    /// An earlier commit of this writer failed; nothing was written.
    #[error("an earlier commit failed: open the ledger again")]
    Poisoned,
    /// The storage failed while nothing was being committed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
