//! Lists of entries by what they are about, gathered once somebody asks. Must not decide whether the
//! entries are live.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::sequence::{Sequence, Size};

/// The entries that are about each of some things, with what they say of it, as far as they have been
/// gathered. It is no part of what a view is: another one gathers its own.
#[derive(Debug)]
pub(in crate::view) struct Gathered<K, V> {
    lists: Mutex<Lists<K, V>>,
}

#[derive(Debug)]
struct Lists<K, V> {
    size: u64,
    of: HashMap<K, Vec<(Sequence, V)>>,
}

impl<K: Hash + Eq, V: Copy> Gathered<K, V> {
    /// Looks through the entries of the first so many that are about something, in order, until one is
    /// what is looked for. `told` reads those of a range, in order, and is asked about each once.
    pub(in crate::view) fn find<F>(
        &self,
        what: &K,
        size: Size,
        told: impl FnOnce(Range<u64>) -> Vec<(K, Sequence, V)>,
        found: impl FnMut((Sequence, V)) -> Option<F>,
    ) -> Option<F> {
        let mut lists = self.lists();
        if lists.size < size.0 {
            for (what, sequence, value) in told(lists.size..size.0) {
                lists.of.entry(what).or_default().push((sequence, value));
            }
            lists.size = size.0;
        }
        let all = lists.of.get(what).into_iter().flatten().copied();
        all.take_while(|(sequence, _)| size.includes(*sequence)).find_map(found)
    }

    /// Forgets the last entry of a view, which is about these.
    pub(in crate::view) fn pop(&self, last: Sequence, about: impl IntoIterator<Item = K>) {
        let mut lists = self.lists();
        if last.0 < lists.size {
            lists.size = last.0;
            for what in about {
                if let Some(list) = lists.of.get_mut(&what) {
                    while list.pop_if(|(sequence, _)| *sequence == last).is_some() {}
                }
            }
        }
    }

    fn lists(&self) -> MutexGuard<'_, Lists<K, V>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Default for Gathered<K, V> {
    fn default() -> Self {
        Self { lists: Mutex::new(Lists { size: 0, of: HashMap::new() }) }
    }
}

impl<K, V> Clone for Gathered<K, V> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<K, V> PartialEq for Gathered<K, V> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<K, V> Eq for Gathered<K, V> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_asked_about_once_and_what_is_taken_out_is_forgotten() {
        let gathered = Gathered::default();
        let of = |what: &str, size, from: u64| {
            let mut all = Vec::new();
            let told = |range: Range<u64>| {
                assert_eq!(range, from..size);
                let all = range.map(|number| (Sequence(number), number % 2));
                let told = all.flat_map(|(sequence, odd)| match odd {
                    1 => vec![("odd".to_owned(), sequence, odd)],
                    _ => vec![("even".to_owned(), sequence, odd); 2],
                });
                told.collect()
            };
            let found = gathered.find(&what.to_owned(), Size(size), told, |(entry, odd)| {
                all.push(entry.0);
                (odd == 7).then_some(())
            });
            assert_eq!(found, None);
            all
        };
        assert_eq!(of("odd", 4, 0), [1, 3]);
        assert_eq!(of("odd", 2, 4), [1]);
        gathered.pop(Sequence(3), ["odd".to_owned()]);
        assert_eq!(of("odd", 3, 3), [1]);
        assert_eq!(of("even", 3, 3), [0, 0, 2, 2]);
        gathered.pop(Sequence(2), ["even".to_owned()]);
        assert_eq!(of("even", 2, 2), [0, 0]);
        assert_eq!(of("odd", 6, 2), [1, 3, 5]);
        let first = |(entry, _): (Sequence, u64)| (1 < entry.0).then_some(entry.0);
        let nothing_new = |_| unreachable!("each was asked about");
        assert_eq!(gathered.find(&"odd".to_owned(), Size(6), nothing_new, first), Some(3));
        // One that nobody has asked about is nothing to forget.
        gathered.pop(Sequence(9), ["odd".to_owned()]);
        assert_eq!(of("odd", 6, 6), [1, 3, 5]);
    }
}
