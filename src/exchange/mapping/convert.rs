//! Named converters: from the text of a field to the text that the ledger wants. Must not know any
//! table.

use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::period::Period;

/// Something that can be done to the text of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Converter {
    /// White space around it goes.
    Trim,
    /// Line breaks and runs of white space become one space each.
    OneLine,
    /// Letters become capitals.
    Upper,
    /// Letters become small.
    Lower,
    /// A date of the profile of domain.md §4; nothing changes.
    Edtf,
    /// A date in another spelling of EDTF: `../X` becomes `[..X]`, `X/..` becomes `[X..]`, `A/B`
    /// becomes `[A..B]`, and `199x` or `199u` becomes `199X`.
    EdtfProfile,
    /// A period such as `1922-12-30/1991-12-25`; nothing changes.
    Period,
    /// A day written day, month, year: `30.9.1990`, `30 September 1990`.
    DateDmy,
    /// A day written month, day, year: `9/30/1990`, `Sep 30, 1990`.
    DateMdy,
    /// A day written year, month, day: `1990/9/30`, `19900930`.
    DateYmd,
    /// The day after.
    NextDay,
    /// A number whose decimals are all zero, as spreadsheets write it: `2.0` becomes `2`.
    WholeNumber,
    /// A number, for the fields that want one and not a text.
    Integer,
}

const NAMED: [(&str, Converter); 13] = [
    ("trim", Converter::Trim),
    ("one-line", Converter::OneLine),
    ("upper", Converter::Upper),
    ("lower", Converter::Lower),
    ("edtf", Converter::Edtf),
    ("edtf-profile", Converter::EdtfProfile),
    ("period", Converter::Period),
    ("date-dmy", Converter::DateDmy),
    ("date-mdy", Converter::DateMdy),
    ("date-ymd", Converter::DateYmd),
    ("next-day", Converter::NextDay),
    ("whole-number", Converter::WholeNumber),
    ("integer", Converter::Integer),
];

impl Converter {
    /// Finds a converter by its name.
    ///
    /// # Errors
    /// Lists the names there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = NAMED.iter().find(|(known, _)| *known == name);
        found.map(|(_, converter)| *converter).ok_or_else(|| {
            let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
            format!("there is no converter {name:?}: use one of {}", names.join(", "))
        })
    }

    /// Converts a text.
    ///
    /// # Errors
    /// Says why the text is not what the converter reads.
    pub fn apply(self, text: &str) -> Result<String, String> {
        match self {
            Self::Trim => Ok(text.trim().to_owned()),
            Self::OneLine => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Self::Upper => Ok(text.to_uppercase()),
            Self::Lower => Ok(text.to_lowercase()),
            Self::Edtf => edtf(text),
            Self::EdtfProfile => edtf(&in_profile(text)),
            Self::Period => match Period::parse(text) {
                Ok(period) => Ok(period.to_string()),
                Err(error) => Err(error.to_string()),
            },
            Self::DateDmy => day(text, |[day, month, year]| [year, month, day]),
            Self::DateMdy => day(text, |[month, day, year]| [year, month, day]),
            Self::DateYmd => compact_day(text).unwrap_or_else(|| day(text, |parts| parts)),
            Self::NextDay => next_day(text),
            Self::WholeNumber => whole_number(text),
            Self::Integer => match text.parse::<i64>() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Err(format!("{text:?} is no whole number")),
            },
        }
    }
}

fn edtf(text: &str) -> Result<String, String> {
    Edtf::parse(text).map(|date| date.to_string()).map_err(|error| error.to_string())
}

/// Spells a date of general EDTF as the profile does, where the profile can say the same.
fn in_profile(text: &str) -> String {
    let text = text.trim();
    match text.split_once('/') {
        Some(("" | "..", latest)) => format!("[..{}]", masked(latest)),
        Some((earliest, "" | "..")) => format!("[{}..]", masked(earliest)),
        Some((earliest, latest)) => format!("[{}..{}]", masked(earliest), masked(latest)),
        None => masked(text),
    }
}

/// Writes unknown digits of a year with a capital X.
fn masked(date: &str) -> String {
    let is_year = date.len() == 4 && date.starts_with(|first: char| first.is_ascii_digit());
    if is_year { date.replace(['x', 'u'], "X") } else { date.to_owned() }
}

/// Reads three parts, whatever stands between them; `order` gives them as year, month, day.
fn day(text: &str, order: impl Fn([&str; 3]) -> [&str; 3]) -> Result<String, String> {
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let no_day = || format!("{text:?} is no day in this order");
    let [year, month, day] = order(<[&str; 3]>::try_from(parts).map_err(|_| no_day())?);
    let number = |digits: &str, digits_max: usize| -> Result<u32, String> {
        let plain = digits.len() <= digits_max && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten().ok_or_else(no_day)
    };
    if year.len() != 4 {
        return Err(format!("{text:?} has no year of four digits in its place"));
    }
    let month = match month_named(month) {
        Some(month) => month,
        None => number(month, 2)?,
    };
    let plain = format!("{:04}-{month:02}-{:02}", number(year, 4)?, number(day, 2)?);
    edtf(&plain)
}

/// The number of a month named in English, in full or by three letters or more.
fn month_named(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_lowercase();
    if name.len() < 3 {
        return None;
    }
    (1..).zip(MONTHS).find(|(_, month)| month.starts_with(&name)).map(|(number, _)| number)
}

/// Reads `19900930`; none when the text is not eight digits.
fn compact_day(text: &str) -> Option<Result<String, String>> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?);
    Some(edtf(&plain))
}

fn next_day(text: &str) -> Result<String, String> {
    let day = Day::parse(text).map_err(|error| error.to_string())?;
    day.next().map(|next| next.to_string()).ok_or_else(|| format!("no day follows {day}"))
}

fn whole_number(text: &str) -> Result<String, String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    if digits && decimals.bytes().all(|byte| byte == b'0') {
        Ok(whole.to_owned())
    } else {
        Err(format!("{text:?} is no whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(name: &str, text: &str) -> Result<String, String> {
        Converter::parse(name).unwrap().apply(text)
    }

    #[test]
    fn each_converter_reads_what_it_says() {
        let cases = "
            trim         | ' a b '            | a b
            one-line     | ' a  b '           | a b
            upper        | 'kor'              | KOR
            lower        | 'KOR'              | kor
            edtf         | '1990-09?'         | 1990-09?
            edtf-profile | '../1991'          | [..1991]
            edtf-profile | '1991-09/..'       | [1991-09..]
            edtf-profile | '1991/1993-02-01'  | [1991..1993-02-01]
            edtf-profile | '199x'             | 199X
            edtf-profile | '[1978-01,1978-02]'| [1978-01,1978-02]
            period       | '1922-12-30/..'    | 1922-12-30/..
            date-dmy     | '30.9.1990'        | 1990-09-30
            date-dmy     | '30 September 1990'| 1990-09-30
            date-mdy     | 'Sep 30, 1990'     | 1990-09-30
            date-mdy     | '9/30/1990'        | 1990-09-30
            date-ymd     | '1816-1-1'         | 1816-01-01
            date-ymd     | '19900930'         | 1990-09-30
            next-day     | '1992-02-28'       | 1992-02-29
            whole-number | '2.0'              | 2
            whole-number | '94'               | 94
            integer      | '-7'               | -7";
        for line in cases.lines().filter(|line| !line.trim().is_empty()) {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let text = parts[1].trim_matches('\'');
            assert_eq!(convert(parts[0], text), Ok(parts[2].to_owned()), "{line}");
        }
    }

    #[test]
    fn what_a_converter_cannot_read_is_refused() {
        let cases = "
            edtf         | 1991/1992
            edtf         | 2015-02-30
            edtf-profile | 1991/1992/1993
            period       | 1991
            date-dmy     | 30 Februar 1990
            date-dmy     | 31.11.1975
            date-dmy     | 1.2.90
            date-mdy     | 30/9/1990
            date-ymd     | 30-9-1990
            date-ymd     | 1990-9
            next-day     | 1992-02
            next-day     | 9999-12-31
            whole-number | 2.5
            whole-number | two
            integer      | 2.0";
        for line in cases.lines().filter(|line| !line.trim().is_empty()) {
            let (name, text) = line.split_once('|').unwrap();
            assert!(convert(name.trim(), text.trim()).is_err(), "{line}");
        }
        let impossible = convert("date-dmy", "30 February 2015").unwrap_err();
        assert!(impossible.contains("impossible day in \"2015-02-30\""), "{impossible}");
        assert!(Converter::parse("date").unwrap_err().contains("date-dmy"));
    }
}
