//! `history`: what happened to a relation, or to all of one entity, in the order of the world.

use std::collections::BTreeMap;

use crate::domain::act::{Act, By};
use crate::domain::edtf::Edtf;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::history::{
    Happening, History, HistoryAct, HistoryClaim, HistoryOf, Replaced,
};
use crate::ledger::ask::Inquiry;
use crate::ledger::error::LedgerError;
use crate::view::each::of_each;
use crate::view::relation::{Occurred, Occurrence, Relation};

impl Inquiry {
    /// What happened between two entities.
    pub fn history_of_relation(&self, parties: Parties) -> History {
        let mut acts = self.happened(&self.relation(parties));
        sort(&mut acts);
        History { of: HistoryOf::Relation(parties), basis: self.basis.clone(), acts }
    }

    /// What happened to all relations of an entity; what was carried over is told once.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn history_of_entity(&self, entity: EntityId) -> Result<History, LedgerError> {
        let StatedBasis { axis, policy, .. } = self.basis;
        let mut by_entry: BTreeMap<(Sequence, Parties), HistoryAct> = BTreeMap::new();
        self.allowed(|allowance| {
            let known = self.known().within(allowance);
            let happened = of_each(known.possible_partners(entity).into_iter(), |other| {
                let parties = Parties::new(entity, other).ok()?;
                Some(self.happened(&known.relation(parties, axis, policy)))
            });
            for act in happened.into_iter().flatten() {
                by_entry.entry((act.entry, act.relation)).or_insert(act);
            }
        })?;
        let mut acts: Vec<HistoryAct> = by_entry.into_values().collect();
        sort(&mut acts);
        Ok(History { of: HistoryOf::Entity(entity), basis: self.basis.clone(), acts })
    }

    fn happened(&self, relation: &Relation) -> Vec<HistoryAct> {
        let live = relation.relevant().filter_map(|o| self.occurred(relation, o));
        live.chain(self.retracted(relation)).collect()
    }

    fn occurred(&self, relation: &Relation, occurrence: &Occurrence) -> Option<HistoryAct> {
        let entry = occurrence.entry;
        let (reading, date) = self.stated_date(entry)?;
        let known = self.known();
        let (act, by) = match (occurrence.what, known.act(entry)) {
            // What came with a diplomatic act is told by the status after it.
            (Occurred::Act(kind), Some(act)) => (Happening::Act(kind), actors(act)),
            (Occurred::Implied, Some(act)) => (Happening::Act(act.act), actors(act)),
            _ => (change_kind(&known.change(entry)?.change)?, Vec::new()),
        };
        Some(HistoryAct {
            entry,
            act,
            by,
            date: date.clone(),
            reading,
            earliest: occurrence.outcome.bounds.earliest,
            latest: occurrence.outcome.bounds.latest,
            status_after: occurrence.outcome.after,
            claims: self.claims_about(entry),
            corrected_by: known.corrections(entry).filter(|c| known.is_live(*c)).collect(),
            replaced: self.replaced(entry),
            retracted_by: None,
            findings: relation
                .findings()
                .filter(|(_, of)| *of == entry)
                .map(|(finding, _)| finding)
                .collect(),
            relation: occurrence.parties,
        })
    }

    /// The acts of the relation that have been taken back, as they last read.
    fn retracted(&self, relation: &Relation) -> Vec<HistoryAct> {
        let known = self.known();
        let told = |entry: Sequence| {
            let retraction = known.retracted_by(entry)?;
            let Event::Fact(Fact::Act(act)) = &known.row(entry)?.event else { return None };
            let (reading, date) = act.dates.reading()?;
            let bounds = date.bounds();
            (act.axis == relation.axis).then(|| HistoryAct {
                entry,
                act: Happening::Act(act.act),
                by: actors(act),
                date: date.clone(),
                reading,
                earliest: bounds.earliest,
                latest: bounds.latest,
                status_after: known.statuses(relation, bounds.latest),
                claims: self.claims_about(entry),
                corrected_by: known.corrections(entry).collect(),
                replaced: Vec::new(),
                retracted_by: Some(retraction),
                findings: Vec::new(),
                relation: act.parties,
            })
        };
        known.recorded_acts(relation.parties).filter_map(told).collect()
    }

    /// What an act or change said before its last live correction, and what corrections said that
    /// were taken back.
    fn replaced(&self, root: Sequence) -> Vec<Replaced> {
        let known = self.known();
        let corrections: Vec<Sequence> = known.corrections(root).collect();
        let live = |entry: &Sequence| known.is_live(*entry);
        let said = std::iter::once(root).chain(corrections.iter().copied());
        said.filter_map(|entry| {
            let retracted_by = if entry == root { None } else { known.retracted_by(entry) };
            let mut later = corrections.iter().copied().filter(|other| *other > entry);
            let replaced_by = if retracted_by.is_none() { later.find(live) } else { None };
            replaced_by.or(retracted_by)?;
            let (act, date) = match &known.row(entry)?.event {
                Event::Fact(fact) => said_of(fact)?,
                Event::Correction(correction) => said_of(&correction.fact)?,
                _ => return None,
            };
            Some(Replaced { entry, act, date: date.clone(), replaced_by, retracted_by })
        })
        .collect()
    }

    fn claims_about(&self, entry: Sequence) -> Vec<HistoryClaim> {
        let known = self.known();
        known
            .claims(entry)
            .map(|(sequence, claim)| HistoryClaim {
                entry: sequence,
                role: claim.role,
                date: claim.date.clone(),
                says: claim.says,
                wording: claim.wording.clone(),
                standing: claim.standing,
                retracted_by: known.retracted_by(sequence),
            })
            .collect()
    }
}

/// What a fact says was done to a relation, and when.
fn said_of(fact: &Fact) -> Option<(Happening, &Edtf)> {
    match fact {
        Fact::Act(act) => Some((Happening::Act(act.act), act.dates.reading()?.1)),
        Fact::Change(change) => Some((change_kind(&change.change)?, &change.on)),
        _ => None,
    }
}

fn sort(acts: &mut [HistoryAct]) {
    acts.sort_by_key(|act| (act.earliest, act.latest, act.retracted_by.is_some(), act.entry));
}

fn actors(act: &Act) -> Vec<EntityId> {
    match act.by {
        By::Both => act.parties.both().to_vec(),
        By::One(entity) => vec![entity],
        By::Nobody | By::Unknown => Vec::new(),
    }
}

fn change_kind(change: &ChangeKind) -> Option<Happening> {
    match change {
        ChangeKind::Continues { .. } => Some(Happening::Continues),
        ChangeKind::Extinguished => Some(Happening::Extinguished),
        ChangeKind::Revived => Some(Happening::Revived),
        _ => None,
    }
}
