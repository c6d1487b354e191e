//! A mark for some of the entries. Must take no more than a bit for each entry, whatever numbers are
//! marked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::sequence::{Sequence, Size};

/// Which entries are marked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::view) struct Marks {
    /// A bit for each entry, up to the last word with one that is set.
    words: Vec<u64>,
    /// Numbers that no entry had when they were marked: whoever wrote them had not verified them.
    ahead: BTreeSet<Sequence>,
}

impl Marks {
    /// Marks an entry of so many that there are.
    pub(in crate::view) fn set(&mut self, entry: Sequence, size: Size) {
        let (word, bit) = place(entry);
        if !size.includes(entry) {
            self.ahead.insert(entry);
            return;
        }
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Takes a mark away.
    pub(in crate::view) fn clear(&mut self, entry: Sequence) {
        let (word, bit) = place(entry);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
        self.ahead.remove(&entry);
    }

    /// Says whether an entry is marked.
    pub(in crate::view) fn has(&self, entry: Sequence) -> bool {
        Among(&self.words).has(entry) || !self.ahead.is_empty() && self.ahead.contains(&entry)
    }

    /// The marks of entries that there were; none where others are marked besides.
    pub(in crate::view) fn among_entries(&self) -> Option<Among<'_>> {
        self.ahead.is_empty().then_some(Among(&self.words))
    }
}

/// Marks of entries that there are, to be asked about many.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Among<'a>(&'a [u64]);

impl Among<'_> {
    /// Says whether an entry is marked.
    pub(in crate::view) fn has(self, entry: Sequence) -> bool {
        let (word, bit) = place(entry);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(entry: Sequence) -> (usize, u64) {
    (usize::try_from(entry.0 / 64).unwrap_or(usize::MAX), 1 << (entry.0 % 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_marked_is_what_a_set_has(
            changes in prop::collection::vec(
                (prop_oneof![0_u64..300, Just(u64::MAX)], any::<bool>()),
                0..60,
            ),
        ) {
            let size = Size(250);
            let (mut marks, mut set) = (Marks::default(), BTreeSet::new());
            for (entry, is_marked) in changes {
                if is_marked {
                    marks.set(Sequence(entry), size);
                    set.insert(entry);
                } else {
                    marks.clear(Sequence(entry));
                    set.remove(&entry);
                }
                for entry in (0..400).chain([u64::MAX]) {
                    prop_assert_eq!(marks.has(Sequence(entry)), set.contains(&entry));
                }
                let mut anew = Marks::default();
                set.iter().for_each(|entry| anew.set(Sequence(*entry), size));
                prop_assert_eq!(&marks, &anew);
            }
        }
    }
}
