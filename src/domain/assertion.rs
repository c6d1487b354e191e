//! Assertions: statements that the ledger must agree with.

use serde::{Deserialize, Serialize};

use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::relation::{Axis, Parties};
use crate::domain::status::{CountingRule, Status};

/// A recorded statement that the ledger must agree with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// On which axis.
    #[serde(default)]
    pub axis: Axis,
    /// The statement.
    pub assert: Statement,
}

/// What an assertion states (domain.md §9).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Statement {
    /// A relation has a status on a day.
    Status {
        /// The relation.
        parties: Parties,
        /// The status.
        status: Status,
        /// The day.
        on: Day,
    },
    /// An entity has so many partners on a day.
    Count {
        /// The entity.
        entity: EntityId,
        /// The group within which partners are counted; all, when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        among: Option<EntityId>,
        /// What counts as a partner.
        #[serde(default)]
        rule: CountingRule,
        /// How many.
        count: u32,
        /// The day.
        on: Day,
    },
    /// These and no other members of a group are no partners of an entity on a day.
    Missing {
        /// The entity.
        entity: EntityId,
        /// The group.
        among: EntityId,
        /// What counts as a partner.
        #[serde(default)]
        rule: CountingRule,
        /// The members that are no partners.
        missing: Vec<EntityId>,
        /// The day.
        on: Day,
    },
    /// A partner was the N-th of an entity, seen from a day.
    Ordinal {
        /// The entity.
        entity: EntityId,
        /// The partner.
        partner: EntityId,
        /// What counts as a partner.
        #[serde(default)]
        rule: CountingRule,
        /// The number.
        ordinal: u32,
        /// The day.
        on: Day,
    },
    /// Every act of an entity on the axis, from a day to a day, is in the ledger.
    Complete {
        /// The entity.
        entity: EntityId,
        /// The first day.
        from: Day,
        /// The last day.
        to: Day,
    },
}

impl Assertion {
    /// The entities that the assertion names.
    pub fn entities(&self) -> Vec<EntityId> {
        match &self.assert {
            Statement::Status { parties, .. } => parties.both().to_vec(),
            Statement::Count { entity, among, .. } => {
                [Some(*entity), *among].into_iter().flatten().collect()
            }
            Statement::Missing { entity, among, missing, .. } => {
                [*entity, *among].into_iter().chain(missing.iter().copied()).collect()
            }
            Statement::Ordinal { entity, partner, .. } => vec![*entity, *partner],
            Statement::Complete { entity, .. } => vec![*entity],
        }
    }

    /// Whose acts on which axis it states to be all there, from the first day to the last.
    pub fn complete(&self) -> Option<((EntityId, Axis), (Day, Day))> {
        match &self.assert {
            Statement::Complete { entity, from, to } => Some(((*entity, self.axis), (*from, *to))),
            _ => None,
        }
    }
}

impl std::fmt::Display for Assertion {
    /// Writes an assertion in the words of domain.md §9.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.assert {
            Statement::Status { parties, status, on } => {
                write!(f, "status {} {} is {status} on {on}", parties.first(), parties.second())?;
            }
            Statement::Count { entity, among, count, on, .. } => {
                write!(f, "count {entity}")?;
                if let Some(group) = among {
                    write!(f, " among {group}")?;
                }
                write!(f, " is {count} on {on}")?;
            }
            Statement::Missing { entity, among, missing, on, .. } => {
                let ids: Vec<&str> = missing.iter().map(EntityId::as_str).collect();
                write!(f, "missing {entity} among {among} is {{{}}} on {on}", ids.join(", "))?;
            }
            Statement::Ordinal { entity, partner, ordinal, on, .. } => {
                write!(f, "ordinal {entity} {partner} is {ordinal} on {on}")?;
            }
            Statement::Complete { entity, from, to } => {
                write!(f, "complete {entity} from {from} to {to}")?;
            }
        }
        match self.axis {
            Axis::Diplomatic => Ok(()),
            Axis::Consular => f.write_str(" (consular axis)"),
        }
    }
}

impl Statement {
    /// How many missing entities the statement names.
    pub fn missing_count(&self) -> usize {
        match self {
            Self::Missing { missing, .. } => missing.len(),
            _ => 0,
        }
    }
}
