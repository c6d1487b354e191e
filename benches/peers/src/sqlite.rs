//! SQLite: one table of entries, two covering indexes, write-ahead log, a full sync for each commit.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Params, TransactionBehavior, params};

use crate::chain::Chain;
use crate::error::PeersError;
use crate::events::{Entity, Event, Pair, Roll};
use crate::fold::{PartnersFold, act_of, after, code};
use crate::folder::{WorkFolder, bytes_below};
use crate::peer::{Answer, Held, Peer};
use crate::race::race;

pub(crate) const NAME: &str = "SQLite";

const SETTINGS: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -262144;
    PRAGMA mmap_size = 4294967296;";

const TABLE: &str = "
    CREATE TABLE entries (
        sequence INTEGER PRIMARY KEY,
        payload BLOB NOT NULL,
        hash BLOB NOT NULL,
        one INTEGER, other INTEGER, day INTEGER, act INTEGER
    ) STRICT;";

/// Made when the table is full, as loading is faster without them; rows of no act are left out, and
/// questions are answered from an index alone. The sequence is in each index as the row's own key.
const INDEXES: &str = "
    CREATE INDEX by_one ON entries (one, other, day, act) WHERE act IS NOT NULL;
    CREATE INDEX by_other ON entries (other, one, day, act) WHERE act IS NOT NULL;
    PRAGMA optimize = 0x10002;
    PRAGMA wal_checkpoint(TRUNCATE);";

const INSERT: &str = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const ALL: &str = "SELECT payload, hash FROM entries ORDER BY sequence";
const STATUS: &str = "SELECT act FROM entries
    WHERE one = ?1 AND other = ?2 AND day <= ?3 AND act IS NOT NULL ORDER BY day";
const STATUS_KNOWN: &str = "SELECT act FROM entries
    WHERE one = ?1 AND other = ?2 AND day <= ?3 AND act IS NOT NULL AND sequence < ?4 ORDER BY day";
const PARTNERS: [&str; 2] = [
    "SELECT other, act FROM entries
     WHERE one = ?1 AND day <= ?2 AND act IS NOT NULL ORDER BY other, day",
    "SELECT one, act FROM entries
     WHERE other = ?1 AND day <= ?2 AND act IS NOT NULL ORDER BY one, day",
];

/// A database in a file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    folder: PathBuf,
    connection: Connection,
    roll: Roll,
}

impl Sqlite {
    pub(crate) fn new(folder: &WorkFolder, roll: &Roll) -> Result<Self, PeersError> {
        let folder = folder.below("sqlite")?;
        let connection = Connection::open(folder.join("entries.db"))?;
        // Else each new value that is bound has the statement compiled anew, which costs far more
        // than to answer.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch(TABLE)?;
        Ok(Self { folder, connection, roll: roll.clone() })
    }

    fn commit(&mut self, events: &[Event]) -> Answer<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        events.iter().try_for_each(|event| insert(&transaction, event))?;
        transaction.commit()?;
        Ok(Some(()))
    }

    fn status(&self, query: &str, params: impl Params) -> Answer<Option<Status>> {
        let mut statement = self.connection.prepare_cached(query)?;
        let (mut rows, mut status) = (statement.query(params)?, None);
        while let Some(row) = rows.next()? {
            status = after(status, act_of(NAME, row.get(0)?)?);
        }
        Ok(Some(status))
    }
}

/// Inserts one event, which is a commit by itself outside of a transaction.
fn insert(connection: &Connection, event: &Event) -> Result<(), PeersError> {
    let (numbers, act) = (event.act.map(|act| act.pair.numbers), event.act);
    connection.prepare_cached(INSERT)?.execute(params![
        i64::try_from(event.sequence.0).expect("entries are few"),
        event.payload,
        event.hash.0,
        numbers.map(|numbers| numbers[0]),
        numbers.map(|numbers| numbers[1]),
        act.map(|act| act.day.number()),
        act.map(|act| code(act.kind)),
    ])?;
    Ok(())
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        rusqlite::version().to_owned()
    }

    fn load(&mut self, events: &[Event]) -> Answer<()> {
        self.commit(events)
    }

    fn settle(&mut self) -> Result<(), PeersError> {
        Ok(self.connection.execute_batch(INDEXES)?)
    }

    fn verify(&mut self) -> Answer<Held> {
        let mut statement = self.connection.prepare_cached(ALL)?;
        let (mut rows, mut chain) = (statement.query([])?, Chain::new(NAME));
        while let Some(row) = rows.next()? {
            let garbled = |error: rusqlite::types::FromSqlError| PeersError::Garbled {
                peer: NAME,
                found: error.to_string(),
            };
            let payload = row.get_ref(0)?.as_blob().map_err(garbled)?;
            chain.push(payload, row.get_ref(1)?.as_blob().map_err(garbled)?)?;
        }
        chain.finish().map(Some)
    }

    fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
        let [one, other] = pair.numbers;
        self.status(STATUS, (one, other, day.number()))
    }

    fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
        let [one, other] = pair.numbers;
        let size = i64::try_from(size.0).expect("entries are few");
        self.status(STATUS_KNOWN, (one, other, day.number(), size))
    }

    fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
        let mut fold = PartnersFold::new(&self.roll);
        for query in PARTNERS {
            let mut statement = self.connection.prepare_cached(query)?;
            let mut rows = statement.query((entity.number, day.number()))?;
            while let Some(row) = rows.next()? {
                fold.push(row.get(0)?, act_of(NAME, row.get(1)?)?);
            }
        }
        Ok(Some(fold.finish()))
    }

    fn append_single_durable(&mut self, event: &Event) -> Answer<()> {
        insert(&self.connection, event).map(Some)
    }

    fn append_batch_durable(&mut self, events: &[Event]) -> Answer<()> {
        self.commit(events)
    }

    /// One connection for all threads: SQLite has one writer, and waiting for a lock in the process is
    /// faster than for the one on the file.
    fn append_from_threads(&mut self, threads: usize, events: &[Event]) -> Answer<Duration> {
        let connection = Mutex::new(&mut self.connection);
        let taken = race(threads, events.len(), |_, position| {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            insert(&connection, &events[position])
        })?;
        Ok(Some(taken))
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.folder).map(Some)
    }
}
