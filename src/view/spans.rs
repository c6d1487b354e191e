//! What is recorded between each two, all of it in one list: a question about any two looks at one
//! place and at what lies together. Must not know who they are, nor what an act does.

use std::ops::Range;

use rayon::prelude::*;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::sequence::Sequence;
use crate::view::packed::PackedAct;
use crate::view::places::{Places, Span, index, number};

/// On how many cores acts are laid out at most, since each looks at all of them.
const SETTLERS_MAX: usize = 8;
/// Fewer than this part of the acts that there are find their places one by one.
const FEW_PART: usize = 8;
/// For each so many acts that are laid out there is room for one more: without any, the next would
/// have all of them moved.
const ROOM_PART: usize = 32;

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
    /// For each entity, a row of places: where what is recorded between it and those of lesser numbers
    /// lies.
    rows: Vec<Places>,
    acts: Vec<PackedAct>,
    /// How many of the acts lie in no span any more.
    left: usize,
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
    /// Those of pairs that have so many acts each, which lie one after the other. None where the numbers
    /// do not agree.
    pub(in crate::view) fn of_pairs(
        pairs: Vec<(Pair, u32)>,
        acts: Vec<PackedAct>,
        entities: usize,
    ) -> Option<Self> {
        let (mut rows, mut first) = (vec![Places::default(); entities], 0_u32);
        for (pair, count) in pairs {
            rows.get_mut(index(pair.1))?.insert(pair.0, Span { first, count });
            first = first.checked_add(count)?;
        }
        let spans = Self { rows, acts, ..Self::default() };
        (index(first) == spans.acts.len()).then_some(spans)
    }

    /// Adds what the last entry records between two. It is found once [`Spans::settle`] has been
    /// called.
    pub(in crate::view) fn add(&mut self, pair: Pair, act: PackedAct) {
        self.waiting.push((pair, act));
    }

    /// Takes what the last entry records between two out again. Returns whether nothing is left between
    /// them.
    pub(in crate::view) fn pop(&mut self, pair: Pair, sequence: Sequence) -> bool {
        let Some(row) = self.rows.get_mut(index(pair.1)) else { return false };
        let Some(span) = row.span_mut(pair.0) else { return false };
        let Range { start, end } = span.range();
        if let Some(at) = (start..end).find(|at| self.acts[*at].sequence() == sequence) {
            span.count -= 1;
            if end == self.acts.len() {
                self.acts.remove(at);
            } else {
                self.acts[at..end].rotate_left(1);
                self.left += 1;
            }
        }
        let is_gone = span.count == 0;
        if is_gone {
            row.remove(pair.0);
        }
        is_gone
    }

    /// What is recorded between two: what is not plain first, then acts in the order of their days.
    #[inline]
    pub(in crate::view) fn of(&self, pair: Pair) -> &[PackedAct] {
        let span = self.rows.get(index(pair.1)).and_then(|row| row.span(pair.0));
        span.map_or(&[], |span| self.lying(span))
    }

    /// All pairs with what is recorded between them.
    pub(in crate::view) fn all(&self) -> impl Iterator<Item = (Pair, &[PackedAct])> {
        (0..).zip(&self.rows).flat_map(move |(greater, row)| {
            row.all().map(move |(lesser, span)| (Pair(lesser, greater), self.lying(span)))
        })
    }

    fn lying(&self, span: Span) -> &[PackedAct] {
        self.acts.get(span.range()).unwrap_or_default()
    }

    /// Puts the acts that wait in their places. Returns the pairs that are new, in the order in which
    /// they came.
    pub(in crate::view) fn settle(&mut self) -> Vec<Pair> {
        let waiting = std::mem::take(&mut self.waiting);
        let is_few = waiting.len() <= 1 || waiting.len() * FEW_PART < self.acts.len();
        let new = if is_few { self.insert_each(waiting) } else { self.lay_out(waiting) };
        if self.acts.len() < self.left * 2 {
            self.close_up();
        }
        new
    }

    /// The span of a pair, which is given one if it has none, and whether it had none.
    fn span_of(&mut self, pair: Pair) -> (&mut Span, bool) {
        if self.rows.len() <= index(pair.1) {
            self.rows.resize_with(index(pair.1) + 1, Places::default);
        }
        let row = &mut self.rows[index(pair.1)];
        let is_new = row.span(pair.0).is_none();
        if is_new {
            row.insert(pair.0, Span::default());
        }
        (row.span_mut(pair.0).expect("it has one by now"), is_new)
    }

    /// Lets go of the acts that lie in no span any more.
    fn close_up(&mut self) {
        let Self { rows, acts, left, .. } = self;
        let count = acts.len() - *left;
        let before = std::mem::replace(acts, Vec::with_capacity(count + count / ROOM_PART));
        rows.iter_mut().for_each(|row| {
            row.each(|span| {
                let range = span.range();
                span.first = number(acts.len());
                acts.extend_from_slice(&before[range]);
            });
        });
        *left = 0;
    }

    fn insert_each(&mut self, waiting: Vec<(Pair, PackedAct)>) -> Vec<Pair> {
        let new = waiting.into_iter().filter(|(pair, act)| self.insert(*pair, *act));
        new.map(|(pair, _)| pair).collect()
    }

    /// Puts one act in its place, at the end of the list if there is no room for it where its like lie.
    /// Returns whether its pair is new.
    fn insert(&mut self, pair: Pair, act: PackedAct) -> bool {
        let end = self.acts.len();
        let (span, is_new) = self.span_of(pair);
        let range = span.range();
        let moves = range.end != end;
        if moves {
            span.first = number(end);
        }
        span.count += 1;
        let start = index(span.first);
        if moves {
            self.left += range.len();
            self.acts.extend_from_within(range);
        }
        let at = self.acts[start..].partition_point(|earlier| earlier.comes_before(&act));
        self.acts.insert(start + at, act);
        is_new
    }

    /// Lays all acts out anew, those of each pair together, pairs in order. Returns the pairs that are
    /// new.
    fn lay_out(&mut self, waiting: Vec<(Pair, PackedAct)>) -> Vec<Pair> {
        let before = self.all().flat_map(|(pair, acts)| acts.iter().map(move |act| (pair, *act)));
        let mut all: Vec<(Pair, PackedAct)> = before.collect();
        if all.is_empty() {
            all = waiting;
        } else {
            all.extend(waiting);
        }
        self.rows.iter_mut().for_each(|row| row.each(|span| span.count = 0));
        let mut new = Vec::new();
        for (pair, _) in &all {
            let (span, is_new) = self.span_of(*pair);
            span.count += 1;
            if is_new {
                new.push(*pair);
            }
        }
        self.acts = Vec::with_capacity(all.len() + all.len() / ROOM_PART);
        self.acts.resize(all.len(), PackedAct::NONE);
        self.left = 0;
        let cores = rayon::current_num_threads().min(SETTLERS_MAX);
        let each = all.len().div_ceil(cores);
        let shares = shared(&mut self.rows, &mut self.acts, each);
        shares.into_par_iter().for_each(|share| share.fill(&all));
        new
    }
}

/// The rows that one core fills, and where what is in them lies.
struct Share<'a> {
    first_row: usize,
    rows: &'a mut [Places],
    first_act: usize,
    acts: &'a mut [PackedAct],
}

/// Settles where each span begins, by how many acts it will have, and shares the rows out, each time
/// as many as have so many acts together.
fn shared<'a>(
    mut rows: &'a mut [Places],
    mut acts: &'a mut [PackedAct],
    each: usize,
) -> Vec<Share<'a>> {
    let mut next = 0;
    let end = |row: &mut Places| {
        row.each(|span| {
            span.first = next;
            next += std::mem::take(&mut span.count);
        });
        index(next)
    };
    let ends: Vec<usize> = rows.iter_mut().map(end).collect();
    let (mut shares, mut first_row, mut first_act) = (Vec::new(), 0, 0);
    while let Some(last) = ends.len().checked_sub(1).filter(|last| first_row <= *last) {
        let reaches = |end: &usize| first_act + each <= *end;
        let row = ends.iter().position(reaches).unwrap_or(last);
        let (some_rows, other_rows) = std::mem::take(&mut rows).split_at_mut(row + 1 - first_row);
        let (some_acts, others) = std::mem::take(&mut acts).split_at_mut(ends[row] - first_act);
        shares.push(Share { first_row, rows: some_rows, first_act, acts: some_acts });
        (rows, acts, first_row, first_act) = (other_rows, others, row + 1, ends[row]);
    }
    shares
}

impl Share<'_> {
    /// Puts those of all acts in their places that are of its rows.
    fn fill(self, all: &[(Pair, PackedAct)]) {
        let Self { first_row, rows, first_act, acts } = self;
        for (pair, act) in all {
            let row = rows.get_mut(index(pair.1).wrapping_sub(first_row));
            let Some(span) = row.and_then(|row| row.span_mut(pair.0)) else { continue };
            acts[span.range().end - first_act] = *act;
            span.count += 1;
        }
        let mut sort = |span: &mut Span| {
            let Range { start, end } = span.range();
            let acts = &mut acts[start - first_act..end - first_act];
            if !acts.is_sorted_by(PackedAct::comes_before) {
                acts.sort_by_key(|act| act.order());
            }
        };
        rows.iter_mut().for_each(|row| row.each(&mut sort));
    }
}

/// The acts of all pairs, one after the other.
pub(in crate::view) struct InOrder<'a>(pub(in crate::view) &'a Spans);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(spans) = self;
        let mut all = serializer.serialize_seq(Some(spans.acts.len() - spans.left))?;
        for act in spans.all().flat_map(|(_, acts)| acts) {
            all.serialize_element(act)?;
        }
        all.end()
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
        for ((one, other), acts) in model {
            prop_assert_eq!(spans.of(Pair::new(*other, *one)), &acts[..]);
        }
        prop_assert!(spans.acts.len() - spans.left == model.values().map(Vec::len).sum::<usize>());
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
                let (mut added, mut new) = (Vec::new(), Vec::new());
                for (one, other, day) in batch {
                    let (one, other) = (*one, *other + 60 * (*one % 2));
                    if one == other {
                        continue;
                    }
                    let pair = Pair::new(one, other);
                    let of_pair = model.entry((pair.0, pair.1)).or_default();
                    spans.add(pair, act(next, *day));
                    if of_pair.is_empty() {
                        new.push(pair);
                    }
                    of_pair.push(act(next, *day));
                    of_pair.sort_by_key(|act| act.order());
                    added.push((pair, Sequence(next)));
                    next += 1;
                }
                prop_assert_eq!(spans.settle(), new);
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
            let counts = spans.all().map(|(pair, acts)| (pair, number(acts.len()))).collect();
            let acts = spans.all().flat_map(|(_, acts)| acts.to_vec()).collect();
            prop_assert_eq!(Spans::of_pairs(counts, acts, 120), Some(spans));
        }
    }

    #[test]
    fn what_lies_nowhere_any_more_is_let_go_of() {
        let mut spans = Spans::default();
        for sequence in 0..2_000 {
            spans.add(Pair::new(0, 1 + u32::from(sequence % 2 == 0)), act(sequence, 1));
            spans.settle();
            assert!(spans.left * 2 <= spans.acts.len(), "{} of {}", spans.left, spans.acts.len());
        }
    }

    #[test]
    fn numbers_that_do_not_agree_are_refused() {
        let acts = || vec![act(0, 1), act(1, 2)];
        let of = |pairs, entities| Spans::of_pairs(pairs, acts(), entities);
        assert!(of(vec![(Pair(0, 1), 1), (Pair(0, 2), 1)], 3).is_some());
        assert!(of(vec![(Pair(0, 1), 1), (Pair(0, 2), 1)], 2).is_none());
        assert!(of(vec![(Pair(0, 1), 1)], 2).is_none());
        assert!(of(vec![(Pair(0, 1), 3)], 2).is_none());
        assert!(of(vec![(Pair(0, 1), u32::MAX), (Pair(0, 1), 3)], 2).is_none());
        assert!(of(vec![(Pair(u32::MAX, u32::MAX), 2)], 2).is_none());
    }
}
