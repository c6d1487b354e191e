//! The event on the wire: which kind it is. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::act::{Act, Step};
use crate::chain::wire::assertion::Assertion;
use crate::chain::wire::checked::{Checked, Written, each, optional};
use crate::chain::wire::editorial::{Claim, Correction, Erasure, Retraction};
use crate::chain::wire::entity::{Change, Registration};
use crate::chain::wire::recognition::{Mission, Recognition};
use crate::domain::event;

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and only while it is converted")]
pub(in crate::chain) enum Event<'a> {
    Opening(Opening<'a>),
    Fact(Fact<'a>),
    Claim(Claim<'a>),
    Correction(Correction<'a>),
    Retraction(Retraction<'a>),
    Assertion(Assertion<'a>),
    Erasure(Erasure<'a>),
}

impl<'a> From<&'a event::Event> for Event<'a> {
    fn from(event: &'a event::Event) -> Self {
        use crate::domain::event::Event as Domain;
        match event {
            Domain::Opening(opening) => Self::Opening(opening.into()),
            Domain::Fact(fact) => Self::Fact(fact.into()),
            Domain::Claim(claim) => Self::Claim(claim.into()),
            Domain::Correction(correction) => Self::Correction(correction.into()),
            Domain::Retraction(retraction) => Self::Retraction(retraction.into()),
            Domain::Assertion(assertion) => Self::Assertion(assertion.into()),
            Domain::Erasure(erasure) => Self::Erasure(erasure.into()),
        }
    }
}

impl TryFrom<Event<'_>> for event::Event {
    type Error = ChainError;

    fn try_from(event: Event<'_>) -> Result<Self, ChainError> {
        Ok(match event {
            Event::Opening(opening) => Self::Opening(opening.try_into()?),
            Event::Fact(fact) => Self::Fact(fact.try_into()?),
            Event::Claim(claim) => Self::Claim(claim.try_into()?),
            Event::Correction(correction) => Self::Correction(correction.try_into()?),
            Event::Retraction(retraction) => Self::Retraction(retraction.try_into()?),
            Event::Assertion(assertion) => Self::Assertion(assertion.try_into()?),
            Event::Erasure(erasure) => Self::Erasure(erasure.try_into()?),
        })
    }
}

/// Something that is so in the world.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and only while it is converted")]
pub(in crate::chain) enum Fact<'a> {
    Registration(Registration<'a>),
    Change(Change<'a>),
    Act(Act<'a>),
    Recognition(Recognition<'a>),
    Mission(Mission<'a>),
    Step(Step<'a>),
    Context(Context<'a>),
}

impl<'a> From<&'a event::Fact> for Fact<'a> {
    fn from(fact: &'a event::Fact) -> Self {
        use crate::domain::event::Fact as Domain;
        match fact {
            Domain::Registration(registration) => Self::Registration(registration.into()),
            Domain::Change(change) => Self::Change(change.into()),
            Domain::Act(act) => Self::Act(act.into()),
            Domain::Recognition(recognition) => Self::Recognition(recognition.into()),
            Domain::Mission(mission) => Self::Mission(mission.into()),
            Domain::Step(step) => Self::Step(step.into()),
            Domain::Context(context) => Self::Context(context.into()),
        }
    }
}

impl TryFrom<Fact<'_>> for event::Fact {
    type Error = ChainError;

    fn try_from(fact: Fact<'_>) -> Result<Self, ChainError> {
        Ok(match fact {
            Fact::Registration(registration) => Self::Registration(registration.try_into()?),
            Fact::Change(change) => Self::Change(change.try_into()?),
            Fact::Act(act) => Self::Act(act.try_into()?),
            Fact::Recognition(recognition) => Self::Recognition(recognition.try_into()?),
            Fact::Mission(mission) => Self::Mission(mission.try_into()?),
            Fact::Step(step) => Self::Step(step.try_into()?),
            Fact::Context(context) => Self::Context(context.try_into()?),
        })
    }
}

/// The ledger begins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Opening<'a> {
    pub(in crate::chain) origin: Cow<'a, str>,
    pub(in crate::chain) title: Option<Cow<'a, str>>,
}

impl<'a> From<&'a event::Opening> for Opening<'a> {
    fn from(opening: &'a event::Opening) -> Self {
        let event::Opening { origin, title } = opening;
        Self { origin: origin.written(), title: optional(title.as_ref()) }
    }
}

impl TryFrom<Opening<'_>> for event::Opening {
    type Error = ChainError;

    fn try_from(opening: Opening<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            origin: opening.origin.checked("origin")?,
            title: opening.title.checked("title")?,
        })
    }
}

/// A fact that explains others.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Context<'a> {
    pub(in crate::chain) title: Cow<'a, str>,
    pub(in crate::chain) date: Cow<'a, str>,
    pub(in crate::chain) entities: Vec<Cow<'a, str>>,
}

impl<'a> From<&'a event::Context> for Context<'a> {
    fn from(context: &'a event::Context) -> Self {
        let event::Context { title, date, entities } = context;
        Self { title: title.written(), date: date.written(), entities: each(entities) }
    }
}

impl TryFrom<Context<'_>> for event::Context {
    type Error = ChainError;

    fn try_from(context: Context<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            title: context.title.checked("title")?,
            date: context.date.checked("date")?,
            entities: context.entities.checked("entities")?,
        })
    }
}
