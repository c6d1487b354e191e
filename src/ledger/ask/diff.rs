//! `diff`: what changed between two points, apart in the world and in our knowledge.

use std::collections::BTreeSet;

use crate::domain::assertion::Statement;
use crate::domain::day::Day;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::answer::diff::{Changed, Diff};
use crate::ledger::answer::{Known, StatedBasis};
use crate::ledger::ask::{Followed, Inquiry};
use crate::ledger::error::LedgerError;
use crate::view::allowance::Allowance;
use crate::view::each::of_each;
use crate::view::knowledge::Knowledge;
use crate::view::relation::Relation;

impl Inquiry {
    /// What changed from an earlier day and position to those of this inquiry, of some entities'
    /// relations or of all.
    ///
    /// # Errors
    /// [`LedgerError::TooManyCarryOvers`] when all relations are asked for and they cannot be followed;
    /// [`LedgerError::TooOpen`].
    pub fn diff(&self, from: Day, from_known: Known, of: &[EntityId]) -> Result<Diff, LedgerError> {
        self.allowed(|allowance| self.diff_within(allowance, from, from_known, of))?
    }

    fn diff_within(
        &self,
        allowance: &Allowance,
        from: Day,
        from_known: Known,
        of: &[EntityId],
    ) -> Result<Diff, LedgerError> {
        let earlier = self.view.known(from_known.size).within(allowance);
        let later = self.known().within(allowance);
        let to = self.basis.on;
        let StatedBasis { axis, policy, .. } = self.basis;
        let changed = of_each(self.ever_related(earlier, of)?.into_iter(), |parties| {
            let before = earlier.relation(parties, axis, policy);
            let after = later.relation(parties, axis, policy);
            let first = earlier.statuses(&before, from);
            let middle = later.statuses(&after, from);
            let last = later.statuses(&after, to);
            let in_knowledge = (first != middle).then(|| {
                let sides = carried_from(&before, &after, from);
                let entries = self.recorded_between(&sides, from_known.size, later.size);
                Changed { relation: parties, before: first, after: middle, entries }
            });
            let in_world = (middle != last).then(|| {
                let entries = self.acted_between(&after, from, to);
                Changed { relation: parties, before: middle, after: last, entries }
            });
            Some((in_knowledge, in_world))
        });
        let (knowledge, world): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
        let [knowledge, world] =
            [knowledge, world].map(|changed| changed.into_iter().flatten().collect());
        Ok(Diff { from, to, from_known, basis: self.basis.clone(), knowledge, world })
    }

    /// The relations that any act or continuation ever touched, as known at either position.
    fn ever_related(
        &self,
        earlier: Knowledge<'_>,
        of: &[EntityId],
    ) -> Result<BTreeSet<Parties>, LedgerError> {
        let (mut related, mut followed) = (BTreeSet::new(), Followed::default());
        for known in [earlier, self.known()] {
            for entity in self.may_be_related(known, of) {
                let pairs = known.possible_partners(entity).into_iter();
                let pairs = pairs.filter_map(|partner| Parties::new(entity, partner).ok());
                for pair in pairs.filter(|pair| of.iter().all(|named| pair.include(*named))) {
                    if related.insert(pair) && of.is_empty() {
                        followed.count(known, pair)?;
                    }
                }
            }
        }
        Ok(related)
    }

    /// The entities one of which is a party to each relation in question.
    fn may_be_related(&self, known: Knowledge<'_>, of: &[EntityId]) -> BTreeSet<EntityId> {
        if let Some(named) = of.first() {
            return BTreeSet::from([*named]);
        }
        let parties = self.view.relations().into_iter().flat_map(|pair| pair.both());
        let continued = known.continuations().flat_map(|(_, change)| change.change.entities());
        parties.chain(continued).collect()
    }

    /// What happened to a relation after the one day and up to the other, and what asserts of only
    /// one of them that nothing is missing.
    fn acted_between(&self, relation: &Relation, from: Day, to: Day) -> Vec<Sequence> {
        let known = self.known();
        let (start, end) = (from.min(to), from.max(to));
        let within = relation.relevant().filter(|occurrence| {
            let bounds = occurrence.outcome.bounds;
            bounds.latest > start && bounds.earliest <= end
        });
        let mut entries: Vec<Sequence> = Vec::new();
        for occurrence in within {
            entries.push(occurrence.entry);
            entries.extend(known.corrections(occurrence.entry).filter(|c| known.is_live(*c)));
        }
        // What carried the relation over in between is what made it another pair's.
        let pairs: BTreeSet<Parties> = relation.occurrences.iter().map(|o| o.parties).collect();
        let carried = pairs.into_iter().flat_map(|pair| known.carried_by(pair, relation.parties));
        entries.extend(carried.filter(|entry| {
            let bounds = known.change(*entry).map(|change| change.on.bounds());
            bounds.is_some_and(|bounds| bounds.latest > start && bounds.earliest <= end)
        }));
        let asserted = |day: Day| {
            let open = relation.timeline.on(day).start_not_recorded();
            let both = relation.parties.both().into_iter().filter(move |_| open);
            both.filter_map(|id| known.complete_on(id, relation.axis, day)).collect::<Vec<_>>()
        };
        let (before, after) = (asserted(from), asserted(to));
        if before.is_empty() != after.is_empty() {
            entries.extend(before.into_iter().chain(after));
        }
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// The entries between two positions that bear on the relation of some parties.
    fn recorded_between(&self, sides: &Sides, from: Size, to: Size) -> Vec<Sequence> {
        let known = self.view.known(from.max(to));
        let between = (from.min(to).0..from.max(to).0).map(Sequence);
        between.filter(|sequence| self.bears_on(known, *sequence, sides)).collect()
    }

    /// Whether an entry, or the one that it speaks of, can change the status of a relation.
    fn bears_on(&self, known: Knowledge<'_>, sequence: Sequence, sides: &Sides) -> bool {
        let Some(row) = known.row(sequence) else { return false };
        let axis = self.basis.axis;
        match &row.event {
            Event::Fact(Fact::Act(act)) => {
                // Diplomatic acts may bring consular relations with them.
                sides.relations.contains(&act.parties)
                    && (act.axis == axis || axis == Axis::Consular)
            }
            Event::Fact(Fact::Change(change)) => match &change.change {
                ChangeKind::Continues { successor, .. } => {
                    sides.entities.contains(&change.entity) || sides.entities.contains(successor)
                }
                ChangeKind::Extinguished | ChangeKind::Revived => {
                    sides.entities.contains(&change.entity)
                }
                _ => false,
            },
            Event::Fact(_) | Event::Opening(_) | Event::Erasure(_) => false,
            Event::Correction(_) => self.bears_on(known, self.view.root_of(sequence), sides),
            Event::Claim(_) => {
                self.basis.policy == Policy::AllClaims
                    && self.bears_on(known, self.view.root_of(sequence), sides)
            }
            Event::Retraction(retraction) => self.bears_on(known, retraction.target, sides),
            Event::Assertion(assertion) => {
                let complete = matches!(assertion.assert, Statement::Complete { .. });
                let of = assertion.entities();
                complete
                    && sides.open
                    && assertion.axis == axis
                    && of.iter().any(|entity| sides.entities.contains(entity))
            }
        }
    }
}

/// The relations that one was carried over from, itself among them, and their parties.
struct Sides {
    relations: BTreeSet<Parties>,
    entities: BTreeSet<EntityId>,
    /// Whether the status before the first act is left open, so that an assertion may settle it.
    open: bool,
}

fn carried_from(before: &Relation, after: &Relation, on: Day) -> Sides {
    let carried = before.occurrences.iter().chain(&after.occurrences).map(|o| o.parties);
    let relations: BTreeSet<Parties> = carried.chain([after.parties]).collect();
    let entities = relations.iter().flat_map(|parties| parties.both()).collect();
    let open = [before, after].iter().any(|r| r.timeline.on(on).start_not_recorded());
    Sides { relations, entities, open }
}
