//! Civil days and the bounds between them. Never a clock, a time of day or a time zone.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Month, NaiveDate};
use serde::{Deserialize, Serialize};

/// A civil day from 0001-01-01 to 9999-12-31, proleptic Gregorian (domain.md §4).
///
/// ```
/// use chancery::domain::day::Day;
///
/// let day = Day::parse("2022-06-30")?;
/// assert_eq!(day.next().map(|next| next.to_string()).as_deref(), Some("2022-07-01"));
///
/// let fault = Day::parse("2015-02-30").unwrap_err();
/// assert_eq!(
///     fault.to_string(),
///     r#"impossible day in "2015-02-30" at column 9: February 2015 has 28 days"#
/// );
/// # Ok::<(), chancery::domain::day::DateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(i32);

impl Day {
    /// The first day there is: 0001-01-01, also the start of what has no known start.
    pub const FIRST: Day = Day(1);
    /// The last day there is: 9999-12-31, also the end of what has no known end.
    pub const LAST: Day = Day(3_652_059);

    /// Reads exactly `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Refuses any other form and any impossible day, with the position of the fault.
    pub fn parse(text: &str) -> Result<Day, DateError> {
        let mut scan = Scan::new(text);
        let date = scan.date()?;
        scan.finish()?;
        match date {
            Date::Day(day) => Ok(day),
            _ => Err(scan.fault("malformed date", "one day is expected, such as 2022-06-30")),
        }
    }

    /// Makes the day of a year, a month (1 to 12) and a day of the month, if there is such a day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        Day::from_number(NaiveDate::from_ymd_opt(year, month, day)?.num_days_from_ce())
    }

    /// Makes the day of a number, 1 for 0001-01-01 and one more for each day.
    pub fn from_number(number: i32) -> Option<Day> {
        (Day::FIRST.0..=Day::LAST.0).contains(&number).then_some(Day(number))
    }

    /// Gives the number of the day, 1 for 0001-01-01 and one more for each day.
    pub fn number(self) -> i32 {
        self.0
    }

    /// Gives the day after, if there is one.
    pub fn next(self) -> Option<Day> {
        Day::from_number(self.0 + 1)
    }

    /// Gives the day before, if there is one.
    pub fn previous(self) -> Option<Day> {
        Day::from_number(self.0 - 1)
    }

    /// Counts the days from this day to another: negative if the other is earlier.
    pub fn days_until(self, other: Day) -> i64 {
        i64::from(other.0) - i64::from(self.0)
    }

    fn civil(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0)
            .expect("the constructors keep to years 1 to 9999")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        f.pad(&format!("{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day()))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Day({self})")
    }
}

impl FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Day, DateError> {
        Day::parse(text)
    }
}

impl TryFrom<String> for Day {
    type Error = DateError;

    fn try_from(text: String) -> Result<Day, DateError> {
        Day::parse(&text)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

/// The earliest and the latest day that a date allows, both included (domain.md §1).
///
/// Whoever makes one keeps `earliest` from being later than `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bounds {
    /// The first day allowed, [`Day::FIRST`] if the start is open.
    pub earliest: Day,
    /// The last day allowed, [`Day::LAST`] if the end is open.
    pub latest: Day,
}

impl Bounds {
    /// Every day there is.
    pub const ALL: Bounds = Bounds { earliest: Day::FIRST, latest: Day::LAST };

    /// Says whether the day lies within.
    pub fn contains(self, day: Day) -> bool {
        self.earliest <= day && day <= self.latest
    }

    /// Gives the narrowest bounds that allow every day of both.
    #[must_use]
    pub fn hull(self, other: Bounds) -> Bounds {
        Bounds {
            earliest: self.earliest.min(other.earliest),
            latest: self.latest.max(other.latest),
        }
    }

    /// Says whether some day lies within both.
    pub fn overlaps(self, other: Bounds) -> bool {
        self.earliest <= other.latest && other.earliest <= self.latest
    }

    /// Says whether exactly one day is allowed.
    pub fn is_day(self) -> bool {
        self.earliest == self.latest
    }
}

impl From<Day> for Bounds {
    fn from(day: Day) -> Bounds {
        Bounds { earliest: day, latest: day }
    }
}

/// Why a text is not a date, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} in \"{}\" at column {}: {reason}", shown(.text), self.column())]
pub struct DateError {
    /// The whole text that was read.
    pub text: String,
    /// The offset of the fault in bytes, counted from 0.
    pub position: usize,
    /// What is wrong, in two words: `impossible day`, `malformed date`.
    pub what: &'static str,
    /// Why it is wrong, or what to write instead.
    pub reason: String,
}

impl DateError {
    /// Gives the column of the fault in characters, counted from 1, as messages show it.
    pub fn column(&self) -> usize {
        let before = self.text.get(..self.position).unwrap_or(&self.text);
        before.chars().count() + 1
    }
}

/// Shows the text with control characters escaped, and cut where it is longer than any date.
fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 240;
    let mut shown: String =
        text.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// One date as it is written, before any mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Date {
    /// `YYYY-MM-DD`.
    Day(Day),
    /// `YYYY` or `YYYY-MM`.
    Plain(Bounds),
    /// `YYYX` or `YYXX`.
    Masked(Bounds),
}

impl Date {
    pub(crate) fn bounds(self) -> Bounds {
        match self {
            Date::Day(day) => Bounds::from(day),
            Date::Plain(bounds) | Date::Masked(bounds) => bounds,
        }
    }
}

/// Reads a date text from its front, remembering where it is.
#[derive(Clone, Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over `expected` if it comes next.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(crate) fn fault(&self, what: &'static str, reason: impl Into<String>) -> DateError {
        self.fault_at(self.at, what, reason)
    }

    pub(crate) fn fault_at(
        &self,
        position: usize,
        what: &'static str,
        reason: impl Into<String>,
    ) -> DateError {
        DateError { text: self.text.to_owned(), position, what, reason: reason.into() }
    }

    /// Demands that nothing is left.
    pub(crate) fn finish(&self) -> Result<(), DateError> {
        let reason = match self.rest().chars().next() {
            None => return Ok(()),
            Some('/') => "an interval is not one date; write [A..B] for one day from A to B",
            Some('T') => "a date has no time of day",
            Some('?' | '~' | '%') => "at most one of ? ~ % stands at the end of a date",
            Some('x' | 'X') => MASKS,
            Some('.') => "a range is written [A..B], [..B] or [A..]",
            Some(character) if character.is_whitespace() => "a date holds no spaces",
            Some(_) => "nothing may follow the date",
        };
        Err(self.fault("malformed date", reason))
    }

    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYX` or `YYXX`, without marks.
    pub(crate) fn date(&mut self) -> Result<Date, DateError> {
        let start = self.at;
        if let Some(years) = self.masked_years() {
            return match years_bounds(years.0, years.1) {
                Some(bounds) => Ok(Date::Masked(bounds)),
                None => Err(self.fault_at(start, "impossible year", YEARS)),
            };
        }
        let year = i32::try_from(self.digits(4, "year", MASKS)?).unwrap_or(0);
        let Some(bounds) = years_bounds(year, year) else {
            return Err(self.fault_at(start, "impossible year", YEARS));
        };
        if !self.eat("-") {
            return Ok(Date::Plain(bounds));
        }
        let month_at = self.at;
        let month = self.digits(2, "month", "write the year alone if the month is not known")?;
        let Some(first) = Day::from_ymd(year, month, 1) else {
            return Err(self.fault_at(month_at, "impossible month", "months run from 01 to 12"));
        };
        let days = days_in_month(year, month);
        if !self.eat("-") {
            let latest = Day::from_ymd(year, month, days).unwrap_or(first);
            return Ok(Date::Plain(Bounds { earliest: first, latest }));
        }
        let day_at = self.at;
        let day = self.digits(2, "day", "write YYYY-MM if the day is not known")?;
        Day::from_ymd(year, month, day).map(Date::Day).ok_or_else(|| {
            let reason = format!("{} {year} has {days} days", month_name(month));
            self.fault_at(day_at, "impossible day", reason)
        })
    }

    /// Reads `YYYX` or `YYXX`, giving the first and last year, or reads nothing.
    fn masked_years(&mut self) -> Option<(i32, i32)> {
        let head = self.rest().get(..4)?;
        let known = head.trim_end_matches('X');
        let span = match known.len() {
            3 => 10,
            2 => 100,
            _ => return None,
        };
        if !known.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let first = known.parse::<i32>().ok()? * span;
        self.at += 4;
        Some((first, first + span - 1))
    }

    /// Reads exactly `count` ASCII digits.
    fn digits(&mut self, count: usize, of: &str, otherwise: &str) -> Result<u32, DateError> {
        let mut value = 0;
        for digit in 0..count {
            match self.rest().bytes().next() {
                Some(byte @ b'0'..=b'9') => value = value * 10 + u32::from(byte - b'0'),
                Some(b'X' | b'x') => return Err(self.fault("malformed date", otherwise)),
                None if digit == 0 && of == "year" => {
                    let reason = "a date is expected, such as 2022, 2022-06 or 2022-06-30";
                    return Err(self.fault("malformed date", reason));
                }
                _ => {
                    let reason = format!("a {of} has {count} digits");
                    return Err(self.fault("malformed date", reason));
                }
            }
            self.at += 1;
        }
        if self.rest().bytes().next().is_some_and(|byte| byte.is_ascii_digit()) {
            let reason = format!("a {of} has {count} digits; dates are written YYYY-MM-DD");
            return Err(self.fault("malformed date", reason));
        }
        Ok(value)
    }
}

const YEARS: &str = "years run from 0001 to 9999";
const MASKS: &str = "unspecified digits are written YYYX or YYXX";

/// The days of some years, as far as there are such days: `000X` begins with the year 0001.
fn years_bounds(first: i32, last: i32) -> Option<Bounds> {
    let earliest = Day::from_ymd(first.max(1), 1, 1)?;
    let latest = Day::from_ymd(last, 12, 31)?;
    (earliest <= latest).then_some(Bounds { earliest, latest })
}

fn days_in_month(year: i32, month: u32) -> u32 {
    (29..=31).rev().find(|day| Day::from_ymd(year, month, *day).is_some()).unwrap_or(28)
}

fn month_name(month: u32) -> &'static str {
    let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok());
    month.map_or("the month", |month| month.name())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn the_first_and_the_last_day_are_the_ends_of_the_calendar() {
        assert_eq!(Day::FIRST.to_string(), "0001-01-01");
        assert_eq!(Day::LAST.to_string(), "9999-12-31");
        assert_eq!(Day::FIRST.previous(), None);
        assert_eq!(Day::LAST.next(), None);
        assert_eq!(Day::from_number(0), None);
        assert_eq!(format!("{:?}", Day::FIRST), "Day(0001-01-01)");
    }

    #[test]
    fn a_leap_day_exists_only_in_leap_years() {
        assert!(Day::parse("2000-02-29").is_ok());
        assert!(Day::parse("2024-02-29").is_ok());
        assert!(Day::parse("1900-02-29").is_err());
        assert!(Day::parse("2023-02-29").is_err());
    }

    #[test]
    fn a_day_is_read_only_in_its_one_form() {
        for text in
            ["", "2022", "2022-06", "202X", "2022-6-30", "20220630", "2022-06-30 ", "2022-06-30?"]
        {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_counted_across_a_leap_day() {
        assert_eq!(day("2024-02-28").days_until(day("2024-03-01")), 2);
        assert_eq!(day("2024-03-01").days_until(day("2024-02-28")), -2);
        assert_eq!(day("2024-02-28").next(), Some(day("2024-02-29")));
        assert_eq!(day("2024-03-01").previous(), Some(day("2024-02-29")));
    }

    #[test]
    fn a_day_is_a_string_in_json_and_is_checked_there() {
        assert_eq!(serde_json::to_string(&day("2022-06-30")).unwrap(), r#""2022-06-30""#);
        let fault = serde_json::from_str::<Day>(r#""2015-02-30""#).unwrap_err();
        assert!(fault.to_string().contains("February 2015 has 28 days"), "{fault}");
    }

    #[test]
    fn a_fault_shows_control_characters_escaped_and_long_text_cut() {
        let fault = Day::parse("20\u{202e}").unwrap_err();
        assert!(fault.to_string().contains(r"20\u{202e}"), "{fault}");
        let fault = Day::parse(&"9".repeat(70_000)).unwrap_err();
        assert!(fault.to_string().len() < 400, "{fault}");
    }

    #[test]
    fn the_hull_of_bounds_is_the_narrowest_around_both() {
        let a = Bounds { earliest: day("2022-01-01"), latest: day("2022-01-31") };
        let b = Bounds::from(day("2022-03-01"));
        assert!(!a.overlaps(b));
        let hull = a.hull(b);
        assert_eq!(hull, Bounds { earliest: day("2022-01-01"), latest: day("2022-03-01") });
        assert!(
            hull.contains(day("2022-02-15")) && hull.overlaps(a) && !hull.is_day() && b.is_day()
        );
    }

    #[test]
    fn bounds_hold_the_days_between_them_and_both_ends() {
        let bounds = Bounds { earliest: day("2022-01-10"), latest: day("2022-01-20") };
        let contained = |text| bounds.contains(day(text));
        assert!(contained("2022-01-10") && contained("2022-01-15") && contained("2022-01-20"));
        assert!(!contained("2022-01-09") && !contained("2022-01-21"));
    }

    proptest! {
        #[test]
        fn every_day_is_read_back_from_its_text(number in 1..=3_652_059) {
            let day = Day::from_number(number).unwrap();
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(day.next().map_or(Some(day), Day::previous), Some(day));
        }

        #[test]
        fn no_text_makes_reading_a_day_panic(text in ".*") {
            if let Err(fault) = Day::parse(&text) {
                prop_assert!(fault.position <= text.len());
                let _shown = fault.to_string();
            }
        }
    }
}
