//! Findings: what the rules notice about a relation and its acts. They never block the library.

use crate::domain::day::Day;
use crate::domain::editorial::Claim;
use crate::domain::finding::FindingKind;
use crate::domain::period::Period;
use crate::domain::policy::Policy;
use crate::domain::recognition::RecognitionKind;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::Status;
use crate::view::knowledge::Knowledge;
use crate::view::register::may_have_lived;
use crate::view::relation::{Occurred, Occurrence, Relation};
use crate::view::stated::StatedAct;

/// Something odd, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What is odd.
    pub kind: FindingKind,
    /// The relation.
    pub parties: Parties,
    /// On which axis.
    pub axis: Axis,
    /// The entries that it rests on.
    pub entries: Vec<Sequence>,
}

impl Knowledge<'_> {
    /// The findings about one relation, sorted.
    pub fn findings(self, parties: Parties, axis: Axis) -> Vec<Finding> {
        self.plain_findings(parties, axis)
            .unwrap_or_else(|| self.findings_in(&self.relation(parties, axis, Policy::AsStated)))
    }

    /// Those of them that stop a recording, sorted, each with the act that it is about.
    pub fn stopping_findings(self, parties: Parties, axis: Axis) -> Vec<(FindingKind, Sequence)> {
        let stops = FindingKind::stops_recording;
        // All of them are about acts, and about those of this very relation.
        if !self.view.acts.of(parties).any(|act| act.axis() == axis) {
            return Vec::new();
        }
        let mut found = self.plain_findings_of_acts(parties, axis, stops).unwrap_or_else(|| {
            let all = self.findings_in(&self.relation(parties, axis, Policy::AsStated)).into_iter();
            let stopping = all.filter(|finding| stops(finding.kind));
            stopping.filter_map(|found| Some((found.kind, *found.entries.first()?))).collect()
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The findings about a relation that has been solved, sorted.
    pub fn findings_in(self, relation: &Relation) -> Vec<Finding> {
        let (parties, axis) = (relation.parties, relation.axis);
        let one = |kind, entry| Finding { kind, parties, axis, entries: vec![entry] };
        let mut findings: Vec<Finding> =
            relation.findings().map(|(kind, entry)| one(kind, entry)).collect();
        let happened = |act: &StatedAct| {
            let is_it = |o: &Occurrence| o.entry == act.entry && matches!(o.what, Occurred::Act(_));
            relation.occurrences.iter().any(is_it)
        };
        let lifetimes = parties.both().map(|id| self.lifetime(id));
        for act in self.stated_acts(parties, axis).filter(happened) {
            findings
                .extend(self.of_act(&act, lifetimes, |_| true).map(|kind| one(kind, act.entry)));
        }
        let segments = relation.timeline.segments().iter();
        let mut inferred_from: Vec<&[Sequence]> = segments
            .map(|segment| segment.inferred_from(self.is_complete(parties, axis, segment.from)))
            .filter(|entries| !entries.is_empty())
            .collect();
        inferred_from.dedup();
        for entries in inferred_from {
            // An order among acts that were all carried over is inferred where they were recorded.
            if entries.iter().any(|entry| relation.is_own(*entry)) {
                let mut entries = entries.to_vec();
                entries.sort_unstable();
                findings.push(Finding { kind: FindingKind::InferredOrder, parties, axis, entries });
            }
        }
        if axis == Axis::Diplomatic {
            findings.extend(self.withdrawn_while_active(parties, |day| {
                relation.timeline.on(day).begun.certain() == Some(Status::Active)
            }));
        }
        findings.sort_unstable();
        findings.dedup();
        findings
    }

    /// The findings that are wanted of those that an act of parties with such lifetimes gives whatever
    /// else happened.
    pub(in crate::view) fn of_act(
        self,
        act: &StatedAct,
        lifetimes: [Option<&Period>; 2],
        wanted: impl Fn(FindingKind) -> bool,
    ) -> impl Iterator<Item = FindingKind> {
        let bounds = act.bounds;
        let is_outside = lifetimes.into_iter().any(|lifetime| !may_have_lived(lifetime, bounds));
        let conflicts = |(_, claim): (Sequence, &Claim)| {
            let claimed = claim.date.as_ref().map(|date| date.bounds());
            claimed.is_some_and(|claimed| !claimed.overlaps(bounds))
        };
        // Claims are read only for whom it matters.
        let conflicts =
            wanted(FindingKind::DateConflict) && self.rival_claims(act.entry).any(conflicts);
        let kinds = [
            (act.announced, FindingKind::AnnouncementUsed),
            (is_outside, FindingKind::OutsideLifetime),
            (!act.sourced, FindingKind::Unsourced),
            (conflicts, FindingKind::DateConflict),
        ];
        kinds.into_iter().filter_map(move |(is_so, kind)| (is_so && wanted(kind)).then_some(kind))
    }

    /// The recognitions between two that were withdrawn on a day on which relations were active.
    pub(in crate::view) fn withdrawn_while_active(
        self,
        parties: Parties,
        is_active: impl Fn(Day) -> bool,
    ) -> Vec<Finding> {
        let withdrawals = self.recognitions_between(parties).filter(|(_, recognition)| {
            recognition.act == RecognitionKind::Withdrawn && recognition.government.is_none()
        });
        withdrawals
            .filter(|(_, recognition)| {
                let reading = recognition.dates.reading();
                reading.is_some_and(|(_, date)| is_active(date.bounds().latest))
            })
            .map(|(entry, _)| Finding {
                kind: FindingKind::RecognitionWithdrawnWhileActive,
                parties,
                axis: Axis::Diplomatic,
                entries: vec![entry],
            })
            .collect()
    }
}
