//! A ledger of diplomatic relations between states.
//!
//! Every establishment, severance or restoration of relations is an immutable, hash-chained entry
//! in an append-only log; replaying the log answers for any day, as known at any moment.

pub mod chain;
pub mod cli;
pub mod disk;
pub mod domain;
pub mod exchange;
pub mod ledger;
pub mod publish;
pub mod store;
pub mod tlog;
pub mod view;
