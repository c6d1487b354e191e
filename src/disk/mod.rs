//! Storage: append, sync, atomic replace, exclusive create, list, lock. Never what a byte means.

pub mod error;
#[cfg(any(test, feature = "test-support"))]
pub mod faulty;
pub mod memory;
pub mod real;
pub mod storage;
