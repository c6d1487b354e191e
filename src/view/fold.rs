//! The view: entries folded one by one into what answers need. `apply` cannot fail, and is the same
//! for replay and for what was just recorded.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::sync::Arc;

use crate::chain::entry::Entry;
use crate::chain::millis::Millis;
use crate::domain::editorial::Correction;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact, Opening};
use crate::domain::relation::Parties;
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::Key;

/// What the view keeps of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it says.
    pub event: Event,
    /// When it was recorded.
    pub recorded_at: Millis,
    /// Whether it names a source.
    pub sourced: bool,
    /// How many attachments it has.
    pub attachment_count: usize,
    /// The fact it corrects or speaks of, through earlier corrections; itself for all others.
    pub root: Sequence,
}

/// Entries folded into what answers need.
///
/// Lists hold the numbers of entries in the order of recording. What is live among them depends on
/// how much is known: see [`crate::view::knowledge::Knowledge`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    pub(in crate::view) rows: Vec<Arc<Row>>,
    pub(in crate::view) key_to_sequence: BTreeMap<Key, Sequence>,
    pub(in crate::view) entity_to_registrations: BTreeMap<EntityId, Vec<Sequence>>,
    pub(in crate::view) entity_to_changes: BTreeMap<EntityId, Vec<Sequence>>,
    pub(in crate::view) continuations: BTreeSet<Sequence>,
    pub(in crate::view) parties_to_acts: BTreeMap<Parties, Vec<Sequence>>,
    pub(in crate::view) parties_to_steps: BTreeMap<Parties, Vec<Sequence>>,
    pub(in crate::view) entity_to_partners: BTreeMap<EntityId, BTreeSet<EntityId>>,
    pub(in crate::view) recognitions: Vec<Sequence>,
    pub(in crate::view) missions: Vec<Sequence>,
    pub(in crate::view) contexts: Vec<Sequence>,
    pub(in crate::view) assertions: Vec<Sequence>,
    pub(in crate::view) root_to_corrections: BTreeMap<Sequence, Vec<Sequence>>,
    pub(in crate::view) root_to_claims: BTreeMap<Sequence, Vec<Sequence>>,
    pub(in crate::view) target_to_retractions: BTreeMap<Sequence, Vec<Sequence>>,
}

impl View {
    /// A view of no entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries have been folded.
    pub fn size(&self) -> Size {
        Size(self.rows.len() as u64)
    }

    /// The entry that bears a key.
    pub fn key(&self, key: &Key) -> Option<Sequence> {
        self.key_to_sequence.get(key).copied()
    }

    /// What the view keeps of an entry.
    pub fn row(&self, sequence: Sequence) -> Option<&Row> {
        let index = usize::try_from(sequence.0).ok()?;
        self.rows.get(index).map(|row| &**row)
    }

    /// What the ledger says of itself in its first entry.
    pub fn opening(&self) -> Option<&Opening> {
        match self.rows.first().map(|row| &row.event) {
            Some(Event::Opening(opening)) => Some(opening),
            _ => None,
        }
    }

    /// Every assertion, whether live or not.
    pub fn assertions(&self) -> &[Sequence] {
        &self.assertions
    }

    /// Every recognition, whether live or not.
    pub fn recognitions(&self) -> &[Sequence] {
        &self.recognitions
    }

    /// Every fact about a mission, whether live or not.
    pub fn missions(&self) -> &[Sequence] {
        &self.missions
    }

    /// Every step towards an act, whether live or not.
    pub fn steps(&self) -> impl Iterator<Item = Sequence> {
        self.parties_to_steps.values().flatten().copied()
    }

    /// Every pair of parties with an act.
    pub fn relations(&self) -> impl Iterator<Item = Parties> {
        self.parties_to_acts.keys().copied()
    }

    /// Folds the next entry, which [`View::decide`] has accepted or would have.
    pub fn apply(&mut self, entry: &Entry) {
        let sequence = self.size().next();
        let root = match &entry.event {
            Event::Correction(Correction { target, .. }) => self.root_of(*target),
            Event::Claim(claim) => self.root_of(claim.target),
            _ => sequence,
        };
        match &entry.event {
            Event::Fact(fact) => self.apply_fact(fact, sequence),
            Event::Correction(correction) => {
                self.root_to_corrections.entry(root).or_default().push(sequence);
                if let Fact::Change(change) = &correction.fact
                    && matches!(change.change, ChangeKind::Continues { .. })
                {
                    self.continuations.insert(root);
                }
            }
            Event::Claim(_) => self.root_to_claims.entry(root).or_default().push(sequence),
            Event::Retraction(retraction) => {
                self.target_to_retractions.entry(retraction.target).or_default().push(sequence);
            }
            Event::Assertion(_) => self.assertions.push(sequence),
            Event::Opening(_) | Event::Erasure(_) => {}
        }
        if let Some(key) = &entry.key {
            self.key_to_sequence.entry(key.clone()).or_insert(sequence);
        }
        self.rows.push(Arc::new(Row {
            event: entry.event.clone(),
            recorded_at: entry.recorded_at,
            sourced: !entry.sources.is_empty(),
            attachment_count: entry.attachments.len(),
            root,
        }));
    }

    fn apply_fact(&mut self, fact: &Fact, sequence: Sequence) {
        match fact {
            Fact::Registration(registration) => {
                self.entity_to_registrations.entry(registration.id).or_default().push(sequence);
            }
            Fact::Change(change) => {
                self.entity_to_changes.entry(change.entity).or_default().push(sequence);
                if matches!(change.change, ChangeKind::Continues { .. }) {
                    self.continuations.insert(sequence);
                }
            }
            Fact::Act(act) => {
                self.parties_to_acts.entry(act.parties).or_default().push(sequence);
                let [first, second] = act.parties.both();
                self.entity_to_partners.entry(first).or_default().insert(second);
                self.entity_to_partners.entry(second).or_default().insert(first);
            }
            Fact::Step(step) => {
                self.parties_to_steps.entry(step.parties).or_default().push(sequence);
            }
            Fact::Recognition(_) => self.recognitions.push(sequence),
            Fact::Mission(_) => self.missions.push(sequence),
            Fact::Context(_) => self.contexts.push(sequence),
        }
    }

    /// Takes the last entry out again, as if it had never been folded: what was decided on may never
    /// be written.
    pub fn undo(&mut self, entry: &Entry) {
        let Some(row) = self.rows.pop() else { return };
        let sequence = self.size().next();
        match &entry.event {
            Event::Fact(fact) => self.undo_fact(fact, sequence),
            Event::Correction(_) => {
                pop(&mut self.root_to_corrections, row.root);
                let corrections = self.root_to_corrections.get(&row.root).into_iter().flatten();
                if !std::iter::once(&row.root).chain(corrections).any(|of| self.continues(*of)) {
                    self.continuations.remove(&row.root);
                }
            }
            Event::Claim(_) => pop(&mut self.root_to_claims, row.root),
            Event::Retraction(retraction) => {
                pop(&mut self.target_to_retractions, retraction.target);
            }
            Event::Assertion(_) => drop(self.assertions.pop()),
            Event::Opening(_) | Event::Erasure(_) => {}
        }
        if let Some(key) = &entry.key
            && self.key_to_sequence.get(key) == Some(&sequence)
        {
            self.key_to_sequence.remove(key);
        }
    }

    fn undo_fact(&mut self, fact: &Fact, sequence: Sequence) {
        match fact {
            Fact::Registration(registration) => {
                pop(&mut self.entity_to_registrations, registration.id);
            }
            Fact::Change(change) => {
                pop(&mut self.entity_to_changes, change.entity);
                self.continuations.remove(&sequence);
            }
            Fact::Act(act) => {
                pop(&mut self.parties_to_acts, act.parties);
                if !self.parties_to_acts.contains_key(&act.parties) {
                    let [first, second] = act.parties.both();
                    for (one, other) in [(first, second), (second, first)] {
                        if let Some(partners) = self.entity_to_partners.get_mut(&one) {
                            partners.remove(&other);
                        }
                        if self.entity_to_partners.get(&one).is_some_and(BTreeSet::is_empty) {
                            self.entity_to_partners.remove(&one);
                        }
                    }
                }
            }
            Fact::Step(step) => pop(&mut self.parties_to_steps, step.parties),
            Fact::Recognition(_) => drop(self.recognitions.pop()),
            Fact::Mission(_) => drop(self.missions.pop()),
            Fact::Context(_) => drop(self.contexts.pop()),
        }
    }

    /// Whether an entry says that an entity is continued by another.
    fn continues(&self, sequence: Sequence) -> bool {
        let fact = match self.row(sequence).map(|row| &row.event) {
            Some(Event::Fact(fact)) => fact,
            Some(Event::Correction(correction)) => &correction.fact,
            _ => return false,
        };
        matches!(fact, Fact::Change(change) if matches!(change.change, ChangeKind::Continues { .. }))
    }

    /// The fact that an entry corrects or speaks of, through earlier corrections.
    pub fn root_of(&self, sequence: Sequence) -> Sequence {
        self.row(sequence).map_or(sequence, |row| row.root)
    }
}

/// Takes the last number from a list, and the list away when it was the only one.
fn pop<K: Ord>(lists: &mut BTreeMap<K, Vec<Sequence>>, of: K) {
    if let btree_map::Entry::Occupied(mut list) = lists.entry(of) {
        list.get_mut().pop();
        if list.get().is_empty() {
            list.remove();
        }
    }
}
