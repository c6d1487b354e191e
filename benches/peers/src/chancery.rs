//! chancery itself, by its public functions alone. The one file that follows when they change.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chancery::chain::codec::decode;
use chancery::chain::millis::Millis;
use chancery::disk::real::Folder;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::Axis;
use chancery::domain::sequence::Size;
use chancery::domain::status::{CountingRule, Status, StatusSet};
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Judgement};
use chancery::ledger::draft::Draft;
use chancery::ledger::record::EntryRecord;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::view::almanac::Almanac;
use chancery::view::fold::View;

use crate::error::PeersError;
use crate::events::{Entity, Event, Pair};
use crate::folder::{WorkFolder, bytes_below};
use crate::machine::{commit_of_chancery, version_of_chancery};
use crate::peer::{Answer, Held, Peer};
use crate::race::race;

/// The name of the peer that all others are compared with.
pub(crate) const NAME: &str = "chancery";

/// A ledger in a folder, open for writing.
#[derive(Debug)]
pub(crate) struct Chancery {
    path: PathBuf,
    /// Absent until the Opening has come.
    ledger: Option<Ledger>,
    /// What the clock shows: the moment that the world's entries bear.
    now: Millis,
    drafts: Vec<Draft>,
    /// What is asked, from one append to the next.
    asked: Option<Asked>,
}

/// The ledger as it is between two appends.
#[derive(Debug)]
struct Asked {
    view: Arc<View>,
    /// Prepared when partners are first asked for, while answers are compared.
    almanac: OnceLock<Almanac>,
}

impl Chancery {
    pub(crate) fn new(folder: &WorkFolder) -> Result<Self, PeersError> {
        let path = folder.below("chancery")?;
        Ok(Self { path, ledger: None, now: Millis::FIRST, drafts: Vec::new(), asked: None })
    }

    fn storage(&self) -> Result<Arc<Folder>, PeersError> {
        Ok(Arc::new(Folder::open(&self.path)?))
    }

    fn options(&self) -> AppendOptions {
        AppendOptions { findings: Judgement::Accept, ..AppendOptions::at(self.now) }
    }

    fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().expect("the Opening is the first of all events")
    }

    fn append(&mut self) -> Answer<()> {
        let drafts = std::mem::take(&mut self.drafts);
        self.ledger().append(drafts, &self.options())?;
        Ok(Some(()))
    }

    fn asked(&mut self) -> &Asked {
        let ledger = self.ledger.as_ref().expect("the Opening is the first of all events");
        let asked = || Asked { view: ledger.view(), almanac: OnceLock::new() };
        self.asked.get_or_insert_with(asked)
    }

    fn status(&mut self, pair: Pair, day: Day, known: Option<Size>) -> Option<Status> {
        let view = &self.asked().view;
        let known = view.known(known.unwrap_or_else(|| view.size()));
        let statuses = known.statuses_on(pair.parties, Axis::Diplomatic, Policy::AsStated, day);
        made_by_acts(statuses)
    }

    fn verified(&self, bytes_only: bool) -> Answer<Held> {
        let options = VerifyOptions { bytes_only, ..VerifyOptions::default() };
        let verification = verify(self.storage()?, &options)?;
        if !verification.ok {
            let entry = verification.first_bad_entry.map_or(0, |entry| entry.0);
            return Err(PeersError::Broken { peer: NAME, entry });
        }
        let (entries, head) = (verification.size.0, verification.head);
        Ok(Some(Held { entries: Some(entries), head: Some(head) }))
    }
}

/// Chancery says what a relation may have been before its first act; the others only know that none
/// of the acts had happened. In these events no other answer is uncertain, and no act makes *none*.
fn made_by_acts(statuses: StatusSet) -> Option<Status> {
    statuses.certain().filter(|status| *status != Status::None)
}

impl Peer for Chancery {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        format!("{}{}", version_of_chancery(), commit_of_chancery())
    }

    /// Decodes the entries into what a caller would bring.
    fn ready(&mut self, events: &[Event]) -> Result<(), PeersError> {
        self.drafts.clear();
        self.asked = None;
        for event in events {
            let entry = decode(&event.payload)?;
            self.now = entry.recorded_at;
            self.drafts.push(Draft::from(EntryRecord { hash: event.hash, entry }));
        }
        Ok(())
    }

    fn load(&mut self, _events: &[Event]) -> Answer<()> {
        if self.ledger.is_none() {
            let opening = self.drafts.remove(0);
            self.ledger = Some(Ledger::create(self.storage()?, opening, self.now)?);
        }
        self.append()
    }

    fn held(&mut self) -> Answer<Held> {
        let (entries, head) = (self.ledger().size().0, self.ledger().head());
        Ok(Some(Held { entries: Some(entries), head: Some(head) }))
    }

    fn verify(&mut self) -> Answer<Held> {
        self.verified(true)
    }

    fn verify_in_full(&mut self) -> Answer<Held> {
        self.verified(false)
    }

    fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
        Ok(Some(self.status(pair, day, None)))
    }

    fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
        Ok(Some(self.status(pair, day, Some(size))))
    }

    fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
        let asked = self.asked();
        let almanac = asked.almanac.get_or_init(|| {
            let known = asked.view.known(asked.view.size());
            known.almanac(Axis::Diplomatic, Policy::AsStated, CountingRule::Active)
        });
        Ok(Some(almanac.partners(entity.id, day).map_or_else(Vec::new, |on| on.definite)))
    }

    fn append_single_durable(&mut self, _event: &Event) -> Answer<()> {
        self.append()
    }

    fn append_batch_durable(&mut self, _events: &[Event]) -> Answer<()> {
        self.append()
    }

    fn append_from_threads(&mut self, threads: usize, events: &[Event]) -> Answer<Duration> {
        let drafts = std::mem::take(&mut self.drafts).into_iter();
        let drafts: Vec<_> = drafts.map(|draft| Mutex::new(Some(draft))).collect();
        let (ledger, options) = (self.ledger(), self.options());
        let taken = race(threads, events.len(), |_, position| {
            let mut draft = drafts[position].lock().unwrap_or_else(PoisonError::into_inner);
            ledger.append(draft.take().into_iter().collect(), &options)?;
            Ok(())
        })?;
        Ok(Some(taken))
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.path).map(Some)
    }
}
