//! Findings: what the rules notice about a relation and its acts. They never block the library.

use crate::domain::date_roles::Role;
use crate::domain::finding::FindingKind;
use crate::domain::policy::Policy;
use crate::domain::recognition::RecognitionKind;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::Status;
use crate::view::knowledge::Knowledge;
use crate::view::relation::{Occurred, Relation};

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
        self.findings_in(&self.relation(parties, axis, Policy::AsStated))
    }

    /// The findings about a relation that has been solved, sorted.
    pub fn findings_in(self, relation: &Relation) -> Vec<Finding> {
        let (parties, axis) = (relation.parties, relation.axis);
        let one = |kind, entry| Finding { kind, parties, axis, entries: vec![entry] };
        let mut findings: Vec<Finding> =
            relation.findings().map(|(kind, entry)| one(kind, entry)).collect();
        let acts = relation.occurrences.iter().filter(|occurrence| {
            matches!(occurrence.what, Occurred::Act(_)) && occurrence.parties == parties
        });
        let entries = acts.map(|occurrence| occurrence.entry);
        for entry in entries.filter(|entry| self.act(*entry).is_some_and(|act| act.axis == axis)) {
            findings.extend(self.of_act(entry).into_iter().map(|kind| one(kind, entry)));
        }
        for segment in relation.timeline.segments() {
            // An order among acts that were all carried over is inferred where they were recorded.
            let complete = self.is_complete(parties, axis, segment.from);
            let inferred_from = segment.inferred_from(complete);
            if inferred_from.iter().any(|entry| relation.is_own(*entry)) {
                let kind = FindingKind::InferredOrder;
                findings.push(Finding { kind, parties, axis, entries: inferred_from.to_vec() });
            }
        }
        if axis == Axis::Diplomatic {
            findings.extend(self.withdrawn_while_active(relation));
        }
        findings.sort_unstable();
        findings.dedup();
        findings
    }

    /// The findings that an act gives whatever else happened.
    fn of_act(self, entry: Sequence) -> Vec<FindingKind> {
        let mut kinds = Vec::new();
        let Some(act) = self.act(entry) else { return kinds };
        let Some((role, date)) = act.dates.reading() else { return kinds };
        let bounds = date.bounds();
        if role == Role::Announced {
            kinds.push(FindingKind::AnnouncementUsed);
        }
        let both = act.parties.both();
        if both.iter().any(|id| !self.may_have_existed(*id, bounds.earliest, bounds.latest)) {
            kinds.push(FindingKind::OutsideLifetime);
        }
        let sourced = |entry| self.row(entry).is_some_and(|row| row.sourced);
        let corrections = self.corrections(entry).filter(|correction| self.is_live(*correction));
        if !std::iter::once(entry).chain(corrections).any(sourced) {
            kinds.push(FindingKind::Unsourced);
        }
        let conflicts = self.rival_claims(entry).any(|(_, claim)| {
            let claimed = claim.date.as_ref().map(|date| date.bounds());
            claimed.is_some_and(|claimed| !claimed.overlaps(bounds))
        });
        if conflicts {
            kinds.push(FindingKind::DateConflict);
        }
        kinds
    }

    fn withdrawn_while_active(self, relation: &Relation) -> Vec<Finding> {
        let withdrawals = self.recognitions().filter(|(_, recognition)| {
            recognition.act == RecognitionKind::Withdrawn
                && recognition.government.is_none()
                && relation.parties.include(recognition.by)
                && relation.parties.include(recognition.of)
        });
        withdrawals
            .filter(|(_, recognition)| {
                recognition.dates.reading().is_some_and(|(_, date)| {
                    let day = date.bounds().latest;
                    relation.timeline.on(day).begun.certain() == Some(Status::Active)
                })
            })
            .map(|(entry, _)| Finding {
                kind: FindingKind::RecognitionWithdrawnWhileActive,
                parties: relation.parties,
                axis: relation.axis,
                entries: vec![entry],
            })
            .collect()
    }
}
