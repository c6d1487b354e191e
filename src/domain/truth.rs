//! Three-valued truth: yes, no, or the sources do not say. Never how an answer is worded.

use std::ops::Not;

use serde::{Deserialize, Serialize};

/// Says whether something is so: certainly not, not known, or certainly.
///
/// The order is No < Unknown < Yes, so that `and` is the least and `or` the greatest (Kleene's logic).
///
/// ```
/// use chancery::domain::truth::Truth;
///
/// assert_eq!(Truth::Yes.and(Truth::Unknown), Truth::Unknown);
/// assert_eq!(Truth::Yes.or(Truth::Unknown), Truth::Yes);
/// assert_eq!(!Truth::Unknown, Truth::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It is certainly not so.
    No,
    /// It may or may not be so.
    Unknown,
    /// It is certainly so.
    Yes,
}

impl Truth {
    /// Holds only if both hold.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Holds if either holds.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }

    /// Gives the word that answers print: `no`, `unknown` or `yes`.
    pub fn as_str(self) -> &'static str {
        match self {
            Truth::No => "no",
            Truth::Unknown => "unknown",
            Truth::Yes => "yes",
        }
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(certain: bool) -> Truth {
        if certain { Truth::Yes } else { Truth::No }
    }
}

impl std::fmt::Display for Truth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Truth; 3] = [Truth::No, Truth::Unknown, Truth::Yes];

    #[test]
    fn and_or_not_agree_with_every_way_the_unknown_may_turn_out() {
        let outcomes = |truth: Truth| match truth {
            Truth::No => vec![false],
            Truth::Unknown => vec![false, true],
            Truth::Yes => vec![true],
        };
        let verdict = |seen: Vec<bool>| match (seen.contains(&true), seen.contains(&false)) {
            (true, false) => Truth::Yes,
            (false, true) => Truth::No,
            _ => Truth::Unknown,
        };
        for a in ALL {
            assert_eq!(!a, verdict(outcomes(a).into_iter().map(|a| !a).collect()));
            for b in ALL {
                let pairs: Vec<(bool, bool)> = outcomes(a)
                    .into_iter()
                    .flat_map(|a| outcomes(b).into_iter().map(move |b| (a, b)))
                    .collect();
                assert_eq!(a.and(b), verdict(pairs.iter().map(|(a, b)| *a && *b).collect()));
                assert_eq!(a.or(b), verdict(pairs.iter().map(|(a, b)| *a || *b).collect()));
            }
        }
    }
}
