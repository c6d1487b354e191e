//! What is asked of a peer, one file each. What a peer cannot do it leaves to the defaults here, and
//! the table shows a dash.

use std::time::Duration;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use chancery::tlog::hash::Hash;

use crate::error::PeersError;
use crate::events::{Entity, Event, Pair};

/// What a peer answers; nothing when it cannot do what is asked.
pub(crate) type Answer<T> = Result<Option<T>, PeersError>;

/// What a peer holds, as far as it can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) entries: Option<u64>,
    /// The hash of the last entry.
    pub(crate) head: Option<Hash>,
}

/// Something that keeps events and answers from them.
pub(crate) trait Peer {
    /// Its name, which is the head of its column.
    fn name(&self) -> &'static str;

    /// Its version, as it says itself.
    fn version(&self) -> String;

    /// How many events it is given at most.
    fn entries_max(&self) -> u64 {
        u64::MAX
    }

    /// How many questions of a kind it is asked at most in a round.
    fn questions_max(&self) -> usize {
        usize::MAX
    }

    /// Makes the events ready that it is going to be given next. Not measured.
    fn ready(&mut self, _events: &[Event]) -> Result<(), PeersError> {
        Ok(())
    }

    /// Takes some events as one durable commit of many that fill it.
    fn load(&mut self, _events: &[Event]) -> Answer<()> {
        Ok(None)
    }

    /// Does what a careful user does once after filling it. Measured with the loading.
    fn settle(&mut self) -> Result<(), PeersError> {
        Ok(())
    }

    /// Says what it holds. Not measured.
    fn held(&mut self) -> Answer<Held> {
        self.verify()
    }

    /// Reads every byte and checks whatever its bytes can prove.
    fn verify(&mut self) -> Answer<Held> {
        Ok(None)
    }

    /// Also checks what the entries say; only chancery knows rules for that.
    fn verify_in_full(&mut self) -> Answer<Held> {
        Ok(None)
    }

    /// Reads every byte and checks none, and counts them.
    fn read(&mut self) -> Answer<u64> {
        Ok(None)
    }

    /// What the acts by the end of a day made of a relation; `None` inside when there was none yet.
    fn status_on(&mut self, _pair: Pair, _day: Day) -> Answer<Option<Status>> {
        Ok(None)
    }

    /// The same as known at a size.
    fn status_on_known(&mut self, _pair: Pair, _day: Day, _size: Size) -> Answer<Option<Status>> {
        Ok(None)
    }

    /// With whom an entity had active relations at the end of a day, in any order.
    fn partners_on(&mut self, _entity: Entity, _day: Day) -> Answer<Vec<EntityId>> {
        Ok(None)
    }

    /// Appends one event; it is on the disk when this returns.
    fn append_single_durable(&mut self, _event: &Event) -> Answer<()> {
        Ok(None)
    }

    /// Appends some events whole or not at all; they are on the disk when this returns.
    fn append_batch_durable(&mut self, _events: &[Event]) -> Answer<()> {
        Ok(None)
    }

    /// Appends events from many threads at once, each by itself and durable, and says how long it took.
    fn append_from_threads(&mut self, _threads: usize, _events: &[Event]) -> Answer<Duration> {
        Ok(None)
    }

    /// How many bytes it occupies on the disk.
    fn size_on_disk(&mut self) -> Answer<u64> {
        Ok(None)
    }
}
