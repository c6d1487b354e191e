//! The commands by which a ledger vouches for itself, and by which others check that.

pub(crate) mod checkpoint;
pub(crate) mod copy;
pub(crate) mod cosign;
pub(crate) mod kept_file;
pub(crate) mod key;
pub(crate) mod key_file;
pub(crate) mod prove;
pub(crate) mod publish;
pub(crate) mod repair;
pub(crate) mod source;
pub(crate) mod verify_proof;
