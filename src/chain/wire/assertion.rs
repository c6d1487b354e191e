//! Assertions on the wire. Frozen.

use bincode::{Decode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, each, optional, parties};
use crate::chain::wire::words::{Axis, CountingRule, Status};
use crate::domain::assertion;

/// A statement that the ledger must agree with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Assertion {
    pub(in crate::chain) axis: Axis,
    pub(in crate::chain) statement: Statement,
}

impl From<&assertion::Assertion> for Assertion {
    fn from(assertion: &assertion::Assertion) -> Self {
        let assertion::Assertion { axis, assert } = assertion;
        Self { axis: (*axis).into(), statement: Statement::from(assert) }
    }
}

impl TryFrom<Assertion> for assertion::Assertion {
    type Error = ChainError;

    fn try_from(assertion: Assertion) -> Result<Self, ChainError> {
        Ok(Self { axis: assertion.axis.into(), assert: assertion.statement.try_into()? })
    }
}

/// What is stated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum Statement {
    Status { first: String, second: String, status: Status, on: String },
    Count { entity: String, among: Option<String>, rule: CountingRule, count: u32, on: String },
    Missing { entity: String, among: String, rule: CountingRule, missing: Vec<String>, on: String },
    Ordinal { entity: String, partner: String, rule: CountingRule, ordinal: u32, on: String },
    Complete { entity: String, from: String, to: String },
}

impl From<&assertion::Statement> for Statement {
    fn from(statement: &assertion::Statement) -> Self {
        use crate::domain::assertion::Statement as Domain;
        match statement {
            Domain::Status { parties, status, on } => Self::Status {
                first: parties.first().to_string(),
                second: parties.second().to_string(),
                status: (*status).into(),
                on: on.to_string(),
            },
            Domain::Count { entity, among, rule, count, on } => Self::Count {
                entity: entity.to_string(),
                among: optional(among.as_ref()),
                rule: (*rule).into(),
                count: *count,
                on: on.to_string(),
            },
            Domain::Missing { entity, among, rule, missing, on } => Self::Missing {
                entity: entity.to_string(),
                among: among.to_string(),
                rule: (*rule).into(),
                missing: each(missing),
                on: on.to_string(),
            },
            Domain::Ordinal { entity, partner, rule, ordinal, on } => Self::Ordinal {
                entity: entity.to_string(),
                partner: partner.to_string(),
                rule: (*rule).into(),
                ordinal: *ordinal,
                on: on.to_string(),
            },
            Domain::Complete { entity, from, to } => Self::Complete {
                entity: entity.to_string(),
                from: from.to_string(),
                to: to.to_string(),
            },
        }
    }
}

impl TryFrom<Statement> for assertion::Statement {
    type Error = ChainError;

    fn try_from(statement: Statement) -> Result<Self, ChainError> {
        Ok(match statement {
            Statement::Status { first, second, status, on } => Self::Status {
                parties: parties(first, second)?,
                status: status.into(),
                on: on.checked("on")?,
            },
            Statement::Count { entity, among, rule, count, on } => Self::Count {
                entity: entity.checked("entity")?,
                among: among.checked("among")?,
                rule: rule.into(),
                count,
                on: on.checked("on")?,
            },
            Statement::Missing { entity, among, rule, missing, on } => Self::Missing {
                entity: entity.checked("entity")?,
                among: among.checked("among")?,
                rule: rule.into(),
                missing: missing.checked("missing")?,
                on: on.checked("on")?,
            },
            Statement::Ordinal { entity, partner, rule, ordinal, on } => Self::Ordinal {
                entity: entity.checked("entity")?,
                partner: partner.checked("partner")?,
                rule: rule.into(),
                ordinal,
                on: on.checked("on")?,
            },
            Statement::Complete { entity, from, to } => Self::Complete {
                entity: entity.checked("entity")?,
                from: from.checked("from")?,
                to: to.checked("to")?,
            },
        })
    }
}
