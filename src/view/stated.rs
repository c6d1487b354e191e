//! An act as far as status is concerned. Must not know what follows from it.

use crate::domain::act::{Act, ActKind, Consular};
use crate::domain::date_roles::Role;
use crate::domain::day::{Bounds, Day};
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::view::carried::bits_of;
use crate::view::knowledge::Knowledge;
use crate::view::packed::PackedAct;

/// What one live act says of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct StatedAct {
    pub(in crate::view) entry: Sequence,
    pub(in crate::view) parties: Parties,
    pub(in crate::view) act: ActKind,
    /// Who did it, as bits: 1 for the first party, 2 for the second; none when nobody known did.
    pub(in crate::view) by_bits: Option<u8>,
    pub(in crate::view) bounds: Bounds,
    pub(in crate::view) consular_excluded: bool,
    /// Whether its date is that of the announcement.
    pub(in crate::view) announced: bool,
    /// Whether its entry, or a correction of it, names a source.
    pub(in crate::view) sourced: bool,
    /// The act that it annuls.
    pub(in crate::view) annuls: Option<Sequence>,
    /// The acts that it is known to have followed.
    pub(in crate::view) after: Vec<Sequence>,
}

impl StatedAct {
    /// An act that its hot fields tell all of.
    pub(in crate::view) fn plain(parties: Parties, packed: PackedAct, day: Day) -> Self {
        Self {
            entry: packed.sequence(),
            parties,
            act: packed.act(),
            by_bits: packed.by_bits(),
            bounds: Bounds::from(day),
            consular_excluded: packed.is_consular_excluded(),
            announced: packed.is_announced(),
            sourced: packed.is_sourced(),
            annuls: None,
            after: Vec::new(),
        }
    }

    /// An act by its text; none without a date that it is read by.
    pub(in crate::view) fn read(known: Knowledge<'_>, entry: Sequence, act: &Act) -> Option<Self> {
        let (role, date) = act.dates.reading()?;
        let corrections = known.corrections(entry).filter(|correction| known.is_live(*correction));
        let is_sourced = |entry| known.row(entry).is_some_and(|row| row.sourced);
        Some(Self {
            entry,
            parties: act.parties,
            act: act.act,
            by_bits: bits_of(act.by, act.parties.both()),
            bounds: date.bounds(),
            consular_excluded: act.consular == Some(Consular::Excluded),
            announced: role == Role::Announced,
            sourced: std::iter::once(entry).chain(corrections).any(is_sourced),
            annuls: act.annuls.map(|named| known.view.root_of(named)),
            after: act.after.iter().map(|before| known.view.root_of(*before)).collect(),
        })
    }
}
