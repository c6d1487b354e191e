//! Stretches of days: lifetimes, memberships and the period of a question. Never one act's date.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::day::{Bounds, DateError, Day, Scan};
use crate::domain::edtf::plain;
use crate::domain::truth::Truth;

/// A stretch of days `A/B`, `A/..` or `../B` that includes both its ends (domain.md §4).
///
/// Each end is written `YYYY`, `YYYY-MM` or `YYYY-MM-DD` with an optional mark; an end less
/// precise than a day leaves open on which of its days the period begins or ends.
///
/// ```
/// use chancery::domain::day::Day;
/// use chancery::domain::period::Period;
/// use chancery::domain::truth::Truth;
///
/// let period = Period::parse("1945-10-24/1991")?;
/// assert_eq!(period.contains(Day::parse("1945-10-24")?), Truth::Yes);
/// assert_eq!(period.contains(Day::parse("1991-06-01")?), Truth::Unknown);
/// assert_eq!(period.contains(Day::parse("1992-01-01")?), Truth::No);
/// # Ok::<(), chancery::domain::day::DateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    text: Box<str>,
    start: Bounds,
    end: Bounds,
}

impl Period {
    /// Reads `A/B`, `A/..` or `../B`.
    ///
    /// # Errors
    /// Refuses anything else, any impossible day and any period that ends before it begins, with
    /// the position of the fault.
    pub fn parse(text: &str) -> Result<Period, DateError> {
        let mut scan = Scan::new(text);
        let start = if scan.eat("..") { OPEN_START } else { plain(&mut scan)?.0 };
        if !scan.eat("/") {
            return Err(scan.fault("malformed period", "a period is written A/B, A/.. or ../B"));
        }
        let end_at = scan.at();
        let end = if scan.eat("..") { OPEN_END } else { plain(&mut scan)?.0 };
        if !scan.rest().is_empty() {
            return Err(scan.fault("malformed period", "nothing may follow the period"));
        }
        if start == OPEN_START && text == "../.." {
            return Err(scan.fault_at(
                end_at,
                "malformed period",
                "one end at least must be given",
            ));
        }
        if end.latest < start.earliest {
            let reason = "the period ends before it begins";
            return Err(scan.fault_at(end_at, "inverted period", reason));
        }
        Ok(Period { text: text.into(), start, end })
    }

    /// Reads the period of a question: a year, a month, a day, or an interval of them, whole.
    ///
    /// Unlike a lifetime, `2022/2023` leaves nothing open here: it asks about every day from
    /// 2022-01-01 to 2023-12-31, and the text of the result says so.
    ///
    /// # Errors
    /// Refuses what is neither, as [`Period::parse`] does.
    pub fn parse_question(text: &str) -> Result<Period, DateError> {
        let asked = if text.contains('/') {
            Period::parse(text)?
        } else {
            let mut scan = Scan::new(text);
            let (bounds, _) = plain(&mut scan)?;
            scan.finish()?;
            Period { text: text.into(), start: bounds, end: bounds }
        };
        let (first, last) = (asked.start.earliest, asked.end.latest);
        let start = if asked.start == OPEN_START { OPEN_START } else { Bounds::from(first) };
        let end = if asked.end == OPEN_END { OPEN_END } else { Bounds::from(last) };
        let text = match (text.starts_with(".."), text.ends_with("..")) {
            (true, _) => format!("../{last}"),
            (_, true) => format!("{first}/.."),
            _ => format!("{first}/{last}"),
        };
        Ok(Period { text: text.into(), start, end })
    }

    /// Gives the exact text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the days on which the period may begin; [`Day::FIRST`] alone if the start is open.
    pub fn start(&self) -> Bounds {
        self.start
    }

    /// Gives the days on which the period may end; [`Day::LAST`] alone if the end is open.
    pub fn end(&self) -> Bounds {
        self.end
    }

    /// Says whether the day lies within, both ends included.
    pub fn contains(&self, day: Day) -> Truth {
        // A period begins no later than it ends, which may narrow an imprecise end.
        let latest = self.start.latest.min(self.end.latest);
        let begun = reached(Bounds { latest, ..self.start }, day);
        let earliest = self.end.earliest.max(self.start.earliest);
        let over = match day.previous() {
            Some(before) => reached(Bounds { earliest, ..self.end }, before),
            None => Truth::No,
        };
        begun.and(!over)
    }
}

const OPEN_START: Bounds = Bounds { earliest: Day::FIRST, latest: Day::FIRST };
const OPEN_END: Bounds = Bounds { earliest: Day::LAST, latest: Day::LAST };

/// Says whether the moment that lies somewhere in the bounds has come by the end of the day.
fn reached(bounds: Bounds, day: Day) -> Truth {
    if bounds.latest <= day {
        Truth::Yes
    } else if day < bounds.earliest {
        Truth::No
    } else {
        Truth::Unknown
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Period({})", self.text)
    }
}

impl FromStr for Period {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Period, DateError> {
        Period::parse(text)
    }
}

impl TryFrom<String> for Period {
    type Error = DateError;

    fn try_from(text: String) -> Result<Period, DateError> {
        Period::parse(&text)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(text: &str, day: &str) -> Truth {
        Period::parse(text).unwrap().contains(Day::parse(day).unwrap())
    }

    #[test]
    fn a_period_includes_both_its_days() {
        let membership = "1945-10-24/1991-12-25";
        let period = Period::parse(membership).unwrap();
        assert_eq!(format!("{period:?}"), format!("Period({membership})"));
        assert_eq!(String::from(period), membership);
        assert_eq!(contains(membership, "1945-10-23"), Truth::No);
        assert_eq!(contains(membership, "1945-10-24"), Truth::Yes);
        assert_eq!(contains(membership, "1991-12-25"), Truth::Yes);
        assert_eq!(contains(membership, "1991-12-26"), Truth::No);
        assert_eq!(contains("2022-06-30/2022-06-30", "2022-06-30"), Truth::Yes);
    }

    #[test]
    fn an_open_end_is_the_end_of_the_calendar() {
        assert_eq!(contains("1945-10-24/..", "9999-12-31"), Truth::Yes);
        assert_eq!(contains("../1991-12-25", "0001-01-01"), Truth::Yes);
        assert_eq!(contains("../1991-12-25", "1991-12-26"), Truth::No);
    }

    #[test]
    fn an_imprecise_end_leaves_its_own_days_open() {
        assert_eq!(contains("1945/1991-12", "1944-12-31"), Truth::No);
        assert_eq!(contains("1945/1991-12", "1945-06-01"), Truth::Unknown);
        assert_eq!(contains("1945/1991-12", "1945-12-31"), Truth::Yes);
        assert_eq!(contains("1945/1991-12", "1991-12-01"), Truth::Yes);
        assert_eq!(contains("1945/1991-12", "1991-12-31"), Truth::Unknown);
        assert_eq!(contains("1945/1991-12", "1992-01-01"), Truth::No);
    }

    #[test]
    fn a_period_holds_a_day_exactly_if_every_choice_of_its_ends_does() {
        let number = |day: Day| day.number();
        let middle = ["2022-01-02", "2022-01", "2022-02", "2022-01-31", "2022-03-01"];
        for (a, b) in middle.iter().flat_map(|a| middle.iter().map(move |b| (a, b))) {
            let Ok(period) = Period::parse(&format!("{a}/{b}")) else { continue };
            let (start, end) = (period.start(), period.end());
            let choices: Vec<(i32, i32)> = (number(start.earliest)..=number(start.latest))
                .flat_map(|s| (number(end.earliest)..=number(end.latest)).map(move |e| (s, e)))
                .filter(|(s, e)| s <= e)
                .collect();
            for day in number(start.earliest) - 1..=number(end.latest) + 1 {
                let within = choices.iter().filter(|(s, e)| (*s..=*e).contains(&day)).count();
                let expected = match within {
                    0 => Truth::No,
                    all if all == choices.len() => Truth::Yes,
                    _ => Truth::Unknown,
                };
                let day = Day::from_number(day).unwrap();
                assert_eq!(period.contains(day), expected, "{period} on {day}");
            }
        }
    }

    #[test]
    fn what_is_no_period_is_refused_where_it_goes_wrong() {
        for (text, column, reason) in [
            ("2022", 5, "a period is written A/B, A/.. or ../B"),
            ("../..", 4, "one end at least must be given"),
            ("2022/", 6, "a date is expected, such as 2022, 2022-06 or 2022-06-30"),
            ("2023/2022", 6, "the period ends before it begins"),
            ("2022-06-30/2022-06-29", 12, "the period ends before it begins"),
            ("2021/2022/2023", 10, "nothing may follow the period"),
            ("195X/..", 1, "an end of a period is written YYYY, YYYY-MM or YYYY-MM-DD"),
            ("2015-02-30/..", 9, "February 2015 has 28 days"),
            ("[2021..2022]/..", 1, "a year has 4 digits"),
        ] {
            let fault = Period::parse(text).expect_err(text);
            assert_eq!((fault.column(), fault.reason.as_str()), (column, reason), "{text}");
        }
    }

    #[test]
    fn a_question_about_a_year_or_month_is_about_all_of_it() {
        for (asked, meant) in [
            ("2022", "2022-01-01/2022-12-31"),
            ("2024-02", "2024-02-01/2024-02-29"),
            ("2022-06-15", "2022-06-15/2022-06-15"),
            ("2022/2023-06", "2022-01-01/2023-06-30"),
            ("2022/..", "2022-01-01/.."),
            ("../2022", "../2022-12-31"),
        ] {
            let period = Period::parse_question(asked).unwrap();
            assert_eq!(period.as_str(), meant);
            assert_eq!(period, Period::parse(meant).unwrap());
        }
        for text in ["", "195X", "2023/2022", "[2021..2022]", "2022-02-30"] {
            assert!(Period::parse_question(text).is_err(), "{text}");
        }
    }

    #[test]
    fn marks_on_the_ends_of_a_period_move_nothing() {
        let (plain, marked) =
            (Period::parse("1922/1991").unwrap(), Period::parse("1922~/1991?").unwrap());
        assert_eq!((plain.start(), plain.end()), (marked.start(), marked.end()));
        assert_eq!(marked.to_string(), "1922~/1991?");
    }
}
