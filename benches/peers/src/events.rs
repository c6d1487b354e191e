//! The events that every peer is given: those of the world, of which none leaves an answer open. Must
//! give the same events for the same seed, and must keep none of them.
//!
//! Of the acts of one relation no two fall on one day, and no entry corrects another, so that a
//! relation is on each day what its last act by then made of it: a question that any database can
//! be asked.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use chancery::chain::codec::decode;
use chancery::chain::entry::{Entry, seal};
use chancery::domain::act::ActKind;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::event::{Event as Recorded, Fact};
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Sequence;
use chancery::tlog::hash::Hash;

use crate::error::PeersError;
use crate::world::World;

/// The reference ledger, which the events take their patterns from.
const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../log");

/// An entity, by the id that chancery knows and by the number that a database would key it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) id: EntityId,
    pub(crate) number: u32,
}

/// Two entities, the one with the smaller number first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) parties: Parties,
    pub(crate) numbers: [u32; 2],
}

/// What a database keeps of an act to answer by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainAct {
    pub(crate) pair: Pair,
    pub(crate) day: Day,
    pub(crate) kind: ActKind,
}

/// One event, as it is given to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) sequence: Sequence,
    /// The bytes of chancery's entry, which name the hash of the entry before.
    pub(crate) payload: Vec<u8>,
    /// Their leaf hash.
    pub(crate) hash: Hash,
    /// Absent when it is no act between two entities on the diplomatic axis.
    pub(crate) act: Option<PlainAct>,
}

/// The entities in the order of their numbers, which is that of their ids.
#[derive(Clone, Debug)]
pub(crate) struct Roll(Arc<[EntityId]>);

impl Roll {
    pub(crate) fn new(mut ids: Vec<EntityId>) -> Self {
        ids.sort_unstable();
        Self(ids.into())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).expect("a world has some thousand entities")
    }

    /// The entity of a number, if there is one.
    pub(crate) fn entity(&self, number: u32) -> Option<Entity> {
        let id = *self.0.get(usize::try_from(number).ok()?)?;
        Some(Entity { id, number })
    }

    /// The number of an entity, if it is on the roll.
    pub(crate) fn number(&self, id: EntityId) -> Option<u32> {
        u32::try_from(self.0.binary_search(&id).ok()?).ok()
    }

    /// The pair of two entities that are on the roll.
    pub(crate) fn pair(&self, parties: Parties) -> Option<Pair> {
        let [one, other] = parties.both().map(|id| self.number(id));
        Some(Pair { parties, numbers: [one?, other?] })
    }
}

/// Events one after the other, without an end.
#[derive(Debug)]
pub(crate) struct Events {
    world: World,
    /// What had to be read ahead to know all entities.
    ahead: VecDeque<Entry>,
    roll: Roll,
    /// The days on which the relations have acts already.
    taken: HashSet<([u32; 2], Day)>,
    next: Sequence,
    previous: Hash,
}

impl Events {
    /// Begins a world of about so many entries.
    pub(crate) fn new(seed: u64, entries: u64) -> Result<Self, PeersError> {
        let mut world = World::new(Path::new(LOG), seed, entries).of_facts();
        let (mut ahead, mut ids) = (VecDeque::new(), Vec::new());
        loop {
            let entry = decode(&world.next())?;
            let is_before_the_facts = match &entry.event {
                Recorded::Opening(_) => true,
                Recorded::Fact(Fact::Registration(registration)) => {
                    ids.push(registration.id);
                    true
                }
                _ => false,
            };
            ahead.push_back(entry);
            if !is_before_the_facts {
                break;
            }
        }
        Ok(Self {
            world,
            ahead,
            roll: Roll::new(ids),
            taken: HashSet::new(),
            next: Sequence(0),
            previous: Hash::ZERO,
        })
    }

    /// All entities that the events name.
    pub(crate) fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Makes the next events.
    pub(crate) fn take(&mut self, count: u64) -> Result<Vec<Event>, PeersError> {
        (0..count).map(|_| self.next()).collect()
    }

    fn next(&mut self) -> Result<Event, PeersError> {
        loop {
            let mut entry = match self.ahead.pop_front() {
                Some(entry) => entry,
                None => decode(&self.world.next())?,
            };
            let act = self.plain_act(&entry);
            if act.is_some_and(|act| !self.taken.insert((act.pair.numbers, act.day))) {
                continue;
            }
            (entry.sequence, entry.previous) = (self.next, self.previous);
            let sealed = seal(&entry)?;
            (self.next, self.previous) = (Sequence(self.next.0 + 1), sealed.hash);
            let (payload, hash) = (sealed.bytes, sealed.hash);
            return Ok(Event { sequence: entry.sequence, payload, hash, act });
        }
    }

    fn plain_act(&self, entry: &Entry) -> Option<PlainAct> {
        let Recorded::Fact(Fact::Act(act)) = &entry.event else { return None };
        if act.axis != Axis::Diplomatic {
            return None;
        }
        let day = act.dates.effective.as_ref().and_then(|date| date.day());
        Some(PlainAct {
            pair: self.roll.pair(act.parties).expect("a world registers its entities first"),
            day: day.expect("a world knows the day of each act"),
            kind: act.act,
        })
    }
}

#[cfg(test)]
mod tests {
    use chancery::chain::entry::check_link;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_events() {
        let events = |seed| Events::new(seed, 400).unwrap().take(400).unwrap();
        assert_eq!(events(7), events(7));
        assert_ne!(events(7), events(8));
    }

    #[test]
    fn events_follow_each_other_as_entries_do() {
        let mut previous = Hash::ZERO;
        for (event, number) in Events::new(1, 400).unwrap().take(400).unwrap().iter().zip(0..) {
            assert_eq!(event.sequence, Sequence(number));
            assert_eq!(check_link(previous, &event.payload), Ok(()));
            assert_eq!(decode(&event.payload).unwrap().sequence, event.sequence);
            previous = event.hash;
        }
    }

    #[test]
    fn no_relation_has_two_acts_on_one_day() {
        let mut days = HashSet::new();
        // A world for few entries has few entities, and so many acts to a relation.
        let acts = Events::new(1, 4).unwrap().take(20_000).unwrap().into_iter();
        for act in acts.filter_map(|event| event.act) {
            assert!(act.pair.numbers[0] < act.pair.numbers[1]);
            assert!(days.insert((act.pair.numbers, act.day)));
        }
        assert!(5_000 < days.len());
    }
}
