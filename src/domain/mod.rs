//! What can be recorded: dates, entities, events, sources, limits and the transition table. Pure
//! values: no bytes, hashes, files or clocks.

pub mod act;
pub mod assertion;
pub mod date_roles;
pub mod day;
pub mod editorial;
pub mod edtf;
pub mod entity;
pub mod event;
pub mod finding;
pub mod limits;
pub mod period;
pub mod policy;
pub mod recognition;
pub mod relation;
pub mod sequence;
pub mod source;
pub mod status;
pub mod text;
pub mod transition;
pub mod truth;
pub mod wellformed;
