//! Times pieces of work against each other: in turn, several rounds of all of them, so that whatever
//! else the machine does falls on each. Must judge nothing.

use std::time::Instant;

/// The times that one piece of work took, a round each, in nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    nanoseconds: Vec<f64>,
}

impl Times {
    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.nanoseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// The median and the range, each divided by as many as were done, in a unit that reads well.
    pub(crate) fn each(&self, done: u64) -> String {
        #[allow(clippy::cast_precision_loss, reason = "a count of work done")]
        let per = |time: f64| time / done as f64;
        let least = self.nanoseconds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.nanoseconds.iter().copied().fold(0.0, f64::max);
        let unit = unit_of(per(self.median()));
        let [median, least, most] = [self.median(), least, most].map(|time| per(time) / unit.1);
        format!("{median:.3} {} ({least:.3}–{most:.3})", unit.0)
    }

    /// How often as long as another this took, round by round: the middle, and the range.
    pub(crate) fn against(&self, other: &Self) -> String {
        let mut ratios: Vec<f64> =
            self.nanoseconds.iter().zip(&other.nanoseconds).map(|(own, of)| own / of).collect();
        ratios.sort_by(f64::total_cmp);
        let [least, most] = [ratios[0], ratios[ratios.len() - 1]];
        format!("{:.2} ({least:.2}–{most:.2})", ratios[ratios.len() / 2])
    }
}

impl Times {
    /// As [`Times::against`], where the two did different numbers of things: for one of each.
    pub(crate) fn scaled(&self, other: &Self, done: u64, other_done: u64) -> String {
        #[allow(clippy::cast_precision_loss, reason = "counts of work done")]
        let scale = |times: &Self, done: u64| {
            let each = times.nanoseconds.iter().map(|time| time / done as f64);
            Self { nanoseconds: each.collect() }
        };
        scale(self, done).against(&scale(other, other_done))
    }
}

fn unit_of(nanoseconds: f64) -> (&'static str, f64) {
    match nanoseconds {
        below if below < 1e3 => ("ns", 1.0),
        below if below < 1e6 => ("µs", 1e3),
        below if below < 1e9 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// Does each piece of work once unmeasured, then all of them in turn, round by round.
pub(crate) fn rounds<const N: usize>(count: usize, mut works: [&mut dyn FnMut(); N]) -> [Times; N] {
    works.iter_mut().for_each(|work| work());
    let mut times = [const { Times { nanoseconds: Vec::new() } }; N];
    for _ in 0..count {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            work();
            times.nanoseconds.push(begin.elapsed().as_secs_f64() * 1e9);
        }
    }
    times
}
