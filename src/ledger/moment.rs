//! When an entry counts as recorded. Must read no clock: what it shows is passed in.

use crate::chain::millis::Millis;
use crate::ledger::error::DraftError;

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;
const TEN_YEARS_MILLIS: u64 = 3653 * DAY_MILLIS;

/// The beginning of 2025: no clock that is right has shown an earlier moment to this program.
const EARLIEST_MILLIS: u64 = 1_735_689_600_000;

/// The beginning of 2100: a ledger that begins by a clock that runs ahead can record nothing once the
/// clock is right, and what a clock that has lost itself shows lies beyond.
const FIRST_LATEST_MILLIS: u64 = 4_102_444_800_000;

/// Returns when the next entry is recorded: now, or with the last entry where the clock lags a
/// little (design.md §3).
///
/// # Errors
/// [`DraftError::Clock`] when the clock shows a moment before 2025, a day before the last entry or
/// ten years after it; for the first entry, one after 2099.
pub(super) fn by_the_clock(now: Millis, last: Option<Millis>) -> Result<Millis, DraftError> {
    let wrong = |reason: String| Err(DraftError::Clock { now, reason });
    if now.number() < EARLIEST_MILLIS {
        return wrong("which lies before 2025".to_owned());
    }
    let Some(last) = last else {
        return match now.number() {
            ..FIRST_LATEST_MILLIS => Ok(now),
            _ => wrong("and no ledger begins after 2099".to_owned()),
        };
    };
    if now.number().saturating_add(DAY_MILLIS) < last.number() {
        return wrong(format!("but the last entry was recorded at {last}"));
    }
    if last.number().saturating_add(TEN_YEARS_MILLIS) < now.number() {
        return wrong(format!("more than ten years after the last entry, of {last}"));
    }
    Ok(now.max(last))
}

/// Returns the time that an event brings along, where times are kept.
///
/// # Errors
/// [`DraftError::TimeDecreases`], and [`DraftError::TimeAhead`] for a time more than a day ahead of
/// both the clock and the last entry: it would keep the ledger from recording anything until then.
pub(super) fn as_given(
    given: Millis,
    now: Millis,
    last: Option<Millis>,
) -> Result<Millis, DraftError> {
    if let Some(last) = last.filter(|last| given < *last) {
        return Err(DraftError::TimeDecreases { given, last });
    }
    let reached = last.map_or(now, |last| last.max(now));
    if reached.number().saturating_add(DAY_MILLIS) < given.number() {
        return Err(DraftError::TimeAhead { given, now });
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_lags_a_little_is_taken_for_the_time_of_the_last_entry() {
        let last = at("2026-11-22T03:00:00Z");
        assert_eq!(by_the_clock(at("2026-11-22T02:00:00Z"), Some(last)).unwrap(), last);
        assert_eq!(by_the_clock(at("2026-11-21T03:00:00Z"), Some(last)).unwrap(), last);
        let later = at("2026-11-22T04:00:00Z");
        assert_eq!(by_the_clock(later, Some(last)).unwrap(), later);
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_refused() {
        let last = Some(at("2026-11-22T03:00:00Z"));
        assert!(by_the_clock(at("2024-12-31T23:59:59.999Z"), None).is_err());
        assert!(by_the_clock(at("2025-01-01T00:00:00Z"), None).is_ok());
        assert!(by_the_clock(at("2099-12-31T23:59:59.999Z"), None).is_ok());
        assert!(by_the_clock(at("2100-01-01T00:00:00Z"), None).is_err());
        assert!(by_the_clock(at("2026-11-21T02:59:59.999Z"), last).is_err());
        assert!(by_the_clock(at("2036-11-22T03:00:00Z"), last).is_ok());
        assert!(by_the_clock(at("2036-11-23T03:00:00Z"), last).is_err());
    }

    #[test]
    fn a_kept_time_never_decreases_and_never_blocks_the_ledger() {
        let (now, last) = (at("2026-11-22T03:00:00Z"), at("2020-01-01T00:00:00Z"));
        assert_eq!(as_given(last, now, Some(last)).unwrap(), last);
        assert!(as_given(at("2019-12-31T00:00:00Z"), now, Some(last)).is_err());
        assert!(as_given(at("2026-11-23T03:00:00Z"), now, Some(last)).is_ok());
        assert!(as_given(at("2026-11-23T03:00:00.001Z"), now, Some(last)).is_err());
    }
}
