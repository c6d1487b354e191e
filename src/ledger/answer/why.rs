//! The answer of `show --why`: the entries that make an answer true, as a tree.

use serde::Serialize;

use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::status::StatusSet;
use crate::ledger::answer::StatedBasis;

/// The answer of `show --why`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The relation.
    pub relation: Parties,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The status, or each possible one.
    pub status: StatusSet,
    /// What makes it so, the act that began it first.
    pub reasons: Vec<Reason>,
}

/// One entry of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The entry.
    pub entry: Sequence,
    /// Its part in the answer.
    pub part: Part,
    /// What stands behind it in turn.
    pub reasons: Vec<Reason>,
}

/// The part that an entry has in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It began the status.
    Began,
    /// It may have happened by the day, and then decides.
    MayDecide,
    /// It came after and left the status as it was.
    LeftAsItWas,
    /// It led to an earlier status, which has been replaced.
    Earlier,
    /// It corrects the entry above it, and replaces what that says.
    Corrects,
    /// It gives another account of the act above it.
    Disputes,
    /// It gives an account of the act above it that agrees with it.
    Confirms,
    /// It caused what stands above it.
    Because,
    /// It carried the relation over from an entity that was continued.
    CarriedOver,
    /// It asserts that no other act is missing.
    NothingElse,
}

impl Part {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Began => "began it",
            Self::MayDecide => "may decide",
            Self::LeftAsItWas => "left it as it was",
            Self::Earlier => "before that",
            Self::Corrects => "corrected by",
            Self::Disputes => "disputed by",
            Self::Confirms => "confirmed by",
            Self::Because => "because",
            Self::CarriedOver => "carried over by",
            Self::NothingElse => "nothing else, says",
        }
    }
}
