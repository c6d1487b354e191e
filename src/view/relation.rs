//! The timeline of one relation: its acts, those carried over from what its parties continue, the
//! ends of its parties, and annulments that name an act (domain.md §3 and §6).

use std::collections::BTreeMap;

use crate::domain::act::{Act, ActKind, By, Consular};
use crate::domain::day::{Bounds, Day};
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::finding::FindingKind;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::{Status, StatusSet};
use crate::view::completion::{Item, Outcome, Solution, solve};
use crate::view::knowledge::Knowledge;
use crate::view::order::admit;
use crate::view::reading::{Alternative, Reading};
use crate::view::standing::Happening;
use crate::view::timeline::{Segment, Timeline};

/// Above this many annulments that name an act, each is one step of the table.
const NAMED_ANNULMENTS_MAX: usize = 8;

/// Something that happened to a relation, with what the completions say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The entry.
    pub entry: Sequence,
    /// The parties it was recorded for: others than those of the relation when carried over.
    pub parties: Parties,
    /// What happened.
    pub what: Occurred,
    /// What the completions say of it.
    pub outcome: Outcome,
}

/// What happened to a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurred {
    /// An act.
    Act(ActKind),
    /// Consular relations came with diplomatic ones.
    Implied,
    /// A party ended, or was continued by another.
    End,
    /// A party exists again.
    Revival,
}

/// All that happened to a relation, and what it was on each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Between whom.
    pub parties: Parties,
    /// On which axis.
    pub axis: Axis,
    /// The status on each day; items are named by their entries.
    pub timeline: Timeline<Sequence>,
    /// What happened, in the order of the world.
    pub occurrences: Vec<Occurrence>,
    /// The stated orders that cannot hold: the act, and the one that it cannot have followed.
    pub impossible_orders: Vec<(Sequence, Sequence)>,
}

/// An item still to be solved.
#[derive(Debug, Clone)]
struct Pending {
    entry: Sequence,
    parties: Parties,
    item: Item,
    after: Vec<Sequence>,
    annuls: Option<Sequence>,
    /// The last day on which it counts: that of the carry-over.
    until: Day,
}

/// The two sides of a relation while acts are gathered: which entity stands on which.
#[derive(Clone, Copy)]
struct Sides {
    one: EntityId,
    other: EntityId,
}

impl Sides {
    fn parties(self) -> Option<Parties> {
        Parties::new(self.one, self.other).ok()
    }

    fn bits(self, by: By) -> Option<u8> {
        match by {
            By::Both => Some(3),
            By::One(entity) if entity == self.one => Some(1),
            By::One(entity) if entity == self.other => Some(2),
            By::One(_) | By::Nobody | By::Unknown => None,
        }
    }
}

impl<'a> Knowledge<'a> {
    /// Solves one relation.
    pub fn relation(self, parties: Parties, axis: Axis, policy: Policy) -> Relation {
        let sides = Sides { one: parties.first(), other: parties.second() };
        let mut days: Vec<Day> = self
            .continued_into(sides)
            .filter(|(_, _, day)| *day > Day::FIRST)
            .map(|(_, _, day)| day)
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut relation = self.piece(parties, sides, axis, policy, Day::FIRST);
        for day in days {
            let next = self.piece(parties, sides, axis, policy, day);
            let timeline = relation.timeline.then(day, &next.timeline);
            relation = Relation { timeline, ..next };
        }
        relation
    }

    /// The relation with what has been carried over by a day.
    fn piece(
        self,
        parties: Parties,
        sides: Sides,
        axis: Axis,
        policy: Policy,
        day: Day,
    ) -> Relation {
        let mut gathered = BTreeMap::new();
        self.gather(sides, axis, (Day::LAST, day), &mut gathered);
        let mut pending: Vec<Pending> = gathered.into_values().collect();
        pending.extend(self.ends(sides));
        let mut impossible_orders = Vec::new();
        let (timeline, mut occurrences) =
            self.resolve(pending, policy, NAMED_ANNULMENTS_MAX, &mut impossible_orders);
        impossible_orders.sort_unstable();
        impossible_orders.dedup();
        occurrences.sort_by_key(|o| (o.outcome.bounds.earliest, o.outcome.bounds.latest, o.entry));
        Relation { parties, axis, timeline, occurrences, impossible_orders }
    }

    /// Collects the acts of a relation and of those it continues, by entry.
    fn gather(
        self,
        sides: Sides,
        axis: Axis,
        (latest, carried_by): (Day, Day),
        gathered: &mut BTreeMap<(Sequence, bool), Pending>,
    ) {
        let Some(parties) = sides.parties() else { return };
        for (entry, act) in self.acts(parties, axis) {
            let happening = Happening::Act(act.act, sides.bits(act.by));
            take(entry, act, happening, latest, gathered);
        }
        if axis == Axis::Consular {
            for (entry, act) in self.acts(parties, Axis::Diplomatic) {
                let begins = matches!(act.act, ActKind::Establish | ActKind::Restore);
                if begins && act.consular != Some(Consular::Excluded) {
                    take(entry, act, Happening::Implied, latest, gathered);
                }
            }
        }
        let continued: Vec<_> = self.continued_into(sides).collect();
        for (_, before, day) in continued {
            if day <= carried_by {
                // Acts of the day itself are carried; earlier continuations of both sides with them.
                let earlier = day.previous().unwrap_or(Day::FIRST);
                self.gather(before, axis, (latest.min(day), earlier), gathered);
            }
        }
    }

    /// The relations that one continues: the entry, the sides as they were before, and the day.
    fn continued_into(
        self,
        sides: Sides,
    ) -> impl Iterator<Item = (Sequence, Sides, Day)> + use<'a> {
        self.continuations().filter_map(move |(entry, change)| {
            let ChangeKind::Continues { successor, partners } = &change.change else { return None };
            let before = match (*successor == sides.one, *successor == sides.other) {
                (true, _) => Sides { one: change.entity, ..sides },
                (_, true) => Sides { other: change.entity, ..sides },
                _ => return None,
            };
            let partner = if *successor == sides.one { sides.other } else { sides.one };
            let applies = partner != change.entity
                && partners.as_ref().is_none_or(|named| named.contains(&partner));
            if applies { Some((entry, before, change.on.day()?)) } else { None }
        })
    }

    /// When the parties end, are continued by others, or exist again.
    fn ends(self, sides: Sides) -> Vec<Pending> {
        let mut ends = Vec::new();
        let Some(parties) = sides.parties() else { return ends };
        for (entity, partner, bit) in [(sides.one, sides.other, 1), (sides.other, sides.one, 2)] {
            for (entry, change) in self.changes(entity) {
                let Some(day) = change.on.day() else { continue };
                let happening = match &change.change {
                    ChangeKind::Extinguished => Happening::End(bit),
                    ChangeKind::Revived => Happening::Revival(bit),
                    ChangeKind::Continues { partners: None, .. } => Happening::End(bit),
                    ChangeKind::Continues { partners: Some(named), .. }
                        if named.contains(&partner) =>
                    {
                        Happening::End(bit)
                    }
                    _ => continue,
                };
                let item = Item {
                    bounds: Bounds { earliest: day, latest: day },
                    happening,
                    after: Vec::new(),
                };
                let (after, until) = (Vec::new(), Day::LAST);
                ends.push(Pending { entry, parties, item, after, annuls: None, until });
            }
        }
        ends
    }

    /// Solves items; an annulment that names an act leaves the answer without that act.
    fn resolve(
        self,
        pending: Vec<Pending>,
        policy: Policy,
        named_max: usize,
        impossible: &mut Vec<(Sequence, Sequence)>,
    ) -> (Timeline<Sequence>, Vec<Occurrence>) {
        let named = pending.iter().position(|annulment| {
            named_max > 0
                && annulment.annuls.is_some_and(|act| pending.iter().any(|p| p.entry == act))
        });
        let Some(position) = named else {
            return self.solve_all(&pending, policy, impossible);
        };
        let mut rest = pending;
        let annulment = rest.remove(position);
        let act = annulment.annuls;
        let (with, mut occurrences) = self.resolve(rest.clone(), policy, named_max - 1, impossible);
        rest.retain(|other| Some(other.entry) != act);
        let (without, _) = self.resolve(rest, policy, named_max - 1, impossible);
        let annulled = without.map_segments(|segment| annulled_by(segment, annulment.entry));
        let bounds = annulment.item.bounds;
        let timeline =
            with.then(bounds.earliest, &with.union(&annulled)).then(bounds.latest, &annulled);
        let findings = Vec::new();
        let before = with.on(bounds.earliest).statuses(false);
        let after = annulled.on(bounds.latest).statuses(false);
        occurrences.push(Occurrence {
            entry: annulment.entry,
            parties: annulment.parties,
            what: Occurred::Act(ActKind::Annul),
            outcome: Outcome { bounds, before, after, findings },
        });
        (timeline, occurrences)
    }

    fn solve_all(
        self,
        pending: &[Pending],
        policy: Policy,
        impossible: &mut Vec<(Sequence, Sequence)>,
    ) -> (Timeline<Sequence>, Vec<Occurrence>) {
        let mut timeline: Option<Timeline<Sequence>> = None;
        let mut occurrences = Vec::new();
        let acts: Vec<Sequence> = pending.iter().map(|pending| pending.entry).collect();
        for reading in self.readings(policy, &acts) {
            let (solution, kept, out) = solve_reading(self, pending, &reading);
            impossible.extend(out);
            let named = solution.timeline.map(&|item| kept[item].entry);
            if timeline.is_none() {
                occurrences = kept
                    .iter()
                    .zip(solution.outcomes)
                    .map(|(kept, outcome)| Occurrence {
                        entry: kept.entry,
                        parties: kept.parties,
                        what: occurred(kept.item.happening),
                        outcome,
                    })
                    .collect();
            }
            timeline = Some(timeline.map_or_else(|| named.clone(), |all| all.union(&named)));
        }
        let nothing = || Timeline::new(vec![Segment::nothing_recorded(Day::FIRST)]);
        (timeline.unwrap_or_else(nothing), occurrences)
    }
}

fn take(
    entry: Sequence,
    act: &Act,
    happening: Happening,
    until: Day,
    gathered: &mut BTreeMap<(Sequence, bool), Pending>,
) {
    let Some((_, date)) = act.dates.reading() else { return };
    let implied = happening == Happening::Implied;
    gathered.insert(
        (entry, implied),
        Pending {
            entry,
            parties: act.parties,
            item: Item { bounds: date.bounds(), happening, after: Vec::new() },
            after: act.after.clone(),
            annuls: if implied { None } else { act.annuls },
            until,
        },
    );
}

impl Pending {
    /// The item as one way of reading has it; none when that leaves it out.
    fn read(&self, known: Knowledge<'_>, reading: &Reading) -> Option<Self> {
        let stated = self.item.bounds;
        let wide = if reading.widened { known.widened(self.entry, stated) } else { stated };
        let bounds = Bounds { latest: wide.latest.min(self.until), ..wide };
        let happening = match (reading.alternative(self.entry), self.item.happening) {
            (None, happening) => happening,
            (Some(Alternative::Without), _) => return None,
            (Some(Alternative::As(act)), Happening::Act(_, by)) => Happening::Act(act, by),
            (Some(Alternative::As(_)), other) => other,
        };
        let item = Item { bounds, happening, after: Vec::new() };
        (bounds.earliest <= bounds.latest).then(|| Self { item, ..self.clone() })
    }
}

fn solve_reading(
    known: Knowledge<'_>,
    pending: &[Pending],
    reading: &Reading,
) -> (Solution, Vec<Pending>, Vec<(Sequence, Sequence)>) {
    let mut kept: Vec<Pending> =
        pending.iter().filter_map(|pending| pending.read(known, reading)).collect();
    // The order of recording must not decide.
    kept.sort_by(|one, other| (&one.item, one.entry).cmp(&(&other.item, other.entry)));
    let index_of = |entry: Sequence| kept.iter().position(|pending| pending.entry == entry);
    let mut items: Vec<Item> = kept
        .iter()
        .map(|pending| Item {
            after: pending.after.iter().filter_map(|entry| index_of(*entry)).collect(),
            ..pending.item.clone()
        })
        .collect();
    let impossible = admit(&mut items);
    let impossible =
        impossible.into_iter().map(|(item, before)| (kept[item].entry, kept[before].entry));
    let impossible = impossible.collect();
    (solve(&items), kept, impossible)
}

fn occurred(happening: Happening) -> Occurred {
    match happening {
        Happening::Act(act, _) => Occurred::Act(act),
        Happening::Implied => Occurred::Implied,
        Happening::End(_) => Occurred::End,
        Happening::Revival(_) => Occurred::Revival,
    }
}

/// The answer without the annulled act, in which none reads annulled (domain.md §6).
fn annulled_by(segment: &Segment<Sequence>, annulment: Sequence) -> Segment<Sequence> {
    let read = |status: Status| if status == Status::None { Status::Annulled } else { status };
    let before = segment.statuses(false);
    let statuses: StatusSet = before.iter().map(read).collect();
    let since = match before.certain() {
        Some(Status::None) => Some(annulment),
        _ => segment.since,
    };
    Segment { begun: statuses, prior: StatusSet::EMPTY, since, ..segment.clone() }
}

impl Relation {
    /// The finding of each occurrence with its entry, and the orders that cannot hold.
    pub fn findings(&self) -> impl Iterator<Item = (FindingKind, Sequence)> {
        let odd = self.occurrences.iter().flat_map(|occurrence| {
            let found = occurrence.outcome.findings.iter();
            found.map(move |finding| (*finding, occurrence.entry))
        });
        let impossible = self.impossible_orders.iter();
        odd.chain(impossible.map(|(entry, _)| (FindingKind::OrderImpossible, *entry)))
    }

    /// The first day on which relations can have become active, by the acts in world order.
    pub fn first_active(&self) -> Option<&Occurrence> {
        self.occurrences.iter().find(|occurrence| {
            occurrence.outcome.after.contains(Status::Active)
                && occurrence.outcome.before.certain() != Some(Status::Active)
        })
    }

    /// What bears on the relation: the ends of its parties only where they ended it.
    pub fn relevant(&self) -> impl DoubleEndedIterator<Item = &Occurrence> {
        self.occurrences.iter().filter(|occurrence| {
            matches!(occurrence.what, Occurred::Act(_) | Occurred::Implied)
                || occurrence.outcome.before != Status::None.into()
        })
    }

    /// What happened in one entry.
    pub fn occurrence(&self, entry: Sequence) -> Option<&Occurrence> {
        self.occurrences.iter().find(|occurrence| occurrence.entry == entry)
    }
}
