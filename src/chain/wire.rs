//! The wire types of entry format 1, and their conversions to and from the domain. Frozen: a type
//! here may gain variants at its end and change in no other way.
//!
//! They hold only plain integers, byte arrays, strings, options, vectors and enums, and nothing
//! recursive. Conversions to the domain check every rule of the domain's types again.

pub(super) mod act;
pub(super) mod assertion;
pub(super) mod checked;
pub(super) mod editorial;
pub(super) mod entity;
pub(super) mod entry;
pub(super) mod event;
pub(super) mod recognition;
pub(super) mod source;
pub(super) mod words;
