//! Strangers' formats: JSON lines in and out, and tables read through a mapping. Knows no terminal,
//! and no column of anyone's table.

pub mod error;
pub mod import;
pub mod jsonl;
pub mod mapping;
pub mod table;
