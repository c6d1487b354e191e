//! `verify`: what the bytes can prove.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::ledger::verify::{Verification, VerifyOptions, verify};

/// Verify the bytes of the log: frames, encoding, numbers, links, times, rules and root
///
/// Reads every byte and changes nothing. Ends with exit code 4 when a check fails, and names the
/// first bad entry.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery verify
  chancery verify --ledger copy --format json")]
pub(crate) struct VerifyLog {
    #[command(flatten)]
    pub(crate) place: Place,
}

impl VerifyLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let path = self.place.path();
        let verified = verify(self.place.folder()?, &VerifyOptions::default());
        let verification = verified.map_err(|source| CliError::opening(path, source))?;
        let rows = || table(&verification);
        format::print(self.place.format, &verification, rows, || Ok(page(&verification)))?;
        Ok(if verification.ok { Exit::Done } else { Exit::Failed })
    }
}

fn page(verification: &Verification) -> Page {
    let mut page = match (verification.ok, verification.first_bad_entry) {
        (true, _) => Page::new(&format!("ok: {} entries verified", verification.size)),
        (false, Some(entry)) => Page::new(&format!("FAILED: entry {entry} is the first bad one")),
        (false, None) => Page::new("FAILED"),
    };
    page.table(table(verification));
    page.section(
        "",
        vec![
            ("root".to_owned(), verification.root.to_string()),
            ("head".to_owned(), verification.head.to_string()),
            ("trust".to_owned(), verification.trust.as_str().to_owned()),
        ],
    );
    if !verification.ok {
        page.line("Restore the folder from a copy; nothing here has been changed.");
    }
    page
}

fn table(verification: &Verification) -> Table {
    let mut table =
        Table::new(&[Column::Words("check"), Column::Words("result"), Column::Words("detail")]);
    for check in &verification.checks {
        let result = if check.ok { "ok" } else { "FAILED" };
        table.row([check.name.to_owned(), result.to_owned(), check.detail.clone()]);
    }
    table
}
