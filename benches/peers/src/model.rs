//! What is right: a slow and plain model that every peer's answers are compared with. Must use nothing
//! of what it judges but the transition table.

use std::collections::{BTreeMap, BTreeSet};

use chancery::domain::act::ActKind;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::{Sequence, Size};
use chancery::domain::status::Status;

use crate::events::{Entity, Event, Pair, PlainAct, Roll};
use crate::fold::after;

/// All acts.
#[derive(Debug, Default)]
pub(crate) struct Model {
    size: u64,
    relation_to_acts: BTreeMap<[u32; 2], BTreeMap<Day, (Sequence, ActKind)>>,
    entity_to_others: BTreeMap<u32, BTreeSet<u32>>,
    /// The acts in the order of their recording, to draw questions from.
    acts: Vec<(Sequence, PlainAct)>,
}

impl Model {
    /// Takes the next events.
    pub(crate) fn take(&mut self, events: &[Event]) {
        for event in events {
            self.size += 1;
            if let Some(act) = event.act {
                let [one, other] = act.pair.numbers;
                let acts = self.relation_to_acts.entry(act.pair.numbers).or_default();
                acts.insert(act.day, (event.sequence, act.kind));
                self.entity_to_others.entry(one).or_default().insert(other);
                self.entity_to_others.entry(other).or_default().insert(one);
                self.acts.push((event.sequence, act));
            }
        }
    }

    /// How many events there are.
    pub(crate) fn size(&self) -> Size {
        Size(self.size)
    }

    /// The acts in the order of their recording.
    pub(crate) fn acts(&self) -> &[(Sequence, PlainAct)] {
        &self.acts
    }

    /// What the acts by the end of a day, as known at a size, have made of a relation.
    pub(crate) fn status_on(&self, pair: Pair, day: Day, size: Size) -> Option<Status> {
        self.status_between(pair.numbers, day, size)
    }

    /// With whom an entity has active relations at the end of a day, in the order of their ids.
    pub(crate) fn partners_on(
        &self,
        roll: &Roll,
        entity: Entity,
        day: Day,
        size: Size,
    ) -> Vec<EntityId> {
        let others = self.entity_to_others.get(&entity.number).into_iter().flatten();
        let is_partner = |other: &&u32| {
            let numbers = [entity.number.min(**other), entity.number.max(**other)];
            self.status_between(numbers, day, size) == Some(Status::Active)
        };
        others.filter(is_partner).filter_map(|other| Some(roll.entity(*other)?.id)).collect()
    }

    fn status_between(&self, numbers: [u32; 2], day: Day, size: Size) -> Option<Status> {
        let acts = self.relation_to_acts.get(&numbers)?.range(..=day).map(|(_, act)| *act);
        let known = acts.filter(|(sequence, _)| size.includes(*sequence));
        known.fold(None, |status, (_, act)| after(status, act))
    }
}

#[cfg(test)]
mod tests {
    use chancery::domain::relation::Parties;
    use chancery::tlog::hash::Hash;

    use super::*;

    fn roll() -> Roll {
        Roll::new(["AA", "BB", "CC"].map(|id| EntityId::parse(id).unwrap()).to_vec())
    }

    fn pair(one: u32, other: u32) -> Pair {
        let id = |number| roll().entity(number).unwrap().id;
        roll().pair(Parties::new(id(one), id(other)).unwrap()).unwrap()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// Entry 0 is no act; the acts are recorded in another order than they happened.
    fn model() -> Model {
        let acts = [
            None,
            Some((pair(0, 1), "2000-01-01", ActKind::Establish)),
            Some((pair(0, 1), "2002-01-01", ActKind::Restore)),
            Some((pair(0, 1), "2001-01-01", ActKind::Sever)),
            Some((pair(2, 0), "2001-06-01", ActKind::Establish)),
            Some((pair(1, 2), "2001-06-01", ActKind::Suspend)),
        ];
        let events = acts.into_iter().zip(0..).map(|(act, number)| Event {
            sequence: Sequence(number),
            payload: Vec::new(),
            hash: Hash::ZERO,
            act: act.map(|(pair, on, kind)| PlainAct { pair, day: day(on), kind }),
        });
        let mut model = Model::default();
        model.take(&events.collect::<Vec<_>>());
        model
    }

    #[test]
    fn a_relation_is_what_its_last_act_by_the_day_made_of_it() {
        let (model, all) = (model(), Size(6));
        assert_eq!(model.size(), all);
        let status = |on| model.status_on(pair(1, 0), day(on), all);
        assert_eq!(status("1999-12-31"), None);
        assert_eq!(status("2000-01-01"), Some(Status::Active));
        assert_eq!(status("2000-12-31"), Some(Status::Active));
        assert_eq!(status("2001-01-01"), Some(Status::Severed));
        assert_eq!(status("2002-01-01"), Some(Status::Active));
    }

    #[test]
    fn what_was_not_recorded_yet_was_not_known() {
        let model = model();
        let status = |size| model.status_on(pair(0, 1), day("2001-07-01"), Size(size));
        assert_eq!(status(1), None);
        assert_eq!(status(2), Some(Status::Active));
        assert_eq!(status(3), Some(Status::Active));
        assert_eq!(status(4), Some(Status::Severed));
    }

    #[test]
    fn partners_are_those_with_active_relations() {
        let (model, roll) = (model(), roll());
        let partners = |number, on, size| {
            let entity = roll.entity(number).unwrap();
            let found = model.partners_on(&roll, entity, day(on), Size(size));
            found.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(partners(0, "2000-07-01", 6), "BB");
        assert_eq!(partners(0, "2001-07-01", 6), "CC");
        assert_eq!(partners(0, "2002-07-01", 6), "BB CC");
        assert_eq!(partners(0, "2002-07-01", 4), "BB");
        assert_eq!(partners(2, "2002-07-01", 6), "AA");
        assert_eq!(partners(1, "1999-07-01", 6), "");
    }
}
