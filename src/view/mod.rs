//! Decisions, and folds from entries to answers. Pure: never where entries come from.

pub mod completion;
pub mod decide;
pub mod findings;
pub mod fold;
pub mod knowledge;
pub mod lookup;
pub mod order;
pub mod partners;
pub mod policy;
pub mod register;
pub mod relation;
pub mod timeline;
