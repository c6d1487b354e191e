//! The view: entries folded one by one into what answers need. Folding cannot fail, and is the same
//! for replay and for what was just recorded.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chain::entry::Entry;
use crate::chain::hot::{Hot, HotAct, HotChange, HotEvent, HotReplacement, Turn};
use crate::chain::millis::Millis;
use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::event::{Event, Opening};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::Key;
use crate::view::acts::Acts;
use crate::view::decide::named_by;
use crate::view::gathered::Gathered;
use crate::view::lookup::called_by;
use crate::view::marks::Marks;
use crate::view::packed::{Other, PackedAct};
use crate::view::replies::Replies;
use crate::view::rows::{Row, Rows, Texts};

/// Entries folded into what answers need.
///
/// Lists hold the numbers of entries in the order of recording. What is live among them depends on
/// how much is known: see [`crate::view::knowledge::Knowledge`]. Texts stay where they are and are
/// read when an answer needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub(in crate::view) rows: Rows,
    last_recorded_at: Option<Millis>,
    pub(in crate::view) acts: Acts,
    key_to_sequence: HashMap<Box<str>, Sequence>,
    pub(in crate::view) entity_to_registrations: hashbrown::HashMap<EntityId, Vec<Sequence>>,
    pub(in crate::view) entity_to_changes: BTreeMap<EntityId, Vec<Sequence>>,
    /// The changes that say, or said by a correction, that an entity continues another, by that entity;
    /// how often.
    pub(in crate::view) continuations: BTreeMap<(EntityId, Sequence), u32>,
    /// The changes that bear, or bore by a correction, on all relations of an entity.
    pub(in crate::view) entity_to_turns: hashbrown::HashMap<EntityId, Vec<Sequence>>,
    pub(in crate::view) assertions: Vec<Sequence>,
    /// What speaks of facts, through earlier corrections.
    pub(in crate::view) corrections: Replies,
    pub(in crate::view) claims: Replies,
    /// Which entries are among these.
    speaking: Marks,
    /// What a correction makes of the act that it corrects, and between whom it says that this was.
    pub(in crate::view) correction_to_act: HashMap<Sequence, (Parties, PackedAct)>,
    pub(in crate::view) target_to_retractions: BTreeMap<Sequence, Vec<Sequence>>,
    /// What is an act.
    pub(in crate::view) acted: Marks,
    /// What has a correction or a retraction, live or not.
    pub(in crate::view) replaced: Marks,
    /// Who is named by which entries, the entities that these register aside.
    #[serde(skip)]
    pub(in crate::view) namings: Gathered<EntityId, ()>,
    /// Who is called so, or bears such a code, in lower case.
    #[serde(skip)]
    pub(in crate::view) called: Gathered<String, EntityId>,
    /// The first and the last day for which all acts of an entity are asserted to be there.
    #[serde(skip)]
    pub(in crate::view) complete: Gathered<(EntityId, Axis), (Day, Day)>,
}

impl View {
    /// A view of no entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries have been folded.
    pub fn size(&self) -> Size {
        self.rows.size()
    }

    /// The entry that bears a key.
    pub fn key(&self, key: &Key) -> Option<Sequence> {
        self.bearer(key.as_str())
    }

    pub(crate) fn bearer(&self, key: &str) -> Option<Sequence> {
        self.key_to_sequence.get(key).copied()
    }

    /// What the view knows of an entry, read if need be.
    pub fn row(&self, sequence: Sequence) -> Option<&Row> {
        self.rows.row(sequence)
    }

    /// When the last entry was recorded.
    pub fn last_recorded_at(&self) -> Option<Millis> {
        self.last_recorded_at
    }

    /// What the ledger says of itself in its first entry.
    pub fn opening(&self) -> Option<&Opening> {
        match self.row(Sequence(0)).map(|row| &row.event) {
            Some(Event::Opening(opening)) => Some(opening),
            _ => None,
        }
    }

    /// Every assertion, whether live or not.
    pub fn assertions(&self) -> &[Sequence] {
        &self.assertions
    }

    /// Every step towards an act, whether live or not.
    pub fn steps(&self) -> impl Iterator<Item = Sequence> {
        self.acts.all_others(Other::Step).into_iter()
    }

    /// Every pair of parties with an act, in the order of their ids.
    pub fn relations(&self) -> Vec<Parties> {
        self.acts.relations()
    }

    /// Folds the next entry, which [`View::decide`] has accepted or would have, and holds what it
    /// says.
    pub fn apply(&mut self, entry: &Entry) {
        self.fold(&Hot::of(entry));
        self.rows.hold(Row::from(entry));
    }

    /// Folds the next entry, which can be read again.
    pub fn fold(&mut self, hot: &Hot) {
        self.add(hot);
        self.settle();
    }

    /// Folds the next of many entries that can be read again. Nothing may be asked of the view before
    /// [`View::settle`] has been called.
    pub fn add(&mut self, hot: &Hot) {
        let sequence = self.size().next();
        match &hot.event {
            HotEvent::Act(act) => self.acts.add(sequence, act),
            HotEvent::Recognition(of) => self.acts.add_other(sequence, *of, Other::Recognition),
            HotEvent::Mission(of) => self.acts.add_other(sequence, *of, Other::Mission),
            HotEvent::Step(of) => self.acts.add_other(sequence, *of, Other::Step),
            HotEvent::Correction { target, by: HotReplacement::Act(act) } => {
                let root = self.root_of(*target);
                // Whoever wrote it may not have verified that there is such an act.
                if self.acted.has(root) {
                    let corrected = PackedAct::new(root, act);
                    self.correction_to_act.insert(sequence, (act.parties, corrected));
                }
            }
            _ => {}
        }
        self.add_but_acts(hot);
    }

    /// Folds an entry as far as decisions about others rest on it, which is all but what it says of a
    /// relation: for those who judge and never ask.
    pub fn add_but_acts(&mut self, hot: &Hot) {
        let sequence = self.size().next();
        self.rows.extend();
        let size = self.size();
        match &hot.event {
            HotEvent::Registration(id) => {
                self.entity_to_registrations.entry(*id).or_default().push(sequence);
            }
            HotEvent::Change(change) => {
                self.entity_to_changes.entry(change.entity).or_default().push(sequence);
                self.turn(sequence, *change);
            }
            HotEvent::Correction { target, by } => {
                let root = self.root_of(*target);
                self.corrections.push(sequence, root);
                self.speaking.set(sequence, size);
                self.replaced.set(root, size);
                if let HotReplacement::Change(change) = by {
                    self.turn(root, *change);
                }
            }
            HotEvent::Claim { target } => {
                self.claims.push(sequence, self.root_of(*target));
                self.speaking.set(sequence, size);
            }
            HotEvent::Retraction { target } => {
                self.target_to_retractions.entry(*target).or_default().push(sequence);
                self.replaced.set(*target, size);
            }
            HotEvent::Assertion => self.assertions.push(sequence),
            HotEvent::Act(_) => self.acted.set(sequence, size),
            HotEvent::Recognition(_)
            | HotEvent::Mission(_)
            | HotEvent::Step(_)
            | HotEvent::Opening
            | HotEvent::Context
            | HotEvent::Erasure => {}
        }
        if let Some(key) = &hot.key {
            self.key_to_sequence.entry(key.clone()).or_insert(sequence);
        }
        self.last_recorded_at = Some(hot.recorded_at);
    }

    /// Notes that a change, its own or by a correction, bears on relations.
    fn turn(&mut self, root: Sequence, change: HotChange) {
        for entity in turned(change).into_iter().flatten() {
            self.entity_to_turns.entry(entity).or_default().push(root);
        }
        if let Turn::Continues { successor } = change.turn {
            *self.continuations.entry((successor, root)).or_default() += 1;
        }
    }

    /// Takes the last entry out again, as if it had never been folded: what was decided on may never
    /// be written. `before` is when the one before it was recorded.
    pub fn undo(&mut self, entry: &Entry, before: Option<Millis>) {
        let Some(last) = self.size().0.checked_sub(1) else { return };
        let (sequence, hot) = (Sequence(last), Hot::of(entry));
        self.namings.pop(sequence, named_by(&entry.event));
        self.called.pop(sequence, called_by(&entry.event).into_iter().map(|(name, _)| name));
        if let Event::Assertion(assertion) = &entry.event {
            self.complete.pop(sequence, assertion.complete().map(|(of, _)| of));
        }
        match &hot.event {
            HotEvent::Registration(id) => {
                pop_of(&mut self.entity_to_registrations, *id);
            }
            HotEvent::Change(change) => {
                pop(&mut self.entity_to_changes, change.entity);
                self.turn_back(sequence, *change);
            }
            HotEvent::Act(HotAct { parties: of, .. }) => {
                self.acts.pop(sequence, *of);
                self.acted.clear(sequence);
            }
            HotEvent::Recognition(of) | HotEvent::Mission(of) | HotEvent::Step(of) => {
                self.acts.pop(sequence, *of);
            }
            HotEvent::Correction { by, .. } => {
                let root = self.root_of(sequence);
                self.corrections.pop(sequence);
                self.correction_to_act.remove(&sequence);
                self.mark_anew(root);
                if let HotReplacement::Change(change) = by {
                    self.turn_back(root, *change);
                }
            }
            HotEvent::Claim { .. } => self.claims.pop(sequence),
            HotEvent::Retraction { target } => {
                pop(&mut self.target_to_retractions, *target);
                self.mark_anew(*target);
            }
            HotEvent::Assertion => drop(self.assertions.pop()),
            HotEvent::Opening | HotEvent::Context | HotEvent::Erasure => {}
        }
        self.speaking.clear(sequence);
        if let Some(key) = &hot.key
            && self.bearer(key) == Some(sequence)
        {
            self.key_to_sequence.remove(key);
        }
        self.last_recorded_at = before;
        self.rows.pop();
    }

    /// Takes the mark of what was replaced away, once nothing replaces it any more.
    fn mark_anew(&mut self, target: Sequence) {
        if !self.corrections.has(target) && !self.target_to_retractions.contains_key(&target) {
            self.replaced.clear(target);
        }
    }

    fn turn_back(&mut self, root: Sequence, change: HotChange) {
        for entity in turned(change).into_iter().flatten() {
            pop_of(&mut self.entity_to_turns, entity);
        }
        if let Turn::Continues { successor } = change.turn {
            count_down(&mut self.continuations, (successor, root));
        }
    }

    /// The fact that an entry corrects or speaks of, through earlier corrections; itself for others.
    pub fn root_of(&self, sequence: Sequence) -> Sequence {
        if !self.speaking.has(sequence) {
            return sequence;
        }
        let root = self.corrections.root_of(sequence).or_else(|| self.claims.root_of(sequence));
        root.unwrap_or(sequence)
    }

    /// From now on the texts of all entries are read from elsewhere, also of those held so far.
    pub fn read_from(&mut self, texts: Arc<dyn Texts>) {
        self.rows.read_from(texts);
    }

    /// Lets go of the texts of entries that can be read from elsewhere by now.
    pub fn release(&mut self) {
        self.rows.release();
    }

    /// Lets go of the texts that were read, which can be read again.
    pub fn forget_texts(&mut self) {
        self.rows.forget();
    }

    /// Ends a fold of many entries.
    pub fn settle(&mut self) {
        self.acts.settle();
    }
}

/// The entities whose relations a change bears on.
pub(in crate::view) fn turned(change: HotChange) -> [Option<EntityId>; 2] {
    match change.turn {
        Turn::None => [None, None],
        Turn::Life => [Some(change.entity), None],
        Turn::Continues { successor } => [Some(change.entity), Some(successor)],
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

/// The same of lists that are looked up very often.
fn pop_of(lists: &mut hashbrown::HashMap<EntityId, Vec<Sequence>>, of: EntityId) {
    if let hashbrown::hash_map::Entry::Occupied(mut list) = lists.entry(of) {
        list.get_mut().pop();
        if list.get().is_empty() {
            list.remove();
        }
    }
}

fn count_down<K: Ord>(counts: &mut BTreeMap<K, u32>, of: K) {
    if let btree_map::Entry::Occupied(mut count) = counts.entry(of) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
