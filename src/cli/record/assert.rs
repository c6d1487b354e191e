//! `assert`: a statement that the ledger must agree with, in the words in which `check` tells it.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::{self, Report};
use crate::cli::record::naming::Naming;
use crate::cli::words::{AXES, RULES, STATUSES, one_of, read};
use crate::domain::assertion::{Assertion, Statement};
use crate::domain::day::Day;
use crate::domain::event::Event;
use crate::domain::relation::Axis;
use crate::domain::status::CountingRule;
use crate::ledger::ask::Basis;

/// Record a statement that the ledger must agree with, and say whether it does
///
/// The five forms: "status A B is STATUS", "count A among G is N" (or without among G), "missing A
/// among G is {B, C}", "ordinal A B is N", "complete A". `check` judges it then and now.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery assert \"count KOR among UN is 191\" --on 2025-04-10 \\
      --source \"a report | a newspaper | 2025-04-11 | | other-news\"
  chancery assert \"missing KOR among UN is {PRK}\" --on 2025-04-10
  chancery assert \"status UKR SYR is severed\" --on 2023-01-01
  chancery assert \"ordinal KOR SYR is 194\" --on 2025-04-10
  chancery assert \"complete KOR\" --from 1948-08-15 --to 2025-04-10")]
pub(crate) struct RecordAssertion {
    /// Statement, in one of the five forms
    statement: String,
    /// Day that it is about
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    on: Option<Day>,
    /// First day of which every act is in the ledger
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    from: Option<Day>,
    /// Last day of which every act is in the ledger
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    to: Option<Day>,
    /// Which relations
    #[arg(long, default_value = AXES[0], value_parser = one_of::<Axis, 2>(AXES))]
    axis: Axis,
    /// What counts as a partner
    #[arg(long, default_value = RULES[0], value_parser = one_of::<CountingRule, 2>(RULES))]
    rule: CountingRule,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordAssertion {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        let ledger = appended::open(&self.place, dry_run)?;
        let words = Words::split(&self.statement)?;
        let days = Days {
            on: words.day_after("on")?.or(self.on),
            from: words.day_after("from")?.or(self.from),
            to: words.day_after("to")?.or(self.to),
        };
        let naming = match days.on.or(days.to) {
            Some(day) => Naming::at(&ledger, day),
            None => Naming::on(&ledger, None)?,
        };
        let assert = statement(&words, days, self.rule, &naming)?;
        let assertion = Assertion { axis: self.axis, assert };
        let event = Event::Assertion(assertion.clone());
        let draft = self.recording.draft(event.clone())?;
        // Judged as of the ledger before it, which it cannot change but by being complete.
        let on = days.on.or(days.to).unwrap_or(Day::LAST);
        let (outcome, found) = ledger.inquire(&Basis::on(on))?.judge(&assertion);
        let appended = ledger.append(vec![draft], &appended::options(dry_run)?)?;
        let report = Report::new(&[event], &appended, dry_run).judged(outcome, &found);
        appended::print(&self.place, &report)?;
        Ok(Exit::Done)
    }
}

#[derive(Clone, Copy)]
struct Days {
    on: Option<Day>,
    from: Option<Day>,
    to: Option<Day>,
}

/// The words of a statement, each with the column on which it begins, counted from 1.
#[derive(Debug)]
struct Words<'a> {
    words: Vec<(usize, &'a str)>,
    end: usize,
}

impl<'a> Words<'a> {
    /// Splits at white space, commas and braces; what stands in quotation marks is one word.
    fn split(text: &'a str) -> Result<Self, CliError> {
        let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}');
        let column = |at: usize| text.get(..at).unwrap_or_default().chars().count() + 1;
        let mut words = Vec::new();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(is_gap);
            let at = text.len() - rest.len();
            if rest.is_empty() {
                return Ok(Self { words, end: column(at) });
            }
            if let Some(quoted) = rest.strip_prefix('"') {
                let Some((word, after)) = quoted.split_once('"') else {
                    let reason = "a quotation mark is opened here and never closed".to_owned();
                    return Err(CliError::Statement { column: column(at), reason });
                };
                words.push((column(at), word));
                rest = after;
            } else {
                let end = rest.find(is_gap).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                words.push((column(at), word));
                rest = after;
            }
        }
    }

    fn fault<T>(&self, index: usize, wanted: &str) -> Result<T, CliError> {
        let (column, reason) = match self.words.get(index) {
            Some((column, word)) => (*column, format!("{wanted} is wanted here, not {word:?}")),
            None => (self.end, format!("{wanted} is wanted here")),
        };
        Err(CliError::Statement { column, reason })
    }

    fn word(&self, index: usize, wanted: &str) -> Result<&'a str, CliError> {
        match self.words.get(index) {
            Some((_, word)) => Ok(word),
            None => self.fault(index, wanted),
        }
    }

    fn keyword(&self, index: usize, keyword: &str) -> Result<(), CliError> {
        match self.words.get(index) {
            Some((_, word)) if *word == keyword => Ok(()),
            _ => self.fault(index, &format!("{keyword:?}")),
        }
    }

    fn number(&self, index: usize) -> Result<u32, CliError> {
        match self.word(index, "a number")?.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.fault(index, "a number"),
        }
    }

    /// The day that follows a word such as "on", where the statement itself names it.
    fn day_after(&self, keyword: &str) -> Result<Option<Day>, CliError> {
        let Some(index) = self.words.iter().skip(2).position(|(_, word)| *word == keyword) else {
            return Ok(None);
        };
        let index = index + 3;
        match Day::parse(self.word(index, "a day")?) {
            Ok(day) => Ok(Some(day)),
            Err(_) => self.fault(index, "a day"),
        }
    }

    /// Where the words of the statement end: before the days it names.
    fn statement_end(&self) -> usize {
        let is_day = |(_, word): &(usize, &str)| matches!(*word, "on" | "from" | "to");
        let days = self.words.iter().skip(2).position(is_day);
        days.map_or(self.words.len(), |index| index + 2)
    }
}

fn statement(
    words: &Words<'_>,
    days: Days,
    rule: CountingRule,
    naming: &Naming,
) -> Result<Statement, CliError> {
    let end = words.statement_end();
    let entity = |index: usize| naming.entity(words.word(index, "an entity")?);
    let on = || match days.on {
        Some(day) => Ok(day),
        None => Err(CliError::Statement {
            column: words.end,
            reason: "on which day? name it by --on".to_owned(),
        }),
    };
    let only = |count: usize| if end > count { words.fault(count, "no more") } else { Ok(()) };
    // Where "among G" stands, "is" follows it.
    let is_among = words.words.get(2).is_some_and(|(_, word)| *word == "among");
    match words.word(0, "one of status, count, missing, ordinal and complete")? {
        "status" => {
            let parties =
                naming.parties(words.word(1, "an entity")?, words.word(2, "another entity")?)?;
            words.keyword(3, "is")?;
            let Some(status) = read(words.word(4, "a status")?) else {
                return words.fault(4, &format!("one of {}", STATUSES.join(", ")));
            };
            only(5)?;
            Ok(Statement::Status { parties, status, on: on()? })
        }
        "count" => {
            let (among, is) = if is_among { (Some(entity(3)?), 4) } else { (None, 2) };
            words.keyword(is, "is")?;
            let count = words.number(is + 1)?;
            only(is + 2)?;
            Ok(Statement::Count { entity: entity(1)?, among, rule, count, on: on()? })
        }
        "missing" => {
            words.keyword(2, "among")?;
            words.keyword(4, "is")?;
            let missing = (5..end).map(entity).collect::<Result<_, _>>()?;
            let (entity, among) = (entity(1)?, entity(3)?);
            Ok(Statement::Missing { entity, among, rule, missing, on: on()? })
        }
        "ordinal" => {
            words.keyword(3, "is")?;
            let ordinal = words.number(4)?;
            only(5)?;
            let (entity, partner) = (entity(1)?, entity(2)?);
            Ok(Statement::Ordinal { entity, partner, rule, ordinal, on: on()? })
        }
        "complete" => {
            only(2)?;
            let (Some(from), Some(to)) = (days.from, days.to) else {
                let reason = "from and to which day? name them by --from and --to".to_owned();
                return Err(CliError::Statement { column: words.end, reason });
            };
            Ok(Statement::Complete { entity: entity(1)?, from, to })
        }
        _ => words.fault(0, "one of status, count, missing, ordinal and complete"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_spaces_commas_and_braces_and_kept_in_quotation_marks() {
        let words = Words::split("missing \"South Korea\" among UN is {PRK, SYR}").unwrap();
        let split: Vec<_> = words.words.iter().map(|(_, word)| *word).collect();
        assert_eq!(split, ["missing", "South Korea", "among", "UN", "is", "PRK", "SYR"]);
        let columns: Vec<_> = words.words.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, [1, 9, 23, 29, 32, 36, 41]);
        assert!(Words::split("count \"South").is_err());
    }
}
