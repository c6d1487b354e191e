//! Strangers' formats: JSON lines in and out, and tables read through a mapping. Knows no terminal,
//! and no column of anyone's table.

pub mod error;
pub mod jsonl;
