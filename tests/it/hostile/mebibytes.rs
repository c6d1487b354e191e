//! A mebibyte that is well-formed from end to end, for the targets that make ledgers: what is refused at
//! its first line costs little.

use chancery::domain::sequence::Sequence;
use serde_json::{Value, json};

use super::HOSTILE_BYTES;
use super::batches::{KINDS, day};
use super::targets::logs::joined;
use super::targets::seeds;
use crate::desk::{Desk, context, draft, stop};

/// Mebibytes for a target, each with what it is.
pub(super) fn of(target: &str) -> Vec<(String, Vec<u8>)> {
    let named = |made: &[(&str, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        made.iter().map(|(what, bytes)| ((*what).to_owned(), bytes.clone())).collect()
    };
    match target {
        "json_lines" => named(&[
            ("facts", lines(|at| context(&format!("Event {at}")))),
            ("states, and acts between any two of them", lines(states_and_acts)),
            ("acts of one relation, in open clusters", lines(|at| act("AAA", "BBB", at, 12))),
            ("acts of one relation, all open", lines(|at| act("AAA", "BBB", at, 13))),
            ("acts taken back and brought back", lines(taken_back)),
            ("acts corrected over and over", lines(corrected)),
            ("acts, and assertions of them all", lines(asserted_complete)),
            ("partners, and assertions of their number", lines(asserted_counts)),
            ("states registered in vain", lines(registered_in_vain)),
            ("states registered, and then in vain", lines(registered_and_then_in_vain)),
            ("a state renamed over and over", lines(renamed)),
            ("a state of many partners, ended and revived", lines(turned)),
            ("states, each continued by the next", lines(continued)),
        ]),
        "table" => named(&[
            ("rows of a year each", rows(|_| "")),
            ("rows of a day", rows(|at| ["-01-01", "-02-30", "-1"][at % 3])),
        ]),
        "segment" => named(&[("sound entries", entries())]),
        "completions" => (0..8).flat_map(asked).collect(),
        _ => Vec::new(),
    }
}

/// The events of the seeds over and over, of which one question is asked.
fn asked(question: u8) -> impl Iterator<Item = (String, Vec<u8>)> {
    let of_target = seeds::all().into_iter().filter(|(target, ..)| *target == "completions");
    of_target.map(move |(_, name, seed)| {
        let events = seed.iter().skip(1).cycle().take(HOSTILE_BYTES - 1).copied();
        let bytes = std::iter::once(question).chain(events).collect();
        (format!("{name}, question {question}"), bytes)
    })
}

fn lines(event: impl Fn(usize) -> Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HOSTILE_BYTES);
    for at in 0.. {
        let line = format!("{}\n", json!({ "key": format!("k{at}"), "event": event(at) }));
        if HOSTILE_BYTES < bytes.len() + line.len() {
            break;
        }
        bytes.extend(line.bytes());
    }
    bytes
}

fn act(one: &str, other: &str, at: usize, cluster: usize) -> Value {
    let first = at % 36_000 / cluster * 20 % 36_000;
    json!({ "kind": "act", "parties": [one, other], "act": KINDS[at % 6], "by": "both",
            "dates": { "effective": format!("[{}..{}]", day(first), day(first + 15)) } })
}

fn state(number: usize) -> String {
    format!("S{number}")
}

fn states_and_acts(at: usize) -> Value {
    const STATES: usize = 100;
    match at {
        ..STATES => {
            json!({ "kind": "registration", "id": state(at), "entity": "state", "name": "S" })
        }
        _ => {
            let (one, other) = (at / STATES % STATES, at % STATES);
            act(&state(one), &state(if one == other { (one + 1) % STATES } else { other }), at, 12)
        }
    }
}

fn taken_back(at: usize) -> Value {
    match at % 65 {
        0 => act("AAA", "BBB", at, 1),
        _ => json!({ "kind": "retraction", "target": format!("k{}", at - 1), "reason": "r" }),
    }
}

fn corrected(at: usize) -> Value {
    let own = at - at % 257;
    match at % 257 {
        0 => act("AAA", "BBB", at, 1),
        _ => json!({ "kind": "correction", "target": format!("k{}", at - 1), "reason": "r",
                     "fact": act("AAA", "BBB", own, 12) }),
    }
}

/// Acts of which two share a day, and assertions that all of them are there.
fn asserted_complete(at: usize) -> Value {
    match at {
        ..3_000 => act("AAA", "BBB", at.max(1) * 12, 12),
        _ => json!({ "kind": "assertion", "assert": { "form": "complete", "entity": "AAA",
                     "from": day(0), "to": day(at) } }),
    }
}

fn asserted_counts(at: usize) -> Value {
    const PARTNERS: usize = 1_200;
    match at {
        ..PARTNERS => {
            json!({ "kind": "registration", "id": state(at), "entity": "state", "name": "S" })
        }
        _ if at < 2 * PARTNERS => act("AAA", &state(at - PARTNERS), 0, 1),
        _ => json!({ "kind": "assertion", "assert": { "form": "count", "entity": "AAA",
                     "count": at, "on": day(at) } }),
    }
}

fn registered_in_vain(at: usize) -> Value {
    match at % 2 {
        0 => json!({ "kind": "registration", "id": state(at), "entity": "state", "name": "S" }),
        _ => json!({ "kind": "retraction", "target": format!("k{}", at - 1), "reason": "r" }),
    }
}

fn registered_and_then_in_vain(at: usize) -> Value {
    const STATES: usize = 3_400;
    match at {
        ..STATES => {
            json!({ "kind": "registration", "id": state(at), "entity": "state", "name": "S" })
        }
        _ => json!({ "kind": "retraction", "target": format!("k{}", at - STATES), "reason": "r" }),
    }
}

fn renamed(at: usize) -> Value {
    json!({ "kind": "change", "entity": "AAA", "on": day(at),
            "change": { "what": "renamed", "name": format!("A {at}") } })
}

fn turned(at: usize) -> Value {
    const PARTNERS: usize = 2_000;
    let what = ["extinguished", "revived"][at % 2];
    match at {
        ..PARTNERS => {
            json!({ "kind": "registration", "id": state(at), "entity": "state", "name": "S" })
        }
        _ if at < 2 * PARTNERS => act("AAA", &state(at - PARTNERS), 0, 1),
        // As often as it may be, and others.
        _ if at < 2 * PARTNERS + 128 => {
            json!({ "kind": "change", "entity": "AAA", "on": day(at), "change": { "what": what } })
        }
        _ => {
            let (own, name) = (state(at % PARTNERS), format!("S {at}"));
            let renamed = json!({ "what": "renamed", "name": name });
            json!({ "kind": "change", "entity": own, "on": day(at), "change": renamed })
        }
    }
}

fn continued(at: usize) -> Value {
    let own = at / 2;
    match at % 2 {
        0 => json!({ "kind": "registration", "id": state(own), "entity": "state", "name": "S" }),
        _ => {
            json!({ "kind": "change", "entity": if own == 0 { "AAA".to_owned() } else { state(own - 1) },
                     "on": day(own), "change": { "what": "continues", "successor": state(own) } })
        }
    }
}

fn rows(rest: impl Fn(usize) -> &'static str) -> Vec<u8> {
    let mut bytes = format!("{}\n---\nwar,began,after\n", crate::import::WARS).into_bytes();
    for at in 0.. {
        let row = format!("war {at},{}{},\n", 1900 + at % 100, rest(at));
        if HOSTILE_BYTES < bytes.len() + row.len() {
            break;
        }
        bytes.extend(row.bytes());
    }
    bytes
}

/// The entries of a sound ledger, linked, as the target `segment` takes them.
fn entries() -> Vec<u8> {
    let desk = Desk::new();
    for batch in 0..8 {
        let title = |at: usize| context(&format!("Event {}", batch * 1_000 + at));
        desk.ledger.append((0..1_000).map(|at| draft(title(at))).collect(), &stop()).unwrap();
    }
    let payloads = desk.ledger.payloads(Sequence(0)..Sequence(u64::MAX));
    let payloads: Vec<Vec<u8>> = payloads.map(Result::unwrap).collect();
    let mut bytes = [&[3][..], &joined(&payloads)].concat();
    bytes.truncate(HOSTILE_BYTES);
    bytes
}
