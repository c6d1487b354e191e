//! Carry-over, ends and revivals (docs/domain.md, Entities) against a world that is lived through
//! day by day: what a state continues, it takes over as it is on that day.

use std::collections::BTreeMap;

use chancery::domain::act::ActKind;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;
use proptest::prelude::*;
use serde_json::json;

use crate::completions::{cases, day};
use crate::desk::{Desk, accept, draft};
use crate::transitions::{Cell, cells};

const DAYS: usize = 14;
/// The entities that stand on either side of a relation.
const SIDES: [&[&str]; 2] = [&["CUB", "KOR", "UKR"], &["SYR", "X-DPR"]];

type Pair = (&'static str, &'static str);

/// What happens on a day: there is one thing a day at most.
#[derive(Debug, Clone)]
enum Happens {
    Act(Pair, ActKind),
    /// On a side, who is continued by whom, and for which partner alone if not for all.
    Continues(usize, &'static str, &'static str, Option<&'static str>),
    Extinguished(&'static str),
    Revived(&'static str),
}

/// What a relation has lived through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lived {
    Act(ActKind),
    End(usize),
    Revival(usize),
}

#[derive(Debug, Clone, Default)]
struct Line {
    /// By day and side.
    lived: BTreeMap<(usize, usize), Lived>,
    /// Whether anything was carried over into it.
    is_continued: bool,
}

impl Line {
    fn has_acts(&self) -> bool {
        self.lived.values().any(|lived| matches!(lived, Lived::Act(_)))
    }

    fn status(&self, cells: &[Cell]) -> Status {
        let (mut status, mut closed) = (Status::None, [false; 2]);
        for lived in self.lived.values() {
            match lived {
                Lived::Act(_) if closed.contains(&true) => {}
                Lived::Act(act) => {
                    let from = if status == Status::Ended { Status::Lapsed } else { status };
                    let cell = cells.iter().find(|cell| cell.status == from && cell.act == *act);
                    status = cell.unwrap().to;
                }
                Lived::End(side) => {
                    closed[*side] = true;
                    if status != Status::None {
                        status = Status::Ended;
                    }
                }
                Lived::Revival(side) => closed[*side] = false,
            }
        }
        status
    }
}

struct World {
    lines: BTreeMap<Pair, Line>,
}

impl World {
    fn new() -> Self {
        let pairs = SIDES[0].iter().flat_map(|one| SIDES[1].iter().map(move |o| (*one, *o)));
        Self { lines: pairs.map(|pair| (pair, Line::default())).collect() }
    }

    /// Each line in which an entity stands, with its side there.
    fn lines_of(&mut self, entity: &str) -> impl Iterator<Item = (usize, &mut Line)> {
        self.lines.iter_mut().filter_map(move |((one, other), line)| {
            let side = [*one, *other].iter().position(|party| *party == entity)?;
            Some((side, line))
        })
    }

    fn live(&mut self, today: usize, happens: &Happens) {
        match happens {
            Happens::Act(pair, act) => {
                self.lines.get_mut(pair).unwrap().lived.insert((today, 0), Lived::Act(*act));
            }
            Happens::Extinguished(entity) => {
                for (side, line) in self.lines_of(entity) {
                    line.lived.insert((today, side), Lived::End(side));
                }
            }
            Happens::Revived(entity) => {
                for (side, line) in self.lines_of(entity) {
                    line.lived.insert((today, side), Lived::Revival(side));
                }
            }
            Happens::Continues(side, before, after, partner) => {
                for other in SIDES[1 - *side].iter().filter(|o| partner.is_none_or(|p| p == **o)) {
                    let pair =
                        |entity| if *side == 0 { (entity, *other) } else { (*other, entity) };
                    let carried = self.lines[&pair(*before)].clone();
                    if carried.has_acts() {
                        let line = self.lines.get_mut(&pair(*after)).unwrap();
                        if !line.is_continued {
                            line.lived.clear();
                        }
                        line.is_continued = true;
                        line.lived.extend(carried.lived);
                    }
                    let ended = self.lines.get_mut(&pair(*before)).unwrap();
                    ended.lived.insert((today, *side), Lived::End(*side));
                }
            }
        }
    }
}

fn any_happens() -> impl Strategy<Value = Happens> {
    let entity = || prop::sample::select([SIDES[0], SIDES[1]].concat());
    let pair = (prop::sample::select(SIDES[0].to_vec()), prop::sample::select(SIDES[1].to_vec()));
    let act = prop::sample::select(ActKind::ALL.to_vec());
    let continues = (0..2_usize, 0..3_usize, 1..3_usize, prop::option::of(0..3_usize));
    let continues = continues.prop_map(|(side, before, step, partner)| {
        let (own, others) = (SIDES[side], SIDES[1 - side]);
        let before = before % own.len();
        let after = (before + 1 + (step - 1) % (own.len() - 1)) % own.len();
        let partner = partner.map(|partner| others[partner % others.len()]);
        Happens::Continues(side, own[before], own[after], partner)
    });
    prop_oneof![
        4 => (pair, act).prop_map(|(pair, act)| Happens::Act(pair, act)),
        3 => continues,
        1 => entity().prop_map(Happens::Extinguished),
        1 => entity().prop_map(Happens::Revived),
    ]
}

fn event(on: usize, happens: &Happens) -> serde_json::Value {
    let on = day(on).to_string();
    let change = |entity: &str, change: serde_json::Value| json!({ "kind": "change", "entity": entity, "on": on, "change": change });
    match happens {
        Happens::Act((one, other), act) => json!({
            "kind": "act", "parties": [one, other], "act": act.as_str(), "by": "unknown",
            "dates": { "effective": on },
        }),
        Happens::Extinguished(entity) => change(entity, json!({ "what": "extinguished" })),
        Happens::Revived(entity) => change(entity, json!({ "what": "revived" })),
        Happens::Continues(_, before, after, partner) => {
            let mut continues = json!({ "what": "continues", "successor": after });
            if let Some(partner) = partner {
                continues["partners"] = json!([partner]);
            }
            change(before, continues)
        }
    }
}

fn parties((one, other): Pair) -> Parties {
    Parties::new(EntityId::parse(one).unwrap(), EntityId::parse(other).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_a_state_continues_it_takes_over_as_it_is_on_that_day(
        happens in prop::collection::vec(prop::option::of(any_happens()), DAYS),
        turn in 0..DAYS,
    ) {
        let desk = Desk::new();
        let mut drafts: Vec<_> = happens
            .iter()
            .enumerate()
            .filter_map(|(on, happens)| Some(draft(event(on, happens.as_ref()?))))
            .collect();
        // The order of recording decides nothing.
        let count = drafts.len().max(1);
        drafts.rotate_left(turn % count);
        desk.ledger.append(drafts, &accept()).unwrap();
        let view = desk.ledger.view();
        let known = view.known(Size(u64::MAX));
        let (mut world, cells) = (World::new(), cells());
        for (today, happens) in happens.iter().enumerate() {
            if let Some(happens) = happens {
                world.live(today, happens);
            }
            for (pair, line) in &world.lines {
                let relation = known.relation(parties(*pair), Axis::Diplomatic, Policy::AsStated);
                let found: Vec<Status> =
                    relation.timeline.on(day(today)).statuses(true).iter().collect();
                prop_assert_eq!(found, vec![line.status(&cells)], "{:?} on day {}", pair, today);
            }
        }
    }
}
