//! Files that others keep: checkpoints, proofs and the entries beside them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::domain::limits::ENTRY_BYTES_MAX;
use crate::tlog::checkpoint::{CHECKPOINT_BYTES_MAX, SignedCheckpoint};
use crate::tlog::error::TlogError;
use crate::tlog::policy::{POLICY_BYTES_MAX, Policy};

/// The most that a proof with its checkpoint is read of: its hashes take less than the checkpoint.
const PROOF_BYTES_MAX: usize = 2 * CHECKPOINT_BYTES_MAX;

/// Names the file of the entry that a proof is about: it lies beside the proof.
pub(crate) fn entry_beside(proof: &Path) -> PathBuf {
    proof.with_extension("entry")
}

/// Reads a checkpoint that somebody kept; who signed it is not judged.
///
/// # Errors
/// When the file cannot be read, or is none.
pub(crate) fn read_checkpoint(path: &Path) -> Result<SignedCheckpoint, CliError> {
    let checkpoint = SignedCheckpoint::parse(&read_text(path, CHECKPOINT_BYTES_MAX)?);
    checkpoint.map_err(|source| CliError::Note { path: path.to_owned(), source })
}

/// Reads a policy.
///
/// # Errors
/// When the file cannot be read, or a line of it is wrong.
pub(crate) fn read_policy(path: &Path) -> Result<Policy, CliError> {
    let policy = Policy::parse(&read(path, POLICY_BYTES_MAX + 1)?);
    policy.map_err(|source| CliError::Policy { path: path.to_owned(), source })
}

/// Reads the text of a proof.
///
/// # Errors
/// When the file cannot be read, or is too long for one.
pub(crate) fn read_proof(path: &Path) -> Result<String, CliError> {
    read_text(path, PROOF_BYTES_MAX)
}

/// Reads the bytes of an entry; more than an entry can have are cut off.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn read_entry(path: &Path) -> Result<Vec<u8>, CliError> {
    read(path, ENTRY_BYTES_MAX + 1)
}

fn read_text(path: &Path, bytes_max: usize) -> Result<String, CliError> {
    let note = |source| CliError::Note { path: path.to_owned(), source };
    let bytes = read(path, bytes_max + 1)?;
    if bytes_max < bytes.len() {
        return Err(note(TlogError::NoteText));
    }
    String::from_utf8(bytes).map_err(|_| note(TlogError::NoteText))
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|source| CliError::Input { path: path.to_owned(), source })?;
    Ok(bytes)
}
