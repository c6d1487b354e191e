//! Target: one relation of hostile acts, corrections, claims, retractions and turns.

use chancery::chain::entry::Entry;
use chancery::domain::entity::EntityId;
use chancery::domain::event::Event;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::tlog::hash::Hash;
use chancery::view::fold::View;
use serde_json::{Value, json};

use super::ledgers::{ENTITIES, now};

/// How many bytes are one event.
const EVENT_BYTES: usize = 6;
/// How many events are looked at: as many as the command takes in a batch.
const EVENTS_MAX: usize = 1_000;

/// The first byte says what is asked, then six bytes are one event each. What is answered at once
/// is what is solved, and so are the findings.
pub(crate) fn completions(bytes: &[u8]) {
    let Some((asked, events)) = bytes.split_first() else { return };
    let view = view_of(events.chunks_exact(EVENT_BYTES).take(EVENTS_MAX));
    let known = view.known(view.size());
    let one = ENTITIES[if asked & 1 == 0 { 0 } else { 2 }];
    let [one, other] = [one, ENTITIES[1]].map(|id| EntityId::parse(id).expect("it is an id"));
    let Ok(parties) = Parties::new(one, other) else { return };
    let axis = if asked & 2 == 0 { Axis::Diplomatic } else { Axis::Consular };
    let policy = if asked & 4 == 0 { Policy::AsStated } else { Policy::AllClaims };
    let relation = known.relation(parties, axis, policy);
    for segment in relation.timeline.segments().iter().take(4) {
        let solved = known.statuses(&relation, segment.from);
        assert_eq!(known.statuses_on(parties, axis, policy, segment.from), solved);
    }
    if policy == Policy::AsStated {
        assert_eq!(known.findings(parties, axis), known.findings_in(&relation));
    }
}

/// The view of the events that the rules allow.
fn view_of<'b>(events: impl Iterator<Item = &'b [u8]>) -> View {
    let mut view = View::new();
    let opening = json!({ "kind": "opening", "origin": "a.example/log" });
    let registered = ENTITIES
        .map(|id| json!({ "kind": "registration", "id": id, "entity": "state", "name": id }));
    for event in std::iter::once(opening).chain(registered) {
        apply(&mut view, event);
    }
    for bytes in events {
        let next = view.size().0;
        if let &[what, how, from, to, one, more] = bytes {
            apply(&mut view, event([what, how, from, to, one, more], next));
        }
    }
    view
}

fn apply(view: &mut View, event: Value) {
    let Ok(event) = serde_json::from_value::<Event>(event) else { return };
    if view.decide(&event, &[], &[]).is_err() {
        return;
    }
    let entry = Entry {
        previous: Hash::ZERO,
        sequence: view.size().next(),
        recorded_at: now(),
        recorder: "archive".parse().expect("it is a text"),
        key: None,
        event,
        sources: Vec::new(),
        attachments: Vec::new(),
        even_so: None,
        note: None,
    };
    view.apply(&entry);
}

/// A date within a few years, more or less exact, written in one of the ways of the profile.
fn date(how: u8, from: u8, to: u8) -> String {
    let year = |number: u8| 1900 + u32::from(number) / 8;
    let day = |number: u8| format!("{}-0{}-1{}", year(number), 1 + number % 8, number % 9);
    match how % 8 {
        0 | 1 => day(from),
        2 => format!("{}", year(from)),
        3 => format!("{}-0{}", year(from), 1 + from % 8),
        4 => format!("[{}..{}]", day(from.min(to)), day(from.max(to))),
        5 => format!("{}~", year(from)),
        6 => format!("[{},{}]", day(from.min(to)), day(from.max(to))),
        _ => format!("[{}..]", year(from)),
    }
}

fn event([what, how, from, to, one, more]: [u8; EVENT_BYTES], next: u64) -> Value {
    let act = act([what, how, from, to, one, more], next);
    let target = next.saturating_sub(1 + u64::from(one % 32));
    let on = date(how, from, to);
    let exact = date(0, from, to);
    match what % 24 {
        0..=14 => act,
        15 | 16 => {
            let says = ["establish", "sever", "restore"][usize::from(more % 3)];
            match more % 4 {
                0 => {
                    json!({ "kind": "claim", "target": target, "standing": "rival", "says": says })
                }
                1 => json!({ "kind": "claim", "target": target, "standing": "rival",
                    "says": "denies" }),
                _ => json!({ "kind": "claim", "target": target, "standing": "rival",
                    "role": "effective", "date": on }),
            }
        }
        17 => json!({ "kind": "correction", "target": target, "fact": act, "reason": "r" }),
        18 | 19 => json!({ "kind": "retraction", "target": target, "reason": "r" }),
        20 => json!({ "kind": "change", "entity": ENTITIES[usize::from(more % 6)], "on": exact,
            "change": { "what": "continues", "successor": ENTITIES[usize::from(one % 6)] } }),
        21 => json!({ "kind": "change", "entity": ENTITIES[usize::from(more % 3)], "on": exact,
            "change": { "what": "extinguished" } }),
        22 => json!({ "kind": "change", "entity": ENTITIES[usize::from(more % 3)], "on": exact,
            "change": { "what": "revived" } }),
        _ => json!({ "kind": "assertion", "assert": { "form": "complete", "entity": "AAA",
            "from": "1900-01-01", "to": exact } }),
    }
}

fn act([what, how, from, to, one, more]: [u8; EVENT_BYTES], next: u64) -> Value {
    const KINDS: [&str; 6] = ["establish", "sever", "restore", "suspend", "lapse", "annul"];
    let kind = KINDS[usize::from(what % 6)];
    let others = [("AAA", "BBB"), ("AAA", "BBB"), ("BBB", "CCC"), ("AAA", "DDD")];
    let (first, second) = others[usize::from(more >> 6)];
    let by = match (kind, more % 3) {
        ("establish" | "restore", _) => "both",
        ("lapse", _) => "nobody",
        (_, 0) => first,
        (_, 1) => second,
        _ => "unknown",
    };
    let mut act = json!({ "kind": "act", "parties": [first, second], "act": kind, "by": by,
        "dates": { "effective": date(how, from, to) } });
    let target = next.saturating_sub(1 + u64::from(one % 32));
    if how & 8 != 0 {
        act["axis"] = json!("consular");
    }
    if kind == "annul" && how & 16 != 0 {
        act["annuls"] = json!(target);
    }
    if how & 32 != 0 {
        act["after"] = json!([target]);
    }
    act
}
