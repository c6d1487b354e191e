//! `check`: what the rules noticed, and whether the ledger agrees with its assertions.

use std::path::PathBuf;

use crate::cli::ask::junit;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::basis;
use crate::ledger::answer::assertion::{JudgedAssertion, Outcome};
use crate::ledger::answer::finding::{ASSERTIONS, Check};

/// How many entries of a finding a table for people names; the other forms name all.
const ENTRIES_SHOWN_MAX: usize = 12;

/// List what the rules noticed, and whether the ledger agrees with its assertions
///
/// A failing assertion ends with exit code 4. Findings are no errors: the ledger keeps what its
/// sources say; with --strict any of them, and any undecided assertion, fails too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery check
  chancery check --strict --format json
  chancery check --junit report.xml                for a service that runs checks on every change")]
pub(crate) struct CheckLedger {
    /// End with exit code 4 also when there is any finding or undecided assertion
    #[arg(long)]
    strict: bool,
    /// Write the checks to a file in the XML of JUnit as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl CheckLedger {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let check = asking.inquiry.check()?;
        if let Some(path) = &self.junit {
            junit::write(&check, self.strict, path)?;
        }
        let rows = || rows(&check).with_basis(&check.basis);
        asking.print(&self.place, &check, rows, || Ok(page(&check)))?;
        let now = |outcome: Outcome| check.assertions.iter().any(|a| a.now == outcome);
        let odd = !check.findings.is_empty() || now(Outcome::Undecided);
        let is_failed = now(Outcome::Fails) || now(Outcome::Unjudged) || (self.strict && odd);
        Ok(if is_failed { Exit::Failed } else { Exit::Done })
    }
}

fn page(check: &Check) -> Page {
    let count = match check.findings.len() {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let holding = check.assertions.iter().filter(|a| a.now == Outcome::Holds).count();
    let (relations, assertions) = (check.relations, check.assertions.len());
    let on = if relations == 1 { "relation" } else { "relations" };
    let headline =
        format!("{count} on {relations} {on}; {holding} of {assertions} assertions hold");
    let mut page = Page::new(&headline);
    page.table(named(check));
    page.table(found(check));
    page.table(judged(check));
    page.section("drift", drifted(check));
    let mut kinds: Vec<_> = check.findings.iter().map(|finding| finding.finding).collect();
    kinds.dedup();
    let advice = kinds.into_iter().map(|kind| (kind.to_string(), kind.advice().to_owned()));
    page.section("what they mean", advice.collect());
    page.basis(&basis::told(&check.basis));
    page
}

/// The checks by name.
fn named(check: &Check) -> Table {
    let mut table = Table::new(&[Column::Words("check"), Column::Words("result")]);
    for named in &check.checks {
        let result = match (named.ok, named.name == ASSERTIONS) {
            (true, _) => "ok".to_owned(),
            (false, false) => format!("{} found", named.found),
            (false, true) => format!("{} do not hold", named.found),
        };
        table.row([named.name.to_owned(), result]);
    }
    table
}

/// The assertions, with what the ledger says and since when it says so.
fn judged(check: &Check) -> Table {
    let mut table = Table::new(&[
        Column::Words("assertion"),
        Column::Words("when recorded"),
        Column::Words("now"),
        Column::Words("found"),
        Column::Number("entry"),
        Column::Words("since entry"),
    ]);
    for assertion in &check.assertions {
        table.row([
            assertion.words.clone(),
            assertion.when_recorded.as_str().to_owned(),
            assertion.now.as_str().to_owned(),
            assertion.found.clone(),
            assertion.entry.to_string(),
            assertion.since.map(|since| since.to_string()).unwrap_or_default(),
        ]);
    }
    table
}

/// The assertions that have another outcome now than when they were recorded.
fn drifted(check: &Check) -> Vec<(String, String)> {
    let past = |outcome| match outcome {
        Outcome::Holds => "held",
        Outcome::Fails => "failed",
        Outcome::Undecided => "was undecided",
        Outcome::Unjudged => "was not judged",
    };
    let present = |outcome| match outcome {
        Outcome::Undecided => "is undecided",
        Outcome::Unjudged => "is not judged",
        other => other.as_str(),
    };
    let drifted = check.assertions.iter().filter(|a| a.now != a.when_recorded);
    let told = |assertion: &JudgedAssertion| {
        let (then, now) = (past(assertion.when_recorded), present(assertion.now));
        let since = assertion.since.map(|entry| format!(" since entry {entry}"));
        let entry = assertion.entry;
        let drift = format!("{then} when recorded at {entry}, {now}{}", since.unwrap_or_default());
        (assertion.words.clone(), drift)
    };
    drifted.map(told).collect()
}

/// Findings and assertions in the rows of one table.
fn rows(check: &Check) -> Table {
    let mut table = Table::new(&[
        Column::Words("what"),
        Column::Words("relation"),
        Column::Words("outcome"),
        Column::Words("entries"),
    ]);
    for finding in &check.findings {
        let entries: Vec<String> = finding.entries.iter().map(ToString::to_string).collect();
        let relation = finding.relation.map(|parties| parties.to_string()).unwrap_or_default();
        table.row([finding.finding.to_string(), relation, "found".to_owned(), entries.join(" ")]);
    }
    for assertion in &check.assertions {
        let (words, outcome) = (assertion.words.clone(), assertion.now.as_str().to_owned());
        table.row([words, String::new(), outcome, assertion.entry.to_string()]);
    }
    table
}

fn found(check: &Check) -> Table {
    let mut table = Table::new(&[
        Column::Words("finding"),
        Column::Words("relation"),
        Column::Words("entries"),
    ]);
    for finding in &check.findings {
        let shown = finding.entries.iter().take(ENTRIES_SHOWN_MAX).map(ToString::to_string);
        let mut entries: Vec<String> = shown.collect();
        if let left @ 1.. = finding.entries.len().saturating_sub(ENTRIES_SHOWN_MAX) {
            entries.push(format!("and {left} more"));
        }
        table.row([
            finding.finding.to_string(),
            finding.relation.map(|parties| parties.to_string()).unwrap_or_default(),
            entries.join(" "),
        ]);
    }
    table
}
