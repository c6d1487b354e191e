//! The policy of an answer: which of the accounts of an act it believes.

use serde::{Deserialize, Serialize};

/// Which accounts of an act an answer takes in (domain.md §8).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Each act's own reading.
    #[default]
    AsStated,
    /// Also what rival claims say of it.
    AllClaims,
}

impl Policy {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsStated => "as-stated",
            Self::AllClaims => "all-claims",
        }
    }
}
