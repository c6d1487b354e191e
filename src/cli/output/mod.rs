//! How answers are laid out and printed. Never what they say.

pub(crate) mod format;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod terminal;
