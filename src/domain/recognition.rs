//! The two directed axes: recognition, and representation by missions. Neither changes a relation.

use serde::{Deserialize, Serialize};

use crate::domain::date_roles::Dates;
use crate::domain::entity::EntityId;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;

/// What is done about recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecognitionKind {
    /// It is given.
    Recognised,
    /// It is taken back.
    Withdrawn,
    /// It is refused.
    Refused,
}

/// How far a recognition goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// In law.
    DeJure,
    /// In fact.
    DeFacto,
}

/// One entity's recognition of another, or of its government.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognition<R = Sequence> {
    /// Who recognises.
    pub by: EntityId,
    /// Whom.
    pub of: EntityId,
    /// What is done.
    pub act: RecognitionKind,
    /// The government that is recognised; the state itself, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub government: Option<Text>,
    /// In law or in fact; not said, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manner: Option<Manner>,
    /// When, by role.
    pub dates: Dates,
    /// What caused it.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<R>,
}

/// What is done about a mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissionKind {
    /// It opens.
    Opened,
    /// It closes.
    Closed,
    /// It stops working without closing.
    OperationsSuspended,
    /// Its level is set.
    LevelSet,
    /// The sender calls its head home.
    Recalled,
    /// The host expels its members.
    Expelled,
    /// Its head returns.
    Returned,
    /// Another entity begins to protect the sender's interests (VCDR 1961, articles 45 and 46).
    ProtectionBegun,
    /// That protection ends.
    ProtectionEnded,
}

/// The level of a mission, by its head or its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// None.
    None,
    /// A representative office.
    RepresentativeOffice,
    /// A liaison office.
    LiaisonOffice,
    /// An interests section.
    InterestsSection,
    /// A chargé d'affaires ad interim.
    ChargeAdInterim,
    /// A chargé d'affaires.
    Charge,
    /// A minister.
    Minister,
    /// An ambassador.
    Ambassador,
}

/// Where a mission resides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Residence {
    /// In the host entity.
    Resident,
    /// In another entity, whence it is accredited (VCDR 1961, article 5).
    SeatedIn(EntityId),
}

/// Something done about the mission of one entity to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mission<R = Sequence> {
    /// Who sends.
    pub sender: EntityId,
    /// Who receives.
    pub host: EntityId,
    /// What is done.
    pub act: MissionKind,
    /// The level from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The entity that protects the sender's interests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protecting: Option<EntityId>,
    /// Where the mission resides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residence: Option<Residence>,
    /// How many people were expelled, recalled or returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When, by role.
    pub dates: Dates,
    /// What caused it.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<R>,
}

impl<R> Recognition<R> {
    /// The same recognition with each reference replaced.
    ///
    /// # Errors
    /// The first reference that cannot be.
    pub fn try_map<S, E>(
        self,
        replace: &mut impl FnMut(R) -> Result<S, E>,
    ) -> Result<Recognition<S>, E> {
        Ok(Recognition {
            by: self.by,
            of: self.of,
            act: self.act,
            government: self.government,
            manner: self.manner,
            dates: self.dates,
            because: self.because.into_iter().map(replace).collect::<Result<_, E>>()?,
        })
    }
}

impl<R> Mission<R> {
    /// The entity in which a mission that does not reside in its host is seated.
    pub fn seat(&self) -> Option<EntityId> {
        match self.residence {
            Some(Residence::SeatedIn(seat)) => Some(seat),
            Some(Residence::Resident) | None => None,
        }
    }

    /// The same fact with each reference replaced.
    ///
    /// # Errors
    /// The first reference that cannot be.
    pub fn try_map<S, E>(
        self,
        replace: &mut impl FnMut(R) -> Result<S, E>,
    ) -> Result<Mission<S>, E> {
        Ok(Mission {
            sender: self.sender,
            host: self.host,
            act: self.act,
            level: self.level,
            protecting: self.protecting,
            residence: self.residence,
            number: self.number,
            dates: self.dates,
            because: self.because.into_iter().map(replace).collect::<Result<_, E>>()?,
        })
    }
}
