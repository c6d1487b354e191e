//! What the ledger holds, told in words. Never what follows from it.

pub(crate) mod basis;
pub(crate) mod entries;
pub(crate) mod event;
pub(crate) mod fields;
pub(crate) mod record;
pub(crate) mod source;
