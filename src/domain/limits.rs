//! The limits of format 1: how large each part of an entry may be. They belong to the format, so
//! they never change under one format number.

use crate::domain::event::{Event, Fact};
use crate::domain::source::{Attachment, Source};

/// Bytes of a whole encoded entry.
pub const ENTRY_BYTES_MAX: usize = 65_535;
/// Bytes of a one-line text.
pub const TEXT_BYTES_MAX: usize = 4_096;
/// Bytes of a note.
pub const NOTE_BYTES_MAX: usize = 32_768;
/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 4_096;
/// Bytes of an origin.
pub const ORIGIN_BYTES_MAX: usize = 255;
/// Sources of one entry.
pub const SOURCES_MAX: usize = 64;
/// Attachments of one entry.
pub const ATTACHMENTS_MAX: usize = 16;
/// Signatories of one act.
pub const SIGNATORIES_MAX: usize = 64;
/// References in each of `because` and `after`.
pub const REFERENCES_MAX: usize = 256;
/// Names, and codes, of one registration.
pub const NAMES_MAX: usize = 256;
/// Entities in one list (partners of a continuation, entities of a context, missing entities).
pub const ENTITIES_MAX: usize = 256;

/// A list that has more members than the format allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {count} given, at most {count_max} are allowed")]
pub struct LimitError {
    /// What there is too much of.
    pub what: &'static str,
    /// How many there are.
    pub count: usize,
    /// How many the format allows.
    pub count_max: usize,
}

fn at_most(what: &'static str, count: usize, count_max: usize) -> Result<(), LimitError> {
    if count > count_max { Err(LimitError { what, count, count_max }) } else { Ok(()) }
}

/// Checks every list of an entry; texts are checked by their types.
///
/// # Errors
/// The first list that is too long.
pub fn check<R>(
    event: &Event<R>,
    sources: &[Source],
    attachments: &[Attachment],
) -> Result<(), LimitError> {
    at_most("sources", sources.len(), SOURCES_MAX)?;
    at_most("attachments", attachments.len(), ATTACHMENTS_MAX)?;
    match event {
        Event::Fact(fact) => check_fact(fact),
        Event::Correction(correction) => check_fact(&correction.fact),
        Event::Assertion(assertion) => {
            at_most("missing entities", assertion.assert.missing_count(), ENTITIES_MAX)
        }
        Event::Opening(_) | Event::Claim(_) | Event::Retraction(_) | Event::Erasure(_) => Ok(()),
    }
}

fn check_fact<R>(fact: &Fact<R>) -> Result<(), LimitError> {
    match fact {
        Fact::Registration(registration) => {
            at_most("names", registration.names.len(), NAMES_MAX)?;
            at_most("codes", registration.codes.len(), NAMES_MAX)
        }
        Fact::Change(change) => at_most("partners", change.change.partner_count(), ENTITIES_MAX),
        Fact::Act(act) => {
            at_most("signatories", act.signatories.len(), SIGNATORIES_MAX)?;
            at_most("after", act.after.len(), REFERENCES_MAX)?;
            at_most("because", act.because.len(), REFERENCES_MAX)
        }
        Fact::Recognition(recognition) => {
            at_most("because", recognition.because.len(), REFERENCES_MAX)
        }
        Fact::Mission(mission) => at_most("because", mission.because.len(), REFERENCES_MAX),
        Fact::Context(context) => at_most("entities", context.entities.len(), ENTITIES_MAX),
        Fact::Step(_) => Ok(()),
    }
}
