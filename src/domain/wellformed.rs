//! The rules that one event can be judged by alone. Frozen with the format: an entry that breaks one
//! is neither written nor read.

use crate::domain::act::{Act, ActKind, By, Step};
use crate::domain::assertion::{Assertion, Statement};
use crate::domain::date_roles::Dates;
use crate::domain::editorial::Claim;
use crate::domain::entity::{Change, ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::limits::{self, LimitError};
use crate::domain::recognition::{Mission, Recognition};
use crate::domain::relation::{Axis, Parties};
use crate::domain::source::{Attachment, Source};

/// Why an event is refused whatever else the ledger holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WellformedError {
    /// A list is longer than the format allows.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// None of the dates that a fact is read by is given.
    #[error("no date: give at least one of effective, signed and announced")]
    NoReading,
    /// A step without a date.
    #[error("no date: a step has at least one")]
    NoDate,
    /// An actor that is no party.
    #[error("{by} is no party to {parties}")]
    NotAParty {
        /// The actor.
        by: EntityId,
        /// The relation.
        parties: Parties,
    },
    /// A consular clause on something else than a diplomatic establishment or restoration.
    #[error("a consular clause belongs to a diplomatic establishment or restoration only")]
    ConsularClause,
    /// `annuls` on something else than an annulment.
    #[error("only an annulment can name the act that it annuls")]
    AnnulsWithoutAnnul,
    /// A change that needs a day has a vaguer date.
    #[error("this change needs a day, not {on}")]
    NeedsADay {
        /// The date given.
        on: String,
    },
    /// An entity is related to itself by something that needs two.
    #[error("{0} cannot stand on both sides")]
    SameEntity(EntityId),
    /// A time zone that has not the form of an IANA name.
    #[error("{0:?} has not the form of a time zone name such as Asia/Damascus")]
    Zone(String),
    /// A claim that claims nothing.
    #[error("a claim gives a date, another act, or a wording")]
    EmptyClaim,
    /// A claimed date without its role, or a role without a date.
    #[error("a claimed date and its role go together")]
    ClaimRole,
    /// A period of days that ends before it begins.
    #[error("the last day lies before the first")]
    EmptyPeriod,
}

/// Checks an event with its sources and attachments.
///
/// # Errors
/// The first rule that it breaks.
pub fn check<R>(
    event: &Event<R>,
    sources: &[Source],
    attachments: &[Attachment],
) -> Result<(), WellformedError> {
    limits::check(event, sources, attachments)?;
    match event {
        Event::Fact(fact) => check_fact(fact),
        Event::Correction(correction) => check_fact(&correction.fact),
        Event::Claim(claim) => check_claim(claim),
        Event::Assertion(assertion) => check_assertion(assertion),
        Event::Opening(_) | Event::Retraction(_) | Event::Erasure(_) => Ok(()),
    }
}

fn check_fact<R>(fact: &Fact<R>) -> Result<(), WellformedError> {
    match fact {
        Fact::Change(change) => check_change(change),
        Fact::Act(act) => check_act(act),
        Fact::Recognition(recognition) => check_recognition(recognition),
        Fact::Mission(mission) => check_mission(mission),
        Fact::Step(step) => check_step(step),
        Fact::Registration(_) | Fact::Context(_) => Ok(()),
    }
}

fn check_change(change: &Change) -> Result<(), WellformedError> {
    if change.change.needs_a_day() && change.on.day().is_none() {
        return Err(WellformedError::NeedsADay { on: change.on.to_string() });
    }
    match &change.change {
        ChangeKind::Continues { partners: Some(partners), successor }
            if partners.contains(&change.entity) || partners.contains(successor) =>
        {
            let both = [change.entity, *successor];
            let twice = both.into_iter().find(|entity| partners.contains(entity));
            Err(WellformedError::SameEntity(twice.unwrap_or(change.entity)))
        }
        other if other.entities().contains(&change.entity) => {
            Err(WellformedError::SameEntity(change.entity))
        }
        _ => Ok(()),
    }
}

fn check_act<R>(act: &Act<R>) -> Result<(), WellformedError> {
    check_reading(&act.dates)?;
    check_by(act.by, act.parties)?;
    let begins = matches!(act.act, ActKind::Establish | ActKind::Restore);
    if act.consular.is_some() && !(begins && act.axis == Axis::Diplomatic) {
        return Err(WellformedError::ConsularClause);
    }
    if act.annuls.is_some() && act.act != ActKind::Annul {
        return Err(WellformedError::AnnulsWithoutAnnul);
    }
    check_zone(act.zone.as_ref().map(|zone| zone.as_str()))
}

fn check_recognition<R>(recognition: &Recognition<R>) -> Result<(), WellformedError> {
    check_reading(&recognition.dates)?;
    check_two(recognition.by, recognition.of)
}

fn check_mission<R>(mission: &Mission<R>) -> Result<(), WellformedError> {
    check_reading(&mission.dates)?;
    check_two(mission.sender, mission.host)
}

fn check_step(step: &Step) -> Result<(), WellformedError> {
    if step.dates.all().next().is_none() {
        return Err(WellformedError::NoDate);
    }
    check_by(step.by, step.parties)
}

fn check_claim<R>(claim: &Claim<R>) -> Result<(), WellformedError> {
    if claim.date.is_none() && claim.says.is_none() && claim.wording.is_none() {
        return Err(WellformedError::EmptyClaim);
    }
    if claim.date.is_some() != claim.role.is_some() {
        return Err(WellformedError::ClaimRole);
    }
    check_zone(claim.zone.as_ref().map(|zone| zone.as_str()))
}

fn check_assertion(assertion: &Assertion) -> Result<(), WellformedError> {
    match &assertion.assert {
        Statement::Complete { from, to, .. } if to < from => Err(WellformedError::EmptyPeriod),
        Statement::Ordinal { entity, partner, .. } => check_two(*entity, *partner),
        _ => Ok(()),
    }
}

fn check_reading(dates: &Dates) -> Result<(), WellformedError> {
    if dates.reading().is_some() { Ok(()) } else { Err(WellformedError::NoReading) }
}

fn check_by(by: By, parties: Parties) -> Result<(), WellformedError> {
    match by {
        By::One(entity) if !parties.include(entity) => {
            Err(WellformedError::NotAParty { by: entity, parties })
        }
        _ => Ok(()),
    }
}

fn check_two(one: EntityId, other: EntityId) -> Result<(), WellformedError> {
    if one == other { Err(WellformedError::SameEntity(one)) } else { Ok(()) }
}

fn check_zone(zone: Option<&str>) -> Result<(), WellformedError> {
    match zone {
        Some(zone) if !is_zone(zone) => Err(WellformedError::Zone(zone.to_owned())),
        _ => Ok(()),
    }
}

/// Tells whether a text has the form of an IANA name: parts of letters, digits, `_`, `+` and `-`,
/// each beginning with a letter, separated by `/`.
#[must_use]
pub fn is_zone(text: &str) -> bool {
    text.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'))
    })
}
