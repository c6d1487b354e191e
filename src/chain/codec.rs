//! Entries to canonical bytes and back, strictly. Must not accept two byte strings for one entry.
#![deny(clippy::indexing_slicing)]

use bincode::config;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};

use crate::chain::entry::Entry;
use crate::chain::error::ChainError;
use crate::chain::wire;
use crate::domain::limits::ENTRY_BYTES_MAX;
use crate::domain::wellformed;

/// Guards memory while decoding; it counts sizes in memory, so it never decides what is valid.
const MEMORY_BYTES_MAX: usize = 16 << 20;

const WIRE: config::Configuration<
    config::LittleEndian,
    config::Varint,
    config::Limit<MEMORY_BYTES_MAX>,
> = config::standard().with_limit::<MEMORY_BYTES_MAX>();

/// Encodes an entry in format 1 (docs/format.md).
///
/// Whatever this accepts, [`decode`] accepts and gives back.
///
/// # Errors
/// When the entry breaks a limit of the format, its total of 65,535 bytes among them.
pub fn encode(entry: &Entry) -> Result<Vec<u8>, ChainError> {
    check(entry)?;
    encode_wire(&wire::entry::Entry::from(entry))
}

/// Decodes an entry, accepting only what [`encode`] writes.
///
/// # Errors
/// When the bytes are too many, of another format, malformed or not canonical, or when what they
/// say breaks a rule of the domain's types or a limit of the format.
pub fn decode(bytes: &[u8]) -> Result<Entry, ChainError> {
    let decoded = read(bytes)?;
    // Of what is decoded, not of what it is converted to: that no conversion loses anything is for the
    // tests to hold.
    bincode::encode_into_writer(&decoded, Same { left: bytes }, WIRE)
        .map_err(|_| ChainError::NotCanonical)?;
    let entry = Entry::try_from(decoded)?;
    check(&entry)?;
    Ok(entry)
}

/// Says whether bytes that an entry was just encoded to say that entry, so that they are what
/// [`encode`] writes for what they say.
///
/// # Errors
/// When they cannot be decoded.
pub(in crate::chain) fn say(bytes: &[u8], entry: &Entry) -> Result<bool, ChainError> {
    Ok(Entry::try_from(read(bytes)?)? == *entry)
}

fn read(bytes: &[u8]) -> Result<wire::entry::Entry<'_>, ChainError> {
    if ENTRY_BYTES_MAX < bytes.len() {
        return Err(ChainError::TooLong { bytes: bytes.len() });
    }
    let format = *bytes.first().ok_or(ChainError::Truncated)?;
    if format != wire::entry::FORMAT {
        return Err(ChainError::NewerFormat { format });
    }
    let (decoded, consumed) =
        bincode::borrow_decode_from_slice::<wire::entry::Entry<'_>, _>(bytes, WIRE)
            .map_err(refusal)?;
    if consumed != bytes.len() {
        return Err(ChainError::Trailing { bytes: bytes.len() - consumed });
    }
    Ok(decoded)
}

/// Compares what is written with bytes that are there.
struct Same<'a> {
    left: &'a [u8],
}

impl Writer for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.left = self.left.strip_prefix(bytes).ok_or(EncodeError::Other("other bytes"))?;
        Ok(())
    }
}

/// The one check of limits and rules, made before encoding and after decoding.
fn check(entry: &Entry) -> Result<(), ChainError> {
    wellformed::check(&entry.event, &entry.sources, &entry.attachments)?;
    Ok(())
}

fn encode_wire(entry: &wire::entry::Entry<'_>) -> Result<Vec<u8>, ChainError> {
    let bytes = bincode::encode_to_vec(entry, WIRE)
        .map_err(|fault| ChainError::Malformed { reason: fault.to_string() })?;
    if ENTRY_BYTES_MAX < bytes.len() {
        return Err(ChainError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn refusal(fault: DecodeError) -> ChainError {
    match fault {
        DecodeError::UnexpectedEnd { .. } => ChainError::Truncated,
        // The decoder reports the tag of an option in the same way as the number of a variant.
        DecodeError::UnexpectedVariant { type_name, found, .. }
            if !type_name.starts_with("core::option::Option") =>
        {
            ChainError::NewerNumber { of: type_name, number: found }
        }
        DecodeError::UnexpectedVariant { found, .. } => {
            ChainError::Malformed { reason: format!("{found} says neither present nor absent") }
        }
        // Where addresses have 32 bits, a length of more is refused before it meets the limit.
        DecodeError::LimitExceeded | DecodeError::OutsideUsizeRange(_) => {
            ChainError::Malformed { reason: "a length exceeds any entry".to_owned() }
        }
        DecodeError::InvalidIntegerType { .. } => {
            ChainError::Malformed { reason: "an integer is too large for its field".to_owned() }
        }
        DecodeError::Utf8 { .. } => {
            ChainError::Malformed { reason: "a text is not UTF-8".to_owned() }
        }
        other => ChainError::Malformed { reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::format_document::vectors;
    use crate::chain::wire::act::By;
    use crate::chain::wire::entry::Entry as WireEntry;
    use crate::chain::wire::event::{Event, Fact};
    use crate::chain::wire::words::Consular;
    use crate::domain::sequence::Sequence;
    use crate::domain::text::TextError;
    use crate::domain::wellformed::WellformedError;

    /// The bytes of a golden vector.
    fn vector(name: &str) -> Vec<u8> {
        let found =
            vectors().into_iter().find(|(file, ..)| file.ends_with(&format!("{name}.json")));
        found.unwrap().2
    }

    /// Changes what a golden vector says without any check, and decodes that.
    fn forged(name: &str, change: impl FnOnce(&mut WireEntry<'_>)) -> ChainError {
        let bytes = vector(name);
        let mut entry = read(&bytes).unwrap();
        change(&mut entry);
        decode(&bincode::encode_to_vec(entry, WIRE).unwrap()).unwrap_err()
    }

    fn act<'e, 'b>(entry: &'e mut WireEntry<'b>) -> &'e mut wire::act::Act<'b> {
        match &mut entry.event {
            Event::Fact(Fact::Act(act)) => act,
            other => panic!("{other:?} is no act"),
        }
    }

    #[test]
    fn an_unknown_format_needs_a_newer_chancery() {
        let mut bytes = vector("act-sever");
        for format in [0, 2, 255] {
            bytes[0] = format;
            let refused = decode(&bytes).unwrap_err();
            assert_eq!(refused, ChainError::NewerFormat { format });
            assert!(refused.to_string().starts_with("needs a newer chancery"), "{refused}");
        }
    }

    #[test]
    fn bytes_say_the_entry_that_was_encoded_and_no_other() {
        for (name, _, bytes) in vectors() {
            let entry = decode(&bytes).unwrap();
            assert_eq!(say(&bytes, &entry), Ok(true), "{name}");
            let other = Entry { sequence: Sequence(entry.sequence.0 ^ 1), ..entry };
            assert_eq!(say(&bytes, &other), Ok(false), "{name}");
        }
    }

    #[test]
    fn an_unknown_number_needs_a_newer_chancery() {
        let bytes = vector("opening");
        let event = 1 + 32 + 1 + 9 + 1 + "editor".len() + 1;
        assert_eq!(bytes[event], 0);
        for (number, written) in [(7, vec![7]), (250, vec![250]), (65_535, vec![251, 255, 255])] {
            let newer = [&bytes[..event], &written, &bytes[event + 1..]].concat();
            assert_eq!(decode(&newer), Err(ChainError::NewerNumber { of: "Event", number }));
        }
    }

    #[test]
    fn an_entry_has_at_most_65535_bytes() {
        let bytes = vec![1; 65_536];
        assert_eq!(decode(&bytes), Err(ChainError::TooLong { bytes: 65_536 }));
        let mut entry = decode(&vector("act-establish")).unwrap();
        let source = entry.sources[0].clone();
        let title = crate::domain::text::Text::parse("x".repeat(4_096)).unwrap();
        entry.sources = vec![crate::domain::source::Source { title: Some(title), ..source }; 17];
        assert!(matches!(encode(&entry), Err(ChainError::TooLong { bytes: 65_536.. })));
        entry.sources.truncate(15);
        assert_eq!(decode(&encode(&entry).unwrap()), Ok(entry));
    }

    #[test]
    fn every_cut_entry_is_too_short_and_every_longer_one_too_long() {
        for (name, _, mut bytes) in vectors() {
            for end in 0..bytes.len() {
                assert_eq!(decode(&bytes[..end]), Err(ChainError::Truncated), "{name} {end}");
            }
            for more in 1..=3 {
                bytes.push(0);
                assert_eq!(decode(&bytes), Err(ChainError::Trailing { bytes: more }), "{name}");
            }
        }
    }

    #[test]
    fn an_entry_of_exactly_as_many_bytes_as_there_may_be_is_not_too_long() {
        let mut bytes = vector("act-sever");
        bytes.resize(ENTRY_BYTES_MAX, 0);
        assert!(matches!(decode(&bytes), Err(ChainError::Trailing { .. })));
        bytes.push(0);
        let too_long = ChainError::TooLong { bytes: ENTRY_BYTES_MAX + 1 };
        assert_eq!(decode(&bytes), Err(too_long.clone()));
        let severed = vector("act-sever");
        let mut entry = read(&severed).unwrap();
        entry.note = Some("n".repeat(32_768).into());
        let rest = ENTRY_BYTES_MAX - encode_wire(&entry).unwrap().len();
        entry.note = Some("n".repeat(32_768 + rest).into());
        assert_eq!(encode_wire(&entry).map(|bytes| bytes.len()), Ok(ENTRY_BYTES_MAX));
        entry.note = Some("n".repeat(32_768 + rest + 1).into());
        assert_eq!(encode_wire(&entry), Err(too_long));
    }

    #[test]
    fn an_integer_has_only_its_shortest_form() {
        let bytes = vector("act-sever");
        let sequence = 33;
        assert_eq!(bytes[sequence], 20);
        for long in [vec![251, 20, 0], vec![252, 20, 0, 0, 0], vec![253, 20, 0, 0, 0, 0, 0, 0, 0]] {
            let longer = [&bytes[..sequence], &long, &bytes[sequence + 1..]].concat();
            assert_eq!(decode(&longer), Err(ChainError::NotCanonical));
        }
        let lengths = [vec![251, 6, 0], vec![252, 6, 0, 0, 0]];
        let recorder = sequence + 1 + 9;
        assert_eq!(bytes[recorder], 6);
        for long in lengths {
            let longer = [&bytes[..recorder], &long, &bytes[recorder + 1..]].concat();
            assert_eq!(decode(&longer), Err(ChainError::NotCanonical));
        }
    }

    #[test]
    fn what_breaks_the_encoding_is_malformed() {
        let bytes = vector("act-sever");
        let malformed = |at: usize, written: &[u8]| match decode(
            &[&bytes[..at], written, &bytes[at + 1..]].concat(),
        ) {
            Err(ChainError::Malformed { reason }) => reason,
            other => panic!("{other:?}"),
        };
        let (recorder, key) = (33 + 1 + 9, 33 + 1 + 9 + 1 + 6);
        assert_eq!(malformed(recorder + 1, &[0xFF]), "a text is not UTF-8");
        assert_eq!(malformed(key, &[2]), "2 says neither present nor absent");
        assert_eq!(malformed(33, &[254]), "an integer is too large for its field");
        let length = [&[253][..], &(1_u64 << 40).to_le_bytes()].concat();
        assert_eq!(malformed(recorder, &length), "a length exceeds any entry");
    }

    #[test]
    fn a_forged_text_is_refused_by_the_rule_that_it_breaks() {
        let place = |text: &str| {
            forged("act-establish", |entry| act(entry).place = Some(text.to_owned().into()))
        };
        let refused = |source| ChainError::Text { field: "place", source };
        assert_eq!(place(""), refused(TextError::Empty));
        assert_eq!(place("Damascus "), refused(TextError::Untrimmed));
        let forbidden = |character| TextError::Forbidden { character, position: 1 };
        assert_eq!(place("a\nb"), refused(forbidden('\n')));
        assert_eq!(place("a\u{202e}b"), refused(forbidden('\u{202e}')));
        let long = TextError::TooLong { bytes: 4_097, bytes_max: 4_096 };
        assert_eq!(place(&"x".repeat(4_097)), refused(long));
        let note = forged("act-establish", |entry| entry.note = Some("x".repeat(32_769).into()));
        let source = TextError::TooLong { bytes: 32_769, bytes_max: 32_768 };
        assert_eq!(note, ChainError::Text { field: "note", source });
        let origin = forged("opening", |entry| {
            if let Event::Opening(opening) = &mut entry.event {
                opening.origin = "a b".into();
            }
        });
        assert!(matches!(origin, ChainError::Text { field: "origin", .. }), "{origin}");
        let key = forged("act-sever", |entry| entry.key = Some("12".into()));
        assert_eq!(key, ChainError::Text { field: "key", source: TextError::AllDigits });
        let id = forged("act-sever", |entry| act(entry).second = "ukr".into());
        assert!(matches!(id, ChainError::EntityId { field: "parties", .. }), "{id}");
    }

    #[test]
    fn forged_parties_are_two_in_the_order_of_their_ids() {
        let swapped = forged("act-sever", |entry| {
            let act = act(entry);
            std::mem::swap(&mut act.first, &mut act.second);
        });
        assert_eq!(swapped, ChainError::PartiesOrder);
        let same = forged("act-sever", |entry| act(entry).second = "SYR".into());
        assert!(matches!(same, ChainError::SelfRelation(_)), "{same}");
    }

    #[test]
    fn forged_dates_are_possible_and_in_the_order_of_their_roles() {
        let impossible =
            forged("act-sever", |entry| act(entry).dates[0].date = "2022-02-30".into());
        assert!(matches!(impossible, ChainError::Date { field: "effective", .. }), "{impossible}");
        let swapped = forged("act-establish", |entry| act(entry).dates.swap(0, 1));
        assert_eq!(swapped, ChainError::DatesOrder);
        let repeated = forged("act-establish", |entry| {
            let first = act(entry).dates[0].clone();
            act(entry).dates.insert(0, first);
        });
        assert_eq!(repeated, ChainError::DatesOrder);
        let moment = forged("act-sever", |entry| entry.recorded_at = u64::MAX);
        assert!(matches!(moment, ChainError::RecordedAt(_)), "{moment}");
    }

    #[test]
    fn a_forged_event_is_refused_by_the_rule_that_it_breaks() {
        let broken = |change: fn(&mut WireEntry)| match forged("act-sever", change) {
            ChainError::Wellformed(rule) => rule,
            other => panic!("{other}"),
        };
        assert_eq!(broken(|entry| act(entry).dates.clear()), WellformedError::NoReading);
        assert!(matches!(
            broken(|entry| act(entry).by = By::One { entity: "KOR".into() }),
            WellformedError::NotAParty { .. }
        ));
        assert_eq!(
            broken(|entry| act(entry).consular = Some(Consular::Implied)),
            WellformedError::ConsularClause
        );
        assert_eq!(
            broken(|entry| act(entry).annuls = Some(3)),
            WellformedError::AnnulsWithoutAnnul
        );
        assert!(matches!(
            broken(|entry| act(entry).zone = Some("not a zone".into())),
            WellformedError::Zone(_)
        ));
        assert!(matches!(
            broken(|entry| act(entry).because = vec![0; 257]),
            WellformedError::Limit(limit) if limit.what == "because"
        ));
        assert!(matches!(
            broken(|entry| entry.sources = vec![entry.sources[0].clone(); 65]),
            WellformedError::Limit(limit) if limit.what == "sources"
        ));
    }
}
