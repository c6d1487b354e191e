//! Which ledger, and how what it says is printed: the options that every command takes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::error::CliError;
use crate::cli::output::format::Format;
use crate::cli::output::terminal::{Color, say};
use crate::cli::surroundings;
use crate::disk::real::Folder;
use crate::disk::storage::Storage;
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::receive::copy_of;
use crate::ledger::snapshot::hold_snapshot;

/// Which ledger, and how what it says is printed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Place and form")]
pub(crate) struct Place {
    /// Folder of the ledger [default: $CHANCERY_LEDGER, else ./log]
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// When to use colour; auto honours NO_COLOR
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = false)]
    pub(crate) color: Color,
    /// Print the answer and errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say also what is read, and what caused an error
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Read the log itself, not what was kept from reading it before
    #[arg(long)]
    pub(crate) no_cache: bool,
}

impl Place {
    /// Gives the path of the ledger.
    pub(crate) fn path(&self) -> PathBuf {
        self.ledger.clone().unwrap_or_else(surroundings::ledger)
    }

    /// Opens the folder of the ledger.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn folder(&self) -> Result<Arc<Folder>, CliError> {
        Ok(Arc::new(Folder::open(self.path())?))
    }

    /// Opens the ledger for asking.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn open(&self) -> Result<Ledger, CliError> {
        let cache = self.cache().and_then(|path| Folder::open(path).ok());
        let opened = match &cache {
            Some(cache) => Ledger::open_cached(self.folder()?, cache),
            None => Ledger::open(self.folder()?),
        };
        let ledger = opened.map_err(|source| CliError::opening(self.path(), source))?;
        self.remark(|| {
            let read = ledger.size().0 - ledger.resumed_at().0;
            let kept = match ledger.resumed_at().0 {
                0 => String::new(),
                kept => format!(", {kept} known from a snapshot"),
            };
            format!("{}: {read} entries read{kept}", self.path().display())
        });
        Ok(ledger)
    }

    fn cache(&self) -> Option<PathBuf> {
        if self.no_cache { None } else { surroundings::cache() }
    }

    /// Keeps what opening a large ledger has computed, for the next time. What cannot be kept is only
    /// a remark: the answer has been given.
    pub(crate) fn keep(&self, ledger: &Ledger) {
        let Some(path) = self.cache().filter(|_| ledger.is_worth_a_snapshot()) else { return };
        let kept = Folder::create(&path)
            .map_err(|error| error.to_string())
            .and_then(|cache| ledger.keep_snapshot(&cache).map_err(|error| error.to_string()));
        self.remark(|| match kept {
            Ok(bytes) => format!("{}: {} bytes kept", path.display(), bytes.unwrap_or(0)),
            Err(error) => format!("no snapshot kept: {error}"),
        });
    }

    /// Holds what was kept of the ledger to the ledger, and says if it had to be removed.
    pub(crate) fn hold_kept(&self) {
        let cache = self.cache().and_then(|path| Some((Folder::open(&path).ok()?, path)));
        let (Some((cache, path)), Ok(folder)) = (cache, self.folder()) else { return };
        let folder: Arc<dyn Storage> = folder;
        match hold_snapshot(&folder, &cache) {
            Ok(Some(true)) => say(&format!(
                "{}: what was kept of this ledger did not say what the ledger says, and was removed",
                path.display()
            )),
            Ok(Some(false)) => {
                self.remark(|| format!("{}: agrees with the ledger", path.display()));
            }
            Ok(None) => {}
            Err(error) => self.remark(|| format!("{}: {error}", path.display())),
        }
    }

    /// Opens the ledger for recording.
    ///
    /// # Errors
    /// When there is none, another writer holds it, or it cannot be read or written.
    pub(crate) fn open_for_writing(&self) -> Result<Ledger, CliError> {
        let opened = Ledger::open_for_writing(self.folder()?);
        let ledger = opened.map_err(|source| CliError::opening(self.path(), source))?;
        #[cfg(feature = "test-support")]
        if let Some(bytes_max) = surroundings::segment_bytes_max() {
            ledger.limit_segments(bytes_max);
        }
        self.remark(|| format!("{}: {} entries read", self.path().display(), ledger.size()));
        Ok(ledger)
    }

    /// Refuses a copy, which nobody writes to, before anything else is done for it.
    ///
    /// # Errors
    /// When it is one, or there is nothing.
    pub(crate) fn refuse_copy(&self) -> Result<(), CliError> {
        match copy_of(&*self.folder()?)? {
            Some(of) => Err(CliError::opening(self.path(), LedgerError::Copy { of })),
            None => Ok(()),
        }
    }

    /// Says something to those who want to know more.
    pub(crate) fn remark(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            say(&text());
        }
    }

    /// Says something to all but those who want nothing but the answer.
    pub(crate) fn tell(&self, text: impl FnOnce() -> String) {
        if !self.quiet {
            say(&text());
        }
    }
}
