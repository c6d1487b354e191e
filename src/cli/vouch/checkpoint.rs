//! `checkpoint`: signs a commitment to every entry.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::vouch::key_file::SigningOptions;
use crate::cli::words::entries;
use crate::ledger::checkpoint::{CHECKPOINT_NAME, LastSigned};

/// Sign a checkpoint: a commitment to every entry that anybody can hold the ledger to
///
/// Reads every entry again from the disk, and signs nothing that does not continue what the key last signed. The
/// checkpoint lies in the folder of the ledger, with the public half of the key beside it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery checkpoint --key-file ~/keys/mfa.key
  CHANCERY_KEY=~/keys/mfa.key chancery checkpoint --quiet")]
pub(crate) struct SignCheckpoint {
    /// Take the ledger's checkpoint for what the key last signed, where that is lost
    #[arg(long)]
    adopt: bool,
    #[command(flatten)]
    signing: SigningOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What was signed.
#[derive(Debug, Serialize)]
struct ToldCheckpoint {
    origin: String,
    size: u64,
    root: String,
    key: String,
    /// How many entries the key had signed before.
    before: Option<u64>,
}

impl SignCheckpoint {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let held = self.signing.hold(&self.place)?;
        let ledger = self.place.open_for_writing()?;
        let last = LastSigned { storage: &held.folder, name: &held.last_name, adopt: self.adopt };
        let signed = ledger.sign_checkpoint(&held.key, &last)?;
        let checkpoint = signed.checkpoint.checkpoint();
        let told = ToldCheckpoint {
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            key: held.key.verifier().to_string(),
            before: signed.before.map(|before| before.0),
        };
        format::print(self.place.format, &told, || rows(&told), || Ok(self.page(&told)))?;
        Ok(Exit::Done)
    }

    fn page(&self, told: &ToldCheckpoint) -> Page {
        let size = entries(told.size);
        let headline = match told.before {
            None => format!("Signed: {size}, the first checkpoint of this key"),
            Some(before) if before == told.size => format!("Nothing new: {size}, signed before"),
            Some(before) => format!("Signed: {size}, {before} of them before"),
        };
        let mut page = Page::new(&headline);
        let file = self.place.path().join(CHECKPOINT_NAME);
        page.section(
            "",
            vec![
                ("origin".to_owned(), told.origin.clone()),
                ("root".to_owned(), told.root.clone()),
                ("key".to_owned(), told.key.clone()),
                ("file".to_owned(), file.display().to_string()),
            ],
        );
        page.line(
            "Next: `chancery publish DIR`; whoever keeps the file can hold the ledger to it.",
        );
        page
    }
}

fn rows(told: &ToldCheckpoint) -> Table {
    let mut table = Table::new(&[
        Column::Words("origin"),
        Column::Number("size"),
        Column::Words("root"),
        Column::Words("key"),
        Column::Number("before"),
    ]);
    let before = told.before.map(|before| before.to_string()).unwrap_or_default();
    let size = told.size.to_string();
    table.row([told.origin.clone(), size, told.root.clone(), told.key.clone(), before]);
    table
}
