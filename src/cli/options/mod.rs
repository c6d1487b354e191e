//! Options in groups, each flattened into the commands that take it (cli.md). None is global.

pub(crate) mod asking;
pub(crate) mod dates;
pub(crate) mod known;
pub(crate) mod place;
pub(crate) mod receipt;
pub(crate) mod recording;
pub(crate) mod source;
