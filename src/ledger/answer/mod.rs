//! The answers, whose serde form is the JSON contract of the command. Plain values, no logic: what
//! is computed is computed in the view, and nothing here decides how an answer is worded.
//!
//! Fields may be added to an answer, never changed, renamed or taken away.

pub mod assertion;
pub mod axes;
pub mod conflict;
pub mod diff;
pub mod finding;
pub mod history;
pub mod overview;
pub mod partners;
pub mod register;
pub mod relation;
pub mod why;

use serde::Serialize;

use crate::domain::day::Day;

use crate::domain::policy::Policy;
use crate::domain::relation::Axis;
use crate::domain::sequence::Size;
use crate::domain::status::CountingRule;
use crate::tlog::hash::Hash;

/// What an answer rests on, as the answer itself says it.
///
/// It looks like this, beside the other fields of an answer:
/// ```json
/// {"on":"2022-07-15","known":{"size":874,"head":"<64 hex>"},"policy":"as-stated",
///  "axis":"diplomatic","rule":"active"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatedBasis {
    /// The day in the world.
    pub on: Day,
    /// How much of the log the answer used.
    pub known: Known,
    /// Which accounts it believed.
    pub policy: Policy,
    /// On which axis.
    pub axis: Axis,
    /// What counted as a partner; only where the answer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<CountingRule>,
}

/// A prefix of the log, by its size and by the leaf hash of its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Known {
    /// How many entries.
    pub size: Size,
    /// The leaf hash of the last of them.
    #[serde(serialize_with = "displayed")]
    pub head: Hash,
}

/// Writes a value as the text that it displays.
fn displayed<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::ledger::answer) fn basis(rule: Option<CountingRule>) -> StatedBasis {
        StatedBasis {
            on: Day::parse("2022-07-15").unwrap(),
            known: Known { size: Size(874), head: Hash::ZERO },
            policy: Policy::AsStated,
            axis: Axis::Diplomatic,
            rule,
        }
    }

    #[test]
    fn the_basis_says_its_rule_only_where_something_is_counted() {
        let zeros = "0".repeat(64);
        let start = format!(
            r#"{{"on":"2022-07-15","known":{{"size":874,"head":"{zeros}"}},"policy":"as-stated","axis":"diplomatic""#
        );
        assert_eq!(serde_json::to_string(&basis(None)).unwrap(), format!("{start}}}"));
        let counting = basis(Some(CountingRule::ActiveAndSuspended));
        assert_eq!(
            serde_json::to_string(&counting).unwrap(),
            format!(r#"{start},"rule":"active-and-suspended"}}"#)
        );
    }
}
