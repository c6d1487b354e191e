//! Acts and the steps towards them on the wire, with the dates that facts share. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, Written, numbers, optional, parties, sequences};
use crate::chain::wire::words::{ActKind, Axis, Consular, Instrument, Role, StepKind};
use crate::domain::act;
use crate::domain::date_roles;
use crate::domain::sequence::Sequence;

/// An act between two parties.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Act<'a> {
    pub(in crate::chain) axis: Axis,
    pub(in crate::chain) first: Cow<'a, str>,
    pub(in crate::chain) second: Cow<'a, str>,
    pub(in crate::chain) act: ActKind,
    pub(in crate::chain) by: By<'a>,
    pub(in crate::chain) government: Option<Cow<'a, str>>,
    pub(in crate::chain) dates: Vec<Date<'a>>,
    pub(in crate::chain) place: Option<Cow<'a, str>>,
    pub(in crate::chain) zone: Option<Cow<'a, str>>,
    pub(in crate::chain) instrument: Instrument,
    pub(in crate::chain) wording: Option<Cow<'a, str>>,
    pub(in crate::chain) signatories: Vec<Signatory<'a>>,
    pub(in crate::chain) consular: Option<Consular>,
    pub(in crate::chain) annuls: Option<u64>,
    pub(in crate::chain) after: Vec<u64>,
    pub(in crate::chain) because: Vec<u64>,
    pub(in crate::chain) multilateral: Option<Cow<'a, str>>,
}

impl<'a> From<&'a act::Act> for Act<'a> {
    fn from(act: &'a act::Act) -> Self {
        let act::Act {
            axis,
            parties,
            act,
            by,
            government,
            dates: when,
            place,
            zone,
            instrument,
            wording,
            signatories,
            consular,
            annuls,
            after,
            because,
            multilateral,
        } = act;
        let [first, second] = parties.texts().map(Cow::from);
        Self {
            axis: (*axis).into(),
            first,
            second,
            act: (*act).into(),
            by: By::from(by),
            government: optional(government.as_ref()),
            dates: dates(when),
            place: optional(place.as_ref()),
            zone: optional(zone.as_ref()),
            instrument: (*instrument).into(),
            wording: optional(wording.as_ref()),
            signatories: signatories.iter().map(Signatory::from).collect(),
            consular: consular.map(Consular::from),
            annuls: annuls.map(|sequence| sequence.0),
            after: numbers(after),
            because: numbers(because),
            multilateral: optional(multilateral.as_ref()),
        }
    }
}

impl TryFrom<Act<'_>> for act::Act {
    type Error = ChainError;

    fn try_from(act: Act<'_>) -> Result<Self, ChainError> {
        let signatories = act.signatories.into_iter().map(act::Signatory::try_from);
        Ok(Self {
            axis: act.axis.into(),
            parties: parties(act.first, act.second)?,
            act: act.act.into(),
            by: act.by.try_into()?,
            government: act.government.checked("government")?,
            dates: dates_checked(act.dates)?,
            place: act.place.checked("place")?,
            zone: act.zone.checked("zone")?,
            instrument: act.instrument.into(),
            wording: act.wording.checked("wording")?,
            signatories: signatories.collect::<Result<_, _>>()?,
            consular: act.consular.map(act::Consular::from),
            annuls: act.annuls.map(Sequence),
            after: sequences(act.after),
            because: sequences(act.because),
            multilateral: act.multilateral.checked("multilateral")?,
        })
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum By<'a> {
    Both,
    One { entity: Cow<'a, str> },
    Nobody,
    Unknown,
}

impl<'a> From<&'a act::By> for By<'a> {
    fn from(by: &'a act::By) -> Self {
        match by {
            act::By::Both => Self::Both,
            act::By::One(entity) => Self::One { entity: entity.written() },
            act::By::Nobody => Self::Nobody,
            act::By::Unknown => Self::Unknown,
        }
    }
}

impl TryFrom<By<'_>> for act::By {
    type Error = ChainError;

    fn try_from(by: By<'_>) -> Result<Self, ChainError> {
        Ok(match by {
            By::Both => Self::Both,
            By::One { entity } => Self::One(entity.checked("by")?),
            By::Nobody => Self::Nobody,
            By::Unknown => Self::Unknown,
        })
    }
}

/// Someone who signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Signatory<'a> {
    pub(in crate::chain) entity: Cow<'a, str>,
    pub(in crate::chain) person: Cow<'a, str>,
    pub(in crate::chain) office: Option<Cow<'a, str>>,
}

impl<'a> From<&'a act::Signatory> for Signatory<'a> {
    fn from(signatory: &'a act::Signatory) -> Self {
        let act::Signatory { entity, person, office } = signatory;
        Self {
            entity: entity.written(),
            person: person.written(),
            office: optional(office.as_ref()),
        }
    }
}

impl TryFrom<Signatory<'_>> for act::Signatory {
    type Error = ChainError;

    fn try_from(signatory: Signatory<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            entity: signatory.entity.checked("signatory entity")?,
            person: signatory.person.checked("signatory person")?,
            office: signatory.office.checked("signatory office")?,
        })
    }
}

/// A step towards an act.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Step<'a> {
    pub(in crate::chain) first: Cow<'a, str>,
    pub(in crate::chain) second: Cow<'a, str>,
    pub(in crate::chain) towards: ActKind,
    pub(in crate::chain) step: StepKind,
    pub(in crate::chain) by: By<'a>,
    pub(in crate::chain) dates: Vec<Date<'a>>,
}

impl<'a> From<&'a act::Step> for Step<'a> {
    fn from(step: &'a act::Step) -> Self {
        let act::Step { parties, towards, step, by, dates: when } = step;
        let [first, second] = parties.texts().map(Cow::from);
        Self {
            first,
            second,
            towards: (*towards).into(),
            step: (*step).into(),
            by: By::from(by),
            dates: dates(when),
        }
    }
}

impl TryFrom<Step<'_>> for act::Step {
    type Error = ChainError;

    fn try_from(step: Step<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            parties: parties(step.first, step.second)?,
            towards: step.towards.into(),
            step: step.step.into(),
            by: step.by.try_into()?,
            dates: dates_checked(step.dates)?,
        })
    }
}

/// One date with its role.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Date<'a> {
    pub(in crate::chain) role: Role,
    pub(in crate::chain) date: Cow<'a, str>,
}

/// Writes the dates of a fact in the order of their roles.
pub(super) fn dates(dates: &date_roles::Dates) -> Vec<Date<'_>> {
    let date_roles::Dates { decided, approved, signed, effective, announced } = dates;
    [
        (Role::Decided, decided),
        (Role::Approved, approved),
        (Role::Signed, signed),
        (Role::Effective, effective),
        (Role::Announced, announced),
    ]
    .into_iter()
    .filter_map(|(role, date)| Some(Date { role, date: date.as_ref()?.written() }))
    .collect()
}

/// Reads the dates of a fact, which stand in the order of their roles, each role at most once.
pub(super) fn dates_checked(given: Vec<Date<'_>>) -> Result<date_roles::Dates, ChainError> {
    let in_order = given.is_sorted_by_key(|date| date_roles::Role::from(date.role));
    let mut dates = date_roles::Dates::default();
    for Date { role, date } in given {
        let slot = match role {
            Role::Decided => &mut dates.decided,
            Role::Approved => &mut dates.approved,
            Role::Signed => &mut dates.signed,
            Role::Effective => &mut dates.effective,
            Role::Announced => &mut dates.announced,
        };
        if slot.is_some() || !in_order {
            return Err(ChainError::DatesOrder);
        }
        *slot = Some(date.checked(date_roles::Role::from(role).as_str())?);
    }
    Ok(dates)
}
