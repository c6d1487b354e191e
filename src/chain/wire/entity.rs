//! Registrations of entities and their changes on the wire. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, Written, each, optional};
use crate::chain::wire::words::{CodeSystem, EntityKind};
use crate::domain::entity;

/// An entity enters the register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Registration<'a> {
    pub(in crate::chain) id: Cow<'a, str>,
    pub(in crate::chain) entity: EntityKind,
    pub(in crate::chain) name: Cow<'a, str>,
    pub(in crate::chain) names: Vec<Name<'a>>,
    pub(in crate::chain) codes: Vec<Code<'a>>,
    pub(in crate::chain) lifetime: Option<Cow<'a, str>>,
}

impl<'a> From<&'a entity::Registration> for Registration<'a> {
    fn from(registration: &'a entity::Registration) -> Self {
        let entity::Registration { id, entity, name, names, codes, lifetime } = registration;
        Self {
            id: id.written(),
            entity: (*entity).into(),
            name: name.written(),
            names: names.iter().map(Name::from).collect(),
            codes: codes.iter().map(Code::from).collect(),
            lifetime: optional(lifetime.as_ref()),
        }
    }
}

impl TryFrom<Registration<'_>> for entity::Registration {
    type Error = ChainError;

    fn try_from(registration: Registration<'_>) -> Result<Self, ChainError> {
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Name<'a> {
    pub(in crate::chain) name: Cow<'a, str>,
    pub(in crate::chain) period: Option<Cow<'a, str>>,
}

impl<'a> From<&'a entity::Name> for Name<'a> {
    fn from(name: &'a entity::Name) -> Self {
        let entity::Name { name, period } = name;
        Self { name: name.written(), period: optional(period.as_ref()) }
    }
}

impl TryFrom<Name<'_>> for entity::Name {
    type Error = ChainError;

    fn try_from(name: Name<'_>) -> Result<Self, ChainError> {
        Ok(Self { name: name.name.checked("name")?, period: name.period.checked("name period")? })
    }
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Code<'a> {
    pub(in crate::chain) system: CodeSystem,
    pub(in crate::chain) code: Cow<'a, str>,
    pub(in crate::chain) period: Option<Cow<'a, str>>,
}

impl<'a> From<&'a entity::Code> for Code<'a> {
    fn from(code: &'a entity::Code) -> Self {
        let entity::Code { system, code, period } = code;
        Self { system: (*system).into(), code: code.written(), period: optional(period.as_ref()) }
    }
}

impl TryFrom<Code<'_>> for entity::Code {
    type Error = ChainError;

    fn try_from(code: Code<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            system: code.system.into(),
            code: code.code.checked("code")?,
            period: code.period.checked("code period")?,
        })
    }
}

/// Something about an entity changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Change<'a> {
    pub(in crate::chain) entity: Cow<'a, str>,
    pub(in crate::chain) on: Cow<'a, str>,
    pub(in crate::chain) change: ChangeKind<'a>,
}

impl<'a> From<&'a entity::Change> for Change<'a> {
    fn from(change: &'a entity::Change) -> Self {
        let entity::Change { entity, on, change } = change;
        Self { entity: entity.written(), on: on.written(), change: ChangeKind::from(change) }
    }
}

impl TryFrom<Change<'_>> for entity::Change {
    type Error = ChainError;

    fn try_from(change: Change<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            entity: change.entity.checked("entity")?,
            on: change.on.checked("on")?,
            change: change.change.try_into()?,
        })
    }
}

/// What changes about an entity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum ChangeKind<'a> {
    Renamed { name: Cow<'a, str> },
    Code { system: CodeSystem, code: Cow<'a, str> },
    Admitted { group: Cow<'a, str> },
    Left { group: Cow<'a, str> },
    GovernmentChanged { from: Option<Cow<'a, str>>, to: Option<Cow<'a, str>> },
    Extinguished,
    Revived,
    Continues { successor: Cow<'a, str>, partners: Option<Vec<Cow<'a, str>>> },
    Succeeds { successor: Cow<'a, str> },
}

impl<'a> From<&'a entity::ChangeKind> for ChangeKind<'a> {
    fn from(change: &'a entity::ChangeKind) -> Self {
        use crate::domain::entity::ChangeKind as Domain;
        match change {
            Domain::Renamed { name } => Self::Renamed { name: name.written() },
            Domain::Code { system, code } => {
                Self::Code { system: (*system).into(), code: code.written() }
            }
            Domain::Admitted { group } => Self::Admitted { group: group.written() },
            Domain::Left { group } => Self::Left { group: group.written() },
            Domain::GovernmentChanged { from, to } => {
                Self::GovernmentChanged { from: optional(from.as_ref()), to: optional(to.as_ref()) }
            }
            Domain::Extinguished => Self::Extinguished,
            Domain::Revived => Self::Revived,
            Domain::Continues { successor, partners } => Self::Continues {
                successor: successor.written(),
                partners: partners.as_deref().map(each),
            },
            Domain::Succeeds { successor } => Self::Succeeds { successor: successor.written() },
        }
    }
}

impl TryFrom<ChangeKind<'_>> for entity::ChangeKind {
    type Error = ChainError;

    fn try_from(change: ChangeKind<'_>) -> Result<Self, ChainError> {
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
