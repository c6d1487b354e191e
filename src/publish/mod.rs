//! The world of tiled logs (C2SP tlog-tiles): publishes a ledger as plain files, and copies one from
//! such files. Knows no other format of strangers.

pub mod clone;
pub mod error;
mod fetch;
pub mod folder;
pub mod pull;
pub mod source;
pub mod spare;
pub mod web;
pub mod witness;
