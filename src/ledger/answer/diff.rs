//! The answer of `diff`: what changed between two points, in the world and in our knowledge.

use serde::Serialize;

use crate::domain::day::Day;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::status::StatusSet;
use crate::ledger::answer::{Known, StatedBasis};

/// The answer of `diff`.
///
/// Knowledge changes at the first day, then the world from the first day to the last as known at
/// the second position: the two lists compose to the whole difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The first position.
    pub from_known: Known,
    /// What the answer rests on: the last day and the second position.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The answers for the first day that entries between the positions changed.
    pub knowledge: Vec<Changed>,
    /// The relations that acts between the days changed.
    pub world: Vec<Changed>,
}

/// One relation whose answer changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The relation.
    pub relation: Parties,
    /// The answer before.
    pub before: StatusSet,
    /// The answer after.
    pub after: StatusSet,
    /// The entries responsible, in recorded order.
    pub entries: Vec<Sequence>,
}
