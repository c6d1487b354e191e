//! Acts and the steps towards them on the wire, with the dates that facts share. Frozen.

use bincode::{Decode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, numbers, optional, parties, sequences};
use crate::chain::wire::words::{ActKind, Axis, Consular, Instrument, Role, StepKind};
use crate::domain::act;
use crate::domain::date_roles;
use crate::domain::sequence::Sequence;

/// An act between two parties.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Act {
    pub(in crate::chain) axis: Axis,
    pub(in crate::chain) first: String,
    pub(in crate::chain) second: String,
    pub(in crate::chain) act: ActKind,
    pub(in crate::chain) by: By,
    pub(in crate::chain) government: Option<String>,
    pub(in crate::chain) dates: Vec<Date>,
    pub(in crate::chain) place: Option<String>,
    pub(in crate::chain) zone: Option<String>,
    pub(in crate::chain) instrument: Instrument,
    pub(in crate::chain) wording: Option<String>,
    pub(in crate::chain) signatories: Vec<Signatory>,
    pub(in crate::chain) consular: Option<Consular>,
    pub(in crate::chain) annuls: Option<u64>,
    pub(in crate::chain) after: Vec<u64>,
    pub(in crate::chain) because: Vec<u64>,
    pub(in crate::chain) multilateral: Option<String>,
}

impl From<&act::Act> for Act {
    fn from(act: &act::Act) -> Self {
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
        Self {
            axis: (*axis).into(),
            first: parties.first().to_string(),
            second: parties.second().to_string(),
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

impl TryFrom<Act> for act::Act {
    type Error = ChainError;

    fn try_from(act: Act) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum By {
    Both,
    One { entity: String },
    Nobody,
    Unknown,
}

impl From<&act::By> for By {
    fn from(by: &act::By) -> Self {
        match by {
            act::By::Both => Self::Both,
            act::By::One(entity) => Self::One { entity: entity.to_string() },
            act::By::Nobody => Self::Nobody,
            act::By::Unknown => Self::Unknown,
        }
    }
}

impl TryFrom<By> for act::By {
    type Error = ChainError;

    fn try_from(by: By) -> Result<Self, ChainError> {
        Ok(match by {
            By::Both => Self::Both,
            By::One { entity } => Self::One(entity.checked("by")?),
            By::Nobody => Self::Nobody,
            By::Unknown => Self::Unknown,
        })
    }
}

/// Someone who signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Signatory {
    pub(in crate::chain) entity: String,
    pub(in crate::chain) person: String,
    pub(in crate::chain) office: Option<String>,
}

impl From<&act::Signatory> for Signatory {
    fn from(signatory: &act::Signatory) -> Self {
        let act::Signatory { entity, person, office } = signatory;
        Self {
            entity: entity.to_string(),
            person: person.to_string(),
            office: optional(office.as_ref()),
        }
    }
}

impl TryFrom<Signatory> for act::Signatory {
    type Error = ChainError;

    fn try_from(signatory: Signatory) -> Result<Self, ChainError> {
        Ok(Self {
            entity: signatory.entity.checked("signatory entity")?,
            person: signatory.person.checked("signatory person")?,
            office: signatory.office.checked("signatory office")?,
        })
    }
}

/// A step towards an act.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Step {
    pub(in crate::chain) first: String,
    pub(in crate::chain) second: String,
    pub(in crate::chain) towards: ActKind,
    pub(in crate::chain) step: StepKind,
    pub(in crate::chain) by: By,
    pub(in crate::chain) dates: Vec<Date>,
}

impl From<&act::Step> for Step {
    fn from(step: &act::Step) -> Self {
        let act::Step { parties, towards, step, by, dates: when } = step;
        Self {
            first: parties.first().to_string(),
            second: parties.second().to_string(),
            towards: (*towards).into(),
            step: (*step).into(),
            by: By::from(by),
            dates: dates(when),
        }
    }
}

impl TryFrom<Step> for act::Step {
    type Error = ChainError;

    fn try_from(step: Step) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Date {
    pub(in crate::chain) role: Role,
    pub(in crate::chain) date: String,
}

/// Writes the dates of a fact in the order of their roles.
pub(super) fn dates(dates: &date_roles::Dates) -> Vec<Date> {
    let date_roles::Dates { decided, approved, signed, effective, announced } = dates;
    [
        (Role::Decided, decided),
        (Role::Approved, approved),
        (Role::Signed, signed),
        (Role::Effective, effective),
        (Role::Announced, announced),
    ]
    .into_iter()
    .filter_map(|(role, date)| Some(Date { role, date: date.as_ref()?.to_string() }))
    .collect()
}

/// Reads the dates of a fact, which stand in the order of their roles, each role at most once.
pub(super) fn dates_checked(given: Vec<Date>) -> Result<date_roles::Dates, ChainError> {
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
