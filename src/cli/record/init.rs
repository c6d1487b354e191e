//! `init`: begins a ledger.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings;
use crate::disk::real::Folder;
use crate::domain::event::{Event, Opening};
use crate::domain::text::{Key, Note, Origin, Text};
use crate::ledger::Ledger;
use crate::ledger::draft::Draft;
use crate::ledger::error::LedgerError;

/// Begin a ledger in a new or empty folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery init log --origin chancery.example/reference --title \"Reference ledger\"
  chancery init /srv/ledgers/mfa --origin mfa.example/relations")]
pub(crate) struct Init {
    /// Folder of the ledger [default: that of --ledger]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Name of the ledger for ever, such as mfa.example/relations: no space and no +
    #[arg(long)]
    origin: Origin,
    /// What people call it
    #[arg(long)]
    title: Option<Text>,
    /// Name for the entry
    #[arg(long)]
    key: Option<Key>,
    /// What else there is to say
    #[arg(long)]
    note: Option<Note>,
    /// Who begins it [default: $CHANCERY_RECORDER, else $USER, else unknown]
    #[arg(long, value_name = "NAME")]
    recorder: Option<Text>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl Init {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let path = self.folder.unwrap_or_else(|| self.place.path());
        let opening = Opening { origin: self.origin.clone(), title: self.title };
        let recorder = self.recorder.map_or_else(surroundings::recorder, Ok)?;
        let draft = Draft {
            recorder: Some(recorder),
            key: self.key,
            note: self.note,
            ..Draft::new(Event::Opening(opening))
        };
        let opened = |source: LedgerError| CliError::opening(path.clone(), source);
        let storage = Arc::new(Folder::create(&path)?);
        let ledger = Ledger::create(storage, draft, surroundings::now()?).map_err(opened)?;
        let record = ledger.entry(crate::domain::sequence::Sequence(0))?;
        format::print(
            self.place.format,
            &record,
            || {
                let mut table = Table::new(&[Column::Words("origin"), Column::Words("hash")]);
                table.row([self.origin.to_string(), record.hash.to_string()]);
                table
            },
            || {
                let mut page = Page::new(&format!("The ledger {} begins", self.origin));
                page.section(
                    "",
                    vec![
                        ("folder".to_owned(), path.display().to_string()),
                        ("entry".to_owned(), "0".to_owned()),
                        ("hash".to_owned(), record.hash.to_string()),
                    ],
                );
                page.line(
                    "Next: `chancery register ID --kind state --name NAME` names its entities.",
                );
                Ok(page)
            },
        )?;
        Ok(Exit::Done)
    }
}
