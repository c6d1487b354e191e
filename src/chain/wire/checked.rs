//! From strings on the wire to the domain's checked types, and back. Must not accept what the
//! domain's own constructors refuse.

use std::fmt::Display;

use crate::chain::error::ChainError;
use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::period::Period;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::text::{Key, Note, Origin, Text};

/// A wire value that becomes a domain value if it obeys the domain's rules.
pub(super) trait Checked<T> {
    /// Converts, naming the field in the error.
    fn checked(self, field: &'static str) -> Result<T, ChainError>;
}

macro_rules! checked_by {
    ($($domain:ty, $error:ident;)+) => {
        $(impl Checked<$domain> for String {
            fn checked(self, field: &'static str) -> Result<$domain, ChainError> {
                <$domain>::try_from(self).map_err(|source| ChainError::$error { field, source })
            }
        })+
    };
}

checked_by! {
    Text, Text;
    Note, Text;
    Key, Text;
    Origin, Text;
    Day, Date;
    Edtf, Date;
    Period, Date;
    EntityId, EntityId;
}

impl<T, W: Checked<T>> Checked<Option<T>> for Option<W> {
    fn checked(self, field: &'static str) -> Result<Option<T>, ChainError> {
        self.map(|value| value.checked(field)).transpose()
    }
}

impl<T, W: Checked<T>> Checked<Vec<T>> for Vec<W> {
    fn checked(self, field: &'static str) -> Result<Vec<T>, ChainError> {
        self.into_iter().map(|value| value.checked(field)).collect()
    }
}

/// Pairs two ids that must stand in their order.
pub(super) fn parties(first: String, second: String) -> Result<Parties, ChainError> {
    let (first, second) = (first.checked("parties")?, second.checked("parties")?);
    let parties = Parties::new(first, second)?;
    if parties.first() == first { Ok(parties) } else { Err(ChainError::PartiesOrder) }
}

/// Writes a text that may be absent.
pub(super) fn optional<T: Display>(value: Option<&T>) -> Option<String> {
    value.map(T::to_string)
}

/// Writes each text of a list.
pub(super) fn each<T: Display>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}

/// Writes the numbers of earlier entries.
pub(super) fn numbers(sequences: &[Sequence]) -> Vec<u64> {
    sequences.iter().map(|sequence| sequence.0).collect()
}

/// Reads the numbers of earlier entries.
pub(super) fn sequences(numbers: Vec<u64>) -> Vec<Sequence> {
    numbers.into_iter().map(Sequence).collect()
}
