//! Checkpoints (C2SP tlog-checkpoint): the text by which a log commits to its size and root. Must
//! read exactly the bytes that it writes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tlog::error::TlogError;
use crate::tlog::hash::Hash;

/// What a log commits to: its origin, its size and its root, without extension lines.
///
/// It looks like this, and is signed as the text of a [`Note`](crate::tlog::note::Note):
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
        let is_number = size.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = size == "0" || !size.starts_with('0');
        if origin.is_empty() || !is_number || !is_plain {
            return Err(fault());
        }
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| fault())?,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::note::{Note, SignerKey};

    #[test]
    fn a_checkpoint_is_signed_and_read_back() {
        let checkpoint =
            Checkpoint { origin: "a.example/log".to_owned(), size: 982, root: Hash([7; 32]) };
        assert_eq!(
            checkpoint.to_string(),
            "a.example/log\n982\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
        );
        let key = SignerKey::from_seed(&checkpoint.origin, &[1; 32]).unwrap();
        let mut note = Note::new(&checkpoint.to_string()).unwrap();
        note.sign(&key);
        let read = Note::parse(&note.to_string()).unwrap();
        assert!(read.verify(&[key.verifier().clone()]).is_ok());
        assert_eq!(Checkpoint::parse(read.text()), Ok(checkpoint));
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
