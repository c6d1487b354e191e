//! Recognitions and missions on the wire. Frozen.

use bincode::{Decode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::act::{Date, dates, dates_checked};
use crate::chain::wire::checked::{Checked, numbers, optional, sequences};
use crate::chain::wire::words::{Level, Manner, MissionKind, RecognitionKind};
use crate::domain::recognition;

/// One entity's recognition of another, or of its government.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Recognition {
    pub(in crate::chain) by: String,
    pub(in crate::chain) of: String,
    pub(in crate::chain) act: RecognitionKind,
    pub(in crate::chain) government: Option<String>,
    pub(in crate::chain) manner: Option<Manner>,
    pub(in crate::chain) dates: Vec<Date>,
    pub(in crate::chain) because: Vec<u64>,
}

impl From<&recognition::Recognition> for Recognition {
    fn from(recognition: &recognition::Recognition) -> Self {
        let recognition::Recognition { by, of, act, government, manner, dates: when, because } =
            recognition;
        Self {
            by: by.to_string(),
            of: of.to_string(),
            act: (*act).into(),
            government: optional(government.as_ref()),
            manner: manner.map(Manner::from),
            dates: dates(when),
            because: numbers(because),
        }
    }
}

impl TryFrom<Recognition> for recognition::Recognition {
    type Error = ChainError;

    fn try_from(recognition: Recognition) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Mission {
    pub(in crate::chain) sender: String,
    pub(in crate::chain) host: String,
    pub(in crate::chain) act: MissionKind,
    pub(in crate::chain) level: Option<Level>,
    pub(in crate::chain) protecting: Option<String>,
    pub(in crate::chain) residence: Option<Residence>,
    pub(in crate::chain) number: Option<u32>,
    pub(in crate::chain) dates: Vec<Date>,
    pub(in crate::chain) because: Vec<u64>,
}

impl From<&recognition::Mission> for Mission {
    fn from(mission: &recognition::Mission) -> Self {
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
            sender: sender.to_string(),
            host: host.to_string(),
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

impl TryFrom<Mission> for recognition::Mission {
    type Error = ChainError;

    fn try_from(mission: Mission) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum Residence {
    Resident,
    SeatedIn { entity: String },
}

impl From<&recognition::Residence> for Residence {
    fn from(residence: &recognition::Residence) -> Self {
        match residence {
            recognition::Residence::Resident => Self::Resident,
            recognition::Residence::SeatedIn(entity) => {
                Self::SeatedIn { entity: entity.to_string() }
            }
        }
    }
}

impl TryFrom<Residence> for recognition::Residence {
    type Error = ChainError;

    fn try_from(residence: Residence) -> Result<Self, ChainError> {
        Ok(match residence {
            Residence::Resident => Self::Resident,
            Residence::SeatedIn { entity } => Self::SeatedIn(entity.checked("seat")?),
        })
    }
}
