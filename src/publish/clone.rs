//! Makes a copy of a published log. Must not trust the source in anything but the key's signature.

use std::sync::Arc;

use crate::disk::storage::Storage;
use crate::domain::sequence::Size;
use crate::ledger::receive::Receiver;
use crate::ledger::verify::{VerifyOptions, verify};
use crate::publish::error::PublishError;
use crate::publish::fetch::{self, Fetched};
use crate::publish::source::Source;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::VerifierKey;

pub use crate::publish::fetch::SIZE_MAX_DEFAULT;

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloned {
    /// The checkpoint that it is under.
    pub checkpoint: SignedCheckpoint,
    /// The key that signed it: the one given, else the source's own.
    pub key: VerifierKey,
    /// How many entries an earlier attempt had fetched.
    pub before: Size,
}

/// Copies a published log into a folder that is empty or holds what an earlier attempt left. The
/// folder must not be visible as a ledger yet: it is whole only when this returns.
///
/// Without a key, the source's own is trusted for the first time. `progress` is told how many
/// entries are there, and of how many.
///
/// # Errors
/// What was fetched stays in the folder, so that another attempt goes on from there.
pub fn clone(
    source: &dyn Source,
    staging: Arc<dyn Storage>,
    key: Option<&VerifierKey>,
    size_max: Size,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Cloned, PublishError> {
    let key = key.cloned().map_or_else(|| fetch::key(source), Ok)?;
    let checkpoint = fetch::checkpoint(source, &key)?;
    let mut receiver = Receiver::open(Arc::clone(&staging))?;
    let before = receiver.size();
    if fetch::follow(source, &mut receiver, &checkpoint, size_max, progress)? == Fetched::Diverged {
        return Err(PublishError::OtherPart);
    }
    receiver.conclude(checkpoint.clone(), &key, &source.address())?;
    drop(receiver);
    let options = VerifyOptions { key: Some(key.clone()), ..VerifyOptions::default() };
    let verification = verify(staging, &options)?;
    if let Some(check) = verification.checks.into_iter().find(|check| !check.ok) {
        return Err(PublishError::Unverified { check: check.name, detail: check.detail });
    }
    Ok(Cloned { checkpoint, key, before })
}
