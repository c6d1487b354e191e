//! Claims, corrections, retractions and erasures on the wire. Frozen.

use bincode::{Decode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, optional};
use crate::chain::wire::event::Fact;
use crate::chain::wire::words::{Role, Says, Standing};
use crate::domain::date_roles;
use crate::domain::editorial;
use crate::domain::sequence::Sequence;

/// One source's account of an act.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Claim {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) role: Option<Role>,
    pub(in crate::chain) date: Option<String>,
    pub(in crate::chain) place: Option<String>,
    pub(in crate::chain) zone: Option<String>,
    pub(in crate::chain) says: Option<Says>,
    pub(in crate::chain) wording: Option<String>,
    pub(in crate::chain) standing: Standing,
}

impl From<&editorial::Claim> for Claim {
    fn from(claim: &editorial::Claim) -> Self {
        let editorial::Claim { target, role, date, place, zone, says, wording, standing } = claim;
        Self {
            target: target.0,
            role: role.map(Role::from),
            date: optional(date.as_ref()),
            place: optional(place.as_ref()),
            zone: optional(zone.as_ref()),
            says: says.map(Says::from),
            wording: optional(wording.as_ref()),
            standing: (*standing).into(),
        }
    }
}

impl TryFrom<Claim> for editorial::Claim {
    type Error = ChainError;

    fn try_from(claim: Claim) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(claim.target),
            role: claim.role.map(date_roles::Role::from),
            date: claim.date.checked("date")?,
            place: claim.place.checked("place")?,
            zone: claim.zone.checked("zone")?,
            says: claim.says.map(editorial::Says::from),
            wording: claim.wording.checked("wording")?,
            standing: claim.standing.into(),
        })
    }
}

/// A fact is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Correction {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) fact: Fact,
    pub(in crate::chain) reason: String,
}

impl From<&editorial::Correction> for Correction {
    fn from(correction: &editorial::Correction) -> Self {
        let editorial::Correction { target, fact, reason } = correction;
        Self { target: target.0, fact: Fact::from(fact), reason: reason.to_string() }
    }
}

impl TryFrom<Correction> for editorial::Correction {
    type Error = ChainError;

    fn try_from(correction: Correction) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(correction.target),
            fact: correction.fact.try_into()?,
            reason: correction.reason.checked("reason")?,
        })
    }
}

/// An entry is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Retraction {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) reason: String,
}

impl From<&editorial::Retraction> for Retraction {
    fn from(retraction: &editorial::Retraction) -> Self {
        let editorial::Retraction { target, reason } = retraction;
        Self { target: target.0, reason: reason.to_string() }
    }
}

impl TryFrom<Retraction> for editorial::Retraction {
    type Error = ChainError;

    fn try_from(retraction: Retraction) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(retraction.target),
            reason: retraction.reason.checked("reason")?,
        })
    }
}

/// An attachment is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Erasure {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) attachment: u8,
    pub(in crate::chain) reason: String,
}

impl From<&editorial::Erasure> for Erasure {
    fn from(erasure: &editorial::Erasure) -> Self {
        let editorial::Erasure { target, attachment, reason } = erasure;
        Self { target: target.0, attachment: *attachment, reason: reason.to_string() }
    }
}

impl TryFrom<Erasure> for editorial::Erasure {
    type Error = ChainError;

    fn try_from(erasure: Erasure) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(erasure.target),
            attachment: erasure.attachment,
            reason: erasure.reason.checked("reason")?,
        })
    }
}
