//! The entry: its frozen wire types, canonical bytes, hash and link. Never files or the time of day.

pub mod codec;
pub mod entry;
pub mod error;
pub mod hot;
pub mod millis;
pub mod scan;
mod wire;

#[cfg(test)]
mod format_document;
