//! The trait that every storage keeps, and what each call promises. Never what a byte means.

use std::any::Any;
use std::fmt;

use crate::disk::error::DiskError;

/// Keeps the files of one folder.
///
/// Names are relative and use `/`, as in `quarantine/x`; the empty name is the folder itself. What
/// was written is durable only once the call that says so has returned.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Tells the length of a file in bytes.
    ///
    /// # Errors
    /// [`DiskError`], as for every call.
    fn length(&self, name: &str) -> Result<u64, DiskError>;

    /// Reads `length` bytes from `offset`, or as many as there are.
    ///
    /// # Errors
    /// [`DiskError`]; a file that ends before is none.
    fn read_at(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, DiskError>;

    /// Reads a whole file of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`DiskError::TooLong`] for a longer file.
    fn read(&self, name: &str, bytes_max: usize) -> Result<Vec<u8>, DiskError> {
        let bytes = self.read_at(name, 0, bytes_max.saturating_add(1))?;
        if bytes_max < bytes.len() {
            return Err(DiskError::TooLong { path: name.into(), bytes_max });
        }
        Ok(bytes)
    }

    /// Lists the names directly within a folder, in order.
    ///
    /// # Errors
    /// [`DiskError`], as for every call.
    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError>;

    /// Tells whether a file or folder of this name is there.
    ///
    /// # Errors
    /// [`DiskError`] when that cannot be told.
    fn exists(&self, name: &str) -> Result<bool, DiskError>;

    /// Writes the bytes at an offset within the file or at its end, in one write. Not durable
    /// before [`Storage::sync`].
    ///
    /// # Errors
    /// [`DiskError`]; any part of the bytes may have been written. An offset beyond the end is
    /// refused.
    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes a file's bytes and length durable.
    ///
    /// # Errors
    /// [`DiskError`]; then nobody can tell what is durable, and calling again proves nothing.
    fn sync(&self, name: &str) -> Result<(), DiskError>;

    /// Cuts a file to a smaller length. Not durable before [`Storage::sync`].
    ///
    /// # Errors
    /// [`DiskError`]; a length beyond the end is refused.
    fn truncate(&self, name: &str, length: u64) -> Result<(), DiskError>;

    /// Replaces a file, or creates it, so that at every moment either all of the old or all of the
    /// new bytes are there: a second file, a write, a sync, a rename, a folder sync. Durable.
    ///
    /// # Errors
    /// [`DiskError`]; the old bytes or the new ones are there.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError>;

    /// Creates a file that must not exist, with its first bytes in one write, a sync and a folder
    /// sync. Durable.
    ///
    /// # Errors
    /// [`DiskError::AlreadyExists`], and nothing has changed; after any other the file may be
    /// there, whole or in part.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError>;

    /// Removes a file. Not durable before [`Storage::sync_folder`].
    ///
    /// # Errors
    /// [`DiskError`], as for every call.
    fn remove(&self, name: &str) -> Result<(), DiskError>;

    /// Creates a folder unless it is there. Durable.
    ///
    /// # Errors
    /// [`DiskError`], as for every call.
    fn create_folder(&self, name: &str) -> Result<(), DiskError>;

    /// Makes durable which names a folder holds.
    ///
    /// # Errors
    /// [`DiskError`], as for every call.
    fn sync_folder(&self, name: &str) -> Result<(), DiskError>;

    /// Takes the exclusive lock, which is held until the guard is dropped or the program ends in
    /// whatever way.
    ///
    /// # Errors
    /// [`DiskError::Locked`] while anyone else holds it, in this program or in another.
    fn lock(&self) -> Result<LockGuard, DiskError>;

    /// Tells whether a live writer holds the lock. Asking holds it shared for an instant, so a
    /// writer that starts just then may be refused and has to try again.
    ///
    /// # Errors
    /// [`DiskError`] when that cannot be told.
    fn is_locked(&self) -> Result<bool, DiskError>;
}

/// The folder that a name is in.
pub(crate) fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Holds the lock of a storage until it is dropped.
#[derive(Debug)]
pub struct LockGuard {
    _held: Box<dyn Any + Send + Sync>,
}

impl LockGuard {
    /// Wraps whatever releases the lock when it is dropped.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}
