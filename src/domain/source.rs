//! Where a fact comes from: sources with their grade and confidence, and attachments by commitment.

use serde::{Deserialize, Serialize};

use crate::domain::edtf::Edtf;
use crate::domain::text::Text;

/// What kind of source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Issued by both parties together.
    PrimaryBoth,
    /// Issued by one party.
    PrimaryOne,
    /// Reported by a medium that a state controls.
    StateMedia,
    /// Reported by a news agency.
    Agency,
    /// Reported by another news medium.
    OtherNews,
    /// Compiled by others from other sources.
    Compilation,
    /// Given without a source.
    Unsourced,
}

/// How sure the recorder is of what the source says.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// The recorder did not say.
    #[default]
    NotStated,
}

impl Confidence {
    fn is_not_stated(&self) -> bool {
        *self == Self::NotStated
    }
}

/// One source of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The title of the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Text>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Edtf>,
    /// Where it can be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// When the recorder read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessed: Option<Edtf>,
    /// What kind of source it is.
    pub grade: Grade,
    /// How sure the recorder is of it.
    #[serde(default, skip_serializing_if = "Confidence::is_not_stated")]
    pub confidence: Confidence,
}

/// A document kept elsewhere, to which the entry commits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The commitment to the document's bytes.
    pub commitment: Commitment,
    /// The document's length in bytes.
    pub length: u64,
    /// Its media type (RFC 6838).
    pub media_type: Text,
}

/// 32 bytes that commit to a document, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commitment(pub [u8; 32]);

/// A commitment that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a commitment is 64 lower-case hexadecimal digits")]
pub struct CommitmentError;

impl TryFrom<String> for Commitment {
    type Error = CommitmentError;

    fn try_from(text: String) -> Result<Self, CommitmentError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        match (bytes.and_then(|bytes| bytes.try_into().ok()), rest) {
            (Some(bytes), []) => Ok(Self(bytes)),
            _ => Err(CommitmentError),
        }
    }
}

impl From<Commitment> for String {
    fn from(commitment: Commitment) -> Self {
        commitment.to_string()
    }
}

impl std::fmt::Display for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Commitment({self})")
    }
}
