//! The transparency log: SHA-256, Merkle trees and their roots. Knows bytes, never diplomacy.

pub mod error;
pub mod hash;
pub mod merkle;
