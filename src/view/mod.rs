//! Decisions, and folds from entries to answers. Pure: never where entries come from.

mod acts;
pub mod allowance;
pub mod almanac;
mod carried;
pub mod completion;
pub mod decide;
pub mod each;
pub mod findings;
pub mod fold;
mod gathered;
pub mod knowledge;
pub mod lookup;
pub mod order;
mod packed;
pub mod partners;
mod places;
pub mod plain;
pub mod reading;
pub mod register;
pub mod relation;
pub mod rows;
mod spans;
pub mod standing;
mod stated;
pub mod steps;
pub mod timeline;
