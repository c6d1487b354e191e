//! The dates of a fact by role, and which of them it is read by.

use serde::{Deserialize, Serialize};

use crate::domain::edtf::Edtf;

/// What a date says of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It was decided.
    Decided,
    /// It was approved.
    Approved,
    /// It was signed.
    Signed,
    /// It took effect.
    Effective,
    /// It was announced.
    Announced,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Effective => "effective",
            Self::Announced => "announced",
        }
    }
}

/// The dates of a fact by role: civil days at the fact's own place, never shifted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Edtf>,
    /// When it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Edtf>,
    /// When it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Edtf>,
    /// When it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Edtf>,
    /// When it was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Edtf>,
}

impl Dates {
    /// The date that the fact is read by: effective, else signed, else announced (domain.md §4).
    pub fn reading(&self) -> Option<(Role, &Edtf)> {
        [Role::Effective, Role::Signed, Role::Announced]
            .into_iter()
            .find_map(|role| self.of(role).map(|date| (role, date)))
    }

    /// The date of one role.
    pub fn of(&self, role: Role) -> Option<&Edtf> {
        match role {
            Role::Decided => self.decided.as_ref(),
            Role::Approved => self.approved.as_ref(),
            Role::Signed => self.signed.as_ref(),
            Role::Effective => self.effective.as_ref(),
            Role::Announced => self.announced.as_ref(),
        }
    }

    /// Every date with its role, in the order in which the steps happen.
    pub fn all(&self) -> impl Iterator<Item = (Role, &Edtf)> {
        [Role::Decided, Role::Approved, Role::Signed, Role::Effective, Role::Announced]
            .into_iter()
            .filter_map(|role| self.of(role).map(|date| (role, date)))
    }
}
