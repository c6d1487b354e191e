//! What a batch makes the rules notice that was not there before. Must not decide what follows from
//! it, other than saying which of it stops a recording.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::chain::entry::Entry;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Size;
use crate::view::allowance::Allowance;
use crate::view::each::of_each;
use crate::view::findings::Finding;
use crate::view::fold::View;
use crate::view::knowledge::Knowledge;

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
/// was known without them. Where no more may be looked at, what is found is neither all
/// nor sure to be new.
pub(super) fn brought_by(
    entries: &[&Entry],
    positions: &[usize],
    view: &View,
    before: Size,
    allowance: &Allowance,
) -> Vec<NewFinding> {
    let [known_before, known_after] =
        [before, view.size()].map(|size| view.known(size).within(allowance));
    let touched = Touched::by(entries, known_after);
    let judged = |(parties, axis): (Parties, Axis)| {
        let mut stopping = known_after.stopping_findings(parties, axis);
        if !stopping.is_empty() {
            // Most acts bring none, and then it does not matter what there was before.
            let old = known_before.stopping_findings(parties, axis);
            stopping.retain(|finding| old.binary_search(finding).is_err());
        }
        if stopping.is_empty() {
            return Vec::new();
        }
        let touching = touched.touching(parties, axis);
        let new = stopping.into_iter().map(|(kind, entry)| {
            let new = Finding { kind, parties, axis, entries: vec![entry] };
            attributed(new, &touching, entries, positions)
        });
        new.collect::<Vec<NewFinding>>()
    };
    let new = of_each(touched.relations().into_iter(), |relation| Some(judged(relation)));
    new.into_iter().flatten().collect()
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

/// Whose relations an entry touches, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// Those of one entity.
    Own(EntityId),
    /// And those of all that continue it, also through others.
    Continuing(EntityId),
}

/// The relations whose findings may be other ones, each with the entries that touch it, in order. Those
/// that stop a recording are all of acts, so a relation without acts of its own has none, whatever it
/// continues.
#[derive(Debug)]
struct Touched<'v> {
    known: Knowledge<'v>,
    relation_to_entries: BTreeMap<(Parties, Axis), Vec<usize>>,
    whose_to_entries: BTreeMap<Whose, Vec<usize>>,
}

impl<'v> Touched<'v> {
    fn by(entries: &[&Entry], known: Knowledge<'v>) -> Self {
        let (relation_to_entries, whose_to_entries) = <_>::default();
        let mut touched = Self { known, relation_to_entries, whose_to_entries };
        for (index, entry) in entries.iter().enumerate() {
            touched.add(index, &entry.event);
        }
        touched
    }

    /// What an event touches, or what it corrects or takes back did. References go to earlier entries
    /// only, so this ends.
    fn add(&mut self, index: usize, event: &Event) {
        let (known, mut event) = (self.known, event);
        loop {
            let (fact, target) = match event {
                Event::Fact(fact) => (Some(fact), None),
                Event::Correction(correction) => (Some(&correction.fact), Some(correction.target)),
                Event::Retraction(retraction) => (None, Some(retraction.target)),
                Event::Opening(_) | Event::Claim(_) | Event::Assertion(_) | Event::Erasure(_) => {
                    (None, None)
                }
            };
            fact.into_iter().for_each(|fact| self.add_fact(index, fact));
            // What corrects an act keeps its parties and its axis.
            let target = target.filter(|_| !matches!(fact, Some(Fact::Act(_))));
            let Some(row) = target.and_then(|target| known.row(target)) else { return };
            event = &row.event;
        }
    }

    fn add_fact(&mut self, index: usize, fact: &Fact) {
        match fact {
            Fact::Act(act) => {
                for parties in continuing(self.known, act.parties) {
                    let axes = match act.axis {
                        // It bears on consular relations too, which it may imply.
                        Axis::Diplomatic => &Axis::ALL[..],
                        Axis::Consular => &[Axis::Consular],
                    };
                    for axis in axes {
                        note(&mut self.relation_to_entries, (parties, *axis), index);
                    }
                }
            }
            Fact::Registration(registration) => self.add_all(index, Whose::Own(registration.id)),
            Fact::Change(change) => match &change.change {
                ChangeKind::Extinguished | ChangeKind::Revived => {
                    self.add_all(index, Whose::Continuing(change.entity));
                }
                ChangeKind::Continues { successor, .. } => {
                    // One that is taken back leads no more from the one to the other.
                    self.add_all(index, Whose::Continuing(change.entity));
                    self.add_all(index, Whose::Continuing(*successor));
                }
                ChangeKind::Renamed { .. }
                | ChangeKind::Code { .. }
                | ChangeKind::Admitted { .. }
                | ChangeKind::Left { .. }
                | ChangeKind::GovernmentChanged { .. }
                | ChangeKind::Succeeds { .. } => {}
            },
            Fact::Recognition(_) | Fact::Mission(_) | Fact::Step(_) | Fact::Context(_) => {}
        }
    }

    fn add_all(&mut self, index: usize, whose: Whose) {
        note(&mut self.whose_to_entries, whose, index);
    }

    fn relations(&self) -> BTreeSet<(Parties, Axis)> {
        let whose = || self.whose_to_entries.keys();
        let own = whose().filter_map(|whose| match whose {
            Whose::Own(id) => Some(*id),
            Whose::Continuing(_) => None,
        });
        let continued = whose().filter_map(|whose| match whose {
            Whose::Own(_) => None,
            Whose::Continuing(id) => Some(*id),
        });
        let entities = own.chain(self.known.continuing_any(continued));
        let of_entities = entities.flat_map(|id| {
            let partners = self.known.acting_partners(id);
            partners.filter_map(move |partner| Parties::new(id, partner).ok())
        });
        let on_both_axes =
            of_entities.flat_map(|parties| Axis::ALL.into_iter().map(move |axis| (parties, axis)));
        self.relation_to_entries.keys().copied().chain(on_both_axes).collect()
    }

    /// The entries that touch a relation.
    fn touching(&self, parties: Parties, axis: Axis) -> BTreeSet<usize> {
        let own = self.relation_to_entries.get(&(parties, axis)).into_iter();
        let whose = parties.both().into_iter().flat_map(|id| {
            let continued = self.known.continued_by(id).into_iter().map(Whose::Continuing);
            continued.chain([Whose::Own(id)])
        });
        let of_entities = whose.filter_map(|whose| self.whose_to_entries.get(&whose));
        own.chain(of_entities).flatten().copied().collect()
    }
}

fn note<K: Ord>(entries: &mut BTreeMap<K, Vec<usize>>, what: K, index: usize) {
    let entries = entries.entry(what).or_default();
    if entries.last() != Some(&index) {
        entries.push(index);
    }
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
