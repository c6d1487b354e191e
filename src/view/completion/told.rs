//! What the completions of least cost say of each item and of each day, once both passes have been made.
//! Must not look for completions.

use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::finding::FindingKind;
use crate::domain::status::{Status, StatusSet};
use crate::view::completion::graph::{Beginning, Graph, Node, Standings};
use crate::view::completion::{Cluster, Item, Outcome, end_of, first_day_at};
use crate::view::standing::{Standing, after_the_end};
use crate::view::timeline::{Segment, Timeline, statuses};

/// A relation, once both passes have been made.
pub(super) struct Solved<'a> {
    pub(super) items: &'a [Item],
    pub(super) standings: &'a Standings,
    pub(super) clusters: &'a [Cluster],
    pub(super) graph: &'a Graph,
    pub(super) best: u32,
}

impl Solved<'_> {
    fn standing(&self, node: &Node) -> &Standing {
        &self.standings.met[node.standing]
    }

    fn nodes(&self, cluster: &Cluster) -> &[Node] {
        &self.graph.nodes[cluster.nodes.clone()]
    }

    /// The outcome of each item, by index.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let nothing = |item: &Item| Outcome {
            bounds: item.bounds,
            before: StatusSet::EMPTY,
            after: StatusSet::EMPTY,
            findings: Vec::new(),
        };
        let mut outcomes: Vec<Outcome> = self.items.iter().map(nothing).collect();
        for cluster in self.clusters {
            if cluster.too_open {
                let reach: StatusSet =
                    self.nodes(cluster).iter().map(|node| self.standing(node).status).collect();
                for item in cluster.members() {
                    let findings = vec![FindingKind::OrderTooOpen];
                    outcomes[item] = Outcome {
                        before: reach,
                        after: reach,
                        findings,
                        ..nothing(&self.items[item])
                    };
                }
                continue;
            }
            for (group, outcome) in cluster.groups.iter().zip(self.outcomes_in(cluster)) {
                let Some(outcome) = outcome else { continue };
                for (item, outcome) in group.members.iter().zip(std::iter::repeat(outcome)) {
                    outcomes[*item] = outcome;
                }
            }
        }
        outcomes
    }

    /// The outcome of each group; none where no completion of least cost has it.
    fn outcomes_in(&self, cluster: &Cluster) -> Vec<Option<Outcome>> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; cluster.groups.len()];
        for edge in &self.graph.edges[cluster.edges.clone()] {
            let [from, to] = [edge.from(), edge.to()].map(|index| &self.graph.nodes[index]);
            if to.backward.map(|rest| from.forward + edge.cost() + rest) != Some(self.best) {
                continue;
            }
            let item = &self.items[cluster.groups[edge.group()].members[0]];
            let bounds = item.days(to.time, from.until);
            let outcome = outcomes[edge.group()].get_or_insert_with(|| Outcome {
                bounds,
                before: StatusSet::EMPTY,
                after: StatusSet::EMPTY,
                findings: Vec::new(),
            });
            outcome.bounds = outcome.bounds.hull(bounds);
            outcome.before = outcome.before.with(self.standing(from).status);
            outcome.after = outcome.after.with(self.standing(to).status);
            let finding = edge.finding.filter(|finding| !outcome.findings.contains(finding));
            outcome.findings.extend(finding);
        }
        for outcome in outcomes.iter_mut().flatten() {
            outcome.findings.sort_unstable();
        }
        outcomes
    }

    /// The status on each day; items are named by their index.
    pub(super) fn timeline(&self) -> Timeline<usize> {
        let acts_of = |cluster: &Cluster| -> Arc<[usize]> {
            let acts = cluster.groups.iter().filter(|group| group.is_act);
            acts.flat_map(|group| group.members.iter().copied()).collect()
        };
        // Before any act, the order of the first of them decides what came before.
        let mut deciders: Arc<[usize]> =
            self.clusters.iter().map(acts_of).find(|acts| !acts.is_empty()).unwrap_or_default();
        let mut segments = match self.clusters.first() {
            None => vec![Segment::nothing_recorded(Day::FIRST)],
            Some(cluster) => self.segments(cluster, &[Day::FIRST], &deciders),
        };
        for cluster in self.clusters {
            if cluster.members().nth(1).is_some() {
                deciders = acts_of(cluster);
            }
            let mut days: Vec<Day> = cluster
                .groups
                .iter()
                // What follows the end of a party lies on the next day.
                .flat_map(|group| {
                    [group.earliest, group.latest, group.latest + 3].map(first_day_at)
                })
                .collect();
            days.sort_unstable();
            days.dedup();
            segments.extend(self.segments(cluster, &days, &deciders));
        }
        Timeline::new(segments)
    }

    /// The answers at the ends of days, in order, that lie in a cluster or after it, before the next.
    fn segments(
        &self,
        cluster: &Cluster,
        days: &[Day],
        deciders: &Arc<[usize]>,
    ) -> Vec<Segment<usize>> {
        let mut tallies = vec![Tally::default(); days.len()];
        let first_from = |time: i64| days.partition_point(|day| end_of(*day) < time);
        for node in self.nodes(cluster) {
            let Some(rest) = node.backward else { continue };
            let is_best = node.forward + rest == self.best;
            let (begin, end) = (first_from(node.time), first_from(node.until));
            let possible = tallies.get_mut(begin..end).into_iter().flatten();
            possible.for_each(|tally| tally.add(node, self.standing(node), is_best));
        }
        let told = days.iter().zip(tallies);
        told.map(|(day, tally)| tally.segment(*day, cluster.too_open, deciders)).collect()
    }
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
    /// What began the status.
    since: Option<Beginning>,
}

impl Tally {
    fn add(&mut self, node: &Node, standing: &Standing, is_best: bool) {
        let Standing { status, begun, orphaned, .. } = *standing;
        if begun {
            self.begun_at_any_cost = self.begun_at_any_cost.with(status);
            if is_best {
                self.begun = self.begun.with(status);
                self.since = Some(self.since.map_or(node.began_by, |s| s.or(node.began_by)));
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
        if let (true, Some(Beginning::Item(item))) = (segment.prior.is_empty(), self.since) {
            segment.since = Some(item);
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
