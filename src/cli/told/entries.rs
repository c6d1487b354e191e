//! Entries told in one line each, read from the log.

use crate::cli::error::CliError;
use crate::cli::told::{event, source};
use crate::domain::sequence::Sequence;
use crate::domain::source::Source;
use crate::ledger::Ledger;

/// Lists entries by number: what each says, when that was, and its first source.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn told(
    ledger: &Ledger,
    entries: &[Sequence],
) -> Result<Vec<(String, String)>, CliError> {
    let line = |sequence: &Sequence| Ok((sequence.to_string(), one(ledger, *sequence)?));
    entries.iter().map(line).collect()
}

/// Tells one entry.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn one(ledger: &Ledger, sequence: Sequence) -> Result<String, CliError> {
    let entry = ledger.entry(sequence)?.entry;
    let date = event::date(&entry.event);
    let mut line = match date.as_str() {
        "" => event::told(&entry.event),
        date => format!("{date}  {}", event::told(&entry.event)),
    };
    line.push_str("; ");
    line.push_str(&named(&entry.sources));
    Ok(line)
}

/// Tells the first source of an entry, and how many others it has.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn sources(ledger: &Ledger, sequence: Sequence) -> Result<String, CliError> {
    Ok(named(&ledger.entry(sequence)?.entry.sources))
}

fn named(sources: &[Source]) -> String {
    match sources {
        [] => "no source".to_owned(),
        [only] => source::brief(only),
        [first, others @ ..] => format!("{} and {} more", source::brief(first), others.len()),
    }
}
