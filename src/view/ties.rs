//! The ties of one entity with others: all that is recorded between them, in one list. Must not know who
//! they are, nor what an act does.

use std::ops::Range;

use crate::domain::sequence::Sequence;
use crate::view::packed::PackedAct;
use crate::view::places::{Places, Span, index, number};

/// For each so many acts that are laid out there is room for one more: without any, the next would
/// have all of them moved.
const ROOM_PART: usize = 32;

/// What is recorded between one entity and others, which have numbers.
#[derive(Debug, Clone, Default)]
pub(in crate::view) struct Ties {
    /// Where what is recorded with each of them lies.
    places: Places,
    acts: Vec<PackedAct>,
    /// How many of the acts lie in no span any more.
    left: usize,
}

impl Ties {
    /// Those with others that have so many acts each, which lie one after the other.
    pub(in crate::view) fn of_counts(
        counts: impl Iterator<Item = (u32, u32)>,
        acts: &[PackedAct],
    ) -> Self {
        let mut ties = Self { acts: with_room(acts.len()), ..Self::default() };
        let mut first = 0;
        for (other, count) in counts {
            ties.places.insert(other, Span { first, count });
            first += count;
        }
        ties.acts.extend_from_slice(acts);
        ties
    }

    /// Takes what the last entry records with another out again. Returns whether nothing is left with it.
    pub(in crate::view) fn pop(&mut self, other: u32, sequence: Sequence) -> bool {
        let Some(span) = self.places.span_mut(other) else { return false };
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
            self.places.remove(other);
        }
        is_gone
    }

    /// What is recorded with another: what is not plain first, then acts in the order of their days.
    #[inline]
    pub(in crate::view) fn of(&self, other: u32) -> &[PackedAct] {
        self.places.span(other).map_or(&[], |span| self.lying(span))
    }

    /// Each of the others, in order, with what is recorded with it.
    pub(in crate::view) fn all(&self) -> impl Iterator<Item = (u32, &[PackedAct])> {
        self.places.all().map(|(other, span)| (other, self.lying(span)))
    }

    /// How much is recorded with all of them.
    pub(in crate::view) fn count(&self) -> usize {
        self.acts.len() - self.left
    }

    /// Whether more of the acts lie in no span any more than do.
    fn is_sparse(&self) -> bool {
        self.acts.len() < self.left * 2
    }

    fn lying(&self, span: Span) -> &[PackedAct] {
        self.acts.get(span.range()).unwrap_or_default()
    }

    /// Lets go of the acts that lie in no span any more.
    fn close_up(&mut self) {
        let Self { places, acts, left, .. } = self;
        let before = std::mem::replace(acts, with_room(acts.len() - *left));
        places.each(|span| {
            let range = span.range();
            span.first = number(acts.len());
            acts.extend_from_slice(&before[range]);
        });
        *left = 0;
    }

    /// Puts one act in its place, at the end of the list if there is no room for it where its like lie.
    /// Returns whether the other is new.
    pub(in crate::view) fn insert(&mut self, other: u32, act: PackedAct) -> bool {
        let end = self.acts.len();
        let is_new = self.places.span(other).is_none();
        if is_new {
            self.places.insert(other, Span::default());
        }
        let span = self.places.span_mut(other).expect("it has one by now");
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
        if self.is_sparse() {
            self.close_up();
        }
        is_new
    }

    /// Lays all acts out anew with more that came after them, those with each of the others together,
    /// others in order. Returns the others that are new, in the order in which they came.
    pub(in crate::view) fn lay_out(
        &mut self,
        more: impl Iterator<Item = (u32, PackedAct)> + Clone,
    ) -> Vec<u32> {
        let before = self.all().flat_map(|(other, acts)| acts.iter().map(move |act| (other, *act)));
        let before: Vec<(u32, PackedAct)> = before.collect();
        let all = before.iter().copied().chain(more);
        self.places.each(|span| span.count = 0);
        let (mut new, mut count) = (Vec::new(), 0);
        for (other, _) in all.clone() {
            count += 1;
            match self.places.span_mut(other) {
                Some(span) => span.count += 1,
                None => {
                    self.places.insert(other, Span { first: 0, count: 1 });
                    new.push(other);
                }
            }
        }
        let mut next = 0;
        self.places.each(|span| {
            span.first = next;
            next += std::mem::take(&mut span.count);
        });
        self.acts = with_room(count);
        self.acts.resize(count, PackedAct::NONE);
        self.left = 0;
        for (other, act) in all {
            let span = self.places.span_mut(other).expect("it has one by now");
            self.acts[span.range().end] = act;
            span.count += 1;
        }
        let Self { places, acts, .. } = self;
        places.each(|span| {
            let acts = &mut acts[span.range()];
            if !acts.is_sorted_by(PackedAct::comes_before) {
                acts.sort_by_key(|act| act.order());
            }
        });
        new
    }
}

/// Room for so many acts and a few more.
fn with_room(count: usize) -> Vec<PackedAct> {
    Vec::with_capacity(count + count / ROOM_PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_nowhere_any_more_is_let_go_of() {
        let mut ties = Ties::default();
        for count in 1..2_000 {
            // One at the end of the list, one that does not lie there.
            ties.insert(u32::from(count % 2 == 0), PackedAct::NONE);
            assert_eq!(ties.count(), count);
            assert!(ties.acts.len() <= 2 * count, "{count} of {}", ties.acts.len());
        }
    }
}
