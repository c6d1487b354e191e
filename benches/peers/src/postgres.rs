//! PostgreSQL: the table and indexes of SQLite's peer, by prepared statements over a socket.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutIter};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, Row, Statement};

use crate::chain::Chain;
use crate::error::PeersError;
use crate::events::{Entity, Event, Pair, Roll};
use crate::fold::{PartnersFold, act_of, after, code};
use crate::folder::WorkFolder;
use crate::peer::{Answer, Held, Peer};
use crate::postgres_server::Server;
use crate::race::race;

pub(crate) const NAME: &str = "PostgreSQL";

const TABLE: &str = "
    CREATE TABLE entries (
        sequence bigint NOT NULL,
        payload bytea NOT NULL,
        hash bytea NOT NULL,
        one integer, other integer, day integer, act smallint
    )";
/// Made when the table is full, as loading is faster without them; the vacuum lets the questions be
/// answered from an index alone.
const INDEXES: &str = "
    ALTER TABLE entries ADD PRIMARY KEY (sequence);
    CREATE INDEX by_one ON entries (one, other, day) INCLUDE (act, sequence) WHERE act IS NOT NULL;
    CREATE INDEX by_other ON entries (other, one, day) INCLUDE (act) WHERE act IS NOT NULL;";
const VACUUM: &str = "VACUUM (ANALYZE) entries";

const COLUMNS: [Type; 7] =
    [Type::INT8, Type::BYTEA, Type::BYTEA, Type::INT4, Type::INT4, Type::INT4, Type::INT2];
const COPY_IN: &str = "COPY entries FROM STDIN (FORMAT binary)";
const COPY_OUT: &str =
    "COPY (SELECT payload, hash FROM entries ORDER BY sequence) TO STDOUT (FORMAT binary)";
const INSERT: &str = "INSERT INTO entries VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_ALL: &str = "INSERT INTO entries SELECT * FROM unnest
    ($1::bigint[], $2::bytea[], $3::bytea[], $4::int[], $5::int[], $6::int[], $7::smallint[])";
const STATUS: &str = "SELECT act FROM entries
    WHERE one = $1 AND other = $2 AND day <= $3 AND act IS NOT NULL ORDER BY day";
const STATUS_KNOWN: &str = "SELECT act FROM entries
    WHERE one = $1 AND other = $2 AND day <= $3 AND act IS NOT NULL AND sequence < $4 ORDER BY day";
const PARTNERS: &str = "
    (SELECT other, act FROM entries
     WHERE one = $1 AND day <= $2 AND act IS NOT NULL ORDER BY other, day)
    UNION ALL
    (SELECT one, act FROM entries
     WHERE other = $1 AND day <= $2 AND act IS NOT NULL ORDER BY one, day)";

/// A client and the server of its own.
pub(crate) struct Postgres {
    client: Client,
    prepared: Prepared,
    /// One connection for each thread, opened when threads first append.
    writers: Vec<Mutex<(Client, Statement)>>,
    roll: Roll,
    /// Dropped after all clients.
    server: Server,
}

struct Prepared {
    insert: Statement,
    insert_all: Statement,
    status: Statement,
    status_known: Statement,
    partners: Statement,
}

impl Postgres {
    pub(crate) fn new(folder: &WorkFolder, roll: &Roll) -> Result<Self, PeersError> {
        let server = Server::start(folder)?;
        let mut client = server.connect()?;
        client.batch_execute(TABLE)?;
        let prepared = Prepared {
            insert: client.prepare(INSERT)?,
            insert_all: client.prepare(INSERT_ALL)?,
            status: client.prepare(STATUS)?,
            status_known: client.prepare(STATUS_KNOWN)?,
            partners: client.prepare(PARTNERS)?,
        };
        Ok(Self { client, prepared, writers: Vec::new(), roll: roll.clone(), server })
    }

    fn connect_writers(&mut self, threads: usize) -> Result<(), PeersError> {
        while self.writers.len() < threads {
            let mut client = self.server.connect()?;
            let insert = client.prepare(INSERT)?;
            self.writers.push(Mutex::new((client, insert)));
        }
        Ok(())
    }
}

/// One event as a row.
struct Columns {
    sequence: i64,
    one: Option<i32>,
    other: Option<i32>,
    day: Option<i32>,
    act: Option<i16>,
}

impl Columns {
    fn of(event: &Event) -> Self {
        let number = |at: usize| event.act.and_then(|act| i32::try_from(act.pair.numbers[at]).ok());
        Self {
            sequence: i64::try_from(event.sequence.0).expect("entries are few"),
            one: number(0),
            other: number(1),
            day: event.act.map(|act| act.day.number()),
            act: event.act.map(|act| code(act.kind).into()),
        }
    }
}

/// Does something with the seven values of an event.
fn with_row<T>(event: &Event, work: impl FnOnce(&[&(dyn ToSql + Sync)]) -> T) -> T {
    let columns = Columns::of(event);
    let hash = event.hash.0.as_slice();
    let Columns { sequence, one, other, day, act } = &columns;
    work(&[sequence, &event.payload, &hash, one, other, day, act])
}

fn folded(rows: &[Row]) -> Answer<Option<Status>> {
    let mut status = None;
    for row in rows {
        status = after(status, act_of(NAME, i64::from(row.try_get::<_, i16>(0)?))?);
    }
    Ok(Some(status))
}

impl Peer for Postgres {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        self.server.version.clone()
    }

    fn load(&mut self, events: &[Event]) -> Answer<()> {
        let writer = self.client.copy_in(COPY_IN)?;
        let mut writer = BinaryCopyInWriter::new(writer, &COLUMNS);
        for event in events {
            with_row(event, |row| writer.write(row))?;
        }
        writer.finish()?;
        Ok(Some(()))
    }

    fn settle(&mut self) -> Result<(), PeersError> {
        self.client.batch_execute(INDEXES)?;
        self.client.batch_execute(VACUUM)?;
        Ok(())
    }

    fn verify(&mut self) -> Answer<Held> {
        let reader = self.client.copy_out(COPY_OUT)?;
        let mut rows = BinaryCopyOutIter::new(reader, &[Type::BYTEA, Type::BYTEA]);
        let mut chain = Chain::new(NAME);
        while let Some(row) = rows.next()? {
            chain.push(row.try_get(0)?, row.try_get(1)?)?;
        }
        chain.finish().map(Some)
    }

    fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
        let numbers = pair.numbers.map(|number| i32::try_from(number).unwrap_or(i32::MAX));
        let [one, other] = &numbers;
        folded(&self.client.query(&self.prepared.status, &[one, other, &day.number()])?)
    }

    fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
        let numbers = pair.numbers.map(|number| i32::try_from(number).unwrap_or(i32::MAX));
        let ([one, other], size) = (&numbers, i64::try_from(size.0).unwrap_or(i64::MAX));
        let values: [&(dyn ToSql + Sync); 4] = [one, other, &day.number(), &size];
        folded(&self.client.query(&self.prepared.status_known, &values)?)
    }

    fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
        let number = i32::try_from(entity.number).unwrap_or(i32::MAX);
        let rows = self.client.query(&self.prepared.partners, &[&number, &day.number()])?;
        let mut fold = PartnersFold::new(&self.roll);
        for row in rows {
            let other = row.try_get::<_, i32>(0)?.unsigned_abs();
            fold.push(other, act_of(NAME, i64::from(row.try_get::<_, i16>(1)?))?);
        }
        Ok(Some(fold.finish()))
    }

    fn append_single_durable(&mut self, event: &Event) -> Answer<()> {
        with_row(event, |row| self.client.execute(&self.prepared.insert, row))?;
        Ok(Some(()))
    }

    /// One statement, which is a transaction by itself and one exchange with the server.
    fn append_batch_durable(&mut self, events: &[Event]) -> Answer<()> {
        let columns: Vec<Columns> = events.iter().map(Columns::of).collect();
        let sequences: Vec<i64> = columns.iter().map(|row| row.sequence).collect();
        let payloads: Vec<&[u8]> = events.iter().map(|event| event.payload.as_slice()).collect();
        let hashes: Vec<&[u8]> = events.iter().map(|event| event.hash.0.as_slice()).collect();
        let ones: Vec<Option<i32>> = columns.iter().map(|row| row.one).collect();
        let others: Vec<Option<i32>> = columns.iter().map(|row| row.other).collect();
        let days: Vec<Option<i32>> = columns.iter().map(|row| row.day).collect();
        let acts: Vec<Option<i16>> = columns.iter().map(|row| row.act).collect();
        let values: [&(dyn ToSql + Sync); 7] =
            [&sequences, &payloads, &hashes, &ones, &others, &days, &acts];
        self.client.execute(&self.prepared.insert_all, &values)?;
        Ok(Some(()))
    }

    /// A connection for each thread. The chain was made by the client before, so that no transaction
    /// has to wait for another and the server can make several durable at once.
    fn append_from_threads(&mut self, threads: usize, events: &[Event]) -> Answer<Duration> {
        self.connect_writers(threads)?;
        let taken = race(threads, events.len(), |thread, position| {
            let mut writer = self.writers[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let (client, insert) = &mut *writer;
            with_row(&events[position], |row| client.execute(&*insert, row))?;
            Ok(())
        })?;
        Ok(Some(taken))
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        let row = self.client.query_one("SELECT pg_total_relation_size('entries')", &[])?;
        Ok(Some(row.try_get::<_, i64>(0)?.unsigned_abs()))
    }
}
