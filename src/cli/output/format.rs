//! The formats in which an answer can be printed, and the choice among them.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output::page::Page;
use crate::cli::output::table::Table;
use crate::cli::output::terminal;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs: the JSON shapes of this contract.
    Json,
    /// For spreadsheets.
    Csv,
    /// For documents.
    Markdown,
}

/// Prints an answer in the chosen format: as it is in JSON, its rows in CSV, else its page.
///
/// # Errors
/// When it cannot be laid out or written.
pub(crate) fn print<A: Serialize>(
    format: Format,
    answer: &A,
    rows: impl FnOnce() -> Table,
    page: impl FnOnce() -> Result<Page, CliError>,
) -> Result<(), CliError> {
    terminal::write(&laid_out(format, answer, rows, page)?)
}

/// Lays an answer out in the chosen format.
///
/// # Errors
/// When it cannot be.
pub(crate) fn laid_out<A: Serialize>(
    format: Format,
    answer: &A,
    rows: impl FnOnce() -> Table,
    page: impl FnOnce() -> Result<Page, CliError>,
) -> Result<String, CliError> {
    match format {
        Format::Table => Ok(page()?.for_people()),
        Format::Markdown => Ok(page()?.for_documents()),
        Format::Csv => rows().as_csv(),
        Format::Json => json_line(answer),
    }
}

/// Writes an answer as one line of JSON.
pub(crate) fn json_line<A: Serialize>(answer: &A) -> Result<String, CliError> {
    let mut line = serde_json::to_string(answer).map_err(|cause| CliError::Output(cause.into()))?;
    line.push('\n');
    Ok(line)
}
