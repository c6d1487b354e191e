//! Group commit: what many threads append together becomes durable by one sync, and each is
//! answered only then. Must decide each batch after those before it, and undo what is not recorded.

use std::sync::Arc;

use crate::chain::entry::Entry;
use crate::domain::sequence::Sequence;
use crate::ledger::append::{AppendOptions, Appended, Batch};
use crate::ledger::draft::Draft;
use crate::ledger::error::LedgerError;
use crate::ledger::{Known, Ledger, Log};
use crate::store::error::StoreError;
use crate::tlog::hash::Hash;

/// How many bytes of entries are enough for one commit; it must fit a segment.
const GROUP_BYTES: usize = 8 << 20;

/// A batch that somebody waits for.
#[derive(Debug)]
pub(super) struct Request {
    /// Its events, in rows.
    pub(super) rows: Vec<Vec<Draft>>,
    /// Whether a row that is refused is left out, and does not stop the batch.
    pub(super) leaves_out: bool,
    pub(super) options: AppendOptions,
}

impl Request {
    /// A batch that is refused when any of its events is.
    pub(super) fn of(drafts: Vec<Draft>, options: AppendOptions) -> Self {
        Self { rows: vec![drafts], leaves_out: false, options }
    }
}

/// What is kept from one commit to the next, so that none has to copy what is known.
#[derive(Debug, Default)]
pub(super) struct Working {
    spare: Option<Spare>,
}

/// What was known before the last commit.
#[derive(Debug)]
struct Spare {
    known: Arc<Known>,
    /// What that one added to it.
    behind: Vec<(Entry, Hash)>,
}

impl Working {
    /// Gives what is known now to be added to; a copy only if a reader still holds the spare one.
    fn take(&mut self, now: &Known) -> Known {
        let Some(Spare { known, behind }) = self.spare.take() else { return now.clone() };
        let Ok(mut known) = Arc::try_unwrap(known) else { return now.clone() };
        behind.iter().for_each(|(entry, hash)| known.push_durable(entry, *hash));
        known
    }
}

impl Ledger {
    /// Serves several who came together, each with some requests.
    pub(super) fn serve_all(
        &self,
        working: &mut Working,
        asked: Vec<Vec<Request>>,
    ) -> Vec<Vec<Result<Appended, LedgerError>>> {
        let counts: Vec<usize> = asked.iter().map(Vec::len).collect();
        let mut answers = self.serve(working, asked.into_iter().flatten().collect()).into_iter();
        counts.into_iter().map(|count| answers.by_ref().take(count).collect()).collect()
    }

    /// Serves requests, as many as fit by one commit.
    fn serve(
        &self,
        working: &mut Working,
        requests: Vec<Request>,
    ) -> Vec<Result<Appended, LedgerError>> {
        let mut answers = Vec::with_capacity(requests.len());
        let mut requests = requests.into_iter().peekable();
        while requests.peek().is_some() {
            answers.extend(self.serve_group(working, &mut requests));
        }
        answers
    }

    /// Serves as many requests as one commit is to hold.
    fn serve_group(
        &self,
        working: &mut Working,
        requests: &mut impl Iterator<Item = Request>,
    ) -> Vec<Result<Appended, LedgerError>> {
        let before = self.known();
        let mut known = working.take(&before);
        let mut answers = Vec::new();
        let (mut added, mut batches, mut bytes) = (Vec::new(), Vec::new(), 0);
        // From here on, answers rest on what is not durable yet.
        let mut first_recorded = None;
        while bytes < GROUP_BYTES
            && let Some(request) = requests.next()
        {
            let options = request.options;
            let mut batch = Batch::after(known);
            let answer = batch.take_all(request, |sequence| self.told(sequence, &added));
            let answer = answer.and_then(|()| batch.judged(&options));
            // Nothing is recorded that was judged by what could not be read.
            let answer = self.settled().and(answer);
            if answer.is_ok() && !options.dry_run && !batch.is_empty() {
                first_recorded.get_or_insert(answers.len());
                let finished = batch.finish();
                bytes += finished.payloads.iter().map(Vec::len).sum::<usize>();
                added.extend(finished.added);
                batches.push(finished.payloads);
                known = finished.known;
            } else {
                known = batch.undo();
            }
            answers.push(answer);
        }
        let Some(first_recorded) = first_recorded else {
            working.spare = Some(Spare { known: Arc::new(known), behind: Vec::new() });
            return answers;
        };
        let head = before.head;
        drop(before);
        if let Err(fault) = self.commit(&batches, head) {
            let rest = answers.split_off(first_recorded);
            answers.extend(rest.iter().map(|_| Err(fault.clone().into())));
            return answers;
        }
        // Point of no return: the batches are durable. Readers see them now.
        known.release();
        working.spare = Some(Spare { known: self.publish(known), behind: added });
        answers
    }

    fn commit(&self, batches: &[Vec<Vec<u8>>], head: Hash) -> Result<(), StoreError> {
        match &mut *self.log_to_write() {
            Log::Writing(writer) => writer.commit(batches, head.0).map(drop),
            Log::Reading(_) => unreachable!("who only reads is refused before"),
        }
    }

    /// An entry of the log, or of those that are still to be written.
    fn told(&self, sequence: Sequence, added: &[(Entry, Hash)]) -> Result<Entry, LedgerError> {
        match added.iter().find(|(entry, _)| entry.sequence == sequence) {
            Some((entry, _)) => Ok(entry.clone()),
            None => Ok(self.entry(sequence)?.entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::disk::faulty::{Call, Fault, Faulty, Outcome as Really};
    use crate::disk::memory::Memory;
    use crate::domain::sequence::Size;
    use crate::ledger::append::Outcome;
    use crate::ledger::error::ErrorKind;

    fn ledger() -> (Faulty, Ledger) {
        let faulty = Faulty::new(Memory::default());
        let opening = r#"{"event":{"kind":"opening","origin":"a.example/b"}}"#;
        let opening = serde_json::from_str(opening).unwrap();
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        let ledger = Ledger::create(Arc::new(faulty.clone()), opening, now).unwrap();
        (faulty, ledger)
    }

    fn requests(keys: &[&str]) -> Vec<Request> {
        let options = AppendOptions::at("2026-11-22T03:00:01Z".parse().unwrap());
        let request = |key: &&str| {
            let draft = format!(
                r#"{{"key":"{key}","event":{{"kind":"context","title":"A war","date":"1950"}}}}"#
            );
            Request {
                rows: vec![vec![serde_json::from_str(&draft).unwrap()]],
                leaves_out: false,
                options,
            }
        };
        keys.iter().map(request).collect()
    }

    #[test]
    fn a_group_is_durable_by_one_sync_and_each_is_told_what_became_of_its_own() {
        let (faulty, ledger) = ledger();
        let syncs = || faulty.calls().into_iter().filter(|call| *call == Call::Sync).count();
        let before = syncs();
        let mut working = Working::default();
        let answers = ledger.serve(&mut working, requests(&["first", "second", "first"]));
        let told: Vec<Outcome> =
            answers.into_iter().map(|answer| answer.unwrap().outcomes.remove(0)).collect();
        let number = |outcome: &Outcome| outcome.sequence().0;
        assert_eq!(told.iter().map(number).collect::<Vec<_>>(), [1, 2, 1]);
        assert!(matches!(told.last(), Some(Outcome::AlreadyKnown { .. })));
        assert_eq!((syncs() - before, ledger.size()), (1, Size(3)));
    }

    #[test]
    fn a_failed_sync_is_told_to_all_whose_answers_rest_on_it() {
        let (faulty, ledger) = ledger();
        let error = io::ErrorKind::Other;
        faulty.arm(Fault { call: Some(Call::Sync), nth: 1, error, outcome: Really::Failed });
        let mut working = Working::default();
        let answers = ledger.serve(&mut working, requests(&["first", "second", "first"]));
        for answer in answers {
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unknown);
        }
        assert_eq!(ledger.size(), Size(1));
    }
}
