//! Appends batches: decides, seals, writes, applies, answers, in this order and no other. Must
//! leave every byte as it was whenever it refuses.

use crate::chain::entry::{Entry, seal};
use crate::chain::millis::Millis;
use crate::domain::event::Event;
use crate::domain::sequence::{Reference, Sequence, Size};
use crate::domain::text::Text;
use crate::ledger::changes::{Changes, StatusChange};
use crate::ledger::draft::Draft;
use crate::ledger::error::{DraftError, LedgerError};
use crate::ledger::findings::{NewFinding, brought_by};
use crate::ledger::group::Request;
use crate::ledger::moment::{as_given, by_the_clock};
use crate::ledger::{Before, Known, Ledger, Log};
use crate::tlog::hash::Hash;
use crate::view::allowance::Allowance;

/// Whoever records without saying who.
const RECORDER_UNKNOWN: &str = "unknown";

/// What findings do to a batch (domain.md §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// New ones stop it, unless the event that brings them says why even so.
    Stop,
    /// They are reported.
    Accept,
    /// Nobody asks for them, nor what the batch changes.
    Ignore,
}

/// How a batch is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendOptions {
    /// What the clock shows.
    pub now: Millis,
    /// Whether an event that says when it was recorded first keeps that time.
    pub keep_times: bool,
    /// What findings do.
    pub findings: Judgement,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

impl AppendOptions {
    /// Records by the clock, and stops at findings.
    pub fn at(now: Millis) -> Self {
        Self { now, keep_times: false, findings: Judgement::Stop, dry_run: false }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// What became of each event, in the order given.
    pub outcomes: Vec<Outcome>,
    /// How many entries the ledger has now; on a dry run, would have.
    pub size: Size,
    /// The leaf hash of the last of them.
    pub head: Hash,
    /// The findings that would have stopped it and that were accepted.
    pub findings: Vec<NewFinding>,
    /// Whether they were looked for, and each outcome says what it changed: the acts of the relations
    /// that a batch changes may have come in more orders than are tried.
    pub is_judged: bool,
    /// The rows that were left out, by [`Ledger::append_rows`] alone.
    pub left_out: Vec<LeftOut>,
}

/// A row that was left out of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its position among those given.
    pub row: usize,
    /// Why one of its events is refused.
    pub source: DraftError,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is a new entry.
    Recorded(Recorded),
    /// An earlier entry bears its key and says the same; nothing was appended for it.
    AlreadyKnown {
        /// That entry.
        sequence: Sequence,
    },
}

impl Outcome {
    /// The entry that says it.
    pub fn sequence(&self) -> Sequence {
        match self {
            Self::Recorded(recorded) => recorded.sequence,
            Self::AlreadyKnown { sequence } => *sequence,
        }
    }
}

/// A new entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub sequence: Sequence,
    /// Its leaf hash.
    pub hash: Hash,
    /// When it was recorded.
    pub recorded_at: Millis,
    /// What it changed, when it is an act.
    pub status: Option<StatusChange>,
}

impl Ledger {
    /// Records a batch: all of it or nothing.
    ///
    /// # Errors
    /// Nothing has been recorded, unless the kind is
    /// [`Unknown`](crate::ledger::error::ErrorKind::Unknown): then nobody can tell.
    pub fn append(
        &self,
        drafts: Vec<Draft>,
        options: &AppendOptions,
    ) -> Result<Appended, LedgerError> {
        self.append_each(vec![drafts], options).pop().expect("one batch has one answer")
    }

    /// Records several batches by one sync, each after those before it, and each all of it or nothing:
    /// one that is refused stops none of the others.
    ///
    /// Returns what became of each, in the order given; its error is what [`Ledger::append`] would say.
    pub fn append_each(
        &self,
        batches: Vec<Vec<Draft>>,
        options: &AppendOptions,
    ) -> Vec<Result<Appended, LedgerError>> {
        if !options.dry_run && matches!(*self.log(), Log::Reading(_)) {
            return batches.iter().map(|_| Err(LedgerError::ReadOnly)).collect();
        }
        let request = |drafts| Request::of(drafts, *options);
        self.ask(batches.into_iter().map(request).collect())
    }

    /// Records a batch of rows, each of several events: a row of which an event is refused is left out
    /// as a whole, and the others are recorded, all or none of them.
    ///
    /// Returns what became of each event that was not left out, in the order given.
    ///
    /// # Errors
    /// Those of [`Ledger::append`]; of what is refused only what the clock is to blame for, since that
    /// speaks against every row.
    pub fn append_rows(
        &self,
        rows: Vec<Vec<Draft>>,
        options: &AppendOptions,
    ) -> Result<Appended, LedgerError> {
        if !options.dry_run && matches!(*self.log(), Log::Reading(_)) {
            return Err(LedgerError::ReadOnly);
        }
        let request = Request { rows, leaves_out: true, options: *options };
        self.ask(vec![request]).pop().expect("one batch has one answer")
    }

    fn ask(&self, requests: Vec<Request>) -> Vec<Result<Appended, LedgerError>> {
        self.desk.ask(requests, |working, asked| self.serve_all(working, asked))
    }

    /// Lets segments grow to no more than so many bytes, for tests.
    #[cfg(any(test, feature = "test-support"))]
    pub fn limit_segments(&self, bytes_max: usize) {
        if let Log::Writing(writer) = &mut *self.log_to_write() {
            writer.limit_segments(bytes_max);
        }
    }

    /// Keeps room for commits to come from the next one on, for tests.
    #[cfg(any(test, feature = "test-support"))]
    pub fn reserve_at_once(&self) {
        if let Log::Writing(writer) = &mut *self.log_to_write() {
            writer.reserve_at_once();
        }
    }
}

/// A batch that grows event by event, with the ledger as it would be.
#[derive(Debug)]
pub(super) struct Batch {
    /// What is known, with the entries of the batch.
    known: Known,
    /// How much of it there was before, and what it was.
    begin: Size,
    before: Before,
    last_recorded_at: Option<Millis>,
    outcomes: Vec<Outcome>,
    /// What was added, and its hash.
    added: Vec<(Entry, Hash)>,
    /// For each of the entries, the position of its draft.
    positions: Vec<usize>,
    payloads: Vec<Vec<u8>>,
    left_out: Vec<LeftOut>,
}

/// Where a batch was before a row.
#[derive(Debug)]
struct Taken {
    outcomes: usize,
    added: usize,
    before: Option<Before>,
}

/// A batch that is ready to be written.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) payloads: Vec<Vec<u8>>,
    pub(super) added: Vec<(Entry, Hash)>,
    pub(super) known: Known,
}

impl Batch {
    pub(super) fn after(known: Known) -> Self {
        Self {
            begin: known.size(),
            before: known.before(),
            last_recorded_at: known.view.last_recorded_at(),
            known,
            outcomes: Vec::new(),
            added: Vec::new(),
            positions: Vec::new(),
            payloads: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Decides and seals each event of each row, after those before it; `read` reads an entry of the
    /// log.
    pub(super) fn take_all(
        &mut self,
        request: Request,
        read: impl Fn(Sequence) -> Result<Entry, LedgerError>,
    ) -> Result<(), LedgerError> {
        let Request { rows, leaves_out, options } = request;
        let count = rows.iter().map(Vec::len).sum();
        let mut first = 0;
        for (row, drafts) in rows.into_iter().enumerate() {
            let (events, taken) = (drafts.len(), self.taken(drafts.len()));
            for (position, draft) in (first..).zip(drafts) {
                match self.take_next(draft, position, &options, &read)? {
                    Ok(()) => {}
                    Err(source) if leaves_out && !source.is_of_the_clock() => {
                        self.go_back(taken);
                        self.left_out.push(LeftOut { row, source });
                        break;
                    }
                    Err(source) => return Err(LedgerError::Draft { position, count, source }),
                }
            }
            first += events;
        }
        Ok(())
    }

    fn take_next(
        &mut self,
        draft: Draft,
        position: usize,
        options: &AppendOptions,
        read: &impl Fn(Sequence) -> Result<Entry, LedgerError>,
    ) -> Result<Result<(), DraftError>, LedgerError> {
        let bearer = match draft.key.as_ref().and_then(|key| self.known.view.key(key)) {
            Some(sequence) => Some(match self.entry(sequence) {
                Some(entry) => entry.clone(),
                None => read(sequence)?,
            }),
            None => None,
        };
        Ok(match bearer {
            Some(bearer) => self.recognise(draft, &bearer),
            None => self.take(draft, position, options),
        })
    }

    /// Where the batch is before a row of so many events. What is refused adds nothing, so that a row
    /// of one event leaves nothing to go back over.
    fn taken(&self, events: usize) -> Taken {
        Taken {
            outcomes: self.outcomes.len(),
            added: self.added.len(),
            before: (1 < events).then(|| self.known.before()),
        }
    }

    fn go_back(&mut self, taken: Taken) {
        self.outcomes.truncate(taken.outcomes);
        let Some(before) = taken.before else { return };
        self.known.go_back(before, &self.added[taken.added..]);
        self.added.truncate(taken.added);
        self.positions.truncate(taken.added);
        self.payloads.truncate(taken.added);
        self.last_recorded_at = self.known.view.last_recorded_at();
    }

    /// An entry of this batch.
    fn entry(&self, sequence: Sequence) -> Option<&Entry> {
        let mut entries = self.added.iter().map(|(entry, _)| entry);
        entries.find(|entry| entry.sequence == sequence)
    }

    /// Passes over an event that the bearer of its key has said already. Who recorded it, when and
    /// in spite of what is not what it says.
    fn recognise(&mut self, draft: Draft, bearer: &Entry) -> Result<(), DraftError> {
        let event = self.resolve(draft.event)?;
        let same = event == bearer.event
            && draft.sources == bearer.sources
            && draft.attachments == bearer.attachments
            && draft.note == bearer.note;
        match (same, draft.key) {
            (false, Some(key)) => Err(DraftError::KeyUsed { key, entry: bearer.sequence }),
            _ => {
                self.outcomes.push(Outcome::AlreadyKnown { sequence: bearer.sequence });
                Ok(())
            }
        }
    }

    /// Makes an event the next entry.
    fn take(
        &mut self,
        draft: Draft,
        position: usize,
        options: &AppendOptions,
    ) -> Result<(), DraftError> {
        let event = self.resolve(draft.event)?;
        self.known.view.decide(&event, &draft.sources, &draft.attachments)?;
        let last = self.last_recorded_at;
        let recorded_at = match draft.recorded_at.filter(|_| options.keep_times) {
            Some(given) => as_given(given, options.now, last)?,
            None => by_the_clock(options.now, last)?,
        };
        let unknown = || Text::parse(RECORDER_UNKNOWN).expect("a word is a text");
        let entry = Entry {
            previous: self.known.head,
            sequence: self.known.view.size().next(),
            recorded_at,
            recorder: draft.recorder.unwrap_or_else(unknown),
            key: draft.key,
            event,
            sources: draft.sources,
            attachments: draft.attachments,
            even_so: draft.even_so,
            note: draft.note,
        };
        let sealed = seal(&entry)?;
        self.known.push(&entry, sealed.hash);
        self.last_recorded_at = Some(recorded_at);
        self.payloads.push(sealed.bytes);
        self.positions.push(position);
        // What it changed is told when the whole batch is known.
        let (sequence, hash) = (entry.sequence, sealed.hash);
        let recorded = Recorded { sequence, hash, recorded_at, status: None };
        self.outcomes.push(Outcome::Recorded(recorded));
        self.added.push((entry, sealed.hash));
        Ok(())
    }

    /// Replaces the keys that stand for entries by their numbers, those of this batch included.
    fn resolve(&self, event: Event<Reference>) -> Result<Event, DraftError> {
        event.try_map(&mut |reference| match reference {
            Reference::Number(sequence) => Ok(sequence),
            Reference::Key(key) => self.known.view.key(&key).ok_or(DraftError::UnknownKey { key }),
        })
    }

    /// Judges the whole batch by the findings that it brings, and says what became of each event.
    pub(super) fn judged(&mut self, options: &AppendOptions) -> Result<Appended, LedgerError> {
        let mut findings = Vec::new();
        let mut is_judged = false;
        if options.findings != Judgement::Ignore {
            let allowance = Allowance::new(self.known.view.size());
            findings = self.findings(&allowance);
            if allowance.is_used_up() {
                // What was there before may not have been looked at, so that these may not be new.
                findings.clear();
            }
            let is_stopping = |found: &NewFinding| !found.is_excused;
            if options.findings == Judgement::Stop && findings.iter().any(is_stopping) {
                return Err(LedgerError::Findings(
                    findings.into_iter().filter(is_stopping).collect(),
                ));
            }
            self.tell_changes(&allowance);
            is_judged = !allowance.is_used_up();
            if options.findings == Judgement::Stop && !is_judged {
                return Err(LedgerError::TooOpen);
            }
        }
        let outcomes = std::mem::take(&mut self.outcomes);
        let (size, head) = (self.known.view.size(), self.known.head);
        let left_out = std::mem::take(&mut self.left_out);
        Ok(Appended { outcomes, size, head, findings, is_judged, left_out })
    }

    fn findings(&self, allowance: &Allowance) -> Vec<NewFinding> {
        let entries: Vec<&Entry> = self.added.iter().map(|(entry, _)| entry).collect();
        brought_by(&entries, &self.positions, &self.known.view, self.begin, allowance)
    }

    fn tell_changes(&mut self, allowance: &Allowance) {
        let mut changes = Changes::since(self.begin, &self.known.view, allowance);
        let recorded = self.outcomes.iter_mut().filter_map(|outcome| match outcome {
            Outcome::Recorded(recorded) => Some(recorded),
            Outcome::AlreadyKnown { .. } => None,
        });
        for (recorded, (entry, _)) in recorded.zip(&self.added) {
            recorded.status = changes.by(entry);
        }
    }

    /// Whether it adds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty()
    }

    /// Gives what is to be written, and what is known once it is.
    pub(super) fn finish(self) -> Finished {
        Finished { payloads: self.payloads, added: self.added, known: self.known }
    }

    /// Gives what was known before.
    pub(super) fn undo(self) -> Known {
        let mut known = self.known;
        known.go_back(self.before, &self.added);
        known
    }
}
