//! Dates as sources give them: a small profile of EDTF. Never a guess at what a text might mean.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::day::{Bounds, Date, DateError, Day, Scan};

/// The largest number of members of a set such as `[1990,1992]` (domain.md §4).
pub const SET_MEMBERS_MAX: usize = 16;

/// A date exactly as its source supports it (domain.md §4).
///
/// The profile: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, each with an optional `?` (uncertain), `~`
/// (approximate) or `%` (both); `YYYX`, `YYXX`; one day of a range `[A..B]`, `[..B]`, `[A..]`; one
/// of a set `[A,B]` of at most [`SET_MEMBERS_MAX`] dates. Years run from 0001 to 9999. The text is
/// kept as it is, and two dates are equal if their texts are.
///
/// ```
/// use chancery::domain::edtf::{Edtf, Mark};
///
/// let date = Edtf::parse("[2022-06-29..2022-07]")?;
/// assert_eq!(date.bounds().earliest.to_string(), "2022-06-29");
/// assert_eq!(date.bounds().latest.to_string(), "2022-07-31");
/// assert_eq!(Edtf::parse("1992-03~")?.mark(), Some(Mark::Approximate));
/// # Ok::<(), chancery::domain::day::DateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Edtf {
    text: Box<str>,
    bounds: Bounds,
    mark: Option<Mark>,
}

/// What a source says about how sure a date is; a mark never moves bounds (domain.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// `?`: the source is not sure.
    Uncertain,
    /// `~`: about then.
    Approximate,
    /// `%`: both.
    UncertainAndApproximate,
}

impl Mark {
    /// Gives the mark that says what both say.
    #[must_use]
    pub fn joined(self, other: Mark) -> Mark {
        if self == other { self } else { Mark::UncertainAndApproximate }
    }
}

impl Edtf {
    /// Reads a date of the profile.
    ///
    /// # Errors
    /// Refuses anything else, any impossible day and any range that ends before it begins, with
    /// the position of the fault.
    pub fn parse(text: &str) -> Result<Edtf, DateError> {
        let (bounds, mark) = Edtf::check(text)?;
        Ok(Edtf { text: text.into(), bounds, mark })
    }

    /// Reads a date of the profile that is not kept: its bounds, and its mark.
    ///
    /// # Errors
    /// As [`Edtf::parse`].
    pub fn check(text: &str) -> Result<(Bounds, Option<Mark>), DateError> {
        let mut scan = Scan::new(text);
        let (bounds, mark) = match scan.rest().bytes().next() {
            Some(b'[') => one_of(&mut scan)?,
            Some(b'{') => {
                return Err(scan.fault(
                    "malformed date",
                    "an act has one date; write [A,B] for one of several",
                ));
            }
            _ => member(&mut scan)?,
        };
        scan.finish()?;
        Ok((bounds, mark))
    }

    /// Gives the exact text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the earliest and the latest day that the date allows; a set is taken as its hull.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Gives what the source says about how sure the date is; for a range or a set, what any of
    /// its members says.
    pub fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Gives the day if the text is one plain day without a mark.
    pub fn day(&self) -> Option<Day> {
        Day::parse(&self.text).ok()
    }
}

impl From<Day> for Edtf {
    fn from(day: Day) -> Edtf {
        Edtf { text: day.to_string().into(), bounds: Bounds::from(day), mark: None }
    }
}

impl fmt::Display for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edtf({})", self.text)
    }
}

impl FromStr for Edtf {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Edtf, DateError> {
        Edtf::parse(text)
    }
}

impl TryFrom<String> for Edtf {
    type Error = DateError;

    fn try_from(text: String) -> Result<Edtf, DateError> {
        Edtf::parse(&text)
    }
}

impl From<Edtf> for String {
    fn from(date: Edtf) -> String {
        date.text.into()
    }
}

/// Reads a date and its mark; `YYYX` and `YYXX` take none.
fn member(scan: &mut Scan<'_>) -> Result<(Bounds, Option<Mark>), DateError> {
    let date = scan.date()?;
    if matches!(date, Date::Masked(_)) {
        if scan.rest().starts_with(['?', '~', '%', '-']) {
            return Err(scan.fault("malformed date", "nothing may follow YYYX or YYXX"));
        }
        return Ok((date.bounds(), None));
    }
    Ok((date.bounds(), mark(scan)))
}

/// Reads a date of the forms `YYYY`, `YYYY-MM`, `YYYY-MM-DD` and its mark.
pub(crate) fn plain(scan: &mut Scan<'_>) -> Result<(Bounds, Option<Mark>), DateError> {
    let start = scan.at();
    let date = scan.date()?;
    if matches!(date, Date::Masked(_)) {
        let reason = "an end of a period is written YYYY, YYYY-MM or YYYY-MM-DD";
        return Err(scan.fault_at(start, "malformed period", reason));
    }
    Ok((date.bounds(), mark(scan)))
}

fn mark(scan: &mut Scan<'_>) -> Option<Mark> {
    let marks =
        [("?", Mark::Uncertain), ("~", Mark::Approximate), ("%", Mark::UncertainAndApproximate)];
    marks.into_iter().find(|(sign, _)| scan.eat(sign)).map(|(_, mark)| mark)
}

/// Reads `[A..B]`, `[..B]`, `[A..]` or `[A,B,…]`.
fn one_of(scan: &mut Scan<'_>) -> Result<(Bounds, Option<Mark>), DateError> {
    scan.eat("[");
    if scan.eat("..") {
        let (last, mark) = member(scan)?;
        close(scan)?;
        return Ok((Bounds { earliest: Day::FIRST, latest: last.latest }, mark));
    }
    let (first, first_mark) = member(scan)?;
    if !scan.eat("..") {
        return set(scan, first, first_mark);
    }
    if scan.eat("]") {
        return Ok((Bounds { earliest: first.earliest, latest: Day::LAST }, first_mark));
    }
    let last_at = scan.at();
    let (last, last_mark) = member(scan)?;
    if last.latest < first.earliest {
        let reason = "the range ends before it begins";
        return Err(scan.fault_at(last_at, "inverted range", reason));
    }
    close(scan)?;
    Ok((Bounds { earliest: first.earliest, latest: last.latest }, joined(first_mark, last_mark)))
}

/// Reads the rest of `[A,B,…]` after `[A`, taking the set as its hull.
fn set(
    scan: &mut Scan<'_>,
    first: Bounds,
    first_mark: Option<Mark>,
) -> Result<(Bounds, Option<Mark>), DateError> {
    let mut members = 1;
    let (mut bounds, mut mark) = (first, first_mark);
    while scan.eat(",") {
        members += 1;
        if SET_MEMBERS_MAX < members {
            let reason = format!("a set has at most {SET_MEMBERS_MAX} members");
            return Err(scan.fault("malformed date", reason));
        }
        let (next_bounds, next_mark) = member(scan)?;
        bounds = bounds.hull(next_bounds);
        mark = joined(mark, next_mark);
    }
    if members == 1 && scan.rest().starts_with(']') {
        return Err(scan.fault("malformed date", "a date alone is written without brackets"));
    }
    close(scan)?;
    Ok((bounds, mark))
}

fn close(scan: &mut Scan<'_>) -> Result<(), DateError> {
    if scan.eat("]") {
        return Ok(());
    }
    let reason = match scan.rest().chars().next() {
        Some(character) if character.is_whitespace() => "a date holds no spaces",
        Some('.') => "a range is written [A..B], [..B] or [A..], and stands alone",
        _ => "a range [A..B] or a set [A,B] ends with ]",
    };
    Err(scan.fault("malformed date", reason))
}

fn joined(one: Option<Mark>, other: Option<Mark>) -> Option<Mark> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.joined(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Demands the bounds `earliest latest` of each text.
    fn bounds_are(cases: &[(&str, &str, &str)]) {
        for (text, earliest, latest) in cases {
            let date = Edtf::parse(text).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(date.bounds().earliest.to_string(), *earliest, "{text}");
            assert_eq!(date.bounds().latest.to_string(), *latest, "{text}");
            assert_eq!((date.to_string().as_str(), date.as_str()), (*text, *text));
            assert_eq!(format!("{date:?}"), format!("Edtf({text})"));
        }
    }

    /// Demands that each text is refused at that column for that reason.
    fn refused(cases: &[(&str, usize, &str)]) {
        for (text, column, reason) in cases {
            let fault = Edtf::parse(text).expect_err(text);
            assert_eq!((fault.column(), fault.reason.as_str()), (*column, *reason), "{text}");
        }
    }

    #[test]
    fn bounds_follow_from_the_text() {
        bounds_are(&[
            ("2022", "2022-01-01", "2022-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2022-06-30", "2022-06-30", "2022-06-30"),
            ("195X", "1950-01-01", "1959-12-31"),
            ("19XX", "1900-01-01", "1999-12-31"),
            ("000X", "0001-01-01", "0009-12-31"),
            ("00XX", "0001-01-01", "0099-12-31"),
            ("9999", "9999-01-01", "9999-12-31"),
            ("[2022-06-29..2022-07]", "2022-06-29", "2022-07-31"),
            ("[..1949]", "0001-01-01", "1949-12-31"),
            ("[1949-03..]", "1949-03-01", "9999-12-31"),
            ("[195X..1961?]", "1950-01-01", "1961-12-31"),
            ("[2022-06-15..2022-06]", "2022-06-15", "2022-06-30"),
        ]);
    }

    #[test]
    fn a_set_is_taken_as_its_hull_in_whatever_order_it_is_written() {
        bounds_are(&[
            ("[1990,1992-03]", "1990-01-01", "1992-03-31"),
            ("[1992-03,1990,1991-05-01~]", "1990-01-01", "1992-03-31"),
        ]);
    }

    #[test]
    fn marks_never_move_bounds() {
        bounds_are(&[
            ("2022?", "2022-01-01", "2022-12-31"),
            ("2022-06~", "2022-06-01", "2022-06-30"),
            ("2022-06-30%", "2022-06-30", "2022-06-30"),
        ]);
    }

    #[test]
    fn a_mark_is_carried_and_the_marks_of_members_are_joined() {
        let mark = |text| Edtf::parse(text).unwrap().mark();
        assert_eq!(mark("2022"), None);
        assert_eq!(mark("2022?"), Some(Mark::Uncertain));
        assert_eq!(mark("2022~"), Some(Mark::Approximate));
        assert_eq!(mark("2022%"), Some(Mark::UncertainAndApproximate));
        assert_eq!(mark("[2021?..2022]"), Some(Mark::Uncertain));
        assert_eq!(mark("[2021,2022~,2023?]"), Some(Mark::UncertainAndApproximate));
    }

    #[test]
    fn only_one_plain_day_is_a_day() {
        let day = |text| Edtf::parse(text).unwrap().day();
        assert_eq!(day("2022-06-30"), Day::from_ymd(2022, 6, 30));
        for text in ["2022-06-30?", "[2022-06-30..2022-06-30]", "2022-06", "2022"] {
            assert_eq!(day(text), None, "{text}");
        }
        let made = Edtf::from(Day::from_ymd(2022, 6, 30).unwrap());
        assert_eq!(made, Edtf::parse("2022-06-30").unwrap());
    }

    #[test]
    fn an_impossible_date_is_refused_where_it_is_impossible() {
        refused(&[
            ("2015-02-30", 9, "February 2015 has 28 days"),
            ("2015-06-31", 9, "June 2015 has 30 days"),
            ("2015-06-00", 9, "June 2015 has 30 days"),
            ("2015-13", 6, "months run from 01 to 12"),
            ("2015-00-01", 6, "months run from 01 to 12"),
            ("0000", 1, "years run from 0001 to 9999"),
            ("[2014..2015-02-29]", 16, "February 2015 has 28 days"),
        ]);
    }

    #[test]
    fn what_the_profile_does_not_hold_is_refused_with_what_to_write_instead() {
        refused(&[
            ("", 1, "a date is expected, such as 2022, 2022-06 or 2022-06-30"),
            (" 2022", 1, "a year has 4 digits"),
            ("2022 ", 5, "a date holds no spaces"),
            ("-0100", 1, "a year has 4 digits"),
            ("202", 4, "a year has 4 digits"),
            ("20220630", 5, "a year has 4 digits; dates are written YYYY-MM-DD"),
            ("2022-6-30", 7, "a month has 2 digits"),
            ("2022-XX", 6, "write the year alone if the month is not known"),
            ("2022-06-XX", 9, "write YYYY-MM if the day is not known"),
            ("202x", 4, "unspecified digits are written YYYX or YYXX"),
            ("2XXX", 2, "unspecified digits are written YYYX or YYXX"),
            ("195X-06", 5, "nothing may follow YYYX or YYXX"),
            ("195X?", 5, "nothing may follow YYYX or YYXX"),
            ("2022-06-30z", 11, "nothing may follow the date"),
            ("[2022,2023 ]", 11, "a date holds no spaces"),
            ("2022?~", 6, "at most one of ? ~ % stands at the end of a date"),
            ("2022-06-30T10:00", 11, "a date has no time of day"),
            ("2021/2022", 5, "an interval is not one date; write [A..B] for one day from A to B"),
            ("{2021,2022}", 1, "an act has one date; write [A,B] for one of several"),
            ("２０２２", 1, "a year has 4 digits"),
        ]);
    }

    #[test]
    fn a_malformed_range_or_set_is_refused() {
        refused(&[
            ("[2023..2022]", 8, "the range ends before it begins"),
            ("[2022-07-01..2022-06]", 14, "the range ends before it begins"),
            ("[2022]", 6, "a date alone is written without brackets"),
            ("[2021, 2022]", 7, "a year has 4 digits"),
            ("[2021,2022", 11, "a range [A..B] or a set [A,B] ends with ]"),
            (
                "[2021,2022..2023]",
                11,
                "a range is written [A..B], [..B] or [A..], and stands alone",
            ),
            ("[2021..2022]?", 13, "at most one of ? ~ % stands at the end of a date"),
            ("[..]", 4, "a year has 4 digits"),
            ("[]", 2, "a year has 4 digits"),
            ("2021..2022", 5, "a range is written [A..B], [..B] or [A..]"),
        ]);
    }

    #[test]
    fn a_set_has_at_most_sixteen_members() {
        let set = |members| format!("[{}]", vec!["2022"; members].join(","));
        assert!(Edtf::parse(&set(16)).is_ok());
        let fault = Edtf::parse(&set(17)).unwrap_err();
        assert_eq!((fault.position, fault.reason.as_str()), (81, "a set has at most 16 members"));
    }

    #[test]
    fn a_date_is_a_string_in_json_and_is_checked_there() {
        let date: Edtf = serde_json::from_str(r#""[2022..]""#).unwrap();
        assert_eq!(serde_json::to_string(&date).unwrap(), r#""[2022..]""#);
        assert!(serde_json::from_str::<Edtf>(r#""2022-02-30""#).is_err());
    }
}
