//! Whose acts and whose ends a relation rests on: its own, and those of the relations that it
//! continues (domain.md §3). Must not know what an act makes of a relation.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use crate::domain::act::By;
use crate::domain::day::{Bounds, Day};
use crate::domain::entity::{Change, ChangeKind, EntityId};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::view::knowledge::Knowledge;
use crate::view::standing::Happening;

/// The two sides of a relation: which entity stands on which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sides {
    one: EntityId,
    other: EntityId,
}

impl From<Parties> for Sides {
    fn from(parties: Parties) -> Self {
        Self { one: parties.first(), other: parties.second() }
    }
}

impl Sides {
    pub(super) fn parties(self) -> Option<Parties> {
        Parties::new(self.one, self.other).ok()
    }

    /// The same bits of who did something, for these sides: those of a relation's parties are in the
    /// order of their ids.
    pub(super) fn bits(self, of_parties: Option<u8>) -> Option<u8> {
        let in_order = self.one < self.other;
        of_parties.map(|bits| if in_order { bits } else { (bits & 1) << 1 | bits >> 1 })
    }
}

/// Who did something, as bits: 1 for the first of two, 2 for the second; none when nobody known did.
pub(super) fn bits_of(by: By, [first, second]: [EntityId; 2]) -> Option<u8> {
    match by {
        By::Both => Some(3),
        By::One(entity) if entity == first => Some(1),
        By::One(entity) if entity == second => Some(2),
        By::One(_) | By::Nobody | By::Unknown => None,
    }
}

/// A relation whose acts count for another, and the days from and until which they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strand {
    pub(super) sides: Sides,
    /// The day of the first carry-over into it, before which what was its own no longer counts.
    pub(super) from: Day,
    /// The day of the carry-over out of it; the last of all days for the relation itself.
    pub(super) until: Day,
}

/// Above this many carry-overs, those into what is carried over included, a relation is not followed.
const CARRY_OVERS_MAX: usize = 64;

/// A carry-over into a relation.
#[derive(Debug, Clone, Copy)]
struct CarryOver {
    before: Sides,
    on: Day,
}

/// All carry-overs that may bear on a relation: into it, and into those that it continues, also through
/// others and on both sides.
#[derive(Debug)]
pub(super) struct CarryOvers<'a> {
    known: Knowledge<'a>,
    sides: Sides,
    into: BTreeMap<Sides, Vec<CarryOver>>,
}

/// The end of a party, or its revival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) entry: Sequence,
    pub(super) day: Day,
    pub(super) happening: Happening,
}

impl<'a> Knowledge<'a> {
    /// The carry-overs that may bear on a relation; none when there are more than
    /// [`CARRY_OVERS_MAX`].
    pub(super) fn carry_overs(self, sides: Sides) -> Option<CarryOvers<'a>> {
        let mut into = BTreeMap::new();
        let (mut count, mut queue) = (0, vec![sides]);
        while let Some(sides) = queue.pop() {
            let btree_map::Entry::Vacant(vacant) = into.entry(sides) else { continue };
            let Sides { one, other } = sides;
            let of_one = self.continuations_by(one).filter_map(|change| {
                carry_over(change, Sides { one: change.entity, other }, other)
            });
            let of_other = self
                .continuations_by(other)
                .filter_map(|change| carry_over(change, Sides { one, other: change.entity }, one));
            let carry_overs: Vec<CarryOver> = of_one.chain(of_other).collect();
            count += carry_overs.len();
            if count > CARRY_OVERS_MAX {
                return None;
            }
            queue.extend(carry_overs.iter().map(|carry_over| carry_over.before));
            vacant.insert(carry_overs);
        }
        Some(CarryOvers { known: self, sides, into })
    }

    /// How many carry-overs have to be followed to solve a relation.
    pub fn carry_overs_of(self, parties: Parties) -> usize {
        if parties.both().iter().all(|id| self.continuations_by(*id).next().is_none()) {
            return 0;
        }
        let all = self.carry_overs(parties.into());
        all.map_or(CARRY_OVERS_MAX, |all| all.into.values().map(Vec::len).sum())
    }

    /// Whether anything is recorded that may bear on a relation by a day: diplomatic acts bear on
    /// consular relations too.
    fn has_acts(self, sides: Sides, axis: Axis, by: Day) -> bool {
        let Some(parties) = sides.parties() else { return false };
        let both = [axis, Axis::Diplomatic];
        let axes = if axis == Axis::Consular { &both[..] } else { &both[..1] };
        axes.iter()
            .any(|axis| self.stated_acts(parties, *axis).any(|act| act.bounds.earliest <= by))
    }

    /// When the parties of some strands end, are continued by others, or exist again. On one day,
    /// carry-over comes before an end: what was carried over by then has not ended with its party.
    pub(super) fn turns(self, strands: &[Strand]) -> Vec<Turn> {
        let mut turns = BTreeMap::new();
        for strand in strands {
            let Sides { one, other } = strand.sides;
            for (entity, partner, bit) in [(one, other, 1), (other, one, 2)] {
                for (entry, change) in self.turning_changes(entity) {
                    let Some(day) = change.on.day() else { continue };
                    let counts =
                        strand.from <= day && (day < strand.until || strand.until == Day::LAST);
                    let happening = turn(&change.change, partner, bit);
                    if let (true, Some(happening)) = (counts, happening) {
                        turns.insert((entry, bit), Turn { entry, day, happening });
                    }
                }
            }
        }
        turns.into_values().collect()
    }
}

/// The carry-over from a relation by a change of a party of it, if that applies to the other.
fn carry_over(change: &Change, before: Sides, partner: EntityId) -> Option<CarryOver> {
    let ChangeKind::Continues { partners, .. } = &change.change else { return None };
    let applies =
        partner != change.entity && partners.as_ref().is_none_or(|named| named.contains(&partner));
    if applies { Some(CarryOver { before, on: change.on.day()? }) } else { None }
}

impl CarryOvers<'_> {
    /// The carry-overs into a relation from those that it continues directly.
    fn into(&self, sides: Sides) -> impl Iterator<Item = CarryOver> {
        self.into.get(&sides).into_iter().flatten().copied()
    }

    /// The days on which something is carried over into the relation, in order.
    pub(super) fn days(&self) -> BTreeSet<Day> {
        self.into(self.sides).map(|carry_over| carry_over.on).collect()
    }

    /// The relations whose acts count for it on a day: itself and those it continues by then.
    pub(super) fn strands(&self, axis: Axis, on: Day) -> Vec<Strand> {
        let mut reached = BTreeSet::from([(self.sides, Day::LAST)]);
        let mut queue = vec![(self.sides, Day::LAST)];
        while let Some((sides, until)) = queue.pop() {
            let by_then = self.into(sides).filter(|c| c.on <= until && c.on <= on);
            for carry_over in by_then {
                let before = (carry_over.before, carry_over.on);
                if reached.insert(before) {
                    queue.push(before);
                }
            }
        }
        let carrying = self.carrying(&reached, axis, on);
        let strand = |(sides, until): &(Sides, Day)| {
            let carried = self
                .into(*sides)
                .filter(|c| c.on <= *until && c.on <= on)
                .filter(|c| carrying.contains(&(c.before, c.on)));
            let from = carried.map(|carry_over| carry_over.on).min().unwrap_or(Day::FIRST);
            Strand { sides: *sides, from, until: *until }
        };
        let counting = reached.iter().filter(|s| s.1 == Day::LAST || carrying.contains(s));
        counting.map(strand).collect()
    }

    /// Those relations that have acts of their own to carry over on a day, or carry on those of
    /// others.
    fn carrying(
        &self,
        reached: &BTreeSet<(Sides, Day)>,
        axis: Axis,
        on: Day,
    ) -> BTreeSet<(Sides, Day)> {
        let acts = |(sides, until): &&(Sides, Day)| self.known.has_acts(*sides, axis, *until);
        let mut carrying: BTreeSet<(Sides, Day)> = reached.iter().filter(acts).copied().collect();
        loop {
            let carries = |(sides, until): &&(Sides, Day)| {
                let mut by_then = self.into(*sides).filter(|c| c.on <= *until && c.on <= on);
                by_then.any(|carry_over| carrying.contains(&(carry_over.before, carry_over.on)))
            };
            let more: Vec<(Sides, Day)> =
                reached.iter().filter(|s| !carrying.contains(s)).filter(carries).copied().collect();
            if more.is_empty() {
                return carrying;
            }
            carrying.extend(more);
        }
    }
}

impl Strand {
    /// Whether an act of the strand's own counts, given the days that are possible for it.
    pub(super) fn counts(&self, bounds: Bounds) -> bool {
        self.from <= bounds.latest && bounds.earliest <= self.until
    }
}

/// What a change of an entity is to its relation with a partner, if it bears on it.
fn turn(change: &ChangeKind, partner: EntityId, bit: u8) -> Option<Happening> {
    match change {
        ChangeKind::Extinguished => Some(Happening::End(bit)),
        ChangeKind::Revived => Some(Happening::Revival(bit)),
        ChangeKind::Continues { partners, .. } => {
            let applies = partners.as_ref().is_none_or(|named| named.contains(&partner));
            applies.then_some(Happening::End(bit))
        }
        _ => None,
    }
}
