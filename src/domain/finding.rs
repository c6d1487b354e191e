//! Findings: something odd that the rules noticed. Never a reason to lose a fact.

use serde::{Deserialize, Serialize};

/// What the rules noticed (domain.md §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// ¹ Relations were active already.
    AlreadyActive,
    /// ² Relations that had been broken are established, not restored.
    EstablishAfterBreak,
    /// ³ There was nothing to restore.
    NothingToRestore,
    /// ⁴ Relations end that the ledger does not know to have begun.
    StartNotRecorded,
    /// ⁴ Relations end that were not in force.
    NothingToEnd,
    /// ⁵ The same party does the same act a second time.
    Repeated,
    /// ⁶ Relations had already ended in a stronger way.
    AlreadyEnded,
    /// An act after a party, or its relations, had ended.
    AfterTheEnd,
    /// An act cannot have followed the one that it is said to have followed.
    OrderImpossible,
    /// An act outside the lifetime of a party.
    OutsideLifetime,
    /// The order of acts was inferred, not stated.
    InferredOrder,
    /// Too many acts may have happened in any order.
    OrderTooOpen,
    /// Sources give dates that exclude each other.
    DateConflict,
    /// No source is named.
    Unsourced,
    /// Only the day of the announcement is known.
    AnnouncementUsed,
    /// Recognition was withdrawn while relations are active.
    RecognitionWithdrawnWhileActive,
}

impl FindingKind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AlreadyActive,
        Self::EstablishAfterBreak,
        Self::NothingToRestore,
        Self::StartNotRecorded,
        Self::NothingToEnd,
        Self::Repeated,
        Self::AlreadyEnded,
        Self::AfterTheEnd,
        Self::OrderImpossible,
        Self::OutsideLifetime,
        Self::InferredOrder,
        Self::OrderTooOpen,
        Self::DateConflict,
        Self::Unsourced,
        Self::AnnouncementUsed,
        Self::RecognitionWithdrawnWhileActive,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyActive => "already-active",
            Self::EstablishAfterBreak => "establish-after-break",
            Self::NothingToRestore => "nothing-to-restore",
            Self::StartNotRecorded => "start-not-recorded",
            Self::NothingToEnd => "nothing-to-end",
            Self::Repeated => "repeated",
            Self::AlreadyEnded => "already-ended",
            Self::AfterTheEnd => "after-the-end",
            Self::OrderImpossible => "order-impossible",
            Self::OutsideLifetime => "outside-lifetime",
            Self::InferredOrder => "inferred-order",
            Self::OrderTooOpen => "order-too-open",
            Self::DateConflict => "date-conflict",
            Self::Unsourced => "unsourced",
            Self::AnnouncementUsed => "announcement-used",
            Self::RecognitionWithdrawnWhileActive => "recognition-withdrawn-while-active",
        }
    }

    /// What it costs a completion: the sum decides which order of acts is the likeliest.
    pub fn cost(self) -> u32 {
        match self {
            Self::AlreadyActive
            | Self::NothingToRestore
            | Self::StartNotRecorded
            | Self::NothingToEnd
            | Self::AlreadyEnded
            | Self::AfterTheEnd => 2,
            Self::EstablishAfterBreak | Self::Repeated => 1,
            Self::OrderImpossible
            | Self::OutsideLifetime
            | Self::InferredOrder
            | Self::OrderTooOpen
            | Self::DateConflict
            | Self::Unsourced
            | Self::AnnouncementUsed
            | Self::RecognitionWithdrawnWhileActive => 0,
        }
    }

    /// Says whether a recording command stops at it, until a reason is given (domain.md §6).
    pub fn stops_recording(self) -> bool {
        self.cost() > 0 || self == Self::OutsideLifetime
    }

    /// What it means and what to do about it, in one sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Self::AlreadyActive => {
                "relations were active already: is it a second account of the same act (a claim)?"
            }
            Self::EstablishAfterBreak => "relations had been broken: do the sources mean restore?",
            Self::NothingToRestore => "no break is recorded: record the severance, or establish",
            Self::StartNotRecorded => {
                "no beginning is recorded: record it as `establish A B --on \"[..DAY]\"`"
            }
            Self::NothingToEnd => "relations were not in force: is an act missing in between?",
            Self::Repeated => {
                "the same party has already done this: is it a second account (a claim)?"
            }
            Self::AlreadyEnded => "relations had already been broken off: is the date right?",
            Self::AfterTheEnd => {
                "a party, or its relations, had ended by then: is a successor meant?"
            }
            Self::OrderImpossible => {
                "the dates contradict the stated order: correct the date or the `after`"
            }
            Self::OutsideLifetime => "a party did not exist then, by its recorded lifetime",
            Self::InferredOrder => {
                "the order of the acts was inferred: `after` or a closer date settles it"
            }
            Self::OrderTooOpen => "too many acts may have happened in any order: give closer dates",
            Self::DateConflict => "sources give dates that exclude each other: see `conflicts`",
            Self::Unsourced => "no source is named: correct the entry with one",
            Self::AnnouncementUsed => "only the day of the announcement is known",
            Self::RecognitionWithdrawnWhileActive => {
                "recognition was withdrawn while relations are active"
            }
        }
    }
}

impl std::fmt::Display for FindingKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
