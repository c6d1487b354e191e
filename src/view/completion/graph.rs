//! The ways in which the acts of a relation can have been done: nodes, edges between them, and the standings that
//! they lead to. Knows no clusters and no days.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::domain::finding::FindingKind;
use crate::domain::status::StatusSet;
use crate::view::completion::Item;
use crate::view::standing::{Happening, Standing, Step, follow};

/// One more act of a group, from a node to one of a later multiset.
#[derive(Debug)]
pub(super) struct Edge {
    group: u32,
    from: u32,
    to: u32,
    pub(super) finding: Option<FindingKind>,
}

impl Edge {
    pub(super) fn new(group: usize, from: usize, to: usize, finding: Option<FindingKind>) -> Self {
        let number = |index: usize| u32::try_from(index).expect("a relation has fewer nodes");
        Self { group: number(group), from: number(from), to: number(to), finding }
    }

    pub(super) fn group(&self) -> usize {
        self.group as usize
    }

    pub(super) fn from(&self) -> usize {
        self.from as usize
    }

    pub(super) fn to(&self) -> usize {
        self.to as usize
    }

    pub(super) fn cost(&self) -> u32 {
        self.finding.map_or(0, FindingKind::cost)
    }
}

/// Which item began a status, over the completions of least cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    Nothing,
    Item(usize),
    Several,
}

impl Beginning {
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Several }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Which of the standings met.
    pub(super) standing: usize,
    /// The earliest time at which all that has been done can have been done in this order.
    pub(super) time: i64,
    /// The time until which it may be all that has been done.
    pub(super) until: i64,
    /// The least cost of coming here, and what began the status where it costs no more.
    pub(super) forward: u32,
    pub(super) began_by: Beginning,
    /// The least cost of finishing; none when no order of the rest is possible.
    pub(super) backward: Option<u32>,
    /// What the status may have been before the first act, over the best and over all completions;
    /// empty once an act has been done.
    pub(super) prior: StatusSet,
    pub(super) prior_of_any_cost: StatusSet,
}

impl Node {
    /// Where all begins.
    pub(super) fn start(standing: usize) -> Self {
        Self {
            standing,
            time: i64::MIN,
            until: i64::MAX,
            forward: 0,
            began_by: Beginning::Nothing,
            backward: None,
            prior: StatusSet::EMPTY,
            prior_of_any_cost: StatusSet::EMPTY,
        }
    }
}

/// The nodes and edges of all clusters, in order.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

thread_local! {
    /// Room for the next graph: to have it anew from the system takes longer than to fill it.
    pub(super) static ROOM: Cell<Graph> = Cell::default();
}

/// The standings that a relation may come to, and what each happening makes of them: looked up in the
/// table of transitions once.
#[derive(Debug)]
pub(super) struct Standings {
    pub(super) met: Vec<Standing>,
    /// In order.
    pub(super) happenings: Vec<Happening>,
    /// By standing and happening, as far as they have been asked for.
    steps: Vec<Option<Step<usize>>>,
}

impl Standings {
    pub(super) fn new(items: &[Item]) -> Self {
        let happenings: BTreeSet<Happening> = items.iter().map(|item| item.happening).collect();
        let happenings = happenings.into_iter().collect();
        Self { met: Vec::new(), happenings, steps: Vec::new() }
    }

    /// The number of a standing.
    pub(super) fn meet(&mut self, standing: Standing) -> usize {
        self.met.iter().position(|met| *met == standing).unwrap_or_else(|| {
            self.met.push(standing);
            self.steps.resize(self.met.len() * self.happenings.len(), None);
            self.met.len() - 1
        })
    }

    pub(super) fn happening(&self, happening: Happening) -> usize {
        self.happenings.partition_point(|other| *other < happening)
    }

    pub(super) fn step(&mut self, from: usize, happening: usize) -> Step<usize> {
        let index = from * self.happenings.len() + happening;
        if let Some(step) = self.steps[index] {
            return step;
        }
        let Step { to, begins, finding } = follow(self.met[from], self.happenings[happening]);
        let step = Step { to: self.meet(to), begins, finding };
        self.steps[index] = Some(step);
        step
    }
}

impl Graph {
    /// The number of a node like one that has been reached, among those from a number on.
    pub(super) fn reach(&mut self, begin: usize, reached: Node) -> usize {
        let is_it = |node: &Node| node.standing == reached.standing && node.time == reached.time;
        let Some(position) = self.nodes[begin..].iter().position(is_it) else {
            self.nodes.push(reached);
            return self.nodes.len() - 1;
        };
        let node = &mut self.nodes[begin + position];
        match reached.forward.cmp(&node.forward) {
            Ordering::Less => *node = reached,
            Ordering::Equal => node.began_by = node.began_by.or(reached.began_by),
            Ordering::Greater => {}
        }
        begin + position
    }

    /// The least cost of the nodes from a number on.
    pub(super) fn least(&self, begin: usize) -> u32 {
        self.nodes[begin..].iter().map(|node| node.forward).min().unwrap_or(0)
    }
}
