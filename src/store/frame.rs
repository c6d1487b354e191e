//! The bytes of a segment's header and of its frames (format.md, "Segments and frames"). Must not
//! know where in a log they lie.
#![deny(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

/// The most bytes a segment has (format.md, "Segments and frames").
pub const SEGMENT_BYTES_MAX: usize = 64 << 20;

/// The most bytes a record has; the least is one (format.md, "Segments and frames").
pub const PAYLOAD_BYTES_MAX: usize = 65_535;

pub(crate) const HEADER_BYTES: usize = 56;
pub(crate) const FRAME_HEADER_BYTES: usize = 10;

/// Begins with a byte that is no ASCII and ends in a line feed, so that a transfer as text shows.
pub(crate) const MAGIC: [u8; 8] = *b"\x89CHNCRY\n";
pub(crate) const FORMAT: u32 = 1;

/// What opens a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) first: u64,
    pub(crate) link: [u8; 32],
    /// The header's own CRC, which seeds that of every frame.
    pub(crate) seed: u32,
}

/// Why 56 bytes are not the header of a segment of this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// Too few bytes, or a CRC that is not theirs.
    Damaged,
    /// Sound, but of another program.
    Foreign,
    /// Sound, but of a later format.
    Newer(u32),
}

impl Header {
    /// Returns the header of a segment with its CRC.
    pub(crate) fn new(first: u64, link: [u8; 32]) -> Self {
        let mut header = Self { first, link, seed: 0 };
        header.seed = crc32c::crc32c(header.covered().as_slice());
        header
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.covered();
        bytes.extend(self.seed.to_le_bytes());
        bytes
    }

    /// The 52 bytes before the CRC.
    fn covered(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.link);
        bytes
    }

    /// Reads the header at the start of a segment. The CRC is judged first: in every format it
    /// stands at the same place, after the magic and the format at theirs.
    pub(crate) fn decode(segment_bytes: &[u8]) -> Result<Self, HeaderFault> {
        let mut rest = segment_bytes;
        let (seed, computed) = header_crcs(segment_bytes).ok_or(HeaderFault::Damaged)?;
        if seed != computed {
            return Err(HeaderFault::Damaged);
        }
        let magic: [u8; 8] = take(&mut rest).ok_or(HeaderFault::Damaged)?;
        let format = u32::from_le_bytes(take(&mut rest).ok_or(HeaderFault::Damaged)?);
        let first = u64::from_le_bytes(take(&mut rest).ok_or(HeaderFault::Damaged)?);
        let link = take(&mut rest).ok_or(HeaderFault::Damaged)?;
        match (magic, format) {
            (MAGIC, FORMAT) => Ok(Self { first, link, seed }),
            (MAGIC, newer) => Err(HeaderFault::Newer(newer)),
            _ => Err(HeaderFault::Foreign),
        }
    }
}

/// Returns the CRC a header states and the one its bytes have, if there are enough of them.
pub(crate) fn header_crcs(segment_bytes: &[u8]) -> Option<(u32, u32)> {
    let (covered, mut stated) = segment_bytes.get(..HEADER_BYTES)?.split_at_checked(52)?;
    Some((u32::from_le_bytes(take(&mut stated)?), crc32c::crc32c(covered)))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// Where a record stands among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const LAST_OF_BATCH: u8 = 0b01;
    const FIRST_OF_COMMIT: u8 = 0b10;
    const ALL: u8 = 0b11;

    pub(crate) fn new(is_last_of_batch: bool, is_first_of_commit: bool) -> Self {
        Self(u8::from(is_last_of_batch) | u8::from(is_first_of_commit) << 1)
    }

    pub(crate) fn decode(byte: u8) -> Option<Self> {
        (byte <= Self::ALL).then_some(Self(byte))
    }

    /// Tells whether the record is the last of its batch.
    #[must_use]
    pub fn is_last_of_batch(self) -> bool {
        self.0 & Self::LAST_OF_BATCH != 0
    }

    /// Tells whether the record is the first of its commit: evidence that everything before it was
    /// durable when it was written.
    #[must_use]
    pub fn is_first_of_commit(self) -> bool {
        self.0 & Self::FIRST_OF_COMMIT != 0
    }
}

/// The bytes of a frame whose fields are within their bounds and which fits, its CRC unjudged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) flags: Flags,
    pub(crate) crc: u32,
    length: [u8; 4],
    /// Flags, zero byte and payload.
    covered: &'a [u8],
}

impl<'a> Shape<'a> {
    /// Looks at the start of some bytes, at the cheapest fields first.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let length: [u8; 4] = take(&mut rest)?;
        let crc = u32::from_le_bytes(take(&mut rest)?);
        let [flags, 0] = *rest.first_chunk()? else { return None };
        let flags = Flags::decode(flags)?;
        let payload_bytes = payload_bytes(length)?;
        let covered = rest.get(..2 + payload_bytes)?;
        Some(Self { flags, crc, length, covered })
    }

    pub(crate) fn frame_bytes(&self) -> usize {
        8 + self.covered.len()
    }

    /// What the CRC is taken over, in two pieces.
    pub(crate) fn covered(&self) -> [&[u8]; 2] {
        [&self.length, self.covered]
    }

    pub(crate) fn is_sound(&self, seed: u32) -> bool {
        frame_crc(seed, self.length, self.covered) == self.crc
    }

    /// The payload with the zero byte before it.
    pub(crate) fn prefixed(&self) -> &'a [u8] {
        self.covered.get(1..).unwrap_or_default()
    }
}

/// Reads a length field that is within its bounds.
fn payload_bytes(length: [u8; 4]) -> Option<usize> {
    let length = u16::try_from(u32::from_le_bytes(length)).ok()?;
    (length != 0).then_some(usize::from(length))
}

/// The bytes of the frame that begins here, going by its length where that is within bounds.
pub(crate) fn stated_frame_bytes(bytes: &[u8]) -> usize {
    FRAME_HEADER_BYTES + bytes.first_chunk().and_then(|length| payload_bytes(*length)).unwrap_or(0)
}

fn frame_crc(seed: u32, length: [u8; 4], covered: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &length), covered)
}

/// Appends a frame; the caller has held the payload to its bounds.
pub(crate) fn write_frame(out: &mut Vec<u8>, seed: u32, flags: Flags, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("at most 65,535").to_le_bytes();
    out.extend(length);
    let crc_at = out.len();
    out.extend([0; 4]);
    out.extend([flags.0, 0]);
    out.extend(payload);
    let covered = out.get(crc_at + 4..).unwrap_or_default();
    let crc = frame_crc(seed, length, covered).to_le_bytes();
    if let Some(place) = out.get_mut(crc_at..crc_at + 4) {
        place.copy_from_slice(&crc);
    }
}

/// Tells whether the end of the file explains why these bytes, up to that end, are no frame: what
/// is there of its fields is within bounds, and the length leads beyond the end.
pub(crate) fn is_cut_off(bytes: &[u8], seed: u32) -> bool {
    let Some(length) = bytes.first_chunk() else { return true };
    let Some(payload_bytes) = payload_bytes(*length) else { return false };
    let flags_fit = bytes.get(8).is_none_or(|flags| Flags::decode(*flags).is_some());
    let zero_fits = bytes.get(9).is_none_or(|zero| *zero == 0);
    let leads_beyond = bytes.len() < FRAME_HEADER_BYTES + payload_bytes;
    flags_fit && zero_fits && leads_beyond && !is_sound_but_for_its_length(bytes, seed)
}

/// Tells whether the bytes are a whole frame once its length is read as what is there: then the
/// length was damaged, and nothing was cut off.
fn is_sound_but_for_its_length(bytes: &[u8], seed: u32) -> bool {
    let Some((head, covered)) = bytes.split_first_chunk::<8>() else { return false };
    let [_, _, _, _, crc @ ..] = *head;
    let length = covered.len().checked_sub(2).and_then(|length| u16::try_from(length).ok());
    length.is_some_and(|length| {
        frame_crc(seed, u32::from(length).to_le_bytes(), covered) == u32::from_le_bytes(crc)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u32 = 7;

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_frame(&mut out, SEED, Flags::new(true, false), payload);
        out
    }

    #[test]
    fn a_header_is_read_as_it_was_written_and_judged_by_its_crc_first() {
        let header = Header::new(300, [9; 32]);
        let bytes = header.bytes();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&[&bytes[..], b"frames"].concat()), Ok(header));
        for at in 0..HEADER_BYTES {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Header::decode(&damaged), Err(HeaderFault::Damaged), "{at}");
            assert_eq!(Header::decode(&bytes[..at]), Err(HeaderFault::Damaged), "{at}");
        }
        let sealed = |at: usize, byte: u8| {
            let mut other = bytes.clone();
            other[at] = byte;
            let crc = crc32c::crc32c(&other[..52]);
            other[52..].copy_from_slice(&crc.to_le_bytes());
            Header::decode(&other)
        };
        assert_eq!(sealed(0, b'X'), Err(HeaderFault::Foreign));
        assert_eq!(sealed(8, 2), Err(HeaderFault::Newer(2)));
    }

    #[test]
    fn the_four_flags_are_read_back_and_no_others_are() {
        for (last, first) in [(false, false), (true, false), (false, true), (true, true)] {
            let Flags(byte) = Flags::new(last, first);
            let flags = Flags::decode(byte).unwrap();
            assert_eq!((flags.is_last_of_batch(), flags.is_first_of_commit()), (last, first));
        }
        assert!((4..=u8::MAX).all(|byte| Flags::decode(byte).is_none()));
    }

    #[test]
    fn a_frame_is_read_back_at_the_least_and_the_most_length() {
        for length in [1, 2, PAYLOAD_BYTES_MAX] {
            let bytes = frame(&vec![5; length]);
            let shape = Shape::decode(&[&bytes[..], b"next"].concat()).map(|shape| {
                assert!(shape.is_sound(SEED) && !shape.is_sound(SEED + 1));
                (shape.frame_bytes(), shape.prefixed().len(), shape.flags.is_last_of_batch())
            });
            assert_eq!(shape, Some((FRAME_HEADER_BYTES + length, 1 + length, true)));
            assert_eq!(stated_frame_bytes(&bytes), bytes.len());
            assert!(Shape::decode(&bytes[..bytes.len() - 1]).is_none());
        }
        for length in [0_u32, 65_536] {
            let mut bytes = frame(b"payload");
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            assert!(Shape::decode(&bytes).is_none());
            assert_eq!(stated_frame_bytes(&bytes), FRAME_HEADER_BYTES);
        }
    }

    #[test]
    fn a_frame_is_cut_off_at_any_length_but_not_where_a_field_is_out_of_bounds() {
        let bytes = frame(b"payload");
        for length in 0..bytes.len() {
            assert!(is_cut_off(&bytes[..length], SEED), "{length}");
        }
        assert!(!is_cut_off(&bytes, SEED));
        for (at, byte) in [(8, 4), (9, 1), (2, 1)] {
            let mut other = bytes[..bytes.len() - 1].to_vec();
            other[at] = byte;
            assert!(!is_cut_off(&other, SEED), "{at}");
        }
        // A length that was damaged: with the true one the frame is whole.
        let mut longer = bytes;
        longer[0] += 1;
        assert!(!is_cut_off(&longer, SEED));
    }
}
