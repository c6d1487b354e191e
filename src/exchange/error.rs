//! What can be wrong with a stranger's file. Must always say where.

use std::io;

/// Why a file could not be read, or not be understood at all.
///
/// A single row that cannot be used is no error of this kind: it is refused, reported and passed
/// over.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
    /// A line that is not the JSON of an entry.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// The line, counted from 1.
        line: u64,
        /// The column in bytes, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Bytes that are no UTF-8.
    #[error("line {line}, byte {byte}: not UTF-8")]
    NotUtf8 {
        /// The line, counted from 1.
        line: u64,
        /// The first offending byte within the line, counted from 1.
        byte: usize,
    },
    /// A mapping that makes no sense.
    #[error("the mapping, line {line}: {reason}")]
    Mapping {
        /// The line of the mapping, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A table without the columns that the mapping uses.
    #[error("{}", wrong_header(missing, twice.as_deref()))]
    Header {
        /// The columns that the table does not have.
        missing: Vec<String>,
        /// A column that it has twice.
        twice: Option<String>,
        /// Those that it has.
        found: Vec<String>,
    },
    /// A quotation mark that is never closed.
    #[error("line {line}: a quotation mark is opened here and never closed")]
    OpenQuote {
        /// The line, counted from 1.
        line: u64,
    },
    /// A line, or a record of a table, that is longer than any entry can need.
    #[error("line {line}: longer than {bytes_max} bytes")]
    TooLong {
        /// The line on which it begins, counted from 1.
        line: u64,
        /// How long it may be.
        bytes_max: usize,
    },
}

impl ExchangeError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read(_) => "check the path and its permissions".to_owned(),
            Self::Json { .. } => {
                "each line is one entry as `entry` and `export` print it; docs/cli.md shows the \
                 fields of every kind"
                    .to_owned()
            }
            Self::NotUtf8 { .. } => {
                "convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8".to_owned()
            }
            Self::Mapping { .. } => "docs/import.md explains every key of a mapping".to_owned(),
            Self::Header { found, .. } if found.is_empty() => {
                "the first line names the columns".to_owned()
            }
            Self::Header { found, .. } => {
                format!(
                    "the file has {}: is it the file that the mapping is for?",
                    found.join(", ")
                )
            }
            Self::OpenQuote { .. } => "double a quotation mark within a quoted field".to_owned(),
            Self::TooLong { .. } => "is a quotation mark or a line break missing?".to_owned(),
        }
    }
}

fn wrong_header(missing: &[String], twice: Option<&str>) -> String {
    match (missing, twice) {
        ([], Some(twice)) => format!("line 1: the column {twice} is there twice"),
        ([one], _) => format!("line 1: the column {one} is missing"),
        (several, _) => format!("line 1: the columns {} are missing", several.join(", ")),
    }
}
