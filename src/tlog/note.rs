//! Signed notes (C2SP signed-note): a text, and signatures by named keys. Must read exactly the bytes
//! that signing writes, and never trust a key that it was not given.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::tlog::error::TlogError;
use crate::tlog::hash::sha256;

/// What begins a signature line: an em dash and a space.
const DASH: &str = "\u{2014} ";
/// The type of an Ed25519 key (C2SP signed-note, Signature types).
const ED25519: u8 = 0x01;
/// How many signatures a note may have.
pub const SIGNATURES_MAX: usize = 100;
/// How long a note may be.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// A public key and its name, written `name+hash+key`; the kind is the type of its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey<const KIND: u8> {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// A private key and its name, written `PRIVATE+KEY+name+hash+key`.
#[derive(Clone)]
pub struct PrivateKey<const KIND: u8> {
    public: PublicKey<KIND>,
    key: SigningKey,
}

/// The public key of whoever signs notes (C2SP signed-note, Ed25519 signatures).
///
/// ```
/// use chancery::tlog::note::VerifierKey;
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key = VerifierKey::parse(text)?;
/// assert_eq!((key.name(), key.to_string().as_str()), ("PeterNeumann", text));
/// # Ok::<(), chancery::tlog::error::TlogError>(())
/// ```
pub type VerifierKey = PublicKey<ED25519>;
/// The private key of whoever signs notes.
pub type SignerKey = PrivateKey<ED25519>;

impl<const KIND: u8> std::fmt::Debug for PrivateKey<KIND> {
    /// Shows the public half alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.public).finish()
    }
}

/// A text with signature lines, as they stand.
///
/// It looks like this:
/// ```text
/// If you think cryptography is the answer to your problem,
/// then you don't know what your problem is.
///
/// — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<SignatureLine>,
}

/// One signature line: who signed, by which key, and the bytes after the key's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    id: [u8; 4],
    pub(super) signature: Vec<u8>,
}

impl SignatureLine {
    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Checks that a text can be the name of a key: not empty, without white space and plus signs.
fn check_name(name: &str) -> Result<(), TlogError> {
    let fits = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+');
    if fits { Ok(()) } else { Err(TlogError::KeyText) }
}

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
fn key_id(name: &str, kind: u8, public: &[u8; 32]) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), &[b'\n', kind], public].concat());
    let [a, b, c, d, ..] = hash.0;
    [a, b, c, d]
}

/// Reads `name+hash+base64(type ‖ 32 bytes)` of one type.
fn read_key(text: &str, kind: u8) -> Result<(String, [u8; 4], [u8; 32]), TlogError> {
    let mut parts = text.splitn(3, '+');
    let mut part = || parts.next().ok_or(TlogError::KeyText);
    let (name, hash, key) = (part()?, part()?, part()?);
    check_name(name)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if hash.len() != 8 || !hash.bytes().all(is_digit) {
        return Err(TlogError::KeyText);
    }
    let id = u32::from_str_radix(hash, 16).map_err(|_| TlogError::KeyText)?.to_be_bytes();
    match STANDARD.decode(key).map_err(|_| TlogError::KeyText)?.split_first() {
        Some((read, bytes)) if *read == kind => {
            let bytes = bytes.try_into().map_err(|_| TlogError::KeyText)?;
            Ok((name.to_owned(), id, bytes))
        }
        _ => Err(TlogError::KeyText),
    }
}

fn write_key(name: &str, id: [u8; 4], kind: u8, bytes: &[u8; 32]) -> String {
    let key = STANDARD.encode([&[kind][..], bytes].concat());
    format!("{name}+{:08x}+{key}", u32::from_be_bytes(id))
}

impl<const KIND: u8> PublicKey<KIND> {
    fn new(name: String, key: VerifyingKey) -> Self {
        let id = key_id(&name, KIND, key.as_bytes());
        Self { name, id, key }
    }

    /// Reads a public key of this kind.
    ///
    /// # Errors
    /// [`TlogError::KeyText`] when it is none, or its hash is that of another key.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let (name, id, bytes) = read_key(text, KIND)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| TlogError::KeyText)?;
        let key = Self::new(name, key);
        if key.id == id { Ok(key) } else { Err(TlogError::KeyText) }
    }

    /// Reads a public key that is a file of one line, ended by a line feed.
    ///
    /// # Errors
    /// Those of [`PublicKey::parse`]; also when the line is not ended, since then something was cut off.
    pub fn parse_line(text: &str) -> Result<Self, TlogError> {
        Self::parse(text.strip_suffix('\n').ok_or(TlogError::KeyText)?)
    }

    /// The name of the key: for a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The name and the id, which tell it from other keys to people.
    #[must_use]
    pub fn short(&self) -> String {
        format!("{}+{:08x}", self.name, u32::from_be_bytes(self.id))
    }

    /// Whether a signature line says that it is by this key.
    pub(super) fn is_named_by(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.id == self.id
    }

    /// Verifies the bytes of a signature over a message, strictly: none but the one that the key
    /// makes is accepted (RFC 8032, section 5.1.7).
    pub(super) fn verifies(&self, message: &str, signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature
            .is_ok_and(|signature| self.key.verify_strict(message.as_bytes(), &signature).is_ok())
    }
}

impl<const KIND: u8> std::fmt::Display for PublicKey<KIND> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&write_key(&self.name, self.id, KIND, self.key.as_bytes()))
    }
}

impl<const KIND: u8> PrivateKey<KIND> {
    /// Makes a key of a name and 32 secret bytes.
    ///
    /// # Errors
    /// [`TlogError::KeyText`] when the name cannot be one.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, TlogError> {
        check_name(name)?;
        let key = SigningKey::from_bytes(seed);
        Ok(Self { public: PublicKey::new(name.to_owned(), key.verifying_key()), key })
    }

    /// Reads a private key.
    ///
    /// # Errors
    /// [`TlogError::KeyText`] when it is none, or its hash is that of another key.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(TlogError::KeyText)?;
        let (name, id, seed) = read_key(rest, KIND)?;
        let signer = Self::from_seed(&name, &seed)?;
        if signer.public.id == id { Ok(signer) } else { Err(TlogError::KeyText) }
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &PublicKey<KIND> {
        &self.public
    }

    /// Writes the private key; whoever has it can sign.
    #[must_use]
    pub fn secret_text(&self) -> String {
        let PublicKey { name, id, .. } = &self.public;
        format!("PRIVATE+KEY+{}", write_key(name, *id, KIND, self.key.as_bytes()))
    }

    /// Makes a signature line over a message; `before` stands before the signature in it.
    pub(super) fn line(&self, message: &str, before: &[u8]) -> SignatureLine {
        let PublicKey { name, id, .. } = &self.public;
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        let signature = [before, &signature].concat();
        SignatureLine { name: name.clone(), id: *id, signature }
    }
}

impl Note {
    /// Begins a note without signatures.
    ///
    /// # Errors
    /// [`TlogError::NoteText`] unless the text ends with a line break, is not too long, and holds no
    /// control characters.
    pub fn new(text: &str) -> Result<Self, TlogError> {
        let has_control = text.chars().any(|c| c < ' ' && c != '\n');
        if text.is_empty() || !text.ends_with('\n') || has_control || NOTE_BYTES_MAX < text.len() {
            return Err(TlogError::NoteText);
        }
        Ok(Self { text: text.to_owned(), lines: Vec::new() })
    }

    /// Reads a note: its text ends at the last empty line, and signature lines follow.
    ///
    /// # Errors
    /// [`TlogError::NoteText`] when it is none, [`TlogError::SignatureLine`] for a line that is no
    /// signature.
    pub fn parse(note: &str) -> Result<Self, TlogError> {
        if NOTE_BYTES_MAX < note.len() {
            return Err(TlogError::NoteText);
        }
        let at = note.rfind("\n\n").ok_or(TlogError::NoteText)?;
        let (text, signatures) = note.split_at(at + 1);
        let signatures = signatures.strip_prefix('\n').unwrap_or_default();
        let mut parsed = Self::new(text)?;
        let signatures = signatures.strip_suffix('\n').ok_or(TlogError::SignatureLine)?;
        for line in signatures.split('\n') {
            if parsed.lines.len() == SIGNATURES_MAX {
                return Err(TlogError::SignatureLine);
            }
            parsed.lines.push(read_line(line)?);
        }
        Ok(parsed)
    }

    /// The text that is signed, with its last line break.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, those of unknown keys among them.
    #[must_use]
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// Adds a signature; one of the same key is replaced.
    pub fn sign(&mut self, key: &SignerKey) {
        self.put(key.line(&self.text, &[]));
    }

    /// Adds a signature line; one of the same key is replaced. It is not judged.
    pub fn put(&mut self, line: SignatureLine) {
        self.lines.retain(|kept| (&kept.name, kept.id) != (&line.name, line.id));
        self.lines.push(line);
    }

    /// Verifies the note, and gives those of the keys that have signed it. Lines of other keys are
    /// passed over, also those that bear the name of a known key with another id.
    ///
    /// # Errors
    /// [`TlogError::BadSignature`] when a line of a known key does not verify,
    /// [`TlogError::NotSigned`] when none of the keys has signed.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, TlogError> {
        let mut signed: Vec<&VerifierKey> = Vec::new();
        for line in &self.lines {
            let Some(key) = keys.iter().find(|key| key.is_named_by(line)) else { continue };
            if !key.verifies(&self.text, &line.signature) {
                return Err(TlogError::BadSignature { name: key.name.clone() });
            }
            if !signed.contains(&key) {
                signed.push(key);
            }
        }
        if signed.is_empty() { Err(TlogError::NotSigned) } else { Ok(signed) }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for SignatureLine { name, id, signature } in &self.lines {
            let bytes = STANDARD.encode([&id[..], signature].concat());
            writeln!(f, "{DASH}{name} {bytes}")?;
        }
        Ok(())
    }
}

/// Reads a signature line, without its line break.
///
/// # Errors
/// [`TlogError::SignatureLine`] when it is none.
pub(super) fn read_line(line: &str) -> Result<SignatureLine, TlogError> {
    let fault = TlogError::SignatureLine;
    let (name, encoded) =
        line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(fault.clone())?;
    check_name(name).map_err(|_| fault.clone())?;
    let bytes = STANDARD.decode(encoded).map_err(|_| fault.clone())?;
    match bytes.split_first_chunk::<4>() {
        Some((id, signature)) if !signature.is_empty() => {
            Ok(SignatureLine { name: name.to_owned(), id: *id, signature: signature.to_vec() })
        }
        _ => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // From the documentation of golang.org/x/mod/sumdb/note.
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SIGNER: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn neumann() -> [VerifierKey; 1] {
        [VerifierKey::parse(VERIFIER).unwrap()]
    }

    #[test]
    fn the_published_note_is_signed_and_opened() {
        let signer = SignerKey::parse(SIGNER).unwrap();
        assert_eq!(signer.verifier().to_string(), VERIFIER);
        assert_eq!(signer.secret_text(), SIGNER);
        let mut note = Note::new(TEXT).unwrap();
        note.sign(&signer);
        assert_eq!(note.to_string(), NOTE);
        let parsed = Note::parse(NOTE).unwrap();
        assert_eq!(parsed.text(), TEXT);
        assert_eq!(parsed.lines()[0].name(), "PeterNeumann");
        let keys = neumann();
        let key = parsed.verify(&keys).unwrap()[0];
        assert_eq!((key.name(), key.short().as_str()), ("PeterNeumann", "PeterNeumann+c74f20a3"));
    }

    #[test]
    fn a_private_key_is_never_shown() {
        let shown = format!("{:?}", SignerKey::parse(SIGNER).unwrap());
        assert!(!shown.contains("SigningKey"), "{shown}");
        assert!(shown.starts_with("PrivateKey(") && shown.contains("PeterNeumann"), "{shown}");
    }

    #[test]
    fn a_known_key_with_a_bad_signature_rejects_the_note() {
        let note = Note::parse(&NOTE.replace("problem is", "answer is")).unwrap();
        let bad = TlogError::BadSignature { name: "PeterNeumann".to_owned() };
        assert_eq!(note.verify(&neumann()), Err(bad));
    }

    #[test]
    fn unknown_signatures_are_kept_and_passed_over_also_under_a_known_name() {
        let mut note = Note::parse(NOTE).unwrap();
        for seed in 0..20_u8 {
            let name = if seed % 2 == 0 { "PeterNeumann" } else { "grease.example" };
            note.sign(&SignerKey::from_seed(name, &[seed; 32]).unwrap());
        }
        let greased = Note::parse(&note.to_string()).unwrap();
        assert_eq!(greased.lines().len(), 21);
        assert_eq!(greased.verify(&neumann()).unwrap().len(), 1);
        assert_eq!(greased.to_string(), note.to_string());
        let other = SignerKey::from_seed("other", &[99; 32]).unwrap();
        let others = [other.verifier().clone()];
        assert_eq!(greased.verify(&others), Err(TlogError::NotSigned));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for note in [
            "",
            "text",
            "text\n",
            "text\n\n",
            "text\n\n\u{2014} name\n",
            "text\n\n- name AAAAAAAA\n",
            "text\n\n\u{2014} name AAAA\n",
            "text\n\n\u{2014} name AAAAAAAA",
            "text\n\n\u{2014} name AAAAAA==\n",
            "text\n\n\u{2014} na+me AAAAAAAA\n",
            "text\n\n\u{2014} name AAAAAAA\n",
            "te\u{1}xt\n\n\u{2014} name AAAAAAAA\n",
            "text\r\n\n\u{2014} name AAAAAAAA\n",
        ] {
            assert!(Note::parse(note).is_err(), "{note:?}");
        }
        let many = format!("text\n\n{}", "\u{2014} name AAAAAAAA\n".repeat(SIGNATURES_MAX + 1));
        assert_eq!(Note::parse(&many), Err(TlogError::SignatureLine));
        let line = "\n\u{2014} name AAAAAAAA\n";
        let long = |bytes: usize| format!("{}\n{line}", "x".repeat(bytes - 1 - line.len()));
        assert!(Note::parse(&long(NOTE_BYTES_MAX)).is_ok());
        assert_eq!(Note::parse(&long(NOTE_BYTES_MAX + 1)), Err(TlogError::NoteText));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for key in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+AhpcAA==",
        ] {
            assert_eq!(VerifierKey::parse(key), Err(TlogError::KeyText), "{key}");
        }
        // Of another type, and with the id that it would have were it of this one.
        let [key] = neumann();
        let other = write_key(key.name(), key.id, 4, key.bytes());
        assert_eq!(VerifierKey::parse(&other), Err(TlogError::KeyText));
        assert!(SignerKey::parse(VERIFIER).is_err());
        assert!(SignerKey::from_seed("a+b", &[0; 32]).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back(note in "\\PC{0,40}(\n|\\PC){0,40}\n\n(\u{2014} [a-z]{1,5} [A-Za-z0-9+/]{8}\n){0,3}") {
            if let Ok(parsed) = Note::parse(&note) {
                prop_assert_eq!(parsed.to_string(), note);
            }
        }

        #[test]
        fn a_note_with_a_changed_byte_is_never_verified(at in 0..NOTE.len(), with in any::<u8>()) {
            let mut bytes = NOTE.as_bytes().to_vec();
            prop_assume!(bytes[at] != with);
            bytes[at] = with;
            let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(()) };
            let verified = Note::parse(text).and_then(|note| note.verify(&neumann()).map(|keys| keys.len()));
            prop_assert!(verified.is_err());
        }
    }
}
