//! One after the other where they are few, on all cores where they are many. Knows nothing of what is said.

use rayon::prelude::*;

/// From so many on, they are looked at on all cores.
const APART_MIN: usize = 64;

/// What is said of each of some, in their order.
pub fn of_each<I: Send, T: Send>(
    all: impl Iterator<Item = I>,
    said: impl Fn(I) -> Option<T> + Sync + Send,
) -> Vec<T> {
    let all: Vec<I> = all.collect();
    match all.len() < APART_MIN {
        true => all.into_iter().filter_map(said).collect(),
        false => all.into_par_iter().filter_map(said).collect(),
    }
}
