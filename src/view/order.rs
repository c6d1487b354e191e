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

/// The orders admitted so far.
struct Orders {
    /// The earliest day of each item, given those it follows.
    earliest: Vec<Day>,
    /// What each item is known to precede directly.
    precedes: Vec<Vec<usize>>,
}

impl Orders {
    fn new(items: &[Item]) -> Self {
        Self {
            earliest: items.iter().map(|item| item.bounds.earliest).collect(),
            precedes: vec![Vec::new(); items.len()],
        }
    }

    /// Admits that an item followed another, unless that closes a circle or leaves one no day.
    fn admit(&mut self, items: &[Item], item: usize, before: usize) -> bool {
        let start = self.earliest[before];
        // `item` and all after it that might have to move. What lies later than `start` need not, nor
        // need what follows that, and `before` is not among it.
        let mut later = BTreeSet::from([item]);
        let mut queue = vec![item];
        while let Some(next) = queue.pop() {
            if next == before || items[next].bounds.latest < start {
                return false;
            }
            let moved = |after: &usize| self.earliest[*after] <= start && later.insert(*after);
            queue.extend(self.precedes[next].iter().copied().filter(moved));
        }
        for after in later {
            self.earliest[after] = self.earliest[after].max(start);
        }
        self.precedes[before].push(item);
        true
    }
}
