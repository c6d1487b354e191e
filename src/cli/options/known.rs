//! How a person names a position of the log: a size, the hash of an entry, or a moment.

use std::str::FromStr;

use crate::chain::millis::{Millis, MillisError};
use crate::cli::error::CliError;
use crate::domain::day::Day;
use crate::domain::sequence::Size;
use crate::ledger::Ledger;

const HASH_DIGITS_MIN: usize = 8;
const HASH_DIGITS_MAX: usize = 64;

/// A position of the log, as it was typed (cli.md, `--known`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// So many entries.
    Size(Size),
    /// All entries through the one whose hash begins so.
    Hash(String),
    /// All entries recorded up to a moment.
    Until(Millis),
}

/// A text that names no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KnownError {
    #[error(
        "write a size (874), a hash of 8 digits or more (hash:3f9a0c12) or a time (2026-11-22T03:00)"
    )]
    Unreadable,
    #[error("a hash is written with 8 to 64 of the digits 0-9 and a-f")]
    Hash,
    #[error("{0}")]
    Moment(String),
}

impl FromStr for Known {
    type Err = KnownError;

    fn from_str(text: &str) -> Result<Self, KnownError> {
        let is_hash = |digits: &str| {
            (HASH_DIGITS_MIN..=HASH_DIGITS_MAX).contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        if !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit()) {
            let size = text.parse().map_err(|_| KnownError::Unreadable)?;
            Ok(Self::Size(Size(size)))
        } else if let Some(digits) = text.strip_prefix("hash:") {
            let digits = Some(digits.to_lowercase()).filter(|digits| is_hash(digits));
            digits.map(Self::Hash).ok_or(KnownError::Hash)
        } else if is_hash(text) {
            Ok(Self::Hash(text.to_lowercase()))
        } else if text.contains(['T', '-']) {
            until(text).map(Self::Until)
        } else {
            Err(KnownError::Unreadable)
        }
    }
}

/// Reads a moment in UTC; a bare date means its end.
fn until(text: &str) -> Result<Millis, KnownError> {
    let malformed = |cause: MillisError| KnownError::Moment(cause.to_string());
    let Some((date, time)) = text.split_once('T') else {
        let day = Day::parse(text).map_err(|cause| KnownError::Moment(cause.to_string()))?;
        return format!("{day}T23:59:59.999Z").parse().map_err(malformed);
    };
    let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    let zone = if zone.is_empty() { "Z" } else { zone };
    format!("{date}T{clock}{seconds}{zone}").parse().map_err(malformed)
}

impl Known {
    /// Finds the size that the position stands for in a ledger.
    ///
    /// # Errors
    /// When the ledger has no such position.
    pub(crate) fn resolve(&self, ledger: &Ledger) -> Result<Size, CliError> {
        match self {
            Self::Size(size) => {
                if size.0 == 0 || *size > ledger.size() {
                    return Err(CliError::NoSuchSize { asked: *size, size: ledger.size() });
                }
                Ok(*size)
            }
            Self::Hash(prefix) => Ok(ledger.sequence_with_hash(prefix)?.through()),
            Self::Until(moment) => match ledger.size_at(*moment) {
                Size(0) => Err(CliError::NothingKnown { moment: *moment }),
                size => Ok(size),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Known {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn digits_are_a_size_and_hexadecimal_digits_with_a_letter_a_hash() {
        assert_eq!(read("874"), Known::Size(Size(874)));
        assert_eq!(read("12345678"), Known::Size(Size(12_345_678)));
        assert_eq!(read("3f9a0c12"), Known::Hash("3f9a0c12".to_owned()));
        assert_eq!(read("hash:12345678"), Known::Hash("12345678".to_owned()));
        assert_eq!(read("hash:3F9A0C12"), read("3f9a0c12"));
    }

    #[test]
    fn a_bare_date_means_its_end_and_a_time_without_zone_is_in_utc() {
        let moment = |text: &str| Known::Until(text.parse().unwrap());
        assert_eq!(read("2026-11-22"), moment("2026-11-22T23:59:59.999Z"));
        assert_eq!(read("2026-11-22T03:00"), moment("2026-11-22T03:00:00Z"));
        assert_eq!(read("2026-11-22T03:00:07.5"), moment("2026-11-22T03:00:07.500Z"));
        assert_eq!(read("2026-11-22T12:00+09:00"), moment("2026-11-22T03:00:00Z"));
    }

    #[test]
    fn what_names_no_position_is_refused() {
        for text in ["", "abc", "3f9a0c1", "hash:3f9a", "2026-13-01", "2026-11-22T", "soon", "-1"] {
            assert!(text.parse::<Known>().is_err(), "{text}");
        }
    }
}
