//! What a relation was on each day, as a list of segments: a question is one binary search.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::status::{Status, StatusSet};

/// What a status may be after recorded acts, or before the first of them.
pub(in crate::view) fn statuses(begun: StatusSet, prior: StatusSet, complete: bool) -> StatusSet {
    match (prior.is_empty(), complete) {
        (true, _) => begun,
        (false, true) => begun.with(Status::None),
        (false, false) => begun.union(prior),
    }
}

/// What a relation may have been from a day on, until the next segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<I> {
    /// The first day.
    pub from: Day,
    /// The statuses that recorded acts have led to.
    pub begun: StatusSet,
    /// The statuses before the first recorded act, if it may still lie ahead. They shrink to none
    /// when the ledger is asserted complete.
    pub prior: StatusSet,
    /// The item that began the status, where only one can have.
    pub since: Option<I>,
    /// The items whose order was inferred; many segments may share them.
    pub decided_by: Arc<[I]>,
    /// Whether that order made the answer smaller.
    pub is_inferred: bool,
    /// Whether it did so where the ledger is asserted complete.
    pub is_inferred_when_complete: bool,
    /// Whether too many acts may have happened in any order.
    pub too_open: bool,
}

impl<I> Segment<I> {
    /// A segment without any status yet.
    pub fn new(from: Day) -> Self {
        Self {
            from,
            begun: StatusSet::EMPTY,
            prior: StatusSet::EMPTY,
            since: None,
            decided_by: Arc::default(),
            is_inferred: false,
            is_inferred_when_complete: false,
            too_open: false,
        }
    }

    /// The segment of a relation of which nothing is recorded.
    pub fn nothing_recorded(from: Day) -> Self {
        Self { prior: Status::None.into(), ..Self::new(from) }
    }

    /// What the status may be, given whether the ledger is asserted complete on the day.
    pub fn statuses(&self, complete: bool) -> StatusSet {
        statuses(self.begun, self.prior, complete)
    }

    /// The items whose order was inferred, where that made the answer smaller, given whether the
    /// ledger is asserted complete on the day.
    pub fn inferred_from(&self, complete: bool) -> &[I] {
        let inferred = if complete { self.is_inferred_when_complete } else { self.is_inferred };
        if inferred { &self.decided_by } else { &[] }
    }

    /// Says whether the status before the first recorded act is left open.
    pub fn start_not_recorded(&self) -> bool {
        !self.prior.is_empty() && self.prior != Status::None.into()
    }
}

impl<I: Clone + Ord> Segment<I> {
    fn union(&self, other: &Self, from: Day) -> Self {
        let decided_by = if self.decided_by == other.decided_by {
            Arc::clone(&self.decided_by)
        } else {
            let both: BTreeSet<&I> = self.decided_by.iter().chain(&*other.decided_by).collect();
            both.into_iter().cloned().collect()
        };
        Self {
            from,
            begun: self.begun.union(other.begun),
            prior: self.prior.union(other.prior),
            since: if self.since == other.since { self.since.clone() } else { None },
            decided_by,
            is_inferred: self.is_inferred || other.is_inferred,
            is_inferred_when_complete: self.is_inferred_when_complete
                || other.is_inferred_when_complete,
            too_open: self.too_open || other.too_open,
        }
    }
}

/// The segments of a relation, in order of time; the first begins on [`Day::FIRST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<I> {
    segments: Vec<Segment<I>>,
}

impl<I: PartialEq> Timeline<I> {
    /// Joins segments given in order of their days; of two of one day the later counts.
    pub fn new(segments: Vec<Segment<I>>) -> Self {
        let mut joined: Vec<Segment<I>> = Vec::with_capacity(segments.len());
        for segment in segments {
            if joined.last().is_some_and(|last| last.from == segment.from) {
                joined.pop();
            }
            let same = |last: &Segment<I>| {
                (last.begun, last.prior, last.too_open)
                    == (segment.begun, segment.prior, segment.too_open)
                    && last.since == segment.since
                    && last.decided_by == segment.decided_by
                    && last.is_inferred == segment.is_inferred
                    && last.is_inferred_when_complete == segment.is_inferred_when_complete
            };
            if !joined.last().is_some_and(same) {
                joined.push(segment);
            }
        }
        Self { segments: joined }
    }
}

impl<I> Timeline<I> {
    /// The segments, in order of time.
    pub fn segments(&self) -> &[Segment<I>] {
        &self.segments
    }

    fn index_on(&self, day: Day) -> usize {
        self.segments.partition_point(|segment| segment.from <= day).saturating_sub(1)
    }

    /// The segment that a day lies in.
    pub fn on(&self, day: Day) -> &Segment<I> {
        &self.segments[self.index_on(day)]
    }

    /// The segments from the one that holds a day on.
    pub fn from(&self, day: Day) -> &[Segment<I>] {
        &self.segments[self.index_on(day)..]
    }

    /// The segments up to the one that holds a day.
    pub fn until(&self, day: Day) -> &[Segment<I>] {
        &self.segments[..=self.index_on(day)]
    }

    /// The same timeline with its items named otherwise.
    pub fn map<J: PartialEq + Clone>(self, name: &impl Fn(&I) -> J) -> Timeline<J> {
        let mut given: Arc<[I]> = Arc::default();
        let mut named: Arc<[J]> = Arc::default();
        let mut deciders = |decided_by: Arc<[I]>| {
            if !Arc::ptr_eq(&given, &decided_by) {
                named = decided_by.iter().map(name).collect();
                given = decided_by;
            }
            Arc::clone(&named)
        };
        let segments = self.segments.into_iter().map(|segment| Segment {
            from: segment.from,
            begun: segment.begun,
            prior: segment.prior,
            since: segment.since.as_ref().map(name),
            decided_by: deciders(segment.decided_by),
            is_inferred: segment.is_inferred,
            is_inferred_when_complete: segment.is_inferred_when_complete,
            too_open: segment.too_open,
        });
        Timeline::new(segments.collect())
    }
}

impl<I: Clone + Ord> Timeline<I> {
    /// This timeline before a day, the other from that day on.
    pub fn then(&self, day: Day, other: &Self) -> Self {
        if day == Day::FIRST {
            return other.clone();
        }
        let mut segments: Vec<_> =
            self.segments.iter().filter(|segment| segment.from < day).cloned().collect();
        segments.push(Segment { from: day, ..other.on(day).clone() });
        segments.extend(other.segments.iter().filter(|segment| segment.from > day).cloned());
        Self::new(segments)
    }

    /// The same timeline with each segment replaced; the days stay.
    pub fn map_segments(&self, replace: impl Fn(&Segment<I>) -> Segment<I>) -> Self {
        Self::new(self.segments.iter().map(replace).collect())
    }

    /// What either timeline allows.
    pub fn union(&self, other: &Self) -> Self {
        let mut days: Vec<Day> =
            self.segments.iter().chain(&other.segments).map(|segment| segment.from).collect();
        days.sort_unstable();
        days.dedup();
        Self::new(days.into_iter().map(|day| self.on(day).union(other.on(day), day)).collect())
    }
}
