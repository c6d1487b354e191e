//! What can be recorded: dates, entities, events, sources, limits and the transition table. Pure values.

pub mod day;
pub mod edtf;
pub mod period;
pub mod truth;
