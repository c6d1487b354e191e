//! Where what is recorded between one entity and each of others lies. Must take memory by how many these
//! are, whatever their numbers.

use std::ops::Range;

/// For so many others there may be room for one of each number up to the greatest.
const ROOM_PART: usize = 4;
/// So many more numbers are always given room.
const ROOM_MIN: usize = 16;

/// What lies together in a list: where, and how many they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::view) struct Span {
    pub(in crate::view) first: u32,
    pub(in crate::view) count: u32,
}

impl Span {
    /// Stands where nothing lies.
    const NONE: Self = Self { first: u32::MAX, count: 0 };

    fn is_there(&self) -> bool {
        *self != Self::NONE
    }

    /// The positions in the list.
    pub(in crate::view) fn range(self) -> Range<usize> {
        index(self.first)..index(self.first) + index(self.count)
    }
}

/// A span for each of some numbers.
#[derive(Debug, Clone)]
pub(in crate::view) enum Places {
    /// Those that are there, in the order of their numbers.
    Few(Vec<(u32, Span)>),
    /// One for each number, so that no search is needed.
    Many { spans: Vec<Span>, count: usize },
}

impl Default for Places {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Places {
    /// The span of a number, if it has one.
    #[inline]
    pub(in crate::view) fn span(&self, number: u32) -> Option<Span> {
        match self {
            Self::Few(spans) => Some(spans[place(spans, number).ok()?].1),
            Self::Many { spans, .. } => spans.get(index(number)).copied().filter(Span::is_there),
        }
    }

    /// The same, to be changed.
    pub(in crate::view) fn span_mut(&mut self, number: u32) -> Option<&mut Span> {
        match self {
            Self::Few(spans) => place(spans, number).ok().map(|at| &mut spans[at].1),
            Self::Many { spans, .. } => spans.get_mut(index(number)).filter(|span| span.is_there()),
        }
    }

    /// Adds the span of a number, or puts it in place of the one that is there.
    pub(in crate::view) fn insert(&mut self, number: u32, span: Span) {
        let (length, count) = match self {
            Self::Few(spans) => (spans.last().map_or(0, |(last, _)| index(*last) + 1), spans.len()),
            Self::Many { spans, count } => (spans.len(), *count),
        };
        let length = length.max(index(number) + 1);
        let is_roomy = length <= ROOM_PART * count + ROOM_MIN;
        match self {
            Self::Few(spans) if !is_roomy => match place(spans, number) {
                Ok(at) => spans[at].1 = span,
                Err(at) => spans.insert(at, (number, span)),
            },
            Self::Many { spans, count } if is_roomy => {
                if spans.len() < length {
                    spans.resize(length, Span::NONE);
                }
                *count += usize::from(!spans[index(number)].is_there());
                spans[index(number)] = span;
            }
            other => {
                other.turn();
                other.insert(number, span);
            }
        }
    }

    /// Takes the span of a number out.
    pub(in crate::view) fn remove(&mut self, number: u32) {
        match self {
            Self::Few(spans) => drop(place(spans, number).map(|at| spans.remove(at))),
            Self::Many { spans, count } => {
                if let Some(span) = spans.get_mut(index(number)).filter(|span| span.is_there()) {
                    *span = Span::NONE;
                    *count -= 1;
                }
            }
        }
    }

    /// Every number that has a span, in order, with it.
    pub(in crate::view) fn all(&self) -> impl Iterator<Item = (u32, Span)> {
        let (few, many) = match self {
            Self::Few(spans) => (&spans[..], &[][..]),
            Self::Many { spans, .. } => (&[][..], &spans[..]),
        };
        let many = (0..).zip(many).map(|(number, span)| (number, *span));
        few.iter().copied().chain(many.filter(|(_, span)| span.is_there()))
    }

    /// Changes each span.
    pub(in crate::view) fn each(&mut self, change: impl FnMut(&mut Span)) {
        match self {
            Self::Few(spans) => spans.iter_mut().map(|(_, span)| span).for_each(change),
            Self::Many { spans, .. } => {
                spans.iter_mut().filter(|span| span.is_there()).for_each(change);
            }
        }
    }

    /// Becomes the other kind, with the same spans.
    fn turn(&mut self) {
        let all: Vec<(u32, Span)> = self.all().collect();
        *self = match self {
            Self::Many { .. } => Self::Few(all),
            Self::Few(_) => {
                let mut spans =
                    vec![Span::NONE; all.last().map_or(0, |(last, _)| index(*last) + 1)];
                all.iter().for_each(|(number, span)| spans[index(*number)] = *span);
                Self::Many { spans, count: all.len() }
            }
        };
    }
}

fn place(spans: &[(u32, Span)], number: u32) -> Result<usize, usize> {
    spans.binary_search_by_key(&number, |(of, _)| *of)
}

/// A number as a position.
pub(in crate::view) fn index(number: u32) -> usize {
    usize::try_from(number).expect("32 bits or more")
}

/// A length as a number.
pub(in crate::view) fn number(length: usize) -> u32 {
    u32::try_from(length).expect("fewer than 2^32")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_put_in_is_held_in_memory_by_how_much_it_is(
            steps in prop::collection::vec((any::<bool>(), 0_u32..6, 0_u32..300), 1..200),
        ) {
            let (mut places, mut model) = (Places::default(), BTreeMap::new());
            for (at, (is_put, scale, number)) in (0_u32..).zip(steps) {
                // Numbers close together, and ones far away.
                let number = number >> scale | u32::from(scale == 5) << 12;
                let span = Span { first: at, count: 1 };
                if is_put {
                    places.insert(number, span);
                    model.insert(number, span);
                    if let Places::Many { spans, count } = &places {
                        prop_assert!(spans.len() <= ROOM_PART * count + ROOM_MIN);
                    }
                } else {
                    places.remove(number);
                    model.remove(&number);
                }
                prop_assert_eq!(places.span(number), model.get(&number).copied());
                prop_assert_eq!(places.span_mut(number).copied(), model.get(&number).copied());
                prop_assert!(places.all().eq(model.iter().map(|(number, span)| (*number, *span))));
            }
            places.each(|span| span.count = 2);
            prop_assert!(places.all().all(|(_, span)| span.count == 2));
            prop_assert_eq!(places.all().count(), model.len());
        }
    }

    #[test]
    fn numbers_that_follow_each_other_need_no_search() {
        let mut places = Places::default();
        (0..1_000).for_each(|number| places.insert(number, Span::default()));
        assert!(matches!(places, Places::Many { count: 1_000, .. }));
        places.insert(1_000_000, Span::default());
        assert!(matches!(&places, Places::Few(spans) if spans.len() == 1_001));
    }
}
