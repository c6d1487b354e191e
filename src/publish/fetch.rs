//! Fetches what a published checkpoint commits to, and hands on only what is under it.

use crate::domain::sequence::{Sequence, Size};
use crate::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use crate::ledger::error::{ErrorKind, LedgerError};
use crate::ledger::receive::Receiver;
use crate::publish::error::PublishError;
use crate::publish::source::Source;
use crate::tlog::checkpoint::{CHECKPOINT_BYTES_MAX, SignedCheckpoint};
use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;
use crate::tlog::tile::{
    BUNDLE_ENTRY_BYTES_MAX, TILE_WIDTH, Tile, read_bundle, read_tile, tiles_between,
};

/// The most that is fetched unless more is allowed.
pub const SIZE_MAX_DEFAULT: u64 = 10_000_000;

/// How what is fetched compares with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetched {
    /// It went on from there, and has been received.
    Continued,
    /// What is there is no beginning of it.
    Diverged,
}

/// Fetches the source's checkpoint and holds it to the key.
pub(super) fn checkpoint(
    source: &dyn Source,
    key: &VerifierKey,
) -> Result<SignedCheckpoint, PublishError> {
    let text = text(source, CHECKPOINT_NAME)?;
    let signed = SignedCheckpoint::parse(&text);
    let signed = signed.and_then(|signed| signed.verify(key).map(|()| signed));
    signed.map_err(|source| PublishError::Checkpoint { source })
}

/// Fetches the key that the source says is its own.
pub(super) fn key(source: &dyn Source) -> Result<VerifierKey, PublishError> {
    let text = text(source, KEY_NAME)?;
    let key = VerifierKey::parse_line(&text);
    key.map_err(|source| PublishError::Tile { name: KEY_NAME.to_owned(), source })
}

fn text(source: &dyn Source, name: &str) -> Result<String, PublishError> {
    let bytes = source.read(name, CHECKPOINT_BYTES_MAX)?;
    let bytes = bytes.ok_or_else(|| PublishError::Missing { name: name.to_owned() })?;
    String::from_utf8(bytes).map_err(|_| PublishError::Checkpoint { source: TlogError::NoteText })
}

/// Fetches everything under a checkpoint that is not there yet. All leaf hashes are fetched and held
/// to the signed root before the first entry is.
pub(super) fn follow(
    source: &dyn Source,
    receiver: &mut Receiver,
    signed: &SignedCheckpoint,
    size_max: Size,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Fetched, PublishError> {
    let checkpoint = signed.checkpoint();
    let (size, own) = (checkpoint.size, receiver.size().0);
    if size_max.0 < size {
        return Err(PublishError::TooLarge { size: Size(size), size_max });
    }
    if size < own {
        return Ok(Fetched::Diverged);
    }
    // What lies in tiles that are full here is not fetched again, unless the root shows that it is
    // not the same there.
    let mut kept = own / TILE_WIDTH * TILE_WIDTH;
    let mut leaves = leaves_from(source, kept, size)?;
    let begun = receiver.tree().to_tiles(kept);
    if grown(begun, &leaves).root() != checkpoint.root {
        kept = 0;
        leaves = leaves_from(source, 0, size)?;
        if grown(Tree::default(), &leaves).root() != checkpoint.root {
            return Err(PublishError::OtherRoot);
        }
        let (own_leaves, _) = leaves.split_at(leaves.len().min(usize_of(own)));
        if grown(Tree::default(), own_leaves) != *receiver.tree() {
            return Ok(Fetched::Diverged);
        }
    } else if !leaves.starts_with(receiver.tree().rest()) {
        return Ok(Fetched::Diverged);
    }
    for tile in tiles_between(own, size).iter().filter(|tile| tile.level() == 0) {
        let entries = bundle(source, tile)?;
        let mut wanted = Vec::new();
        for (sequence, entry) in (tile.first()..).zip(entries) {
            let position = sequence.checked_sub(kept).map_or(usize::MAX, usize_of);
            if leaves.get(position) != Some(&leaf_hash(&entry)) {
                return Err(PublishError::OtherEntry { entry: Sequence(sequence) });
            }
            if own <= sequence {
                wanted.push(entry);
            }
        }
        receiver.receive(wanted).map_err(unlawful)?;
        progress(receiver.size().0, size);
    }
    Ok(Fetched::Continued)
}

/// Tells what the source is to blame for from what the own disk does.
fn unlawful(source: LedgerError) -> PublishError {
    match source.kind() {
        ErrorKind::Corrupt | ErrorKind::NewerFormat => PublishError::Unlawful { source },
        _ => PublishError::Ledger(source),
    }
}

pub(super) fn grown(mut tree: Tree, leaves: &[Hash]) -> Tree {
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree
}

fn usize_of(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Fetches the leaf hashes from a multiple of 256 on.
pub(super) fn leaves_from(
    source: &dyn Source,
    from: u64,
    size: u64,
) -> Result<Vec<Hash>, PublishError> {
    let mut leaves = Vec::new();
    for index in from / TILE_WIDTH..size.div_ceil(TILE_WIDTH) {
        let Some(tile) = Tile::in_tree(0, index, size) else { break };
        leaves.extend(tile_of(source, &tile, Tile::path, 32, read_tile)?);
    }
    Ok(leaves)
}

/// Fetches the entries of a tile.
pub(super) fn bundle(source: &dyn Source, tile: &Tile) -> Result<Vec<Vec<u8>>, PublishError> {
    tile_of(source, tile, Tile::entries_path, 2 + BUNDLE_ENTRY_BYTES_MAX, read_bundle)
}

/// Fetches the items of a tile; where a partial one is gone, those of the full one that has taken
/// its place (C2SP tlog-tiles, Partial Tiles).
fn tile_of<T>(
    source: &dyn Source,
    tile: &Tile,
    path: impl Fn(&Tile) -> String,
    item_bytes_max: usize,
    read: impl Fn(&Tile, &[u8]) -> Result<Vec<T>, TlogError>,
) -> Result<Vec<T>, PublishError> {
    let fetch = |tile: &Tile| -> Result<Option<Vec<T>>, PublishError> {
        let name = path(tile);
        let Some(bytes) = source.read(&name, tile.width() * item_bytes_max)? else {
            return Ok(None);
        };
        let items = read(tile, &bytes);
        items.map(Some).map_err(|source| PublishError::Tile { name, source })
    };
    if let Some(items) = fetch(tile)? {
        return Ok(items);
    }
    let full = if tile.is_full() { None } else { fetch(&tile.filled())? };
    let mut items = full.ok_or_else(|| PublishError::Missing { name: path(tile) })?;
    items.truncate(tile.width());
    Ok(items)
}
