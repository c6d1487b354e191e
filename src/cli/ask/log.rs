//! `log` and `entry`: entries in recorded order, and one in full.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::known::Known;
use crate::cli::options::place::Place;
use crate::cli::options::receipt::ReceiptOption;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings;
use crate::cli::told::basis::short;
use crate::cli::told::{entries, event, record};
use crate::domain::entity::EntityId;
use crate::domain::event::Event;
use crate::domain::sequence::{Reference, Sequence, Size};
use crate::ledger::Ledger;
use crate::ledger::record::EntryRecord;
use crate::view::fold::View;

/// List entries in the order in which they were recorded
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery log
  chancery log UKR SYR
  chancery log KOR --known 500 --format json")]
pub(crate) struct ShowLog {
    /// Only entries that speak of an entity
    #[arg(value_name = "A")]
    one: Option<String>,
    /// And of another
    #[arg(value_name = "B")]
    other: Option<String>,
    /// How much of the ledger to use: a size, a hash or a time of recording [default: all]
    #[arg(long, value_name = "K")]
    known: Option<Known>,
    #[command(flatten)]
    receipt: ReceiptOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Show one entry in full, with its hash and its links
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery entry 0
  chancery entry rok/SYR/established/2025-04-10 --format json")]
pub(crate) struct ShowEntry {
    /// Number or key of the entry
    #[arg(value_name = "N")]
    entry: Reference,
    #[command(flatten)]
    receipt: ReceiptOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let known = self.known.as_ref().map(|known| known.resolve(&ledger)).transpose()?;
        let size = known.unwrap_or_else(|| ledger.size());
        let view = ledger.view();
        let today = surroundings::today()?;
        let named = [&self.one, &self.other].into_iter().flatten();
        let named: Result<Vec<EntityId>, _> =
            named.map(|text| view.known(size).lookup(text, today)).collect();
        ledger.settled()?;
        let named = named?;
        let speaks = |sequence: Sequence| {
            let of = named_in(&view, sequence);
            named.iter().all(|entity| of.contains(entity))
        };
        let listed: Vec<EntryRecord> = if named.is_empty() {
            ledger.entries(Sequence(0)..size.next()).collect::<Result<_, _>>()?
        } else {
            let matching = (0..size.0).map(Sequence).filter(|sequence| speaks(*sequence));
            matching.map(|sequence| ledger.entry(sequence)).collect::<Result<_, _>>()?
        };
        let answer = LogAnswer { size, entries: &listed };
        self.receipt.print(
            &self.place,
            &ledger,
            &answer,
            || rows(&listed),
            || {
                let head = ledger.head_of(size)?.map(|hash| hash.to_string()).unwrap_or_default();
                let count = listed.len();
                let entries = if count == 1 { "entry" } else { "entries" };
                let mut page = Page::new(&format!("{}: {count} {entries}", ledger.origin()));
                page.table(table(&listed));
                page.basis(&format!("known {size} (head {})", short(&head)));
                Ok(page)
            },
        )?;
        Ok(Exit::Done)
    }
}

/// The answer of `log`.
#[derive(Debug, Serialize)]
struct LogAnswer<'a> {
    size: Size,
    entries: &'a [EntryRecord],
}

/// The entities that an entry, or the one that it speaks of, names.
fn named_in(view: &View, sequence: Sequence) -> Vec<EntityId> {
    match view.row(sequence).map(|row| &row.event) {
        Some(Event::Fact(fact)) => match fact {
            crate::domain::event::Fact::Registration(registration) => vec![registration.id],
            fact => fact.entities(),
        },
        Some(Event::Assertion(assertion)) => assertion.entities(),
        Some(Event::Claim(claim)) => named_in(view, claim.target),
        Some(Event::Correction(correction)) => correction.fact.entities(),
        Some(Event::Retraction(retraction)) => named_in(view, retraction.target),
        Some(Event::Erasure(erasure)) => named_in(view, erasure.target),
        Some(Event::Opening(_)) | None => Vec::new(),
    }
}

fn table(records: &[EntryRecord]) -> Table {
    let mut table = Table::new(&[
        Column::Number("#"),
        Column::Words("hash"),
        Column::Words("recorded"),
        Column::Words("date"),
        Column::Words("event"),
    ]);
    for record in records {
        let entry = &record.entry;
        table.row([
            entry.sequence.to_string(),
            short(&record.hash.to_string()),
            entry.recorded_at.to_string().chars().take(10).collect(),
            event::date(&entry.event),
            event::told(&entry.event),
        ]);
    }
    table
}

fn rows(records: &[EntryRecord]) -> Table {
    let mut table = Table::new(&[
        Column::Number("sequence"),
        Column::Words("hash"),
        Column::Words("recorded_at"),
        Column::Words("recorder"),
        Column::Words("key"),
        Column::Words("kind"),
        Column::Words("date"),
        Column::Words("event"),
    ]);
    for record in records {
        let entry = &record.entry;
        table.row([
            entry.sequence.to_string(),
            record.hash.to_string(),
            entry.recorded_at.to_string(),
            entry.recorder.to_string(),
            entry.key.as_ref().map(ToString::to_string).unwrap_or_default(),
            entry.event.kind().to_owned(),
            event::date(&entry.event),
            event::told(&entry.event),
        ]);
    }
    table
}

impl ShowEntry {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let sequence = ledger.sequence_of(&self.entry)?;
        let record = ledger.entry(sequence)?;
        let rows = || rows(std::slice::from_ref(&record));
        self.receipt.print(&self.place, &ledger, &record, rows, || page(&ledger, &record))?;
        Ok(Exit::Done)
    }
}

fn page(ledger: &Ledger, record: &EntryRecord) -> Result<Page, CliError> {
    let entry = &record.entry;
    let mut page = record::page(&record::headline(record), record);
    page.section("speaks of", entries::told(ledger, &speaks_of(&entry.event))?);
    page.section("spoken of by", spoken_of(ledger, entry.sequence));
    for line in entry.note.iter().flat_map(|note| note.as_str().lines()) {
        page.line(line);
    }
    Ok(page)
}

/// The earlier entries that an event names, in recorded order.
fn speaks_of(event: &Event) -> Vec<Sequence> {
    let mut named: Vec<Sequence> = match event {
        Event::Fact(fact) => fact.references().into_iter().copied().collect(),
        Event::Correction(correction) => {
            let facts = correction.fact.references().into_iter().copied();
            facts.chain([correction.target]).collect()
        }
        Event::Claim(claim) => vec![claim.target],
        Event::Retraction(retraction) => vec![retraction.target],
        Event::Erasure(erasure) => vec![erasure.target],
        Event::Opening(_) | Event::Assertion(_) => Vec::new(),
    };
    named.sort_unstable();
    named.dedup();
    named
}

/// The later entries that correct, retract or dispute an entry, or give it as a cause.
fn spoken_of(ledger: &Ledger, sequence: Sequence) -> Vec<(String, String)> {
    let view = ledger.view();
    let later = (sequence.0 + 1..view.size().0).map(Sequence);
    let known = view.known(view.size());
    let told = later.filter_map(|other| {
        let row = view.row(other)?;
        let what = match &row.event {
            Event::Correction(correction) if correction.target == sequence => "corrects it",
            Event::Retraction(retraction) if retraction.target == sequence => "retracts it",
            Event::Claim(claim) if claim.target == sequence => "gives another account of it",
            Event::Erasure(erasure) if erasure.target == sequence => "erases an attachment of it",
            Event::Fact(fact) if fact.because().contains(&sequence) => "was caused by it",
            Event::Fact(fact) if fact.references().contains(&&sequence) => "refers to it",
            Event::Correction(_) if view.root_of(other) == sequence => {
                "corrects a correction of it"
            }
            _ => return None,
        };
        let taken_back = known.retracted_by(other);
        let taken_back = taken_back.map(|by| format!(", but is retracted by {by}"));
        Some((other.to_string(), format!("{what}{}", taken_back.unwrap_or_default())))
    });
    told.collect()
}
