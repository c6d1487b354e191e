//! Where a published log is read from. Must never read more than it is asked for.

use std::sync::Arc;

use crate::disk::error::DiskError;
use crate::disk::storage::Storage;
use crate::publish::error::SourceError;

/// A place that a log was published to. The names of its files are made from numbers alone.
pub trait Source: std::fmt::Debug {
    /// Where it is, as it was given.
    fn address(&self) -> String;

    /// Reads a file of at most so many bytes; none when it is not there.
    ///
    /// # Errors
    /// [`SourceError`].
    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, SourceError>;
}

/// A folder that a log was published to.
#[derive(Debug, Clone)]
pub struct SourceFolder {
    /// The folder.
    pub storage: Arc<dyn Storage>,
    /// Where it is.
    pub address: String,
}

impl Source for SourceFolder {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
        match self.storage.read(name, bytes_max) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(DiskError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
