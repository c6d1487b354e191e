//! What a batch makes the rules notice that was not there before. Must not decide what follows from
//! it, other than saying which of it stops a recording.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rayon::prelude::*;

use crate::chain::entry::Entry;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Size;
use crate::view::findings::Finding;
use crate::view::fold::View;
use crate::view::knowledge::Knowledge;

/// From so many relations on, they are judged on all cores.
const JUDGED_APART_MIN: usize = 64;

/// A finding that a batch brings, and the events of the batch that bring it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFinding {
    /// The finding.
    pub finding: Finding,
    /// The positions of those events among the ones given, counted from 0.
    pub positions: Vec<usize>,
    /// Whether one of them says why it is recorded even so.
    pub is_excused: bool,
}

impl fmt::Display for NewFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.finding.kind, self.finding.parties)?;
        if self.finding.axis != Axis::Diplomatic {
            write!(f, ", {} axis", self.finding.axis.as_str())?;
        }
        let events: Vec<String> =
            self.positions.iter().map(|position| (position + 1).to_string()).collect();
        match events.as_slice() {
            [] => Ok(()),
            [one] => write!(f, " (event {one})"),
            several => write!(f, " (events {})", several.join(", ")),
        }
    }
}

/// Returns the findings that stop a recording (domain.md §6) and that entries bring to the relations
/// they touch; `positions` tells where each entry stood among the events given, and `before` how much
/// was known without them.
pub(super) fn brought_by(
    entries: &[&Entry],
    positions: &[usize],
    view: &View,
    before: Size,
) -> Vec<NewFinding> {
    let (known_before, known_after) = (view.known(before), view.known(view.size()));
    let judged = |(parties, axis): (Parties, Axis), touching: &BTreeSet<usize>| {
        let mut stopping = known_after.stopping_findings(parties, axis);
        if !stopping.is_empty() {
            // Most acts bring none, and then it does not matter what there was before.
            let old = known_before.stopping_findings(parties, axis);
            stopping.retain(|finding| old.binary_search(finding).is_err());
        }
        let new = stopping.into_iter().map(|(kind, entry)| {
            let new = Finding { kind, parties, axis, entries: vec![entry] };
            attributed(new, touching, entries, positions)
        });
        new.collect::<Vec<NewFinding>>()
    };
    let touched: Vec<_> = touched(entries, known_after).into_iter().collect();
    match touched.len() < JUDGED_APART_MIN {
        true => touched.iter().flat_map(|(relation, by)| judged(*relation, by)).collect(),
        false => touched.par_iter().flat_map_iter(|(relation, by)| judged(*relation, by)).collect(),
    }
}

/// Names the events that bring a finding: those it rests on, else all that touch the relation.
fn attributed(
    finding: Finding,
    touching: &BTreeSet<usize>,
    entries: &[&Entry],
    positions: &[usize],
) -> NewFinding {
    let rests_on = |index: &usize| {
        entries.get(*index).is_some_and(|entry| finding.entries.contains(&entry.sequence))
    };
    let mut bringing: Vec<usize> = touching.iter().copied().filter(rests_on).collect();
    if bringing.is_empty() {
        bringing = touching.iter().copied().collect();
    }
    let is_excused = bringing
        .iter()
        .any(|index| entries.get(*index).is_some_and(|entry| entry.even_so.is_some()));
    let positions = bringing.iter().filter_map(|index| positions.get(*index).copied()).collect();
    NewFinding { finding, positions, is_excused }
}

/// The relations whose findings may be other ones, each with the entries that touch it. Those that stop a
/// recording are all of acts, so a relation without acts of its own has none, whatever it continues.
fn touched(entries: &[&Entry], known: Knowledge<'_>) -> BTreeMap<(Parties, Axis), BTreeSet<usize>> {
    let mut relation_to_touching: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        for relation in touched_by(known, &entry.event) {
            relation_to_touching.entry(relation).or_default().insert(index);
        }
    }
    relation_to_touching
}

/// What an event touches, or what it corrects or takes back did. References go to earlier entries
/// only, so this ends; there may be far more of them than a stack of calls allows.
fn touched_by<'e>(known: Knowledge<'e>, mut event: &'e Event) -> Vec<(Parties, Axis)> {
    let mut relations = Vec::new();
    loop {
        let (fact, target) = match event {
            Event::Fact(fact) => (Some(fact), None),
            Event::Correction(correction) => (Some(&correction.fact), Some(correction.target)),
            Event::Retraction(retraction) => (None, Some(retraction.target)),
            Event::Opening(_) | Event::Claim(_) | Event::Assertion(_) | Event::Erasure(_) => {
                (None, None)
            }
        };
        relations.extend(fact.into_iter().flat_map(|fact| touched_by_fact(known, fact)));
        // What corrects an act keeps its parties and its axis.
        let target = target.filter(|_| !matches!(fact, Some(Fact::Act(_))));
        let Some(row) = target.and_then(|target| known.row(target)) else {
            return relations;
        };
        event = &row.event;
    }
}

fn touched_by_fact(known: Knowledge<'_>, fact: &Fact) -> Vec<(Parties, Axis)> {
    match fact {
        Fact::Act(act) => {
            let continued = continuing(known, act.parties).into_iter();
            match act.axis {
                Axis::Diplomatic => continued.flat_map(on_both_axes).collect(),
                Axis::Consular => continued.map(|parties| (parties, Axis::Consular)).collect(),
            }
        }
        Fact::Registration(registration) => all_of(known, [registration.id]),
        Fact::Change(change) => match &change.change {
            ChangeKind::Extinguished | ChangeKind::Revived => {
                all_of(known, known.continuing(change.entity))
            }
            ChangeKind::Continues { successor, .. } => {
                // One that is taken back leads no more from the one to the other.
                let [mut all, others] = [change.entity, *successor].map(|id| known.continuing(id));
                all.extend(others);
                all_of(known, all)
            }
            ChangeKind::Renamed { .. }
            | ChangeKind::Code { .. }
            | ChangeKind::Admitted { .. }
            | ChangeKind::Left { .. }
            | ChangeKind::GovernmentChanged { .. }
            | ChangeKind::Succeeds { .. } => Vec::new(),
        },
        Fact::Recognition(_) | Fact::Mission(_) | Fact::Step(_) | Fact::Context(_) => Vec::new(),
    }
}

/// The relations of some entities that have acts of their own.
fn all_of(
    known: Knowledge<'_>,
    entities: impl IntoIterator<Item = EntityId>,
) -> Vec<(Parties, Axis)> {
    let of = |id| {
        let partners = known.acting_partners(id);
        partners.filter_map(move |partner| Parties::new(id, partner).ok()).flat_map(on_both_axes)
    };
    entities.into_iter().flat_map(of).collect()
}

/// A relation that has acts, and those with acts of their own that continue it.
fn continuing(known: Knowledge<'_>, parties: Parties) -> BTreeSet<Parties> {
    let [ones, others] = parties.both().map(|id| known.continuing(id));
    let mut relations = BTreeSet::from([parties]);
    if ones.len() > 1 || others.len() > 1 {
        relations.extend(ones.into_iter().flat_map(|one| {
            let partners = known.acting_partners(one).filter(|partner| others.contains(partner));
            partners.filter_map(move |other| Parties::new(one, other).ok())
        }));
    }
    relations
}

/// A diplomatic act bears on consular relations too, which it may imply.
fn on_both_axes(parties: Parties) -> [(Parties, Axis); 2] {
    [(parties, Axis::Diplomatic), (parties, Axis::Consular)]
}
