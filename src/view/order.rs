//! Which of the stated orders can hold together: an `after` that no choice of days can satisfy, or
//! that closes a circle, is left out (domain.md §6). The order of recording never decides which.

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
    let mut impossible = Vec::new();
    for (item, before) in stated {
        items[item].after.push(before);
        if item == before || !satisfiable(items) {
            items[item].after.pop();
            impossible.push((item, before));
        }
    }
    impossible
}

/// Pushes earliest days along the stated orders until nothing moves or a day is out of bounds.
fn satisfiable(items: &[Item]) -> bool {
    let mut earliest: Vec<_> = items.iter().map(|item| item.bounds.earliest).collect();
    // Without a circle the days settle after as many rounds as there are items.
    let mut done = vec![false; items.len()];
    for _ in 0..items.len() {
        let mut moved = false;
        for (index, item) in items.iter().enumerate() {
            if done[index] || !item.after.iter().all(|before| done[*before]) {
                continue;
            }
            let latest_start = item.after.iter().map(|before| earliest[*before]).max();
            earliest[index] = earliest[index].max(latest_start.unwrap_or(earliest[index]));
            if earliest[index] > item.bounds.latest {
                return false;
            }
            done[index] = true;
            moved = true;
        }
        if !moved {
            break;
        }
    }
    done.into_iter().all(|settled| settled)
}
