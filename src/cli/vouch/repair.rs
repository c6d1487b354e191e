//! `repair`: makes a damaged ledger whole, from what lies there and from another place.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings;
use crate::cli::vouch::kept_file;
use crate::cli::vouch::key_file::with_last;
use crate::cli::vouch::source::FetchOptions;
use crate::cli::words::entries;
use crate::disk::real::Folder;
use crate::disk::storage::Storage;
use crate::ledger::checkpoint::own_key;
use crate::ledger::open::is_begun;
use crate::ledger::receive::copy_of;
use crate::ledger::repair::{FileChange, Held, Repair, repair};
use crate::ledger::spare::Spare;
use crate::ledger::verify::{Verification, VerifyOptions, verify};
use crate::publish::error::{PublishError, SourceError};
use crate::publish::source::Source;
use crate::publish::spare::spare;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::VerifierKey;

/// Repair a damaged ledger: show what would be done, and do it with --apply
///
/// Keeps every entry that is sound where it lies and follows the one before it. With --from, entries that are damaged
/// or gone are restored from a clone, a backup or a published log, each only if a root that the ledger's key has signed
/// or a later entry of the ledger proves it. Damaged bytes are moved to quarantine/, none is deleted. A ledger never
/// becomes shorter than its checkpoint, or than what its key last signed. Ends with exit code 4 while there is something
/// to repair.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery repair                                    what would be done; changes nothing
  chancery repair --from /backup/log                 the same, with what a backup has
  chancery repair --from https://mfa.example/relations --apply
  chancery repair --apply --last ~/keys/mfa.key.last")]
pub(crate) struct RepairLog {
    /// Folder of a clone or a backup, or folder or http(s):// address of a published log [default:
    /// that of the copy, where the ledger is one]
    #[arg(long, value_name = "SRC")]
    from: Option<String>,
    /// Do it
    #[arg(long)]
    apply: bool,
    /// Public key of the ledger, from whoever you trust for it [default: key.pub beside the log]
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    /// File that keeps what the key last signed [default: that of $CHANCERY_KEY, and .last]
    #[arg(long, value_name = "FILE")]
    last: Option<PathBuf>,
    /// Take the ledger's checkpoint for what the key last signed, where that is lost
    #[arg(long)]
    adopt: bool,
    #[command(flatten)]
    fetch: FetchOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RepairLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let storage: Arc<dyn Storage> = self.place.folder()?;
        let held = Held { last: self.last()?, adopt: self.adopt, key: self.key.clone() };
        let address = match self.from.clone() {
            Some(address) => Some(address),
            None => copy_of(&*storage)?,
        };
        let source = address.map(|address| self.source(&address)).transpose()?;
        let mut spare = match &source {
            Some(source) => Some(self.spare(source, &*storage)?),
            None => None,
        };
        let repaired = repair::<PublishError>(&storage, &held, spare.as_mut(), self.apply)?;
        let options = VerifyOptions { key: self.key.clone(), ..VerifyOptions::default() };
        let verification = match repaired.done {
            true => Some(verify(storage, &options)?),
            false => None,
        };
        let rows = || table(&repaired);
        let page = || Ok(self.page(&repaired, verification.as_ref()));
        format::print(self.place.format, &repaired, rows, page)?;
        let is_whole = verification.map_or(!repaired.is_needed(), |verified| verified.ok);
        Ok(if is_whole { Exit::Done } else { Exit::Failed })
    }

    /// What the key last signed, by the file that is named, else by the one beside the key.
    fn last(&self) -> Result<Option<SignedCheckpoint>, CliError> {
        if let Some(path) = &self.last {
            return kept_file::read_checkpoint(path).map(Some);
        }
        let beside = surroundings::key().map(PathBuf::from).and_then(|key| with_last(&key).ok());
        let beside = beside.filter(|path| path.is_file());
        beside.map(|path| kept_file::read_checkpoint(&path)).transpose()
    }

    fn source(&self, address: &str) -> Result<Elsewhere, CliError> {
        if !address.contains("://") {
            let opened = Folder::open(address).map_err(SourceError::from);
            let folder = Arc::new(opened.map_err(PublishError::from)?);
            if is_begun(&*folder)? {
                return Ok(Elsewhere::Ledger(folder));
            }
        }
        Ok(Elsewhere::Published(self.fetch.open(address)?))
    }

    fn spare<'a>(
        &self,
        source: &'a Elsewhere,
        own: &dyn Storage,
    ) -> Result<Spare<'a, PublishError>, CliError> {
        let key = self.key.clone().or_else(|| own_key(own));
        Ok(match source {
            Elsewhere::Ledger(folder) => {
                Spare::in_folder(Arc::clone(folder) as Arc<dyn Storage>, key.as_ref())?
            }
            Elsewhere::Published(source) => spare(&**source, key.as_ref(), self.fetch.size_max())?,
        })
    }

    fn page(&self, told: &Repair, verification: Option<&Verification>) -> Page {
        let mut page = Page::new(&headline(told));
        page.table(table(told));
        let mut items = Vec::new();
        let mut item = |label: &str, text: String| items.push((label.to_owned(), text));
        if let Some(fault) = &told.fault {
            item("found", fault.clone());
        }
        if told.is_needed() {
            item("entries", format!("{} before, {} after", told.before, told.size));
        }
        if 0 < told.restored {
            let stretches = told.restored_entries.iter().map(|(first, last)| {
                if first == last { first.to_string() } else { format!("{first} to {last}") }
            });
            item("restored", stretches.collect::<Vec<_>>().join(", "));
        }
        if 0 < told.lost() {
            item("lost", format!("entries {} to {}", told.size, told.had.0 - 1));
        }
        for name in &told.quarantine {
            item("moved to", name.clone());
        }
        if let Some(verification) = verification {
            let failed = verification.checks.iter().find(|check| !check.ok);
            let text = failed.map_or_else(
                || format!("ok: {} verified", entries(verification.size.0)),
                |check| format!("FAILED: {}: {}", check.name, check.detail),
            );
            item("verify", text);
        }
        page.section("", items);
        if let Some(next) = self.next(told) {
            page.line(next);
        }
        page
    }

    fn next(&self, told: &Repair) -> Option<&'static str> {
        if told.done || !told.is_needed() {
            return None;
        }
        if told.needs_last {
            return Some(
                "Next: `--last FILE` names what the ledger's key last signed, which lies beside it; `--apply` refuses without.",
            );
        }
        Some(match (0 < told.lost(), self.from.is_some()) {
            (true, false) => {
                "Next: `--from SRC` restores what a clone, a backup or a published log has; `--apply` goes without."
            }
            _ => "Next: the same with `--apply` does it.",
        })
    }
}

/// Where entries are restored from.
enum Elsewhere {
    Ledger(Arc<Folder>),
    Published(Box<dyn Source>),
}

fn headline(told: &Repair) -> String {
    if !told.is_needed() {
        return format!("Nothing to repair: {}", entries(told.size.0));
    }
    let restored = match told.restored {
        0 => String::new(),
        count => format!(", {count} restored"),
    };
    let lost = match told.lost() {
        0 => ", none lost".to_owned(),
        count => format!(", {count} LOST"),
    };
    let verb = if told.done { "Repaired" } else { "Would repair" };
    let after = if told.done { "" } else { "; nothing has been changed" };
    format!("{verb}: {}{restored}{lost}{after}", entries(told.size.0))
}

fn table(told: &Repair) -> Table {
    let mut table = Table::new(&[
        Column::Words("file"),
        Column::Words("change"),
        Column::Number("from_byte"),
        Column::Number("to_quarantine"),
    ]);
    for file in &told.files {
        let change = match file.change {
            FileChange::Created => "created",
            FileChange::Mended => "mended",
            FileChange::Cut => "cut",
            FileChange::Moved => "moved",
        };
        let (from, moved) = (file.from.to_string(), file.moved_bytes.to_string());
        table.row([file.name.clone(), change.to_owned(), from, moved]);
    }
    table
}
