//! The files by which somebody without the log verifies that an entry is in it (C2SP tlog-proof), and
//! that it continues an earlier log (C2SP tlog-witness). Must read exactly the bytes that they write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tlog::checkpoint::{SignedCheckpoint, decimal};
use crate::tlog::error::TlogError;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::note::VerifierKey;
use crate::tlog::proof::{verify_consistency, verify_inclusion};

/// The first line of the file.
pub const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";
/// How many hashes a proof can have (C2SP tlog-witness, add-checkpoint).
const HASHES_MAX: usize = 63;

/// Proves offline that the entry of a number is under a signed checkpoint.
///
/// It looks like this (C2SP tlog-proof, Format), the hashes with the leaf's sibling first:
/// ```text
/// c2sp.org/tlog-proof@v1
/// index 1
/// Q4LbPF6yFHrZ3xUQvVdCuznCGcZCB+b2XNNgEwX8wUs=
///
/// chancery.example/reference
/// 2
/// Ze/4s7Qyl5rXBI0ZlNlE0cNwyRLFEV+NLbGQxKTq2NQ=
///
/// — chancery.example/reference zpEpJqr7mYw…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// What else the writer had to say; not authenticated.
    pub extra: Option<Vec<u8>>,
    /// The number of the entry, counted from 0.
    pub index: u64,
    /// The hashes of the inclusion proof (RFC 6962, section 2.1.1).
    pub proof: Vec<Hash>,
    /// The checkpoint, verbatim.
    pub checkpoint: SignedCheckpoint,
}

impl ProofFile {
    /// Reads the file; only one form is accepted.
    ///
    /// # Errors
    /// [`TlogError::ProofText`] with the line that is wrong, counted from 1, or those of
    /// [`SignedCheckpoint::parse`].
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(TlogError::ProofText { line: 1 })?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        let fault = |line| move || TlogError::ProofText { line };
        lines.next_if(|(_, line)| *line == PROOF_HEADER).ok_or_else(fault(1))?;
        let extra = match lines.next_if(|(_, line)| line.starts_with("extra ")) {
            None => None,
            Some((at, line)) => {
                let encoded = line.strip_prefix("extra ").unwrap_or_default();
                Some(STANDARD.decode(encoded).map_err(|_| TlogError::ProofText { line: at })?)
            }
        };
        let (at, line) = lines.next().ok_or_else(fault(2))?;
        let index = line.strip_prefix("index ").and_then(decimal).ok_or_else(fault(at))?;
        let proof = hashes(lines)?;
        Ok(Self { extra, index, proof, checkpoint: SignedCheckpoint::parse(checkpoint)? })
    }

    /// Verifies that the key signed the checkpoint and that the bytes are the entry of that number
    /// under it.
    ///
    /// # Errors
    /// Those of [`SignedCheckpoint::verify`] and [`verify_inclusion`].
    pub fn verify(&self, entry_bytes: &[u8], key: &VerifierKey) -> Result<(), TlogError> {
        self.checkpoint.verify(key)?;
        let checkpoint = self.checkpoint.checkpoint();
        let leaf = leaf_hash(entry_bytes);
        verify_inclusion(self.index, checkpoint.size, leaf, &self.proof, checkpoint.root)
    }
}

impl std::fmt::Display for ProofFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{PROOF_HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Proves that a signed checkpoint continues an earlier size of the log, in the form in which a
/// witness is asked (C2SP tlog-witness, add-checkpoint).
///
/// It looks like this:
/// ```text
/// old 1
/// Q4LbPF6yFHrZ3xUQvVdCuznCGcZCB+b2XNNgEwX8wUs=
///
/// chancery.example/reference
/// 2
/// Ze/4s7Qyl5rXBI0ZlNlE0cNwyRLFEV+NLbGQxKTq2NQ=
///
/// — chancery.example/reference zpEpJqr7mYw…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyFile {
    /// The earlier size.
    pub from: u64,
    /// The hashes of the consistency proof (RFC 9162, section 2.1.4).
    pub proof: Vec<Hash>,
    /// The later checkpoint, verbatim.
    pub checkpoint: SignedCheckpoint,
}

impl ConsistencyFile {
    /// Reads the file; only one form is accepted.
    ///
    /// # Errors
    /// [`TlogError::ProofText`] with the line that is wrong, counted from 1, or those of
    /// [`SignedCheckpoint::parse`].
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(TlogError::ProofText { line: 1 })?;
        let mut lines = (1..).zip(head.split('\n'));
        let first = lines.next().and_then(|(_, line)| line.strip_prefix("old "));
        let from = first.and_then(decimal).ok_or(TlogError::ProofText { line: 1 })?;
        let proof = hashes(lines)?;
        Ok(Self { from, proof, checkpoint: SignedCheckpoint::parse(checkpoint)? })
    }

    /// Verifies that the key signed the later checkpoint and that it continues the tree of the
    /// earlier size with this root.
    ///
    /// # Errors
    /// Those of [`SignedCheckpoint::verify`] and [`verify_consistency`].
    pub fn verify(&self, from_root: Hash, key: &VerifierKey) -> Result<(), TlogError> {
        self.checkpoint.verify(key)?;
        let later = self.checkpoint.checkpoint();
        verify_consistency((self.from, from_root), (later.size, later.root), &self.proof)
    }
}

impl std::fmt::Display for ConsistencyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.from)?;
        for hash in &self.proof {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Reads the lines of a proof, a hash each.
fn hashes<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Vec<Hash>, TlogError> {
    let mut proof = Vec::new();
    for (line, text) in lines {
        let hash = hash(text).filter(|_| proof.len() < HASHES_MAX);
        proof.push(hash.ok_or(TlogError::ProofText { line })?);
    }
    Ok(proof)
}

fn hash(encoded: &str) -> Option<Hash> {
    STANDARD.decode(encoded).ok()?.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::checkpoint::Checkpoint;
    use crate::tlog::hash::node_hash;
    use crate::tlog::note::SignerKey;

    fn key() -> SignerKey {
        SignerKey::from_seed("a.example/log", &[1; 32]).unwrap()
    }

    /// The proof of the second of three entries.
    fn file() -> ProofFile {
        let [one, two, three] = [b"one".as_slice(), b"two", b"three"].map(leaf_hash);
        let root = node_hash(&node_hash(&one, &two), &three);
        let checkpoint = Checkpoint { origin: "a.example/log".to_owned(), size: 3, root };
        let mut checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        checkpoint.note_mut().sign(&key());
        ProofFile { extra: None, index: 1, proof: vec![one, three], checkpoint }
    }

    #[test]
    fn a_proof_is_written_read_back_and_verified() {
        let key = key();
        for extra in [None, Some(Vec::new()), Some(vec![1, 2, 3])] {
            let file = ProofFile { extra, ..file() };
            let read = ProofFile::parse(&file.to_string()).unwrap();
            assert_eq!(read, file);
            assert_eq!(read.verify(b"two", key.verifier()), Ok(()));
            assert_eq!(read.verify(b"one", key.verifier()), Err(TlogError::WrongRoot));
        }
    }

    #[test]
    fn a_proof_of_another_key_another_place_or_cut_short_is_refused() {
        let (file, key) = (file(), key());
        let other = SignerKey::from_seed("a.example/log", &[2; 32]).unwrap();
        assert_eq!(file.verify(b"two", other.verifier()), Err(TlogError::NotSigned));
        let moved = ProofFile { index: 0, ..file.clone() };
        assert_eq!(moved.verify(b"two", key.verifier()), Err(TlogError::WrongRoot));
        let cut = ProofFile { proof: file.proof[..1].to_vec(), ..file };
        assert_eq!(cut.verify(b"two", key.verifier()), Err(TlogError::ProofLength));
    }

    #[test]
    fn a_file_of_any_other_form_is_refused_with_its_line() {
        let text = file().to_string();
        let fault = |text: String| match ProofFile::parse(&text) {
            Err(TlogError::ProofText { line }) => Some(line),
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(String::new()), Some(1));
        assert_eq!(fault(text.replace("@v1", "@v2")), Some(1));
        assert_eq!(fault(text.replace("index 1", "index 01")), Some(2));
        assert_eq!(fault(text.replace("index 1", "index +1")), Some(2));
        assert_eq!(fault(text.replace("index 1", "index ")), Some(2));
        assert_eq!(fault(text.replace("index 1\n", "extra A\nindex 1\n")), Some(2));
        assert_eq!(fault(text.replace("index 1", "index 1\nAAAA")), Some(3));
        let hash = STANDARD.encode([0; 32]);
        assert_eq!(
            fault(text.replace("index 1", &format!("index 1{}", format!("\n{hash}").repeat(64)))),
            Some(66)
        );
        assert!(ProofFile::parse(text.trim_end()).is_err());
    }

    #[test]
    fn a_continuation_is_written_read_back_and_verified() {
        let (two, key) = (node_hash(&leaf_hash(b"one"), &leaf_hash(b"two")), key());
        let checkpoint = file().checkpoint;
        let file = ConsistencyFile { from: 2, proof: vec![leaf_hash(b"three")], checkpoint };
        let text = file.to_string();
        assert_eq!(ConsistencyFile::parse(&text), Ok(file.clone()));
        assert_eq!(file.verify(two, key.verifier()), Ok(()));
        assert_eq!(file.verify(leaf_hash(b"one"), key.verifier()), Err(TlogError::WrongRoot));
        let cut = ConsistencyFile { proof: Vec::new(), ..file };
        assert_eq!(cut.verify(two, key.verifier()), Err(TlogError::ProofLength));
        for (from, to, line) in
            [("old 2", "old 02", 1), ("old 2", "new 2", 1), ("old 2", "old 2\nx", 2)]
        {
            let fault = ConsistencyFile::parse(&text.replace(from, to));
            assert_eq!(fault, Err(TlogError::ProofText { line }));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back(
            at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = file().to_string().into_bytes();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = with }
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            if let Ok(read) = ProofFile::parse(&text) {
                prop_assert_eq!(read.to_string(), text.as_str());
                let is_verified = read.verify(b"two", key().verifier()).is_ok();
                prop_assert_eq!(is_verified, text == file().to_string());
            }
        }
    }
}
