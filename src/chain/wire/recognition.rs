//! Recognitions and missions on the wire. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::act::{Date, dates, dates_checked};
use crate::chain::wire::checked::{Checked, Written, numbers, optional, sequences};
use crate::chain::wire::words::{Level, Manner, MissionKind, RecognitionKind};
use crate::domain::recognition;

/// One entity's recognition of another, or of its government.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Recognition<'a> {
    pub(in crate::chain) by: Cow<'a, str>,
    pub(in crate::chain) of: Cow<'a, str>,
    pub(in crate::chain) act: RecognitionKind,
    pub(in crate::chain) government: Option<Cow<'a, str>>,
    pub(in crate::chain) manner: Option<Manner>,
    pub(in crate::chain) dates: Vec<Date<'a>>,
    pub(in crate::chain) because: Vec<u64>,
}

impl<'a> From<&'a recognition::Recognition> for Recognition<'a> {
    fn from(recognition: &'a recognition::Recognition) -> Self {
        let recognition::Recognition { by, of, act, government, manner, dates: when, because } =
            recognition;
        Self {
            by: by.written(),
            of: of.written(),
            act: (*act).into(),
            government: optional(government.as_ref()),
            manner: manner.map(Manner::from),
            dates: dates(when),
            because: numbers(because),
        }
    }
}

impl TryFrom<Recognition<'_>> for recognition::Recognition {
    type Error = ChainError;

    fn try_from(recognition: Recognition<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            by: recognition.by.checked("by")?,
            of: recognition.of.checked("of")?,
            act: recognition.act.into(),
            government: recognition.government.checked("government")?,
            manner: recognition.manner.map(recognition::Manner::from),
            dates: dates_checked(recognition.dates)?,
            because: sequences(recognition.because),
        })
    }
}

/// Something done about a mission.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Mission<'a> {
    pub(in crate::chain) sender: Cow<'a, str>,
    pub(in crate::chain) host: Cow<'a, str>,
    pub(in crate::chain) act: MissionKind,
    pub(in crate::chain) level: Option<Level>,
    pub(in crate::chain) protecting: Option<Cow<'a, str>>,
    pub(in crate::chain) residence: Option<Residence<'a>>,
    pub(in crate::chain) number: Option<u32>,
    pub(in crate::chain) dates: Vec<Date<'a>>,
    pub(in crate::chain) because: Vec<u64>,
}

impl<'a> From<&'a recognition::Mission> for Mission<'a> {
    fn from(mission: &'a recognition::Mission) -> Self {
        let recognition::Mission {
            sender,
            host,
            act,
            level,
            protecting,
            residence,
            number,
            dates: when,
            because,
        } = mission;
        Self {
            sender: sender.written(),
            host: host.written(),
            act: (*act).into(),
            level: level.map(Level::from),
            protecting: optional(protecting.as_ref()),
            residence: residence.as_ref().map(Residence::from),
            number: *number,
            dates: dates(when),
            because: numbers(because),
        }
    }
}

impl TryFrom<Mission<'_>> for recognition::Mission {
    type Error = ChainError;

    fn try_from(mission: Mission<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            sender: mission.sender.checked("sender")?,
            host: mission.host.checked("host")?,
            act: mission.act.into(),
            level: mission.level.map(recognition::Level::from),
            protecting: mission.protecting.checked("protecting")?,
            residence: mission.residence.map(recognition::Residence::try_from).transpose()?,
            number: mission.number,
            dates: dates_checked(mission.dates)?,
            because: sequences(mission.because),
        })
    }
}

/// Where a mission resides.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum Residence<'a> {
    Resident,
    SeatedIn { entity: Cow<'a, str> },
}

impl<'a> From<&'a recognition::Residence> for Residence<'a> {
    fn from(residence: &'a recognition::Residence) -> Self {
        match residence {
            recognition::Residence::Resident => Self::Resident,
            recognition::Residence::SeatedIn(entity) => Self::SeatedIn { entity: entity.written() },
        }
    }
}

impl TryFrom<Residence<'_>> for recognition::Residence {
    type Error = ChainError;

    fn try_from(residence: Residence<'_>) -> Result<Self, ChainError> {
        Ok(match residence {
            Residence::Resident => Self::Resident,
            Residence::SeatedIn { entity } => Self::SeatedIn(entity.checked("seat")?),
        })
    }
}
