//! `record`: a batch of events as JSON lines, all or nothing; with `--restore`, a whole export.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::progress::Progress;
use crate::cli::record::appended::{self, Report};
use crate::cli::surroundings::{self, Interruption};
use crate::domain::event::Event;
use crate::domain::sequence::Size;
use crate::domain::text::Text;
use crate::exchange::jsonl::Drafts;
use crate::ledger::Ledger;
use crate::ledger::append::{AppendOptions, Judgement};
use crate::ledger::draft::Draft;
use crate::ledger::error::{DraftError, LedgerError};

const BATCH_EVENTS_MAX: usize = 1_000;

/// Record a batch of events from a file of JSON lines: all of it or nothing
///
/// One line is one entry as `entry` and `export` print it; only "event" is needed. docs/cli.md shows
/// the fields of each kind of event.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery record batch.jsonl
  echo '{\"event\":{\"kind\":\"context\",\"title\":\"A war begins\",\"date\":\"1950-06-25\"}}' \\
      | chancery record -
  chancery export --ledger old | chancery record - --restore --ledger new")]
pub(crate) struct RecordFile {
    /// File of JSON lines, - for standard input
    file: PathBuf,
    /// Who records what does not say it itself [default: $CHANCERY_RECORDER, else $USER]
    #[arg(long, value_name = "NAME")]
    recorder: Option<Text>,
    /// Keep the times of recording that the lines give
    #[arg(long)]
    keep_times: bool,
    /// Restore an export of any length into a ledger that holds its opening alone
    #[arg(long)]
    restore: bool,
    /// Record in spite of what the rules find, for this reason
    #[arg(long, value_name = "REASON", conflicts_with = "restore")]
    even_so: Option<Text>,
    /// Show what would be appended, and append nothing
    #[arg(long, conflicts_with = "restore")]
    dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordFile {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let ledger = appended::open(&self.place, self.dry_run)?;
        if self.restore && ledger.size() != Size(1) {
            return Err(CliError::NotEmpty { size: ledger.size() });
        }
        let (input, reader) = self.input()?;
        let recorder = self.recorder.clone().map_or_else(surroundings::recorder, Ok)?;
        let mut drafts = Drafts::new(reader).map(|line| match line {
            Ok((number, mut draft)) => {
                draft.recorder.get_or_insert_with(|| recorder.clone());
                if draft.even_so.is_none() {
                    draft.even_so.clone_from(&self.even_so);
                }
                Ok((number, draft))
            }
            Err(source) => Err(CliError::Exchange { input: input.clone(), source }),
        });
        if self.restore {
            return self.restored(&ledger, &input, &mut drafts);
        }
        let batch: Vec<(u64, Draft)> =
            drafts.by_ref().take(BATCH_EVENTS_MAX + 1).collect::<Result<_, _>>()?;
        if batch.len() > BATCH_EVENTS_MAX {
            return Err(CliError::BatchTooLong { input, count_max: BATCH_EVENTS_MAX });
        }
        let events: Vec<_> = batch.iter().map(|(_, draft)| draft.event.clone()).collect();
        let options =
            AppendOptions { keep_times: self.keep_times, ..appended::options(self.dry_run)? };
        let appended = append(&ledger, &input, batch, &options)?;
        appended::print(&self.place, &Report::new(&events, &appended, self.dry_run))?;
        Ok(Exit::Done)
    }

    fn input(&self) -> Result<(String, Box<dyn BufRead>), CliError> {
        if self.file.as_os_str() == "-" {
            return Ok(("standard input".to_owned(), Box::new(io::stdin().lock())));
        }
        let opened = File::open(&self.file);
        let file = opened.map_err(|source| CliError::Input { path: self.file.clone(), source })?;
        Ok((self.file.display().to_string(), Box::new(BufReader::new(file))))
    }

    /// Records an export in whole batches; an opening with the same content is passed over.
    fn restored(
        &self,
        ledger: &Ledger,
        input: &str,
        drafts: &mut dyn Iterator<Item = Result<(u64, Draft), CliError>>,
    ) -> Result<Exit, CliError> {
        let options = AppendOptions {
            keep_times: self.keep_times,
            findings: Judgement::Ignore,
            ..appended::options(false)?
        };
        let progress = Progress::new(&self.place, "entries");
        let interruption = Interruption::await_first();
        let mut batch = Vec::new();
        loop {
            let next = drafts.next().transpose()?;
            let ended = next.is_none();
            match next {
                Some((_, Draft { event: Event::Opening(opening), .. }))
                    if opening == *ledger.opening() => {}
                Some((_, Draft { event: Event::Opening(opening), .. })) => {
                    let (origin, other) = (ledger.origin().clone(), opening.origin);
                    return Err(CliError::OtherLedger { origin, other });
                }
                Some(line) => batch.push(line),
                None => {}
            }
            if batch.len() == BATCH_EVENTS_MAX || (ended && !batch.is_empty()) {
                append(ledger, input, std::mem::take(&mut batch), &options)?;
                progress.at(ledger.size().0);
            }
            let restored = ledger.size().0.saturating_sub(1);
            if ended {
                progress.end();
                self.place.tell(|| format!("Restored {restored} entries from {input}"));
                return Ok(Exit::Done);
            }
            if interruption.has_come() {
                progress.end();
                return Err(CliError::Interrupted { restored });
            }
        }
    }
}

/// Appends a batch; what speaks against one event is told with its line.
fn append(
    ledger: &Ledger,
    input: &str,
    batch: Vec<(u64, Draft)>,
    options: &AppendOptions,
) -> Result<crate::ledger::append::Appended, CliError> {
    let (lines, drafts): (Vec<u64>, Vec<Draft>) = batch.into_iter().unzip();
    ledger.append(drafts, options).map_err(|error| match error {
        LedgerError::Draft {
            position: 0,
            source: DraftError::TimeDecreases { given, last },
            ..
        } if ledger.size() == Size(1) => CliError::OpenedLater { given, opened: last },
        LedgerError::Draft { position, source, .. } => CliError::Line {
            input: input.to_owned(),
            line: lines.get(position).copied().unwrap_or_default(),
            source: Box::new(LedgerError::Draft { position: 0, count: 1, source }),
        },
        other => other.into(),
    })
}
