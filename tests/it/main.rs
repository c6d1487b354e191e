//! The integration tests: one binary, one module a topic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is how a test reports")]

mod arbitrary;
mod dates;
mod desk;
mod disk;
mod entries;
mod ledger_append;
mod ledger_verify;
mod store;
mod tidy;
mod vectors;
