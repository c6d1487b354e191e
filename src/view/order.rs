//! Which of the stated orders can hold together: an `after` that no choice of days can satisfy, or
//! that closes a circle, is left out (domain.md §6). The order of recording never decides which.

use std::collections::BTreeSet;

use crate::domain::day::Day;
use crate::view::completion::Item;

/// Leaves out every `after` that cannot hold, and names them as (item, the one it cannot follow).
///
/// The stated orders are admitted one by one, those between earlier days first.
pub fn admit(items: &mut [Item]) -> Vec<(usize, usize)> {
    let mut stated: Vec<(usize, usize)> = Vec::new();
    for (index, item) in items.iter_mut().enumerate() {
        stated.extend(std::mem::take(&mut item.after).into_iter().map(|before| (index, before)));
    }
    let rank = |index: &usize| {
        (items[*index].bounds.earliest, items[*index].bounds.latest, items[*index].happening)
    };
    stated.sort_by_key(|(item, before)| (rank(item), rank(before), *item, *before));
    stated.dedup();
    let mut orders = Orders::new(items);
    let mut impossible = Vec::new();
    for (item, before) in stated {
        if orders.admit(items, item, before) {
            items[item].after.push(before);
        } else {
            impossible.push((item, before));
        }
    }
    impossible
}

/// The orders admitted so far, with all that follows from them.
struct Orders {
    /// The earliest day of each item, given those it follows.
    earliest: Vec<Day>,
    /// What each item precedes, and what it follows, also through others.
    precedes: Vec<BTreeSet<usize>>,
    follows: Vec<BTreeSet<usize>>,
}

impl Orders {
    fn new(items: &[Item]) -> Self {
        Self {
            earliest: items.iter().map(|item| item.bounds.earliest).collect(),
            precedes: vec![BTreeSet::new(); items.len()],
            follows: vec![BTreeSet::new(); items.len()],
        }
    }

    /// Admits that an item followed another, unless that closes a circle or leaves one no day.
    fn admit(&mut self, items: &[Item], item: usize, before: usize) -> bool {
        if item == before || self.precedes[item].contains(&before) {
            return false;
        }
        if self.precedes[before].contains(&item) {
            return true;
        }
        let later: Vec<usize> =
            std::iter::once(item).chain(self.precedes[item].iter().copied()).collect();
        let start = self.earliest[before];
        if later.iter().any(|after| items[*after].bounds.latest < start) {
            return false;
        }
        let earlier: Vec<usize> =
            std::iter::once(before).chain(self.follows[before].iter().copied()).collect();
        for after in &later {
            self.earliest[*after] = self.earliest[*after].max(start);
            self.follows[*after].extend(&earlier);
        }
        for first in earlier {
            self.precedes[first].extend(&later);
        }
        true
    }
}
