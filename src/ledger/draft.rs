//! The draft: an event on its way into the ledger, with what its recorder says about it. Never what
//! only the ledger decides: a number, a link, a hash.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::chain::millis::Millis;
use crate::domain::event::Event;
use crate::domain::sequence::Reference;
use crate::domain::source::{Attachment, Source};
use crate::domain::text::{Key, Note, Text};

/// An event to be recorded, in the JSON envelope that `record` accepts (cli.md, Recording).
///
/// Reading passes over `sequence`, `hash` and `previous`, so that what `entry` and `export` print
/// is a draft again; any other unknown field is refused.
///
/// ```
/// use chancery::ledger::draft::Draft;
/// let draft: Draft = serde_json::from_str(
///     r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#,
/// )?;
/// assert_eq!(draft.event.kind(), "context");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Envelope")]
pub struct Draft {
    /// When it was recorded first; counts only where times are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Millis>,
    /// Who records it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorder: Option<Text>,
    /// The name that the event bears for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// What is to be recorded; earlier entries are named by number or by key.
    pub event: Event<Reference>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// The documents it commits to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Why it is recorded in spite of what the rules find.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub even_so: Option<Text>,
    /// What else its recorder has to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

impl Draft {
    /// Begins a draft that says nothing but the event.
    pub fn new(event: Event<Reference>) -> Self {
        Self {
            recorded_at: None,
            recorder: None,
            key: None,
            event,
            sources: Vec::new(),
            attachments: Vec::new(),
            even_so: None,
            note: None,
        }
    }
}

impl From<Event<Reference>> for Draft {
    fn from(event: Event<Reference>) -> Self {
        Self::new(event)
    }
}

/// The fields that may stand in the JSON form, those that do not count among them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "sequence")]
    _sequence: Option<IgnoredAny>,
    #[serde(rename = "hash")]
    _hash: Option<IgnoredAny>,
    #[serde(rename = "previous")]
    _previous: Option<IgnoredAny>,
    recorded_at: Option<Millis>,
    recorder: Option<Text>,
    key: Option<Key>,
    event: Event<Reference>,
    #[serde(default)]
    sources: Vec<Source>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    even_so: Option<Text>,
    note: Option<Note>,
}

impl From<Envelope> for Draft {
    fn from(envelope: Envelope) -> Self {
        Self {
            recorded_at: envelope.recorded_at,
            recorder: envelope.recorder,
            key: envelope.key,
            event: envelope.event,
            sources: envelope.sources,
            attachments: envelope.attachments,
            even_so: envelope.even_so,
            note: envelope.note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#""event":{"kind":"context","title":"A war","date":"1950-06-25"}"#;

    #[test]
    fn what_only_the_ledger_decides_is_passed_over() {
        let plain: Draft = serde_json::from_str(&format!("{{{EVENT}}}")).unwrap();
        let printed = format!(
            r#"{{"sequence":7,"hash":"00","previous":null,"key":null,"sources":[],"even_so":null,{EVENT}}}"#
        );
        assert_eq!(serde_json::from_str::<Draft>(&printed).unwrap(), plain);
        assert_eq!(plain, Draft::new(plain.event.clone()));
    }

    #[test]
    fn a_draft_is_printed_as_it_is_read() {
        let json = format!(
            r#"{{"recorded_at":"2026-11-22T03:00:00.000Z","recorder":"a","key":"k",{EVENT},"sources":[{{"title":"t","grade":"agency"}}],"even_so":"so","note":"n\nm"}}"#
        );
        let draft: Draft = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&draft).unwrap(), json);
    }

    #[test]
    fn an_unknown_field_or_a_missing_event_is_refused() {
        assert!(serde_json::from_str::<Draft>(&format!(r#"{{{EVENT},"notes":"n"}}"#)).is_err());
        assert!(serde_json::from_str::<Draft>(r#"{"key":"k"}"#).is_err());
    }
}
