//! What is recorded between two entities, a few bytes each, acts in the order of their days. Knows no
//! corrections and no texts: an act whose day is no plain day, or that refers to others, is only
//! numbered here, and so is whatever else is recorded between two.

use hashbrown::HashMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chain::hot::HotAct;
use crate::domain::entity::EntityId;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::view::packed::{Other, PackedAct};
use crate::view::places::{index, number};
use crate::view::spans::{InOrder, Pair, Spans};

/// The acts of all relations, and what else is recorded between two.
#[derive(Debug, Clone, Default)]
pub(in crate::view) struct Acts {
    /// In the order in which they came; the number of each is its position.
    entities: Vec<EntityId>,
    id_to_entity: HashMap<EntityId, u32>,
    spans: Spans,
}

impl PartialEq for Acts {
    fn eq(&self, other: &Self) -> bool {
        self.entities == other.entities && self.spans == other.spans
    }
}

impl Eq for Acts {}

/// What all else about them follows from: how many acts each pair has, and all acts one after the
/// other.
#[derive(Debug, Serialize, Deserialize)]
struct Recorded<Entities, All> {
    entities: Entities,
    pairs: Vec<(Pair, u32)>,
    acts: All,
}

impl Serialize for Acts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.spans.all().map(|(pair, acts)| (pair, number(acts.len())));
        let (pairs, acts) = (pairs.collect(), InOrder(&self.spans));
        Recorded { entities: &self.entities[..], pairs, acts }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Acts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let recorded = Recorded::<Vec<EntityId>, &[u8]>::deserialize(deserializer)?;
        let Recorded { entities, pairs, acts } = recorded;
        let acts = PackedAct::all_of_bytes(acts).ok_or_else(|| D::Error::custom("half an act"))?;
        let spans = Spans::of_pairs(&pairs, &acts, entities.len())
            .ok_or_else(|| D::Error::custom("acts of nobody"))?;
        let id_to_entity = entities.iter().copied().zip(0_u32..).collect();
        Ok(Self { entities, id_to_entity, spans })
    }
}

impl Acts {
    /// Adds the act of the last entry. It is found once [`Acts::settle`] has been called.
    pub(in crate::view) fn add(&mut self, sequence: Sequence, act: &HotAct) {
        self.add_packed(act.parties, PackedAct::new(sequence, act));
    }

    /// Adds what the last entry is instead of an act, as [`Acts::add`] does.
    pub(in crate::view) fn add_other(&mut self, sequence: Sequence, of: Parties, other: Other) {
        self.add_packed(of, PackedAct::other(sequence, other));
    }

    fn add_packed(&mut self, parties: Parties, act: PackedAct) {
        let [one, other] = parties.both().map(|id| self.entity(id));
        self.spans.add(Pair::new(one, other), act);
    }

    /// Puts the acts that wait in their places.
    pub(in crate::view) fn settle(&mut self) {
        self.spans.settle();
    }

    fn entity(&mut self, id: EntityId) -> u32 {
        let next = number(self.entities.len());
        let entity = *self.id_to_entity.entry(id).or_insert(next);
        if entity == next {
            self.entities.push(id);
        }
        entity
    }

    /// Takes the act of the last entry out again.
    pub(in crate::view) fn pop(&mut self, sequence: Sequence, parties: Parties) {
        let Some(pair) = self.pair(parties) else { return };
        if !self.spans.pop(pair, sequence) {
            return;
        }
        // They came with this act, and so did whichever of them has no other.
        while let Some(last) = self.entities.pop() {
            if self.spans.with(number(self.entities.len())).next().is_some() {
                self.entities.push(last);
                break;
            }
            self.id_to_entity.remove(&last);
        }
    }

    #[inline]
    fn pair(&self, parties: Parties) -> Option<Pair> {
        let [one, other] = parties.both().map(|id| self.id_to_entity.get(&id).copied());
        Some(Pair::new(one?, other?))
    }

    /// All that is recorded between two entities: what is not plain first, then acts in the order of
    /// their days.
    #[inline]
    pub(in crate::view) fn recorded(&self, parties: Parties) -> &[PackedAct] {
        self.pair(parties).map_or(&[], |pair| self.spans.of(pair))
    }

    /// The acts between two entities: those that are not plain first, then in the order of their days.
    pub(in crate::view) fn of(&self, parties: Parties) -> impl Iterator<Item = PackedAct> + Clone {
        self.recorded(parties).iter().copied().filter(|act| act.is_act())
    }

    /// What else is recorded between two entities.
    pub(in crate::view) fn others(&self, parties: Parties, other: Other) -> Vec<Sequence> {
        listed(self.recorded(parties).iter(), other)
    }

    /// What else is recorded between an entity and any other, in the order of recording.
    pub(in crate::view) fn others_of(&self, id: EntityId, other: Other) -> Vec<Sequence> {
        listed(self.relations_of(id).flat_map(|(_, acts)| acts), other)
    }

    /// What else is recorded between any two, in the order of recording.
    pub(in crate::view) fn all_others(&self, other: Other) -> Vec<Sequence> {
        listed(self.spans.all().flat_map(|(_, acts)| acts), other)
    }

    /// Every pair of parties with an act, in the order of their ids.
    pub(in crate::view) fn relations(&self) -> Vec<Parties> {
        let with_acts = self.spans.all().filter(|(_, acts)| has_acts(acts));
        let mut all: Vec<Parties> = with_acts
            .filter_map(|(pair, _)| {
                let [one, other] = pair.both().map(|entity| self.entities.get(index(entity)));
                Parties::new(*one?, *other?).ok()
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// The other parties of the relations of an entity that have acts.
    pub(in crate::view) fn partners(&self, id: EntityId) -> impl Iterator<Item = EntityId> {
        let with_acts = self.relations_of(id).filter(|(_, acts)| has_acts(acts));
        with_acts.filter_map(move |(other, _)| self.entities.get(index(other)).copied())
    }

    /// The others with whom anything is recorded of an entity, each with that.
    fn relations_of(&self, id: EntityId) -> impl Iterator<Item = (u32, &[PackedAct])> {
        let entity = self.id_to_entity.get(&id).copied();
        entity.into_iter().flat_map(|entity| self.spans.with(entity))
    }
}

fn has_acts(recorded: &[PackedAct]) -> bool {
    recorded.iter().any(|act| act.is_act())
}

/// The entries of one kind, in the order of recording.
fn listed<'a>(recorded: impl Iterator<Item = &'a PackedAct>, other: Other) -> Vec<Sequence> {
    let of_kind = recorded.filter(|recorded| recorded.is_other(other));
    let mut listed: Vec<Sequence> = of_kind.map(|recorded| recorded.sequence()).collect();
    listed.sort_unstable();
    listed
}
