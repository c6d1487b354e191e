//! The answers about assertions: whether the ledger agrees with them, then and now.

use serde::Serialize;

use crate::domain::assertion::Assertion;
use crate::domain::sequence::Sequence;

/// Whether the ledger agrees with an assertion (domain.md §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It agrees.
    Holds,
    /// It says otherwise.
    Fails,
    /// It leaves the question open.
    Undecided,
    /// All assertions together are about more than is looked at.
    Unjudged,
}

impl Outcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::Unjudged => "unjudged",
        }
    }
}

/// One assertion, evaluated when it was recorded and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedAssertion {
    /// Its entry.
    pub entry: Sequence,
    /// What it states.
    pub assertion: Assertion,
    /// The same in words.
    pub words: String,
    /// What the ledger says now.
    pub found: String,
    /// Whether it held at its own position.
    pub when_recorded: Outcome,
    /// Whether it holds now.
    pub now: Outcome,
    /// The entry since which the outcome is what it is now, where that is a later one and is found in
    /// bounded time.
    pub since: Option<Sequence>,
}
