//! Reads entries in place, without taking their texts out: the hot fields of any entry, and every
//! field of most. Must never accept what the codec refuses, nor read a field otherwise.
#![deny(clippy::indexing_slicing)]

mod cursor;

use crate::chain::hot::{Hot, HotAct, HotChange, HotEvent, HotReplacement, Turn};
use crate::chain::millis::Millis;
use crate::chain::scan::cursor::{Cursor, Texts};
use crate::chain::wire::entry::FORMAT;
use crate::domain::act::{ActKind, By};
use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::limits::{
    ATTACHMENTS_MAX, ENTITIES_MAX, ENTRY_BYTES_MAX, REFERENCES_MAX, SIGNATORIES_MAX, SOURCES_MAX,
};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;

/// How many roles a date may have.
const ROLES: u8 = 5;

/// A fact or a claim that was read to its last byte, and that the codec accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeEntry {
    /// The hot fields of the entry.
    pub hot: Hot,
    /// The entities that it names and that are no parties of the event.
    pub others: Box<[EntityId]>,
    /// The greatest number of an entry that a fact refers to.
    pub refers_to: Option<Sequence>,
}

impl WholeEntry {
    /// Each entity that it names.
    pub fn entities(&self) -> impl Iterator<Item = EntityId> {
        let parties = match self.hot.event {
            HotEvent::Act(HotAct { parties, .. })
            | HotEvent::Recognition(parties)
            | HotEvent::Mission(parties) => Some(parties.both()),
            _ => None,
        };
        parties.into_iter().flatten().chain(self.others.iter().copied())
    }
}

/// Reads the hot fields of an entry, and no more of it than leads to them.
///
/// None for bytes that the codec refuses within those fields; what lies in others is not seen.
#[must_use]
pub fn hot(entry_bytes: &[u8]) -> Option<Hot> {
    let mut cursor = Cursor::new(entry_bytes, Texts::Passed);
    let (sequence, recorded_at, key) = head(&mut cursor)?;
    let event = match cursor.word(7)? {
        0 => HotEvent::Opening,
        1 => hot_fact(&mut cursor)?,
        2 => HotEvent::Claim { target: Sequence(cursor.number()?) },
        3 => {
            let target = Sequence(cursor.number()?);
            HotEvent::Correction { target, by: hot_replacement(&mut cursor)? }
        }
        4 => HotEvent::Retraction { target: Sequence(cursor.number()?) },
        5 => HotEvent::Assertion,
        _ => HotEvent::Erasure,
    };
    Some(Hot { sequence, recorded_at, key, event })
}

/// Reads every field of an entry whose event is an act, a recognition, something about a mission, a
/// context or a claim, and holds each to the rules that the codec holds it to.
///
/// None for every other entry, for an act that annuls another, and for whatever the codec refuses: ask
/// [`crate::chain::codec::decode`] then.
#[must_use]
pub fn whole(entry_bytes: &[u8]) -> Option<WholeEntry> {
    if ENTRY_BYTES_MAX < entry_bytes.len() {
        return None;
    }
    let mut cursor = Cursor::new(entry_bytes, Texts::Checked);
    let (sequence, recorded_at, key) = head(&mut cursor)?;
    let (mut event, others, refers_to) = match cursor.word(7)? {
        1 => whole_fact(&mut cursor)?,
        2 => claim(&mut cursor)?,
        _ => return None,
    };
    let sourced = sources(&mut cursor)?;
    if let HotEvent::Act(act) = &mut event {
        act.sourced = sourced;
    }
    for _ in 0..cursor.count(ATTACHMENTS_MAX)? {
        cursor.skip(32)?;
        cursor.number()?;
        cursor.text()?;
    }
    cursor.optional_text()?;
    if cursor.option()? {
        cursor.note()?;
    }
    let hot = Hot { sequence, recorded_at, key, event };
    cursor.is_at_end().then_some(WholeEntry { hot, others: others.into(), refers_to })
}

type EventRead = (HotEvent, Vec<EntityId>, Option<Sequence>);

fn whole_fact(cursor: &mut Cursor<'_>) -> Option<EventRead> {
    match cursor.word(7)? {
        2 => {
            let ActRead { act, others, refers_to, annuls } = act(cursor)?;
            (!annuls).then_some((HotEvent::Act(act), others, refers_to))
        }
        3 => recognition(cursor),
        4 => mission(cursor),
        6 => context(cursor),
        _ => None,
    }
}

fn recognition(cursor: &mut Cursor<'_>) -> Option<EventRead> {
    let (by, of) = (cursor.id()?, cursor.id()?);
    cursor.word(3)?;
    cursor.optional_text()?;
    if cursor.option()? {
        cursor.word(2)?;
    }
    dates(cursor)?;
    let parties = Parties::new(by, of).ok()?;
    Some((HotEvent::Recognition(parties), Vec::new(), references(cursor)?))
}

fn mission(cursor: &mut Cursor<'_>) -> Option<EventRead> {
    let (sender, host) = (cursor.id()?, cursor.id()?);
    let mut others = Vec::new();
    cursor.word(9)?;
    if cursor.option()? {
        cursor.word(8)?;
    }
    if cursor.option()? {
        others.push(cursor.id()?);
    }
    if cursor.option()? && cursor.word(2)? == 1 {
        others.push(cursor.id()?);
    }
    if cursor.option()? {
        cursor.number_of_32_bits()?;
    }
    dates(cursor)?;
    let parties = Parties::new(sender, host).ok()?;
    Some((HotEvent::Mission(parties), others, references(cursor)?))
}

fn context(cursor: &mut Cursor<'_>) -> Option<EventRead> {
    cursor.text()?;
    cursor.date()?;
    let mut others = Vec::new();
    for _ in 0..cursor.count(ENTITIES_MAX)? {
        others.push(cursor.id()?);
    }
    Some((HotEvent::Context, others, None))
}

fn claim(cursor: &mut Cursor<'_>) -> Option<EventRead> {
    let target = Sequence(cursor.number()?);
    let has_role = cursor.option()?;
    if has_role {
        cursor.word(ROLES)?;
    }
    let is_dated = cursor.option()?;
    if is_dated {
        cursor.date()?;
    }
    cursor.optional_text()?;
    if cursor.option()? {
        cursor.zone()?;
    }
    let says = cursor.option()?;
    if says {
        cursor.word(7)?;
    }
    let has_wording = cursor.option()?;
    if has_wording {
        cursor.text()?;
    }
    cursor.word(4)?;
    let is_claim = has_role == is_dated && (is_dated || says || has_wording);
    is_claim.then_some((HotEvent::Claim { target }, Vec::new(), None))
}

// Compiled into its callers, as others here, for the reason that the cursor gives.
#[inline(always)]
fn head(cursor: &mut Cursor<'_>) -> Option<(Sequence, Millis, Option<Box<str>>)> {
    if cursor.byte()? != FORMAT {
        return None;
    }
    cursor.skip(32)?;
    let sequence = Sequence(cursor.number()?);
    let recorded_at = Millis::new(cursor.number()?).ok()?;
    cursor.text()?;
    let key = if cursor.option()? { Some(cursor.key()?.into()) } else { None };
    Some((sequence, recorded_at, key))
}

#[inline(always)]
fn hot_fact(cursor: &mut Cursor<'_>) -> Option<HotEvent> {
    Some(match cursor.word(7)? {
        0 => HotEvent::Registration(cursor.id()?),
        1 => HotEvent::Change(hot_change(cursor)?),
        2 => {
            let ActRead { act, .. } = act(cursor)?;
            HotEvent::Act(HotAct { sourced: is_sourced(cursor)?, ..act })
        }
        3 => HotEvent::Recognition(two(cursor)?),
        4 => HotEvent::Mission(two(cursor)?),
        5 => HotEvent::Step(parties(cursor)?),
        _ => HotEvent::Context,
    })
}

fn hot_replacement(cursor: &mut Cursor<'_>) -> Option<HotReplacement> {
    Some(match cursor.word(7)? {
        1 => HotReplacement::Change(hot_change(cursor)?),
        2 => {
            let ActRead { act, .. } = act(cursor)?;
            // The reason for the correction.
            cursor.text()?;
            HotReplacement::Act(HotAct { sourced: is_sourced(cursor)?, ..act })
        }
        _ => HotReplacement::Other,
    })
}

/// Reads how many sources come, and tells whether there are any.
fn is_sourced(cursor: &mut Cursor<'_>) -> Option<bool> {
    Some(0 < cursor.count(SOURCES_MAX)?)
}

fn hot_change(cursor: &mut Cursor<'_>) -> Option<HotChange> {
    let entity = cursor.id()?;
    cursor.text()?;
    let turn = match cursor.word(9)? {
        5 | 6 => Turn::Life,
        7 => Turn::Continues { successor: cursor.id()? },
        _ => Turn::None,
    };
    Some(HotChange { entity, turn })
}

/// Two parties in the order of their ids.
#[inline(always)]
fn parties(cursor: &mut Cursor<'_>) -> Option<Parties> {
    let (first, second) = (cursor.id()?, cursor.id()?);
    let parties = Parties::new(first, second).ok()?;
    (parties.first() == first).then_some(parties)
}

/// Two entities in whatever order.
fn two(cursor: &mut Cursor<'_>) -> Option<Parties> {
    Parties::new(cursor.id()?, cursor.id()?).ok()
}

/// An act as it was read.
struct ActRead {
    /// Whether the entry is sourced is still to be read.
    act: HotAct,
    /// The signatories that are no parties.
    others: Vec<EntityId>,
    /// The greatest number of an entry that it followed or was caused by.
    refers_to: Option<Sequence>,
    /// Whether it annuls another, by which it is judged too.
    annuls: bool,
}

#[inline(always)]
fn act(cursor: &mut Cursor<'_>) -> Option<ActRead> {
    let axis = if cursor.word(2)? == 0 { Axis::Diplomatic } else { Axis::Consular };
    let parties = parties(cursor)?;
    let act = *ActKind::ALL.get(usize::from(cursor.word(6)?))?;
    let by = match cursor.word(4)? {
        0 => By::Both,
        1 => By::One(cursor.id().filter(|by| parties.include(*by))?),
        2 => By::Nobody,
        _ => By::Unknown,
    };
    cursor.optional_text()?;
    let (day, announced) = dates(cursor)?;
    cursor.optional_text()?;
    if cursor.option()? {
        cursor.zone()?;
    }
    cursor.word(7)?;
    cursor.optional_text()?;
    let mut others = Vec::new();
    for _ in 0..cursor.count(SIGNATORIES_MAX)? {
        let signatory = cursor.id()?;
        if !parties.include(signatory) {
            others.push(signatory);
        }
        cursor.text()?;
        cursor.optional_text()?;
    }
    let consular = if cursor.option()? { Some(cursor.word(3)?) } else { None };
    let begins = matches!(act, ActKind::Establish | ActKind::Restore);
    if consular.is_some() && !(begins && axis == Axis::Diplomatic) {
        return None;
    }
    let annuls = cursor.option()?;
    if annuls {
        cursor.number().filter(|_| act == ActKind::Annul)?;
    }
    let (after, because) = (references(cursor)?, references(cursor)?);
    cursor.optional_text()?;
    let act = HotAct {
        parties,
        axis,
        act,
        by,
        day,
        announced,
        consular_excluded: consular == Some(2),
        refers: annuls || after.is_some(),
        sourced: false,
    };
    Some(ActRead { act, others, refers_to: after.max(because), annuls })
}

/// Reads the dates of a fact, in the order of their roles, each at most once: the plain day that it
/// is read by, and whether only as that of its announcement.
#[inline(always)]
fn dates(cursor: &mut Cursor<'_>) -> Option<(Option<Day>, bool)> {
    const SIGNED: u8 = 2;
    const EFFECTIVE: u8 = 3;
    const ANNOUNCED: u8 = 4;
    let (mut reading, mut role_before) = (None, None);
    for _ in 0..cursor.count(usize::from(ROLES))? {
        let role = cursor.word(ROLES)?;
        if Some(role) <= role_before {
            return None;
        }
        role_before = Some(role);
        let day = cursor.date()?;
        match role {
            SIGNED | EFFECTIVE => reading = Some((day, false)),
            ANNOUNCED => reading = reading.or(Some((day, true))),
            _ => {}
        }
    }
    reading
}

/// Reads the numbers of other entries and gives the greatest.
#[inline(always)]
fn references(cursor: &mut Cursor<'_>) -> Option<Option<Sequence>> {
    let mut greatest = None;
    for _ in 0..cursor.count(REFERENCES_MAX)? {
        greatest = greatest.max(Some(Sequence(cursor.number()?)));
    }
    Some(greatest)
}

/// Reads the sources of an entry and tells whether there are any.
fn sources(cursor: &mut Cursor<'_>) -> Option<bool> {
    let count = cursor.count(SOURCES_MAX)?;
    for _ in 0..count {
        cursor.optional_text()?;
        cursor.optional_text()?;
        cursor.optional_date()?;
        cursor.optional_text()?;
        cursor.optional_date()?;
        cursor.word(7)?;
        cursor.word(4)?;
    }
    Some(0 < count)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::chain::codec::{decode, encode};
    use crate::chain::entry::Entry;
    use crate::chain::format_document::vectors;
    use crate::domain::date_roles::Role;
    use crate::domain::editorial::Says;
    use crate::domain::event::{Event, Fact};

    /// Holds the scanner to the codec on any bytes.
    fn agrees(bytes: &[u8], what: &str) {
        let entry = decode(bytes);
        match (&entry, whole(bytes)) {
            (Ok(entry), Some(whole)) => {
                assert_eq!(whole.hot, Hot::of(entry), "{what}");
                let (entities, refers_to) = match &entry.event {
                    Event::Fact(fact) => (fact.entities(), fact.references().into_iter().max()),
                    Event::Claim(_) => (Vec::new(), None),
                    _ => panic!("{what}: neither a fact nor a claim"),
                };
                let named: BTreeSet<_> = whole.entities().collect();
                assert_eq!(named, entities.into_iter().collect(), "{what}");
                assert_eq!(whole.refers_to, refers_to.copied(), "{what}");
            }
            (Ok(Entry { event: Event::Fact(fact), .. }), None) => {
                let is_left = match fact {
                    Fact::Act(act) => act.annuls.is_some(),
                    Fact::Recognition(_) | Fact::Mission(_) | Fact::Context(_) => false,
                    Fact::Registration(_) | Fact::Change(_) | Fact::Step(_) => true,
                };
                assert!(is_left, "{what}: a fact that is not read");
            }
            (Ok(Entry { event: Event::Claim(_), .. }), None) => {
                panic!("{what}: a claim that is not read")
            }
            (Err(fault), Some(_)) => panic!("{what}: {fault}, and the scanner accepts it"),
            (Ok(_) | Err(_), None) => {}
        }
        if let Ok(entry) = &entry {
            assert_eq!(hot(bytes), Some(Hot::of(entry)), "{what}");
            assert_eq!(encode(entry).as_deref(), Ok(bytes), "{what}: what is read is what it was");
            assert_eq!(Hot::of(entry).event.kind(), entry.event.kind(), "{what}");
        }
    }

    #[test]
    fn every_vector_is_read_as_the_codec_reads_it() {
        for (name, _, bytes) in vectors() {
            agrees(&bytes, &name);
        }
    }

    #[test]
    fn every_byte_changed_is_refused_where_the_codec_refuses_it() {
        for (name, _, bytes) in vectors() {
            for at in 0..bytes.len() {
                for value in [0, 1, 2, 7, 31, 32, b'-', b'0', b'Z', 127, 128, 194, 250, 251, 255] {
                    let mut changed = bytes.clone();
                    changed[at] = value;
                    agrees(&changed, &format!("{name}: byte {at} is {value}"));
                }
                agrees(&bytes[..at], &format!("{name}: cut at {at}"));
            }
        }
    }

    #[test]
    fn a_claim_needs_something_to_say_and_a_role_for_its_date_alone() {
        let decoded = vectors().into_iter().filter_map(|(_, _, bytes)| decode(&bytes).ok());
        let mut entry = decoded.into_iter().find(|it| matches!(it.event, Event::Claim(_))).unwrap();
        let Event::Claim(claim) = &mut entry.event else { panic!("a claim") };
        (claim.place, claim.zone, claim.wording) = (None, None, None);
        (claim.role, claim.date, claim.says) = (None, None, Some(Says::Denies));
        let sound = encode(&entry).unwrap();
        let Event::Claim(claim) = &mut entry.event else { panic!("a claim") };
        (claim.role, claim.date) = (Some(Role::Decided), Some("2020".parse().unwrap()));
        let dated = encode(&entry).unwrap();
        agrees(&sound, "denied");
        agrees(&dated, "denied and dated");
        // No role and no date; no place, no zone; denied.
        let at = sound.iter().zip(&dated).position(|(one, other)| one != other).unwrap();
        let (before, after) = (&sound[..at], &sound[at + 2..]);
        let [0, 0, 1, 6, rest @ ..] = after else { panic!("another layout: {after:?}") };
        for (what, claimed) in [
            ("a role alone", [&[1, 0, 0], after].concat()),
            ("a date alone", [&[0, 1, 4], b"2020".as_slice(), after].concat()),
            ("nothing", [&[0, 0, 0, 0, 0], rest].concat()),
        ] {
            let bytes = [before, &claimed].concat();
            assert!(decode(&bytes).is_err(), "{what}");
            assert_eq!(whole(&bytes), None, "{what}");
        }
    }

    proptest! {
        #[test]
        fn bytes_put_in_and_taken_out_are_judged_as_the_codec_judges_them(
            vector in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            taken in 0_usize..4,
            put in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let all = vectors();
            let (name, _, bytes) = vector.get(&all);
            let at = place.index(bytes.len());
            let mut changed = bytes.clone();
            changed.splice(at..(at + taken).min(bytes.len()), put);
            agrees(&changed, name);
        }
    }
}
