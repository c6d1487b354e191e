//! A published log as the place that a repair takes entries from. Must hand out nothing before the
//! tiles lead to the signed root.

use std::ops::Range;

use crate::domain::sequence::Size;
use crate::ledger::spare::Spare;
use crate::publish::error::PublishError;
use crate::publish::fetch::{self, bundle, grown, leaves_from};
use crate::publish::source::Source;
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;
use crate::tlog::tile::{TILE_WIDTH, Tile};

/// Looks at a published log: its checkpoint, held to the key, and its tiles, held to the checkpoint.
///
/// # Errors
/// [`PublishError`]: what is wrong with it, or why it cannot be had.
pub fn spare<'a>(
    source: &'a dyn Source,
    key: Option<&VerifierKey>,
    size_max: Size,
) -> Result<Spare<'a, PublishError>, PublishError> {
    let key = key.ok_or(PublishError::NoKey)?;
    let signed = fetch::checkpoint(source, key)?;
    let size = signed.checkpoint().size;
    if size_max.0 < size {
        return Err(PublishError::TooLarge { size: Size(size), size_max });
    }
    let leaves = leaves_from(source, 0, size)?;
    if grown(Tree::default(), &leaves).root() != signed.checkpoint().root {
        return Err(PublishError::OtherRoot);
    }
    let entries = Box::new(move |range| entries(source, size, range));
    Ok(Spare { leaves, checkpoint: Some(signed), entries })
}

/// Reads the entries of a range, bundle by bundle.
fn entries(
    source: &dyn Source,
    size: u64,
    range: Range<u64>,
) -> Result<Vec<Vec<u8>>, PublishError> {
    let mut wanted = Vec::new();
    for index in range.start / TILE_WIDTH..range.end.div_ceil(TILE_WIDTH) {
        let Some(tile) = Tile::in_tree(0, index, size) else { break };
        let numbered = (tile.first()..).zip(bundle(source, &tile)?);
        wanted
            .extend(numbered.filter(|(number, _)| range.contains(number)).map(|(_, entry)| entry));
    }
    Ok(wanted)
}
