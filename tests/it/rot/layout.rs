//! A second reader of segments, from format.md alone: which entry each byte belongs to, and the first
//! entry that is not what was recorded. Must use nothing of what it judges.

use std::collections::BTreeMap;

use super::{SIGNED, sample};

pub(super) const HEADER_BYTES: usize = 56;
pub(super) const FRAME_HEADER_BYTES: usize = 10;

/// A frame of a segment.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) at: usize,
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    fn flags(&self) -> u8 {
        self.bytes[8]
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.bytes[FRAME_HEADER_BYTES..]
    }
}

/// What the segments hold up to the first invalid frame.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) payloads: Vec<Vec<u8>>,
    /// How many of them lie in whole batches.
    pub(super) size: u64,
    /// The entry that is not there as it should be.
    pub(super) broken: Option<u64>,
}

/// The frames of a sound segment.
pub(super) fn frames(segment: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = HEADER_BYTES;
    while let Some(frame) = frame_at(segment, at) {
        at += frame.bytes.len();
        frames.push(frame);
    }
    frames
}

/// The entry each byte of a sound segment belongs to; those of the header, to the first.
pub(super) fn entry_of_each_byte(name: &str, segment: &[u8]) -> Vec<u64> {
    let first: u64 = name[..20].parse().unwrap();
    let mut entries = vec![first; HEADER_BYTES];
    for (entry, frame) in (first..).zip(frames(segment)) {
        entries.resize(entries.len() + frame.bytes.len(), entry);
    }
    entries
}

/// The sound frame that begins at a place, if one does.
fn frame_at(segment: &[u8], at: usize) -> Option<Frame> {
    let bytes = segment.get(at..)?;
    let length = u32::from_le_bytes(*bytes.first_chunk()?);
    let length = usize::try_from(length).ok().filter(|length| (1..=65_535).contains(length))?;
    let bytes = bytes.get(..FRAME_HEADER_BYTES + length)?.to_vec();
    let seed = u32::from_le_bytes(segment.get(52..56)?.try_into().ok()?);
    let crc = crc32c::crc32c_append(crc32c::crc32c_append(seed, &bytes[..4]), &bytes[8..]);
    let is_sound = bytes[4..8] == crc.to_le_bytes() && bytes[8] <= 3 && bytes[9] == 0;
    is_sound.then_some(Frame { at, bytes })
}

fn has_sound_header(segment: &[u8], first: u64) -> bool {
    let Some(header) = segment.get(..HEADER_BYTES) else { return false };
    header[52..] == crc32c::crc32c(&header[..52]).to_le_bytes()
        && header[12..20] == first.to_le_bytes()
}

/// Reads segments as the document says.
pub(super) fn read(files: &BTreeMap<String, Vec<u8>>) -> Read {
    let mut read = Read::default();
    for (name, segment) in files {
        let Some(first) = name.strip_suffix(".seg") else { continue };
        let first: u64 = first.parse().unwrap();
        let next = read.payloads.len() as u64;
        if first != next || !has_sound_header(segment, first) {
            read.broken = Some(first.min(next));
            return read;
        }
        read_frames(segment, &mut read);
        if read.broken.is_some() {
            return read;
        }
    }
    read
}

fn read_frames(segment: &[u8], read: &mut Read) {
    let (mut at, mut within_batch) = (HEADER_BYTES, false);
    while at < segment.len() || within_batch || at == HEADER_BYTES {
        let fits = |frame: &Frame| match frame.flags() & 2 != 0 {
            true => !within_batch,
            false => at != HEADER_BYTES,
        };
        let Some(frame) = frame_at(segment, at).filter(fits) else {
            read.broken = Some(read.payloads.len() as u64);
            return;
        };
        at += frame.bytes.len();
        within_batch = frame.flags() & 1 == 0;
        read.payloads.push(frame.payload().to_vec());
        if !within_batch {
            read.size = read.payloads.len() as u64;
        }
    }
}

/// The first entry that is not the one that was recorded, or that is signed and not there.
pub(super) fn first_bad(files: &BTreeMap<String, Vec<u8>>) -> Option<u64> {
    let Read { payloads, size, broken } = read(files);
    let mut pairs = (0..size).zip(payloads.iter());
    let other = pairs.find(|(place, payload)| {
        let recorded = usize::try_from(*place).ok().and_then(|place| sample().payloads.get(place));
        recorded != Some(payload)
    });
    let other = other.map(|(place, _)| place);
    let gone = (size < SIGNED as u64).then_some(size);
    other.or(broken).or(gone)
}
