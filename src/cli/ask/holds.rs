//! `holds`: yes, no or unknown, by exit code.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::{STATUSES, one_of};
use crate::domain::period::Period;
use crate::domain::status::Status;
use crate::domain::truth::Truth;
use crate::ledger::answer::relation::{Holds, Over};

/// Say whether a relation has a status: yes (exit 0), no (1) or unknown (3)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery holds KOR SYR --on 2025-04-10
  chancery holds UKR SYR --status severed --throughout 2023
  chancery holds KOR CUB --sometime 1949/2024-02-13 && echo yes")]
pub(crate) struct AskWhether {
    /// One party, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// The other
    #[arg(value_name = "B")]
    other: String,
    /// Status asked about
    #[arg(long, default_value = STATUSES[1], value_parser = one_of::<Status, 7>(STATUSES))]
    status: Status,
    /// Whether it holds on every day of a period: 2022, 2022-06, 2020/2023-06
    #[arg(long, value_name = "PERIOD", value_parser = Period::parse_question, conflicts_with = "on")]
    throughout: Option<Period>,
    /// Whether it holds on some day of a period
    #[arg(long, value_name = "PERIOD", value_parser = Period::parse_question,
          conflicts_with_all = ["on", "throughout"])]
    sometime: Option<Period>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl AskWhether {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let parties = asking.parties(&self.one, &self.other)?;
        let throughout = self.throughout.map(Over::Throughout);
        let over = throughout.or(self.sometime.map(Over::Sometime));
        let holds = asking.inquiry.holds(parties, self.status, over);
        let rows = || table(&holds).with_basis(&holds.basis);
        asking.print(&self.place, &holds, rows, || page(&asking, &holds))?;
        Ok(match holds.answer {
            Truth::Yes => Exit::Done,
            Truth::No => Exit::No,
            Truth::Unknown => Exit::Unknown,
        })
    }
}

fn when(holds: &Holds) -> String {
    match &holds.over {
        None => format!("on {}", holds.basis.on),
        Some(Over::Throughout(period)) => format!("throughout {period}"),
        Some(Over::Sometime(period)) => format!("sometime in {period}"),
    }
}

fn page(asking: &Asking, holds: &Holds) -> Result<Page, CliError> {
    let answer = match holds.answer {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown => "unknown: the sources do not say",
    };
    let names = asking.names(holds.relation);
    let mut page = Page::new(&format!("{names}, {} {}: {answer}", holds.question, when(holds)));
    page.section("by the entries", entries::told(&asking.ledger, &holds.entries)?);
    page.basis(&basis::told(&holds.basis));
    Ok(page)
}

fn table(holds: &Holds) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("question"),
        Column::Words("when"),
        Column::Words("answer"),
    ]);
    let [one, other] = holds.relation.both();
    table.row([
        one.to_string(),
        other.to_string(),
        holds.question.to_string(),
        when(holds),
        holds.answer.as_str().to_owned(),
    ]);
    table
}
