//! Batches of a thousand events that a hostile hand chose for what they take to judge. What judging may
//! take is held by counting allocations, since no test should depend on a clock; the time is told.

use std::ops::ControlFlow;
use std::time::Instant;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::exchange::import::{ImportOptions, import};
use chancery::exchange::mapping::Mapping;
use chancery::exchange::table::Table;
use chancery::ledger::draft::Draft;
use serde_json::{Value, json};

use super::{MEMORY_BYTES_MAX, measured};
use crate::desk::{Desk, accept, draft, keyed, now, registration};
use crate::import::WARS;

/// As many events as the command takes in a batch.
const EVENTS: usize = 1_000;
/// So often may judging a thousand events ask for memory.
const ALLOCATIONS_MAX: u64 = 2_000_000;

pub(super) const KINDS: [&str; 6] = ["establish", "sever", "restore", "suspend", "lapse", "annul"];

pub(super) fn day(number: usize) -> String {
    let first = Day::parse("1890-01-01").unwrap().number();
    Day::from_number(first + i32::try_from(number).unwrap()).unwrap().to_string()
}

fn act(kind: &str, date: &str) -> Value {
    json!({ "kind": "act", "parties": ["KOR", "SYR"], "act": kind, "by": "both",
            "dates": { "effective": date } })
}

/// Acts in clusters of so many, in which any may have come before any other.
fn open(at: usize, cluster: usize) -> Value {
    let first = at / cluster * 60 + at % cluster;
    act(KINDS[at % 6], &format!("[{}..{}]", day(first), day(first + 40)))
}

/// Four clusters that leave as much open as may be, and plain acts after them.
fn open_and_plain(at: usize) -> Value {
    if at < 48 { open(at, 12) } else { act(KINDS[at % 6], &day(9_000 + at)) }
}

fn annulled(at: usize) -> Draft {
    match (at < 8, at % 2) {
        (true, 0) => keyed(&format!("k{at}"), act("establish", &day(at))),
        (true, _) => {
            let mut annulment = act("annul", &day(at));
            annulment["annuls"] = json!(format!("k{}", at - 1));
            draft(annulment)
        }
        (false, _) => draft(open_and_plain(at - 8)),
    }
}

fn after_one_another(at: usize) -> Draft {
    let mut event = act("sever", "1950");
    if at > 0 {
        event["after"] = json!([format!("k{}", at - 1)]);
    }
    keyed(&format!("k{at}"), event)
}

fn change(entity: &str, at: usize, change: &Value) -> Draft {
    draft(json!({ "kind": "change", "entity": entity, "on": day(at), "change": change }))
}

/// Acts, and two states that continue each other as often as they may.
fn continued(at: usize) -> Draft {
    let [entity, successor] = [["KOR", "CUB"], ["CUB", "KOR"]][at % 2];
    match at {
        ..872 => draft(act("establish", &day(at))),
        _ => change(entity, at, &json!({ "what": "continues", "successor": successor })),
    }
}

/// States that continue one another, each with an act of its own.
fn chained(at: usize) -> Draft {
    let state = |number: usize| format!("S{number}");
    let own = state(at / 3);
    match at % 3 {
        0 => draft(registration(&own)),
        1 => {
            let mut act = act("establish", &day(at));
            act["parties"] = json!(["KOR", own]);
            draft(act)
        }
        _ if at < 3 => draft(act("establish", &day(at))),
        _ => change(&state(at / 3 - 1), at, &json!({ "what": "continues", "successor": own })),
    }
}

/// So many states on each side; each continues the one before.
const BOTH_CHAINED: usize = 165;

/// Two sides of states that continue one another: an act between two of them bears on each pair of
/// those that come after.
fn both_chained(at: usize) -> Draft {
    let (step, rest) = (at / 4, at.saturating_sub(4 * BOTH_CHAINED));
    let state = |side: &str, number: usize| format!("{side}{number}");
    let continues = |side: &str| {
        let (before, successor) = (state(side, step.saturating_sub(1)), state(side, step));
        match step {
            0 => draft(registration(&state(side, BOTH_CHAINED))),
            _ => change(&before, at, &json!({ "what": "continues", "successor": successor })),
        }
    };
    match (step < BOTH_CHAINED, at % 4) {
        (true, 0) => draft(registration(&state("S", step))),
        (true, 1) => draft(registration(&state("T", step))),
        (true, 2) => continues("S"),
        (true, _) => continues("T"),
        (false, _) => {
            let mut act = act("establish", &day(rest));
            act["parties"] = json!([state("S", rest % 18), state("T", rest / 18)]);
            draft(act)
        }
    }
}

/// Acts, and ends and revivals of one day, as many as both parties may have.
fn turned(at: usize) -> Draft {
    let what = ["extinguished", "revived"][at % 2];
    match at {
        ..744 => draft(act("establish", &day(0))),
        _ => change(["KOR", "SYR"][at / 2 % 2], 30, &json!({ "what": what })),
    }
}

/// As often as one act may be taken back and brought back, and another.
fn taken_back(at: usize) -> Draft {
    let event = match at % 65 {
        0 => act("establish", &day(at)),
        _ => json!({ "kind": "retraction", "target": format!("k{}", at - 1), "reason": "r" }),
    };
    keyed(&format!("k{at}"), event)
}

fn claimed(at: usize) -> Draft {
    let claim = || {
        let says = ["establish", "sever", "restore", "denies"][at / 48 % 4];
        let target = format!("k{}", at % 48);
        json!({ "kind": "claim", "target": target, "standing": "rival", "says": says })
    };
    if at < 48 { keyed(&format!("k{at}"), open(at, 12)) } else { draft(claim()) }
}

/// Acts that are each denied.
fn denied(at: usize) -> Draft {
    match at % 2 {
        0 => keyed(&format!("k{at}"), act(KINDS[at / 2 % 6], &day(at))),
        _ => draft(json!({ "kind": "claim", "target": format!("k{}", at - 1), "standing": "rival",
                "says": "denies" })),
    }
}

/// A batch's name, and what makes the event of each place in it.
type Hostile = (&'static str, fn(usize) -> Draft);

const BATCHES: [Hostile; 14] = [
    ("acts in open clusters of twelve", |at| draft(open(at, 12))),
    ("acts in open clusters of six", |at| draft(open(at, 6))),
    ("acts that are all open", |at| draft(open(at, 13))),
    ("acts of four open clusters, and plain ones", |at| draft(open_and_plain(at))),
    ("acts of one day", |at| draft(act(KINDS[at % 6], "1950-01-01"))),
    ("annulments", annulled),
    ("acts each after the one before", after_one_another),
    ("continuations in a circle", continued),
    ("continuations in a chain", chained),
    ("continuations on both sides", both_chained),
    ("ends and revivals", turned),
    ("retractions of retractions", taken_back),
    ("claims", claimed),
    ("acts that are denied", denied),
];

#[test]
#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn no_hostile_batch_takes_more_to_judge_than_it_may() {
    let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
    let parties = Parties::new(kor, syr).unwrap();
    for (name, event) in BATCHES {
        let desk = Desk::new();
        let drafts: Vec<Draft> = (0..EVENTS).map(event).collect();
        let begun = Instant::now();
        let taken = measured(|| {
            desk.ledger.append(drafts, &accept()).unwrap();
            let view = desk.ledger.view();
            for (axis, policy) in [
                (Axis::Diplomatic, Policy::AsStated),
                (Axis::Diplomatic, Policy::AllClaims),
                (Axis::Consular, Policy::AllClaims),
            ] {
                view.known(view.size()).relation(parties, axis, policy);
            }
        });
        let time = begun.elapsed();
        let (bytes, count) = (taken.bytes_max, taken.count_total);
        println!("{name}: {bytes} bytes at most, {count} allocations, {time:?}");
        assert!(bytes <= MEMORY_BYTES_MAX, "{name}: {bytes} bytes");
        assert!(count <= ALLOCATIONS_MAX, "{name}: {count} allocations");
    }
}

/// So often may importing a row ask for memory.
const ALLOCATIONS_A_ROW_MAX: u64 = 100;

#[test]
#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn a_table_of_refused_rows_takes_no_more_than_one_of_others() {
    const ROWS: usize = 20_000;
    let every_other = |after: &'static str| {
        let row = |at: usize| {
            format!("war {at},1950,{}\n", if at.is_multiple_of(2) { after } else { "" })
        };
        let text: String =
            std::iter::once("war,began,after\n".to_owned()).chain((0..ROWS).map(row)).collect();
        Table::read(text.as_bytes(), b',').unwrap()
    };
    let mapping = Mapping::parse(WARS).unwrap();
    let options = ImportOptions { now: now(), recorder: "r".parse().unwrap(), strict: false };
    for (name, after, refused) in [("none", "", 0), ("every other row", "nobody", ROWS / 2)] {
        let (desk, table) = (Desk::new(), every_other(after));
        let begun = Instant::now();
        let taken = measured(|| {
            let on = &mut |_| ControlFlow::Continue(());
            let done = import(&desk.ledger, &mapping, &table, &options, on).unwrap();
            assert_eq!(done.refused.len(), refused);
        });
        let each = taken.count_total / ROWS as u64;
        println!("{name} refused: {each} allocations a row, {:?}", begun.elapsed());
        assert!(each <= ALLOCATIONS_A_ROW_MAX, "{name} refused: {each} allocations a row");
    }
}
