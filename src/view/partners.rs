//! All relations of one entity together: its partners on a day, how many there are, and in which
//! order they became partners.

use std::ops::Not;

use crate::domain::day::{Bounds, Day};
use crate::domain::entity::EntityId;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::{CountingRule, StatusSet};
use crate::domain::truth::Truth;
use crate::view::completion::DISTINCT_ACTS_MAX;
use crate::view::each::of_each;
use crate::view::knowledge::Knowledge;
use crate::view::relation::Relation;

/// So often a relation is looked at on a day to find an ordinal.
const COUNTED_MAX: usize = 1 << 18;

/// All relations of one entity, solved.
#[derive(Debug, Clone)]
pub struct Circle<'a> {
    known: Knowledge<'a>,
    /// The entity.
    pub entity: EntityId,
    axis: Axis,
    rule: CountingRule,
    relations: Vec<(EntityId, Relation)>,
}

/// Which partners are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// All of them.
    All,
    /// Those that are members of the group on the day.
    Among(EntityId),
    /// Those that are not.
    NotIn(EntityId),
}

/// One partner on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partner<'c> {
    /// The partner.
    pub entity: EntityId,
    /// The act that began the present status, where only one can have.
    pub since: Option<Sequence>,
    /// The days on which it may have become a partner last.
    pub became: Bounds,
    /// The relation.
    pub relation: &'c Relation,
}

/// The partners of an entity on a day: those that certainly are and those that may be.
#[derive(Debug, Clone, Default)]
pub struct Partners<'c> {
    /// Those that certainly are, in the order in which they became so, ties by id.
    pub definite: Vec<Partner<'c>>,
    /// Those that may be, in the same order.
    pub possible: Vec<Partner<'c>>,
}

impl<'a> Knowledge<'a> {
    /// Solves all relations of an entity.
    pub fn circle(
        self,
        entity: EntityId,
        axis: Axis,
        policy: Policy,
        rule: CountingRule,
    ) -> Circle<'a> {
        let partners = self.possible_partners(entity).into_iter();
        let relations = of_each(partners, |partner| {
            let parties = Parties::new(entity, partner).ok()?;
            Some((partner, self.relation(parties, axis, policy)))
        });
        Circle { known: self, entity, axis, rule, relations }
    }

    /// How many partners an entity has on a day: those that certainly are, and those that may be.
    pub fn partner_counts(
        self,
        entity: EntityId,
        axis: Axis,
        policy: Policy,
        rule: CountingRule,
        within: Within,
        on: Day,
    ) -> (usize, usize) {
        let (mut definite, mut possible) = (0, 0);
        let counted = of_each(self.possible_partners(entity).into_iter(), |partner| {
            let parties = Parties::new(entity, partner).ok()?;
            let counts = counts(rule, self.statuses_on(parties, axis, policy, on));
            Some(counts.and(self.is_within(partner, within, on)))
        });
        for truth in counted {
            match truth {
                Truth::Yes => definite += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
        }
        (definite, possible)
    }

    /// The members of a group, other than an entity, that are no partners of it on a day: those that
    /// certainly are none, and those that may be none.
    pub fn missing(
        self,
        entity: EntityId,
        axis: Axis,
        policy: Policy,
        rule: CountingRule,
        group: EntityId,
        on: Day,
    ) -> (Vec<EntityId>, Vec<EntityId>) {
        let (mut definite, mut possible) = (Vec::new(), Vec::new());
        let missing = of_each(self.members(group, on).into_iter(), |(member, is_member)| {
            let parties = Parties::new(entity, member).ok()?;
            let counts = counts(rule, self.statuses_on(parties, axis, policy, on));
            Some((member, is_member.and(counts.not())))
        });
        for (member, is_missing) in missing {
            match is_missing {
                Truth::Yes => definite.push(member),
                Truth::Unknown => possible.push(member),
                Truth::No => {}
            }
        }
        (definite, possible)
    }

    fn is_within(self, entity: EntityId, within: Within, on: Day) -> Truth {
        match within {
            Within::All => Truth::Yes,
            Within::Among(group) => self.is_member(entity, group, on),
            Within::NotIn(group) => self.is_member(entity, group, on).not(),
        }
    }

    /// How much it takes to solve a relation, about: an act of a plain day is one, and each other may have
    /// come before or after all others.
    pub fn weight(self, parties: Parties) -> usize {
        let (mut all, mut open) = (1, 0);
        for act in self.view.acts.of(parties) {
            all += 1;
            open += usize::from(act.day().is_none());
        }
        all + (1 << open.min(DISTINCT_ACTS_MAX))
    }

    /// Whether every act between two entities on a day is asserted to be in the ledger.
    pub fn is_complete(self, parties: Parties, axis: Axis, on: Day) -> bool {
        parties.both().into_iter().any(|id| self.complete_on(id, axis, on).is_some())
    }

    /// What a relation may be on a day, with regard to what is asserted complete.
    pub fn statuses(self, relation: &Relation, on: Day) -> StatusSet {
        let complete = self.is_complete(relation.parties, relation.axis, on);
        relation.timeline.on(on).statuses(complete)
    }
}

/// Whether a relation that may have any of these statuses counts.
pub fn counts(rule: CountingRule, statuses: StatusSet) -> Truth {
    let counted = statuses.iter().filter(|status| rule.counts(*status)).count();
    match counted {
        0 => Truth::No,
        all if all == statuses.len() => Truth::Yes,
        _ => Truth::Unknown,
    }
}

impl Circle<'_> {
    fn counts(&self, relation: &Relation, on: Day) -> Truth {
        counts(self.rule, self.known.statuses(relation, on))
    }

    /// The partners on a day.
    pub fn partners(&self, within: Within, on: Day) -> Partners<'_> {
        let mut partners = Partners::default();
        for (entity, relation) in &self.relations {
            let partner = || Partner {
                entity: *entity,
                since: relation.timeline.on(on).since,
                became: self.became(relation, on),
                relation,
            };
            match self.counts(relation, on).and(self.known.is_within(*entity, within, on)) {
                Truth::Yes => partners.definite.push(partner()),
                Truth::Unknown => partners.possible.push(partner()),
                Truth::No => {}
            }
        }
        let order = |partner: &Partner<'_>| {
            (partner.became.earliest, partner.became.latest, partner.entity)
        };
        partners.definite.sort_by_key(order);
        partners.possible.sort_by_key(order);
        partners
    }

    /// The days on which a partner may have become one for the last time before the end of a day.
    fn became(&self, relation: &Relation, on: Day) -> Bounds {
        let counted = relation.timeline.until(on).iter().rev().take_while(|segment| {
            let complete = self.known.is_complete(relation.parties, self.axis, segment.from);
            counts(self.rule, segment.statuses(complete)) == Truth::Yes
        });
        let Some(begin) = counted.last() else {
            let from = relation.timeline.on(on).from;
            return Bounds { earliest: from, latest: from };
        };
        let began = begin.since.and_then(|entry| relation.occurrence(entry));
        let from = Bounds { earliest: begin.from, latest: begin.from };
        began.map_or(from, |occurrence| occurrence.outcome.bounds)
    }

    /// The number of partners at the end of the day on which one last became so: the least and the
    /// greatest that it can be; the widest there is where that leaves very much to count. None when it
    /// is no partner on the day.
    pub fn ordinal(&self, partner: EntityId, on: Day) -> Option<(usize, usize)> {
        let (_, relation) = self.relations.iter().find(|(entity, _)| *entity == partner)?;
        if self.counts(relation, on) != Truth::Yes {
            return None;
        }
        let became = self.became(relation, on);
        let mut days: Vec<Day> = self
            .relations
            .iter()
            .flat_map(|(_, relation)| relation.timeline.segments())
            .map(|segment| segment.from)
            .filter(|day| became.contains(*day))
            .collect();
        days.push(became.earliest);
        if COUNTED_MAX / self.relations.len() < days.len() {
            return Some((1, self.relations.len()));
        }
        let count = |day: Day| {
            // On a day from before a carry-over, the one who was partner then is not another.
            let is_before = |entity| {
                let mut occurrences = relation.occurrences.iter();
                occurrences.any(|o| o.parties != relation.parties && o.parties.include(entity))
                    && self.counts(relation, day) != Truth::Yes
            };
            let others = (self.relations.iter())
                .filter(|(entity, _)| *entity != partner && !is_before(*entity));
            let (mut definite, mut all) = (1, 1);
            for (_, other) in others {
                match self.counts(other, day) {
                    Truth::Yes => (definite, all) = (definite + 1, all + 1),
                    Truth::Unknown => all += 1,
                    Truth::No => {}
                }
            }
            (definite, all)
        };
        let counted = days.into_iter().map(count);
        counted.reduce(|(least, most), (definite, all)| (least.min(definite), most.max(all)))
    }
}
