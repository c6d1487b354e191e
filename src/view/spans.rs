//! What is recorded between each two: a question about any two looks at one place and at what lies
//! together. Must not know who they are, nor what an act does.

use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::sequence::Sequence;
use crate::view::packed::PackedAct;
use crate::view::places::index;
use crate::view::ties::Ties;

/// Fewer than this part of the acts that there are find their places one by one.
const FEW_PART: usize = 8;

/// The numbers of two entities, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::view) struct Pair(u32, u32);

impl Pair {
    pub(in crate::view) fn new(one: u32, other: u32) -> Self {
        Self(one.min(other), one.max(other))
    }

    pub(in crate::view) fn both(self) -> [u32; 2] {
        [self.0, self.1]
    }
}

/// All that is recorded between two, of all pairs.
#[derive(Debug, Clone, Default)]
pub(in crate::view) struct Spans {
    /// For each entity, its ties with those of lesser numbers.
    rows: Vec<Ties>,
    /// For each entity, those of greater numbers that have ties with it.
    greater: Vec<Vec<u32>>,
    /// Acts that were added and are still to be put in their places: many at a time is faster.
    waiting: Vec<(Pair, PackedAct)>,
}

impl PartialEq for Spans {
    /// The same is recorded, wherever it lies.
    fn eq(&self, other: &Self) -> bool {
        self.waiting == other.waiting && self.all().eq(other.all())
    }
}

impl Eq for Spans {}

impl Spans {
    /// Those of pairs in order that have so many acts each, which lie one after the other. None where
    /// pairs are not in order, or the numbers do not agree.
    pub(in crate::view) fn of_pairs(
        pairs: &[(Pair, u32)],
        acts: &[PackedAct],
        entities: usize,
    ) -> Option<Self> {
        let comes_before = |one: &Pair, other: &Pair| (one.1, one.0) < (other.1, other.0);
        let is_in_order = pairs.is_sorted_by(|(one, _), (other, _)| comes_before(one, other));
        let is_sound = |pair: &Pair| pair.0 < pair.1 && index(pair.1) < entities;
        if !is_in_order || !pairs.iter().all(|(pair, _)| is_sound(pair)) {
            return None;
        }
        let (mut left, mut shares) = (acts, Vec::new());
        for row in pairs.chunk_by(|(one, _), (other, _)| one.1 == other.1) {
            let add = |all: usize, (_, count): &(Pair, u32)| all.checked_add(index(*count));
            let (of_row, others) = left.split_at_checked(row.iter().try_fold(0, add)?)?;
            shares.push((row, of_row));
            left = others;
        }
        let ties = shares.into_par_iter().map(|(row, acts)| {
            let counts = row.iter().map(|(pair, count)| (pair.0, *count));
            (index(row[0].0.1), Ties::of_counts(counts, acts))
        });
        let mut spans = Self::default();
        spans.make_room(entities);
        ties.collect::<Vec<_>>().into_iter().for_each(|(row, ties)| spans.rows[row] = ties);
        pairs
            .iter()
            .for_each(|(Pair(lesser, greater), _)| spans.greater[index(*lesser)].push(*greater));
        left.is_empty().then_some(spans)
    }

    fn make_room(&mut self, entities: usize) {
        if self.rows.len() < entities {
            self.rows.resize_with(entities, Ties::default);
            self.greater.resize_with(entities, Vec::new);
        }
    }

    /// Adds what the last entry records between two. It is found once [`Spans::settle`] has been
    /// called.
    pub(in crate::view) fn add(&mut self, pair: Pair, act: PackedAct) {
        self.waiting.push((pair, act));
    }

    /// Takes what the last entry records between two out again. Returns whether nothing is left between
    /// them.
    pub(in crate::view) fn pop(&mut self, pair: Pair, sequence: Sequence) -> bool {
        let is_gone = self.rows.get_mut(index(pair.1)).is_some_and(|row| row.pop(pair.0, sequence));
        if is_gone {
            let greater = &mut self.greater[index(pair.0)];
            if let Some(at) = greater.iter().rposition(|other| *other == pair.1) {
                greater.remove(at);
            }
        }
        is_gone
    }

    /// What is recorded between two: what is not plain first, then acts in the order of their days.
    #[inline]
    pub(in crate::view) fn of(&self, pair: Pair) -> &[PackedAct] {
        self.rows.get(index(pair.1)).map_or(&[], |row| row.of(pair.0))
    }

    /// The others between whom and an entity anything is recorded, each with that.
    pub(in crate::view) fn with(&self, entity: u32) -> impl Iterator<Item = (u32, &[PackedAct])> {
        let lesser = self.rows.get(index(entity)).into_iter().flat_map(Ties::all);
        let greater = self.greater.get(index(entity)).into_iter().flatten();
        lesser.chain(greater.map(move |other| (*other, self.of(Pair(entity, *other)))))
    }

    /// All pairs with what is recorded between them, in order.
    pub(in crate::view) fn all(&self) -> impl Iterator<Item = (Pair, &[PackedAct])> {
        (0..).zip(&self.rows).flat_map(|(greater, row)| {
            row.all().map(move |(lesser, acts)| (Pair(lesser, greater), acts))
        })
    }

    /// How many acts have their places.
    fn count(&self) -> usize {
        self.rows.iter().map(Ties::count).sum()
    }

    /// Puts the acts that wait in their places.
    pub(in crate::view) fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let entities = waiting.iter().map(|(pair, _)| index(pair.1) + 1).max();
        self.make_room(entities.unwrap_or_default());
        if waiting.len() <= 1 || waiting.len() * FEW_PART < self.count() {
            for (pair, act) in waiting {
                if self.rows[index(pair.1)].insert(pair.0, act) {
                    self.greater[index(pair.0)].push(pair.1);
                }
            }
        } else {
            self.lay_out(waiting);
        }
    }

    /// Lays all acts out anew, rows on all cores.
    fn lay_out(&mut self, waiting: Vec<(Pair, PackedAct)>) {
        // No more room for where the acts of each row end than for the acts, while these are more
        // than the rows.
        let each = waiting.len().div_ceil(rayon::current_num_threads()).max(self.rows.len());
        let parts = waiting.par_chunks(each).map(|some| ByRow::new(some, self.rows.len()));
        let parts: Vec<ByRow> = parts.collect();
        drop(waiting);
        let rows = self.rows.par_iter_mut().enumerate();
        let new = rows
            .map(|(row, ties)| ties.lay_out(parts.iter().flat_map(|part| part.of(row)).copied()));
        for (greater, new) in (0..).zip(new.collect::<Vec<_>>()) {
            new.into_iter().for_each(|lesser| self.greater[index(lesser)].push(greater));
        }
    }
}

/// Acts by the greater of their two, of the same as they came.
struct ByRow {
    /// Where those of each row end.
    ends: Vec<usize>,
    /// With the lesser of their two.
    acts: Vec<(u32, PackedAct)>,
}

impl ByRow {
    fn new(some: &[(Pair, PackedAct)], rows: usize) -> Self {
        let mut ends = vec![0; rows];
        some.iter().for_each(|(pair, _)| ends[index(pair.1)] += 1);
        let mut next = 0;
        ends.iter_mut().for_each(|end| next += std::mem::replace(end, next));
        let mut acts = vec![(0, PackedAct::NONE); some.len()];
        for (pair, act) in some {
            let end = &mut ends[index(pair.1)];
            acts[*end] = (pair.0, *act);
            *end += 1;
        }
        Self { ends, acts }
    }

    fn of(&self, row: usize) -> &[(u32, PackedAct)] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.acts[start..self.ends[row]]
    }
}

/// The acts of all pairs, one after the other, as bytes: they are most of a snapshot, and are read
/// again as fast as they are copied.
pub(in crate::view) struct InOrder<'a>(pub(in crate::view) &'a Spans);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(spans) = self;
        let mut bytes = Vec::with_capacity(spans.count() * PackedAct::BYTES);
        spans.all().flat_map(|(_, acts)| acts).for_each(|act| bytes.extend(act.to_bytes()));
        serializer.serialize_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::chain::hot::HotAct;
    use crate::domain::act::{ActKind, By};
    use crate::domain::day::Day;
    use crate::domain::entity::EntityId;
    use crate::domain::relation::{Axis, Parties};
    use crate::view::places::number;

    fn act(sequence: u64, day: i32) -> PackedAct {
        let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
        let hot = HotAct {
            parties: Parties::new(kor, syr).unwrap(),
            axis: Axis::Diplomatic,
            act: ActKind::Sever,
            by: By::Both,
            day: Day::from_number(day),
            announced: false,
            consular_excluded: false,
            refers: false,
            sourced: false,
        };
        PackedAct::new(Sequence(sequence), &hot)
    }

    /// What is recorded between each two, in order, by the way it would be told.
    type Model = BTreeMap<(u32, u32), Vec<PackedAct>>;

    fn agrees(spans: &Spans, model: &Model) -> Result<(), TestCaseError> {
        let told = |(pair, acts): (Pair, &[PackedAct])| ((pair.0, pair.1), acts.to_vec());
        let all: Model = spans.all().map(told).collect();
        prop_assert_eq!(&all, model);
        let mut with = BTreeMap::<u32, BTreeMap<u32, Vec<PackedAct>>>::new();
        for ((one, other), acts) in model {
            prop_assert_eq!(spans.of(Pair::new(*other, *one)), &acts[..]);
            with.entry(*one).or_default().insert(*other, acts.clone());
            with.entry(*other).or_default().insert(*one, acts.clone());
        }
        for entity in 0..130 {
            let told: Vec<_> = spans.with(entity).map(|(of, acts)| (of, acts.to_vec())).collect();
            let count = told.len();
            let told: BTreeMap<_, _> = told.into_iter().collect();
            prop_assert_eq!(told.len(), count, "nobody is told twice");
            prop_assert_eq!(told, with.remove(&entity).unwrap_or_default());
        }
        prop_assert_eq!(spans.count(), model.values().map(Vec::len).sum::<usize>());
        Ok(())
    }

    proptest! {
        #[test]
        fn each_pair_has_its_acts_in_order_however_they_came(
            batches in prop::collection::vec(
                prop::collection::vec((0_u32..60, 0_u32..6, 1_i32..9), 0..40), 1..12),
            undone in prop::collection::vec(any::<bool>(), 12),
        ) {
            let (mut spans, mut model, mut next) = (Spans::default(), Model::new(), 0);
            for (batch, is_undone) in batches.iter().zip(undone) {
                let before = (spans.clone(), model.clone());
                let mut added = Vec::new();
                for (one, other, day) in batch {
                    let (one, other) = (*one, *other + 60 * (*one % 2));
                    if one == other {
                        continue;
                    }
                    let pair = Pair::new(one, other);
                    let of_pair = model.entry((pair.0, pair.1)).or_default();
                    spans.add(pair, act(next, *day));
                    of_pair.push(act(next, *day));
                    of_pair.sort_by_key(|act| act.order());
                    added.push((pair, Sequence(next)));
                    next += 1;
                }
                spans.settle();
                agrees(&spans, &model)?;
                if is_undone {
                    for (pair, sequence) in added.into_iter().rev() {
                        let is_gone = spans.pop(pair, sequence);
                        prop_assert_eq!(is_gone, spans.of(pair).is_empty());
                    }
                    agrees(&spans, &before.1)?;
                    prop_assert!(spans == before.0);
                    model = before.1;
                }
            }
            let counts: Vec<_> = spans.all().map(|(pair, of)| (pair, number(of.len()))).collect();
            let acts: Vec<PackedAct> = spans.all().flat_map(|(_, acts)| acts.to_vec()).collect();
            let again = Spans::of_pairs(&counts, &acts, 120).unwrap();
            agrees(&again, &model)?;
            prop_assert_eq!(again, spans);
        }
    }

    #[test]
    fn numbers_that_do_not_agree_are_refused() {
        let acts = [act(0, 1), act(1, 2)];
        let of = |pairs: &[(Pair, u32)], entities| Spans::of_pairs(pairs, &acts, entities);
        assert!(of(&[(Pair(0, 1), 1), (Pair(0, 2), 1)], 3).is_some());
        assert!(of(&[(Pair(0, 1), 1), (Pair(0, 2), 1)], 2).is_none());
        assert!(of(&[(Pair(0, 2), 1), (Pair(0, 1), 1)], 3).is_none());
        assert!(of(&[(Pair(0, 1), 1), (Pair(0, 1), 1)], 3).is_none());
        assert!(of(&[(Pair(0, 1), 1), (Pair(2, 1), 1)], 3).is_none());
        assert!(of(&[(Pair(0, 1), 1), (Pair(1, 1), 1)], 3).is_none());
        assert!(of(&[(Pair(0, 1), 1)], 2).is_none());
        assert!(of(&[(Pair(0, 1), 3)], 2).is_none());
        assert!(of(&[(Pair(0, 1), u32::MAX), (Pair(0, 2), 3)], 3).is_none());
        assert!(of(&[(Pair(0, 2), u32::MAX), (Pair(1, 2), 3)], 3).is_none());
        assert!(of(&[(Pair(0, u32::MAX), 2)], 2).is_none());
    }
}
