//! Figures, and what they come to: medians, spreads and ratios. Must know nothing of what was measured.

use std::collections::BTreeMap;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Load,
    Verify,
    VerifyInFull,
    Read,
    StatusOn,
    StatusOnKnown,
    PartnersOn,
    AppendSingle,
    AppendBatch,
    AppendFromThreads,
    SizeOnDisk,
}

impl Operation {
    pub(crate) const ALL: [Self; 11] = [
        Self::Load,
        Self::Verify,
        Self::VerifyInFull,
        Self::Read,
        Self::StatusOn,
        Self::StatusOnKnown,
        Self::PartnersOn,
        Self::AppendSingle,
        Self::AppendBatch,
        Self::AppendFromThreads,
        Self::SizeOnDisk,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Verify => "verify",
            Self::VerifyInFull => "verify-in-full",
            Self::Read => "read",
            Self::StatusOn => "status-on",
            Self::StatusOnKnown => "status-on-known",
            Self::PartnersOn => "partners-on",
            Self::AppendSingle => "append-single",
            Self::AppendBatch => "append-batch",
            Self::AppendFromThreads => "append-from-threads",
            Self::SizeOnDisk => "size-on-disk",
        }
    }
}

/// The median of some figures, the least and the greatest of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// Absent when there are none.
    pub(crate) fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = ((sorted.len() - 1) / 2, sorted.len() / 2);
        Some(Self { median: f64::midpoint(sorted[low], sorted[high]), least, greatest })
    }
}

/// Nanoseconds of one operation, or bytes of one entry, for each peer and round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(BTreeMap<(Operation, &'static str), BTreeMap<usize, f64>>);

impl Figures {
    /// Keeps one figure.
    pub(crate) fn note(
        &mut self,
        operation: Operation,
        peer: &'static str,
        round: usize,
        figure: f64,
    ) {
        self.0.entry((operation, peer)).or_default().insert(round, figure);
    }

    /// Adds the same to the figures of all rounds.
    pub(crate) fn add(&mut self, operation: Operation, peer: &'static str, more: f64) {
        let rounds = self.0.get_mut(&(operation, peer)).into_iter().flatten();
        rounds.for_each(|(_, figure)| *figure += more);
    }

    /// The figures of the rounds, in order.
    pub(crate) fn rounds(&self, operation: Operation, peer: &'static str) -> Vec<f64> {
        self.0.get(&(operation, peer)).into_iter().flatten().map(|(_, figure)| *figure).collect()
    }

    /// How many times what the one figure is that the other is, within each round that has both.
    /// Taken round by round, what slows the whole machine for a while slows both and cancels out.
    pub(crate) fn ratios(
        &self,
        (operation, peer): (Operation, &'static str),
        beside: (Operation, &'static str),
    ) -> Vec<f64> {
        let rounds = self.0.get(&(operation, peer)).into_iter().flatten();
        let beside = self.0.get(&beside);
        let ratio = |(round, figure): (&usize, &f64)| Some(figure / beside?.get(round)?);
        rounds.filter_map(ratio).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(figures: &[f64]) -> (f64, f64, f64) {
        let spread = Spread::of(figures).unwrap();
        (spread.median, spread.least, spread.greatest)
    }

    #[test]
    fn a_median_is_the_middle_figure_or_between_the_middle_two() {
        assert_eq!(spread(&[3.0]), (3.0, 3.0, 3.0));
        assert_eq!(spread(&[9.0, 1.0, 2.0]), (2.0, 1.0, 9.0));
        assert_eq!(spread(&[10.0, 1.0, 2.0, 4.0]), (3.0, 1.0, 10.0));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let mut figures = Figures::default();
        let load = Operation::Load;
        for (round, (one, other)) in [(1.0, 2.0), (10.0, 30.0), (1.0, 4.0)].iter().enumerate() {
            figures.note(load, "one", round, *one);
            figures.note(load, "other", round, *other);
        }
        assert_eq!(figures.ratios((load, "other"), (load, "one")), [2.0, 3.0, 4.0]);
        assert_eq!(figures.ratios((load, "one"), (load, "other")), [0.5, 1.0 / 3.0, 0.25]);
        assert_eq!(figures.ratios((load, "one"), (load, "nobody")), [0.0; 0]);
    }

    #[test]
    fn a_round_that_only_one_has_gives_no_ratio() {
        let mut figures = Figures::default();
        let load = Operation::Load;
        figures.note(load, "one", 0, 2.0);
        figures.note(load, "one", 1, 4.0);
        figures.note(load, "other", 1, 8.0);
        assert_eq!(figures.ratios((load, "other"), (load, "one")), [2.0]);
        assert_eq!(figures.ratios((load, "one"), (load, "other")), [0.5]);
    }

    #[test]
    fn what_is_added_is_added_to_every_round() {
        let mut figures = Figures::default();
        figures.note(Operation::Load, "one", 0, 1.0);
        figures.note(Operation::Load, "one", 2, 2.0);
        figures.add(Operation::Load, "one", 0.5);
        figures.add(Operation::Load, "other", 0.5);
        assert_eq!(figures.rounds(Operation::Load, "one"), [1.5, 2.5]);
        assert_eq!(figures.rounds(Operation::Load, "other"), [0.0; 0]);
    }
}
