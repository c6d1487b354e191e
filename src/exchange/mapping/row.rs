//! One row of a table, as a mapping sees it: fields by the mapping's columns, wherever the file has
//! them. Must not know what a column means.

use csv::StringRecord;
use serde::Serialize;

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    line: u64,
    record: &'a StringRecord,
    /// For each of the mapping's columns, where the file has it.
    places: &'a [usize],
}

impl<'a> Row<'a> {
    /// A row that begins on a line; `places` says where the file has each of the mapping's columns.
    pub fn new(line: u64, record: &'a StringRecord, places: &'a [usize]) -> Self {
        Self { line, record, places }
    }

    /// The line on which it begins, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The field of one of the mapping's columns.
    pub fn field(&self, column: usize) -> &'a str {
        self.places.get(column).and_then(|place| self.record.get(*place)).unwrap_or_default()
    }
}

/// Why a row cannot be used, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowFault {
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// The column at fault, where there is one.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl std::fmt::Display for RowFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
