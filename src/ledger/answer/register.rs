//! The answers of `entities` and `entity`: who is in the register.

use serde::Serialize;

use crate::domain::edtf::Edtf;
use crate::domain::entity::{Change, Code, EntityId, EntityKind, Name};
use crate::domain::period::Period;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;
use crate::domain::truth::Truth;
use crate::ledger::answer::StatedBasis;

/// The answer of `entities`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entities {
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The group whose members alone are listed.
    pub among: Option<EntityId>,
    /// The entities, by id.
    pub entities: Vec<ListedEntity>,
}

/// One entity of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedEntity {
    /// Its id.
    pub entity: EntityId,
    /// Its main name on the day.
    pub name: Text,
    /// What kind of party it is.
    pub kind: EntityKind,
    /// How long it has existed, where that is recorded.
    pub lifetime: Option<Period>,
    /// Whether it exists on the day.
    pub exists: Truth,
    /// Whether it is in the group on the day; only where a group is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Truth>,
    /// The entry that registered it.
    pub entry: Sequence,
}

/// The answer of `entity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// Its id.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// Its main name on the day.
    pub name: Text,
    /// What kind of party it is.
    pub kind: EntityKind,
    /// Its other names, of any day.
    pub names: Vec<Name>,
    /// Its codes, of any day.
    pub codes: Vec<Code>,
    /// How long it has existed, where that is recorded.
    pub lifetime: Option<Period>,
    /// Whether it exists on the day.
    pub exists: Truth,
    /// Its memberships, the earliest first.
    pub memberships: Vec<Membership>,
    /// What else changed about it, or made it another's successor, the earliest first.
    pub changes: Vec<EntityChange>,
    /// Those who certainly are its members on the day, by id; empty for what is no group.
    pub members: Vec<EntityId>,
    /// Those who may be its members on the day, by id.
    pub possible_members: Vec<EntityId>,
    /// The entries that the answer rests on, in recorded order.
    pub entries: Vec<Sequence>,
}

/// One membership in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The group.
    pub group: EntityId,
    /// The first day in it, where that is recorded.
    pub admitted: Option<Edtf>,
    /// The first day no longer in it.
    pub left: Option<Edtf>,
    /// The entries that say so.
    pub entries: Vec<Sequence>,
}

/// One change of an entity, or one by which it became another's successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntityChange {
    /// Its entry.
    pub entry: Sequence,
    /// The change.
    #[serde(flatten)]
    pub change: Change,
}
