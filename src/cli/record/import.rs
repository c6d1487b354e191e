//! `import`: a table of somebody else's, row by row, through a mapping.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::progress::Progress;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings::{self, Interruption};
use crate::domain::finding::FindingKind;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::Text;
use crate::exchange::import::{ImportError, ImportOptions, Imported, Noticed, Stopped, import};
use crate::exchange::mapping::Mapping;
use crate::exchange::mapping::row::RowFault;
use crate::exchange::table;
use crate::ledger::Ledger;

/// How many lines of each kind are shown to people; the other formats hold all of them.
const SHOWN_MAX: usize = 10;

/// Import a table of comma-separated values, row by row, through a mapping
///
/// The mapping says what the columns are in the words of the ledger: docs/import.md. Rows that
/// cannot be used are reported and passed over, and end the command with exit code 1. What the ledger
/// already has is known by its key: importing twice appends nothing, and an import that was cut off
/// goes on when it is run again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery import un_members.csv --mapping docs/mappings/un_members.toml --dry-run
  chancery import relations.csv --mapping relations.toml --strict
  chancery import relations.csv --mapping relations.toml --format csv > report.csv")]
pub(crate) struct ImportTable {
    /// Table whose first line names its columns, - for standard input
    file: PathBuf,
    /// What the columns are in the words of the ledger
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Who records [default: $CHANCERY_RECORDER, else $USER]
    #[arg(long, value_name = "NAME")]
    recorder: Option<Text>,
    /// Stop before the batch of the first row that is refused or that brings a finding
    #[arg(long)]
    strict: bool,
    /// Show what would become of each row, and append nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ImportTable {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let mapping = self.mapping()?;
        let table = self.table(mapping.delimiter())?;
        let ledger = self.ledger()?;
        let recorder = self.recorder.clone().map_or_else(surroundings::recorder, Ok)?;
        let options = ImportOptions { now: surroundings::now()?, recorder, strict: self.strict };
        let interruption = Interruption::await_first();
        let progress = Progress::of(&self.place, "rows", table.row_count());
        let mut watch = |rows| {
            progress.at(rows);
            if interruption.has_come() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let imported = import(&ledger, &mapping, &table, &options, &mut watch);
        progress.end();
        let imported = imported.map_err(|error| match error {
            ImportError::Table(source) => CliError::Exchange { input: self.input(), source },
            ImportError::Ledger(source) => source.into(),
        })?;
        let report = Report { dry_run: self.dry_run, imported, ledger: &ledger };
        let stated = report.stated();
        format::print(self.place.format, &stated, || report.rows(), || Ok(report.page()))?;
        Ok(match report.imported.stopped {
            Some(Stopped::Told) => Exit::Interrupted,
            None if report.imported.refused.is_empty() => Exit::Done,
            None | Some(Stopped::Strict) => Exit::No,
        })
    }

    fn mapping(&self) -> Result<Mapping, CliError> {
        let text = std::fs::read_to_string(&self.mapping);
        let text = text.map_err(|source| CliError::Input { path: self.mapping.clone(), source })?;
        let input = self.mapping.display().to_string();
        Mapping::parse(&text).map_err(|source| CliError::Exchange { input, source })
    }

    fn table(&self, delimiter: u8) -> Result<table::Table, CliError> {
        let reader: Box<dyn Read> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin().lock())
        } else {
            let opened = File::open(&self.file);
            Box::new(opened.map_err(|source| CliError::Input { path: self.file.clone(), source })?)
        };
        let read = table::Table::read(reader, delimiter);
        read.map_err(|source| CliError::Exchange { input: self.input(), source })
    }

    fn input(&self) -> String {
        match self.file.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => self.file.display().to_string(),
        }
    }

    /// The ledger to record in; for a dry run a copy of it in memory.
    fn ledger(&self) -> Result<Ledger, CliError> {
        if !self.dry_run {
            return self.place.open_for_writing();
        }
        let folder = self.place.folder()?;
        let rehearsal = Ledger::rehearsal(&*folder);
        rehearsal.map_err(|source| CliError::opening(self.place.path(), source))
    }
}

/// What became of a table, as it is printed.
struct Report<'a> {
    dry_run: bool,
    imported: Imported,
    ledger: &'a Ledger,
}

#[derive(Debug, Serialize)]
struct Stated<'a> {
    dry_run: bool,
    rows: u64,
    new_rows: u64,
    new_entries: u64,
    known_rows: u64,
    skipped: Vec<StatedSkip<'a>>,
    refused: &'a [RowFault],
    findings: Vec<StatedFinding<'a>>,
    unjudged_rows: u64,
    stopped: Option<&'static str>,
    size: Size,
    head: String,
}

#[derive(Debug, Serialize)]
struct StatedSkip<'a> {
    reason: &'a str,
    lines: &'a [u64],
}

#[derive(Debug, Serialize)]
struct StatedFinding<'a> {
    finding: FindingKind,
    relation: Parties,
    axis: Axis,
    entries: &'a [Sequence],
    lines: &'a [u64],
}

impl Report<'_> {
    fn stated(&self) -> Stated<'_> {
        let imported = &self.imported;
        let skipped = imported.skipped.iter();
        let noticed = imported.noticed.iter();
        Stated {
            dry_run: self.dry_run,
            rows: imported.row_count,
            new_rows: imported.new_row_count,
            new_entries: imported.new_entry_count,
            known_rows: imported.known_row_count,
            skipped: skipped.map(|(reason, lines)| StatedSkip { reason, lines }).collect(),
            refused: &imported.refused,
            findings: noticed
                .map(|noticed| StatedFinding {
                    finding: noticed.finding.kind,
                    relation: noticed.finding.parties,
                    axis: noticed.finding.axis,
                    entries: &noticed.finding.entries,
                    lines: &noticed.lines,
                })
                .collect(),
            unjudged_rows: imported.unjudged_row_count,
            stopped: imported.stopped.map(|stopped| match stopped {
                Stopped::Strict => "strict",
                Stopped::Told => "interrupted",
            }),
            size: self.ledger.size(),
            head: self.ledger.head().to_string(),
        }
    }

    /// What is to be looked at, a line of the table each.
    fn rows(&self) -> Table {
        let mut table = Table::new(&[
            Column::Number("line"),
            Column::Words("column"),
            Column::Words("outcome"),
            Column::Words("what"),
        ]);
        let Imported { refused, skipped, noticed, .. } = &self.imported;
        let mut rows: Vec<(u64, [&str; 3])> = Vec::with_capacity(refused.len());
        for fault in refused {
            let column = fault.column.as_deref().unwrap_or_default();
            rows.push((fault.line, [column, "refused", &fault.reason]));
        }
        for (reason, lines) in skipped {
            rows.extend(lines.iter().map(|line| (*line, ["", "skipped", reason])));
        }
        let told = |new: &Noticed| format!("{} on {}", new.finding.kind, new.finding.parties);
        let found: Vec<String> = noticed.iter().map(told).collect();
        for (noticed, what) in noticed.iter().zip(&found) {
            rows.extend(noticed.lines.iter().map(|line| (*line, ["", "finding", what])));
        }
        rows.sort_unstable();
        for (line, [column, outcome, what]) in rows {
            let [column, outcome, what] = [column, outcome, what].map(str::to_owned);
            table.row([line.to_string(), column, outcome, what]);
        }
        table
    }

    fn page(&self) -> Page {
        let imported = &self.imported;
        let done = if self.dry_run { "Would record" } else { "Recorded" };
        let entries = counted(imported.new_entry_count, "entry", "entries");
        let mut page = Page::new(&format!(
            "{done} {entries} from {}",
            counted(imported.row_count, "row", "rows")
        ));
        let mut table = Table::new(&[
            Column::Number("rows"),
            Column::Number("new"),
            Column::Number("known"),
            Column::Number("skipped"),
            Column::Number("refused"),
        ]);
        let skipped: usize = imported.skipped.values().map(Vec::len).sum();
        table.row([
            imported.row_count.to_string(),
            imported.new_row_count.to_string(),
            imported.known_row_count.to_string(),
            skipped.to_string(),
            imported.refused.len().to_string(),
        ]);
        page.table(table);
        page.section("refused", shortened(self.refused()));
        page.section("what to do", shortened(self.hints().into_iter()));
        page.section("skipped", self.skipped());
        page.section("findings", self.findings());
        if imported.unjudged_row_count > 0 {
            page.line(&format!(
                "Not all findings are known of {}: their acts may have come in more orders than \
                 are tried. `chancery show A B` tells those of one relation",
                counted(imported.unjudged_row_count, "row", "rows")
            ));
        }
        match imported.stopped {
            Some(Stopped::Strict) => {
                page.line("Stopped: nothing of the batch that holds these rows was recorded");
            }
            Some(Stopped::Told) => {
                page.line(
                    "Interrupted: whole batches are recorded; the same command goes on from there",
                );
            }
            None => {}
        }
        page.basis(&format!("size {} · head {}", self.ledger.size(), self.ledger.head()));
        page
    }

    fn refused(&self) -> impl ExactSizeIterator<Item = (String, String)> {
        let told = |fault: &RowFault| {
            let column = fault.column.as_ref().map(|column| format!("{column}: "));
            (format!("line {}", fault.line), column.unwrap_or_default() + &fault.reason)
        };
        self.imported.refused.iter().map(told)
    }

    /// What to do about what was refused, each hint once.
    fn hints(&self) -> Vec<(String, String)> {
        let mut hint_to_lines = BTreeMap::<&str, Vec<u64>>::new();
        for fault in &self.imported.refused {
            if let Some(hint) = &fault.hint {
                hint_to_lines.entry(hint).or_default().push(fault.line);
            }
        }
        let told = |(hint, lines): (&str, Vec<u64>)| (lines_told(&lines), hint.to_owned());
        hint_to_lines.into_iter().map(told).collect()
    }

    fn skipped(&self) -> Vec<(String, String)> {
        let told = |(reason, lines): (&String, &Vec<u64>)| (lines_told(lines), reason.clone());
        self.imported.skipped.iter().map(told).collect()
    }

    /// The findings by kind, each kind once.
    fn findings(&self) -> Vec<(String, String)> {
        let mut kind_to_lines = BTreeMap::<String, Vec<u64>>::new();
        for noticed in &self.imported.noticed {
            let lines = kind_to_lines.entry(noticed.finding.kind.to_string()).or_default();
            lines.extend(&noticed.lines);
        }
        let told = |(kind, mut lines): (String, Vec<u64>)| {
            lines.sort_unstable();
            lines.dedup();
            (kind, lines_told(&lines))
        };
        kind_to_lines.into_iter().map(told).collect()
    }
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The first items, and how many more there are.
fn shortened(items: impl ExactSizeIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let left = items.len().saturating_sub(SHOWN_MAX);
    let mut shown: Vec<_> = items.take(SHOWN_MAX).collect();
    if left > 0 {
        shown.push(("…".to_owned(), format!("and {left} more: `--format csv` lists them all")));
    }
    shown
}

/// The lines of some rows in few words.
fn lines_told(lines: &[u64]) -> String {
    let shown: Vec<String> = lines.iter().take(SHOWN_MAX).map(u64::to_string).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    match lines.len().saturating_sub(SHOWN_MAX) {
        0 => format!("{word} {}", shown.join(", ")),
        left => format!("{word} {} and {left} more", shown.join(", ")),
    }
}
