//! Private keys: where they lie, who may read them, and where what they last signed is kept. Must
//! never print one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::options::place::Place;
use crate::cli::surroundings;
use crate::disk::real::Folder;
use crate::tlog::error::TlogError;
use crate::tlog::note::SignerKey;

/// The most that a key file is read of.
const KEY_BYTES_MAX: u64 = 4_096;
/// What a private key begins with, by which the key itself is told from the name of its file.
const PRIVATE: &str = "PRIVATE+KEY+";

/// What is wrong with a private key or its file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFault {
    #[error("it is no private key: {0}")]
    Text(TlogError),
    #[error("others may read it (mode {mode:o})")]
    Open { mode: u32 },
    #[error("it lies in the folder of the ledger")]
    InLedger,
    #[error("it is there already, and no key is ever overwritten")]
    Exists,
    #[error("another program is signing with it")]
    Held,
    #[error("its name cannot be extended by .last")]
    Name,
    #[error("{0}")]
    File(io::Error),
}

impl KeyFault {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Text(_) => "`chancery key new FILE` makes one",
            Self::Open { .. } => "take the others' rights away: `chmod 600 FILE`",
            Self::InLedger => {
                "keep it elsewhere: a ledger is copied and published, its key never is"
            }
            Self::Exists => "name a new file; `chancery key show FILE` says whose key it holds",
            Self::Held => "wait until the other program has finished",
            Self::Name => "give the file another name",
            Self::File(_) => "`chancery key new FILE` makes one",
        }
    }
}

/// Which key signs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningOptions {
    /// File of the key that signs [default: $CHANCERY_KEY, which may also hold the key itself]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// File that keeps what the key last signed [default: that of the key, and .last]
    #[arg(long, value_name = "FILE")]
    last: Option<PathBuf>,
}

/// A private key that nobody else signs with meanwhile.
#[derive(Debug)]
pub(crate) struct HeldKey {
    pub(crate) key: SignerKey,
    /// The folder and the name of the file that keeps what the key last signed.
    pub(crate) folder: Folder,
    pub(crate) last_name: String,
    _lock: File,
}

impl SigningOptions {
    /// Reads the key and holds it.
    ///
    /// # Errors
    /// When no key is named, or it cannot be used.
    pub(crate) fn hold(&self, place: &Place) -> Result<HeldKey, CliError> {
        let named = self.key_file.clone().map(|path| path.into_os_string());
        let named = named.or_else(surroundings::key).ok_or(CliError::NoKey)?;
        let text = named.to_str().filter(|text| text.starts_with(PRIVATE));
        let (key, locked, last) = match (text, &self.last) {
            (Some(_), None) => return Err(CliError::NoLast),
            (Some(text), Some(last)) => {
                let fault = |source| CliError::Key {
                    path: PathBuf::from("CHANCERY_KEY"),
                    source: KeyFault::Text(source),
                };
                let key = SignerKey::parse(text.trim_end()).map_err(fault)?;
                (key, parent(last).to_owned(), last.clone())
            }
            (None, last) => {
                let path = PathBuf::from(named);
                let beside = || with_last(&path);
                let last = last.clone().map_or_else(beside, Ok)?;
                (read(&path, place)?, path, last)
            }
        };
        refuse_in_ledger(&last, place)?;
        let fault = |source| CliError::Key { path: locked.clone(), source };
        let lock = File::open(&locked).map_err(|error| fault(KeyFault::File(error)))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => fault(KeyFault::Held),
            TryLockError::Error(error) => fault(KeyFault::File(error)),
        })?;
        let (folder, last_name) = place_of(&last)?;
        Ok(HeldKey { key, folder, last_name, _lock: lock })
    }
}

/// Reads a private key from a file that only its owner may read.
pub(crate) fn read(path: &Path, place: &Place) -> Result<SignerKey, CliError> {
    let fault = |source| CliError::Key { path: path.to_owned(), source };
    refuse_in_ledger(path, place)?;
    let file = File::open(path).map_err(|error| fault(KeyFault::File(error)))?;
    let mode = mode_of(&file).map_err(|error| fault(KeyFault::File(error)))?;
    if mode & 0o077 != 0 {
        return Err(fault(KeyFault::Open { mode }));
    }
    let mut text = String::new();
    let read = file.take(KEY_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| fault(KeyFault::File(error)))?;
    let key = SignerKey::parse(text.strip_suffix('\n').unwrap_or(&text));
    key.map_err(|source| fault(KeyFault::Text(source)))
}

/// Writes a private key into a new file that only its owner may read. Durable.
pub(crate) fn write(path: &Path, key: &SignerKey, place: &Place) -> Result<(), CliError> {
    let fault = |source| CliError::Key { path: path.to_owned(), source };
    refuse_in_ledger(path, place)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = || -> io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(format!("{}\n", key.secret_text()).as_bytes())?;
        file.sync_all()?;
        File::open(parent(path))?.sync_all()
    };
    written().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => fault(KeyFault::Exists),
        _ => fault(KeyFault::File(error)),
    })
}

/// Names the file that keeps what a key in a file last signed.
pub(crate) fn with_last(path: &Path) -> Result<PathBuf, CliError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let fault = || CliError::Key { path: path.to_owned(), source: KeyFault::Name };
    Ok(path.with_file_name(format!("{}.last", name.ok_or_else(fault)?)))
}

/// Opens the folder of a file, and gives its name in it.
pub(crate) fn place_of(path: &Path) -> Result<(Folder, String), CliError> {
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let fault = || CliError::Key { path: path.to_owned(), source: KeyFault::Name };
    Ok((Folder::open(parent(path))?, name.ok_or_else(fault)?))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refuse_in_ledger(path: &Path, place: &Place) -> Result<(), CliError> {
    let (Ok(folder), Ok(ledger)) = (fs::canonicalize(parent(path)), fs::canonicalize(place.path()))
    else {
        return Ok(());
    };
    if folder.starts_with(ledger) {
        return Err(CliError::Key { path: path.to_owned(), source: KeyFault::InLedger });
    }
    Ok(())
}

#[cfg(unix)]
fn mode_of(file: &File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// Where files have no modes, nothing can be said of them.
#[cfg(not(unix))]
fn mode_of(_: &File) -> io::Result<u32> {
    Ok(0o600)
}
