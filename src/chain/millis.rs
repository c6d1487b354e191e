//! The moment at which an entry was recorded. Never a civil day, and never read from a clock here.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// Milliseconds since the beginning of 1970 (UTC), up to the end of the year 9999.
///
/// ```
/// use chancery::chain::millis::Millis;
///
/// let moment: Millis = "2026-11-22T03:00:00.000Z".parse()?;
/// assert_eq!(moment.number(), 1_795_316_400_000);
/// assert_eq!(moment.to_string(), "2026-11-22T03:00:00.000Z");
/// # Ok::<(), chancery::chain::millis::MillisError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Millis(u64);

/// A text or number that is no moment from 1970 to 9999.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MillisError {
    /// The text is not of RFC 3339.
    #[error("{text:?} is no moment: one is written 2026-11-22T03:00:00.000Z")]
    Malformed {
        /// What was given.
        text: String,
    },
    /// The moment lies outside of the years that can be recorded.
    #[error("the moment lies outside of the years 1970 to 9999")]
    OutOfRange,
}

impl Millis {
    /// The beginning of 1970.
    pub const FIRST: Millis = Millis(0);
    /// The last millisecond of the year 9999.
    pub const LAST: Millis = Millis(253_402_300_799_999);

    /// Takes a number of milliseconds since the beginning of 1970.
    ///
    /// # Errors
    /// [`MillisError::OutOfRange`] when the moment lies after the year 9999.
    pub fn new(number: u64) -> Result<Millis, MillisError> {
        if number <= Millis::LAST.0 { Ok(Millis(number)) } else { Err(MillisError::OutOfRange) }
    }

    /// Takes a number of seconds since the beginning of 1970.
    ///
    /// # Errors
    /// [`MillisError::OutOfRange`] when the moment lies after the year 9999.
    pub fn from_seconds(seconds: u64) -> Result<Millis, MillisError> {
        Millis::new(seconds.saturating_mul(1_000))
    }

    /// Gives the milliseconds since the beginning of 1970.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = i64::try_from(self.0).ok().and_then(DateTime::from_timestamp_millis);
        let moment = moment.expect("the constructor keeps to the years 1970 to 9999");
        f.pad(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Millis({self})")
    }
}

impl FromStr for Millis {
    type Err = MillisError;

    /// Reads a moment of RFC 3339, whatever its offset, down to the millisecond.
    fn from_str(text: &str) -> Result<Millis, MillisError> {
        let moment = DateTime::parse_from_rfc3339(text)
            .map_err(|_| MillisError::Malformed { text: text.to_owned() })?;
        let number = u64::try_from(moment.timestamp_millis());
        Millis::new(number.map_err(|_| MillisError::OutOfRange)?)
    }
}

impl TryFrom<String> for Millis {
    type Error = MillisError;

    fn try_from(text: String) -> Result<Millis, MillisError> {
        text.parse()
    }
}

impl From<Millis> for String {
    fn from(moment: Millis) -> String {
        moment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_are_shown_and_read_back() {
        assert_eq!(Millis::FIRST.to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Millis::LAST.to_string(), "9999-12-31T23:59:59.999Z");
        for moment in [Millis::FIRST, Millis::LAST] {
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
        assert_eq!(Millis::new(Millis::LAST.number() + 1), Err(MillisError::OutOfRange));
        assert_eq!("1969-12-31T23:59:59.999Z".parse::<Millis>(), Err(MillisError::OutOfRange));
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        let utc: Millis = "2026-11-22T03:00:00Z".parse().unwrap();
        assert_eq!("2026-11-22T12:00:00+09:00".parse(), Ok(utc));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "2026-11-22", "2026-11-22 03:00", "2026-02-30T00:00:00Z", "1795316400000"]
        {
            assert!(text.parse::<Millis>().is_err(), "{text}");
        }
    }
}
