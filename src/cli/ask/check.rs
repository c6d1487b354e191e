//! `check`: what the rules noticed, over the whole ledger.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::basis;
use crate::ledger::answer::finding::Check;

/// List what the rules noticed about the relations in the ledger
///
/// Findings are no errors: the ledger keeps what its sources say. With --strict any of them fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery check
  chancery check --strict --format json")]
pub(crate) struct CheckLedger {
    /// End with exit code 4 when there is any finding
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl CheckLedger {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let check = asking.inquiry.check();
        let rows = || table(&check).with_basis(&check.basis);
        format::print(self.place.format, &check, rows, || Ok(page(&check)))?;
        Ok(if self.strict && !check.findings.is_empty() { Exit::Failed } else { Exit::Done })
    }
}

fn page(check: &Check) -> Page {
    let count = match check.findings.len() {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let mut page = Page::new(&format!("{count} on {} relations", check.relations));
    page.table(table(check));
    let mut kinds: Vec<_> = check.findings.iter().map(|finding| finding.finding).collect();
    kinds.dedup();
    let advice = kinds.into_iter().map(|kind| (kind.to_string(), kind.advice().to_owned()));
    page.section("what they mean", advice.collect());
    page.basis(&basis::told(&check.basis));
    page
}

fn table(check: &Check) -> Table {
    let mut table = Table::new(&[
        Column::Words("finding"),
        Column::Words("relation"),
        Column::Words("entries"),
    ]);
    for finding in &check.findings {
        let entries: Vec<String> = finding.entries.iter().map(ToString::to_string).collect();
        table.row([
            finding.finding.to_string(),
            finding.relation.map(|parties| parties.to_string()).unwrap_or_default(),
            entries.join(" "),
        ]);
    }
    table
}
