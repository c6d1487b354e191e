//! The answer of `conflicts`: the accounts of one act side by side.

use serde::Serialize;

use crate::domain::act::ActKind;
use crate::domain::date_roles::Role;
use crate::domain::day::Day;
use crate::domain::editorial::{Says, Standing};
use crate::domain::edtf::Edtf;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;
use crate::ledger::answer::StatedBasis;

/// The answer of `conflicts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflicts {
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The acts of which sources give different accounts, in the order of recording.
    pub conflicts: Vec<Conflict>,
}

/// One act of which sources give different accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The relation.
    pub relation: Parties,
    /// The act.
    pub act: ActKind,
    /// Its entry.
    pub entry: Sequence,
    /// The date that it is read by.
    pub date: Edtf,
    /// What that date says of it.
    pub reading: Role,
    /// The first day that this date allows.
    pub earliest: Day,
    /// The last day that this date allows.
    pub latest: Day,
    /// The other accounts, in the order of recording.
    pub accounts: Vec<Account>,
}

/// One source's account of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The claim's entry.
    pub entry: Sequence,
    /// What the claimed date says of the act.
    pub role: Option<Role>,
    /// The claimed date.
    pub date: Option<Edtf>,
    /// The first day that it allows.
    pub earliest: Option<Day>,
    /// The last day that it allows.
    pub latest: Option<Day>,
    /// The act as the source names it.
    pub says: Option<Says>,
    /// The source's own word.
    pub wording: Option<Text>,
    /// How the recorder judged it.
    pub standing: Standing,
    /// How it compares with the act as it is read.
    pub verdict: Verdict,
    /// How many days lie between the two, at least; none without a date.
    pub days_apart: Option<u64>,
}

/// How an account compares with the act as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It allows every day that the act's own date allows, and so confirms it.
    Confirms,
    /// It is closer than the act's own date, and within it.
    Narrows,
    /// It allows some of those days and others besides.
    Overlaps,
    /// It excludes the act's own date.
    Excludes,
    /// It names another act.
    Renames,
    /// It denies the act.
    Denies,
    /// It says nothing of the date.
    WordingOnly,
}

impl Verdict {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirms => "confirms",
            Self::Narrows => "narrows",
            Self::Overlaps => "overlaps",
            Self::Excludes => "excludes",
            Self::Renames => "renames",
            Self::Denies => "denies",
            Self::WordingOnly => "wording-only",
        }
    }

    /// Whether the account contradicts the act in something.
    pub fn contradicts(self) -> bool {
        matches!(self, Self::Excludes | Self::Renames | Self::Denies | Self::Overlaps)
    }
}
