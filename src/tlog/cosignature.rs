//! Cosignatures (C2SP tlog-cosignature, Ed25519): that a witness saw a checkpoint at a time, as the
//! latest of one history. Must never take the time from a clock.

use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::error::TlogError;
use crate::tlog::note::{Note, PrivateKey, PublicKey, SignatureLine, read_line};

/// The type of a key for cosignatures (C2SP tlog-cosignature, Format).
const COSIGNATURE: u8 = 0x04;

/// The public key of a witness.
///
/// ```
/// use chancery::tlog::cosignature::{WitnessKey, WitnessSigner};
/// let key = WitnessSigner::from_seed("witness.example/w1", &[1; 32])?.verifier().clone();
/// assert_eq!(WitnessKey::parse(&key.to_string())?, key);
/// # Ok::<(), chancery::tlog::error::TlogError>(())
/// ```
pub type WitnessKey = PublicKey<COSIGNATURE>;
/// The private key of a witness. The same 32 bytes must serve no other name.
pub type WitnessSigner = PrivateKey<COSIGNATURE>;

/// A cosignature that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// When it was made, in seconds since 1970.
    pub timestamp: u64,
    /// The line that it stands in.
    pub line: SignatureLine,
}

impl WitnessKey {
    /// Finds the witness's cosignature under a checkpoint; of several the latest. None when it has
    /// not cosigned.
    ///
    /// # Errors
    /// [`TlogError::BadSignature`] when a line of this key does not verify.
    pub fn cosignature(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Option<Cosignature>, TlogError> {
        let note = checkpoint.note();
        let mut latest: Option<Cosignature> = None;
        for line in note.lines().iter().filter(|line| self.is_named_by(line)) {
            let bad = || TlogError::BadSignature { name: self.name().to_owned() };
            let timestamp = self.timestamp_of(note, line).ok_or_else(bad)?;
            if latest.as_ref().is_none_or(|latest| latest.timestamp < timestamp) {
                latest = Some(Cosignature { timestamp, line: line.clone() });
            }
        }
        Ok(latest)
    }

    /// Verifies one line, and gives its time.
    fn timestamp_of(&self, note: &Note, line: &SignatureLine) -> Option<u64> {
        let (timestamp, signature) = line.signature.split_first_chunk::<8>()?;
        let timestamp = u64::from_be_bytes(*timestamp);
        i64::try_from(timestamp).ok()?;
        self.verifies(&message(note, timestamp), signature).then_some(timestamp)
    }
}

impl WitnessSigner {
    /// Cosigns a checkpoint at a time in seconds since 1970. Whether it may be is
    /// [`decide`](crate::tlog::witness::decide)d before.
    #[must_use]
    pub fn cosign(&self, checkpoint: &SignedCheckpoint, timestamp: u64) -> SignatureLine {
        self.line(&message(checkpoint.note(), timestamp), &timestamp.to_be_bytes())
    }
}

/// Reads the signature lines that a witness answers with (C2SP tlog-witness, add-checkpoint).
///
/// # Errors
/// [`TlogError::SignatureLine`] when a line is none, or is not ended.
pub fn read_answer(text: &str) -> Result<Vec<SignatureLine>, TlogError> {
    let lines = text.strip_suffix('\n').ok_or(TlogError::SignatureLine)?;
    lines.split('\n').map(read_line).collect()
}

/// What is signed (C2SP tlog-cosignature, Ed25519 signed message).
fn message(note: &Note, timestamp: u64) -> String {
    format!("cosignature/v1\ntime {timestamp}\n{}", note.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::checkpoint::Checkpoint;
    use crate::tlog::hash::empty_root;

    fn checkpoint(size: u64) -> SignedCheckpoint {
        let checkpoint =
            Checkpoint { origin: "a.example/log".to_owned(), size, root: empty_root() };
        SignedCheckpoint::unsigned(checkpoint).unwrap()
    }

    fn witness() -> WitnessSigner {
        WitnessSigner::from_seed("w.example/1", &[5; 32]).unwrap()
    }

    #[test]
    fn a_cosignature_is_that_of_one_witness_one_checkpoint_and_one_time() {
        let witness = witness();
        let mut cosigned = checkpoint(3);
        assert_eq!(witness.verifier().cosignature(&cosigned), Ok(None));
        let line = witness.cosign(&cosigned, 1_679_315_147);
        cosigned.note_mut().put(line.clone());
        let cosigned = SignedCheckpoint::parse(&cosigned.to_string()).unwrap();
        let found = witness.verifier().cosignature(&cosigned).unwrap().unwrap();
        assert_eq!(found, Cosignature { timestamp: 1_679_315_147, line: line.clone() });
        let other = WitnessSigner::from_seed("w.example/1", &[6; 32]).unwrap();
        assert_eq!(other.verifier().cosignature(&cosigned), Ok(None));

        let bad = Err(TlogError::BadSignature { name: "w.example/1".to_owned() });
        let mut moved = checkpoint(4);
        moved.note_mut().put(line.clone());
        assert_eq!(witness.verifier().cosignature(&moved), bad);
        for (at, with) in [(7, 1), (0, 0x80), (8, 1), (71, 1)] {
            let mut touched = line.clone();
            touched.signature[at] ^= with;
            let mut cosigned = checkpoint(3);
            cosigned.note_mut().put(touched);
            assert_eq!(witness.verifier().cosignature(&cosigned), bad, "byte {at}");
        }
        // A time that is none, though the witness has signed it.
        let mut late = checkpoint(3);
        let line_of_late = witness.cosign(&late, 1 << 63);
        late.note_mut().put(line_of_late);
        assert_eq!(witness.verifier().cosignature(&late), bad);
        let mut short = line;
        short.signature.truncate(8);
        let mut cosigned = checkpoint(3);
        cosigned.note_mut().put(short);
        assert_eq!(witness.verifier().cosignature(&cosigned), bad);
    }

    #[test]
    fn a_key_of_a_log_is_none_of_a_witness() {
        let key = witness().verifier().to_string();
        assert!(crate::tlog::note::VerifierKey::parse(&key).is_err());
        let log = crate::tlog::note::SignerKey::from_seed("w.example/1", &[5; 32]).unwrap();
        assert_eq!(WitnessKey::parse(&log.verifier().to_string()), Err(TlogError::KeyText));
        assert!(!format!("{:?}", witness()).contains("SigningKey"));
    }

    #[test]
    fn an_answer_is_signature_lines_and_nothing_else() {
        let mut cosigned = checkpoint(3);
        let line = witness().cosign(&cosigned, 1);
        cosigned.note_mut().put(line.clone());
        let text = cosigned.to_string();
        let (_, answer) = text.rsplit_once("\n\n").unwrap();
        assert_eq!(read_answer(answer), Ok(vec![line]));
        for wrong in ["", "\n", answer.trim_end(), "ok\n", &format!("{answer}\n")] {
            assert_eq!(read_answer(wrong), Err(TlogError::SignatureLine), "{wrong:?}");
        }
    }
}
