//! Reads a whole log and finds its end (format.md, "Reading the end"). Must change nothing.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;

use rayon::prelude::*;

use crate::disk::storage::Storage;
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::frame::{
    FRAME_HEADER_BYTES, HEADER_BYTES, Header, HeaderFault, MAGIC, SEGMENT_BYTES_MAX, Shape,
    is_cut_off, stated_frame_bytes,
};
use crate::store::lost_header;
use crate::store::reserve::{self, FILLING};
use crate::store::segment::{SegmentIndex, first_of_name};
use crate::store::sweep::{Seen, Watch, sweep};

/// The most bytes whose CRC is taken in search of later frames; beyond, the log counts as corrupt.
/// Only bytes made to look like frames need more.
pub(crate) const SEARCH_BYTES_MAX: usize = 1 << 30;

/// What a power cut writes or loses as one (format.md, "Assumptions about media").
const BLOCK_BYTES: usize = 512;

/// What the bytes of a log tell.
#[derive(Debug)]
pub(crate) struct Scan {
    /// The segments up to the end, each with at least one whole batch.
    pub(crate) segments: Vec<SegmentIndex>,
    pub(crate) ending: Ending,
    /// What a torn tail is, if there is one.
    pub(crate) tail: Option<Tail>,
}

/// The bytes of one segment, to its last byte or to its reserve.
#[derive(Clone, Debug)]
pub(crate) struct SegmentBytes {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The bytes after the last whole batch, which lie in the last segment.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub(crate) segment: SegmentBytes,
    /// Where they begin; 0 when no batch of the segment is whole, so that all of it is tail.
    pub(crate) from: usize,
}

/// What there is after an invalid frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Later {
    /// No valid frame.
    Nothing,
    /// Valid frames, none of which begins a commit.
    Frame,
    /// A valid frame that begins a commit: everything before it was durable.
    Commit,
}

/// One segment, read to its first invalid frame.
struct Walk {
    index: SegmentIndex,
    bad: Option<Bad>,
    bytes: Vec<u8>,
}

/// The first thing in a segment that is not as it should be.
struct Bad {
    at: usize,
    entry: u64,
    what: BadThing,
}

#[derive(Clone, Copy)]
enum BadThing {
    /// A header whose CRC is not its own.
    Header,
    /// A sound header that does not belong to the file's name.
    OtherHeader,
    /// A frame that is unsound, or sound where it cannot stand.
    Frame,
}

/// Lists the segments in order; other files of the folder are none of the log's.
pub(crate) fn segment_names(storage: &dyn Storage) -> Result<Vec<String>, StoreError> {
    let mut names = storage.list("")?;
    names.retain(|name| first_of_name(name).is_some());
    Ok(names)
}

/// Reads every segment, on all cores, and finds the end.
pub(crate) fn scan(storage: &dyn Storage) -> Result<Scan, StoreError> {
    Ok(scan_showing(storage, &mut Watch { see: |_: &[&[u8]]| (), take: |_: Vec<Seen<()>>| () })?.0)
}

/// Does as [`scan`] does, and shows the records; returns the number of the first that was not
/// shown, because something is wrong there or behind it.
pub(crate) fn scan_showing<T, S, K>(
    storage: &dyn Storage,
    watch: &mut Watch<S, K>,
) -> Result<(Scan, u64), StoreError>
where
    T: Send,
    S: Fn(&[&[u8]]) -> T + Sync,
    K: FnMut(Vec<Seen<T>>) + Send,
{
    let mut names = segment_names(storage)?;
    let last = names.len().checked_sub(1).ok_or(StoreError::NotALedger)?;
    let swept = sweep(storage, &names, watch)?;
    let clean = swept.segments.len();
    let walks = names.split_off(clean).into_par_iter().enumerate().map(|(position, name)| {
        let is_last = clean + position == last;
        let mut walk = walk(storage, name, is_last)?;
        if !is_last {
            walk.bytes = Vec::new();
        }
        Ok(walk)
    });
    let walks = walks.collect::<Result<Vec<_>, StoreError>>()?;
    let clean = swept.segments.into_iter();
    let clean = clean.map(|index| Walk { index, bad: None, bytes: Vec::new() });
    Ok((join(clean.chain(walks).collect()), swept.shown))
}

/// Reads on from where an index ends that was made of this log before. None unless the segments are
/// there as they were, and whatever has come since is clean.
pub(crate) fn scan_on(
    storage: &dyn Storage,
    index: Vec<SegmentIndex>,
) -> Result<Option<Scan>, StoreError> {
    let mut names = segment_names(storage)?;
    let known = index.len();
    if names.len() < known || !index.iter().zip(&names).all(|(index, name)| index.name() == name) {
        return Ok(None);
    }
    let later = names.split_off(known);
    let mut walks = Vec::with_capacity(names.len() + later.len());
    let last = known + later.len();
    for (position, index) in (1..).zip(index) {
        let header = Header::decode(&storage.read_at(index.name(), 0, HEADER_BYTES)?);
        let length = usize::try_from(storage.length(index.name())?).unwrap_or(usize::MAX);
        let may_have_grown = position == known;
        let has_grown =
            length.checked_sub(index.end()).filter(|grown| may_have_grown || *grown == 0);
        let (true, Some(grown)) = (index.is_of(header), has_grown) else { return Ok(None) };
        if SEGMENT_BYTES_MAX < length {
            return Ok(None);
        }
        let (index, bad) = match grown {
            0 => (index, None),
            grown => {
                let to = reserve::begins_at(storage, index.name(), length, position == last)?;
                let from = index.end();
                let bytes = storage.read_at(index.name(), from as u64, grown)?;
                walk_frames(index, from..to, &bytes)
            }
        };
        walks.push(Walk { index, bad, bytes: Vec::new() });
    }
    for (position, name) in (known + 1..).zip(later) {
        walks.push(walk(storage, name, position == last)?);
    }
    if walks.iter().any(|walk| walk.bad.is_some()) {
        return Ok(None);
    }
    Ok(Some(join(walks)).filter(|scan| scan.ending == Ending::Clean))
}

/// Reads one segment.
fn walk(storage: &dyn Storage, name: String, is_last: bool) -> Result<Walk, StoreError> {
    let length = storage.length(&name)?;
    let (to, mut bytes) = match usize::try_from(length) {
        Ok(length) if length <= SEGMENT_BYTES_MAX => {
            let to = reserve::begins_at(storage, &name, length, is_last)?;
            (to, storage.read_at(&name, 0, length)?)
        }
        _ => return Err(StoreError::SegmentTooLong { name, bytes: length }),
    };
    let first = first_of_name(&name).ok_or(StoreError::NotALedger)?;
    let header = match Header::decode(&bytes) {
        Ok(header) if header.first == first => header,
        Err(HeaderFault::Newer(format)) => return Err(StoreError::NewerFormat { name, format }),
        Err(HeaderFault::Foreign) if first == 0 => return Err(StoreError::NotALedger),
        wrong => {
            let is_damaged = wrong == Err(HeaderFault::Damaged);
            let what = if is_damaged { BadThing::Header } else { BadThing::OtherHeader };
            let index = SegmentIndex::new(name, &Header::new(first, [0; 32]));
            bytes.truncate(to);
            return Ok(Walk { index, bad: Some(Bad { at: 0, entry: first, what }), bytes });
        }
    };
    let frames = bytes.get(HEADER_BYTES..).unwrap_or_default();
    let (index, bad) = walk_frames(SegmentIndex::new(name, &header), HEADER_BYTES..to, frames);
    bytes.truncate(to.max(index.end()));
    Ok(Walk { index, bad, bytes })
}

/// Reads the frames that begin within a range of the segment, to the first invalid one, and indexes those
/// of whole batches.
fn walk_frames(
    mut index: SegmentIndex,
    range: Range<usize>,
    bytes: &[u8],
) -> (SegmentIndex, Option<Bad>) {
    let Range { start: from, end: to } = range;
    let mut at = from;
    let mut open_batch = Vec::new();
    let mut begins_commit = false;
    loop {
        let rest = bytes.get(at - from..).unwrap_or_default();
        let is_between_batches = open_batch.is_empty();
        if to <= at && is_between_batches && !index.is_empty() {
            return (index, None);
        }
        let shape = Shape::decode(rest).filter(|shape| {
            let begins = shape.flags.is_first_of_commit();
            let is_in_place = if begins { is_between_batches } else { HEADER_BYTES < at };
            is_in_place && shape.is_sound(index.seed())
        });
        let Some(shape) = shape else {
            let entry = index.end_sequence() + open_batch.len() as u64;
            return (index, Some(Bad { at, entry, what: BadThing::Frame }));
        };
        begins_commit |= shape.flags.is_first_of_commit();
        open_batch.push(at);
        at += shape.frame_bytes();
        if shape.flags.is_last_of_batch() {
            index.extend(open_batch.drain(..), at, begins_commit);
            begins_commit = false;
        }
    }
}

/// Puts the segments in order and finds the first thing wrong.
fn join(walks: Vec<Walk>) -> Scan {
    let mut scan = Scan { segments: vec![], ending: Ending::Clean, tail: None };
    let mut next = 0;
    let mut walks = walks.into_iter().peekable();
    while let (Some(walk), Ending::Clean) = (walks.next(), scan.ending) {
        let first = walk.index.first();
        if next < first {
            scan.ending = Ending::MissingSegment { entry: next };
            break;
        }
        if first < next {
            scan.ending = Ending::OverlappingSegment { entry: first };
            break;
        }
        let is_last = walks.peek().is_none();
        if let Some(bad) = &walk.bad {
            // A later segment was created only when all of this one was durable.
            let corrupt = Ending::Corrupt { entry: bad.entry };
            scan.ending = if is_last { judge(&walk, bad) } else { corrupt };
        }
        next = walk.index.end_sequence();
        if is_last {
            let from = walk.whole_batches_end();
            if matches!(scan.ending, Ending::TornTail { .. }) {
                let segment =
                    SegmentBytes { name: walk.index.name().to_owned(), bytes: walk.bytes };
                scan.tail = Some(Tail { segment, from });
            }
        }
        if !walk.index.is_empty() {
            scan.segments.push(walk.index);
        }
    }
    scan
}

impl Walk {
    /// Where the tail begins, if there is one: at the header when not one batch is whole.
    fn whole_batches_end(&self) -> usize {
        if self.index.is_empty() { 0 } else { self.index.end() }
    }
}

/// Judges the first bad thing of the last segment (format.md, "Reading the end").
fn judge(walk: &Walk, bad: &Bad) -> Ending {
    let bytes = walk.bytes.as_slice();
    let rest = bytes.get(bad.at..).unwrap_or_default();
    let seed = walk.index.seed();
    let (later, is_cut_off, extent_bytes) = match bad.what {
        BadThing::OtherHeader => (Later::Commit, false, 0),
        BadThing::Header => {
            let is_beginning = bytes.iter().zip(&MAGIC).all(|(byte, magic)| byte == magic);
            let is_cut_off = bytes.len() < HEADER_BYTES && is_beginning;
            (lost_header::later_frames(bytes), is_cut_off, HEADER_BYTES)
        }
        BadThing::Frame => {
            (later_frames(rest, seed), is_cut_off(rest, seed), stated_frame_bytes(rest))
        }
    };
    let is_cut_off = is_cut_off && later == Later::Nothing;
    if later == Later::Commit {
        Ending::Corrupt { entry: bad.entry }
    } else if is_cut_off || has_blank_block(bytes, bad.at, bad.at + extent_bytes) {
        let tail_bytes = bytes.len() - walk.whole_batches_end();
        Ending::TornTail { entry: bad.entry, bytes: tail_bytes as u64 }
    } else {
        Ending::DamagedLastCommit { entry: bad.entry }
    }
}

/// Searches every offset for a valid frame. The fields are judged before the CRC, so that bytes at
/// random cost next to nothing.
fn later_frames(bytes: &[u8], seed: u32) -> Later {
    let mut found = Later::Nothing;
    let mut left_bytes = SEARCH_BYTES_MAX;
    for (at, _) in bytes.windows(FRAME_HEADER_BYTES).enumerate() {
        let Some(shape) = bytes.get(at..).and_then(Shape::decode) else { continue };
        let Some(left) = left_bytes.checked_sub(shape.frame_bytes()) else { return Later::Commit };
        left_bytes = left;
        if shape.is_sound(seed) {
            if shape.flags.is_first_of_commit() {
                return Later::Commit;
            }
            found = Later::Frame;
        }
    }
    found
}

/// Tells whether an aligned block that begins before `to`, or the rest of the one that `from` lies
/// in, is all zeros or all filling. What a crash left out lies where the bad thing lies, not anywhere
/// behind it.
fn has_blank_block(bytes: &[u8], from: usize, to: usize) -> bool {
    let aligned = from.next_multiple_of(BLOCK_BYTES).min(bytes.len());
    let rest = bytes.get(from..aligned).unwrap_or_default();
    let blocks = bytes.get(aligned..).unwrap_or_default().chunks(BLOCK_BYTES);
    let reached = to.saturating_sub(aligned).div_ceil(BLOCK_BYTES);
    let is_blank = |block: &[u8]| {
        let mut blank = [0, FILLING].into_iter();
        !block.is_empty() && blank.any(|blank| block.iter().all(|byte| *byte == blank))
    };
    is_blank(rest) || blocks.take(reached).any(is_blank)
}
