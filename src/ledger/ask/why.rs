//! `show --why`: the entries behind an answer, what they replaced and what caused them, as a tree.

use std::collections::BTreeSet;

use crate::domain::editorial::Standing;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::ledger::answer::conflict::Verdict;
use crate::ledger::answer::why::{Part, Reason, Why};
use crate::ledger::ask::Inquiry;
use crate::view::relation::{Occurrence, Relation};

/// So deep the causes of causes are told; what is behind a deeper one, that entry tells.
const CAUSES_DEEP_MAX: usize = 32;

impl Inquiry {
    /// What makes the status of a relation what it is on the day.
    pub fn why(&self, parties: Parties) -> Why {
        let (known, on) = (self.known(), self.basis.on);
        let relation = self.relation(parties);
        let status = known.statuses(&relation, on);
        let segment = relation.timeline.on(on);
        let since = segment.since.filter(|_| status.certain().is_some());
        let began = since.and_then(|entry| relation.occurrence(entry));
        let by_then = relation.relevant().rev();
        let by_then = by_then.filter(|occurrence| occurrence.outcome.bounds.earliest <= on);
        let mut told = BTreeSet::new();
        let mut reasons: Vec<Reason> = by_then
            .map(|occurrence| {
                let part = self.part(occurrence, began);
                self.reason(&relation, occurrence, part, &mut told)
            })
            .collect();
        reasons.sort_by_key(|reason| reason.part);
        if !segment.prior.is_empty() {
            let complete = parties.both().into_iter();
            let complete = complete.filter_map(|id| known.complete_on(id, relation.axis, on));
            reasons.extend(complete.map(|entry| leaf(entry, Part::NothingElse)));
        }
        Why { relation: parties, basis: self.basis.clone(), status, reasons }
    }

    fn part(&self, occurrence: &Occurrence, began: Option<&Occurrence>) -> Part {
        let days = |occurrence: &Occurrence| occurrence.outcome.bounds;
        match began {
            Some(began) if began.entry == occurrence.entry => Part::Began,
            Some(began) if days(occurrence).latest <= days(began).earliest => Part::Earlier,
            Some(_) => Part::LeftAsItWas,
            None if days(occurrence).contains(self.basis.on) => Part::MayDecide,
            None => Part::Earlier,
        }
    }

    fn reason(
        &self,
        relation: &Relation,
        occurrence: &Occurrence,
        part: Part,
        told: &mut BTreeSet<Sequence>,
    ) -> Reason {
        let (known, entry) = (self.known(), occurrence.entry);
        let corrections = known.corrections(entry).filter(|c| known.is_live(*c));
        let mut reasons: Vec<Reason> = corrections.map(|c| leaf(c, Part::Corrects)).collect();
        if let Some(conflict) = known.act(entry).and_then(|act| self.accounts(entry, act)) {
            let rivals = conflict.accounts.iter().filter(|a| a.standing == Standing::Rival);
            reasons.extend(rivals.map(|account| match account.verdict {
                Verdict::Confirms => leaf(account.entry, Part::Confirms),
                _ => leaf(account.entry, Part::Disputes),
            }));
        }
        let carried = known.carried_by(occurrence.parties, relation.parties);
        reasons.extend(carried.into_iter().map(|entry| leaf(entry, Part::CarriedOver)));
        reasons.extend(self.causes(entry, CAUSES_DEEP_MAX, told));
        Reason { entry, part, reasons }
    }

    /// The causes of a fact, and theirs in turn where these have not been told elsewhere in the answer
    /// and do not lie too deep.
    fn causes(&self, entry: Sequence, deep: usize, told: &mut BTreeSet<Sequence>) -> Vec<Reason> {
        let because = self.known().fact(entry).map_or(&[][..], |fact| fact.because());
        let causes = because.iter().map(|cause| {
            let is_told = deep == 0 || !told.insert(*cause);
            let reasons = if is_told { Vec::new() } else { self.causes(*cause, deep - 1, told) };
            Reason { entry: *cause, part: Part::Because, reasons }
        });
        causes.collect()
    }
}

fn leaf(entry: Sequence, part: Part) -> Reason {
    Reason { entry, part, reasons: Vec::new() }
}
