//! Appends what a command recorded, and prints what became of it.

use serde::Serialize;
use serde_json::Value;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings;
use crate::cli::told::basis::short;
use crate::cli::told::event::told;
use crate::domain::event::Event;
use crate::domain::sequence::{Reference, Sequence, Size};
use crate::domain::status::StatusSet;
use crate::ledger::Ledger;
use crate::ledger::answer::assertion;
use crate::ledger::append::{AppendOptions, Appended, Judgement, Outcome};
use crate::ledger::draft::Draft;

/// What became of a batch, as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    dry_run: bool,
    appended: Vec<Line>,
    size: Size,
    head: String,
    findings: Vec<String>,
    /// Whether the ledger agrees with an assertion, and what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<Judged>,
    /// What a correction changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<FieldChange>,
}

/// A field that a correction changes; null where it is not there.
#[derive(Debug, Serialize)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

impl FieldChange {
    fn told(&self) -> String {
        let told = |value: &Value| match value {
            Value::Null => "nothing".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("{} → {}", told(&self.before), told(&self.after))
    }
}

/// What the ledger says to an assertion.
#[derive(Debug, Serialize)]
struct Judged {
    outcome: assertion::Outcome,
    found: String,
}

/// What became of one event.
#[derive(Debug, Serialize)]
struct Line {
    sequence: Sequence,
    hash: Option<String>,
    already_known: bool,
    kind: &'static str,
    status_before: Option<StatusSet>,
    status_after: Option<StatusSet>,
    #[serde(skip)]
    told: String,
}

/// Appends the one event that is drafted with a view to the ledger, and prints what became of it.
///
/// # Errors
/// Whatever speaks against it.
pub(crate) fn append_to(
    place: &Place,
    dry_run: bool,
    draft: impl FnOnce(&Ledger) -> Result<Draft, CliError>,
) -> Result<Exit, CliError> {
    let ledger = open(place, dry_run)?;
    let draft = draft(&ledger)?;
    let events = vec![draft.event.clone()];
    let appended = ledger.append(vec![draft], &options(dry_run)?)?;
    print(place, &Report::new(&events, &appended, dry_run))?;
    Ok(Exit::Done)
}

/// Opens a ledger to append to; for a dry run without holding it.
pub(crate) fn open(place: &Place, dry_run: bool) -> Result<Ledger, CliError> {
    if !dry_run {
        return place.open_for_writing();
    }
    place.refuse_copy()?;
    place.open()
}

/// Records by the clock and stops at findings.
pub(crate) fn options(dry_run: bool) -> Result<AppendOptions, CliError> {
    let now = surroundings::now()?;
    Ok(AppendOptions { now, keep_times: false, findings: Judgement::Stop, dry_run })
}

/// Prints what became of a batch.
pub(crate) fn print(place: &Place, report: &Report) -> Result<(), CliError> {
    format::print(place.format, report, || report.rows(), || Ok(report.page()))
}

/// What is said of an assertion with an outcome.
fn told_of(outcome: assertion::Outcome) -> &'static str {
    match outcome {
        assertion::Outcome::Holds => "holds",
        assertion::Outcome::Fails => "fails",
        assertion::Outcome::Undecided => "is undecided",
        assertion::Outcome::Unjudged => "is not judged",
    }
}

impl Report {
    /// Lines up what became of each event.
    pub(crate) fn new(events: &[Event<Reference>], appended: &Appended, dry_run: bool) -> Self {
        let lines = events.iter().zip(&appended.outcomes).map(|(event, outcome)| {
            let recorded = match outcome {
                Outcome::Recorded(recorded) => Some(recorded),
                Outcome::AlreadyKnown { .. } => None,
            };
            let status = recorded.and_then(|recorded| recorded.status);
            Line {
                sequence: outcome.sequence(),
                hash: recorded.map(|recorded| recorded.hash.to_string()),
                already_known: recorded.is_none(),
                kind: event.kind(),
                status_before: status.map(|status| status.before),
                status_after: status.map(|status| status.after),
                told: told(event),
            }
        });
        Self {
            dry_run,
            appended: lines.collect(),
            size: appended.size,
            head: appended.head.to_string(),
            findings: appended.findings.iter().map(ToString::to_string).collect(),
            judged: None,
            changed: Vec::new(),
        }
    }

    /// Adds what the correction that was recorded changes.
    pub(crate) fn changing(self, changed: Vec<FieldChange>) -> Self {
        Self { changed, ..self }
    }

    /// Adds what the ledger says to the assertion that was recorded.
    pub(crate) fn judged(self, outcome: assertion::Outcome, found: &str) -> Self {
        Self { judged: Some(Judged { outcome, found: found.to_owned() }), ..self }
    }

    fn rows(&self) -> Table {
        let mut table = Table::new(&[
            Column::Number("entry"),
            Column::Words("hash"),
            Column::Words("kind"),
            Column::Words("already_known"),
            Column::Words("status_before"),
            Column::Words("status_after"),
        ]);
        for line in &self.appended {
            table.row([
                line.sequence.to_string(),
                line.hash.clone().unwrap_or_default(),
                line.kind.to_owned(),
                line.already_known.to_string(),
                line.status_before.map(|status| status.to_string()).unwrap_or_default(),
                line.status_after.map(|status| status.to_string()).unwrap_or_default(),
            ]);
        }
        table
    }

    fn page(&self) -> Page {
        let new = self.appended.iter().filter(|line| !line.already_known).count();
        let known = self.appended.len() - new;
        let entries = if new == 1 { "entry" } else { "entries" };
        let mut headline = match (self.dry_run, new) {
            (_, 0) => "Nothing to append".to_owned(),
            (false, _) => format!("Appended {new} {entries}"),
            (true, _) => format!("Would append {new} {entries}"),
        };
        if known > 0 {
            headline.push_str(&format!(", {known} already known"));
        }
        let mut page = Page::new(&headline);
        page.table(self.table());
        let found = self.findings.iter().map(|finding| ("even so".to_owned(), finding.clone()));
        if let Some(Judged { outcome, found }) = &self.judged {
            page.line(&format!("It {}. Found: {found}.", told_of(*outcome)));
        }
        let changed = self.changed.iter().map(|change| (change.field.clone(), change.told()));
        page.section("changes", changed.collect());
        page.section("findings", found.collect());
        page.basis(&format!("size {} · head {}", self.size, self.head));
        page
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            Column::Number("#"),
            Column::Words("hash"),
            Column::Words("event"),
            Column::Words("status"),
        ]);
        for line in &self.appended {
            let status = match (line.status_before, line.status_after) {
                (Some(before), Some(after)) => format!("{before} → {after}"),
                _ => String::new(),
            };
            let hash = line.hash.as_deref().map_or_else(|| "already known".to_owned(), short);
            table.row([line.sequence.to_string(), hash, line.told.clone(), status]);
        }
        table
    }
}
