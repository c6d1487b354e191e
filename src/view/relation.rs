//! The timeline of one relation: its acts, those carried over from what its parties continue, the
//! ends of its parties, and annulments that name an act (domain.md §3 and §6).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::act::ActKind;
use crate::domain::day::{Bounds, Day};
use crate::domain::finding::FindingKind;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::{Status, StatusSet};
use crate::view::carried::{Sides, Strand, Turn};
use crate::view::completion::{Item, MULTISETS_OF_ALL_MAX, Outcome, Solution, solve_within};
use crate::view::knowledge::Knowledge;
use crate::view::order::admit;
use crate::view::reading::{Alternative, Reading};
use crate::view::standing::Happening;
use crate::view::stated::StatedAct;
use crate::view::timeline::{Segment, Timeline};

/// Above this many annulments that name an act, each of the others is one step of the table.
const NAMED_ANNULMENTS_MAX: u32 = 4;
/// Above this many ways in which claims read the acts, a relation may be anything on any day.
const READINGS_MAX: usize = 256;
/// So many multisets of acts are looked at in each cluster at least, however often it is solved.
const MULTISETS_MIN: usize = 1 << 6;
/// So many stated orders are held against each other in all, and each time at least.
const ORDERS_MAX: usize = 1 << 10;
const ORDERS_MIN: usize = 1 << 6;

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

impl Occurrence {
    /// What tells it from others of a relation: one entry may be an act and imply another.
    fn id(&self) -> (Sequence, Occurred) {
        (self.entry, self.what)
    }
}

/// What happened to a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// How much may still be spent on a relation: what it is solved for again takes its share, so that a
/// relation is answered for in little time whatever is recorded of it.
#[derive(Debug, Clone, Copy)]
struct Effort {
    named_annulments_max: u32,
    multisets_max: usize,
    orders_max: usize,
}

impl Effort {
    fn shared_by(self, solved: usize) -> Self {
        let multisets_max = (self.multisets_max / solved.max(1)).max(MULTISETS_MIN);
        let orders_max = (self.orders_max / solved.max(1)).max(ORDERS_MIN);
        Self { multisets_max, orders_max, ..self }
    }

    /// With and without the act that an annulment names.
    fn for_an_annulment(self) -> Self {
        let named_annulments_max = self.named_annulments_max.saturating_sub(1);
        Self { named_annulments_max, ..self.shared_by(2) }
    }
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

impl Knowledge<'_> {
    /// Solves one relation; where no more is allowed, it may be anything.
    pub fn relation(self, parties: Parties, axis: Axis, policy: Policy) -> Relation {
        if self.is_used_up() {
            return self.not_followed(parties, axis);
        }
        let Some(carry_overs) = self.carry_overs(Sides::from(parties)) else {
            return self.not_followed(parties, axis);
        };
        let days = carry_overs.days();
        let effort = Effort {
            named_annulments_max: NAMED_ANNULMENTS_MAX,
            multisets_max: MULTISETS_OF_ALL_MAX,
            orders_max: ORDERS_MAX,
        };
        let effort = effort.shared_by(days.len() + 1);
        let piece = |day| {
            let strands = carry_overs.strands(axis, day);
            self.piece(parties, axis, policy, &strands, effort)
        };
        let mut relation = piece(Day::FIRST);
        for day in days {
            let next = piece(day);
            let timeline = relation.timeline.then(day, &next.timeline);
            let mut occurrences = next.occurrences;
            let then: BTreeSet<_> = occurrences.iter().map(Occurrence::id).collect();
            // What no longer counts from that day on did until then.
            let only_before = relation.occurrences.into_iter().filter(|o| !then.contains(&o.id()));
            occurrences.extend(only_before);
            relation = Relation { timeline, occurrences, ..next };
        }
        in_world_order(&mut relation.occurrences);
        relation
    }

    /// A relation on which more carry-overs bear than are followed, or one too many.
    fn not_followed(self, parties: Parties, axis: Axis) -> Relation {
        let own = Strand { sides: Sides::from(parties), from: Day::FIRST, until: Day::LAST };
        let mut gathered = BTreeMap::new();
        self.gather(&own, axis, &mut gathered);
        let acts: Vec<Pending> = gathered.into_values().collect();
        let (timeline, mut occurrences) = anything(&acts);
        in_world_order(&mut occurrences);
        Relation { parties, axis, timeline, occurrences, impossible_orders: Vec::new() }
    }

    /// The relation with what some strands have carried over by a day.
    fn piece(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
        strands: &[Strand],
        effort: Effort,
    ) -> Relation {
        let mut gathered = BTreeMap::new();
        for strand in strands {
            self.gather(strand, axis, &mut gathered);
        }
        let mut pending: Vec<Pending> = gathered.into_values().collect();
        let is_pending: BTreeSet<Sequence> = pending.iter().map(|p| p.entry).collect();
        if axis == Axis::Consular {
            let annulments = strands.iter().flat_map(|strand| self.annulments_of_implied(strand));
            pending
                .extend(annulments.filter(|p| p.annuls.is_some_and(|n| is_pending.contains(&n))));
        }
        pending.extend(self.turns(strands).into_iter().map(|turn| Pending::turn(turn, parties)));
        let mut impossible_orders = Vec::new();
        let (timeline, occurrences) = self.resolve(pending, policy, effort, &mut impossible_orders);
        impossible_orders.sort_unstable();
        impossible_orders.dedup();
        Relation { parties, axis, timeline, occurrences, impossible_orders }
    }

    /// Collects the acts of a strand, by entry; one that two strands have counts for the longer.
    fn gather(
        self,
        strand: &Strand,
        axis: Axis,
        gathered: &mut BTreeMap<(Sequence, bool), Pending>,
    ) {
        let Some(parties) = strand.sides.parties() else { return };
        let mut take = |act: &StatedAct, happening: Happening| {
            let Some(pending) = pending(strand, act, happening) else { return };
            let key = (act.entry, happening == Happening::Implied);
            let known = gathered.entry(key).or_insert_with(|| pending.clone());
            known.until = known.until.max(pending.until);
        };
        for act in self.stated_acts(parties, axis) {
            take(&act, Happening::Act(act.act, strand.sides.bits(act.by_bits)));
        }
        if axis == Axis::Consular {
            for act in self.stated_acts(parties, Axis::Diplomatic) {
                if begins(act.act) && !act.consular_excluded {
                    take(&act, Happening::Implied);
                }
            }
        }
    }

    /// The diplomatic annulments that name an act: with it, the consular relations go that came
    /// with it.
    fn annulments_of_implied(self, strand: &Strand) -> Vec<Pending> {
        let Some(parties) = strand.sides.parties() else { return Vec::new() };
        let stated = self.stated_acts(parties, Axis::Diplomatic);
        let named = stated.filter(|act| act.annuls.is_some());
        named
            .filter_map(|act| {
                let by = strand.sides.bits(act.by_bits);
                pending(strand, &act, Happening::Act(act.act, by))
            })
            .collect()
    }

    /// Solves items; an annulment that names an act leaves the answer without that act.
    fn resolve(
        self,
        pending: Vec<Pending>,
        policy: Policy,
        effort: Effort,
        impossible: &mut Vec<(Sequence, Sequence)>,
    ) -> (Timeline<Sequence>, Vec<Occurrence>) {
        let named = match effort.named_annulments_max {
            0 => None,
            _ => pending.iter().position(|pending| pending.annuls.is_some()),
        };
        let Some(position) = named else {
            return self.solve_all(&pending, policy, effort, impossible);
        };
        let effort = effort.for_an_annulment();
        let mut rest = pending;
        let annulment = rest.remove(position);
        let bounds = annulment.item.bounds;
        let (with, mut occurrences) = self.resolve(rest.clone(), policy, effort, impossible);
        let count = rest.len();
        rest.retain(|other| Some(other.entry) != annulment.annuls);
        let mut timeline = with.clone();
        // An act that is not there, or not any more, cannot be annulled.
        if rest.len() < count {
            let (without, later) = self.resolve(rest, policy, effort, impossible);
            let annulled = without.map_segments(|segment| annulled_by(segment, annulment.entry));
            timeline =
                with.then(bounds.earliest, &with.union(&annulled)).then(bounds.latest, &annulled);
            // Of those that cannot be told apart the first counts.
            let later: BTreeMap<_, _> = later.iter().rev().map(|o| (o.id(), &o.outcome)).collect();
            let after_it = |o: &&mut Occurrence| bounds.latest <= o.outcome.bounds.earliest;
            for occurrence in occurrences.iter_mut().filter(after_it) {
                if let Some(without) = later.get(&occurrence.id()) {
                    occurrence.outcome = (*without).clone();
                }
            }
        }
        let before = with.on(bounds.earliest).statuses(false);
        let after = timeline.on(bounds.latest).statuses(false);
        occurrences.push(Occurrence {
            entry: annulment.entry,
            parties: annulment.parties,
            what: Occurred::Act(ActKind::Annul),
            outcome: Outcome { bounds, before, after, findings: Vec::new() },
        });
        (timeline, occurrences)
    }

    fn solve_all(
        self,
        pending: &[Pending],
        policy: Policy,
        effort: Effort,
        impossible: &mut Vec<(Sequence, Sequence)>,
    ) -> (Timeline<Sequence>, Vec<Occurrence>) {
        let mut timeline: Option<Timeline<Sequence>> = None;
        let mut occurrences = Vec::new();
        let acts: Vec<Sequence> = pending.iter().map(|pending| pending.entry).collect();
        let readings = self.readings(policy, &acts);
        let effort = effort.shared_by(readings.len());
        let orders: usize = pending.iter().map(|pending| pending.after.len()).sum();
        if READINGS_MAX < readings.len() || effort.orders_max < orders {
            return anything(pending);
        }
        for reading in readings {
            let (solution, kept, out) = solve_reading(self, pending, &reading, effort);
            impossible.extend(out);
            let named = solution.timeline.map(&|item: &usize| kept[*item].entry);
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

/// What is said of items that leave more open than is looked at: on any day it may be anything.
fn anything(pending: &[Pending]) -> (Timeline<Sequence>, Vec<Occurrence>) {
    let any: StatusSet = Status::ALL.into_iter().collect();
    let occurrence = |pending: &Pending| {
        let (bounds, findings) = (pending.item.bounds, vec![FindingKind::OrderTooOpen]);
        Occurrence {
            entry: pending.entry,
            parties: pending.parties,
            what: occurred(pending.item.happening),
            outcome: Outcome { bounds, before: any, after: any, findings },
        }
    };
    let segment = Segment { begun: any, too_open: true, ..Segment::new(Day::FIRST) };
    (Timeline::new(vec![segment]), pending.iter().map(occurrence).collect())
}

fn in_world_order(occurrences: &mut [Occurrence]) {
    occurrences.sort_by_key(|o| (o.outcome.bounds.earliest, o.outcome.bounds.latest, o.entry));
}

/// An act of a strand, if it counts.
fn pending(strand: &Strand, act: &StatedAct, happening: Happening) -> Option<Pending> {
    let bounds = act.bounds;
    strand.counts(bounds).then(|| Pending {
        entry: act.entry,
        parties: act.parties,
        item: Item { bounds, happening, after: Vec::new() },
        after: act.after.clone(),
        annuls: act.annuls.filter(|_| happening != Happening::Implied),
        until: strand.until,
    })
}

/// Says whether an act begins relations, so that consular ones come with them.
fn begins(act: ActKind) -> bool {
    matches!(act, ActKind::Establish | ActKind::Restore)
}

impl Pending {
    fn turn(turn: Turn, parties: Parties) -> Self {
        let bounds = Bounds { earliest: turn.day, latest: turn.day };
        let item = Item { bounds, happening: turn.happening, after: Vec::new() };
        let (after, until) = (Vec::new(), Day::LAST);
        Self { entry: turn.entry, parties, item, after, annuls: None, until }
    }

    /// The item as one way of reading has it; none when that leaves it out.
    fn read(&self, known: Knowledge<'_>, reading: &Reading) -> Option<Self> {
        let stated = self.item.bounds;
        let wide = if reading.widened { known.widened(self.entry, stated) } else { stated };
        let bounds = Bounds { latest: wide.latest.min(self.until), ..wide };
        let happening = match (reading.alternative(self.entry), self.item.happening) {
            (None, happening) => happening,
            (Some(Alternative::Without), _) => return None,
            (Some(Alternative::As(act)), Happening::Act(_, by)) => Happening::Act(act, by),
            // Consular relations come with what begins relations, and with nothing else.
            (Some(Alternative::As(act)), Happening::Implied) if !begins(act) => return None,
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
    effort: Effort,
) -> (Solution, Vec<Pending>, Vec<(Sequence, Sequence)>) {
    let mut kept: Vec<Pending> =
        pending.iter().filter_map(|pending| pending.read(known, reading)).collect();
    // The order of recording must not decide.
    kept.sort_by(|one, other| (&one.item, one.entry).cmp(&(&other.item, other.entry)));
    let is_implied = |pending: &Pending| pending.item.happening == Happening::Implied;
    let entry_to_index: BTreeMap<(Sequence, bool), usize> =
        kept.iter().enumerate().map(|(index, p)| ((p.entry, is_implied(p)), index)).collect();
    let before = |pending: &Pending| {
        // An order counts among the acts of one axis.
        let index = |entry: &Sequence| entry_to_index.get(&(*entry, is_implied(pending)));
        pending.after.iter().filter_map(index).copied().collect()
    };
    let mut items: Vec<Item> = kept
        .iter()
        .map(|pending| Item { after: before(pending), ..pending.item.clone() })
        .collect();
    let impossible = admit(&mut items);
    let impossible =
        impossible.into_iter().map(|(item, before)| (kept[item].entry, kept[before].entry));
    let impossible = impossible.collect();
    let solution = solve_within(&items, effort.multisets_max);
    known.take(solution.steps);
    (solution, kept, impossible)
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
    /// The finding of each occurrence with its entry, and the orders that cannot hold. What is odd
    /// about an act that was carried over is a finding of its own relation alone.
    pub fn findings(&self) -> impl Iterator<Item = (FindingKind, Sequence)> {
        let own = self.occurrences.iter().filter(|o| o.parties == self.parties);
        let odd = own.flat_map(|occurrence| {
            let found = occurrence.outcome.findings.iter();
            found.map(move |finding| (*finding, occurrence.entry))
        });
        let impossible = self.impossible_orders.iter().map(|(entry, _)| *entry);
        let impossible = impossible.filter(|entry| self.is_own(*entry));
        odd.chain(impossible.map(|entry| (FindingKind::OrderImpossible, entry)))
    }

    /// Says whether an entry was recorded for these very parties.
    pub fn is_own(&self, entry: Sequence) -> bool {
        self.occurrence(entry).is_some_and(|occurrence| occurrence.parties == self.parties)
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
