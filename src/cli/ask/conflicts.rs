//! `conflicts`: the accounts that sources give of one act, side by side.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::shown;
use crate::domain::day::Day;
use crate::domain::editorial::Standing;
use crate::ledger::answer::conflict::{Account, Conflict, Conflicts, Verdict};

/// Set the accounts that sources give of one act side by side
///
/// Listed are the acts of which a rival account says something else: another date, another act, or
/// that there was none. An account that is only less precise ("June 2022" beside "30 June 2022")
/// confirms the act; --all lists the acts that have any other account.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery conflicts
  chancery conflicts UKR SYR
  chancery conflicts \"south korea\" --all --format csv")]
pub(crate) struct ShowConflicts {
    /// Only acts of an entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: Option<String>,
    /// And of another
    #[arg(value_name = "B")]
    other: Option<String>,
    /// List also the acts that all accounts confirm, or whose other accounts are no rivals
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowConflicts {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let named = asking.named(self.one.as_deref(), self.other.as_deref())?;
        let conflicts = asking.inquiry.conflicts(&named, self.all);
        let rows = || rows(&conflicts).with_basis(&conflicts.basis);
        asking.print(&self.place, &conflicts, rows, || {
            let which = asking.of(&named);
            let headline = headline(&conflicts, &which, self.all);
            page(&asking, &conflicts, &headline)
        })?;
        Ok(Exit::Done)
    }
}

fn headline(conflicts: &Conflicts, which: &str, all: bool) -> String {
    match (conflicts.conflicts.len(), all) {
        (0, false) => format!("No act{which} is disputed"),
        (0, true) => format!("No act{which} has other accounts"),
        (1, false) => format!("1 act{which} is disputed"),
        (1, true) => format!("1 act{which} has other accounts"),
        (count, false) => format!("{count} acts{which} are disputed"),
        (count, true) => format!("{count} acts{which} have other accounts"),
    }
}

fn page(asking: &Asking, conflicts: &Conflicts, headline: &str) -> Result<Page, CliError> {
    let mut page = Page::new(headline);
    for conflict in &conflicts.conflicts {
        let [first, second] = conflict.relation.both();
        let (first, second) = (asking.name(first), asking.name(second));
        page.line(&format!("{first} – {second}: {}, {}", conflict.act.as_str(), conflict.date));
        page.table(accounts(asking, conflict)?);
    }
    if conflicts.conflicts.iter().any(|conflict| conflict.accounts.iter().any(disputes)) {
        page.line("`--policy all-claims` answers as if any rival may be right.");
    }
    page.basis(&basis::told(&conflicts.basis));
    Ok(page)
}

fn disputes(account: &Account) -> bool {
    account.standing == Standing::Rival && account.verdict.contradicts()
}

/// The accounts of one act in rows, the act as it is read first.
fn accounts(asking: &Asking, conflict: &Conflict) -> Result<Table, CliError> {
    let mut table = Table::new(&[
        Column::Words("date"),
        Column::Words("role"),
        Column::Words("days"),
        Column::Words("beside the act"),
        Column::Number("days apart"),
        Column::Words("standing"),
        Column::Number("entry"),
        Column::Words("source"),
    ]);
    table.row([
        conflict.date.to_string(),
        conflict.reading.as_str().to_owned(),
        days(Some(conflict.earliest), Some(conflict.latest)),
        String::new(),
        String::new(),
        "the act".to_owned(),
        conflict.entry.to_string(),
        entries::sources(&asking.ledger, conflict.entry)?,
    ]);
    for account in &conflict.accounts {
        table.row([
            account.date.as_ref().map(ToString::to_string).unwrap_or_default(),
            account.role.map(|role| role.as_str().to_owned()).unwrap_or_default(),
            days(account.earliest, account.latest),
            compared(account),
            account.days_apart.map(|days| days.to_string()).unwrap_or_default(),
            shown(&account.standing).replace('-', " "),
            account.entry.to_string(),
            entries::sources(&asking.ledger, account.entry)?,
        ]);
    }
    Ok(table)
}

/// The days that a date allows, where they are more than one.
fn days(earliest: Option<Day>, latest: Option<Day>) -> String {
    match (earliest, latest) {
        (Some(earliest), Some(latest)) if earliest != latest => format!("{earliest} to {latest}"),
        _ => String::new(),
    }
}

fn compared(account: &Account) -> String {
    let verdict = match (account.verdict, account.says) {
        (Verdict::Renames, Some(says)) => format!("says {}", shown(&says)),
        (Verdict::Denies, _) => "denies it".to_owned(),
        (Verdict::Confirms, _) => "confirms it".to_owned(),
        (Verdict::Narrows, _) => "is closer".to_owned(),
        (Verdict::Overlaps, _) => "overlaps it".to_owned(),
        (Verdict::Excludes, _) => "excludes it".to_owned(),
        (Verdict::WordingOnly | Verdict::Renames, _) => "wording only".to_owned(),
    };
    match &account.wording {
        Some(wording) => format!("{verdict}, “{wording}”"),
        None => verdict,
    }
}

fn rows(conflicts: &Conflicts) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("act"),
        Column::Number("entry"),
        Column::Words("date"),
        Column::Words("reading"),
        Column::Words("earliest"),
        Column::Words("latest"),
        Column::Number("claim"),
        Column::Words("claim_role"),
        Column::Words("claim_date"),
        Column::Words("claim_earliest"),
        Column::Words("claim_latest"),
        Column::Words("says"),
        Column::Words("wording"),
        Column::Words("standing"),
        Column::Words("verdict"),
        Column::Number("days_apart"),
    ]);
    for conflict in &conflicts.conflicts {
        let [one, other] = conflict.relation.both();
        for account in &conflict.accounts {
            table.row([
                one.to_string(),
                other.to_string(),
                conflict.act.as_str().to_owned(),
                conflict.entry.to_string(),
                conflict.date.to_string(),
                conflict.reading.as_str().to_owned(),
                conflict.earliest.to_string(),
                conflict.latest.to_string(),
                account.entry.to_string(),
                account.role.map(|role| role.as_str().to_owned()).unwrap_or_default(),
                account.date.as_ref().map(ToString::to_string).unwrap_or_default(),
                account.earliest.map(|day| day.to_string()).unwrap_or_default(),
                account.latest.map(|day| day.to_string()).unwrap_or_default(),
                account.says.as_ref().map(shown).unwrap_or_default(),
                account.wording.as_ref().map(ToString::to_string).unwrap_or_default(),
                shown(&account.standing),
                account.verdict.as_str().to_owned(),
                account.days_apart.map(|days| days.to_string()).unwrap_or_default(),
            ]);
        }
    }
    table
}
