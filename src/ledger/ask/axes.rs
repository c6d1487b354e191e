//! `missions`, `recognitions` and `pending`: what is recorded beside the relations themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::recognition::{Mission, MissionKind, Recognition};
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;
use crate::ledger::answer::axes::{
    MissionOn, Missions, Pending, PendingBetween, RecognitionOn, Recognitions,
};
use crate::ledger::ask::Inquiry;

/// A dated fact that may have been by a day.
type Dated<'a, T> = (Day, Day, Sequence, &'a T, &'a Edtf);

impl Inquiry {
    /// The missions that an entity sends and receives on the day; between it and another, if named.
    pub fn missions(&self, entity: EntityId, with: Option<EntityId>) -> Missions {
        let mut pairs: BTreeMap<(EntityId, EntityId), Vec<Dated<'_, Mission>>> = BTreeMap::new();
        for (entry, mission) in self.known().missions(entity) {
            if !between(entity, with, mission.sender, mission.host) {
                continue;
            }
            let Some((_, date)) = mission.dates.reading() else { continue };
            let bounds = date.bounds();
            if bounds.earliest <= self.basis.on {
                let dated = (bounds.earliest, bounds.latest, entry, mission, date);
                pairs.entry((mission.sender, mission.host)).or_default().push(dated);
            }
        }
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for mut facts in pairs.into_values() {
            facts.sort_unstable();
            if let Some(mission) = self.mission_on(&facts) {
                if mission.sender == entity { sent.push(mission) } else { received.push(mission) }
            }
        }
        received.sort_by_key(|mission| mission.sender);
        Missions { entity, basis: self.basis.clone(), with, sent, received }
    }

    /// What has been made of one mission by facts in the order of the world.
    fn mission_on(&self, facts: &[Dated<'_, Mission>]) -> Option<MissionOn> {
        let (_, _, _, last, date) = facts.last()?;
        let mut mission = MissionOn {
            sender: last.sender,
            host: last.host,
            open: None,
            suspended: false,
            level: None,
            residence: None,
            protecting: None,
            recalled: false,
            last: last.act,
            date: (*date).clone(),
            certain: settled(facts, self.basis.on),
            entries: facts.iter().map(|(_, _, entry, ..)| *entry).collect(),
        };
        mission.entries.sort_unstable();
        for (_, _, _, fact, _) in facts {
            follow(&mut mission, fact);
        }
        Some(mission)
    }

    /// What an entity has said of others' recognition, and others of its own, as of the day; between
    /// it and another, if named.
    pub fn recognitions(&self, entity: EntityId, with: Option<EntityId>) -> Recognitions {
        type Of = (EntityId, EntityId, Option<Text>);
        let mut pairs: BTreeMap<Of, Vec<Dated<'_, Recognition>>> = BTreeMap::new();
        for (entry, recognition) in self.known().recognitions(entity) {
            if !between(entity, with, recognition.by, recognition.of) {
                continue;
            }
            let Some((_, date)) = recognition.dates.reading() else { continue };
            let bounds = date.bounds();
            if bounds.earliest <= self.basis.on {
                let of = (recognition.by, recognition.of, recognition.government.clone());
                let dated = (bounds.earliest, bounds.latest, entry, recognition, date);
                pairs.entry(of).or_default().push(dated);
            }
        }
        let (mut given, mut received) = (Vec::new(), Vec::new());
        for ((by, of, government), mut facts) in pairs {
            facts.sort_unstable();
            let Some((_, _, _, last, date)) = facts.last() else { continue };
            let mut entries: Vec<Sequence> = facts.iter().map(|fact| fact.2).collect();
            entries.sort_unstable();
            let standing = RecognitionOn {
                by,
                of,
                government,
                act: last.act,
                manner: last.manner,
                date: (*date).clone(),
                certain: settled(&facts, self.basis.on),
                entries,
            };
            if by == entity { given.push(standing) } else { received.push(standing) }
        }
        Recognitions { entity, basis: self.basis.clone(), with, given, received }
    }

    /// The steps pending on the day: of all relations, of one entity's, or of one.
    pub fn pending(&self, of: &[EntityId]) -> Pending {
        let known = self.known();
        let stepped: BTreeSet<Parties> = self
            .view
            .steps()
            .filter_map(|entry| match known.fact(entry)? {
                crate::domain::event::Fact::Step(step) => Some(step.parties),
                _ => None,
            })
            .filter(|parties| of.iter().all(|entity| parties.include(*entity)))
            .collect();
        let pending = stepped.into_iter().flat_map(|relation| {
            let steps = self.pending_between(relation).into_iter();
            steps.map(move |step| PendingBetween { relation, step })
        });
        Pending { basis: self.basis.clone(), pending: pending.collect() }
    }
}

/// Whether facts about one entity and another answer a question about it, and about another, if named.
fn between(entity: EntityId, with: Option<EntityId>, from: EntityId, to: EntityId) -> bool {
    let [one, other] = [from, to].map(|party| party == entity || Some(party) == with);
    if with.is_some() { one && other } else { one || other }
}

/// Whether facts, the earliest first, have all been by a day and can have come in no other order.
fn settled<T>(facts: &[Dated<'_, T>], on: Day) -> bool {
    let mut latest_before = Day::FIRST;
    facts.iter().all(|(earliest, latest, ..)| {
        let follows = latest_before <= *earliest;
        latest_before = latest_before.max(*latest);
        follows && *latest <= on
    })
}

/// Follows one fact about a mission. What closes takes its level and seat with it; what opens is
/// seated anew.
fn follow(mission: &mut MissionOn, fact: &Mission) {
    match fact.act {
        MissionKind::Opened => {
            (mission.open, mission.suspended) = (Some(true), false);
            (mission.residence, mission.recalled) = (None, false);
        }
        MissionKind::Closed => {
            (mission.open, mission.suspended) = (Some(false), false);
            (mission.level, mission.residence, mission.recalled) = (None, None, false);
            return;
        }
        MissionKind::OperationsSuspended => mission.suspended = true,
        // A number is of members; without one its head is meant.
        MissionKind::Recalled | MissionKind::Expelled => mission.recalled |= fact.number.is_none(),
        MissionKind::Returned => mission.recalled &= fact.number.is_some(),
        MissionKind::ProtectionBegun => mission.protecting = fact.protecting,
        MissionKind::ProtectionEnded => mission.protecting = None,
        MissionKind::LevelSet => {}
    }
    mission.level = fact.level.or(mission.level);
    mission.residence = fact.residence.or(mission.residence);
}
