//! What is live at a position of the log, and which value each fact has there (domain.md §8).

use std::collections::BTreeSet;
use std::ops::Range;

use crate::domain::act::{Act, Step};
use crate::domain::assertion::Assertion;
use crate::domain::day::Day;
use crate::domain::editorial::Claim;
use crate::domain::entity::{Change, ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::recognition::{Mission, Recognition};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::{Sequence, Size};
use crate::view::allowance::Allowance;
use crate::view::fold::View;
use crate::view::packed::{Other, PackedAct};
use crate::view::rows::Row;
use crate::view::stated::StatedAct;

/// The view as it was known at a size of the log.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a> {
    pub(in crate::view) view: &'a View,
    allowance: Option<&'a Allowance>,
    /// How much of the log is known.
    pub size: Size,
}

impl View {
    /// The view as it was known at a size; a larger size than that of the log means all of it.
    pub fn known(&self, size: Size) -> Knowledge<'_> {
        Knowledge { view: self, allowance: None, size: size.min(self.size()) }
    }
}

impl<'a> Knowledge<'a> {
    /// The same, to be looked at as far as is allowed.
    pub fn within<'b>(self, allowance: &'b Allowance) -> Knowledge<'b>
    where
        'a: 'b,
    {
        Knowledge { allowance: Some(allowance), ..self }
    }

    /// Whether more was to be looked at than is allowed.
    pub(in crate::view) fn is_used_up(self) -> bool {
        self.allowance.is_some_and(Allowance::is_used_up)
    }

    /// Notes what was looked at.
    pub(in crate::view) fn take(self, steps: u64) {
        if let Some(allowance) = self.allowance {
            allowance.take(steps);
        }
    }

    /// What is kept of an entry, if it is known.
    pub fn row(self, sequence: Sequence) -> Option<&'a Row> {
        if self.size.includes(sequence) { self.view.row(sequence) } else { None }
    }

    /// The retraction that takes an entry back, if one is live.
    pub fn retracted_by(self, sequence: Sequence) -> Option<Sequence> {
        self.retractions(sequence).iter().copied().find(|r| !self.is_retracted(*r, None))
    }

    /// Says whether an entry is known and not taken back, nor what it corrects or speaks of.
    pub fn is_live(self, sequence: Sequence) -> bool {
        self.would_be_live(sequence, None)
    }

    /// Says whether an entry would be live if another were taken back.
    pub(in crate::view) fn would_be_live(
        self,
        sequence: Sequence,
        without: Option<Sequence>,
    ) -> bool {
        let root = self.view.root_of(sequence);
        self.size.includes(sequence)
            && !self.is_retracted(sequence, without)
            && (root == sequence || !self.is_retracted(root, without))
    }

    /// The known retractions of an entry, live or not, in the order of recording.
    fn retractions(self, target: Sequence) -> &'a [Sequence] {
        // Most have none, and whoever reads a log asks about each.
        if !self.view.replaced.has(target) {
            return &[];
        }
        let all = self.view.target_to_retractions.get(&target).map_or(&[][..], |all| all);
        &all[..all.partition_point(|retraction| self.size.includes(*retraction))]
    }

    /// How many retractions an entry has, those of its retractions included, live or not.
    pub(in crate::view) fn retraction_count(self, sequence: Sequence) -> usize {
        let (mut count, mut queue) = (0, vec![sequence]);
        while let Some(entry) = queue.pop() {
            let retractions = self.retractions(entry);
            count += retractions.len();
            queue.extend(retractions);
        }
        count
    }

    /// Says whether a live retraction targets an entry, or it is the one to be left out. In a log that
    /// nobody has verified retractions of retractions may follow one another far deeper than a stack of
    /// calls allows.
    fn is_retracted(self, sequence: Sequence, without: Option<Sequence>) -> bool {
        let own = self.retractions(sequence);
        if own.is_empty() {
            return without == Some(sequence);
        }
        let mut path = vec![(sequence, own)];
        let mut judged_live = None;
        while let Some((entry, left)) = path.last_mut() {
            let is_live = match (judged_live.take(), left.split_first()) {
                _ if without == Some(*entry) => false,
                (Some(true), _) => false,
                (_, None) => true,
                (_, Some((retraction, rest))) => {
                    *left = rest;
                    path.push((*retraction, self.retractions(*retraction)));
                    continue;
                }
            };
            path.pop();
            judged_live = Some(is_live);
        }
        judged_live == Some(false)
    }

    /// The known corrections of a fact, live or not, in the order of recording.
    pub fn corrections(self, root: Sequence) -> impl Iterator<Item = Sequence> + 'a {
        let all = self.view.corrections.of(root).into_iter();
        all.filter(move |sequence| self.size.includes(*sequence))
    }

    /// The known claims about a fact, live or not, in the order of recording.
    pub fn claims(self, root: Sequence) -> impl Iterator<Item = (Sequence, &'a Claim)> + 'a {
        let all = self.view.claims.of(root).into_iter();
        all.filter(move |sequence| self.size.includes(*sequence)).filter_map(move |sequence| {
            match &self.view.row(sequence)?.event {
                Event::Claim(claim) => Some((sequence, claim)),
                _ => None,
            }
        })
    }

    /// The value of a fact: that of its last live correction, else its own; none when it is not live.
    pub fn fact(self, root: Sequence) -> Option<&'a Fact> {
        if !self.is_live(root) {
            return None;
        }
        let last = self.corrections(root).filter(|sequence| self.is_live(*sequence)).last();
        match &self.row(last.unwrap_or(root))?.event {
            Event::Fact(fact) => Some(fact),
            Event::Correction(correction) => Some(&correction.fact),
            _ => None,
        }
    }

    /// The value of an act.
    pub fn act(self, root: Sequence) -> Option<&'a Act> {
        match self.fact(root)? {
            Fact::Act(act) => Some(act),
            _ => None,
        }
    }

    /// The value of a change.
    pub fn change(self, root: Sequence) -> Option<&'a Change> {
        match self.fact(root)? {
            Fact::Change(change) => Some(change),
            _ => None,
        }
    }

    /// The live acts between two entities on an axis, in the order of recording.
    pub fn acts(
        self,
        parties: Parties,
        axis: Axis,
    ) -> impl Iterator<Item = (Sequence, &'a Act)> + 'a {
        self.recorded_acts(parties)
            .filter_map(move |root| Some((root, self.act(root)?)))
            .filter(move |(_, act)| act.axis == axis)
    }

    /// The acts between two entities, live or not, in the order of recording.
    pub fn recorded_acts(self, parties: Parties) -> impl Iterator<Item = Sequence> + 'a {
        let mut all: Vec<Sequence> = self.view.acts.of(parties).map(|act| act.sequence()).collect();
        all.retain(|root| self.size.includes(*root));
        all.sort_unstable();
        all.into_iter()
    }

    /// The live acts between two entities on an axis, as far as status is concerned, in no order.
    pub(in crate::view) fn stated_acts(
        self,
        parties: Parties,
        axis: Axis,
    ) -> impl Iterator<Item = StatedAct> + 'a {
        let known = move |act: &PackedAct| self.size.includes(act.sequence()) && act.axis() == axis;
        let packed = self.view.acts.of(parties).filter(known);
        packed.filter_map(move |act| self.stated(parties, act))
    }

    /// What a live act says now: by its hot fields, where no vaguer date asks for its text.
    fn stated(self, parties: Parties, recorded: PackedAct) -> Option<StatedAct> {
        let packed = self.as_corrected(parties, recorded)?;
        match packed.day() {
            Some(day) => Some(StatedAct::plain(parties, packed, day)),
            None => StatedAct::read(self, packed.sequence(), self.act(packed.sequence())?),
        }
    }

    /// What an act between two says now; without a day where only its text tells. None when it is not
    /// live.
    pub(in crate::view) fn as_corrected(
        self,
        parties: Parties,
        recorded: PackedAct,
    ) -> Option<PackedAct> {
        let root = recorded.sequence();
        if !self.view.replaced.has(root) {
            return Some(recorded);
        }
        if !self.is_live(root) {
            return None;
        }
        let mut live = self.corrections(root).filter(|correction| self.is_live(*correction));
        let corrected = live.try_fold(recorded, |before, correction| {
            let (of, now) = self.view.correction_to_act.get(&correction)?;
            // In a log that nobody has verified it may speak of others, or of another axis.
            (*of == parties && now.axis() == before.axis()).then(|| now.sourced_as(before))
        });
        Some(corrected.unwrap_or(recorded.without_day()))
    }

    /// The live changes of an entity, in the order of recording.
    pub fn changes(self, entity: EntityId) -> impl Iterator<Item = (Sequence, &'a Change)> + 'a {
        let all = self.view.entity_to_changes.get(&entity).into_iter().flatten().copied();
        all.filter_map(move |root| Some((root, self.change(root)?)))
    }

    /// The live continuations of all entities, in the order of recording.
    pub fn continuations(self) -> impl Iterator<Item = (Sequence, &'a Change)> + 'a {
        // A correction may have named another successor.
        let all: BTreeSet<Sequence> =
            self.view.continuations.keys().map(|(_, root)| *root).collect();
        all.into_iter().filter_map(move |root| Some((root, self.change(root)?)))
    }

    /// The live changes by which an entity continues others, in the order of recording.
    pub(in crate::view) fn continuations_by(
        self,
        successor: EntityId,
    ) -> impl Iterator<Item = &'a Change> + 'a {
        let range = (successor, Sequence(0))..=(successor, Sequence(u64::MAX));
        let all = self.view.continuations.range(range).map(|((_, root), _)| *root);
        all.filter_map(move |root| self.change(root))
            .filter(move |change| change.change.continued_by() == Some(successor))
    }

    /// The live changes by which one entity continues or succeeds another.
    pub fn successions(self) -> impl Iterator<Item = (Sequence, &'a Change)> + 'a {
        let all = self.view.entity_to_changes.values().flatten().copied();
        all.filter_map(move |root| Some((root, self.change(root)?))).filter(|(_, change)| {
            matches!(change.change, ChangeKind::Continues { .. } | ChangeKind::Succeeds { .. })
        })
    }

    /// The live steps between two entities, in the order of recording.
    pub fn steps(self, parties: Parties) -> impl Iterator<Item = (Sequence, &'a Step)> + 'a {
        let all = self.view.acts.others(parties, Other::Step);
        all.into_iter().filter_map(move |root| match self.fact(root)? {
            Fact::Step(step) => Some((root, step)),
            _ => None,
        })
    }

    /// The live recognitions of an entity and by it, in the order of recording.
    pub fn recognitions(
        self,
        entity: EntityId,
    ) -> impl Iterator<Item = (Sequence, &'a Recognition)> + 'a {
        let all = self.view.acts.others_of(entity, Other::Recognition);
        all.into_iter().filter_map(move |root| Some((root, self.recognition(root)?)))
    }

    /// The live recognitions between two entities, in the order of recording.
    pub fn recognitions_between(
        self,
        parties: Parties,
    ) -> impl Iterator<Item = (Sequence, &'a Recognition)> + 'a {
        let all = self.view.acts.others(parties, Other::Recognition);
        all.into_iter().filter_map(move |root| Some((root, self.recognition(root)?)))
    }

    fn recognition(self, root: Sequence) -> Option<&'a Recognition> {
        match self.fact(root)? {
            Fact::Recognition(recognition) => Some(recognition),
            _ => None,
        }
    }

    /// The live facts about missions that an entity sends or receives, in the order of recording.
    pub fn missions(self, entity: EntityId) -> impl Iterator<Item = (Sequence, &'a Mission)> + 'a {
        let all = self.view.acts.others_of(entity, Other::Mission);
        all.into_iter().filter_map(move |root| match self.fact(root)? {
            Fact::Mission(mission) => Some((root, mission)),
            _ => None,
        })
    }

    /// The live assertions, in the order of recording.
    pub fn assertions(self) -> impl Iterator<Item = (Sequence, &'a Assertion)> + 'a {
        self.view.assertions.iter().filter(move |sequence| self.is_live(**sequence)).filter_map(
            move |sequence| match &self.row(*sequence)?.event {
                Event::Assertion(assertion) => Some((*sequence, assertion)),
                _ => None,
            },
        )
    }

    /// The days from which an assertion, live or not, that every act of an entity on an axis is in the
    /// ledger begins or ends to hold.
    pub fn days_of_completeness(self, entity: EntityId, axis: Axis) -> Vec<Day> {
        let mut days = Vec::new();
        self.find_complete(entity, axis, |_, from, to| {
            days.extend([Some(from), to.next()].into_iter().flatten());
            None::<()>
        });
        days
    }

    /// Looks through the assertions that every act of an entity on an axis is in the ledger, in the order
    /// of recording: the entry, the first and the last day. What is found of a live one counts.
    fn find_complete<F>(
        self,
        entity: EntityId,
        axis: Axis,
        mut found: impl FnMut(Sequence, Day, Day) -> Option<F>,
    ) -> Option<F> {
        let view = self.view;
        if view.assertions.is_empty() {
            return None;
        }
        let told = |range: Range<u64>| {
            let first = view.assertions.partition_point(|sequence| sequence.0 < range.start);
            let new = view.assertions.get(first..).unwrap_or_default().iter();
            let new = new.take_while(|sequence| range.contains(&sequence.0));
            let complete = new.filter_map(|sequence| match &view.row(*sequence)?.event {
                Event::Assertion(assertion) => {
                    assertion.complete().map(|(of, days)| (of, *sequence, days))
                }
                _ => None,
            });
            complete.collect()
        };
        view.complete.find(&(entity, axis), self.size, told, |(sequence, (from, to))| {
            let found = found(sequence, from, to)?;
            self.is_live(sequence).then_some(found)
        })
    }

    /// The live changes that bear on all relations of an entity, in the order of recording.
    pub(in crate::view) fn turning_changes(
        self,
        entity: EntityId,
    ) -> impl Iterator<Item = (Sequence, &'a Change)> + 'a {
        let all = self.view.entity_to_turns.get(&entity).into_iter().flatten().copied();
        // A correction is kept with the change that it corrects.
        let all: BTreeSet<Sequence> = all.collect();
        let live = all.into_iter().filter_map(move |root| Some((root, self.change(root)?)));
        live.filter(move |(_, change)| change.entity == entity)
    }

    /// The live assertion that every act of an entity on a day is in the ledger.
    pub fn complete_on(self, entity: EntityId, axis: Axis, day: Day) -> Option<Sequence> {
        self.find_complete(entity, axis, |sequence, from, to| {
            (from <= day && day <= to).then_some(sequence)
        })
    }
}
