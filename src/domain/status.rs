//! What a relation is on a day, sets of what it may be, and which of it counts as a partnership.

use serde::{Deserialize, Serialize};

/// What a relation is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There are no relations.
    None,
    /// There are relations.
    Active,
    /// They are suspended.
    Suspended,
    /// They are severed.
    Severed,
    /// They have lapsed.
    Lapsed,
    /// Their establishment was void.
    Annulled,
    /// They ended with a party.
    Ended,
}

impl Status {
    /// All of them, in the order in which answers list them.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Active,
        Self::Suspended,
        Self::Severed,
        Self::Lapsed,
        Self::Annulled,
        Self::Ended,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Severed => "severed",
            Self::Lapsed => "lapsed",
            Self::Annulled => "annulled",
            Self::Ended => "ended",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::None => 1,
            Self::Active => 1 << 1,
            Self::Suspended => 1 << 2,
            Self::Severed => 1 << 3,
            Self::Lapsed => 1 << 4,
            Self::Annulled => 1 << 5,
            Self::Ended => 1 << 6,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of statuses: one when the answer is certain, several when the sources leave it open.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusSet(u8);

impl StatusSet {
    /// No status at all.
    pub const EMPTY: Self = Self(0);

    /// Says whether the status is in the set.
    pub fn contains(self, status: Status) -> bool {
        self.0 & status.bit() != 0
    }

    /// The set with one more status.
    #[must_use]
    pub fn with(self, status: Status) -> Self {
        Self(self.0 | status.bit())
    }

    /// All that is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Says whether all of this set is in the other.
    pub fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The only status, when there is just one.
    pub fn certain(self) -> Option<Status> {
        let mut members = self.iter();
        match (members.next(), members.next()) {
            (Some(status), None) => Some(status),
            _ => None,
        }
    }

    /// The members, in the order in which answers list them.
    pub fn iter(self) -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().filter(move |status| self.contains(*status))
    }

    /// How many there are.
    pub fn len(self) -> usize {
        usize::try_from(self.0.count_ones()).unwrap_or_default()
    }

    /// Says whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Status> for StatusSet {
    fn from(status: Status) -> Self {
        Self::EMPTY.with(status)
    }
}

impl FromIterator<Status> for StatusSet {
    fn from_iter<I: IntoIterator<Item = Status>>(statuses: I) -> Self {
        statuses.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Serialize for StatusSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl std::fmt::Debug for StatusSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl std::fmt::Display for StatusSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.iter().map(Status::as_str).collect();
        f.pad(&words.join(" or "))
    }
}

/// What counts as a partner.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum CountingRule {
    /// Those with whom relations are active.
    #[default]
    Active,
    /// Those with whom relations are active or suspended.
    ActiveAndSuspended,
}

impl CountingRule {
    /// Says whether a relation of that status counts.
    pub fn counts(self, status: Status) -> bool {
        status == Status::Active
            || (self == Self::ActiveAndSuspended && status == Status::Suspended)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ActiveAndSuspended => "active-and-suspended",
        }
    }
}
