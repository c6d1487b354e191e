//! What the completions of least cost say of each item and of each day, once both passes have been made.
//! Must not look for completions.

use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::finding::FindingKind;
use crate::domain::status::{Status, StatusSet};
use crate::view::completion::{Cluster, Item, Node, Outcome, end_of, first_day_at, is_act};
use crate::view::standing::{Standing, after_the_end};
use crate::view::timeline::{Segment, Timeline, statuses};

/// The outcome of each item, by index.
pub(super) fn outcomes(items: &[Item], clusters: &[Cluster], best: u32) -> Vec<Outcome> {
    let nothing = |item: &Item| Outcome {
        bounds: item.bounds,
        before: StatusSet::EMPTY,
        after: StatusSet::EMPTY,
        findings: Vec::new(),
    };
    let mut outcomes: Vec<Outcome> = items.iter().map(nothing).collect();
    for cluster in clusters {
        if cluster.too_open {
            let reach = cluster.sets.iter().flatten().map(|node| node.standing.status).collect();
            for item in cluster.members() {
                let bounds = items[item].bounds;
                let findings = vec![FindingKind::OrderTooOpen];
                outcomes[item] = Outcome { bounds, before: reach, after: reach, findings };
            }
            continue;
        }
        let of_groups = cluster.outcomes(items, best);
        for (group, outcome) in cluster.groups.iter().zip(of_groups) {
            for (item, outcome) in group.members.iter().zip(std::iter::repeat(outcome)) {
                outcomes[*item] = outcome.unwrap_or_else(|| nothing(&items[*item]));
            }
        }
    }
    outcomes
}

impl Cluster {
    /// The outcome of each group; none where no completion of least cost has it.
    fn outcomes(&self, items: &[Item], best: u32) -> Vec<Option<Outcome>> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; self.groups.len()];
        for (set, nodes) in self.sets.iter().enumerate() {
            let until = self.span(set).end;
            for (node, edge, to) in nodes
                .iter()
                .flat_map(|node| self.edges(set, node).map(move |(e, to)| (node, e, to)))
            {
                if to.backward.map(|rest| node.forward + edge.cost + rest) != Some(best) {
                    continue;
                }
                let item = &items[self.groups[edge.group].members[0]];
                let bounds = item.days(to.standing.time, until);
                let outcome = outcomes[edge.group].get_or_insert_with(|| Outcome {
                    bounds,
                    before: StatusSet::EMPTY,
                    after: StatusSet::EMPTY,
                    findings: Vec::new(),
                });
                outcome.bounds = outcome.bounds.hull(bounds);
                outcome.before = outcome.before.with(node.standing.status);
                outcome.after = outcome.after.with(to.standing.status);
                let finding = edge.finding.filter(|finding| !outcome.findings.contains(finding));
                outcome.findings.extend(finding);
            }
        }
        for outcome in outcomes.iter_mut().flatten() {
            outcome.findings.sort_unstable();
        }
        outcomes
    }
}

/// The status on each day; items are named by their index.
pub(super) fn timeline(items: &[Item], clusters: &[Cluster], best: u32) -> Timeline<usize> {
    let acts_of = |cluster: &Cluster| -> Arc<[usize]> {
        cluster.members().filter(|item| is_act(items[*item].happening)).collect()
    };
    // Before any act, the order of the first of them decides what came before.
    let mut deciders: Arc<[usize]> =
        clusters.iter().map(acts_of).find(|acts| !acts.is_empty()).unwrap_or_default();
    let mut segments = match clusters.first() {
        None => vec![Segment::nothing_recorded(Day::FIRST)],
        Some(cluster) => cluster.segments(&[Day::FIRST], best, &deciders),
    };
    for cluster in clusters {
        if cluster.members().nth(1).is_some() {
            deciders = acts_of(cluster);
        }
        let mut days: Vec<Day> = cluster
            .groups
            .iter()
            // What follows the end of a party lies on the next day.
            .flat_map(|group| [group.earliest, group.latest, group.latest + 3].map(first_day_at))
            .collect();
        days.sort_unstable();
        days.dedup();
        segments.extend(cluster.segments(&days, best, &deciders));
    }
    Timeline::new(segments)
}

/// What the completions say of the end of one day.
#[derive(Debug, Clone, Default)]
struct Tally {
    /// What recorded acts have led to, and what came before the first of them: by the completions of
    /// least cost, and by all.
    begun: StatusSet,
    prior: StatusSet,
    begun_at_any_cost: StatusSet,
    prior_at_any_cost: StatusSet,
    /// The items that began the status, or none did: the first of them, and whether there are others.
    since: Option<Option<usize>>,
    since_others: bool,
}

impl Tally {
    fn add(&mut self, node: &Node, is_best: bool) {
        let Standing { status, began_by, begun, orphaned, .. } = node.standing;
        if begun {
            self.begun_at_any_cost = self.begun_at_any_cost.with(status);
            if is_best {
                self.begun = self.begun.with(status);
                self.since_others |= self.since.is_some_and(|since| since != began_by);
                self.since = Some(began_by);
            }
        } else if status == Status::None {
            let left = |prior| if orphaned { after_the_end(prior) } else { prior };
            self.prior_at_any_cost = self.prior_at_any_cost.union(left(node.prior_of_any_cost));
            if is_best {
                self.prior = self.prior.union(left(node.prior));
            }
        }
    }

    fn segment(self, from: Day, too_open: bool, deciders: &Arc<[usize]>) -> Segment<usize> {
        let mut segment = Segment { begun: self.begun, prior: self.prior, ..Segment::new(from) };
        if segment.prior.is_empty() && !self.since_others {
            segment.since = self.since.flatten();
        }
        let is_narrower = |complete| {
            let any = statuses(self.begun_at_any_cost, self.prior_at_any_cost, complete);
            !any.is_subset_of(segment.statuses(complete))
        };
        (segment.is_inferred, segment.is_inferred_when_complete) =
            (is_narrower(false), is_narrower(true));
        if segment.is_inferred || segment.is_inferred_when_complete {
            segment.decided_by = Arc::clone(deciders);
        }
        segment.too_open = too_open && segment.statuses(false).certain().is_none();
        segment
    }
}

impl Cluster {
    /// The answers at the ends of days, in order, that lie in the cluster or after it, before the next.
    fn segments(&self, days: &[Day], best: u32, deciders: &Arc<[usize]>) -> Vec<Segment<usize>> {
        let mut tallies = vec![Tally::default(); days.len()];
        let first_from = |time: i64| days.partition_point(|day| end_of(*day) < time);
        for (set, nodes) in self.sets.iter().enumerate() {
            let span = self.span(set);
            let end = first_from(span.end);
            for node in nodes {
                let Some(rest) = node.backward else { continue };
                let is_best = node.forward + rest == best;
                let begin = first_from(span.start.max(node.standing.time));
                let possible = tallies.get_mut(begin..end).into_iter().flatten();
                possible.for_each(|tally| tally.add(node, is_best));
            }
        }
        let told = days.iter().zip(tallies);
        told.map(|(day, tally)| tally.segment(*day, self.too_open, deciders)).collect()
    }
}
