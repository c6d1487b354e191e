//! The answers of `show` and `holds`: one relation on one day, or over a period.

use serde::Serialize;

use crate::domain::act::{ActKind, By, StepKind};
use crate::domain::date_roles::Role;
use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::period::Period;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::status::{Status, StatusSet};
use crate::domain::truth::Truth;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::finding::StatedFinding;

/// The answer of `show`: the status of a relation on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Show {
    /// The relation.
    pub relation: Parties,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// Whether the status is the only possible one.
    pub certain: bool,
    /// The status, or each possible one.
    pub status: StatusSet,
    /// What a reader should know about the answer.
    pub marks: Vec<AnswerMark>,
    /// Since when the status has been unbroken; none when it is not certain or has no beginning.
    pub since: Option<Since>,
    /// The last day before on which the status is certain; only while it is not.
    pub certain_before: Option<Day>,
    /// The first day after from which the status is certain; only while it is not.
    pub certain_from: Option<Day>,
    /// The entries that the answer rests on, in recorded order.
    pub entries: Vec<Sequence>,
    /// The entries that caused the act that began the status.
    pub because: Vec<Sequence>,
    /// Steps towards an act that has not come.
    pub pending: Vec<PendingStep>,
    /// What the rules noticed about the relation.
    pub findings: Vec<StatedFinding>,
}

/// The act that began the unbroken present status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Since {
    /// Its date as stated.
    pub date: Edtf,
    /// The first day that it can have been.
    pub earliest: Day,
    /// The last day that it can have been.
    pub latest: Day,
    /// Its entry.
    pub entry: Sequence,
    /// The entries by which the relation was carried over from an entity that was continued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub continued_by: Vec<Sequence>,
}

/// What a reader should know about an answer (domain.md §4, §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerMark {
    /// The ledger holds no act of the relation.
    NothingRecorded,
    /// The ledger does not hold how the relation began.
    StartNotRecorded,
    /// The order of acts was inferred, and decides the answer.
    InferredOrder,
    /// Too many acts may have happened in any order.
    OrderTooOpen,
    /// A source is not sure of a date.
    Uncertain,
    /// A date is approximate.
    Approximate,
    /// Only the day of the announcement is known.
    AnnouncementUsed,
    /// The relation was carried over from an entity that was continued.
    Continued,
}

impl AnswerMark {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingRecorded => "nothing-recorded",
            Self::StartNotRecorded => "start-not-recorded",
            Self::InferredOrder => "inferred-order",
            Self::OrderTooOpen => "order-too-open",
            Self::Uncertain => "uncertain",
            Self::Approximate => "approximate",
            Self::AnnouncementUsed => "announcement-used",
            Self::Continued => "continued",
        }
    }
}

/// A step towards an act that has not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingStep {
    /// The step's entry.
    pub entry: Sequence,
    /// The act that it leads to.
    pub towards: ActKind,
    /// What was done.
    pub step: StepKind,
    /// By whom.
    pub by: By,
    /// The date that it is read by.
    pub date: Edtf,
    /// What that date says of the step.
    pub reading: Role,
}

/// The answer of `holds`: whether a relation has a status on a day, or over a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holds {
    /// The relation.
    pub relation: Parties,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The status asked about.
    pub question: Status,
    /// The days asked about; the day of the basis when absent.
    #[serde(flatten)]
    pub over: Option<Over>,
    /// Whether it holds.
    pub answer: Truth,
    /// The entries that the answer rests on, in recorded order.
    pub entries: Vec<Sequence>,
}

/// The days that a question is about, judged day by day (domain.md §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Every day of the period.
    Throughout(Period),
    /// Some day of the period.
    Sometime(Period),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entity::EntityId;
    use crate::ledger::answer::tests::basis;

    fn relation() -> Parties {
        Parties::new(EntityId::parse("UKR").unwrap(), EntityId::parse("SYR").unwrap()).unwrap()
    }

    fn without_known(json: &str) -> String {
        json.replace(&"0".repeat(64), "<64 hex>")
    }

    #[test]
    fn show_has_the_fields_of_the_contract_in_its_order() {
        let date = Edtf::parse("2022-06-30").unwrap();
        let day = Day::parse("2022-06-30").unwrap();
        let show = Show {
            relation: relation(),
            basis: basis(None),
            certain: true,
            status: Status::Severed.into(),
            marks: vec![],
            since: Some(Since {
                date,
                earliest: day,
                latest: day,
                entry: Sequence(612),
                continued_by: vec![],
            }),
            certain_before: None,
            certain_from: None,
            entries: vec![Sequence(601), Sequence(612)],
            because: vec![Sequence(611)],
            pending: vec![],
            findings: vec![],
        };
        assert_eq!(
            without_known(&serde_json::to_string(&show).unwrap()),
            concat!(
                r#"{"relation":["SYR","UKR"],"on":"2022-07-15","known":{"size":874,"head":"<64 hex>"},"#,
                r#""policy":"as-stated","axis":"diplomatic","certain":true,"status":["severed"],"marks":[],"#,
                r#""since":{"date":"2022-06-30","earliest":"2022-06-30","latest":"2022-06-30","entry":612},"#,
                r#""certain_before":null,"certain_from":null,"entries":[601,612],"because":[611],"#,
                r#""pending":[],"findings":[]}"#
            )
        );
    }

    #[test]
    fn holds_names_its_period_only_where_one_is_asked_about() {
        let mut holds = Holds {
            relation: relation(),
            basis: basis(None),
            question: Status::Active,
            over: None,
            answer: Truth::Unknown,
            entries: vec![Sequence(3)],
        };
        let json = serde_json::to_string(&holds).unwrap();
        assert!(json.ends_with(r#""question":"active","answer":"unknown","entries":[3]}"#));
        holds.over = Some(Over::Throughout(Period::parse("2022-01-01/2022-12-31").unwrap()));
        let json = serde_json::to_string(&holds).unwrap();
        assert!(json.contains(r#""question":"active","throughout":"2022-01-01/2022-12-31""#));
    }
}
