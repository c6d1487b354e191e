//! The transparency log: SHA-256, Merkle trees, their roots and what they prove, signed notes and
//! checkpoints. Knows bytes, never diplomacy.

pub mod checkpoint;
pub mod cosignature;
pub mod error;
pub mod hash;
mod lanes;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod proof_file;
pub mod tile;
pub mod witness;
