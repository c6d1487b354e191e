//! Registrations of entities and their changes on the wire. Frozen.

use bincode::{Decode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, each, optional};
use crate::chain::wire::words::{CodeSystem, EntityKind};
use crate::domain::entity;

/// An entity enters the register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Registration {
    pub(in crate::chain) id: String,
    pub(in crate::chain) entity: EntityKind,
    pub(in crate::chain) name: String,
    pub(in crate::chain) names: Vec<Name>,
    pub(in crate::chain) codes: Vec<Code>,
    pub(in crate::chain) lifetime: Option<String>,
}

impl From<&entity::Registration> for Registration {
    fn from(registration: &entity::Registration) -> Self {
        let entity::Registration { id, entity, name, names, codes, lifetime } = registration;
        Self {
            id: id.to_string(),
            entity: (*entity).into(),
            name: name.to_string(),
            names: names.iter().map(Name::from).collect(),
            codes: codes.iter().map(Code::from).collect(),
            lifetime: optional(lifetime.as_ref()),
        }
    }
}

impl TryFrom<Registration> for entity::Registration {
    type Error = ChainError;

    fn try_from(registration: Registration) -> Result<Self, ChainError> {
        let names = registration.names.into_iter().map(entity::Name::try_from);
        let codes = registration.codes.into_iter().map(entity::Code::try_from);
        Ok(Self {
            id: registration.id.checked("id")?,
            entity: registration.entity.into(),
            name: registration.name.checked("name")?,
            names: names.collect::<Result<_, _>>()?,
            codes: codes.collect::<Result<_, _>>()?,
            lifetime: registration.lifetime.checked("lifetime")?,
        })
    }
}

/// A further name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Name {
    pub(in crate::chain) name: String,
    pub(in crate::chain) period: Option<String>,
}

impl From<&entity::Name> for Name {
    fn from(name: &entity::Name) -> Self {
        let entity::Name { name, period } = name;
        Self { name: name.to_string(), period: optional(period.as_ref()) }
    }
}

impl TryFrom<Name> for entity::Name {
    type Error = ChainError;

    fn try_from(name: Name) -> Result<Self, ChainError> {
        Ok(Self { name: name.name.checked("name")?, period: name.period.checked("name period")? })
    }
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Code {
    pub(in crate::chain) system: CodeSystem,
    pub(in crate::chain) code: String,
    pub(in crate::chain) period: Option<String>,
}

impl From<&entity::Code> for Code {
    fn from(code: &entity::Code) -> Self {
        let entity::Code { system, code, period } = code;
        Self { system: (*system).into(), code: code.to_string(), period: optional(period.as_ref()) }
    }
}

impl TryFrom<Code> for entity::Code {
    type Error = ChainError;

    fn try_from(code: Code) -> Result<Self, ChainError> {
        Ok(Self {
            system: code.system.into(),
            code: code.code.checked("code")?,
            period: code.period.checked("code period")?,
        })
    }
}

/// Something about an entity changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Change {
    pub(in crate::chain) entity: String,
    pub(in crate::chain) on: String,
    pub(in crate::chain) change: ChangeKind,
}

impl From<&entity::Change> for Change {
    fn from(change: &entity::Change) -> Self {
        let entity::Change { entity, on, change } = change;
        Self { entity: entity.to_string(), on: on.to_string(), change: ChangeKind::from(change) }
    }
}

impl TryFrom<Change> for entity::Change {
    type Error = ChainError;

    fn try_from(change: Change) -> Result<Self, ChainError> {
        Ok(Self {
            entity: change.entity.checked("entity")?,
            on: change.on.checked("on")?,
            change: change.change.try_into()?,
        })
    }
}

/// What changes about an entity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum ChangeKind {
    Renamed { name: String },
    Code { system: CodeSystem, code: String },
    Admitted { group: String },
    Left { group: String },
    GovernmentChanged { from: Option<String>, to: Option<String> },
    Extinguished,
    Revived,
    Continues { successor: String, partners: Option<Vec<String>> },
    Succeeds { successor: String },
}

impl From<&entity::ChangeKind> for ChangeKind {
    fn from(change: &entity::ChangeKind) -> Self {
        use crate::domain::entity::ChangeKind as Domain;
        match change {
            Domain::Renamed { name } => Self::Renamed { name: name.to_string() },
            Domain::Code { system, code } => {
                Self::Code { system: (*system).into(), code: code.to_string() }
            }
            Domain::Admitted { group } => Self::Admitted { group: group.to_string() },
            Domain::Left { group } => Self::Left { group: group.to_string() },
            Domain::GovernmentChanged { from, to } => {
                Self::GovernmentChanged { from: optional(from.as_ref()), to: optional(to.as_ref()) }
            }
            Domain::Extinguished => Self::Extinguished,
            Domain::Revived => Self::Revived,
            Domain::Continues { successor, partners } => Self::Continues {
                successor: successor.to_string(),
                partners: partners.as_deref().map(each),
            },
            Domain::Succeeds { successor } => Self::Succeeds { successor: successor.to_string() },
        }
    }
}

impl TryFrom<ChangeKind> for entity::ChangeKind {
    type Error = ChainError;

    fn try_from(change: ChangeKind) -> Result<Self, ChainError> {
        Ok(match change {
            ChangeKind::Renamed { name } => Self::Renamed { name: name.checked("name")? },
            ChangeKind::Code { system, code } => {
                Self::Code { system: system.into(), code: code.checked("code")? }
            }
            ChangeKind::Admitted { group } => Self::Admitted { group: group.checked("group")? },
            ChangeKind::Left { group } => Self::Left { group: group.checked("group")? },
            ChangeKind::GovernmentChanged { from, to } => {
                Self::GovernmentChanged { from: from.checked("from")?, to: to.checked("to")? }
            }
            ChangeKind::Extinguished => Self::Extinguished,
            ChangeKind::Revived => Self::Revived,
            ChangeKind::Continues { successor, partners } => Self::Continues {
                successor: successor.checked("successor")?,
                partners: partners.checked("partners")?,
            },
            ChangeKind::Succeeds { successor } => {
                Self::Succeeds { successor: successor.checked("successor")? }
            }
        })
    }
}
