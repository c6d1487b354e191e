//! Completions of least cost (docs/domain.md, From acts to status) against brute force: every choice
//! of days, every order of each day. The oracle knows the document's table and the domain's words,
//! nothing of the code that it judges.

use std::collections::{BTreeMap, BTreeSet};

use chancery::domain::act::ActKind;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use chancery::view::relation::Relation;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::{Desk, accept, draft};
use crate::transitions::{Cell, Footnote, cells, finding_of, footnotes};

pub(crate) const DAYS: usize = 8;
const FIRST: &str = "2000-01-01";

/// An act as the generator has it: days are counted from [`FIRST`].
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) act: ActKind,
    pub(crate) by: &'static str,
    pub(crate) earliest: usize,
    pub(crate) latest: usize,
    /// Earlier acts of the list that it is known to have followed.
    pub(crate) after: Vec<usize>,
}

/// When a party ends and, perhaps, exists again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    on: usize,
    revived: Option<usize>,
}

/// A relation as the oracle understands it.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) done: Vec<Done>,
    pub(crate) ends: Option<Ends>,
}

/// What the completions say, day by day; the last day stands for ever after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) statuses: Vec<BTreeSet<Status>>,
    when_complete: Vec<BTreeSet<Status>>,
    of_any_cost: Vec<BTreeSet<Status>>,
    of_any_cost_when_complete: Vec<BTreeSet<Status>>,
    findings: BTreeSet<(usize, String)>,
    hulls: BTreeMap<usize, (usize, usize)>,
    cost: u32,
}

pub(crate) struct Oracle {
    cells: Vec<Cell>,
    footnotes: Vec<Footnote>,
}

/// One completion, followed to its end.
#[derive(Debug, Clone)]
struct Followed {
    cost: u32,
    findings: Vec<(usize, String)>,
    days: Vec<usize>,
    statuses: Vec<BTreeSet<Status>>,
    when_complete: Vec<BTreeSet<Status>>,
}

impl Oracle {
    pub(crate) fn answers(&self, history: &History) -> Option<Answers> {
        let mut followed = Vec::new();
        let mut days = vec![0; history.done.len()];
        self.each_choice(history, 0, &mut days, &mut followed);
        let cost = followed.iter().map(|completion| completion.cost).min()?;
        let mut answers = Answers {
            statuses: vec![BTreeSet::new(); DAYS],
            when_complete: vec![BTreeSet::new(); DAYS],
            of_any_cost: vec![BTreeSet::new(); DAYS],
            of_any_cost_when_complete: vec![BTreeSet::new(); DAYS],
            findings: BTreeSet::new(),
            hulls: BTreeMap::new(),
            cost,
        };
        for completion in followed {
            for day in 0..DAYS {
                answers.of_any_cost[day].extend(&completion.statuses[day]);
                answers.of_any_cost_when_complete[day].extend(&completion.when_complete[day]);
            }
            if completion.cost > cost {
                continue;
            }
            for day in 0..DAYS {
                answers.statuses[day].extend(&completion.statuses[day]);
                answers.when_complete[day].extend(&completion.when_complete[day]);
            }
            answers.findings.extend(completion.findings);
            for (act, day) in completion.days.iter().enumerate() {
                let hull = answers.hulls.entry(act).or_insert((*day, *day));
                *hull = (hull.0.min(*day), hull.1.max(*day));
            }
        }
        Some(answers)
    }

    fn each_choice(
        &self,
        history: &History,
        act: usize,
        days: &mut Vec<usize>,
        followed: &mut Vec<Followed>,
    ) {
        if act == history.done.len() {
            let mut order = Vec::new();
            self.each_order(history, days, &mut order, followed);
            return;
        }
        for day in history.done[act].earliest..=history.done[act].latest {
            days[act] = day;
            self.each_choice(history, act + 1, days, followed);
        }
    }

    fn each_order(
        &self,
        history: &History,
        days: &[usize],
        order: &mut Vec<usize>,
        followed: &mut Vec<Followed>,
    ) {
        if order.len() == days.len() {
            followed.push(self.follow(history, days, order));
            return;
        }
        let left: Vec<usize> = (0..days.len()).filter(|act| !order.contains(act)).collect();
        let next_day = left.iter().map(|act| days[*act]).min();
        for act in &left {
            let may_be_next = Some(days[*act]) == next_day
                && history.done[*act].after.iter().all(|before| order.contains(before));
            if may_be_next {
                order.push(*act);
                self.each_order(history, days, order, followed);
                order.pop();
            }
        }
    }

    fn follow(&self, history: &History, days: &[usize], order: &[usize]) -> Followed {
        let mut followed = Followed {
            cost: 0,
            findings: Vec::new(),
            days: days.to_vec(),
            statuses: Vec::new(),
            when_complete: Vec::new(),
        };
        let mut status = Status::None;
        let mut actors: BTreeSet<&str> = BTreeSet::new();
        let (mut begun, mut orphaned) = (false, false);
        let first = order.first().map(|act| history.done[*act].act);
        for day in 0..DAYS {
            for act in order.iter().filter(|act| days[**act] == day) {
                let done = &history.done[*act];
                begun = true;
                let gone = history.ends.is_some_and(|ends| {
                    ends.on < day && ends.revived.is_none_or(|revived| day < revived)
                });
                if gone {
                    followed.find(*act, "after-the-end", self.cost("after-the-end"));
                    continue;
                }
                let revived = status == Status::Ended;
                if revived {
                    (status, actors) = (Status::Lapsed, BTreeSet::new());
                }
                let cell = *self
                    .cells
                    .iter()
                    .find(|cell| cell.status == status && cell.act == done.act)
                    .unwrap();
                let note = finding_of(cell, &self.footnotes);
                let by: BTreeSet<&str> = match done.by {
                    "both" => BTreeSet::from(["KOR", "SYR"]),
                    "KOR" | "SYR" => BTreeSet::from([done.by]),
                    _ => BTreeSet::new(),
                };
                let again = cell.mark == Some('⁵');
                if let Some(note) = note.filter(|_| !again || !by.is_disjoint(&actors)) {
                    followed.find(*act, &note.name, note.cost);
                }
                if cell.to != status {
                    actors = by;
                } else if again {
                    actors.extend(by);
                }
                status = cell.to;
            }
            if history.ends.is_some_and(|ends| ends.on == day) {
                orphaned |= !begun;
                if status != Status::None {
                    (status, actors) = (Status::Ended, BTreeSet::new());
                }
            }
            // What nobody recorded ended with the party too.
            let left = |status| if orphaned { Status::Ended } else { status };
            followed.when_complete.push(BTreeSet::from([status]));
            followed.statuses.push(match (begun, first) {
                (true, _) => BTreeSet::from([status]),
                (false, None | Some(ActKind::Establish)) => BTreeSet::from([Status::None]),
                (false, Some(ActKind::Restore)) => {
                    BTreeSet::from([Status::None, left(Status::Severed)])
                }
                (false, Some(_)) => BTreeSet::from([Status::None, left(Status::Active)]),
            });
        }
        followed
    }

    fn cost(&self, name: &str) -> u32 {
        self.footnotes.iter().find(|note| note.name == name).unwrap().cost
    }
}

impl Followed {
    fn find(&mut self, act: usize, name: &str, cost: u32) {
        self.cost += cost;
        self.findings.push((act, name.to_owned()));
    }
}

pub(crate) fn day(number: usize) -> Day {
    let first = Day::parse(FIRST).unwrap().number();
    Day::from_number(first + i32::try_from(number).unwrap()).unwrap()
}

fn event(done: &Done, position: usize, base: u64) -> Value {
    let (earliest, latest) = (day(done.earliest), day(done.latest));
    let date =
        if earliest == latest { earliest.to_string() } else { format!("[{earliest}..{latest}]") };
    let after: Vec<u64> =
        done.after.iter().filter(|a| **a < position).map(|a| base + *a as u64).collect();
    json!({ "kind": "act", "parties": ["KOR", "SYR"], "act": done.act.as_str(), "by": done.by,
            "dates": { "effective": date }, "after": after })
}

/// Records a history and solves it; the entries of the acts begin at the number returned.
fn solved(history: &History) -> (Relation, u64) {
    let desk = Desk::new();
    let mut drafts = Vec::new();
    if let Some(ends) = history.ends {
        let change = |what: &str, on: usize| {
            draft(json!({ "kind": "change", "entity": "SYR", "on": day(on).to_string(),
                          "change": { "what": what } }))
        };
        drafts.push(change("extinguished", ends.on));
        drafts.extend(ends.revived.map(|on| change("revived", on)));
    }
    let base = desk.ledger.size().0 + drafts.len() as u64;
    let acts = history.done.iter().enumerate();
    drafts.extend(acts.map(|(position, done)| draft(event(done, position, base))));
    desk.ledger.append(drafts, &accept()).unwrap();
    let (kor, syr) = (EntityId::parse("KOR").unwrap(), EntityId::parse("SYR").unwrap());
    let view = desk.ledger.view();
    let parties = Parties::new(kor, syr).unwrap();
    (view.known(Size(u64::MAX)).relation(parties, Axis::Diplomatic, Policy::AsStated), base)
}

fn answered(history: &History) -> Answers {
    let (relation, base) = solved(history);
    let on = |number: usize| relation.timeline.on(day(number));
    let act_of = |entry: u64| usize::try_from(entry - base).unwrap();
    let first = day(0).number();
    let number = |day: Day| usize::try_from(day.number() - first).unwrap();
    let acts = relation.occurrences.iter().filter(|occurrence| occurrence.entry.0 >= base);
    Answers {
        statuses: (0..DAYS).map(|n| on(n).statuses(false).iter().collect()).collect(),
        when_complete: (0..DAYS).map(|n| on(n).statuses(true).iter().collect()).collect(),
        of_any_cost: Vec::new(),
        of_any_cost_when_complete: Vec::new(),
        findings: acts
            .clone()
            .flat_map(|o| {
                o.outcome.findings.iter().map(move |f| (act_of(o.entry.0), f.to_string()))
            })
            .collect(),
        hulls: acts
            .map(|o| {
                let bounds = o.outcome.bounds;
                (act_of(o.entry.0), (number(bounds.earliest), number(bounds.latest)))
            })
            .collect(),
        cost: 0,
    }
}

pub(crate) fn any_done() -> impl Strategy<Value = Done> {
    let act = prop::sample::select(ActKind::ALL.to_vec());
    let by = prop::sample::select(vec!["both", "KOR", "SYR", "nobody", "unknown"]);
    (act, by, 0..DAYS - 1, 0..4_usize).prop_map(|(act, by, earliest, width)| {
        let latest = (earliest + width).min(DAYS - 2);
        Done { act, by, earliest, latest, after: Vec::new() }
    })
}

fn any_history() -> impl Strategy<Value = History> {
    any_history_of(0..5)
}

fn any_history_of(size: std::ops::Range<usize>) -> impl Strategy<Value = History> {
    let ends = prop::option::weighted(0.4, (0..DAYS - 2, prop::option::of(1..4_usize)));
    let ties = prop::collection::vec((0..5_usize, 0..5_usize), 0..3);
    (prop::collection::vec(any_done(), size), ends, ties).prop_map(|(mut done, ends, ties)| {
        for (one, other) in ties {
            let (before, after) = (one.min(other), one.max(other));
            if before != after && after < done.len() && !done[after].after.contains(&before) {
                done[after].after.push(before);
            }
        }
        let ends = ends.map(|(on, wait)| Ends { on, revived: wait.map(|days| on + days) });
        History { done, ends }
    })
}

#[allow(clippy::disallowed_methods, reason = "longer runs are asked for by hand")]
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let long = std::env::var_os("CHANCERY_LONG").is_some();
    ProptestConfig {
        cases: if long { usual * 50 } else { usual },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

pub(crate) fn oracle() -> Oracle {
    Oracle { cells: cells(), footnotes: footnotes() }
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn answers_are_those_of_every_completion_of_least_cost(history in any_history()) {
        // Orders that no choice of days can satisfy are another test's matter.
        let Some(expected) = oracle().answers(&history) else { return Ok(()) };
        let found = answered(&history);
        prop_assert_eq!(&found.statuses, &expected.statuses);
        prop_assert_eq!(&found.when_complete, &expected.when_complete);
        prop_assert_eq!(&found.findings, &expected.findings);
        prop_assert_eq!(&found.hulls, &expected.hulls);
    }

    #[test]
    fn an_order_is_marked_as_inferred_where_other_orders_would_allow_more(history in any_history()) {
        let Some(expected) = oracle().answers(&history) else { return Ok(()) };
        let (relation, _) = solved(&history);
        for number in 0..DAYS {
            let segment = relation.timeline.on(day(number));
            let inferred = [false, true].map(|complete| !segment.inferred_from(complete).is_empty());
            prop_assert_eq!(inferred, [
                expected.of_any_cost[number] != expected.statuses[number],
                expected.of_any_cost_when_complete[number] != expected.when_complete[number],
            ]);
        }
    }

    #[test]
    fn the_order_of_recording_changes_nothing(history in any_history(), turn in 0..5_usize) {
        // Acts that name no other may be recorded in any order.
        let mut history = history;
        history.done.iter_mut().for_each(|done| done.after.clear());
        let mut turned = history.clone();
        let length = turned.done.len().max(1);
        turned.done.rotate_left(turn % length);
        let (one, other) = (answered(&history), answered(&turned));
        prop_assert_eq!(one.statuses, other.statuses);
        prop_assert_eq!(one.when_complete, other.when_complete);
    }

    #[test]
    fn an_order_that_is_stated_never_enlarges_the_answer(
        history in any_history_of(2..5),
        tie in (0..5_usize, 0..5_usize),
    ) {
        let oracle = oracle();
        let count = history.done.len();
        let before = tie.0 % (count - 1);
        let after = before + 1 + tie.1 % (count - 1 - before);
        let Some(free) = oracle.answers(&history) else { return Ok(()) };
        let mut tied = history.clone();
        tied.done[after].after.push(before);
        // An order that cannot hold is left out.
        let Some(ordered) = oracle.answers(&tied) else { return Ok(()) };
        let (found, wide) = (answered(&tied), answered(&history));
        for number in 0..DAYS {
            prop_assert!(ordered.of_any_cost[number].is_subset(&free.of_any_cost[number]));
            if ordered.cost == free.cost {
                prop_assert!(found.statuses[number].is_subset(&wide.statuses[number]));
            }
        }
    }

    #[test]
    fn a_closer_date_never_enlarges_the_answer(history in any_history_of(1..5), pick in 0..5_usize, cut in 0..3_usize) {
        let oracle = oracle();
        let Some(before) = oracle.answers(&history) else { return Ok(()) };
        let mut closer = history.clone();
        let pick = pick % closer.done.len();
        let done = &mut closer.done[pick];
        done.earliest = (done.earliest + cut).min(done.latest);
        let Some(after) = oracle.answers(&closer) else { return Ok(()) };
        for number in 0..DAYS {
            prop_assert!(after.of_any_cost[number].is_subset(&before.of_any_cost[number]));
            if after.cost == before.cost {
                let (found, wide) = (answered(&closer), answered(&history));
                prop_assert!(found.statuses[number].is_subset(&wide.statuses[number]));
            }
        }
    }
}

fn open_acts(count: usize, kinds: usize) -> History {
    let done = (0..count).map(|n| Done {
        act: if n % 2 == 0 { ActKind::Establish } else { ActKind::Sever },
        by: "unknown",
        earliest: n % kinds % 7,
        latest: 6.max(n % kinds),
        after: Vec::new(),
    });
    History { done: done.collect(), ends: None }
}

#[test]
fn no_act_lies_between_the_end_of_a_day_and_the_revival_of_the_next() {
    let done = |act: ActKind, earliest: usize, latest: usize| Done {
        act,
        by: "both",
        earliest,
        latest,
        after: Vec::new(),
    };
    let history = History {
        done: vec![done(ActKind::Sever, 2, 3), done(ActKind::Establish, 4, 4)],
        ends: Some(Ends { on: 1, revived: Some(3) }),
    };
    let expected = oracle().answers(&history).unwrap();
    assert_eq!(answered(&history).statuses, expected.statuses);
    assert_eq!(expected.statuses[2], BTreeSet::from([Status::None]));
}

#[test]
fn more_than_twelve_distinct_acts_in_a_cluster_leave_the_order_open() {
    let mut history = open_acts(13, 13);
    for (number, done) in history.done.iter_mut().enumerate() {
        (done.earliest, done.latest) = (0, 20 + number);
    }
    let (relation, _) = solved(&history);
    let within = relation.timeline.on(day(3));
    assert!(within.too_open);
    assert!(within.statuses(false).contains(Status::Severed));
    let odd: BTreeSet<String> = relation.findings().map(|(kind, _)| kind.to_string()).collect();
    assert_eq!(odd, BTreeSet::from(["order-too-open".to_owned()]));
}

#[test]
fn acts_that_are_alike_count_with_a_multiplicity() {
    let (relation, _) = solved(&open_acts(30, 1));
    assert!(!relation.timeline.on(day(3)).too_open);
}

#[test]
fn an_order_that_cannot_hold_is_left_out_and_named() {
    let mut history = open_acts(2, 1);
    (history.done[0].earliest, history.done[0].latest) = (5, 6);
    (history.done[1].earliest, history.done[1].latest) = (1, 2);
    history.done[1].after.push(0);
    let (relation, base) = solved(&history);
    let named: Vec<_> =
        relation.impossible_orders.iter().map(|(one, other)| (one.0, other.0)).collect();
    assert_eq!(named, [(base + 1, base)]);
    history.done[1].after.clear();
    assert_eq!(solved(&history).0.timeline, relation.timeline);
}

#[test]
fn more_stated_orders_than_are_held_against_each_other_leave_everything_open() {
    let stated = |orders: usize| {
        let mut history = open_acts(60, 1);
        for (at, done) in history.done.iter_mut().enumerate() {
            (done.earliest, done.latest) = (at + 1, at + 1);
        }
        let mut left = orders;
        for at in 1..60 {
            let count = left.min(at);
            history.done[at].after.extend(at - count..at);
            left -= count;
        }
        assert_eq!(left, 0);
        solved(&history).0
    };
    assert!(!stated(1_024).timeline.on(day(30)).too_open);
    assert!(stated(1_025).timeline.on(day(30)).too_open);
}
