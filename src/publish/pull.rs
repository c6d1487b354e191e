//! Brings a copy up to date with its source. Must never give up what it has: a source with another
//! history is refused, and the proof of it is kept.

use std::sync::Arc;

use crate::disk::storage::Storage;
use crate::domain::sequence::Size;
use crate::ledger::receive::Receiver;
use crate::publish::error::PublishError;
use crate::publish::fetch::{self, Fetched};
use crate::publish::source::Source;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::VerifierKey;

/// The folder of a copy that keeps proofs against its source.
const EVIDENCE: &str = "evidence";

/// A copy that was brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The checkpoint that it is under now.
    pub checkpoint: SignedCheckpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    /// How many entries it had.
    pub before: Size,
}

/// Fetches what a copy's source has more than the copy.
///
/// # Errors
/// [`PublishError::Stale`] and [`PublishError::Forked`] among others; the copy stays what it was, or
/// has grown by whole entries.
pub fn pull(
    source: &dyn Source,
    copy: Arc<dyn Storage>,
    key: Option<&VerifierKey>,
    size_max: Size,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Pulled, PublishError> {
    let mut receiver = Receiver::open(Arc::clone(&copy))?;
    let vouchers = receiver.vouchers();
    let (Some(own), Some(own_key)) = (vouchers.checkpoint.clone(), vouchers.key.clone()) else {
        return Err(PublishError::NoCopy);
    };
    if let Some(given) = key.filter(|given| **given != own_key) {
        let (own, given) = (own_key.to_string(), given.to_string());
        return Err(PublishError::OtherKey { own, given });
    }
    let theirs = fetch::checkpoint(source, &own_key)?;
    let before = receiver.size();
    let size = Size(theirs.checkpoint().size);
    let is_behind = size.0 < own.checkpoint().size;
    let diverged = match receiver.root_of(size)? {
        Some(root) => root != theirs.checkpoint().root,
        None => {
            let fetched = fetch::follow(source, &mut receiver, &theirs, size_max, progress)?;
            fetched == Fetched::Diverged
        }
    };
    if diverged {
        let evidence = keep(&*copy, [&own, &theirs])?;
        return Err(PublishError::Forked {
            own: Size(own.checkpoint().size),
            theirs: size,
            evidence,
        });
    }
    if is_behind {
        return Err(PublishError::Stale { size, own: Size(own.checkpoint().size) });
    }
    receiver.conclude(theirs.clone(), &own_key, &source.address())?;
    Ok(Pulled { checkpoint: theirs, key: own_key, before })
}

/// Keeps two checkpoints that contradict each other.
fn keep(
    copy: &dyn Storage,
    checkpoints: [&SignedCheckpoint; 2],
) -> Result<[String; 2], PublishError> {
    let names = checkpoints.map(|signed| {
        let root = signed.checkpoint().root.to_string();
        let root: String = root.chars().take(16).collect();
        format!("{EVIDENCE}/{}-{root}.checkpoint", signed.checkpoint().size)
    });
    copy.create_folder(EVIDENCE)?;
    for (name, signed) in names.iter().zip(checkpoints) {
        copy.replace(name, signed.to_string().as_bytes())?;
    }
    Ok(names)
}
