//! What speaks of other entries, as corrections and claims do: of which one, and all that speak of one.
//! Must not know what it says. Entries that nobody has verified may speak of any number.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::domain::sequence::Sequence;
use crate::view::places::{index, number};

/// Entries that each speak of another, the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Sequence, Sequence)>", into = "Vec<(Sequence, Sequence)>")]
pub(in crate::view) struct Replies {
    /// In the order of recording.
    all: Vec<Reply>,
    /// The place of the last that speaks of a root.
    root_to_last: HashMap<Sequence, u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reply {
    entry: Sequence,
    root: Sequence,
    /// The place of the one before it that speaks of the same root; its own for the first.
    before: u32,
}

impl Replies {
    /// Adds an entry behind all others.
    pub(in crate::view) fn push(&mut self, entry: Sequence, root: Sequence) {
        let place = number(self.all.len());
        let before = self.root_to_last.insert(root, place).unwrap_or(place);
        self.all.push(Reply { entry, root, before });
    }

    /// Takes the last entry out again, if it is this one.
    pub(in crate::view) fn pop(&mut self, entry: Sequence) {
        let Some(Reply { root, before, .. }) = self.all.pop_if(|last| last.entry == entry) else {
            return;
        };
        if index(before) == self.all.len() {
            self.root_to_last.remove(&root);
        } else {
            self.root_to_last.insert(root, before);
        }
    }

    /// What an entry speaks of, if it is one of these.
    pub(in crate::view) fn root_of(&self, entry: Sequence) -> Option<Sequence> {
        let place = self.all.binary_search_by_key(&entry, |reply| reply.entry).ok()?;
        Some(self.all[place].root)
    }

    /// Whether any speaks of a root.
    pub(in crate::view) fn has(&self, root: Sequence) -> bool {
        !self.all.is_empty() && self.root_to_last.contains_key(&root)
    }

    /// All that speak of a root, in the order of recording.
    pub(in crate::view) fn of(&self, root: Sequence) -> Vec<Sequence> {
        let mut found = Vec::new();
        let mut next =
            if self.all.is_empty() { None } else { self.root_to_last.get(&root).copied() };
        while let Some(place) = next {
            let Reply { entry, before, .. } = self.all[index(place)];
            found.push(entry);
            next = (before != place).then_some(before);
        }
        found.reverse();
        found
    }
}

impl From<Vec<(Sequence, Sequence)>> for Replies {
    fn from(pairs: Vec<(Sequence, Sequence)>) -> Self {
        let mut replies = Self {
            all: Vec::with_capacity(pairs.len()),
            root_to_last: HashMap::with_capacity(pairs.len()),
        };
        pairs.into_iter().for_each(|(entry, root)| replies.push(entry, root));
        replies
    }
}

impl From<Replies> for Vec<(Sequence, Sequence)> {
    fn from(replies: Replies) -> Self {
        replies.all.into_iter().map(|Reply { entry, root, .. }| (entry, root)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn those_of(pairs: &[(Sequence, Sequence)], root: Sequence) -> Vec<Sequence> {
        pairs.iter().filter(|(_, of)| *of == root).map(|(entry, _)| *entry).collect()
    }

    proptest! {
        #[test]
        fn each_root_has_all_that_speak_of_it_in_order(
            roots in prop::collection::vec(prop_oneof![0_u64..6, Just(u64::MAX)], 0..30),
            popped in 0_usize..30,
        ) {
            let numbered = (7..).zip(roots).map(|(entry, root)| (Sequence(entry), Sequence(root)));
            let mut pairs: Vec<(Sequence, Sequence)> = numbered.collect();
            let mut replies = Replies::from(pairs.clone());
            for _ in 0..popped.min(pairs.len()) {
                // Not the last: nothing happens.
                replies.pop(Sequence(6));
                let (last, _) = pairs.pop().unwrap();
                replies.pop(last);
            }
            prop_assert_eq!(&replies, &Replies::from(pairs.clone()));
            prop_assert_eq!(Vec::from(replies.clone()), &pairs[..]);
            for root in (0..7).chain([u64::MAX]).map(Sequence) {
                let those = those_of(&pairs, root);
                prop_assert_eq!(replies.has(root), !those.is_empty());
                prop_assert_eq!(replies.of(root), those);
            }
            for entry in (0..40).map(Sequence) {
                let root = pairs.iter().find(|(of, _)| *of == entry).map(|(_, root)| *root);
                prop_assert_eq!(replies.root_of(entry), root);
            }
        }
    }
}
