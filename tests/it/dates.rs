//! Dates and periods on random texts, judged by another EDTF parser where it reads the same texts.

use chancery::domain::day::{Bounds, Day};
use chancery::domain::edtf::Edtf;
use chancery::domain::period::Period;
use edtf_core::{Bound, Edtf as Oracle};
use proptest::prelude::*;

/// Texts that look like one date: most are of the profile, some are impossible or out of it.
fn date_text() -> impl Strategy<Value = String> {
    let year = prop_oneof![4 => 0..=2030u32, 1 => 9990..=9999u32];
    let plain = (year, 0..=13u32, 0..=32u32, 0..3, "[?~%]?").prop_map(
        |(year, month, day, precision, mark)| match precision {
            0 => format!("{year:04}{mark}"),
            1 => format!("{year:04}-{month:02}{mark}"),
            _ => format!("{year:04}-{month:02}-{day:02}{mark}"),
        },
    );
    prop_oneof![8 => plain, 1 => "[0-9]{3}X", 1 => "[0-9]{2}XX"]
}

fn edtf_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => date_text(),
        2 => (date_text(), date_text()).prop_map(|(a, b)| format!("[{a}..{b}]")),
        1 => date_text().prop_map(|a| format!("[..{a}]")),
        1 => date_text().prop_map(|a| format!("[{a}..]")),
        2 => prop::collection::vec(date_text(), 1..18).prop_map(|dates| format!("[{}]", dates.join(","))),
    ]
}

/// Gives the oracle's bounds, cut to the years that there are here.
fn oracle_bounds(text: &str) -> Option<Bounds> {
    let bounds = Oracle::parse(text).ok()?.bounds();
    let day = |bound: Bound| match bound {
        Bound::NegativeInfinity => Some(Day::FIRST),
        Bound::PositiveInfinity => Some(Day::LAST),
        Bound::Date(date) if date.year < 1 => Some(Day::FIRST),
        Bound::Date(date) => {
            Day::from_ymd(i32::try_from(date.year).ok()?, date.month.into(), date.day.into())
        }
        Bound::Unknown => None,
    };
    Some(Bounds { earliest: day(bounds.earliest)?, latest: day(bounds.latest)? })
}

proptest! {
    #[test]
    fn a_date_is_given_back_as_it_was_written_and_its_bounds_are_ordered(text in edtf_text()) {
        if let Ok(date) = Edtf::parse(&text) {
            prop_assert_eq!(date.to_string(), text);
            prop_assert!(date.bounds().earliest <= date.bounds().latest);
        }
    }

    #[test]
    fn another_parser_derives_the_same_bounds(text in edtf_text()) {
        if let (Ok(date), Some(bounds)) = (Edtf::parse(&text), oracle_bounds(&text)) {
            prop_assert_eq!(date.bounds(), bounds, "{}", text);
        }
    }

    #[test]
    fn another_parser_accepts_the_same_single_dates(text in date_text()) {
        // The year 0000 is a date elsewhere.
        prop_assume!(!text.starts_with("0000"));
        prop_assert_eq!(Edtf::parse(&text).is_ok(), Oracle::parse(&text).is_ok(), "{}", text);
    }

    #[test]
    fn no_text_makes_reading_a_date_panic(text in "[-0-9X?~%./,\\[\\]{} é]{0,40}") {
        let dates = [Edtf::parse(&text).err()];
        let periods = [Period::parse(&text).err(), Period::parse_question(&text).err()];
        for fault in dates.into_iter().chain(periods).flatten() {
            prop_assert!(fault.position <= text.len());
            prop_assert!(!fault.to_string().is_empty());
        }
    }

    #[test]
    fn a_period_is_given_back_as_it_was_written(a in date_text(), b in date_text()) {
        for text in [format!("{a}/{b}"), format!("{a}/.."), format!("../{b}")] {
            if let Ok(period) = Period::parse(&text) {
                prop_assert_eq!(period.to_string(), text);
                prop_assert!(period.start().earliest <= period.end().latest);
            }
        }
    }
}
