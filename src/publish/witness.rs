//! Has a checkpoint witnessed (C2SP tlog-witness): submits it, and takes what the witness answers.
//! Must keep no signature that does not verify.

use crate::domain::sequence::Size;
use crate::ledger::Ledger;
use crate::publish::error::PublishError;
use crate::publish::web::{Answer, Website};
use crate::tlog::checkpoint::{SignedCheckpoint, decimal};
use crate::tlog::cosignature::{Cosignature, WitnessKey, read_answer};
use crate::tlog::error::TlogError;

/// The most that a witness may answer: a few signature lines.
const ANSWER_BYTES_MAX: usize = 65_536;
/// How often a witness may say that it has seen another size meanwhile.
const ATTEMPTS_MAX: u32 = 4;

/// Somebody who is sent checkpoints.
pub trait Witness {
    /// Sends the body of an add-checkpoint request, and gives the answer.
    ///
    /// # Errors
    /// When there is no answer.
    fn add_checkpoint(&self, body: &str) -> Result<Answer, PublishError>;
}

impl Witness for Website {
    fn add_checkpoint(&self, body: &str) -> Result<Answer, PublishError> {
        Ok(self.post("add-checkpoint", body, ANSWER_BYTES_MAX)?)
    }
}

/// Submits the ledger's checkpoint to a witness until it has cosigned, and gives the cosignature.
/// What the witness saw last is asked of the witness.
///
/// # Errors
/// [`PublishError::WitnessAhead`] and [`PublishError::WitnessedOther`] when it has seen what this
/// ledger does not have; [`PublishError::Witness`] when it refuses or answers with anything else.
pub fn cosignature_of(
    witness: &dyn Witness,
    key: &WitnessKey,
    ledger: &Ledger,
) -> Result<Cosignature, PublishError> {
    let mut from = Size(0);
    for _ in 0..ATTEMPTS_MAX {
        let request = ledger.prove_consistency(from, None)?;
        let checkpoint = request.checkpoint.clone();
        let size = Size(checkpoint.checkpoint().size);
        let answer = witness.add_checkpoint(&request.to_string())?;
        let seen = match answer.status {
            200 => return cosignature(&answer, checkpoint, key),
            409 => size_of(&answer).ok_or(PublishError::Witness { status: 409 })?,
            status => return Err(PublishError::Witness { status }),
        };
        if size < seen {
            return Err(PublishError::WitnessAhead { seen, size });
        }
        if seen == from {
            return Err(PublishError::WitnessedOther { size: seen });
        }
        from = seen;
    }
    Err(PublishError::Witness { status: 409 })
}

/// Finds the witness's own line among those of an answer.
fn cosignature(
    answer: &Answer,
    mut checkpoint: SignedCheckpoint,
    key: &WitnessKey,
) -> Result<Cosignature, PublishError> {
    let wrong = |source| PublishError::WitnessAnswer { source };
    let text = std::str::from_utf8(&answer.bytes).map_err(|_| wrong(TlogError::SignatureLine))?;
    for line in read_answer(text).map_err(wrong)? {
        checkpoint.note_mut().put(line);
    }
    key.cosignature(&checkpoint).map_err(wrong)?.ok_or_else(|| wrong(TlogError::NotSigned))
}

/// Reads the size that a witness saw last (C2SP tlog-witness: decimal, and a line break).
fn size_of(answer: &Answer) -> Option<Size> {
    let digits = std::str::from_utf8(&answer.bytes).ok()?.strip_suffix('\n')?;
    decimal(digits).map(Size)
}
