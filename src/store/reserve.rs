//! Room that a writer keeps for commits to come at the end of the last segment (format.md, "The
//! reserve"): a write and a sync within a file that has its length already cost the file system less.
//! Must not know what a frame is.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;

use crate::disk::storage::Storage;
use crate::store::error::StoreError;

/// What a reserve is filled with: the length of no frame begins so, and no entry ends so.
pub(crate) const FILLING: u8 = 0xff;

/// After so many commits a writer takes it that more are to come.
const COMMITS_BEFORE: u32 = 8;
/// How much room is kept at a time.
const RESERVE_BYTES: usize = 128 << 10;
/// A longer commit gains nothing by it.
const COMMIT_BYTES_MAX: usize = RESERVE_BYTES / 8;

/// How many bytes are looked at first, and then at a time, in search of a reserve's beginning.
const LOOKED_AT_BYTES: [usize; 2] = [512, 64 << 10];

/// Finds where the reserve at the end of a segment begins: behind the last byte that is no filling, which
/// is at the file's end where there is none. Only the last segment has one.
///
/// From the end backwards, so that all before that place was written when it was found, and can be read
/// though a writer goes on.
pub(crate) fn begins_at(
    storage: &dyn Storage,
    name: &str,
    length: usize,
    is_last: bool,
) -> Result<usize, StoreError> {
    if !is_last {
        return Ok(length);
    }
    let [mut looked_at, then] = LOOKED_AT_BYTES;
    let mut end = length;
    while 0 < end {
        let from = end.saturating_sub(looked_at);
        let bytes = storage.read_at(name, from as u64, end - from)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte != FILLING) {
            return Ok(from + last + 1);
        }
        (end, looked_at) = (from, then);
    }
    Ok(0)
}

/// The reserve of the segment that is written to, as its writer keeps it.
#[derive(Debug)]
pub(crate) struct Reserve {
    /// How many commits are to be made before there is one; none when there is to be none.
    commits_before: Option<u32>,
    /// Where it ends: the length of the file, if that is more than what was committed.
    end: usize,
}

impl Reserve {
    pub(crate) fn new() -> Self {
        Self { commits_before: Some(COMMITS_BEFORE), end: 0 }
    }

    /// Keeps room from the next commit on.
    pub(crate) fn at_once(&mut self) {
        self.commits_before = Some(0);
    }

    /// Says how long the file is to become by a commit that lies in a range of it, so that there is room
    /// behind it; none when it is to end there, or has room already.
    pub(crate) fn to_write(&self, commit: &Range<usize>, bytes_max: usize) -> Option<usize> {
        let is_wanted = self.commits_before == Some(0) && commit.len() <= COMMIT_BYTES_MAX;
        let to = bytes_max.min(commit.end + RESERVE_BYTES);
        (is_wanted && self.end < commit.end && commit.end < to).then_some(to)
    }

    /// Notes that a commit has been made, and how far it or the room behind it reaches.
    pub(crate) fn committed(&mut self, end: usize) {
        self.commits_before = self.commits_before.map(|commits| commits.saturating_sub(1));
        self.end = self.end.max(end);
    }

    /// There is no room for it.
    pub(crate) fn give_up(&mut self) {
        *self = Self { commits_before: None, end: 0 };
    }

    /// The file ends where the last commit does.
    pub(crate) fn cut_off(&mut self) {
        self.end = 0;
    }

    /// Whether the file goes on behind what was committed.
    pub(crate) fn is_beyond(&self, committed: usize) -> bool {
        committed < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::memory::Memory;

    #[test]
    fn a_reserve_begins_behind_the_last_byte_that_is_no_filling() {
        let storage = Memory::default();
        for (kept, filled) in
            [(0, 0), (0, 3), (5, 0), (5, 1), (700, 511), (700, 512), (1, 70_000), (66_000, 513)]
        {
            let bytes = [vec![0xfe; kept], vec![FILLING; filled]].concat();
            storage.set_bytes("a", bytes);
            assert_eq!(
                begins_at(&storage, "a", kept + filled, true).unwrap(),
                kept,
                "{kept} {filled}"
            );
        }
        storage.set_bytes("a", [FILLING, 0, FILLING, FILLING]);
        assert_eq!(begins_at(&storage, "a", 4, true).unwrap(), 2);
        assert_eq!(begins_at(&storage, "a", 4, false).unwrap(), 4, "only the last has one");
    }

    #[test]
    fn room_is_kept_for_many_small_commits_and_within_the_bounds_of_a_segment() {
        let mut reserve = Reserve::new();
        for end in 1..=8 {
            assert_eq!(reserve.to_write(&(end - 1..end), 1 << 20), None);
            reserve.committed(end);
        }
        assert_eq!(reserve.to_write(&(8..9), 1 << 20), Some(9 + RESERVE_BYTES));
        assert_eq!(reserve.to_write(&(8..9 + COMMIT_BYTES_MAX), 1 << 20), None);
        assert_eq!(reserve.to_write(&(8..9), 10), Some(10));
        assert_eq!(reserve.to_write(&(8..9), 9), None);
        reserve.committed(100);
        assert!(reserve.is_beyond(99) && !reserve.is_beyond(100));
        assert_eq!(reserve.to_write(&(99..100), 1 << 20), None);
        assert_eq!(reserve.to_write(&(99..101), 1 << 20), Some(101 + RESERVE_BYTES));
        reserve.give_up();
        assert_eq!(reserve.to_write(&(99..101), 1 << 20), None);
        assert!(!reserve.is_beyond(99));
    }
}
