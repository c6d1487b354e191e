//! The commands that record. Everything goes through `Ledger::append`.

pub(crate) mod act;
pub(crate) mod appended;
pub(crate) mod assert;
pub(crate) mod change;
pub(crate) mod context;
pub(crate) mod editorial;
pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod naming;
pub(crate) mod register;
