//! Which published log is fetched, and within what bounds.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::error::CliError;
use crate::disk::real::Folder;
use crate::domain::sequence::Size;
use crate::publish::clone::SIZE_MAX_DEFAULT;
use crate::publish::error::{PublishError, SourceError};
use crate::publish::source::{Source, SourceFolder};
use crate::publish::web::Website;

/// Within what bounds a published log is fetched.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fetching")]
pub(crate) struct FetchOptions {
    /// How long one request to a server may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u32,
    /// The most entries to fetch
    #[arg(long, value_name = "N", default_value_t = SIZE_MAX_DEFAULT)]
    size_max: u64,
}

impl FetchOptions {
    /// How many entries may be fetched.
    pub(crate) fn size_max(&self) -> Size {
        Size(self.size_max)
    }

    /// Finds a published log by its folder or address.
    ///
    /// # Errors
    /// When there is no such folder, or it can be no address.
    pub(crate) fn open(&self, address: &str) -> Result<Box<dyn Source>, CliError> {
        if address.contains("://") {
            let site = Website::new(address, Duration::from_secs(u64::from(self.timeout)));
            return Ok(Box::new(site.map_err(PublishError::from)?));
        }
        let opened = Folder::open(address).map_err(SourceError::from);
        let storage = Arc::new(opened.map_err(PublishError::from)?);
        // A copy is pulled from wherever its reader stands.
        let path = std::path::absolute(address);
        let address = path.map_or_else(|_| address.to_owned(), |path| path.display().to_string());
        Ok(Box::new(SourceFolder { storage, address }))
    }
}
