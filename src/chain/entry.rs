//! The entry: one event in its envelope, sealed by its hash and linked to the entry before.
#![deny(clippy::indexing_slicing)]

use crate::chain::codec::{encode, say};
use crate::chain::error::ChainError;
use crate::chain::millis::Millis;
use crate::domain::event::Event;
use crate::domain::sequence::Sequence;
use crate::domain::source::{Attachment, Source};
use crate::domain::text::{Key, Note, Text};
use crate::tlog::hash::{Hash, leaf_hash};

/// The numbered, hash-chained, immutable envelope around one event (design.md §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The leaf hash of the entry before, [`Hash::ZERO`] in the first.
    pub previous: Hash,
    /// The number of the entry.
    pub sequence: Sequence,
    /// When it was recorded, never before the entry before it.
    pub recorded_at: Millis,
    /// Who recorded it.
    pub recorder: Text,
    /// The name that it bears for ever.
    pub key: Option<Key>,
    /// What it says.
    pub event: Event,
    /// Where that comes from.
    pub sources: Vec<Source>,
    /// The documents it commits to.
    pub attachments: Vec<Attachment>,
    /// Why it was recorded in spite of what the rules found.
    pub even_so: Option<Text>,
    /// What else its recorder had to say.
    pub note: Option<Note>,
}

/// An entry's canonical bytes and their leaf hash, which the next entry names as `previous`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their leaf hash.
    pub hash: Hash,
}

/// Encodes an entry, decodes it back and hashes its bytes, as a writer does before writing.
///
/// # Errors
/// Whatever [`encode`] refuses.
pub fn seal(entry: &Entry) -> Result<Sealed, ChainError> {
    let bytes = encode(entry)?;
    if !say(&bytes, entry)? {
        return Err(ChainError::NotCanonical);
    }
    Ok(Sealed { hash: leaf_hash(&bytes), bytes })
}

/// Reads which entry an encoded entry follows: bytes 1 to 32 in every format ever (design.md §3).
///
/// # Errors
/// [`ChainError::Truncated`] when there are fewer bytes.
pub fn previous_of(entry_bytes: &[u8]) -> Result<Hash, ChainError> {
    let previous = entry_bytes.get(1..).and_then(<[u8]>::first_chunk);
    previous.map(|bytes| Hash(*bytes)).ok_or(ChainError::Truncated)
}

/// Checks, without decoding, that an encoded entry follows the one with that leaf hash.
///
/// # Errors
/// [`ChainError::BrokenLink`] when it follows another.
pub fn check_link(before: Hash, entry_bytes: &[u8]) -> Result<(), ChainError> {
    let found = previous_of(entry_bytes)?;
    if found == before { Ok(()) } else { Err(ChainError::BrokenLink { expected: before, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_read_from_bytes_1_to_32_whatever_the_format() {
        let mut bytes = vec![200];
        bytes.extend(1..=32);
        let previous = Hash(std::array::from_fn(|at| u8::try_from(at + 1).unwrap()));
        assert_eq!(previous_of(&bytes), Ok(previous));
        assert_eq!(check_link(previous, &bytes), Ok(()));
        let expected = Hash::ZERO;
        let broken = ChainError::BrokenLink { expected, found: previous };
        assert_eq!(check_link(expected, &bytes), Err(broken));
        assert_eq!(previous_of(bytes.get(..32).unwrap()), Err(ChainError::Truncated));
        assert_eq!(previous_of(&[]), Err(ChainError::Truncated));
    }
}
