//! Editorial steps: claims, corrections, retractions and erasures. They speak of earlier entries and
//! change nothing in them.

use serde::{Deserialize, Serialize};

use crate::domain::act::ActKind;
use crate::domain::date_roles::Role;
use crate::domain::edtf::Edtf;
use crate::domain::event::Fact;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;

/// What one source calls an act that is in the ledger already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// Relations were established.
    Establish,
    /// Relations were severed.
    Sever,
    /// Relations were restored.
    Restore,
    /// Relations were suspended.
    Suspend,
    /// Relations lapsed.
    Lapse,
    /// An establishment was declared void.
    Annul,
    /// There was no such act.
    Denies,
}

impl Says {
    /// The act that the source names; none when it denies the act.
    pub fn act(self) -> Option<ActKind> {
        match self {
            Self::Establish => Some(ActKind::Establish),
            Self::Sever => Some(ActKind::Sever),
            Self::Restore => Some(ActKind::Restore),
            Self::Suspend => Some(ActKind::Suspend),
            Self::Lapse => Some(ActKind::Lapse),
            Self::Annul => Some(ActKind::Annul),
            Self::Denies => None,
        }
    }
}

/// How a claim stands beside the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It contradicts the act and may be right.
    Rival,
    /// It is the same moment in another time zone.
    SameMoment,
    /// It differs in words only.
    WordingOnly,
    /// It is known to be wrong.
    Rejected,
}

/// One source's account of an act that is in the ledger already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim<R = Sequence> {
    /// The act.
    pub target: R,
    /// What the claimed date says of it; always with a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The claimed date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Edtf>,
    /// The place whose civil day the date is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text>,
    /// The IANA name of the time zone there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Text>,
    /// The act as the source names it; the same act, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<Says>,
    /// The source's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Text>,
    /// How it stands beside the act.
    pub standing: Standing,
}

/// A fact is replaced by another of the same kind, from this entry on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "R: serde::de::DeserializeOwned"))]
pub struct Correction<R = Sequence> {
    /// The fact, or an earlier correction of it.
    pub target: R,
    /// What replaces it.
    pub fact: Fact<R>,
    /// Why.
    pub reason: Text,
}

/// An entry is taken back, from this entry on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retraction<R = Sequence> {
    /// The entry.
    pub target: R,
    /// Why.
    pub reason: Text,
}

/// An attachment is no longer kept; its commitment stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure<R = Sequence> {
    /// The entry that has the attachment.
    pub target: R,
    /// Which of its attachments, counted from 0.
    pub attachment: u8,
    /// Why.
    pub reason: Text,
}
