//! `diff`: what changed between two points, apart in the world and in our knowledge.

use clap::ArgGroup;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, PointOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::shown;
use crate::domain::status::StatusSet;
use crate::ledger::answer::diff::{Changed, Diff};

/// Show what changed between two days, between two positions of the ledger, or both
///
/// First the answers for the first day that entries between the two positions changed: our knowledge
/// changed. Then what acts changed between the two days, as known at the second position: the world
/// changed. Each line names the entries responsible.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("first").args(["from", "from_known"]).required(true).multiple(true))]
#[command(after_help = "Examples:
  chancery diff --from 2022-01-01 --to 2022-12-31
  chancery diff --from 2025-01-01 KOR
  chancery diff --from-known 700 --on 2023-01-01 UKR SYR
  chancery diff --from 2022-01-01 --to 2026-01-01 --from-known 500 --to-known 877 --format json")]
pub(crate) struct ShowDiff {
    /// Only relations of an entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: Option<String>,
    /// And of another
    #[arg(value_name = "B")]
    other: Option<String>,
    #[command(flatten)]
    points: PointOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowDiff {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let (asking, from, from_known) = Asking::between(&self.place, &self.points)?;
        let named = asking.named(self.one.as_deref(), self.other.as_deref())?;
        let diff = asking.inquiry.diff(from, from_known, &named)?;
        let rows = || rows(&diff).with_basis(&diff.basis);
        asking.print(&self.place, &diff, rows, || page(&asking, &diff, &asking.of(&named)))?;
        Ok(Exit::Done)
    }
}

fn page(asking: &Asking, diff: &Diff, which: &str) -> Result<Page, CliError> {
    let (world, knowledge) = (diff.world.len(), diff.knowledge.len());
    let (from, to) = (diff.from, diff.to);
    let (first, last) = (diff.from_known.size, diff.basis.known.size);
    let mut page = Page::new(&match world + knowledge {
        0 => format!("No relation{which} changed"),
        1 => format!("1 change of the relations{which}"),
        count => format!("{count} changes of the relations{which}"),
    });
    if first != last {
        page.line(&match knowledge {
            0 => format!("Our knowledge of {from} did not change from size {first} to {last}."),
            _ => format!("Our knowledge of {from} changed from size {first} to {last}:"),
        });
        page.table(table(&diff.knowledge));
        entries_of(&mut page, asking, &diff.knowledge)?;
    }
    if from != to {
        page.line(&match world {
            0 => format!("The world did not change from {from} to {to}."),
            _ => format!("The world changed from {from} to {to}:"),
        });
        page.table(table(&diff.world));
        entries_of(&mut page, asking, &diff.world)?;
    }
    page.basis(&basis::told(&diff.basis));
    Ok(page)
}

fn entries_of(page: &mut Page, asking: &Asking, changes: &[Changed]) -> Result<(), CliError> {
    let mut all: Vec<_> = changes.iter().flat_map(|change| change.entries.clone()).collect();
    all.sort_unstable();
    all.dedup();
    page.section("by the entries", entries::told(&asking.ledger, &all)?);
    Ok(())
}

fn table(changes: &[Changed]) -> Table {
    let mut table = Table::new(&[
        Column::Words("relation"),
        Column::Words("before"),
        Column::Words("after"),
        Column::Words("entries"),
    ]);
    for change in changes {
        table.row([
            change.relation.to_string(),
            change.before.to_string(),
            change.after.to_string(),
            numbers(change, ", "),
        ]);
    }
    table
}

fn numbers(change: &Changed, between: &str) -> String {
    change.entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

fn rows(diff: &Diff) -> Table {
    let mut table = Table::new(&[
        Column::Words("changed"),
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("before"),
        Column::Words("after"),
        Column::Words("entries"),
        Column::Words("from"),
        Column::Words("to"),
        Column::Words("from_known_size"),
        Column::Words("from_known_head"),
    ]);
    let words = |statuses: StatusSet| statuses.iter().map(|s| shown(&s)).collect::<Vec<_>>();
    let changes = diff.knowledge.iter().map(|change| ("knowledge", change));
    for (what, change) in changes.chain(diff.world.iter().map(|change| ("world", change))) {
        let [one, other] = change.relation.both();
        table.row([
            what.to_owned(),
            one.to_string(),
            other.to_string(),
            words(change.before).join(" "),
            words(change.after).join(" "),
            numbers(change, " "),
            diff.from.to_string(),
            diff.to.to_string(),
            diff.from_known.size.to_string(),
            diff.from_known.head.to_string(),
        ]);
    }
    table
}
