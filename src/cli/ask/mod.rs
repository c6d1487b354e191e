//! The commands that ask: one file a family.

pub(crate) mod axes;
pub(crate) mod check;
pub(crate) mod conflicts;
pub(crate) mod diff;
pub(crate) mod history;
pub(crate) mod holds;
mod junit;
pub(crate) mod log;
pub(crate) mod overview;
pub(crate) mod partners;
pub(crate) mod recheck;
pub(crate) mod register;
pub(crate) mod show;
pub(crate) mod verify;
pub(crate) mod why;
