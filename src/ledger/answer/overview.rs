//! The answer of `overview`: which ledger this is, and how much is in it.

use serde::Serialize;

use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::{Origin, Text};
use crate::ledger::answer::{StatedBasis, displayed};
use crate::tlog::hash::Hash;

/// The answer of `overview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The ledger's name.
    pub origin: Origin,
    /// What people call it.
    pub title: Option<Text>,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The Merkle root of the entries used.
    #[serde(serialize_with = "displayed")]
    pub root: Hash,
    /// The last of them.
    pub last: LastEntry,
    /// How many entities are registered.
    pub entities: u64,
    /// How many relations there are.
    pub relations: RelationCounts,
    /// How many findings there are.
    pub findings: u64,
    /// The checkpoint, where there is one.
    pub checkpoint: Option<CheckpointSummary>,
    /// What vouches for the ledger.
    pub trust: Trust,
}

/// The last entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastEntry {
    /// Its number.
    pub sequence: Sequence,
    /// When it was recorded, in UTC to the millisecond.
    pub recorded_at: String,
    /// The kind of its event.
    pub kind: &'static str,
}

/// How many relations there are on the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RelationCounts {
    /// With any act in the ledger.
    pub recorded: u64,
    /// That certainly count by the rule on the day.
    pub definite: u64,
    /// That may count besides.
    pub possible: u64,
}

/// What a checkpoint commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CheckpointSummary {
    /// How many entries.
    pub size: Size,
    /// Their Merkle root.
    #[serde(serialize_with = "displayed")]
    pub root: Hash,
}

/// What vouches for a ledger (design §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// A key that the asker gave.
    Pinned,
    /// The ledger's own key: self-consistent, not authenticated.
    Own,
    /// Nothing.
    None,
}

impl Trust {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Own => "own",
            Self::None => "none",
        }
    }
}
