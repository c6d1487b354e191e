//! The hot fields of an entry: what a view needs to know where the entry belongs and what an act does
//! to a relation. Never its texts.

use crate::chain::entry::Entry;
use crate::chain::millis::Millis;
use crate::domain::act::{Act, ActKind, By, Consular};
use crate::domain::date_roles::Role;
use crate::domain::day::Day;
use crate::domain::editorial::Correction;
use crate::domain::entity::{Change, ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;

/// What a view keeps of an entry without reading all of it.
///
/// [`Hot::of`] takes it from an entry, [`crate::chain::scan::hot`] from an entry's bytes; both give
/// the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hot {
    /// The number that the entry bears.
    pub sequence: Sequence,
    /// When it was recorded.
    pub recorded_at: Millis,
    /// The name that it bears for ever.
    pub key: Option<Box<str>>,
    /// What it says.
    pub event: HotEvent,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HotEvent {
    /// The ledger begins.
    Opening,
    /// An entity enters the register.
    Registration(EntityId),
    /// Something about an entity changes.
    Change(HotChange),
    /// Parties act on their relation.
    Act(HotAct),
    /// An entity recognises another.
    Recognition(Parties),
    /// Something is done about a mission of one to another.
    Mission(Parties),
    /// A step is taken towards an act between two.
    Step(Parties),
    /// A fact that explains others.
    Context,
    /// One source's account of an act.
    Claim {
        /// The act, or a correction of it.
        target: Sequence,
    },
    /// A fact is replaced.
    Correction {
        /// The fact, or an earlier correction of it.
        target: Sequence,
        /// What takes its place.
        by: HotReplacement,
    },
    /// An entry is taken back.
    Retraction {
        /// The entry.
        target: Sequence,
    },
    /// A statement that the ledger must agree with.
    Assertion,
    /// An attachment is no longer kept.
    Erasure,
}

/// The fact that takes the place of another, as far as relations are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HotReplacement {
    /// A change of an entity.
    Change(HotChange),
    /// An act.
    Act(HotAct),
    /// Any other fact.
    Other,
}

/// A change of an entity, as far as relations are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotChange {
    /// The entity.
    pub entity: EntityId,
    /// What the change does to its relations.
    pub turn: Turn,
}

/// What a change of an entity does to its relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing, as a new name.
    None,
    /// They end, or count again.
    Life,
    /// They carry over to another entity.
    Continues {
        /// The other.
        successor: EntityId,
    },
}

/// An act, as far as status is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotAct {
    /// Between whom.
    pub parties: Parties,
    /// On which axis.
    pub axis: Axis,
    /// What was done.
    pub act: ActKind,
    /// By whom.
    pub by: By,
    /// The one plain day that the act is read by; none when its date is any other text.
    pub day: Option<Day>,
    /// Whether that is the day of the announcement, for want of another.
    pub announced: bool,
    /// Whether consular relations are said not to come with it.
    pub consular_excluded: bool,
    /// Whether it names acts that it followed, or one that it annuls.
    pub refers: bool,
    /// Whether the entry names a source.
    pub sourced: bool,
}

impl Hot {
    /// Takes the hot fields of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self {
            sequence: entry.sequence,
            recorded_at: entry.recorded_at,
            key: entry.key.as_ref().map(|key| key.as_str().into()),
            event: HotEvent::of(&entry.event, !entry.sources.is_empty()),
        }
    }
}

impl HotEvent {
    /// The word for its kind, as [`Event::kind`] gives it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Registration(_) => "registration",
            Self::Change(_) => "change",
            Self::Act(_) => "act",
            Self::Recognition(_) => "recognition",
            Self::Mission(_) => "mission",
            Self::Step(_) => "step",
            Self::Context => "context",
            Self::Claim { .. } => "claim",
            Self::Correction { .. } => "correction",
            Self::Retraction { .. } => "retraction",
            Self::Assertion => "assertion",
            Self::Erasure => "erasure",
        }
    }

    fn of(event: &Event, sourced: bool) -> Self {
        match event {
            Event::Opening(_) => Self::Opening,
            Event::Fact(fact) => match fact {
                Fact::Registration(registration) => Self::Registration(registration.id),
                Fact::Change(change) => Self::Change(HotChange::of(change)),
                Fact::Act(act) => Self::Act(HotAct::of(act, sourced)),
                Fact::Recognition(said) => Self::Recognition(two(said.by, said.of)),
                Fact::Mission(mission) => Self::Mission(two(mission.sender, mission.host)),
                Fact::Step(step) => Self::Step(step.parties),
                Fact::Context(_) => Self::Context,
            },
            Event::Claim(claim) => Self::Claim { target: claim.target },
            Event::Correction(Correction { target, fact, .. }) => {
                let by = match fact {
                    Fact::Change(change) => HotReplacement::Change(HotChange::of(change)),
                    Fact::Act(act) => HotReplacement::Act(HotAct::of(act, sourced)),
                    _ => HotReplacement::Other,
                };
                Self::Correction { target: *target, by }
            }
            Event::Retraction(retraction) => Self::Retraction { target: retraction.target },
            Event::Assertion(_) => Self::Assertion,
            Event::Erasure(_) => Self::Erasure,
        }
    }
}

fn two(one: EntityId, other: EntityId) -> Parties {
    Parties::new(one, other).expect("an entry is well-formed: nobody stands on both sides")
}

impl HotChange {
    /// Takes the hot fields of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let turn = match &change.change {
            ChangeKind::Extinguished | ChangeKind::Revived => Turn::Life,
            ChangeKind::Continues { successor, .. } => Turn::Continues { successor: *successor },
            ChangeKind::Renamed { .. }
            | ChangeKind::Code { .. }
            | ChangeKind::Admitted { .. }
            | ChangeKind::Left { .. }
            | ChangeKind::GovernmentChanged { .. }
            | ChangeKind::Succeeds { .. } => Turn::None,
        };
        Self { entity: change.entity, turn }
    }
}

impl HotAct {
    fn of(act: &Act, sourced: bool) -> Self {
        let reading = act.dates.reading();
        Self {
            parties: act.parties,
            axis: act.axis,
            act: act.act,
            by: act.by,
            day: reading.and_then(|(_, date)| date.day()),
            announced: reading.is_some_and(|(role, _)| role == Role::Announced),
            consular_excluded: act.consular == Some(Consular::Excluded),
            refers: act.annuls.is_some() || !act.after.is_empty(),
            sourced,
        }
    }
}
