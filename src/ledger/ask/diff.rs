//! `diff`: what changed between two points, apart in the world and in our knowledge.

use std::collections::BTreeSet;

use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::event::Event;
use crate::domain::relation::Parties;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::answer::Known;
use crate::ledger::answer::diff::{Changed, Diff};
use crate::ledger::ask::Inquiry;
use crate::view::knowledge::Knowledge;

impl Inquiry {
    /// What changed from an earlier day and position to those of this inquiry, of some entities'
    /// relations or of all.
    pub fn diff(&self, from: Day, from_known: Known, of: &[EntityId]) -> Diff {
        let (earlier, later) = (self.view.known(from_known.size), self.known());
        let to = self.basis.on;
        let (mut knowledge, mut world) = (Vec::new(), Vec::new());
        for parties in self.ever_related(of) {
            let (axis, policy) = (self.basis.axis, self.basis.policy);
            let before = earlier.relation(parties, axis, policy);
            let after = later.relation(parties, axis, policy);
            let first = earlier.statuses(&before, from);
            let middle = later.statuses(&after, from);
            let last = later.statuses(&after, to);
            if first != middle {
                let entries = self.recorded_between(parties, from_known.size, later.size);
                knowledge.push(Changed {
                    relation: parties,
                    before: first,
                    after: middle,
                    entries,
                });
            }
            if middle != last {
                let (start, end) = (from.min(to), from.max(to));
                let within = after.occurrences.iter().filter(|occurrence| {
                    let bounds = occurrence.outcome.bounds;
                    bounds.latest > start && bounds.earliest <= end
                });
                let mut entries: Vec<Sequence> =
                    within.map(|occurrence| occurrence.entry).collect();
                entries.sort_unstable();
                entries.dedup();
                world.push(Changed { relation: parties, before: middle, after: last, entries });
            }
        }
        let basis = self.basis.clone();
        Diff { from, to, from_known, basis, knowledge, world }
    }

    /// The relations that any act or continuation ever touched, as far as all is known.
    fn ever_related(&self, of: &[EntityId]) -> BTreeSet<Parties> {
        let known = self.view.known(self.view.size());
        let mut related: BTreeSet<Parties> = self.view.relations().collect();
        let entities: BTreeSet<EntityId> = related.iter().flat_map(|pair| pair.both()).collect();
        let continued = known.successions().flat_map(|(_, change)| change.change.entities());
        let all: BTreeSet<EntityId> = entities.into_iter().chain(continued).collect();
        for entity in all {
            let partners = known.possible_partners(entity);
            related.extend(partners.into_iter().filter_map(|p| Parties::new(entity, p).ok()));
        }
        related.retain(|pair| of.iter().all(|entity| pair.include(*entity)));
        related
    }

    /// The entries between two positions that speak of a relation or of one of its parties' ends.
    fn recorded_between(&self, parties: Parties, from: Size, to: Size) -> Vec<Sequence> {
        let known = self.view.known(to);
        let between = (from.min(to).0..from.max(to).0).map(Sequence);
        between.filter(|sequence| speaks_of(known, *sequence, parties)).collect()
    }
}

/// Whether an entry, or the one that it speaks of, names both parties, or changes one of them.
fn speaks_of(known: Knowledge<'_>, sequence: Sequence, parties: Parties) -> bool {
    let Some(row) = known.row(sequence) else { return false };
    let names = |entities: &[EntityId]| parties.both().iter().all(|party| entities.contains(party));
    match &row.event {
        Event::Fact(crate::domain::event::Fact::Change(change)) => {
            parties.include(change.entity)
                || change.change.entities().iter().any(|entity| parties.include(*entity))
        }
        Event::Fact(fact) => names(&fact.entities()),
        Event::Correction(_) | Event::Claim(_) => speaks_of(known, row.root, parties),
        Event::Retraction(retraction) => speaks_of(known, retraction.target, parties),
        Event::Assertion(assertion) => {
            assertion.entities().iter().any(|entity| parties.include(*entity))
        }
        Event::Opening(_) | Event::Erasure(_) => false,
    }
}
