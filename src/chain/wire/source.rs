//! Sources and attachments on the wire. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::error::ChainError;
use crate::chain::wire::checked::{Checked, Written, optional};
use crate::chain::wire::words::{Confidence, Grade};
use crate::domain::source;

/// One source.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Source<'a> {
    pub(in crate::chain) title: Option<Cow<'a, str>>,
    pub(in crate::chain) publisher: Option<Cow<'a, str>>,
    pub(in crate::chain) published: Option<Cow<'a, str>>,
    pub(in crate::chain) address: Option<Cow<'a, str>>,
    pub(in crate::chain) accessed: Option<Cow<'a, str>>,
    pub(in crate::chain) grade: Grade,
    pub(in crate::chain) confidence: Confidence,
}

impl<'a> From<&'a source::Source> for Source<'a> {
    fn from(source: &'a source::Source) -> Self {
        let source::Source { title, publisher, published, address, accessed, grade, confidence } =
            source;
        Self {
            title: optional(title.as_ref()),
            publisher: optional(publisher.as_ref()),
            published: optional(published.as_ref()),
            address: optional(address.as_ref()),
            accessed: optional(accessed.as_ref()),
            grade: (*grade).into(),
            confidence: (*confidence).into(),
        }
    }
}

impl TryFrom<Source<'_>> for source::Source {
    type Error = ChainError;

    fn try_from(source: Source<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            title: source.title.checked("source title")?,
            publisher: source.publisher.checked("source publisher")?,
            published: source.published.checked("source published")?,
            address: source.address.checked("source address")?,
            accessed: source.accessed.checked("source accessed")?,
            grade: source.grade.into(),
            confidence: source.confidence.into(),
        })
    }
}

/// One attachment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Attachment<'a> {
    pub(in crate::chain) commitment: [u8; 32],
    pub(in crate::chain) length: u64,
    pub(in crate::chain) media_type: Cow<'a, str>,
}

impl<'a> From<&'a source::Attachment> for Attachment<'a> {
    fn from(attachment: &'a source::Attachment) -> Self {
        let source::Attachment { commitment, length, media_type } = attachment;
        Self { commitment: commitment.0, length: *length, media_type: media_type.written() }
    }
}

impl TryFrom<Attachment<'_>> for source::Attachment {
    type Error = ChainError;

    fn try_from(attachment: Attachment<'_>) -> Result<Self, ChainError> {
        Ok(Self {
            commitment: source::Commitment(attachment.commitment),
            length: attachment.length,
            media_type: attachment.media_type.checked("attachment media type")?,
        })
    }
}
