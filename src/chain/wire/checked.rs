//! From strings on the wire to the domain's checked types, and back. Must not accept what the
//! domain's own constructors refuse.

use std::borrow::Cow;

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

/// A domain value that is a text on the wire.
pub(super) trait Written {
    /// Its text, as it lies there if it is kept.
    fn written(&self) -> Cow<'_, str>;
}

macro_rules! checked_by {
    ($($domain:ty, $error:ident, $text:ident => $read:expr, $value:ident => $written:expr;)+) => {
        $(impl Checked<$domain> for Cow<'_, str> {
            fn checked(self, field: &'static str) -> Result<$domain, ChainError> {
                let $text = self;
                $read.map_err(|source| ChainError::$error { field, source })
            }
        }

        impl Written for $domain {
            fn written(&self) -> Cow<'_, str> {
                let $value = self;
                $written
            }
        })+
    };
}

checked_by! {
    Text, Text, text => Text::parse(text.into_owned()), value => value.as_str().into();
    Note, Text, text => Note::parse(text.into_owned()), value => value.as_str().into();
    Key, Text, text => Key::parse(text.into_owned()), value => value.as_str().into();
    Origin, Text, text => Origin::parse(text.into_owned()), value => value.as_str().into();
    Day, Date, text => Day::parse(&text), value => value.to_string().into();
    Edtf, Date, text => Edtf::parse(&text), value => value.as_str().into();
    Period, Date, text => Period::parse(&text), value => value.as_str().into();
    EntityId, EntityId, text => EntityId::parse(&text), value => value.as_str().into();
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
pub(super) fn parties(first: Cow<'_, str>, second: Cow<'_, str>) -> Result<Parties, ChainError> {
    let (first, second) = (first.checked("parties")?, second.checked("parties")?);
    let parties = Parties::new(first, second)?;
    if parties.first() == first { Ok(parties) } else { Err(ChainError::PartiesOrder) }
}

/// Writes a text that may be absent.
pub(super) fn optional<T: Written>(value: Option<&T>) -> Option<Cow<'_, str>> {
    value.map(T::written)
}

/// Writes each text of a list.
pub(super) fn each<T: Written>(values: &[T]) -> Vec<Cow<'_, str>> {
    values.iter().map(T::written).collect()
}

/// Writes the numbers of earlier entries.
pub(super) fn numbers(sequences: &[Sequence]) -> Vec<u64> {
    sequences.iter().map(|sequence| sequence.0).collect()
}

/// Reads the numbers of earlier entries.
pub(super) fn sequences(numbers: Vec<u64>) -> Vec<Sequence> {
    numbers.into_iter().map(Sequence).collect()
}
