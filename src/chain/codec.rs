//! Entries to canonical bytes and back, strictly. Must not accept two byte strings for one entry.
#![deny(clippy::indexing_slicing)]

use bincode::config;
use bincode::error::DecodeError;

use crate::chain::entry::Entry;
use crate::chain::error::ChainError;
use crate::chain::wire;
use crate::domain::limits::ENTRY_BYTES_MAX;
use crate::domain::wellformed;

/// Guards memory while decoding; it counts sizes in memory, so it never decides what is valid.
const MEMORY_BYTES_MAX: usize = 16 << 20;

const WIRE: config::Configuration<
    config::LittleEndian,
    config::Varint,
    config::Limit<MEMORY_BYTES_MAX>,
> = config::standard().with_limit::<MEMORY_BYTES_MAX>();

/// Encodes an entry in format 1 (docs/format.md).
///
/// Whatever this accepts, [`decode`] accepts and gives back.
///
/// # Errors
/// When the entry breaks a limit of the format, its total of 65,535 bytes among them.
pub fn encode(entry: &Entry) -> Result<Vec<u8>, ChainError> {
    check(entry)?;
    encode_wire(&wire::entry::Entry::from(entry))
}

/// Decodes an entry, accepting only what [`encode`] writes.
///
/// # Errors
/// When the bytes are too many, of another format, malformed or not canonical, or when what they
/// say breaks a rule of the domain's types or a limit of the format.
pub fn decode(bytes: &[u8]) -> Result<Entry, ChainError> {
    if ENTRY_BYTES_MAX < bytes.len() {
        return Err(ChainError::TooLong { bytes: bytes.len() });
    }
    let format = *bytes.first().ok_or(ChainError::Truncated)?;
    if format != wire::entry::FORMAT {
        return Err(ChainError::NewerFormat { format });
    }
    let (decoded, consumed) =
        bincode::decode_from_slice::<wire::entry::Entry, _>(bytes, WIRE).map_err(refusal)?;
    if consumed != bytes.len() {
        return Err(ChainError::Trailing { bytes: bytes.len() - consumed });
    }
    let entry = Entry::try_from(decoded)?;
    check(&entry)?;
    // From the entry, not from the wire value: this also covers the conversions.
    if encode_wire(&wire::entry::Entry::from(&entry))? != bytes {
        return Err(ChainError::NotCanonical);
    }
    Ok(entry)
}

/// The one check of limits and rules, made before encoding and after decoding.
fn check(entry: &Entry) -> Result<(), ChainError> {
    wellformed::check(&entry.event, &entry.sources, &entry.attachments)?;
    Ok(())
}

fn encode_wire(entry: &wire::entry::Entry) -> Result<Vec<u8>, ChainError> {
    let bytes = bincode::encode_to_vec(entry, WIRE)
        .map_err(|fault| ChainError::Malformed { reason: fault.to_string() })?;
    if ENTRY_BYTES_MAX < bytes.len() {
        return Err(ChainError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn refusal(fault: DecodeError) -> ChainError {
    match fault {
        DecodeError::UnexpectedEnd { .. } => ChainError::Truncated,
        // The decoder reports the tag of an option in the same way as the number of a variant.
        DecodeError::UnexpectedVariant { type_name, found, .. }
            if !type_name.starts_with("core::option::Option") =>
        {
            ChainError::NewerNumber { of: type_name, number: found }
        }
        DecodeError::UnexpectedVariant { found, .. } => {
            ChainError::Malformed { reason: format!("{found} says neither present nor absent") }
        }
        DecodeError::LimitExceeded => {
            ChainError::Malformed { reason: "a length exceeds any entry".to_owned() }
        }
        DecodeError::InvalidIntegerType { .. } => {
            ChainError::Malformed { reason: "an integer is too large for its field".to_owned() }
        }
        DecodeError::Utf8 { .. } => {
            ChainError::Malformed { reason: "a text is not UTF-8".to_owned() }
        }
        other => ChainError::Malformed { reason: other.to_string() },
    }
}
