//! The transparency log: SHA-256, Merkle trees, their roots and what they prove. Knows bytes, never diplomacy.

pub mod error;
pub mod hash;
pub mod merkle;
pub mod proof;
