//! Makes a log fit for writing: moves a torn tail away and writes the last commit again (format.md,
//! "Reading the end"); puts repaired files in place. Must never drop a byte that is not in quarantine.
#![deny(clippy::indexing_slicing)]

use crate::disk::storage::Storage;
use crate::store::error::StoreError;
use crate::store::scan::Tail;
use crate::store::segment::LoadedSegment;

const QUARANTINE: &str = "quarantine";

/// A file that is to be other than it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewriting {
    /// The file.
    pub name: String,
    /// Where the first byte lies that is another, or goes.
    pub from: usize,
    /// How many bytes it has, 0 where it is not there.
    pub old_bytes: usize,
    /// All of its bytes to come; the file is to go when absent.
    pub bytes: Option<Vec<u8>>,
}

impl Rewriting {
    /// How many bytes go to quarantine.
    #[must_use]
    pub fn moved_bytes(&self) -> usize {
        self.old_bytes.saturating_sub(self.from)
    }
}

/// Bytes that were moved out of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTail {
    /// The file in the ledger's folder that holds the bytes now.
    pub name: String,
    /// How many they are.
    pub bytes: u64,
}

/// Moves a torn tail to `quarantine/`. A crash at any moment leaves the tail where it was, in
/// quarantine, or both.
pub(crate) fn move_tail(storage: &dyn Storage, tail: &Tail) -> Result<MovedTail, StoreError> {
    let segment = tail.segment.name.as_str();
    let bytes = tail.segment.bytes.get(tail.from..).unwrap_or_default();
    storage.create_folder(QUARANTINE)?;
    let name = copy(storage, segment, tail.from, bytes)?;
    // The copy is durable: file and folder are synced.
    if tail.from == 0 {
        storage.remove(segment)?;
        storage.sync_folder("")?;
    } else {
        storage.truncate(segment, tail.from as u64)?;
        storage.sync(segment)?;
    }
    // The log ends with a whole batch again, durably.
    Ok(MovedTail { name, bytes: bytes.len() as u64 })
}

/// Carries rewritings out, in order. What a file has from its first other byte on is in quarantine,
/// durably, before any file changes; a file that goes is there until all others are as they are to be.
///
/// # Errors
/// What the storage answers. Each file is then as it was or as it is to be, and all that was there
/// is there still, in its place or in quarantine.
pub fn carry_out(
    storage: &dyn Storage,
    rewritings: &[Rewriting],
) -> Result<Vec<MovedTail>, StoreError> {
    let mut moved = Vec::new();
    for rewriting in rewritings.iter().filter(|rewriting| 0 < rewriting.moved_bytes()) {
        let Rewriting { name, from, .. } = rewriting;
        let bytes = storage.read_at(name, *from as u64, rewriting.moved_bytes())?;
        storage.create_folder(QUARANTINE)?;
        let name = copy(storage, name, *from, &bytes)?;
        moved.push(MovedTail { name, bytes: bytes.len() as u64 });
    }
    // All that will not be in its place any more is in quarantine.
    for rewriting in rewritings {
        if let Some(bytes) = &rewriting.bytes {
            storage.replace(&rewriting.name, bytes)?;
        }
    }
    // Every entry that is to be there is there.
    for gone in rewritings.iter().filter(|rewriting| rewriting.bytes.is_none()) {
        storage.remove(&gone.name)?;
    }
    storage.sync_folder("")?;
    Ok(moved)
}

/// Copies the tail to a name of its own, or finds the copy that an earlier attempt made.
fn copy(
    storage: &dyn Storage,
    segment: &str,
    from: usize,
    bytes: &[u8],
) -> Result<String, StoreError> {
    let segment = segment.trim_end_matches(".seg");
    let mut number = 1;
    loop {
        let name = format!("{QUARANTINE}/{segment}-{from}-{number}.tail");
        if !storage.exists(&name)? {
            storage.replace(&name, bytes)?;
            return Ok(name);
        }
        // One byte more than the tail has, so that a longer file is another tail's.
        if storage.read_at(&name, 0, bytes.len() + 1)? == bytes {
            // Whoever wrote it may not have lived to sync it.
            storage.sync(&name)?;
            storage.sync_folder(QUARANTINE)?;
            return Ok(name);
        }
        number += 1;
    }
}

/// Writes the last commit's bytes again in place and syncs: after a failed sync the system may hold
/// pages as clean that never reached the disk.
pub(crate) fn write_last_commit_again(
    storage: &dyn Storage,
    segment: &LoadedSegment,
) -> Result<(), StoreError> {
    let (from, bytes) = segment.last_commit()?;
    storage.write_at(segment.name(), from as u64, bytes)?;
    storage.sync(segment.name())?;
    // The segment's name may be as new as the commit.
    storage.sync_folder("")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::memory::Memory;

    #[test]
    fn what_changes_is_in_quarantine_first_and_what_goes_goes_last() {
        let storage = Memory::default();
        storage.set_bytes("0.seg", "sound rot");
        storage.set_bytes("9.seg", "all of it rot");
        let rewriting =
            |name: &str, from: usize, old_bytes: usize, bytes: Option<&str>| Rewriting {
                name: name.to_owned(),
                from,
                old_bytes,
                bytes: bytes.map(|bytes| bytes.as_bytes().to_vec()),
            };
        let rewritings = [
            rewriting("0.seg", 6, 9, Some("sound again")),
            rewriting("5.seg", 0, 0, Some("new")),
            rewriting("9.seg", 0, 13, None),
        ];
        let moved_bytes: Vec<usize> = rewritings.iter().map(Rewriting::moved_bytes).collect();
        assert_eq!(moved_bytes, [3, 0, 13]);
        let moved = |name: &str, bytes| MovedTail { name: name.to_owned(), bytes };
        let expected = [moved("quarantine/0-6-1.tail", 3), moved("quarantine/9-0-1.tail", 13)];
        assert_eq!(carry_out(&storage, &rewritings).unwrap(), expected);
        let files: Vec<(String, Vec<u8>)> = storage.files().into_iter().collect();
        let expected = [
            ("0.seg", "sound again"),
            ("5.seg", "new"),
            ("quarantine/0-6-1.tail", "rot"),
            ("quarantine/9-0-1.tail", "all of it rot"),
        ];
        assert_eq!(files, expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())));
    }

    #[test]
    fn a_copy_that_is_there_is_taken_for_its_own_tail_alone() {
        let storage = Memory::default();
        storage.create_folder(QUARANTINE).unwrap();
        storage.set_bytes("quarantine/0-6-1.tail", "rot and more");
        storage.set_bytes("quarantine/0-6-2.tail", "ro");
        for _ in 0..2 {
            let name = copy(&storage, "0.seg", 6, b"rot").unwrap();
            assert_eq!(name, "quarantine/0-6-3.tail");
            assert_eq!(storage.bytes(&name), Some(b"rot".to_vec()));
        }
    }
}
