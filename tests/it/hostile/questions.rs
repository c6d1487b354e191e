//! Ledgers whose entities continue one another, so that they have far more relations than entries, and
//! the questions about all relations. What a question may take is held by counting what it asks of
//! memory; the time is told.

use std::time::Instant;

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::Parties;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::answer::Known;
use chancery::ledger::answer::assertion::Outcome;
use chancery::ledger::answer::finding::ASSERTIONS;
use chancery::ledger::append::{AppendOptions, Judgement};
use chancery::ledger::ask::{Basis, Inquiry};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::view::partners::Within;
use serde_json::{Value, json};

use super::batches::day;
use super::{MEMORY_BYTES_MAX, measured};
use crate::desk::{Desk, accept, draft, keyed, stop};

/// So often may a question ask for memory.
const ALLOCATIONS_MAX: u64 = 8_000_000;

/// Some chains of states that each continue the one before, and acts between the first of each two.
fn chains(chains: usize, length: usize, acts: usize) -> Ledger {
    let desk = Desk::new();
    let id = |chain: usize, at: usize| format!("C{chain:03}-{at:03}");
    let mut events = Vec::new();
    for chain in 0..chains {
        for at in 0..length {
            let id = id(chain, at);
            events.push(
                json!({ "kind": "registration", "id": id, "entity": "state", "name": "a state" }),
            );
        }
        for at in 1..length {
            events.push(json!({ "kind": "change", "entity": id(chain, at - 1), "on": day(at),
                "change": { "what": "continues", "successor": id(chain, at) } }));
        }
    }
    let pairs = (0..chains).flat_map(|one| (one + 1..chains).map(move |other| (one, other)));
    events.extend(pairs.take(acts).map(|(one, other)| {
        json!({ "kind": "act", "parties": [id(one, 0), id(other, 0)], "act": "establish",
                "by": "both", "dates": { "effective": "1880-01-01" } })
    }));
    for batch in events.chunks(1_000) {
        desk.ledger.append(batch.iter().cloned().map(draft).collect(), &accept()).unwrap();
    }
    desk.ledger
}

#[test]
fn no_question_about_all_relations_takes_more_than_it_may_however_many_there_are() {
    for (name, ledger, is_answered) in [
        ("two chains of a thousand, an act", chains(2, 1_000, 1), false),
        ("a hundred chains of six, 2,900 acts", chains(100, 6, 2_900), false),
        ("ten chains of fifty, 45 acts", chains(10, 50, 45), false),
        ("twenty chains of six, 40 acts", chains(20, 6, 40), true),
    ] {
        let basis = Basis::on(Day::parse("2026-01-01").unwrap());
        let inquiry = ledger.inquire(&basis).unwrap();
        let earlier = Size(ledger.size().0 - 1);
        let earlier = Known { size: earlier, head: ledger.head_of(earlier).unwrap().unwrap() };
        let one = inquiry.lookup("C000-003").unwrap();
        let questions: [Question<'_>; 6] = [
            ("overview", is_answered, Box::new(|| ledger.overview(&inquiry).map(drop))),
            ("diff", is_answered, Box::new(|| inquiry.diff(Day::FIRST, earlier, &[]).map(drop))),
            ("diff of one", true, Box::new(|| inquiry.diff(Day::FIRST, earlier, &[one]).map(drop))),
            ("check", true, Box::new(|| inquiry.check().map(drop))),
            (
                "conflicts",
                true,
                Box::new(|| {
                    drop(inquiry.conflicts(&[], true));
                    Ok(())
                }),
            ),
            ("history of one", true, Box::new(|| inquiry.history_of_entity(one).map(drop))),
        ];
        for (question, is_answered, ask) in &questions {
            let told = asked(&format!("{name}: {question}"), ask);
            assert_eq!(told == "answered", *is_answered, "{name}: {question}");
        }
    }
}

/// What is asked, whether it is answered, and how it is asked.
type Question<'q> = (&'q str, bool, Box<dyn Fn() -> Result<(), LedgerError> + Send + Sync + 'q>);

/// Asks, and holds to the limits what that takes.
#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn asked(what: &str, ask: &(dyn Fn() -> Result<(), LedgerError> + Send + Sync)) -> &'static str {
    let (begun, mut answer) = (Instant::now(), Ok(()));
    let taken = measured(|| answer = ask());
    let time = begun.elapsed();
    let told = match answer {
        Ok(()) => "answered",
        Err(error) => {
            let is_bounded =
                matches!(error, LedgerError::TooManyCarryOvers { .. } | LedgerError::TooOpen);
            assert!(is_bounded, "{error}");
            assert_eq!(error.kind(), ErrorKind::Refused);
            "refused"
        }
    };
    let (bytes, count) = (taken.bytes_max, taken.count_total);
    println!("{what} {told}, {bytes} bytes, {count} allocations, {time:?}");
    assert!(bytes <= MEMORY_BYTES_MAX, "{what}: {bytes} bytes");
    assert!(count <= ALLOCATIONS_MAX, "{what}: {count} allocations");
    told
}

/// One relation is always answered for.
fn shown(inquiry: &Inquiry, relation: Parties) -> Result<(), LedgerError> {
    drop(inquiry.show(relation));
    Ok(())
}

/// Records events in batches, each under a key of its number.
fn recorded(count: usize, event: impl Fn(usize) -> Value) -> Ledger {
    let desk = Desk::new();
    let drafts: Vec<Draft> = (0..count).map(|at| keyed(&format!("k{at}"), event(at))).collect();
    for batch in drafts.chunks(1_000) {
        desk.ledger.append(batch.to_vec(), &accept()).unwrap();
    }
    desk.ledger
}

/// Acts of one relation, each because of the one before and of others.
fn caused(at: usize) -> Value {
    let kind = ["establish", "sever"][at % 2];
    let because: Vec<String> = [1, 2, 3, 50]
        .iter()
        .filter_map(|back| at.checked_sub(*back))
        .map(|at| format!("k{at}"))
        .collect();
    json!({ "kind": "act", "parties": ["CUB", "KOR"], "act": kind, "by": "KOR",
            "dates": { "effective": day(at) }, "because": because })
}

/// Partners of one state, members of a group, whose dates are open; then assertions about all of them.
fn asserted(at: usize) -> Value {
    const PARTNERS: usize = 1_000;
    let partner = format!("P{}", at % PARTNERS);
    let assert = |assert: Value| json!({ "kind": "assertion", "assert": assert });
    match at / PARTNERS {
        0 => json!({ "kind": "registration", "id": partner, "entity": "state", "name": "a state" }),
        1 => json!({ "kind": "change", "entity": partner, "on": "1900-01-01",
                     "change": { "what": "admitted", "group": "X-DPR" } }),
        2 => json!({ "kind": "act", "parties": ["KOR", partner], "act": "establish", "by": "both",
                     "dates": { "effective": format!("[{}..{}]", day(at), day(at + 9_000)) } }),
        _ => match at % 4 {
            0 => assert(json!({ "form": "count", "entity": "KOR", "count": at, "on": day(9_000) })),
            1 => {
                assert(json!({ "form": "missing", "entity": "KOR", "among": "X-DPR", "missing": [],
                                "on": day(9_000) }))
            }
            2 => assert(json!({ "form": "ordinal", "entity": "KOR", "partner": partner,
                                "ordinal": 1 + at, "on": "2026-01-01" })),
            _ => assert(
                json!({ "form": "complete", "entity": partner, "from": day(0), "to": day(at) }),
            ),
        },
    }
}

#[test]
fn no_question_of_one_relation_or_one_entity_takes_more_than_it_may() {
    for (name, ledger) in [
        ("acts each because of others before", recorded(4_000, caused)),
        ("a thousand partners, and assertions", recorded(5_000, asserted)),
    ] {
        let inquiry = ledger.inquire(&Basis::on(Day::parse("2026-01-01").unwrap())).unwrap();
        let [kor, group] = ["KOR", "X-DPR"].map(|id| EntityId::parse(id).unwrap());
        let partner = *["P999", "CUB"]
            .map(|id| EntityId::parse(id).unwrap())
            .iter()
            .find(|id| inquiry.known().registration(**id).is_some())
            .unwrap();
        let relation = Parties::new(kor, partner).unwrap();
        let done = |answer: &dyn std::fmt::Debug| {
            let _ = answer;
            Ok(())
        };
        let questions: [Question<'_>; 7] = [
            ("why", true, Box::new(|| done(&inquiry.why(relation)))),
            ("history", true, Box::new(|| done(&inquiry.history_of_relation(relation)))),
            ("partners", true, Box::new(|| inquiry.partners(kor, Within::All).map(drop))),
            ("count", true, Box::new(|| inquiry.count(kor, Within::Among(group)).map(drop))),
            ("missing", true, Box::new(|| inquiry.missing(kor, group).map(drop))),
            ("ordinal", true, Box::new(|| inquiry.ordinal(kor, partner).map(drop))),
            ("check", true, Box::new(|| inquiry.check().map(drop))),
        ];
        for (question, _, ask) in &questions {
            asked(&format!("{name}: {question}"), ask);
        }
        // What is not looked at any more is not agreed to.
        let assertions = inquiry.assertions();
        let unjudged = assertions.iter().filter(|judged| judged.now == Outcome::Unjudged).count();
        assert_eq!(assertions.is_empty(), unjudged == 0, "{name}: {unjudged} unjudged");
        assert_eq!(
            inquiry
                .check()
                .unwrap()
                .checks
                .iter()
                .find(|check| check.name == ASSERTIONS)
                .map(|check| check.ok),
            Some(assertions.is_empty())
        );
    }
}

/// One of so many acts of the Republic of Korea and another that may have come in any order.
const OPEN_ACTS: usize = 12;

const KINDS: [&str; 6] = ["establish", "restore", "annul", "lapse", "suspend", "sever"];

fn open_act(act: usize, partner: &str, kinds: &[&str]) -> Value {
    let kind = kinds[act % kinds.len()];
    let by = match kind {
        "establish" | "restore" => "both",
        "lapse" => "nobody",
        _ => ["KOR", partner, "unknown"][act % 3],
    };
    json!({ "kind": "act", "parties": ["KOR", partner], "act": kind, "by": by,
            "dates": { "effective": format!("[{}..{}]", day(act), day(9_000 - act)) } })
}

/// Relations of one state, each with twelve acts of which none is known to have come before another.
fn open(relations: usize, kinds: &[&str]) -> Ledger {
    let desk = Desk::new();
    let partner = |at: usize| format!("P{at:03}");
    let registered = (0..relations).map(|at| {
        json!({ "kind": "registration", "id": partner(at), "entity": "state", "name": "a state" })
    });
    let acts = (0..relations * OPEN_ACTS)
        .map(|number| open_act(number % OPEN_ACTS, &partner(number / OPEN_ACTS), kinds));
    let events: Vec<Value> = registered.chain(acts).collect();
    let options = AppendOptions { findings: Judgement::Ignore, ..accept() };
    for batch in events.chunks(1_000) {
        desk.ledger.append(batch.iter().cloned().map(draft).collect(), &options).unwrap();
    }
    desk.ledger
}

#[test]
fn what_many_relations_leave_open_together_is_bounded_as_well() {
    for (relations, is_answered) in [(50, true), (600, false)] {
        let ledger = open(relations, &KINDS);
        let basis = Basis::on(Day::parse("1900-01-01").unwrap());
        let inquiry = ledger.inquire(&basis).unwrap();
        let earlier = Size(ledger.size().0 - 1);
        let earlier = Known { size: earlier, head: ledger.head_of(earlier).unwrap().unwrap() };
        let [kor, partner, group] = ["KOR", "P049", "X-DPR"].map(|id| EntityId::parse(id).unwrap());
        let relation = Parties::new(kor, partner).unwrap();
        let questions: [Question<'_>; 8] = [
            ("overview", is_answered, Box::new(|| ledger.overview(&inquiry).map(drop))),
            ("check", is_answered, Box::new(|| inquiry.check().map(drop))),
            ("partners", is_answered, Box::new(|| inquiry.partners(kor, Within::All).map(drop))),
            ("count", is_answered, Box::new(|| inquiry.count(kor, Within::Among(group)).map(drop))),
            ("ordinal", is_answered, Box::new(|| inquiry.ordinal(kor, partner).map(drop))),
            ("history", is_answered, Box::new(|| inquiry.history_of_entity(kor).map(drop))),
            ("diff", is_answered, Box::new(|| inquiry.diff(Day::FIRST, earlier, &[kor]).map(drop))),
            ("one of them", true, Box::new(|| shown(&inquiry, relation))),
        ];
        for (question, is_answered, ask) in &questions {
            let told = asked(&format!("{relations} open relations: {question}"), ask);
            assert_eq!(told == "answered", *is_answered, "{relations}: {question}");
        }
    }
}

/// A relation of twelve such acts, four of them annulled and eight denied, and what continues one of its
/// parties.
fn denied(successors: usize) -> Ledger {
    let desk = Desk::new();
    let acts = (0..OPEN_ACTS).map(|act| keyed(&format!("k{act}"), open_act(act, "CUB", &KINDS)));
    let annulled = (0..4).map(|act| {
        draft(json!({ "kind": "act", "parties": ["CUB", "KOR"], "act": "annul", "by": "KOR",
                      "annuls": format!("k{act}"), "dates": { "effective": "[1880..1910]" } }))
    });
    let denied = (0..8).map(|act| {
        draft(json!({ "kind": "claim", "target": format!("k{act}"), "standing": "rival",
                      "says": "denies" }))
    });
    let successor = |at: usize| format!("P{at:03}");
    let registered = (0..successors).map(|at| {
        draft(json!({ "kind": "registration", "id": successor(at), "entity": "state",
                      "name": "a state" }))
    });
    let continued = (0..successors).map(|at| {
        draft(json!({ "kind": "change", "entity": "CUB", "on": day(at * 70),
                      "change": { "what": "continues", "successor": successor(at) } }))
    });
    let events = acts.chain(annulled).chain(denied).chain(registered).chain(continued);
    desk.ledger.append(events.collect(), &accept()).unwrap();
    desk.ledger
}

#[test]
fn what_is_denied_and_carried_over_is_bounded_under_all_claims_as_well() {
    let ledger = denied(120);
    let basis = Basis { policy: Policy::AllClaims, ..Basis::on(Day::parse("1900-01-01").unwrap()) };
    let inquiry = ledger.inquire(&basis).unwrap();
    let [kor, successor] = ["KOR", "P050"].map(|id| EntityId::parse(id).unwrap());
    let relation = Parties::new(kor, successor).unwrap();
    let questions: [Question<'_>; 3] = [
        ("partners", false, Box::new(|| inquiry.partners(kor, Within::All).map(drop))),
        ("overview", false, Box::new(|| ledger.overview(&inquiry).map(drop))),
        ("one of them", true, Box::new(|| shown(&inquiry, relation))),
    ];
    for (question, is_answered, ask) in &questions {
        let told = asked(&format!("denied and carried over: {question}"), ask);
        assert_eq!(told == "answered", *is_answered, "{question}");
    }
}

#[test]
fn what_a_batch_brings_to_more_open_relations_than_are_looked_at_is_not_recorded_unjudged() {
    // Something is odd about each of them already, so that what was known before matters.
    let ledger = open(600, &KINDS[2..]);
    let ends = || {
        let change = json!({ "what": "extinguished" });
        vec![draft(json!({ "kind": "change", "entity": "KOR", "on": "1990-01-01",
                           "change": change }))]
    };
    let size = ledger.size();
    let record = || ledger.append(ends(), &stop()).map(drop);
    assert_eq!(asked("600 open relations: the end of their state", &record), "refused");
    assert_eq!(ledger.size(), size);
    let appended = ledger.append(ends(), &accept()).unwrap();
    assert!(!appended.is_judged && appended.findings.is_empty());
    assert_eq!(ledger.size().0, size.0 + 1);
}
