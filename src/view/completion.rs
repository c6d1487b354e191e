//! Completions of least cost (domain.md §6): what a relation was on each day, given acts whose days
//! are known only within bounds. Pure arithmetic over acts; knows no entries, parties or names.
//!
//! Acts fall into clusters of overlapping bounds, and clusters follow each other. Within a cluster a
//! node is a multiset of acts done together with a `Standing`; an edge does one more act. One pass
//! forward and one backward give each node the least cost of the completions through it.

use crate::domain::day::{Bounds, Day};
use crate::domain::finding::FindingKind;
use crate::domain::status::{Status, StatusSet};
use crate::view::standing::{Happening, START, Standing, after_the_end, before_first, follow};
use crate::view::timeline::{Segment, Timeline, statuses};

/// Above this many distinct acts in one cluster, every order is taken as possible.
pub const DISTINCT_ACTS_MAX: usize = 12;
/// Above this many multisets of acts in one cluster, every order is taken as possible.
const MULTISETS_MAX: usize = 1 << DISTINCT_ACTS_MAX;

/// One happening and the days that are possible for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The days that are possible for it.
    pub bounds: Bounds,
    /// What happens.
    pub happening: Happening,
    /// Which other items, by index, it is known to have followed.
    pub after: Vec<usize>,
}

impl Item {
    /// Times leave room between the days: ends come after a day's acts, and revivals when the day
    /// before is over, so that no act lies between the answer for that day and the revival.
    fn times(&self) -> (i64, i64) {
        let shift = match self.happening {
            Happening::Act(..) | Happening::Implied => 0,
            Happening::End(_) => 1,
            Happening::Revival(_) => -2,
        };
        let time = |day: Day| i64::from(day.number()) * 4 + shift;
        (time(self.bounds.earliest), time(self.bounds.latest))
    }
}

impl Item {
    /// The earliest time at which it can follow what was done by a time; acts lie on whole days.
    fn time_after(&self, time: i64) -> Option<i64> {
        let (earliest, latest) = self.times();
        let time = time.max(earliest);
        let time = if is_act(self.happening) { (time + 3).div_euclid(4) * 4 } else { time };
        (time <= latest).then_some(time)
    }
}

/// The time of the end of a day.
fn end_of(day: Day) -> i64 {
    i64::from(day.number()) * 4 + 2
}

/// The first day by whose end a time has come.
fn first_day_at(time: i64) -> Day {
    i32::try_from((time + 1).div_euclid(4)).ok().and_then(Day::from_number).unwrap_or(Day::LAST)
}

#[derive(Debug)]
struct Edge {
    item: usize,
    to_set: usize,
    to_node: usize,
    cost: u32,
    finding: Option<FindingKind>,
}

#[derive(Debug)]
struct Node {
    standing: Standing,
    forward: u32,
    /// The least cost of finishing; none when no order of the rest is possible.
    backward: Option<u32>,
    edges: Vec<Edge>,
    /// What the status may have been before the first act, over the best and over all completions;
    /// empty once an act has been done.
    prior: StatusSet,
    prior_of_any_cost: StatusSet,
}

/// Items alike in happening and bounds, which no `after` tells apart.
#[derive(Debug)]
struct Group {
    members: Vec<usize>,
    earliest: i64,
    latest: i64,
    after: Vec<usize>,
    radix: usize,
}

#[derive(Debug)]
struct Cluster {
    groups: Vec<Group>,
    /// Nodes by multiset: a mixed-radix number with one digit a group.
    sets: Vec<Vec<Node>>,
    too_open: bool,
}

impl Group {
    fn done(&self, set: usize) -> usize {
        set / self.radix % (self.members.len() + 1)
    }
}

impl Cluster {
    fn new(items: &[Item], members: &[usize]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut item_to_group = std::collections::BTreeMap::new();
        for member in members {
            let item = &items[*member];
            let tied = !item.after.is_empty()
                || members.iter().any(|other| items[*other].after.contains(member));
            let alike = groups.iter().position(|group| {
                group.after.is_empty()
                    && !tied
                    && group.members.iter().all(|other| {
                        items[*other].happening == item.happening
                            && items[*other].bounds == item.bounds
                            && !members.iter().any(|third| items[*third].after.contains(other))
                    })
            });
            let group = alike.unwrap_or_else(|| {
                let (earliest, latest) = item.times();
                groups.push(Group {
                    members: Vec::new(),
                    earliest,
                    latest,
                    after: item.after.clone(),
                    radix: 0,
                });
                groups.len() - 1
            });
            groups[group].members.push(*member);
            item_to_group.insert(*member, group);
        }
        let mut size = 1_usize;
        for group in &mut groups {
            group.radix = size;
            size = size.saturating_mul(group.members.len() + 1);
            // An act of an earlier cluster has been followed already.
            group.after =
                group.after.iter().filter_map(|i| item_to_group.get(i).copied()).collect();
        }
        let is_of_acts = |group: &&Group| {
            group.members.first().is_some_and(|item| is_act(items[*item].happening))
        };
        let distinct = groups.iter().filter(is_of_acts).count();
        let too_open = distinct > DISTINCT_ACTS_MAX || size > MULTISETS_MAX;
        Self { groups, sets: Vec::new(), too_open }
    }

    /// The node sets by forward pass from where the clusters before have ended.
    fn go_forward(&mut self, items: &[Item], starts: &[(Standing, u32)]) {
        let size = self.groups.iter().map(|group| group.members.len() + 1).product();
        self.sets.resize_with(size, Vec::new);
        if let Some(first) = self.sets.first_mut() {
            first.extend(starts.iter().map(|(standing, cost)| node(*standing, *cost)));
        }
        for set in 0..size {
            let open: Vec<(usize, usize)> = (self.groups.iter())
                .filter(|group| group.done(set) < group.members.len())
                .filter(|group| group.after.iter().all(|other| self.groups[*other].done(set) > 0))
                .map(|group| (group.members[group.done(set)], set + group.radix))
                .collect();
            for from in 0..self.sets[set].len() {
                for (item, to_set) in &open {
                    self.connect(items, (set, from), *item, *to_set);
                }
            }
        }
    }

    fn connect(&mut self, items: &[Item], (set, from): (usize, usize), item: usize, to_set: usize) {
        let Node { standing, forward, .. } = self.sets[set][from];
        let Some(time) = items[item].time_after(standing.time) else { return };
        let (to, finding) = follow(Standing { time, ..standing }, item, items[item].happening);
        let cost = finding.map_or(0, FindingKind::cost);
        let nodes = &mut self.sets[to_set];
        let to_node = match nodes.iter().position(|node| node.standing == to) {
            Some(known) => known,
            None => {
                nodes.push(node(to, forward + cost));
                nodes.len() - 1
            }
        };
        nodes[to_node].forward = nodes[to_node].forward.min(forward + cost);
        self.sets[set][from].edges.push(Edge { item, to_set, to_node, cost, finding });
    }

    fn ends(&self) -> Vec<(Standing, u32)> {
        let last = self.sets.last().map_or(&[][..], |nodes| nodes);
        last.iter().map(|node| (node.standing, node.forward)).collect()
    }

    /// The least cost of finishing from each node, given that of the clusters after. The nodes of
    /// the next cluster's start stand in the order of this one's end.
    fn go_backward(&mut self, items: &[Item], next: Option<&Cluster>, best: u32) {
        if let Some(last) = self.sets.last_mut() {
            let following = next.and_then(|next| next.sets.first());
            for (index, node) in last.iter_mut().enumerate() {
                match following.and_then(|nodes| nodes.get(index)) {
                    Some(start) => {
                        node.backward = start.backward;
                        node.prior = start.prior;
                        node.prior_of_any_cost = start.prior_of_any_cost;
                    }
                    None => {
                        node.backward = Some(0);
                        if !node.standing.begun {
                            node.prior = Status::None.into();
                            node.prior_of_any_cost = Status::None.into();
                        }
                    }
                }
            }
        }
        for set in (0..self.sets.len().saturating_sub(1)).rev() {
            for index in 0..self.sets[set].len() {
                let (backward, prior, prior_of_any_cost) = self.finish(items, set, index, best);
                let node = &mut self.sets[set][index];
                (node.backward, node.prior, node.prior_of_any_cost) =
                    (backward, prior, prior_of_any_cost);
            }
        }
    }

    fn finish(
        &self,
        items: &[Item],
        set: usize,
        index: usize,
        best: u32,
    ) -> (Option<u32>, StatusSet, StatusSet) {
        let node = &self.sets[set][index];
        let mut least: Option<u32> = None;
        let (mut prior, mut prior_of_any_cost) = (StatusSet::EMPTY, StatusSet::EMPTY);
        for edge in &node.edges {
            let to = &self.sets[edge.to_set][edge.to_node];
            let Some(rest) = to.backward else { continue };
            let cost = edge.cost + rest;
            least = Some(least.map_or(cost, |least| least.min(cost)));
            if node.standing.begun {
                continue;
            }
            let on_the_way = |later: StatusSet| {
                if to.standing.begun { before_first(items[edge.item].happening) } else { later }
            };
            prior_of_any_cost = prior_of_any_cost.union(on_the_way(to.prior_of_any_cost));
            if node.forward + cost == best {
                prior = prior.union(on_the_way(to.prior));
            }
        }
        (least, prior, prior_of_any_cost)
    }
}

fn node(standing: Standing, forward: u32) -> Node {
    Node {
        standing,
        forward,
        backward: None,
        edges: Vec::new(),
        prior: StatusSet::EMPTY,
        prior_of_any_cost: StatusSet::EMPTY,
    }
}

/// What the completions of least cost say of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The hull of its days over the completions of least cost.
    pub bounds: Bounds,
    /// The statuses right before it.
    pub before: StatusSet,
    /// The statuses right after it.
    pub after: StatusSet,
    /// What is odd about it.
    pub findings: Vec<FindingKind>,
}

/// What the completions of least cost say of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The status on each day; items are named by their index.
    pub timeline: Timeline<usize>,
    /// The outcome of each item, by index.
    pub outcomes: Vec<Outcome>,
    /// The least cost.
    pub cost: u32,
}

/// Finds the completions of least cost.
///
/// Each `after` must be satisfiable together with the others: see [`crate::view::order`].
pub fn solve(items: &[Item]) -> Solution {
    let mut clusters = Vec::new();
    let mut starts = vec![(START, 0)];
    for members in cluster(items) {
        let mut cluster = Cluster::new(items, &members);
        if cluster.too_open {
            collapse(&mut cluster, items, &starts);
        } else {
            cluster.go_forward(items, &starts);
        }
        starts = cluster.ends();
        clusters.push(cluster);
    }
    let best = starts.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
    for index in (0..clusters.len()).rev() {
        let (before, after) = clusters.split_at_mut(index + 1);
        if let Some(cluster) = before.last_mut() {
            cluster.go_backward(items, after.first(), best);
        }
    }
    let outcomes = outcomes(items, &clusters, best);
    Solution { timeline: timeline(items, &clusters, best), outcomes, cost: best }
}

/// The items of each cluster, by index; clusters in order of time.
fn cluster(items: &[Item]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| (items[*index].times(), items[*index].happening, *index));
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut end = i64::MIN;
    for index in order {
        let (earliest, latest) = items[index].times();
        match clusters.last_mut() {
            Some(last) if earliest <= end => last.push(index),
            _ => clusters.push(vec![index]),
        }
        end = end.max(latest);
    }
    clusters
}

/// Replaces the orders of a cluster that has too many by one step to every status within reach.
fn collapse(cluster: &mut Cluster, items: &[Item], starts: &[(Standing, u32)]) {
    let members: Vec<usize> = cluster.groups.iter().flat_map(|g| g.members.clone()).collect();
    let mut reached: Vec<Standing> = starts.iter().map(|(standing, _)| *standing).collect();
    // What an act leads to; the start itself only where one leads back to it.
    let mut stepped: Vec<Standing> = Vec::new();
    let mut next = 0;
    while let Some(from) = reached.get(next).copied() {
        for item in &members {
            let (mut to, _) = follow(from, *item, items[*item].happening);
            (to.actors, to.began_by) = (0, None);
            if !stepped.contains(&to) {
                stepped.push(to);
            }
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
        next += 1;
    }
    let cost = starts.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
    let begun = stepped.into_iter().filter(|standing| standing.begun);
    let last: Vec<Node> = begun.map(|standing| node(standing, cost)).collect();
    // One edge for each distinct first happening, so that what came before it is known.
    let mut firsts = members;
    firsts.sort_by_key(|item| items[*item].happening);
    firsts.dedup_by_key(|item| items[*item].happening);
    let edges = |from: u32| -> Vec<Edge> {
        let cost = cost.saturating_sub(from);
        let to = |item: usize| (0..last.len()).map(move |to_node| (item, to_node));
        let edge = |(item, to_node)| Edge { item, to_set: 1, to_node, cost, finding: None };
        firsts.iter().copied().flat_map(to).map(edge).collect()
    };
    let first = starts.iter().map(|(standing, forward)| {
        let mut start = node(*standing, cost.min(*forward));
        start.edges = edges(start.forward);
        start
    });
    cluster.sets = vec![first.collect(), last];
}

fn outcomes(items: &[Item], clusters: &[Cluster], best: u32) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
    for cluster in clusters {
        if cluster.too_open {
            let reach = cluster.sets.iter().flatten().map(|node| node.standing.status).collect();
            for item in cluster.groups.iter().flat_map(|group| &group.members) {
                let bounds = items[*item].bounds;
                let findings = vec![FindingKind::OrderTooOpen];
                outcomes[*item] = Some(Outcome { bounds, before: reach, after: reach, findings });
            }
            continue;
        }
        for (set, nodes) in cluster.sets.iter().enumerate() {
            for (node, edge) in nodes.iter().flat_map(|n| n.edges.iter().map(move |e| (n, e))) {
                let to = &cluster.sets[edge.to_set][edge.to_node];
                if to.backward.map(|rest| node.forward + edge.cost + rest) != Some(best) {
                    continue;
                }
                let bounds = days_of(cluster, set, to.standing.time, &items[edge.item]);
                let alike = cluster.groups.iter().find(|g| g.members.contains(&edge.item));
                for item in alike.into_iter().flat_map(|group| &group.members) {
                    let outcome = outcomes[*item].get_or_insert_with(|| Outcome {
                        bounds,
                        before: StatusSet::EMPTY,
                        after: StatusSet::EMPTY,
                        findings: Vec::new(),
                    });
                    outcome.bounds = outcome.bounds.hull(bounds);
                    outcome.before = outcome.before.with(node.standing.status);
                    outcome.after = outcome.after.with(to.standing.status);
                    outcome.findings.extend(edge.finding);
                }
            }
        }
    }
    let without = |item: &Item| Outcome {
        bounds: item.bounds,
        before: StatusSet::EMPTY,
        after: StatusSet::EMPTY,
        findings: Vec::new(),
    };
    let mut outcomes: Vec<Outcome> = outcomes
        .into_iter()
        .zip(items)
        .map(|(o, item)| o.unwrap_or_else(|| without(item)))
        .collect();
    for outcome in &mut outcomes {
        outcome.findings.sort_unstable();
        outcome.findings.dedup();
    }
    outcomes
}

/// The days that an item can have when it is done at a time at the earliest and precedes the rest.
fn days_of(cluster: &Cluster, set: usize, earliest: i64, item: &Item) -> Bounds {
    let left = cluster.groups.iter().filter(|group| group.done(set) < group.members.len());
    let (_, latest) = item.times();
    let latest = left.map(|group| group.latest).fold(latest, i64::min);
    let shift = if let Happening::Revival(_) = item.happening { 2 } else { 0 };
    let day =
        |time: i64| i32::try_from((time + shift).div_euclid(4)).ok().and_then(Day::from_number);
    Bounds {
        earliest: day(earliest).unwrap_or(item.bounds.earliest),
        latest: day(latest).unwrap_or(item.bounds.latest),
    }
}

fn timeline(items: &[Item], clusters: &[Cluster], best: u32) -> Timeline<usize> {
    let mut segments = Vec::new();
    let acts_of = |cluster: &Cluster| -> Vec<usize> {
        let members = cluster.groups.iter().flat_map(|group| group.members.iter().copied());
        members.filter(|item| is_act(items[*item].happening)).collect()
    };
    // Before any act, the order of the first of them decides what came before.
    let mut deciders: Vec<usize> =
        clusters.iter().map(acts_of).find(|acts| !acts.is_empty()).unwrap_or_default();
    match clusters.first().and_then(|cluster| cluster.sets.first().map(|set| (cluster, set))) {
        None => segments.push(Segment::nothing_recorded(Day::FIRST)),
        Some((cluster, _)) => {
            segments.push(segment(cluster, Day::FIRST, best, &deciders));
        }
    }
    for cluster in clusters {
        let members: Vec<usize> = cluster.groups.iter().flat_map(|g| g.members.clone()).collect();
        if members.len() > 1 {
            deciders = acts_of(cluster);
        }
        let mut days: Vec<Day> = members
            .iter()
            .flat_map(|item| {
                let (earliest, latest) = items[*item].times();
                // What follows the end of a party lies on the next day.
                [earliest, latest, latest + 3].map(first_day_at)
            })
            .collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            segments.push(segment(cluster, day, best, &deciders));
        }
    }
    Timeline::new(segments)
}

fn is_act(happening: Happening) -> bool {
    matches!(happening, Happening::Act(..) | Happening::Implied)
}

/// The answer at the end of a day that lies in a cluster or after it, before the next one.
fn segment(cluster: &Cluster, day: Day, best: u32, deciders: &[usize]) -> Segment<usize> {
    let time = end_of(day);
    let mut segment = Segment::new(day);
    let (mut any_cost, mut any_prior) = (StatusSet::EMPTY, StatusSet::EMPTY);
    let mut since: Vec<Option<usize>> = Vec::new();
    for (set, nodes) in cluster.sets.iter().enumerate() {
        let possible = if cluster.too_open {
            let span = cluster.groups.iter();
            let latest = span.clone().map(|group| group.latest).max().unwrap_or(i64::MIN);
            let earliest = span.map(|group| group.earliest).min().unwrap_or(i64::MAX);
            (set == 0 && latest > time) || (set == 1 && earliest <= time)
        } else {
            let mut left = cluster.groups.iter().filter(|g| g.done(set) < g.members.len());
            left.all(|group| group.latest > time)
        };
        for node in nodes.iter().filter(|node| possible && node.standing.time <= time) {
            let Some(rest) = node.backward else { continue };
            let is_best = node.forward + rest == best;
            if node.standing.begun {
                any_cost = any_cost.with(node.standing.status);
                if is_best {
                    segment.begun = segment.begun.with(node.standing.status);
                    since.push(node.standing.began_by);
                }
            } else if node.standing.status == Status::None {
                let left =
                    |prior| if node.standing.orphaned { after_the_end(prior) } else { prior };
                any_prior = any_prior.union(left(node.prior_of_any_cost));
                if is_best {
                    segment.prior = segment.prior.union(left(node.prior));
                }
            }
        }
    }
    since.dedup();
    segment.since = match since[..] {
        [one] if segment.prior.is_empty() => one,
        _ => None,
    };
    let is_narrower = |complete| {
        !statuses(any_cost, any_prior, complete).is_subset_of(segment.statuses(complete))
    };
    (segment.is_inferred, segment.is_inferred_when_complete) =
        (is_narrower(false), is_narrower(true));
    if segment.is_inferred || segment.is_inferred_when_complete {
        segment.decided_by = deciders.to_vec();
    }
    segment.too_open = cluster.too_open && segment.statuses(false).certain().is_none();
    segment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::act::ActKind::{self, Annul, Establish, Lapse, Restore, Sever, Suspend};

    fn day(number: i32) -> Day {
        Day::from_number(number).unwrap()
    }

    fn item(happening: Happening, earliest: i32, latest: i32) -> Item {
        let bounds = Bounds { earliest: day(earliest), latest: day(latest) };
        Item { bounds, happening, after: Vec::new() }
    }

    fn act(act: ActKind, earliest: i32, latest: i32) -> Item {
        item(Happening::Act(act, Some(3)), earliest, latest)
    }

    fn statuses_on(solution: &Solution, number: i32) -> StatusSet {
        solution.timeline.on(day(number)).statuses(false)
    }

    #[test]
    fn a_day_is_the_first_by_whose_end_each_of_its_times_has_come() {
        let end = end_of(day(7));
        for (time, first) in [(end - 4, 6), (end - 3, 7), (end, 7), (end + 1, 8)] {
            assert_eq!(first_day_at(time), day(first), "{time}");
        }
    }

    #[test]
    fn acts_that_cannot_meet_are_clusters_of_their_own() {
        let acts = [act(Establish, 1, 3), act(Sever, 4, 6), act(Restore, 6, 9), act(Lapse, 11, 11)];
        assert_eq!(cluster(&acts), [vec![0], vec![1, 2], vec![3]]);
    }

    #[test]
    fn one_act_began_a_status_where_no_other_can_have() {
        let solution = solve(&[act(Establish, 2, 4), act(Sever, 9, 9)]);
        let since = |number| solution.timeline.on(day(number)).since;
        assert_eq!([1, 3, 4, 9].map(since), [None, None, Some(0), Some(1)]);
        assert_eq!(solution.outcomes[1].bounds, Bounds::from(day(9)));
    }

    #[test]
    fn where_the_order_made_the_answer_smaller_the_acts_of_that_cluster_decided() {
        let acts = [
            act(Establish, 2, 4),
            act(Sever, 2, 4),
            act(Lapse, 10, 10),
            act(Restore, 20, 24),
            act(Suspend, 20, 24),
        ];
        let solution = solve(&acts);
        let decided_by = |number| solution.timeline.on(day(number)).inferred_from(false).to_vec();
        // Before the first of them, and until other acts decide.
        for number in [1, 4, 9, 10, 19] {
            assert_eq!(decided_by(number), [0, 1], "{number}");
        }
        for number in [24, 30] {
            assert_eq!(decided_by(number), [3, 4], "{number}");
        }
        assert_eq!(statuses_on(&solution, 10), Status::Severed.into());
    }

    #[test]
    fn what_may_follow_an_end_on_the_next_day_is_possible_from_that_day_on() {
        let items = [
            act(Establish, 1, 1),
            item(Happening::End(2), 5, 5),
            item(Happening::Revival(2), 5, 9),
            act(Restore, 5, 9),
        ];
        let solution = solve(&items);
        assert_eq!(statuses_on(&solution, 5), Status::Ended.into());
        let restored = StatusSet::from(Status::Ended).with(Status::Active);
        assert_eq!(statuses_on(&solution, 6), restored);
        assert_eq!(statuses_on(&solution, 9), Status::Active.into());
        assert_eq!(solution.outcomes[2].bounds.latest, day(9));
    }

    #[test]
    fn too_many_distinct_acts_leave_open_all_that_any_order_leads_to() {
        let kinds = [Establish, Sever, Suspend, Lapse, Annul];
        let number = |count: usize| i32::try_from(count).unwrap();
        let open = (0..=DISTINCT_ACTS_MAX).map(|n| act(kinds[n % kinds.len()], 10, 40 + number(n)));
        let open: Vec<Item> = open.collect();
        let latest = 40 + number(DISTINCT_ACTS_MAX);
        let all = [Status::Active, Status::Severed, Status::Suspended, Status::Lapsed];
        let all: StatusSet = all.into_iter().chain([Status::Annulled]).collect();

        let alone = solve(&open);
        let before = StatusSet::from(Status::None).with(Status::Active);
        assert_eq!(statuses_on(&alone, 9), before);
        assert_eq!(statuses_on(&alone, 10), all.with(Status::None));
        assert_eq!(statuses_on(&alone, latest - 1), all.with(Status::None));
        assert_eq!(statuses_on(&alone, latest), all);
        assert!(alone.timeline.on(day(10)).too_open && alone.timeline.on(day(latest)).too_open);

        let after_another: Vec<Item> = std::iter::once(act(Establish, 1, 1)).chain(open).collect();
        let solution = solve(&after_another);
        assert_eq!(statuses_on(&solution, 9), Status::Active.into());
        assert!(!solution.timeline.on(day(9)).too_open);
        assert_eq!(statuses_on(&solution, 10), all);
        let outcome = &solution.outcomes[1];
        assert_eq!(outcome.findings, [FindingKind::OrderTooOpen]);
        assert_eq!((outcome.before, outcome.after), (all, all));
    }

    #[test]
    fn what_too_many_acts_lead_to_only_one_after_the_other_is_possible_too() {
        let number = |count: usize| i32::try_from(count).unwrap();
        let open = (0..=DISTINCT_ACTS_MAX).map(|n| act(Suspend, 10, 40 + number(n)));
        let ends = [item(Happening::End(2), 20, 20), item(Happening::Revival(2), 30, 30)];
        let items: Vec<Item> = [act(Establish, 1, 1)].into_iter().chain(open).chain(ends).collect();
        // An act after the revival finds the relation lapsed.
        assert!(statuses_on(&solve(&items), 60).contains(Status::Lapsed));
    }
}
