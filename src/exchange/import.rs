//! Imports a table through a mapping: in batches, each all or nothing, row by row for whoever reads
//! the report. Must not stop at a row that cannot be used, nor lose it silently.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::chain::millis::Millis;
use crate::domain::text::{Key, Text};
use crate::exchange::error::ExchangeError;
use crate::exchange::mapping::row::{Row, RowFault};
use crate::exchange::mapping::{Beside, Mapping, Verdict};
use crate::exchange::table::Table;
use crate::ledger::Ledger;
use crate::ledger::append::{AppendOptions, Appended, Judgement, Outcome};
use crate::ledger::draft::Draft;
use crate::ledger::error::{DraftError, LedgerError};
use crate::ledger::findings::NewFinding;
use crate::view::findings::Finding;

/// How many events a batch has at most.
const BATCH_EVENTS_MAX: usize = 1_000;

/// How a table is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// What the clock shows.
    pub now: Millis,
    /// Who records.
    pub recorder: Text,
    /// Whether a row that is refused, or brings a finding, stops the import before its batch.
    pub strict: bool,
}

/// What became of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many rows were read.
    pub row_count: u64,
    /// How many of them became entries.
    pub new_row_count: u64,
    /// How many entries those are.
    pub new_entry_count: u64,
    /// How many rows the ledger already had.
    pub known_row_count: u64,
    /// The lines of the rows that the mapping passes over, by its reason.
    pub skipped: BTreeMap<String, Vec<u64>>,
    /// The rows that could not be used, in the order of the table.
    pub refused: Vec<RowFault>,
    /// What the rules noticed, in the order of the batches.
    pub noticed: Vec<Noticed>,
    /// How many rows were recorded in batches of which not all is known that the rules would have
    /// noticed: they leave more open than is tried.
    pub unjudged_row_count: u64,
    /// Why it ended before the end of the table, if it did.
    pub stopped: Option<Stopped>,
}

/// A finding that rows brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// The finding.
    pub finding: Finding,
    /// The lines of the rows that brought it.
    pub lines: Vec<u64>,
}

/// Why an import ended before the end of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A strict import came upon a row that is refused or brings a finding; its batch was not
    /// recorded.
    Strict,
    /// It was told to end.
    Told,
}

/// Imports a table. `watch` is told after each batch how many rows are done, and may end the import
/// there; running it again then goes on, because what is recorded is known by its key.
///
/// # Errors
/// When the table lacks the mapping's columns, or the ledger cannot be written; whole batches may
/// have been recorded before.
pub fn import(
    ledger: &Ledger,
    mapping: &Mapping,
    table: &Table,
    options: &ImportOptions,
    watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Imported, ImportError> {
    let places = mapping.places(table.header())?;
    let mut import =
        Import { ledger, options, pending: Pending::default(), done: Imported::default() };
    for (line, record) in table.rows() {
        let row = Row::new(line, &record, &places);
        let verdict = if record.len() == table.header().len() {
            import.judge(mapping, row)
        } else {
            let (count, wanted) = (record.len(), table.header().len());
            let reason = format!("{count} fields where the first row has {wanted}");
            Err(RowFault { line, column: None, reason, hint: None })
        };
        import.done.row_count += 1;
        match verdict {
            Ok(Verdict::Skip(reason)) => import.done.skipped.entry(reason).or_default().push(line),
            Ok(Verdict::Drafts(drafts)) => {
                if BATCH_EVENTS_MAX < import.pending.event_count + drafts.len() {
                    import.append()?;
                    if watch(import.done.row_count - 1).is_break() {
                        import.done.stopped.get_or_insert(Stopped::Told);
                    }
                }
                import.pending.push(line, drafts);
            }
            Err(fault) => import.refuse(fault),
        }
        if import.done.stopped.is_some() {
            return Ok(import.ended());
        }
    }
    import.append()?;
    let _ = watch(import.done.row_count);
    Ok(import.ended())
}

/// Why an import could not be made, or not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The table is not one for the mapping.
    #[error(transparent)]
    Table(#[from] ExchangeError),
    /// The ledger cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Rows that are read and not yet recorded.
#[derive(Debug, Default)]
struct Pending {
    /// The line of each row, and how many events it has.
    lines: Vec<(u64, usize)>,
    rows: Vec<Vec<Draft>>,
    event_count: usize,
    keys: BTreeSet<Key>,
}

impl Pending {
    fn push(&mut self, line: u64, drafts: Vec<Draft>) {
        self.event_count += drafts.len();
        self.keys.extend(drafts.iter().filter_map(|draft| draft.key.clone()));
        self.lines.push((line, drafts.len()));
        self.rows.push(drafts);
    }

    /// The line of the event at a position.
    fn line_at(&self, position: usize) -> Option<u64> {
        let mut end = 0;
        let row = self.lines.iter().find(|(_, events)| {
            end += events;
            position < end
        });
        row.map(|(line, _)| *line)
    }
}

struct Import<'a> {
    ledger: &'a Ledger,
    options: &'a ImportOptions,
    pending: Pending,
    done: Imported,
}

impl Import<'_> {
    fn judge(&self, mapping: &Mapping, row: Row<'_>) -> Result<Verdict, RowFault> {
        let view = self.ledger.view();
        let is_known = |key: &Key| view.key(key).is_some() || self.pending.keys.contains(key);
        let beside = Beside { register: view.known(view.size()), is_known: &is_known };
        let mut verdict = mapping.verdict(row, beside)?;
        if let Verdict::Drafts(drafts) = &mut verdict {
            for draft in drafts {
                draft.recorder.get_or_insert_with(|| self.options.recorder.clone());
            }
        }
        Ok(verdict)
    }

    fn refuse(&mut self, mut fault: RowFault) {
        // There may be as many as there are rows.
        fault.reason.shrink_to_fit();
        self.done.refused.push(fault);
        if self.options.strict {
            self.done.stopped = Some(Stopped::Strict);
        }
    }

    /// Records the rows that are pending; those that the ledger refuses are left out, each with all
    /// of its events.
    fn append(&mut self) -> Result<(), LedgerError> {
        if self.pending.lines.is_empty() || self.done.stopped.is_some() {
            return Ok(());
        }
        let options = AppendOptions::at(self.options.now);
        let rows = std::mem::take(&mut self.pending.rows);
        let appended = if self.options.strict {
            self.ledger.append(rows.into_iter().flatten().collect(), &options)
        } else {
            let options = AppendOptions { findings: Judgement::Accept, ..options };
            self.ledger.append_rows(rows, &options)
        };
        match appended {
            Ok(appended) => {
                self.notice(appended.findings.iter());
                if !appended.is_judged {
                    self.done.unjudged_row_count += self.pending.lines.len() as u64;
                }
                self.count(appended);
            }
            Err(LedgerError::Findings(found)) => {
                self.notice(found.iter());
                self.done.stopped = Some(Stopped::Strict);
            }
            Err(LedgerError::Draft { position, source, .. }) if !source.is_of_the_clock() => {
                let line = self.pending.line_at(position).unwrap_or_default();
                self.refuse(fault(line, &source));
            }
            Err(other) => return Err(other),
        }
        self.pending = Pending::default();
        Ok(())
    }

    fn notice<'f>(&mut self, found: impl Iterator<Item = &'f NewFinding>) {
        for new in found {
            let lines = new.positions.iter().filter_map(|position| self.pending.line_at(*position));
            let mut lines: Vec<u64> = lines.collect();
            lines.dedup();
            self.done.noticed.push(Noticed { finding: new.finding.clone(), lines });
        }
    }

    fn count(&mut self, appended: Appended) {
        let (mut outcomes, mut left_out) = (appended.outcomes.iter(), appended.left_out.iter());
        let mut next_left_out = left_out.next();
        for (row, (line, events)) in std::mem::take(&mut self.pending.lines).into_iter().enumerate()
        {
            if let Some(left) = next_left_out.filter(|left| left.row == row) {
                next_left_out = left_out.next();
                self.refuse(fault(line, &left.source));
                continue;
            }
            let is_new = |outcome: &&Outcome| matches!(outcome, Outcome::Recorded(_));
            let new = outcomes.by_ref().take(events).filter(is_new).count() as u64;
            self.done.new_entry_count += new;
            match new {
                0 => self.done.known_row_count += 1,
                _ => self.done.new_row_count += 1,
            }
        }
    }

    fn ended(mut self) -> Imported {
        self.done.refused.sort_by_key(|fault| fault.line);
        self.done
    }
}

fn fault(line: u64, source: &DraftError) -> RowFault {
    RowFault { line, column: None, reason: source.to_string(), hint: source.hint() }
}
