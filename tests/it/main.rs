//! The integration tests: one binary, one module a topic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is how a test reports")]

mod answers;
mod arbitrary;
mod carry_over;
mod checkpoints;
mod ci;
mod cli_page;
mod command;
mod completions;
mod concurrency;
mod costs;
mod dates;
mod decide;
mod desk;
mod disk;
mod entries;
mod every_byte;
mod group;
mod import;
mod independent;
mod knowledge;
mod ledger_append;
mod ledger_verify;
mod publish;
mod quick;
mod reference;
mod relations;
mod repair;
mod rot;
mod store;
mod tidy;
mod tlog;
mod transcripts;
mod transitions;
mod vectors;
mod verify_page;
