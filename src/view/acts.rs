//! What is recorded between two entities, a few bytes each, acts in the order of their days. Knows no
//! corrections and no texts: an act whose day is no plain day, or that refers to others, is only
//! numbered here, and so is whatever else is recorded between two.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::chain::hot::HotAct;
use crate::domain::entity::EntityId;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::view::packed::{Other, PackedAct};

/// On how many cores acts are put in their places at most, since each looks at all of them.
const SETTLERS_MAX: usize = 8;

/// The acts of all relations, and what else is recorded between two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Recorded")]
pub(in crate::view) struct Acts {
    entities: Vec<EntityId>,
    #[serde(skip_serializing)]
    id_to_entity: HashMap<EntityId, u32>,
    relations: Vec<RecordedActs>,
    #[serde(skip_serializing)]
    places: Places,
    /// For each entity, the places of its relations, in the order in which they came.
    #[serde(skip_serializing)]
    entity_to_relations: Vec<Vec<u32>>,
    /// Acts that were added and are still to be put in their places: many at a time is faster.
    #[serde(skip_serializing)]
    waiting: Vec<(u32, PackedAct)>,
}

/// What all else about them follows from.
#[derive(Debug, Deserialize)]
struct Recorded {
    entities: Vec<EntityId>,
    relations: Vec<RecordedActs>,
}

impl TryFrom<Recorded> for Acts {
    type Error = &'static str;

    fn try_from(recorded: Recorded) -> Result<Self, &'static str> {
        let Recorded { entities, relations } = recorded;
        let id_to_entity = entities.iter().copied().zip(0_u32..).collect();
        let pairs = relations.iter().map(|relation| relation.pair);
        let mut entity_to_relations = vec![Vec::new(); entities.len()];
        for ((first, second), place) in pairs.zip(0_u32..) {
            for entity in [first, second] {
                let places: Option<&mut Vec<u32>> = entity_to_relations.get_mut(index(entity));
                places.ok_or("a relation of nobody")?.push(place);
            }
        }
        let mut places = Places::default();
        for (relation, place) in relations.iter().zip(0_u32..) {
            places.add(relation.pair, place, &relations);
        }
        let waiting = Vec::new();
        Ok(Self { entities, id_to_entity, relations, places, entity_to_relations, waiting })
    }
}

/// Where the relation of a pair lies: numbers alone, as few bytes as can be, since a question about any
/// relation begins here.
#[derive(Debug, Clone, Default)]
struct Places {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl PartialEq for Places {
    /// Each has a hash of its own, and so an order of its own.
    fn eq(&self, other: &Self) -> bool {
        let places = |of: &Self| of.table.iter().copied().collect::<BTreeSet<u32>>();
        places(self) == places(other)
    }
}

impl Eq for Places {}

impl Places {
    fn of(&self, pair: (u32, u32), relations: &[RecordedActs]) -> Option<u32> {
        let is_it = |place: &u32| relations.get(index(*place)).is_some_and(|r| r.pair == pair);
        self.table.find(self.hasher.hash_one(pair), is_it).copied()
    }

    /// Adds the place of a pair that has none.
    fn add(&mut self, pair: (u32, u32), place: u32, relations: &[RecordedActs]) {
        let hasher = &self.hasher;
        let hash_of = |place: &u32| {
            let pair = relations.get(index(*place)).map_or(pair, |relation| relation.pair);
            hasher.hash_one(pair)
        };
        self.table.insert_unique(hasher.hash_one(pair), place, hash_of);
    }

    fn remove(&mut self, pair: (u32, u32), place: u32) {
        if let Ok(entry) = self.table.find_entry(self.hasher.hash_one(pair), |at| *at == place) {
            entry.remove();
        }
    }
}

/// What is recorded between two entities, on both axes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::view) struct RecordedActs {
    /// Their parties, in the order of their ids.
    pair: (u32, u32),
    acts: Vec<PackedAct>,
}

impl Acts {
    /// Adds the act of the last entry. It is found once [`Acts::settle`] has been called.
    pub(in crate::view) fn add(&mut self, sequence: Sequence, act: &HotAct) {
        let place = self.place_to_add(act.parties);
        self.waiting.push((place, PackedAct::new(sequence, act)));
    }

    /// Adds what the last entry is instead of an act, as [`Acts::add`] does.
    pub(in crate::view) fn add_other(&mut self, sequence: Sequence, of: Parties, other: Other) {
        let place = self.place_to_add(of);
        self.waiting.push((place, PackedAct::other(sequence, other)));
    }

    fn place_to_add(&mut self, parties: Parties) -> u32 {
        let [first, second] = parties.both().map(|id| self.entity(id));
        let pair = (first, second);
        if let Some(place) = self.places.of(pair, &self.relations) {
            return place;
        }
        let place = u32::try_from(self.relations.len()).expect("fewer relations than 2^32");
        self.places.add(pair, place, &self.relations);
        self.relations.push(RecordedActs { pair, acts: Vec::new() });
        for entity in [first, second] {
            self.entity_to_relations[index(entity)].push(place);
        }
        place
    }

    /// Puts the acts that wait in their places.
    pub(in crate::view) fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return;
        }
        if let [(place, act)] = waiting[..] {
            let acts = &mut self.relations[index(place)].acts;
            let at = acts.partition_point(|earlier| earlier.comes_before(&act));
            acts.insert(at, act);
            return;
        }
        self.relations.shrink_to_fit();
        self.entity_to_relations.iter_mut().for_each(Vec::shrink_to_fit);
        // Each core looks at all that wait, and puts those in their places that are for its relations.
        let each = self.relations.len().div_ceil(rayon::current_num_threads().min(SETTLERS_MAX));
        self.relations.par_chunks_mut(each).enumerate().for_each(|(chunk, relations)| {
            let first = chunk * each;
            settle_some(relations, first, &waiting);
        });
    }

    fn entity(&mut self, id: EntityId) -> u32 {
        let next = u32::try_from(self.entities.len()).expect("fewer entities than 2^32");
        let entity = *self.id_to_entity.entry(id).or_insert(next);
        if entity == next {
            self.entities.push(id);
            self.entity_to_relations.push(Vec::new());
        }
        entity
    }

    /// Takes the act of the last entry out again.
    pub(in crate::view) fn pop(&mut self, sequence: Sequence, parties: Parties) {
        let Some(place) = self.place(parties) else { return };
        let relation = &mut self.relations[index(place)];
        relation.acts.retain(|act| act.sequence() != sequence);
        if relation.acts.is_empty() {
            // It came with this act, and so did whichever of its parties has no other.
            let pair = relation.pair;
            self.places.remove(pair, place);
            self.relations.pop();
            for entity in [pair.0, pair.1] {
                self.entity_to_relations[index(entity)].pop();
            }
            while self.entity_to_relations.last().is_some_and(Vec::is_empty) {
                self.entity_to_relations.pop();
                let id = self.entities.pop();
                id.and_then(|id| self.id_to_entity.remove(&id));
            }
        }
    }

    fn place(&self, parties: Parties) -> Option<u32> {
        let [first, second] = parties.both().map(|id| self.id_to_entity.get(&id).copied());
        self.places.of((first?, second?), &self.relations)
    }

    /// All that is recorded between two entities: what is not plain first, then acts in the order of
    /// their days.
    pub(in crate::view) fn recorded(&self, parties: Parties) -> &[PackedAct] {
        let relation = self.place(parties).and_then(|place| self.relations.get(index(place)));
        relation.map_or(&[], |relation| &relation.acts)
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
        listed(self.relations_of(id).flat_map(|relation| &relation.acts), other)
    }

    /// What else is recorded between any two, in the order of recording.
    pub(in crate::view) fn all_others(&self, other: Other) -> Vec<Sequence> {
        listed(self.relations.iter().flat_map(|relation| &relation.acts), other)
    }

    /// Every pair of parties with an act, in the order of their ids.
    pub(in crate::view) fn relations(&self) -> Vec<Parties> {
        let with_acts = self.relations.iter().filter(|relation| relation.has_acts());
        let mut all: Vec<Parties> = with_acts.filter_map(|r| self.parties(r)).collect();
        all.sort_unstable();
        all
    }

    /// The other parties of the relations of an entity that have acts.
    pub(in crate::view) fn partners(&self, id: EntityId) -> impl Iterator<Item = EntityId> {
        let with_acts = self.relations_of(id).filter(|relation| relation.has_acts());
        with_acts.filter_map(move |relation| self.parties(relation)?.partner_of(id))
    }

    fn relations_of(&self, id: EntityId) -> impl Iterator<Item = &RecordedActs> {
        let entity = self.id_to_entity.get(&id).copied();
        let places = entity.map_or(&[][..], |entity| &self.entity_to_relations[index(entity)]);
        places.iter().filter_map(|place| self.relations.get(index(*place)))
    }

    fn parties(&self, relation: &RecordedActs) -> Option<Parties> {
        let [first, second] = [relation.pair.0, relation.pair.1];
        Parties::new(*self.entities.get(index(first))?, *self.entities.get(index(second))?).ok()
    }
}

impl RecordedActs {
    fn has_acts(&self) -> bool {
        self.acts.iter().any(|act| act.is_act())
    }
}

/// Puts acts in the places of some relations, the first of which is known by its own place.
fn settle_some(relations: &mut [RecordedActs], first: usize, waiting: &[(u32, PackedAct)]) {
    let mut counts = vec![0_u32; relations.len()];
    for (place, _) in waiting {
        if let Some(count) = counts.get_mut(index(*place).wrapping_sub(first)) {
            *count += 1;
        }
    }
    for (relation, count) in relations.iter_mut().zip(counts) {
        relation.acts.reserve_exact(index(count));
    }
    for (place, act) in waiting {
        let Some(relation) = relations.get_mut(index(*place).wrapping_sub(first)) else { continue };
        let acts = &mut relation.acts;
        let is_in_order = acts.last().is_none_or(|last| last.comes_before(act));
        let at = match is_in_order {
            true => acts.len(),
            false => acts.partition_point(|earlier| earlier.comes_before(act)),
        };
        acts.insert(at, *act);
    }
}

/// The entries of one kind, in the order of recording.
fn listed<'a>(recorded: impl Iterator<Item = &'a PackedAct>, other: Other) -> Vec<Sequence> {
    let of_kind = recorded.filter(|recorded| recorded.is_other(other));
    let mut listed: Vec<Sequence> = of_kind.map(|recorded| recorded.sequence()).collect();
    listed.sort_unstable();
    listed
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("an index that was a length")
}
