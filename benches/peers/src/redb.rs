//! redb: a table of entries, and a table of acts by entity, other and day, each act from both sides.

use std::path::PathBuf;
use std::time::Duration;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use redb::{Database, ReadOnlyTable, ReadableDatabase, TableDefinition};

use crate::chain::Chain;
use crate::error::PeersError;
use crate::events::{Entity, Event, Pair, Roll};
use crate::fold::{PartnersFold, act_of, after, code};
use crate::folder::{WorkFolder, bytes_below};
use crate::machine::version_in_lock;
use crate::peer::{Answer, Held, Peer};
use crate::race::race;

pub(crate) const NAME: &str = "redb";

/// From a sequence number to the hash and the payload.
const ENTRIES: TableDefinition<u64, (&[u8; 32], &[u8])> = TableDefinition::new("entries");
/// From an entity, an other and a day to the sequence number and the act.
const ACTS: TableDefinition<ActKey, (u64, u8)> = TableDefinition::new("acts");

type ActKey = (u32, u32, i32);

/// A database in a file.
#[derive(Debug)]
pub(crate) struct Redb {
    path: PathBuf,
    database: Database,
    /// The table of acts as it is now, once somebody has asked.
    acts: Option<ReadOnlyTable<ActKey, (u64, u8)>>,
    roll: Roll,
}

impl Redb {
    pub(crate) fn new(folder: &WorkFolder, roll: &Roll) -> Result<Self, PeersError> {
        let path = folder.below("redb")?.join("entries.redb");
        let database = Database::create(&path).map_err(redb::Error::from)?;
        Ok(Self { path, database, acts: None, roll: roll.clone() })
    }

    fn commit(&mut self, events: &[Event]) -> Answer<()> {
        // A table that is read keeps its pages from being used again.
        self.acts = None;
        commit(&self.database, events)?;
        Ok(Some(()))
    }

    fn acts(&mut self) -> Result<&ReadOnlyTable<ActKey, (u64, u8)>, redb::Error> {
        if self.acts.is_none() {
            self.acts = Some(self.database.begin_read()?.open_table(ACTS)?);
        }
        Ok(self.acts.as_ref().expect("it was opened above"))
    }

    fn status(&mut self, pair: Pair, day: Day, size: u64) -> Answer<Option<Status>> {
        let ([one, other], acts) = (pair.numbers, self.acts()?);
        let days = (one, other, Day::FIRST.number())..=(one, other, day.number());
        let mut status = None;
        for row in acts.range(days).map_err(redb::Error::from)? {
            let (sequence, act) = row.map_err(redb::Error::from)?.1.value();
            if sequence < size {
                status = after(status, act_of(NAME, act.into())?);
            }
        }
        Ok(Some(status))
    }
}

fn commit(database: &Database, events: &[Event]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut entries = transaction.open_table(ENTRIES)?;
        let mut acts = transaction.open_table(ACTS)?;
        for event in events {
            entries.insert(event.sequence.0, (&event.hash.0, event.payload.as_slice()))?;
            if let Some(act) = event.act {
                let ([one, other], day) = (act.pair.numbers, act.day.number());
                let value = (event.sequence.0, code(act.kind));
                acts.insert((one, other, day), value)?;
                acts.insert((other, one, day), value)?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

impl Peer for Redb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        version_in_lock("redb")
    }

    fn load(&mut self, events: &[Event]) -> Answer<()> {
        self.commit(events)
    }

    fn settle(&mut self) -> Result<(), PeersError> {
        self.database.compact().map_err(redb::Error::from)?;
        Ok(())
    }

    fn verify(&mut self) -> Answer<Held> {
        let read = || -> Result<_, redb::Error> {
            let entries = self.database.begin_read()?.open_table(ENTRIES)?;
            Ok(entries.range::<u64>(..)?)
        };
        let mut chain = Chain::new(NAME);
        for row in read()? {
            let row = row.map_err(redb::Error::from)?.1;
            let (hash, payload) = row.value();
            chain.push(payload, hash)?;
        }
        chain.finish().map(Some)
    }

    fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
        self.status(pair, day, u64::MAX)
    }

    fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
        self.status(pair, day, size.0)
    }

    fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
        let (roll, number) = (self.roll.clone(), entity.number);
        let mut fold = PartnersFold::new(&roll);
        let all = (number, 0, 0)..(number + 1, 0, 0);
        for row in self.acts()?.range(all).map_err(redb::Error::from)? {
            let (key, value) = row.map_err(redb::Error::from)?;
            let ((_, other, on), (_, act)) = (key.value(), value.value());
            if on <= day.number() {
                fold.push(other, act_of(NAME, act.into())?);
            }
        }
        Ok(Some(fold.finish()))
    }

    fn append_single_durable(&mut self, event: &Event) -> Answer<()> {
        self.commit(std::slice::from_ref(event))
    }

    fn append_batch_durable(&mut self, events: &[Event]) -> Answer<()> {
        self.commit(events)
    }

    fn append_from_threads(&mut self, threads: usize, events: &[Event]) -> Answer<Duration> {
        self.acts = None;
        let taken = race(threads, events.len(), |_, position| {
            Ok(commit(&self.database, std::slice::from_ref(&events[position]))?)
        })?;
        Ok(Some(taken))
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.path).map(Some)
    }
}
