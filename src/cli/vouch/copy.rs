//! `clone` and `pull`: copies of a published log, and what it has more since.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::progress::Progress;
use crate::cli::output::table::{Column, Table};
use crate::cli::vouch::source::FetchOptions;
use crate::cli::words::entries;
use crate::disk::error::DiskError;
use crate::disk::real::Folder;
use crate::disk::storage::Storage;
use crate::ledger::receive::copy_of;
use crate::publish::clone::clone;
use crate::publish::error::PublishError;
use crate::publish::pull::pull;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::VerifierKey;

/// Copy a published log, and verify all of it
///
/// The copy has the same entries, the same root and the same checkpoint. It can be asked like any ledger, and is not
/// recorded to. It appears in DIR when it is whole; until then it lies in DIR.part, from where another attempt goes
/// on.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("trust").required(true).args(["key", "trust_on_first_use"])))]
#[command(after_help = "Examples:
  chancery clone https://mfa.example/relations copy --key mfa.example/relations+…
  chancery clone /mnt/stick/relations copy --trust-on-first-use")]
pub(crate) struct CloneLog {
    /// Folder or http(s):// address of a published log
    src: String,
    /// Folder for the copy, which must not be there yet
    dir: PathBuf,
    /// Public key of the ledger, from whoever you trust for it
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    /// Trust the key that lies beside the published log, and say which it is
    #[arg(long)]
    trust_on_first_use: bool,
    #[command(flatten)]
    fetch: FetchOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Bring a copy up to date with what it was copied from
///
/// A source that has less than the copy is stale, and leaves it as it is. One that has another history under the same
/// key is a fork: both checkpoints are kept in the folder evidence/ of the copy.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery pull --ledger copy
  chancery pull https://mirror.example/relations --ledger copy")]
pub(crate) struct PullLog {
    /// Folder or address to pull from [default: that of the copy]
    src: Option<String>,
    /// Public key of the ledger; it must be that of the copy
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    #[command(flatten)]
    fetch: FetchOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What a copy is now.
#[derive(Debug, Serialize)]
struct ToldCopy {
    origin: String,
    size: u64,
    root: String,
    key: String,
    before: u64,
    source: String,
    dir: String,
}

impl CloneLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let source = self.fetch.open(&self.src)?;
        refuse_what_is_there(&self.dir)?;
        let mut name = self.dir.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let staging = Arc::new(Folder::create(self.dir.with_file_name(name))?);
        let progress = Progress::new(&self.place, "entries fetched");
        let size_max = self.fetch.size_max();
        let storage: Arc<dyn Storage> = Arc::clone(&staging) as Arc<dyn Storage>;
        let cloned = clone(&*source, storage, self.key.as_ref(), size_max, &mut |done, _| {
            progress.at(done);
        });
        progress.end();
        let cloned = match cloned {
            Ok(cloned) => cloned,
            Err(error) => {
                // Only where nothing was fetched is the folder empty, so that it goes.
                fs::remove_dir(staging.path()).ok();
                return Err(error.into());
            }
        };
        Folder::open(staging.path())?.rename(&self.dir)?;
        let told = told(&cloned.checkpoint, &cloned.key, cloned.before.0, &self.src, &self.dir);
        let headline = match told.before {
            0 => format!("Copied: {}, all verified", entries(told.size)),
            before => {
                format!("Copied: {}, all verified; {before} fetched before", entries(told.size))
            }
        };
        let next = match self.trust_on_first_use {
            true => {
                "The key is the source's own: ask its keeper, on another way, whether it is theirs."
            }
            false => "Next: `chancery pull --ledger DIR` brings it up to date.",
        };
        print(&self.place, &told, &headline, next)
    }
}

impl PullLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let copy = self.place.folder()?;
        let own = copy_of(&*copy)?.ok_or(PublishError::NoCopy)?;
        let address = self.src.clone().unwrap_or(own);
        let source = self.fetch.open(&address)?;
        let progress = Progress::new(&self.place, "entries fetched");
        let size_max = self.fetch.size_max();
        let storage: Arc<dyn Storage> = copy;
        let pulled = pull(&*source, storage, self.key.as_ref(), size_max, &mut |done, _| {
            progress.at(done);
        });
        progress.end();
        let pulled = pulled?;
        let before = pulled.before.0;
        let told = told(&pulled.checkpoint, &pulled.key, before, &address, &self.place.path());
        let headline = match told.size - before.min(told.size) {
            0 => format!("Nothing new: {}", entries(told.size)),
            more => format!("Pulled: {}, {} now, all verified", entries(more), told.size),
        };
        print(&self.place, &told, &headline, "")
    }
}

fn refuse_what_is_there(dir: &Path) -> Result<(), CliError> {
    match dir.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(DiskError::new(dir, io::ErrorKind::AlreadyExists.into()).into()),
        Err(error) => Err(DiskError::new(dir, error).into()),
    }
}

fn told(
    signed: &SignedCheckpoint,
    key: &VerifierKey,
    before: u64,
    source: &str,
    dir: &Path,
) -> ToldCopy {
    let checkpoint = signed.checkpoint();
    ToldCopy {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        key: key.to_string(),
        before,
        source: source.to_owned(),
        dir: dir.display().to_string(),
    }
}

fn print(place: &Place, told: &ToldCopy, headline: &str, next: &str) -> Result<Exit, CliError> {
    let rows = || {
        let mut table = Table::new(&[
            Column::Words("origin"),
            Column::Number("size"),
            Column::Words("root"),
            Column::Words("key"),
            Column::Number("before"),
            Column::Words("source"),
            Column::Words("dir"),
        ]);
        table.row([
            told.origin.clone(),
            told.size.to_string(),
            told.root.clone(),
            told.key.clone(),
            told.before.to_string(),
            told.source.clone(),
            told.dir.clone(),
        ]);
        table
    };
    format::print(place.format, told, rows, || {
        let mut page = Page::new(headline);
        page.section(
            "",
            vec![
                ("origin".to_owned(), told.origin.clone()),
                ("root".to_owned(), told.root.clone()),
                ("key".to_owned(), told.key.clone()),
                ("source".to_owned(), told.source.clone()),
                ("folder".to_owned(), told.dir.clone()),
            ],
        );
        if !next.is_empty() {
            page.line(next);
        }
        Ok(page)
    })?;
    Ok(Exit::Done)
}
