//! Decisions, and folds from entries to answers. Pure: never where entries come from.

mod carried;
pub mod completion;
pub mod decide;
pub mod findings;
pub mod fold;
pub mod knowledge;
pub mod lookup;
pub mod order;
pub mod partners;
pub mod reading;
pub mod register;
pub mod relation;
pub mod standing;
pub mod steps;
pub mod timeline;
