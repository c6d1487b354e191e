//! The façade: open, append, ask, verify. Knows no terminal, no HTTP and no stranger's format.

pub mod answer;
pub mod ask;
pub mod draft;
pub mod record;
