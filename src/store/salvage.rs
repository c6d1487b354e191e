//! Finds the sound frames of a damaged segment, and lays a segment out anew. Must change nothing, and
//! must not say which record a frame holds: whoever reads records does.
#![deny(clippy::indexing_slicing)]

use crate::disk::storage::Storage;
use crate::store::error::StoreError;
use crate::store::frame::{
    FRAME_HEADER_BYTES, Flags, HEADER_BYTES, Header, SEGMENT_BYTES_MAX, Shape, write_frame,
};
use crate::store::recovery::Rewriting;
use crate::store::reserve;
use crate::store::scan::{SEARCH_BYTES_MAX, segment_names};
use crate::store::segment::{first_of_name, name_of_first};

/// A record that is there, whatever is wrong around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    /// Where it stands among its neighbours.
    pub flags: Flags,
    /// The record's bytes.
    pub payload: Vec<u8>,
    /// Whether something damaged lies between it and the frame before it, so that it may as well be
    /// the picture of a frame within a damaged record.
    pub follows_damage: bool,
}

/// Lists the numbers with which the segments of a log begin, in order.
///
/// # Errors
/// What the storage answers.
pub fn segment_firsts(storage: &dyn Storage) -> Result<Vec<u64>, StoreError> {
    Ok(segment_names(storage)?.iter().filter_map(|name| first_of_name(name)).collect())
}

/// Reads the file of a segment as it lies, without the reserve that the last may have.
///
/// # Errors
/// [`StoreError::SegmentTooLong`], or what the storage answers.
pub fn segment_bytes(storage: &dyn Storage, first: u64) -> Result<Vec<u8>, StoreError> {
    let name = name_of_first(first);
    let mut bytes = file_bytes(storage, &name)?;
    bytes.truncate(without_reserve(storage, &name, bytes.len())?);
    Ok(bytes)
}

/// The length of a segment's file without its reserve.
fn without_reserve(storage: &dyn Storage, name: &str, length: usize) -> Result<usize, StoreError> {
    let is_last = segment_names(storage)?.last().is_some_and(|last| last == name);
    reserve::begins_at(storage, name, length, is_last)
}

/// Reads the file of a segment to its last byte.
fn file_bytes(storage: &dyn Storage, name: &str) -> Result<Vec<u8>, StoreError> {
    let length = storage.length(name)?;
    match usize::try_from(length) {
        Ok(length) if length <= SEGMENT_BYTES_MAX => Ok(storage.read_at(name, 0, length)?),
        _ => Err(StoreError::SegmentTooLong { name: name.to_owned(), bytes: length }),
    }
}

/// Finds the sound frames of a segment that begins with a record and follows what `link` stands for,
/// whatever its own header says.
#[must_use]
pub fn salvage(segment_bytes: &[u8], first: u64, link: [u8; 32]) -> Vec<Salvaged> {
    let seed = Header::new(first, link).seed;
    let (mut found, mut at, mut left_bytes) = (Vec::new(), HEADER_BYTES, SEARCH_BYTES_MAX);
    let mut follows_damage = false;
    while let Some(rest) = segment_bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let shape = Shape::decode(rest);
        // Only bytes made to look like frames reach the bound.
        let Some(left) = left_bytes.checked_sub(shape.map_or(0, |shape| shape.frame_bytes()))
        else {
            break;
        };
        match shape.filter(|shape| shape.is_sound(seed)) {
            Some(shape) => {
                let payload = shape.prefixed().get(1..).unwrap_or_default().to_vec();
                found.push(Salvaged { flags: shape.flags, payload, follows_damage });
                at += shape.frame_bytes();
                follows_damage = false;
            }
            None => {
                at += 1;
                left_bytes = left;
                follows_damage = true;
            }
        }
    }
    found
}

/// A segment that is being laid out anew.
#[derive(Clone, Debug)]
pub struct Layout {
    header: Header,
    records: Vec<(Vec<u8>, Option<Flags>)>,
    bytes: usize,
}

impl Layout {
    /// Begins a segment with a record that follows what `link` stands for.
    #[must_use]
    pub fn new(first: u64, link: [u8; 32]) -> Self {
        Self { header: Header::new(first, link), records: Vec::new(), bytes: HEADER_BYTES }
    }

    /// The number of the record that it begins with.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.header.first
    }

    /// Tells whether the segment has room for a record of so many bytes.
    #[must_use]
    pub fn has_room(&self, payload_bytes: usize) -> bool {
        self.bytes + FRAME_HEADER_BYTES + payload_bytes <= SEGMENT_BYTES_MAX
    }

    /// Adds the next record, with its flags where they are known.
    pub fn push(&mut self, payload: Vec<u8>, flags: Option<Flags>) {
        self.bytes += FRAME_HEADER_BYTES + payload.len();
        self.records.push((payload, flags));
    }

    /// Leaves out the records from a number on.
    pub fn cut(&mut self, end: u64) {
        let left = usize::try_from(end.saturating_sub(self.first())).unwrap_or(usize::MAX);
        self.records.truncate(left);
    }

    /// Tells whether these are the bytes of the segment already.
    #[must_use]
    pub fn is_laid(&self, bytes: &[u8]) -> bool {
        self.encode(bytes) == bytes
    }

    /// Compares the segment with what lies there; none where that is the same already.
    ///
    /// # Errors
    /// As [`segment_bytes`].
    pub fn rewriting(&self, storage: &dyn Storage) -> Result<Option<Rewriting>, StoreError> {
        let name = name_of_first(self.first());
        let old = match storage.exists(&name)? {
            true => file_bytes(storage, &name)?,
            false => Vec::new(),
        };
        let bytes = self.encode(&old);
        if old.get(..without_reserve(storage, &name, old.len())?) == Some(bytes.as_slice()) {
            return Ok(None);
        }
        // Whatever lies there goes to quarantine to its last byte: in a damaged file nobody can tell what
        // was a reserve.
        let same = bytes.iter().zip(&old).take_while(|(new, old)| new == old).count();
        Ok(Some(Rewriting { name, from: same, old_bytes: old.len(), bytes: Some(bytes) }))
    }

    /// Writes the frames. Where flags are not known, those are taken that the old bytes show.
    fn encode(&self, old: &[u8]) -> Vec<u8> {
        let (mut at, mut all) = (HEADER_BYTES, Vec::with_capacity(self.records.len()));
        for (payload, flags) in &self.records {
            let shown = || shown_flags(old.get(at..).unwrap_or_default(), payload, &self.header);
            let flags = flags.unwrap_or_else(shown);
            at += FRAME_HEADER_BYTES + payload.len();
            all.push((payload, flags));
        }
        let mut bytes = self.header.bytes();
        for (position, (payload, flags)) in all.iter().enumerate() {
            // A commit lies in one segment, and begins where a batch has ended.
            let next = all.get(position + 1);
            let ends = next.is_none_or(|(_, next)| next.is_first_of_commit());
            let begins = position == 0 || flags.is_first_of_commit();
            let flags = Flags::new(ends || flags.is_last_of_batch(), begins);
            write_frame(&mut bytes, self.header.seed, flags, payload);
        }
        bytes
    }
}

impl Rewriting {
    /// Lets the file of a segment go.
    ///
    /// # Errors
    /// What the storage answers.
    pub fn removal(storage: &dyn Storage, first: u64) -> Result<Self, StoreError> {
        let name = name_of_first(first);
        let old_bytes = usize::try_from(storage.length(&name)?).unwrap_or(usize::MAX);
        Ok(Self { name, from: 0, old_bytes, bytes: None })
    }
}

/// The flags with which the old bytes would be the frame of a record, but for what is damaged: by the
/// CRC, else as they stand there.
fn shown_flags(old: &[u8], payload: &[u8], header: &Header) -> Flags {
    let crc_of = |flags: Flags| {
        let mut frame = Vec::new();
        write_frame(&mut frame, header.seed, flags, payload);
        frame.get(4..8).map(<[u8]>::to_vec)
    };
    let crc = old.get(4..8).map(<[u8]>::to_vec);
    let four = [(false, false), (false, true), (true, false), (true, true)];
    let by_crc = four.map(|(ends, begins)| Flags::new(ends, begins)).into_iter();
    let by_crc = by_crc.clone().find(|flags| crc.is_some() && crc_of(*flags) == crc);
    let by_byte = || old.get(8).and_then(|byte| Flags::decode(*byte));
    by_crc.or_else(by_byte).unwrap_or(Flags::new(true, true))
}
