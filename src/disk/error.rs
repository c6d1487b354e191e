//! What can go wrong with files and folders, sorted by what the caller must do. Never what the
//! files were for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the storage; the path is named once, the system's cause is the source.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DiskError {
    /// The file or folder does not exist.
    #[error("{path} does not exist")]
    NotFound {
        /// What was not found.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// The user may not read or write the file or folder.
    #[error("no permission for {path}")]
    PermissionDenied {
        /// What was refused.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// A folder was expected, a file is there.
    #[error("{path} is not a folder")]
    NotADirectory {
        /// What is not a folder.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// Another writer holds the lock.
    #[error("{path} is held by another writer")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// No room is left: the disk, the quota or the greatest file size is used up.
    #[error("no room left to write {path}")]
    Full {
        /// What was being written.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// A file that was to be created is there already.
    #[error("{path} exists already")]
    AlreadyExists {
        /// What exists.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// The file system takes no writes.
    #[error("{path} lies on a read-only file system")]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
    /// The file is longer than the reader is ready to hold.
    #[error("{path} is longer than {bytes_max} bytes")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that would have been read.
        bytes_max: usize,
    },
    /// Anything else.
    #[error("cannot read or write {path}")]
    Other {
        /// What was being read or written.
        path: PathBuf,
        /// The system's cause.
        source: Arc<io::Error>,
    },
}

impl DiskError {
    /// Sorts the system's error and attaches the path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let (path, source) = (path.into(), Arc::new(source));
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path, source },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { path, source },
            io::ErrorKind::NotADirectory => Self::NotADirectory { path, source },
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { path, source },
            io::ErrorKind::AlreadyExists => Self::AlreadyExists { path, source },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            _ => Self::Other { path, source },
        }
    }

    /// Returns the file or folder the error is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path, .. }
            | Self::PermissionDenied { path, .. }
            | Self::NotADirectory { path, .. }
            | Self::Locked { path }
            | Self::Full { path, .. }
            | Self::AlreadyExists { path, .. }
            | Self::ReadOnly { path, .. }
            | Self::TooLong { path, .. }
            | Self::Other { path, .. } => path,
        }
    }
}
