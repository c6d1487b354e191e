//! Target: the segments of a log.

use chancery::disk::memory::Memory;
use chancery::tlog::hash::leaf_hash;

use super::ledgers;

/// The first byte says what the rest is: the bytes of one segment, of two, frames to which their CRCs
/// are given, or entries which are linked as well. However the log is read, nobody is misled.
pub(crate) fn segment(bytes: &[u8]) {
    let Some((way, rest)) = bytes.split_first() else { return };
    let storage = Memory::default();
    match way % 4 {
        0 => storage.set_bytes(&ledgers::segment_name(0), rest),
        1 => two(&storage, rest),
        2 => storage.set_bytes(&ledgers::segment_name(0), sealed(rest)),
        _ => return entries(rest),
    }
    ledgers::read_in_every_way(&storage);
}

/// The length of the first segment, the number that the second begins with, and both.
fn two(storage: &Memory, bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let Some((second, rest)) = rest.split_first_chunk::<2>() else { return };
    let at = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (one, other) = rest.split_at(at);
    storage.set_bytes(&ledgers::segment_name(0), one);
    let name = ledgers::segment_name(u16::from_le_bytes(*second).into());
    storage.set_bytes(&name, other);
}

/// Frames: each its flags, its length in two bytes, and its payload.
fn sealed(mut bytes: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    while let Some(([flags, low, high], rest)) = bytes.split_first_chunk::<3>() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (payload, rest) = rest.split_at(length);
        frames.push((*flags, payload.to_vec()));
        bytes = rest;
    }
    ledgers::segment(0, [0; 32], &frames)
}

/// The entries that bytes hold: each its length in two bytes, and itself.
pub(crate) fn split(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (payload, rest) = rest.split_at(length);
        if !payload.is_empty() {
            payloads.push(payload.to_vec());
        }
        bytes = rest;
    }
    payloads
}

/// Puts entries together as [`split`] takes them apart.
pub(crate) fn joined(payloads: &[Vec<u8>]) -> Vec<u8> {
    let length = |payload: &[u8]| u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes();
    payloads.iter().flat_map(|payload| [&length(payload)[..], payload].concat()).collect()
}

fn entries(bytes: &[u8]) {
    let storage = ledgers::log_of(split(bytes));
    let Some(verified) = ledgers::read_in_every_way(&storage) else { return };
    if verified.ok && 0 < verified.size.0 {
        let last = ledgers::payloads(&storage).pop().unwrap_or_default();
        assert_eq!(verified.head, leaf_hash(&last));
    }
}
