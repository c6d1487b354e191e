//! Checkpoints (C2SP tlog-checkpoint): the text by which a log commits to its size and root. Must
//! read exactly the bytes that it writes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tlog::error::TlogError;
use crate::tlog::hash::Hash;
use crate::tlog::note::{Note, VerifierKey};

/// How long a signed checkpoint may be, its signatures included.
pub const CHECKPOINT_BYTES_MAX: usize = 65_536;

/// Reads a number in ASCII digits without leading zeros, as C2SP writes sizes and indexes.
///
/// ```
/// use chancery::tlog::checkpoint::decimal;
/// assert_eq!([decimal("0"), decimal("982"), decimal("007"), decimal("")], [Some(0), Some(982), None, None]);
/// ```
#[must_use]
pub fn decimal(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = digits == "0" || !digits.starts_with('0');
    (is_number && is_plain).then(|| digits.parse().ok())?
}

/// What a log commits to: its origin, its size and its root, without extension lines.
///
/// It looks like this, and is signed as the text of a [`Note`]:
/// ```text
/// chancery.example/reference
/// 2
/// Ze/4s7Qyl5rXBI0ZlNlE0cNwyRLFEV+NLbGQxKTq2NQ=
/// ```
///
/// ```
/// use chancery::tlog::checkpoint::Checkpoint;
/// use chancery::tlog::hash::empty_root;
/// let checkpoint =
///     Checkpoint { origin: "a.example/log".to_owned(), size: 0, root: empty_root() };
/// assert_eq!(Checkpoint::parse(&checkpoint.to_string())?, checkpoint);
/// # Ok::<(), chancery::tlog::error::TlogError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, which is also that of its key.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a checkpoint; only one form is accepted, so that the text is known from
    /// what it says.
    ///
    /// # Errors
    /// [`TlogError::CheckpointText`] when it is none, or has extension lines.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let fault = || TlogError::CheckpointText;
        let body = text.strip_suffix('\n').ok_or_else(fault)?;
        let [origin, size, root] =
            body.split('\n').collect::<Vec<_>>().try_into().map_err(|_| fault())?;
        if origin.is_empty() {
            return Err(fault());
        }
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or_else(fault)?,
            root: root.map(Hash).ok_or_else(fault)?,
        };
        Ok(checkpoint)
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let root = STANDARD.encode(self.root.0);
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

/// A checkpoint with the signature lines that it bears.
///
/// It looks like this:
/// ```text
/// chancery.example/reference
/// 982
/// +qFaA7YzcRrsledx+7uY/tCrcrfruvd3Kek02mdVKTw=
///
/// — chancery.example/reference zpEpJqr7mYw…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Reads a signed note whose text is a checkpoint. Who signed it is not judged.
    ///
    /// # Errors
    /// Those of [`Note::parse`] and [`Checkpoint::parse`], and [`TlogError::NoteText`] for a longer
    /// one than [`CHECKPOINT_BYTES_MAX`].
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        if CHECKPOINT_BYTES_MAX < text.len() {
            return Err(TlogError::NoteText);
        }
        let note = Note::parse(text)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// Begins one without signatures.
    ///
    /// # Errors
    /// [`TlogError::NoteText`] when the origin holds what no note can.
    pub fn unsigned(checkpoint: Checkpoint) -> Result<Self, TlogError> {
        Ok(Self { note: Note::new(&checkpoint.to_string())?, checkpoint })
    }

    /// What the log commits to.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note that was signed.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The note, to add signatures to.
    pub fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }

    /// Verifies that the log's key has signed it: the key's name is the origin (C2SP
    /// tlog-checkpoint, Signatures).
    ///
    /// # Errors
    /// [`TlogError::OtherOrigin`] for the key of another log, [`TlogError::BadSignature`],
    /// [`TlogError::NotSigned`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), TlogError> {
        if key.name() != self.checkpoint.origin {
            let (origin, name) = (self.checkpoint.origin.clone(), key.name().to_owned());
            return Err(TlogError::OtherOrigin { origin, name });
        }
        self.note.verify(std::slice::from_ref(key)).map(|_| ())
    }
}

impl std::fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::note::SignerKey;

    #[test]
    fn a_checkpoint_is_signed_and_read_back() {
        let checkpoint =
            Checkpoint { origin: "a.example/log".to_owned(), size: 982, root: Hash([7; 32]) };
        assert_eq!(
            checkpoint.to_string(),
            "a.example/log\n982\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
        );
        let key = SignerKey::from_seed(&checkpoint.origin, &[1; 32]).unwrap();
        let mut signed = SignedCheckpoint::unsigned(checkpoint.clone()).unwrap();
        signed.note_mut().sign(&key);
        let read = SignedCheckpoint::parse(&signed.to_string()).unwrap();
        assert_eq!(read.verify(key.verifier()), Ok(()));
        assert_eq!(read.checkpoint(), &checkpoint);

        let others = SignerKey::from_seed("b.example/log", &[1; 32]).unwrap();
        let other_origin =
            TlogError::OtherOrigin { origin: checkpoint.origin, name: "b.example/log".to_owned() };
        assert_eq!(read.verify(others.verifier()), Err(other_origin));
        let another = SignerKey::from_seed("a.example/log", &[2; 32]).unwrap();
        assert_eq!(read.verify(another.verifier()), Err(TlogError::NotSigned));
    }

    #[test]
    fn any_other_form_is_refused() {
        let root = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        for text in [
            String::new(),
            format!("a\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("a\n\n{root}\n"),
            format!("a\n01\n{root}\n"),
            format!("a\n+1\n{root}\n"),
            format!("a\n18446744073709551616\n{root}\n"),
            "a\n1\nBwc=\n".to_owned(),
            format!("a\n1\n{}\n", root.trim_end_matches('=')),
            format!("a\n1\n{root}\nextension\n"),
            format!("a\n1\n{root}\n\n"),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(TlogError::CheckpointText), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back(text in "[a-z./]{0,9}\n[0-9]{0,4}\n[A-Za-z0-9+/]{43}=\n\n?") {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
