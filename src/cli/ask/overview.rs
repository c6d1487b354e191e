//! `overview`: which ledger this is, and how much is in it.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions, RuleOption};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::basis;
use crate::ledger::answer::overview::Overview;

/// Say which ledger this is, and how much is in it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery
  chancery overview --on 1991-09-17 --format json")]
pub(crate) struct ShowOverview {
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    rule: RuleOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowOverview {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::counting(&self.place, &self.basis, &self.rule)?;
        let overview = asking.ledger.overview(&asking.inquiry)?;
        let rows = || table(&overview).with_basis(&overview.basis);
        asking.print(&self.place, &overview, rows, || Ok(page(&overview)))?;
        Ok(Exit::Done)
    }
}

fn facts(overview: &Overview) -> Vec<(&'static str, String)> {
    let counts = overview.relations;
    let in_force = match counts.possible {
        0 => format!("{} in force of {} recorded", counts.definite, counts.recorded),
        possible => {
            let (definite, recorded) = (counts.definite, counts.recorded);
            format!("{definite} in force, {possible} more possibly, of {recorded} recorded")
        }
    };
    let last = &overview.last;
    let checkpoint = match overview.checkpoint {
        Some(checkpoint) => match overview.basis.known.size.0.checked_sub(checkpoint.size.0) {
            Some(0) | None => format!("of {} entries", checkpoint.size),
            Some(later) => format!("of {} entries, {later} not yet", checkpoint.size),
        },
        None => "none".to_owned(),
    };
    vec![
        ("origin", overview.origin.to_string()),
        ("entries", overview.basis.known.size.to_string()),
        ("last entry", format!("{} {}, recorded {}", last.sequence, last.kind, last.recorded_at)),
        ("entities", overview.entities.to_string()),
        ("relations", in_force),
        ("findings", overview.findings.to_string()),
        ("head", overview.basis.known.head.to_string()),
        ("root", overview.root.to_string()),
        ("checkpoint", checkpoint),
        ("trust", overview.trust.as_str().to_owned()),
    ]
}

fn table(overview: &Overview) -> Table {
    let mut table = Table::new(&[Column::Words("what"), Column::Words("value")]);
    for (what, value) in facts(overview) {
        table.row([what.to_owned(), value]);
    }
    table
}

fn page(overview: &Overview) -> Page {
    let title = overview.title.as_ref().map_or(overview.origin.as_str(), |title| title.as_str());
    let mut page = Page::new(title);
    let facts = facts(overview).into_iter();
    page.section("", facts.map(|(what, value)| (what.to_owned(), value)).collect());
    page.line("Next: `chancery partners KOR`, `chancery show UKR SYR`, `chancery --help`.");
    page.basis(&basis::told(&overview.basis));
    page
}
