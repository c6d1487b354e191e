//! Completions of least cost (domain.md §6): what a relation was on each day, given acts whose days
//! are known only within bounds. Pure arithmetic over acts; knows no entries, parties or names.
//!
//! Acts fall into clusters of overlapping bounds, and clusters follow each other. Within a cluster a
//! node is a multiset of acts done together with a `Standing`; an edge does one more act. One pass
//! forward and one backward give each node the least cost of the completions through it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::domain::day::{Bounds, Day};
use crate::domain::finding::FindingKind;
use crate::domain::status::{Status, StatusSet};
use crate::view::standing::{Happening, START, Standing, before_first};
use crate::view::timeline::Timeline;

mod graph;
mod told;

use graph::{Beginning, Edge, Graph, Node, ROOM, Standings};
use told::Solved;

/// Above this many distinct acts in one cluster, every order is taken as possible.
pub const DISTINCT_ACTS_MAX: usize = 12;
/// Above this many multisets of acts in one cluster, every order is taken as possible.
const MULTISETS_MAX: usize = 1 << DISTINCT_ACTS_MAX;
/// Above this many multisets of acts in all clusters of several acts together, every order of the
/// largest of them is taken as possible.
pub const MULTISETS_OF_ALL_MAX: usize = 1 << 14;

/// To take an item in hand takes as long as so many steps from one node to another.
const STEPS_OF_AN_ITEM: usize = 1 << 6;

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
    /// The days that it has when it is done from one time on and before another; acts lie on whole
    /// days.
    fn days(&self, from: i64, until: i64) -> Bounds {
        let shift = if let Happening::Revival(_) = self.happening { 2 } else { 0 };
        let day =
            |time: i64| i32::try_from((time + shift).div_euclid(4)).ok().and_then(Day::from_number);
        Bounds {
            earliest: day(from).unwrap_or(self.bounds.earliest),
            latest: day(until).unwrap_or(self.bounds.latest),
        }
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

/// Items alike in happening and bounds, which no `after` tells apart.
#[derive(Debug)]
struct Group {
    members: Vec<usize>,
    happening: usize,
    is_act: bool,
    earliest: i64,
    latest: i64,
    after: Vec<usize>,
    radix: usize,
}

impl Group {
    /// The earliest time at which one can follow what was done by a time; acts lie on whole days.
    fn time_after(&self, time: i64) -> Option<i64> {
        let time = time.max(self.earliest);
        let time = if self.is_act { (time + 3).div_euclid(4) * 4 } else { time };
        (time <= self.latest).then_some(time)
    }
}

#[derive(Debug)]
struct Cluster {
    groups: Vec<Group>,
    /// How many multisets there are: as mixed-radix numbers with one digit a group.
    size: usize,
    /// Which nodes of the graph: those of one multiset together, those of the empty one first.
    nodes: Range<usize>,
    /// Where the nodes of the multiset of all acts begin.
    last: usize,
    /// Those to nodes of one multiset together, in the order of the multisets.
    edges: Range<usize>,
    too_open: bool,
}

impl Cluster {
    fn new(items: &[Item], standings: &Standings, members: &[usize]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut item_to_group = BTreeMap::new();
        let mut alike_to_group = BTreeMap::new();
        let followed: BTreeSet<usize> =
            members.iter().flat_map(|member| items[*member].after.iter().copied()).collect();
        for member in members {
            let item = &items[*member];
            let tied = !item.after.is_empty() || followed.contains(member);
            let next = groups.len();
            let group = match tied {
                true => next,
                false => *alike_to_group.entry((item.happening, item.bounds)).or_insert(next),
            };
            if group == next {
                let (earliest, latest) = item.times();
                groups.push(Group {
                    members: Vec::new(),
                    happening: standings.happening(item.happening),
                    is_act: is_act(item.happening),
                    earliest,
                    latest,
                    after: item.after.clone(),
                    radix: 0,
                });
            }
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
        let distinct = groups.iter().filter(|group| group.is_act).count();
        let too_open = distinct > DISTINCT_ACTS_MAX || size > MULTISETS_MAX;
        Self { groups, size, nodes: 0..0, last: 0, edges: 0..0, too_open }
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        self.groups.iter().flat_map(|group| group.members.iter().copied())
    }

    /// Goes on from the nodes where the clusters before have ended, by a forward pass.
    fn go_forward(&mut self, graph: &mut Graph, standings: &mut Standings) {
        let mut done = vec![0; self.groups.len()];
        let mut set_to_begin = vec![self.nodes.start];
        for set in 1..self.size {
            self.count_on(&mut done);
            self.last = graph.nodes.len();
            set_to_begin.push(self.last);
            let until = self.until(&done);
            for (index, group) in self.groups.iter().enumerate() {
                if done[index] == 0 || group.after.iter().any(|other| done[*other] == 0) {
                    continue;
                }
                let item = group.members[done[index] - 1];
                let before = set - group.radix;
                for from in set_to_begin[before]..set_to_begin[before + 1] {
                    let node = graph.nodes[from];
                    let Some(time) = group.time_after(node.time) else { continue };
                    let step = standings.step(node.standing, group.happening);
                    let cost = step.finding.map_or(0, FindingKind::cost);
                    let began_by = if step.begins { Beginning::Item(item) } else { node.began_by };
                    let (standing, forward) = (step.to, node.forward + cost);
                    let reached = Node { standing, time, until, forward, began_by, ..node };
                    let to = graph.reach(self.last, reached);
                    graph.edges.push(Edge::new(index, from, to, step.finding));
                }
            }
        }
    }

    /// The next multiset.
    fn count_on(&self, done: &mut [usize]) {
        for (done, group) in done.iter_mut().zip(&self.groups) {
            if *done < group.members.len() {
                *done += 1;
                return;
            }
            *done = 0;
        }
    }

    /// The time until which what a multiset has may be all that has been done.
    fn until(&self, done: &[usize]) -> i64 {
        let left =
            self.groups.iter().zip(done).filter(|(group, done)| **done < group.members.len());
        left.map(|(group, _)| group.latest).min().unwrap_or(i64::MAX)
    }

    /// The least cost of finishing from each node, given that of the clusters after: the nodes of
    /// the next cluster's start stand in the order of this one's end.
    fn go_backward(&self, graph: &mut Graph, standings: &Standings, best: u32) {
        let begun = |node: &Node| standings.met[node.standing].begun;
        for (index, next) in (self.last..self.nodes.end).zip(self.nodes.end..) {
            let next = graph.nodes.get(next).copied();
            let node = &mut graph.nodes[index];
            match next {
                Some(Node { backward, prior, prior_of_any_cost, .. }) => {
                    *node = Node { backward, prior, prior_of_any_cost, ..*node };
                }
                None => {
                    node.backward = Some(0);
                    if !begun(node) {
                        node.prior = Status::None.into();
                        node.prior_of_any_cost = Status::None.into();
                    }
                }
            }
        }
        // All edges from a node come after those to it.
        for edge in graph.edges[self.edges.clone()].iter().rev() {
            let to = graph.nodes[edge.to()];
            let Some(rest) = to.backward else { continue };
            let cost = edge.cost() + rest;
            let from = &mut graph.nodes[edge.from()];
            from.backward = Some(from.backward.map_or(cost, |least| least.min(cost)));
            if begun(from) {
                continue;
            }
            let on_the_way = |later: StatusSet| {
                if begun(&to) {
                    before_first(standings.happenings[self.groups[edge.group()].happening])
                } else {
                    later
                }
            };
            from.prior_of_any_cost = from.prior_of_any_cost.union(on_the_way(to.prior_of_any_cost));
            if from.forward + cost == best {
                from.prior = from.prior.union(on_the_way(to.prior));
            }
        }
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
    /// How much was looked at: acts done after some others, and what each act takes by itself.
    pub steps: u64,
}

/// Finds the completions of least cost.
///
/// Each `after` must be satisfiable together with the others: see [`crate::view::order`].
pub fn solve(items: &[Item]) -> Solution {
    solve_within(items, MULTISETS_OF_ALL_MAX)
}

/// Finds the completions of least cost as [`solve`] does, with another limit to the multisets of all
/// clusters.
pub fn solve_within(items: &[Item], multisets_max: usize) -> Solution {
    let mut standings = Standings::new(items);
    let new = |members: &Vec<usize>| Cluster::new(items, &standings, members);
    let mut clusters: Vec<Cluster> = cluster(items).iter().map(new).collect();
    limit(&mut clusters, multisets_max);
    let mut graph = ROOM.take();
    graph.nodes.clear();
    graph.edges.clear();
    graph.nodes.push(Node::start(standings.meet(START)));
    let mut begin = 0;
    for cluster in &mut clusters {
        let edges = graph.edges.len();
        let (starts, until) =
            (begin..graph.nodes.len(), cluster.until(&vec![0; cluster.groups.len()]));
        begin = graph.nodes.len();
        graph.nodes.extend_from_within(starts);
        graph.nodes[begin..].iter_mut().for_each(|node| node.until = until);
        cluster.nodes.start = begin;
        if cluster.too_open {
            collapse(cluster, &mut graph, &mut standings);
        } else {
            cluster.go_forward(&mut graph, &mut standings);
        }
        (cluster.nodes.end, cluster.edges) = (graph.nodes.len(), edges..graph.edges.len());
        begin = cluster.last;
    }
    let best = graph.least(begin);
    for cluster in clusters.iter().rev() {
        cluster.go_backward(&mut graph, &standings, best);
    }
    let solved = Solved { items, standings: &standings, clusters: &clusters, graph: &graph, best };
    let (timeline, outcomes) = (solved.timeline(), solved.outcomes());
    let steps = graph.edges.len() + STEPS_OF_AN_ITEM * (1 + items.len());
    let solution = Solution { timeline, outcomes, cost: best, steps: steps as u64 };
    ROOM.set(graph);
    solution
}

/// Takes the largest clusters as too open, all of one size or none of them, until the others have no
/// more multisets together than a limit. What lies alone leaves nothing open.
fn limit(clusters: &mut [Cluster], multisets_max: usize) {
    let is_choice = |cluster: &Cluster| !cluster.too_open && cluster.members().nth(1).is_some();
    let mut sizes: Vec<usize> =
        clusters.iter().filter(|cluster| is_choice(cluster)).map(|cluster| cluster.size).collect();
    sizes.sort_unstable();
    let mut all = 0;
    let largest = sizes.into_iter().find(|size| {
        all += size;
        all > multisets_max
    });
    if let Some(largest) = largest {
        for cluster in clusters.iter_mut().filter(|cluster| is_choice(cluster)) {
            cluster.too_open = cluster.size >= largest;
        }
    }
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
fn collapse(cluster: &mut Cluster, graph: &mut Graph, standings: &mut Standings) {
    let groups = &cluster.groups;
    // One group for each distinct happening.
    let mut distinct: Vec<usize> = (0..groups.len()).collect();
    distinct.sort_by_key(|group| groups[*group].happening);
    distinct.dedup_by_key(|group| groups[*group].happening);
    let starts = cluster.nodes.start..graph.nodes.len();
    let mut reached: Vec<usize> =
        graph.nodes[starts.clone()].iter().map(|start| start.standing).collect();
    // What an act leads to; the start itself only where one leads back to it.
    let mut stepped: Vec<usize> = Vec::new();
    let mut next = 0;
    while let Some(from) = reached.get(next).copied() {
        for group in &distinct {
            let to = standings.step(from, groups[*group].happening).to;
            let to = standings.meet(Standing { actors: 0, ..standings.met[to] });
            if !stepped.contains(&to) {
                stepped.push(to);
            }
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
        next += 1;
    }
    let (begin, forward) =
        (groups.iter().map(|group| group.earliest).min(), graph.least(starts.start));
    let end = groups.iter().map(|group| group.latest).max().unwrap_or(i64::MIN);
    for start in &mut graph.nodes[starts.clone()] {
        (start.forward, start.until) = (forward, end);
    }
    // Once all is done, so has been any act that there is.
    let has_acts = distinct.iter().any(|group| groups[*group].is_act);
    let done = stepped.into_iter().filter(|to| standings.met[*to].begun || !has_acts);
    let time = begin.unwrap_or(i64::MAX);
    graph.nodes.extend(done.map(|standing| Node { time, forward, ..Node::start(standing) }));
    cluster.last = starts.end;
    // One edge for each distinct first happening, so that what came before it is known.
    for from in starts {
        let to = |group: usize| (cluster.last..graph.nodes.len()).map(move |to| (group, to));
        let edge = |(group, to)| Edge::new(group, from, to, None);
        graph.edges.extend(distinct.iter().copied().flat_map(to).map(edge));
    }
}

fn is_act(happening: Happening) -> bool {
    matches!(happening, Happening::Act(..) | Happening::Implied)
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
    fn an_act_comes_after_what_it_is_known_to_have_followed() {
        let acts = [act(Establish, 1, 1), act(Sever, 10, 20), act(Restore, 10, 20)];
        assert_eq!(statuses_on(&solve(&acts), 20), Status::Active.into());
        let mut ordered = acts;
        ordered[1].after = vec![2];
        let solution = solve(&ordered);
        assert_eq!(statuses_on(&solution, 20), Status::Severed.into());
        assert_eq!(solution.outcomes[1].before, Status::Active.into());
    }

    #[test]
    fn what_is_odd_about_an_act_is_told_once_whichever_way_it_came_about() {
        let items = [act(Establish, 1, 1), act(Establish, 10, 20), act(Establish, 12, 22)];
        let solution = solve(&items);
        let findings = [0, 1, 2].map(|item| solution.outcomes[item].findings.clone());
        let odd = vec![FindingKind::AlreadyActive];
        assert_eq!(findings, [vec![], odd.clone(), odd]);
    }

    #[test]
    fn since_is_told_where_one_act_alone_can_have_begun_the_status() {
        let since = |items: &[Item], number| solve(items).timeline.on(day(number)).since;
        let again = [act(Establish, 1, 1), act(Establish, 10, 20), act(Establish, 12, 22)];
        assert_eq!(since(&again, 15), Some(0));
        let either = [act(Establish, 1, 1), act(Sever, 10, 20), act(Sever, 12, 22)];
        assert_eq!((since(&either, 9), since(&either, 22)), (Some(0), None));
    }

    #[test]
    fn what_is_uncertain_is_not_therefore_too_open() {
        let solution = solve(&[act(Establish, 10, 20)]);
        let segment = solution.timeline.on(day(15));
        assert_eq!(segment.statuses(false), StatusSet::from(Status::None).with(Status::Active));
        assert!(!segment.too_open);
    }

    #[test]
    fn the_largest_clusters_are_too_open_when_all_have_too_many_multisets_together() {
        let pair = |at: i32| [act(Establish, at, at + 3), act(Sever, at + 1, at + 4)];
        let three =
            |at: i32| [act(Establish, at, at + 3), act(Sever, at, at + 3), act(Lapse, at, at + 3)];
        let items: Vec<Item> =
            [&three(10)[..], &pair(20), &pair(30), &[act(Restore, 40, 40)]].concat();
        // Eight multisets and four and four; what lies alone counts for none.
        let too_open = |multisets_max| -> Vec<bool> {
            let solution = solve_within(&items, multisets_max);
            let is_too_open = |outcome: &Outcome| outcome.findings == [FindingKind::OrderTooOpen];
            [0, 3, 5, 7].map(|item| is_too_open(&solution.outcomes[item])).to_vec()
        };
        assert_eq!(too_open(16), [false; 4]);
        assert_eq!(too_open(15), [true, false, false, false]);
        assert_eq!(too_open(8), [true, false, false, false]);
        assert_eq!(too_open(7), [true, true, true, false]);
        assert_eq!(too_open(0), [true, true, true, false]);
        assert_eq!(solve(&items), solve_within(&items, 16));
    }

    #[test]
    fn ends_too_many_to_order_end_what_there_was_and_nothing_else() {
        let ends = |party| std::iter::repeat_n(item(Happening::End(party), 20, 20), 70);
        let ends: Vec<Item> = ends(1).chain(ends(2)).collect();
        let of_nothing = solve(&ends);
        for number in [1, 20, 30] {
            assert_eq!(statuses_on(&of_nothing, number), Status::None.into(), "{number}");
        }
        let items: Vec<Item> = std::iter::once(act(Establish, 1, 1)).chain(ends).collect();
        let ended = solve(&items);
        assert_eq!(statuses_on(&ended, 19), Status::Active.into());
        assert!(statuses_on(&ended, 20).contains(Status::Ended));
    }

    #[test]
    fn acts_alike_are_told_alike_however_many_they_are() {
        let items = vec![act(Sever, 10, 20); 1_000];
        let solution = solve(&items);
        assert!(solution.outcomes.iter().all(|outcome| *outcome == solution.outcomes[0]));
        assert_eq!(solution.outcomes[0].after, Status::Severed.into());
        assert_eq!(statuses_on(&solution, 20), Status::Severed.into());
    }

    #[test]
    fn who_has_acted_among_too_many_acts_is_not_held_against_a_later_one() {
        let by_one = |earliest, latest| item(Happening::Act(Sever, Some(1)), earliest, latest);
        let number = |count: usize| i32::try_from(count).unwrap();
        let open = (0..=DISTINCT_ACTS_MAX).map(|n| by_one(10, 40 + number(n)));
        let items: Vec<Item> = open.chain([by_one(90, 90)]).collect();
        assert!(solve(&items).outcomes[DISTINCT_ACTS_MAX + 1].findings.is_empty());
    }

    #[test]
    fn what_is_odd_before_too_many_acts_costs_what_it_costs() {
        let number = |count: usize| i32::try_from(count).unwrap();
        let open = (0..=DISTINCT_ACTS_MAX).map(|n| act(Sever, 10, 40 + number(n)));
        let items: Vec<Item> = [act(Sever, 1, 1)].into_iter().chain(open).collect();
        let solution = solve(&items);
        assert_eq!(solution.outcomes[0].findings, [FindingKind::StartNotRecorded]);
        assert_eq!(statuses_on(&solution, 5), Status::Severed.into());
    }

    #[test]
    fn an_act_may_follow_a_revival_on_its_day() {
        let (end, back) = (item(Happening::End(2), 5, 5), item(Happening::Revival(2), 8, 8));
        let items = [act(Establish, 1, 1), end, back, act(Restore, 8, 8)];
        assert_eq!(statuses_on(&solve(&items), 8), Status::Active.into());
    }

    #[test]
    fn what_there_was_before_the_first_act_is_known_in_the_clusters_before_it() {
        let before = |items: &[Item]| {
            let solution = solve(items);
            let first = solution.timeline.on(day(1));
            (first.statuses(false), first.inferred_from(false).to_vec())
        };
        let (end, back) = (item(Happening::End(2), 5, 5), item(Happening::Revival(2), 8, 8));
        let severed = [end.clone(), back.clone(), act(Sever, 20, 20)];
        assert_eq!(before(&severed).0, StatusSet::from(Status::None).with(Status::Active));
        // To have severed first costs more, so that the order decides what there was.
        let both = [end, back, act(Establish, 20, 24), act(Sever, 20, 24)];
        assert_eq!(before(&both), (Status::None.into(), vec![2, 3]));
    }

    #[test]
    fn what_is_looked_at_is_each_item_and_each_act_done_after_some_others() {
        let steps = |items: &[Item]| solve(items).steps;
        let each = |items: u64| (STEPS_OF_AN_ITEM as u64) * (1 + items);
        assert!(0 < each(0));
        assert_eq!(steps(&[act(Establish, 1, 1), act(Sever, 2, 2)]), each(2) + 2);
        // Either first, and then the other.
        assert_eq!(steps(&[act(Establish, 1, 3), act(Sever, 1, 3)]), each(2) + 4);
        // Any of three, each of the others, and then the last: two of the three pairs lead to two
        // standings.
        let three = [act(Establish, 1, 9), act(Sever, 1, 9), act(Suspend, 1, 9)];
        assert_eq!(steps(&three), each(3) + 3 + 6 + 5);
    }

    #[test]
    fn one_order_of_several_that_lead_to_the_same_is_the_likeliest() {
        let three = [act(Establish, 1, 9), act(Sever, 1, 9), act(Suspend, 1, 9)];
        let solution = solve(&three);
        assert_eq!((solution.cost, statuses_on(&solution, 9)), (0, Status::Severed.into()));
        let before = solution.outcomes.iter().map(|outcome| outcome.before);
        let expected = [Status::None, Status::Suspended, Status::Active].map(StatusSet::from);
        assert_eq!(before.collect::<Vec<_>>(), expected);
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
