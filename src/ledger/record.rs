//! An entry as it stands in the log, with its hash: what `entry`, `log` and `export` print. Must
//! print nothing that the log does not hold.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::chain::entry::Entry;
use crate::domain::event::Event;
use crate::domain::sequence::Reference;
use crate::ledger::draft::Draft;
use crate::tlog::hash::Hash;

/// An entry and its leaf hash, in the JSON form of cli.md (JSON shapes).
///
/// ```json
/// {"sequence":7,"hash":"<64 hex>","previous":"<64 hex>","recorded_at":"2026-11-22T03:00:00.000Z",
///  "recorder":"archive","key":null,"event":{"kind":"context",…},"sources":[],"attachments":[],
///  "even_so":null,"note":null}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRecord {
    /// The leaf hash of its bytes, which the next entry names as `previous`.
    pub hash: Hash,
    /// The entry.
    pub entry: Entry,
}

impl Serialize for EntryRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = &self.entry;
        let mut object = serializer.serialize_struct("EntryRecord", 11)?;
        object.serialize_field("sequence", &entry.sequence)?;
        object.serialize_field("hash", &self.hash.to_string())?;
        object.serialize_field("previous", &entry.previous.to_string())?;
        object.serialize_field("recorded_at", &entry.recorded_at)?;
        object.serialize_field("recorder", &entry.recorder)?;
        object.serialize_field("key", &entry.key)?;
        object.serialize_field("event", &entry.event)?;
        object.serialize_field("sources", &entry.sources)?;
        object.serialize_field("attachments", &entry.attachments)?;
        object.serialize_field("even_so", &entry.even_so)?;
        object.serialize_field("note", &entry.note)?;
        object.end()
    }
}

impl From<EntryRecord> for Draft {
    /// Makes a draft of the same event, so that it can be recorded elsewhere.
    fn from(record: EntryRecord) -> Self {
        let entry = record.entry;
        Self {
            recorded_at: Some(entry.recorded_at),
            recorder: Some(entry.recorder),
            key: entry.key,
            event: by_number(entry.event),
            sources: entry.sources,
            attachments: entry.attachments,
            even_so: entry.even_so,
            note: entry.note,
        }
    }
}

fn by_number(event: Event) -> Event<Reference> {
    let mut replace = |sequence| Ok::<_, std::convert::Infallible>(Reference::Number(sequence));
    match event.try_map(&mut replace) {
        Ok(event) => event,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sequence::Sequence;

    #[test]
    fn an_entry_prints_in_the_order_of_the_contract_and_reads_as_a_draft() {
        let event = r#"{"kind":"retraction","target":3,"reason":"a misprint"}"#;
        let entry = Entry {
            previous: Hash::ZERO,
            sequence: Sequence(7),
            recorded_at: "2026-11-22T03:00:00.000Z".parse().unwrap(),
            recorder: "archive".parse().unwrap(),
            key: None,
            event: serde_json::from_str(event).unwrap(),
            sources: Vec::new(),
            attachments: Vec::new(),
            even_so: None,
            note: Some("n".parse().unwrap()),
        };
        let record = EntryRecord { hash: Hash::ZERO, entry };
        let zero = Hash::ZERO;
        let json = serde_json::to_string(&record).unwrap();
        let expected = format!(
            r#"{{"sequence":7,"hash":"{zero}","previous":"{zero}","recorded_at":"2026-11-22T03:00:00.000Z","recorder":"archive","key":null,"event":{event},"sources":[],"attachments":[],"even_so":null,"note":"n"}}"#
        );
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Draft>(&json).unwrap(), Draft::from(record));
    }
}
