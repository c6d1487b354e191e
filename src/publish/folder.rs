//! Publishes a ledger as the plain files of a tiled log (C2SP tlog-tiles). Must publish exactly what
//! the checkpoint commits to, and never change a file that is published.

use std::collections::BTreeSet;

use crate::disk::error::DiskError;
use crate::disk::storage::{Storage, parent};
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::Ledger;
use crate::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use crate::ledger::open::is_begun;
use crate::publish::error::PublishError;
use crate::tlog::checkpoint::{CHECKPOINT_BYTES_MAX, SignedCheckpoint};
use crate::tlog::error::TlogError;
use crate::tlog::hash::leaf_hash;
use crate::tlog::note::VerifierKey;
use crate::tlog::tile::{tiles_between, write_bundle, write_tile};

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The checkpoint that is published now.
    pub checkpoint: SignedCheckpoint,
    /// How many entries were published before.
    pub before: Size,
    /// How many files were written.
    pub files_written: u64,
}

/// Publishes everything under the ledger's checkpoint into a folder, whether it is empty or holds an
/// earlier state. The folder is locked meanwhile; `progress` is told how many entries are done.
///
/// Tiles and bundles come first, each durable and never replaced; then the ledger's key, for whoever
/// trusts it on first use; then the checkpoint, by which all of it becomes visible. Partial tiles of
/// earlier sizes are kept.
///
/// # Errors
/// Where the folder holds anything else than a prefix of the ledger, it is left as it is.
pub fn publish(
    ledger: &Ledger,
    target: &dyn Storage,
    progress: &mut dyn FnMut(u64),
) -> Result<Published, PublishError> {
    let vouchers = ledger.vouchers();
    let (Some(checkpoint), Some(key)) = (&vouchers.checkpoint, &vouchers.key) else {
        return Err(PublishError::NoCheckpoint);
    };
    if is_begun(target)? {
        return Err(PublishError::HoldsALedger);
    }
    let _lock = target.lock()?;
    let before = prefix(ledger, checkpoint, key, target)?;
    let size = checkpoint.checkpoint().size;
    let mut shelf = Shelf::of(target);
    for tile in tiles_between(before.0, size) {
        let lost = || PublishError::Tile { name: tile.path(), source: TlogError::TileLength };
        let hashes = ledger.tile_hashes(&tile)?.ok_or_else(lost)?;
        shelf.put_once(&tile.path(), &write_tile(&hashes))?;
        if tile.level() == 0 {
            let first = tile.first();
            let end = first + hashes.len() as u64;
            let read = ledger.payloads(Sequence(first)..Sequence(end));
            let entries = read.collect::<Result<Vec<_>, _>>()?;
            // The disk may have changed since the hashes were taken.
            let pairs = (first..).zip(entries.iter().zip(&hashes));
            let mut others = pairs.filter(|(_, (entry, hash))| leaf_hash(entry) != **hash);
            if let Some((entry, _)) = others.next() {
                return Err(PublishError::OtherEntry { entry: Sequence(entry) });
            }
            let name = tile.entries_path();
            let bundle = write_bundle(&entries);
            let bundle = bundle.map_err(|source| PublishError::Tile { name: name.clone(), source });
            shelf.put_once(&name, &bundle?)?;
            progress(end);
        }
    }
    shelf.replace(KEY_NAME, format!("{key}\n").as_bytes())?;
    shelf.settle()?;
    // Whatever the checkpoint speaks of is durable.
    shelf.replace(CHECKPOINT_NAME, checkpoint.to_string().as_bytes())?;
    shelf.settle()?;
    // Whoever fetches the checkpoint finds everything under it.
    let files_written = shelf.files_written;
    Ok(Published { checkpoint: checkpoint.clone(), before, files_written })
}

/// Finds how many entries are published, and holds them to the ledger.
fn prefix(
    ledger: &Ledger,
    own: &SignedCheckpoint,
    key: &VerifierKey,
    target: &dyn Storage,
) -> Result<Size, PublishError> {
    let bytes = match target.read(CHECKPOINT_NAME, CHECKPOINT_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(DiskError::NotFound { .. }) => return Ok(Size(0)),
        Err(error) => return Err(error.into()),
    };
    let text = String::from_utf8(bytes).map_err(|_| TlogError::NoteText);
    let there = text.and_then(|text| SignedCheckpoint::parse(&text));
    let there = there.and_then(|there| there.verify(key).map(|()| there));
    let there = there.map_err(|source| PublishError::Foreign { source })?;
    let (published, size) = (Size(there.checkpoint().size), Size(own.checkpoint().size));
    if size < published {
        return Err(PublishError::Newer { published, size });
    }
    if ledger.root_of(published)? != Some(there.checkpoint().root) {
        return Err(PublishError::NoPrefix { published });
    }
    Ok(published)
}

/// Writes files into folders that it makes where they are missing.
#[derive(Debug)]
struct Shelf<'a> {
    target: &'a dyn Storage,
    /// Those that are known to be there.
    folders: BTreeSet<String>,
    /// Those in which a file was there already: whoever wrote it may not have lived to make its name
    /// durable.
    unsettled: BTreeSet<String>,
    files_written: u64,
}

impl<'a> Shelf<'a> {
    fn of(target: &'a dyn Storage) -> Self {
        let (folders, unsettled) = (BTreeSet::new(), BTreeSet::new());
        Self { target, folders, unsettled, files_written: 0 }
    }

    /// Makes durable what was there already.
    fn settle(&mut self) -> Result<(), PublishError> {
        let unsettled = std::mem::take(&mut self.unsettled);
        Ok(unsettled.iter().try_for_each(|folder| self.target.sync_folder(folder))?)
    }

    /// Writes a file that never changes, unless an interrupted attempt wrote it already.
    fn put_once(&mut self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        match self.is_there(name, bytes)? {
            Some(true) => Ok(()),
            Some(false) => Err(PublishError::Changed { name: name.to_owned() }),
            None => self.write(name, bytes),
        }
    }

    /// Writes a file that may change.
    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        match self.is_there(name, bytes)? {
            Some(true) => Ok(()),
            _ => self.write(name, bytes),
        }
    }

    /// Says whether a file is there, and if it is, whether it holds these bytes.
    fn is_there(&mut self, name: &str, bytes: &[u8]) -> Result<Option<bool>, PublishError> {
        match self.target.read(name, bytes.len()) {
            Ok(there) => {
                self.unsettled.insert(parent(name).to_owned());
                Ok(Some(there == bytes))
            }
            Err(DiskError::NotFound { .. }) => Ok(None),
            Err(DiskError::TooLong { .. }) => Ok(Some(false)),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        for (at, _) in name.match_indices('/') {
            let folder = &name[..at];
            if !self.folders.contains(folder) {
                self.target.create_folder(folder)?;
                self.folders.insert(folder.to_owned());
            }
        }
        self.target.replace(name, bytes)?;
        self.files_written += 1;
        Ok(())
    }
}
