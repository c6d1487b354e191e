//! What each entry of a batch changed. The entries between have no say, for a batch is known whole or
//! not at all; so each relation is solved once with the batch, and once without where that matters.

use std::collections::BTreeMap;

use crate::chain::entry::Entry;
use crate::domain::act::Act;
use crate::domain::day::{Bounds, Day};
use crate::domain::event::{Event, Fact};
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::{Sequence, Size};
use crate::domain::status::StatusSet;
use crate::view::allowance::Allowance;
use crate::view::fold::View;
use crate::view::plain::AsOf;

/// What an act changed of its relation, or a correction or retraction of what was known of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// Between whom.
    pub parties: Parties,
    /// On which axis.
    pub axis: Axis,
    /// For an act, what the relation may have been on the day before any on which it may have taken
    /// effect; else on the day of the act that is spoken of, as known before the batch.
    pub before: StatusSet,
    /// What it may have been on the last day on which the act may have taken effect, as known with the
    /// batch.
    pub after: StatusSet,
}

/// So many relations are kept in hand.
const RELATIONS_KEPT_MAX: usize = 256;

/// A view to which a batch was added, with the relations that have been taken in hand.
pub(super) struct Changes<'v> {
    view: &'v View,
    before: Size,
    allowance: &'v Allowance,
    relations: BTreeMap<(Size, Parties, Axis), AsOf>,
}

impl<'v> Changes<'v> {
    /// Says what was added to a view that had so many entries, as far as is allowed.
    pub(super) fn since(before: Size, view: &'v View, allowance: &'v Allowance) -> Self {
        Self { view, before, allowance, relations: BTreeMap::new() }
    }

    /// What an entry changed; none when it bears on no act whose days are told, or no more may be
    /// looked at.
    pub(super) fn by(&mut self, entry: &Entry) -> Option<StatusChange> {
        let change = match &entry.event {
            Event::Fact(Fact::Act(act)) => self.by_act(act),
            Event::Correction(correction) => self.about(correction.target),
            Event::Retraction(retraction) => self.about(retraction.target),
            _ => None,
        };
        change.filter(|_| !self.allowance.is_used_up())
    }

    fn by_act(&mut self, act: &Act) -> Option<StatusChange> {
        let (parties, axis, with_it) = (act.parties, act.axis, self.view.size());
        let bounds = bounds(act)?;
        let earlier = bounds.earliest.previous().unwrap_or(Day::FIRST);
        let before = self.statuses(with_it, act, earlier);
        let after = self.statuses(with_it, act, last_day(bounds));
        Some(StatusChange { parties, axis, before, after })
    }

    /// What changed about the act of an entry: on its day as it is known now, or as it was known
    /// before, whichever shows it. What is said of a claim changes nothing.
    fn about(&mut self, entry: Sequence) -> Option<StatusChange> {
        let (view, root) = (self.view, self.view.root_of(entry));
        let is_claim = matches!(view.row(entry)?.event, Event::Claim(_));
        let sizes = [if is_claim { view.size() } else { self.before }, view.size()];
        let accounts = sizes.iter().rev().filter_map(|size| view.known(*size).act(root));
        let changes = accounts.filter_map(|act| {
            let (parties, axis, on) = (act.parties, act.axis, last_day(bounds(act)?));
            let [before, after] = sizes.map(|size| self.statuses(size, act, on));
            Some(StatusChange { parties, axis, before, after })
        });
        let changes: Vec<StatusChange> = changes.collect();
        changes.iter().find(|change| change.before != change.after).or(changes.first()).copied()
    }

    /// What the relation of an act may have been on a day, as known at a size.
    fn statuses(&mut self, size: Size, act: &Act, on: Day) -> StatusSet {
        let (view, parties, axis) = (self.view, act.parties, act.axis);
        if RELATIONS_KEPT_MAX <= self.relations.len() {
            self.relations.clear();
        }
        let relation = self.relations.entry((size, parties, axis));
        let known = view.known(size).within(self.allowance);
        let relation = relation.or_insert_with(|| known.as_of(parties, axis, Policy::AsStated));
        relation.statuses(on)
    }
}

/// The days on which an act may have taken effect.
fn bounds(act: &Act) -> Option<Bounds> {
    act.dates.reading().map(|(_, date)| date.bounds())
}

/// The last of them, or where there is no last the first.
fn last_day(bounds: Bounds) -> Day {
    if bounds.latest == Day::LAST { bounds.earliest } else { bounds.latest }
}
