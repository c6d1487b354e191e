//! Why bytes are no entry, or an entry has no bytes. Never which entry of a log it is.

use crate::chain::millis::MillisError;
use crate::domain::day::DateError;
use crate::domain::entity::EntityIdError;
use crate::domain::limits::ENTRY_BYTES_MAX;
use crate::domain::relation::SelfRelation;
use crate::domain::text::TextError;
use crate::domain::wellformed::WellformedError;
use crate::tlog::hash::Hash;

/// An error of the chain; whoever reads a log adds the number of the entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The format is not known here (design.md §3).
    #[error("needs a newer chancery: entry format {format}")]
    NewerFormat {
        /// Byte 0 of the entry.
        format: u8,
    },
    /// An enum has a number that is not known here (design.md §3).
    #[error("needs a newer chancery: {of} number {number}")]
    NewerNumber {
        /// The wire enum.
        of: &'static str,
        /// The number.
        number: u32,
    },
    /// The entry has more bytes than any format allows.
    #[error("the entry has {bytes} bytes, at most {ENTRY_BYTES_MAX} are allowed")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// The bytes end within a field.
    #[error("the entry ends too early")]
    Truncated,
    /// Bytes follow the last field.
    #[error("{bytes} bytes follow the entry")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// The bytes break the encoding, as by a text that is not UTF-8.
    #[error("the entry is malformed: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The same entry has other bytes, such as a shorter form of an integer.
    #[error("the entry is not in its canonical form")]
    NotCanonical,
    /// The two parties are not in the order of their ids.
    #[error("the parties are not in the order of their ids")]
    PartiesOrder,
    /// The dates are not in the order of their roles, each role at most once.
    #[error("the dates are not in the order of their roles, each at most once")]
    DatesOrder,
    /// A relation of an entity with itself.
    #[error(transparent)]
    SelfRelation(#[from] SelfRelation),
    /// A text breaks a rule of the format.
    #[error("{field} is no valid text")]
    Text {
        /// The field it stands in.
        field: &'static str,
        /// The rule.
        source: TextError,
    },
    /// A date or a period is not of the profile.
    #[error("{field} is no valid date")]
    Date {
        /// The field it stands in.
        field: &'static str,
        /// The rule.
        source: DateError,
    },
    /// An entity id is malformed.
    #[error("{field} is no valid entity id")]
    EntityId {
        /// The field it stands in.
        field: &'static str,
        /// The rule.
        source: EntityIdError,
    },
    /// The moment of recording lies outside of the years that can be recorded.
    #[error("recorded_at is no valid moment")]
    RecordedAt(#[from] MillisError),
    /// The event breaks a rule that it can be judged by alone, a limit of the format among them.
    #[error(transparent)]
    Wellformed(#[from] WellformedError),
    /// The entry does not follow the one it should follow.
    #[error("the entry follows {found}, not {expected}")]
    BrokenLink {
        /// The leaf hash of the entry before.
        expected: Hash,
        /// The hash that the entry names as the one before.
        found: Hash,
    },
}
