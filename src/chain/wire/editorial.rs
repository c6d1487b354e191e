//! Claims, corrections, retractions and erasures on the wire. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, Written, optional};
use crate::chain::wire::event::Fact;
use crate::chain::wire::words::{Role, Says, Standing};
use crate::domain::date_roles;
use crate::domain::editorial;
use crate::domain::sequence::Sequence;

/// One source's account of an act.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Claim<'a> {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) role: Option<Role>,
    pub(in crate::chain) date: Option<Cow<'a, str>>,
    pub(in crate::chain) place: Option<Cow<'a, str>>,
    pub(in crate::chain) zone: Option<Cow<'a, str>>,
    pub(in crate::chain) says: Option<Says>,
    pub(in crate::chain) wording: Option<Cow<'a, str>>,
    pub(in crate::chain) standing: Standing,
}

impl<'a> From<&'a editorial::Claim> for Claim<'a> {
    fn from(claim: &'a editorial::Claim) -> Self {
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

impl TryFrom<Claim<'_>> for editorial::Claim {
    type Error = ChainError;

    fn try_from(claim: Claim<'_>) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Correction<'a> {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) fact: Fact<'a>,
    pub(in crate::chain) reason: Cow<'a, str>,
}

impl<'a> From<&'a editorial::Correction> for Correction<'a> {
    fn from(correction: &'a editorial::Correction) -> Self {
        let editorial::Correction { target, fact, reason } = correction;
        Self { target: target.0, fact: Fact::from(fact), reason: reason.written() }
    }
}

impl TryFrom<Correction<'_>> for editorial::Correction {
    type Error = ChainError;

    fn try_from(correction: Correction<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(correction.target),
            fact: correction.fact.try_into()?,
            reason: correction.reason.checked("reason")?,
        })
    }
}

/// An entry is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Retraction<'a> {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) reason: Cow<'a, str>,
}

impl<'a> From<&'a editorial::Retraction> for Retraction<'a> {
    fn from(retraction: &'a editorial::Retraction) -> Self {
        let editorial::Retraction { target, reason } = retraction;
        Self { target: target.0, reason: reason.written() }
    }
}

impl TryFrom<Retraction<'_>> for editorial::Retraction {
    type Error = ChainError;

    fn try_from(retraction: Retraction<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(retraction.target),
            reason: retraction.reason.checked("reason")?,
        })
    }
}

/// An attachment is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Erasure<'a> {
    pub(in crate::chain) target: u64,
    pub(in crate::chain) attachment: u8,
    pub(in crate::chain) reason: Cow<'a, str>,
}

impl<'a> From<&'a editorial::Erasure> for Erasure<'a> {
    fn from(erasure: &'a editorial::Erasure) -> Self {
        let editorial::Erasure { target, attachment, reason } = erasure;
        Self { target: target.0, attachment: *attachment, reason: reason.written() }
    }
}

impl TryFrom<Erasure<'_>> for editorial::Erasure {
    type Error = ChainError;

    fn try_from(erasure: Erasure<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            target: Sequence(erasure.target),
            attachment: erasure.attachment,
            reason: erasure.reason.checked("reason")?,
        })
    }
}
