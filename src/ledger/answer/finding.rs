//! The answers of `check`: what the rules noticed, over the whole ledger or one relation.

use serde::Serialize;

use crate::domain::finding::FindingKind;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::assertion::JudgedAssertion;

/// One finding (domain.md §6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StatedFinding {
    /// What was noticed.
    pub finding: FindingKind,
    /// On which relation, where it is on one.
    pub relation: Option<Parties>,
    /// The entries that it is about, in recorded order.
    pub entries: Vec<Sequence>,
}

/// One check by name: how much it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedCheck {
    /// What it looks for: a kind of finding, or `assertions` that do not hold.
    pub name: &'static str,
    /// Whether it found nothing.
    pub ok: bool,
    /// How often it found something.
    pub found: usize,
}

/// The name of the check that judges assertions.
pub const ASSERTIONS: &str = "assertions";

/// The answer of `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// How many relations were looked at.
    pub relations: u64,
    /// Each check by name, those that found nothing among them.
    pub checks: Vec<NamedCheck>,
    /// Everything noticed, by kind, then relation, then entries.
    pub findings: Vec<StatedFinding>,
    /// Every live assertion with its outcomes, in recorded order.
    pub assertions: Vec<JudgedAssertion>,
}
