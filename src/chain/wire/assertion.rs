//! Assertions on the wire. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, Written, each, optional, parties};
use crate::chain::wire::words::{Axis, CountingRule, Status};
use crate::domain::assertion;

/// A statement that the ledger must agree with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Assertion<'a> {
    pub(in crate::chain) axis: Axis,
    pub(in crate::chain) statement: Statement<'a>,
}

impl<'a> From<&'a assertion::Assertion> for Assertion<'a> {
    fn from(assertion: &'a assertion::Assertion) -> Self {
        let assertion::Assertion { axis, assert } = assertion;
        Self { axis: (*axis).into(), statement: Statement::from(assert) }
    }
}

impl TryFrom<Assertion<'_>> for assertion::Assertion {
    type Error = ChainError;

    fn try_from(assertion: Assertion<'_>) -> Result<Self, ChainError> {
        Ok(Self { axis: assertion.axis.into(), assert: assertion.statement.try_into()? })
    }
}

/// What is stated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) enum Statement<'a> {
    Status {
        first: Cow<'a, str>,
        second: Cow<'a, str>,
        status: Status,
        on: Cow<'a, str>,
    },
    Count {
        entity: Cow<'a, str>,
        among: Option<Cow<'a, str>>,
        rule: CountingRule,
        count: u32,
        on: Cow<'a, str>,
    },
    Missing {
        entity: Cow<'a, str>,
        among: Cow<'a, str>,
        rule: CountingRule,
        missing: Vec<Cow<'a, str>>,
        on: Cow<'a, str>,
    },
    Ordinal {
        entity: Cow<'a, str>,
        partner: Cow<'a, str>,
        rule: CountingRule,
        ordinal: u32,
        on: Cow<'a, str>,
    },
    Complete {
        entity: Cow<'a, str>,
        from: Cow<'a, str>,
        to: Cow<'a, str>,
    },
}

impl<'a> From<&'a assertion::Statement> for Statement<'a> {
    fn from(statement: &'a assertion::Statement) -> Self {
        use crate::domain::assertion::Statement as Domain;
        match statement {
            Domain::Status { parties, status, on } => {
                let [first, second] = parties.texts().map(Cow::from);
                Self::Status { first, second, status: (*status).into(), on: on.written() }
            }
            Domain::Count { entity, among, rule, count, on } => Self::Count {
                entity: entity.written(),
                among: optional(among.as_ref()),
                rule: (*rule).into(),
                count: *count,
                on: on.written(),
            },
            Domain::Missing { entity, among, rule, missing, on } => Self::Missing {
                entity: entity.written(),
                among: among.written(),
                rule: (*rule).into(),
                missing: each(missing),
                on: on.written(),
            },
            Domain::Ordinal { entity, partner, rule, ordinal, on } => Self::Ordinal {
                entity: entity.written(),
                partner: partner.written(),
                rule: (*rule).into(),
                ordinal: *ordinal,
                on: on.written(),
            },
            Domain::Complete { entity, from, to } => {
                Self::Complete { entity: entity.written(), from: from.written(), to: to.written() }
            }
        }
    }
}

impl TryFrom<Statement<'_>> for assertion::Statement {
    type Error = ChainError;

    fn try_from(statement: Statement<'_>) -> Result<Self, ChainError> {
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
