//! Whether an event may enter the ledger: the rules that are frozen with the format (domain.md §6).

use std::mem;
use std::ops::Range;

use crate::chain::hot::HotChange;
use crate::chain::hot::HotEvent;
use crate::chain::scan::WholeEntry;
use crate::domain::act::Act;
use crate::domain::editorial::{Correction, Erasure, Retraction};
use crate::domain::entity::{Change, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::sequence::{Sequence, Size};
use crate::domain::source::{Attachment, Source};
use crate::domain::wellformed::{self, WellformedError};
use crate::view::fold::{View, turned};
use crate::view::knowledge::Knowledge;

/// Corrections of one fact.
const CORRECTIONS_MAX: usize = 256;
/// Retractions of one entry, with those of its retractions, and so on.
const RETRACTIONS_MAX: usize = 64;
/// Changes by which an entity ends, exists again, or is continued or continues another.
const TURNS_MAX: usize = 128;

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule that it can be judged by alone.
    #[error(transparent)]
    Malformed(#[from] WellformedError),
    /// The first entry is no opening.
    #[error("a ledger begins with an opening")]
    NoOpening,
    /// A second opening.
    #[error("the ledger has been opened already: an opening is entry 0 and no other")]
    SecondOpening,
    /// An entity that is not in the register.
    #[error("unknown entity {0}")]
    UnknownEntity(EntityId),
    /// An entity that is in the register already.
    #[error("{id} is registered already, by entry {by}")]
    AlreadyRegistered {
        /// The entity.
        id: EntityId,
        /// The entry that registers it.
        by: Sequence,
    },
    /// A reference to something else than an earlier entry.
    #[error("entry {0} is no earlier entry")]
    NotEarlier(Sequence),
    /// A target of a kind that the event cannot speak of.
    #[error("entry {target} is {found}, not {wanted}")]
    WrongKind {
        /// The target.
        target: Sequence,
        /// What it is.
        found: String,
        /// What it would have to be.
        wanted: String,
    },
    /// A target that has been taken back.
    #[error("entry {target} is not live: it, or what it speaks of, has been retracted")]
    NotLive {
        /// The target.
        target: Sequence,
    },
    /// A correction that changes what must stay.
    #[error("a correction keeps the {kept} of entry {root}: retract it and record anew")]
    ChangesWhatStays {
        /// The fact.
        root: Sequence,
        /// What must stay.
        kept: &'static str,
    },
    /// One more correction of a fact, or retraction of an entry, those of its retractions included, than
    /// anybody can follow.
    #[error("entry {entry} has been {done} {times} times already, which is as often as may be")]
    TooOften {
        /// The entry.
        entry: Sequence,
        /// What was done to it.
        done: &'static str,
        /// How often that may be done.
        times: usize,
    },
    /// One more change of an entity that bears on all of its relations than anybody can follow.
    #[error(
        "{id} has ended, been revived or been continued {times} times already, as often as may be"
    )]
    TurnedTooOften {
        /// The entity.
        id: EntityId,
        /// How often that may be.
        times: usize,
    },
    /// A retraction of a registration that live entries name.
    #[error("{id} cannot be retracted from the register: entry {by} names it")]
    StillNamed {
        /// The entity.
        id: EntityId,
        /// A live entry that names it.
        by: Sequence,
    },
    /// An erasure of an attachment that the entry does not have.
    #[error("entry {target} has no attachment {index}")]
    NoAttachment {
        /// The entry.
        target: Sequence,
        /// The index given.
        index: u8,
    },
}

impl View {
    /// Decides whether an event may be the next entry. Changes nothing.
    ///
    /// # Errors
    /// The first rule that the event breaks.
    pub fn decide(
        &self,
        event: &Event,
        sources: &[Source],
        attachments: &[Attachment],
    ) -> Result<(), Refusal> {
        self.known(self.size()).decide(event, sources, attachments)
    }

    /// Decides as [`View::decide`] does whether an entry may be the next that was read whole, and
    /// so is well-formed.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn decide_whole(&self, entry: &WholeEntry) -> Result<(), Refusal> {
        let known = self.known(self.size());
        if known.size == Size(0) {
            return Err(Refusal::NoOpening);
        }
        if let HotEvent::Claim { target } = entry.hot.event {
            return known.decide_claim(target);
        }
        known.decide_entities(entry.entities())?;
        known.decide_earlier(&entry.refers_to)
    }
}

/// Says whether an event is judged by what other entries say, and not only by the register and by what
/// they are.
pub fn speaks_of_others(event: &Event) -> bool {
    match event {
        Event::Correction(_) | Event::Retraction(_) | Event::Erasure(_) => true,
        Event::Fact(Fact::Act(act)) => act.annuls.is_some(),
        Event::Fact(_) | Event::Claim(_) | Event::Opening(_) | Event::Assertion(_) => false,
    }
}

impl Knowledge<'_> {
    /// Decides whether an event might have been the next entry. Changes nothing.
    ///
    /// # Errors
    /// The first rule that the event breaks.
    pub fn decide(
        self,
        event: &Event,
        sources: &[Source],
        attachments: &[Attachment],
    ) -> Result<(), Refusal> {
        wellformed::check(event, sources, attachments)?;
        match (event, self.size == Size(0)) {
            (Event::Opening(_), true) => return Ok(()),
            (Event::Opening(_), false) => return Err(Refusal::SecondOpening),
            (_, true) => return Err(Refusal::NoOpening),
            (_, false) => {}
        }
        match event {
            Event::Opening(_) => Ok(()),
            Event::Fact(fact) => self.decide_fact(fact),
            Event::Claim(claim) => self.decide_claim(claim.target),
            Event::Correction(correction) => self.decide_correction(correction),
            Event::Retraction(retraction) => self.decide_retraction(retraction),
            Event::Assertion(assertion) => self.decide_entities(assertion.entities()),
            Event::Erasure(erasure) => self.decide_erasure(erasure),
        }
    }

    fn decide_entities(self, entities: impl IntoIterator<Item = EntityId>) -> Result<(), Refusal> {
        match entities.into_iter().find(|id| self.registered_by(*id).is_none()) {
            Some(unknown) => Err(Refusal::UnknownEntity(unknown)),
            None => Ok(()),
        }
    }

    fn decide_earlier<'r>(
        self,
        references: impl IntoIterator<Item = &'r Sequence>,
    ) -> Result<(), Refusal> {
        match references.into_iter().find(|sequence| !self.size.includes(**sequence)) {
            Some(later) => Err(Refusal::NotEarlier(*later)),
            None => Ok(()),
        }
    }

    fn decide_fact(self, fact: &Fact) -> Result<(), Refusal> {
        self.decide_entities(fact.entities())?;
        self.decide_earlier(fact.references())?;
        match fact {
            Fact::Registration(registration) => match self.registered_by(registration.id) {
                Some(by) => Err(Refusal::AlreadyRegistered { id: registration.id, by }),
                None => Ok(()),
            },
            Fact::Act(act) => self.decide_annuls(act),
            Fact::Change(change) => self.decide_turns(change),
            _ => Ok(()),
        }
    }

    /// What bears on all relations of an entity is followed for each of them. A correction makes no other
    /// change bear on them, so that whoever judges the facts in order has seen them all.
    fn decide_turns(self, change: &Change) -> Result<(), Refusal> {
        let often = turned(HotChange::of(change)).into_iter().flatten().find(|id| {
            self.view.entity_to_turns.get(id).is_some_and(|turns| TURNS_MAX <= turns.len())
        });
        often.map_or(Ok(()), |id| Err(Refusal::TurnedTooOften { id, times: TURNS_MAX }))
    }

    /// An annulment names a live act of its own relation and axis.
    fn decide_annuls(self, act: &Act) -> Result<(), Refusal> {
        let Some(target) = act.annuls else { return Ok(()) };
        self.decide_live(target)?;
        match self.act(target) {
            Some(named) if named.parties == act.parties && named.axis == act.axis => Ok(()),
            _ => Err(Refusal::WrongKind {
                target,
                found: self.described(target),
                wanted: format!("an act of {} on the {} axis", act.parties, act.axis.as_str()),
            }),
        }
    }

    fn decide_live(self, target: Sequence) -> Result<(), Refusal> {
        self.decide_earlier([&target])?;
        if self.is_live(target) { Ok(()) } else { Err(Refusal::NotLive { target }) }
    }

    fn described(self, target: Sequence) -> String {
        let kind = self.row(target).map_or("entry", |row| row.event.kind());
        let article = if kind.starts_with(['a', 'e', 'o']) { "an" } else { "a" };
        format!("{article} {kind}")
    }

    fn wrong_kind(self, target: Sequence, wanted: &str) -> Refusal {
        Refusal::WrongKind { target, found: self.described(target), wanted: wanted.to_owned() }
    }

    /// Needs to read no other entry, unless to say what the target is.
    fn decide_claim(self, target: Sequence) -> Result<(), Refusal> {
        self.decide_live(target)?;
        let root = self.view.root_of(target);
        let is_of_act = target == root || self.corrections(root).any(|each| each == target);
        match is_of_act && self.view.acted.has(root) {
            true => Ok(()),
            false => Err(self.wrong_kind(target, "an act")),
        }
    }

    fn decide_correction(self, correction: &Correction) -> Result<(), Refusal> {
        let target = correction.target;
        self.decide_live(target)?;
        let root = self.view.root_of(target);
        let corrects_fact = matches!(
            self.row(target).map(|row| &row.event),
            Some(Event::Fact(_) | Event::Correction(_))
        );
        let (true, Some(old)) = (corrects_fact, self.fact(root)) else {
            return Err(self.wrong_kind(target, "a fact or the correction of one"));
        };
        if let Some(kept) = changed(old, &correction.fact) {
            return Err(Refusal::ChangesWhatStays { root, kept });
        }
        if CORRECTIONS_MAX <= self.corrections(root).count() {
            return Err(Refusal::TooOften {
                entry: root,
                done: "corrected",
                times: CORRECTIONS_MAX,
            });
        }
        self.decide_entities(correction.fact.entities())?;
        self.decide_earlier(correction.fact.references())?;
        match &correction.fact {
            Fact::Act(act) => self.decide_annuls(act),
            _ => Ok(()),
        }
    }

    fn decide_retraction(self, retraction: &Retraction) -> Result<(), Refusal> {
        let target = retraction.target;
        self.decide_live(target)?;
        // Through retractions of retractions, to what each of them took out or brought back.
        let mut last = target;
        while let Some(Event::Retraction(earlier)) = self.row(last).map(|row| &row.event) {
            last = earlier.target;
        }
        if RETRACTIONS_MAX <= self.retraction_count(last) {
            let (done, times) = ("taken back or brought back", RETRACTIONS_MAX);
            return Err(Refusal::TooOften { entry: last, done, times });
        }
        let then = self.would_be_live(last, Some(target));
        match (self.row(last).map(|row| &row.event), self.is_live(last)) {
            (Some(Event::Opening(_)) | None, _) => {
                Err(self.wrong_kind(target, "an entry that can be retracted"))
            }
            (Some(Event::Fact(Fact::Registration(registration))), true) if !then => {
                match self.named_by(registration.id, last) {
                    Some(by) => Err(Refusal::StillNamed { id: registration.id, by }),
                    None => Ok(()),
                }
            }
            (Some(_), false) if then => self.decide_revival(last),
            (Some(_), _) => Ok(()),
        }
    }

    /// What a retraction of a retraction brings back must fit into the register as it is now.
    fn decide_revival(self, revived: Sequence) -> Result<(), Refusal> {
        match self.row(revived).map(|row| &row.event) {
            Some(Event::Fact(Fact::Registration(registration))) => {
                match self.registered_by(registration.id) {
                    Some(by) => Err(Refusal::AlreadyRegistered { id: registration.id, by }),
                    None => Ok(()),
                }
            }
            Some(Event::Fact(fact)) => {
                self.decide_entities(fact.entities())?;
                // Its corrections come back with it.
                self.corrections(revived).try_for_each(|correction| self.decide_revival(correction))
            }
            Some(Event::Correction(correction)) => self.decide_entities(correction.fact.entities()),
            Some(Event::Assertion(assertion)) => self.decide_entities(assertion.entities()),
            _ => Ok(()),
        }
    }

    /// A live entry that names an entity, other than its registration.
    fn named_by(self, id: EntityId, registration: Sequence) -> Option<Sequence> {
        let named = |sequence| {
            let named = self.view.rows.glance(sequence, |row| named_by(&row.event));
            named.unwrap_or_default().into_iter().map(move |id| (id, sequence, ()))
        };
        let told = |range: Range<u64>| range.map(Sequence).flat_map(named).collect();
        self.view.namings.find(&id, self.size, told, |(sequence, ())| {
            (sequence != registration && self.is_live(sequence)).then_some(sequence)
        })
    }

    fn decide_erasure(self, erasure: &Erasure) -> Result<(), Refusal> {
        self.decide_earlier([&erasure.target])?;
        let count = self.row(erasure.target).map_or(0, |row| row.attachment_count);
        if usize::from(erasure.attachment) < count {
            Ok(())
        } else {
            Err(Refusal::NoAttachment { target: erasure.target, index: erasure.attachment })
        }
    }
}

/// Whom an event names, the entity that it registers aside.
pub(in crate::view) fn named_by(event: &Event) -> Vec<EntityId> {
    match event {
        Event::Fact(fact) => fact.entities(),
        Event::Correction(correction) => correction.fact.entities(),
        Event::Assertion(assertion) => assertion.entities(),
        Event::Opening(_) | Event::Claim(_) | Event::Retraction(_) | Event::Erasure(_) => {
            Vec::new()
        }
    }
}

/// What a replacement changes though it must stay: the kind, the axis, the parties (domain.md §8).
fn changed(old: &Fact, new: &Fact) -> Option<&'static str> {
    let (same, kept) = match (old, new) {
        (Fact::Registration(old), Fact::Registration(new)) => (old.id == new.id, "id"),
        (Fact::Change(old), Fact::Change(new)) => {
            let [was, is] = [old, new].map(|change| mem::discriminant(&HotChange::of(change).turn));
            match old.entity == new.entity {
                true => (was == is, "bearing on all relations"),
                false => (false, "entity"),
            }
        }
        (Fact::Act(old), Fact::Act(new)) => {
            ((old.parties, old.axis) == (new.parties, new.axis), "parties and axis")
        }
        (Fact::Recognition(old), Fact::Recognition(new)) => {
            ((old.by, old.of) == (new.by, new.of), "parties")
        }
        (Fact::Mission(old), Fact::Mission(new)) => {
            ((old.sender, old.host) == (new.sender, new.host), "sender and host")
        }
        (Fact::Step(old), Fact::Step(new)) => (old.parties == new.parties, "parties"),
        (Fact::Context(_), Fact::Context(_)) => (true, "kind"),
        _ => (false, "kind"),
    };
    if same { None } else { Some(kept) }
}
