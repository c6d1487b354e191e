//! Segments of opaque records: frames, batches, commits, recovery. Must know neither what a record
//! means nor what a hash is; every byte is laid down in `docs/format.md`.

pub mod ending;
pub mod error;
pub mod frame;
mod lost_header;
pub mod reader;
pub mod recovery;
mod reserve;
pub mod salvage;
pub(crate) mod scan;
pub mod segment;
pub mod sweep;
pub mod writer;
