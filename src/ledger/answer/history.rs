//! The answer of `history`: what happened to one relation, or to all of one entity, in world order.

use serde::Serialize;

use crate::domain::act::ActKind;
use crate::domain::date_roles::Role;
use crate::domain::day::Day;
use crate::domain::editorial::{Says, Standing};
use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::finding::FindingKind;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::status::StatusSet;
use crate::domain::text::Text;
use crate::ledger::answer::StatedBasis;

/// The answer of `history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct History {
    /// Of what.
    #[serde(flatten)]
    pub of: HistoryOf,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// What happened, the earliest first, what was retracted among it.
    pub acts: Vec<HistoryAct>,
}

/// What a history is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryOf {
    /// One relation.
    Relation(Parties),
    /// All relations of one entity.
    Entity(EntityId),
}

/// One thing that happened to a relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryAct {
    /// Its entry.
    pub entry: Sequence,
    /// What was done.
    pub act: Happening,
    /// By which parties; empty when nobody acted or the sources do not say who.
    pub by: Vec<EntityId>,
    /// The date that it is read by, as stated.
    pub date: Edtf,
    /// What that date says of it.
    pub reading: Role,
    /// The first day that it can have been, by the likeliest orders.
    pub earliest: Day,
    /// The last day that it can have been, by the likeliest orders.
    pub latest: Day,
    /// The status at the end of its last possible day.
    pub status_after: StatusSet,
    /// What single sources say of it.
    pub claims: Vec<HistoryClaim>,
    /// The entries that correct it, in recorded order; the last one counts.
    pub corrected_by: Vec<Sequence>,
    /// What it has said at other times, and no longer says, in recorded order.
    pub replaced: Vec<Replaced>,
    /// The entry that takes it back.
    pub retracted_by: Option<Sequence>,
    /// What the rules noticed about it.
    pub findings: Vec<FindingKind>,
    /// The relation that it happened to, before any continuation.
    pub relation: Parties,
}

/// What an entry said of an act or change that another replaced, or that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// The entry that said so.
    pub entry: Sequence,
    /// What was done.
    pub act: Happening,
    /// The date that it was read by.
    pub date: Edtf,
    /// The correction that counts instead; none when this one was itself taken back.
    pub replaced_by: Option<Sequence>,
    /// The entry that takes this correction back.
    pub retracted_by: Option<Sequence>,
}

/// What can happen to a relation: an act of its parties, or a change of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// An act.
    Act(ActKind),
    /// A party is continued by another, and the relation is carried over.
    Continues,
    /// A party ends.
    Extinguished,
    /// A party exists again.
    Revived,
}

impl Happening {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Act(act) => act.as_str(),
            Self::Continues => "continues",
            Self::Extinguished => "extinguished",
            Self::Revived => "revived",
        }
    }
}

impl Serialize for Happening {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One source's account of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryClaim {
    /// The claim's entry.
    pub entry: Sequence,
    /// What the claimed date says of the act.
    pub role: Option<Role>,
    /// The claimed date.
    pub date: Option<Edtf>,
    /// The act as the source names it; the same act, when absent.
    pub says: Option<Says>,
    /// The source's own word.
    pub wording: Option<Text>,
    /// How it stands beside the act.
    pub standing: Standing,
    /// The entry that takes it back.
    pub retracted_by: Option<Sequence>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::answer::tests::basis;

    #[test]
    fn a_history_names_the_relation_or_the_entity_first() {
        let (kor, syr) = (EntityId::parse("KOR").unwrap(), EntityId::parse("SYR").unwrap());
        let mut history = History {
            of: HistoryOf::Relation(Parties::new(kor, syr).unwrap()),
            basis: basis(None),
            acts: vec![],
        };
        let json = serde_json::to_string(&history).unwrap();
        assert!(json.starts_with(r#"{"relation":["KOR","SYR"],"on":"#));
        assert!(json.ends_with(r#""axis":"diplomatic","acts":[]}"#));
        history.of = HistoryOf::Entity(kor);
        let json = serde_json::to_string(&history).unwrap();
        assert!(json.starts_with(r#"{"entity":"KOR","on":"#));
    }
}
