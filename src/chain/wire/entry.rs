//! The whole entry on the wire, from the format byte to the note. Frozen.

use std::borrow::Cow;

use bincode::{BorrowDecode, Encode};

use crate::chain::entry;
use crate::chain::error::ChainError;
use crate::chain::millis::Millis;
use crate::chain::wire::checked::{Checked, Written, optional};
use crate::chain::wire::event::Event;
use crate::chain::wire::source::{Attachment, Source};
use crate::domain::sequence::Sequence;
use crate::domain::source;
use crate::tlog::hash::Hash;

/// The number of the format whose wire types these are.
pub(in crate::chain) const FORMAT: u8 = 1;

/// An entry of format 1.
#[derive(Clone, Debug, PartialEq, Eq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(in crate::chain) struct Entry<'a> {
    pub(in crate::chain) format: u8,
    pub(in crate::chain) previous: [u8; 32],
    pub(in crate::chain) sequence: u64,
    pub(in crate::chain) recorded_at: u64,
    pub(in crate::chain) recorder: Cow<'a, str>,
    pub(in crate::chain) key: Option<Cow<'a, str>>,
    pub(in crate::chain) event: Event<'a>,
    pub(in crate::chain) sources: Vec<Source<'a>>,
    pub(in crate::chain) attachments: Vec<Attachment<'a>>,
    pub(in crate::chain) even_so: Option<Cow<'a, str>>,
    pub(in crate::chain) note: Option<Cow<'a, str>>,
}

impl<'a> From<&'a entry::Entry> for Entry<'a> {
    fn from(entry: &'a entry::Entry) -> Self {
        let entry::Entry {
            previous,
            sequence,
            recorded_at,
            recorder,
            key,
            event,
            sources,
            attachments,
            even_so,
            note,
        } = entry;
        Self {
            format: FORMAT,
            previous: previous.0,
            sequence: sequence.0,
            recorded_at: recorded_at.number(),
            recorder: recorder.written(),
            key: optional(key.as_ref()),
            event: event.into(),
            sources: sources.iter().map(Source::from).collect(),
            attachments: attachments.iter().map(Attachment::from).collect(),
            even_so: optional(even_so.as_ref()),
            note: optional(note.as_ref()),
        }
    }
}

impl TryFrom<Entry<'_>> for entry::Entry {
    type Error = ChainError;

    fn try_from(entry: Entry<'_>) -> Result<Self, ChainError> {
        let sources = entry.sources.into_iter().map(source::Source::try_from);
        let attachments = entry.attachments.into_iter().map(source::Attachment::try_from);
        Ok(Self {
            previous: Hash(entry.previous),
            sequence: Sequence(entry.sequence),
            recorded_at: Millis::new(entry.recorded_at)?,
            recorder: entry.recorder.checked("recorder")?,
            key: entry.key.checked("key")?,
            event: entry.event.try_into()?,
            sources: sources.collect::<Result<_, _>>()?,
            attachments: attachments.collect::<Result<_, _>>()?,
            even_so: entry.even_so.checked("even_so")?,
            note: entry.note.checked("note")?,
        })
    }
}
