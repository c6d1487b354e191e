//! What is refused, rule by rule (docs/domain.md, Refused): each leaves every byte as it was.

use chancery::chain::scan;
use chancery::domain::sequence::{Reference, Sequence};
use chancery::ledger::error::{DraftError, LedgerError};
use chancery::view::decide::{Refusal, speaks_of_others};
use chancery::view::fold::View;
use serde_json::{Value, json};

use crate::desk::{Desk, accept, act, context, draft, opening, registration, retraction};

/// The entry of the first act on a desk with one.
const ACT: u64 = 6;

fn desk() -> Desk {
    Desk::new().with(&["KOR establish SYR 2025-04-10"])
}

/// Why an event is refused; nothing has been written then.
fn refused(desk: &Desk, event: Value) -> Refusal {
    let before = desk.storage.files();
    let error = desk.ledger.append(vec![draft(event)], &accept()).unwrap_err();
    assert_eq!(desk.storage.files(), before);
    match error {
        LedgerError::Draft { source: DraftError::Refused(refusal), .. } => refusal,
        other => panic!("{other:?}"),
    }
}

fn recorded(desk: &Desk, event: Value) -> u64 {
    desk.append_any(draft(event)).unwrap().size.0 - 1
}

fn with(mut event: Value, field: &str, value: impl Into<Value>) -> Value {
    event[field] = value.into();
    event
}

fn correction(target: u64, fact: Value) -> Value {
    json!({ "kind": "correction", "target": target, "fact": fact, "reason": "a misprint" })
}

fn claim(target: u64) -> Value {
    json!({ "kind": "claim", "target": target, "standing": "rival", "says": "denies" })
}

#[test]
fn a_second_opening_is_refused() {
    let event = serde_json::to_value(opening()).unwrap()["event"].clone();
    assert_eq!(refused(&desk(), event), Refusal::SecondOpening);
}

#[test]
fn an_entity_that_is_not_in_the_register_is_refused_wherever_it_is_named() {
    let desk = desk();
    let unknown = |event| assert!(matches!(refused(&desk, event), Refusal::UnknownEntity(_)));
    unknown(act("KOR establish FRA 1949-02-15"));
    unknown(with(context("A war"), "entities", json!(["FRA"])));
    unknown(json!({ "kind": "change", "entity": "KOR", "on": "1991-09-17",
                    "change": { "what": "admitted", "group": "UN" } }));
    unknown(json!({ "kind": "recognition", "by": "KOR", "of": "FRA", "act": "recognised",
                    "dates": { "effective": "1949-02-15" } }));
    unknown(json!({ "kind": "assertion", "assert": { "form": "status", "parties": ["FRA", "KOR"],
                    "status": "active", "on": "1950-01-01" } }));
}

#[test]
fn an_entity_is_registered_once() {
    let refusal = refused(&desk(), registration("KOR"));
    assert!(matches!(refusal, Refusal::AlreadyRegistered { by: Sequence(2), .. }), "{refusal:?}");
}

#[test]
fn a_reference_to_something_else_than_an_earlier_entry_is_refused() {
    let desk = desk();
    for field in ["because", "after"] {
        let event = with(act("SYR sever KOR 2026-01-01"), field, json!([7]));
        assert_eq!(refused(&desk, event), Refusal::NotEarlier(Sequence(7)));
    }
    assert_eq!(refused(&desk, claim(99)), Refusal::NotEarlier(Sequence(99)));
    assert_eq!(refused(&desk, retraction(99)), Refusal::NotEarlier(Sequence(99)));
    let fact = act("KOR establish SYR 2025-04-11");
    assert_eq!(refused(&desk, correction(99, fact)), Refusal::NotEarlier(Sequence(99)));
}

#[test]
fn a_target_of_the_wrong_kind_is_refused() {
    let desk = desk();
    let context = recorded(&desk, context("A war"));
    let claimed = recorded(&desk, claim(ACT));
    let wrong = |event| assert!(matches!(refused(&desk, event), Refusal::WrongKind { .. }));
    // A claim speaks of an act.
    assert_eq!(
        refused(&desk, claim(context)).to_string(),
        format!("entry {context} is a context, not an act")
    );
    wrong(claim(claimed));
    // A correction replaces a fact.
    wrong(correction(claimed, act("KOR establish SYR 2025-04-11")));
    wrong(correction(0, act("KOR establish SYR 2025-04-11")));
    // The opening cannot be taken back.
    wrong(retraction(0));
    // An annulment names an act of its own relation and axis.
    let other = recorded(&desk, act("KOR establish CUB 2024-02-14"));
    for target in [other, context, claimed] {
        wrong(with(act("SYR annul KOR 2026-01-01"), "annuls", target));
    }
    let consular = with(act("SYR annul KOR 2026-01-01"), "axis", "consular");
    let refusal = refused(&desk, with(consular, "annuls", ACT));
    let told = "entry 6 is an act, not an act of KOR–SYR on the consular axis";
    assert_eq!(refusal.to_string(), told);
    // Nor does a correction make it name another.
    let annulled = recorded(&desk, with(act("SYR annul KOR 2026-01-01"), "annuls", ACT));
    wrong(correction(annulled, with(act("SYR annul KOR 2026-01-02"), "annuls", other)));
}

#[test]
fn a_target_that_is_not_live_is_refused() {
    let desk = desk();
    let claimed = recorded(&desk, claim(ACT));
    let corrected = recorded(&desk, correction(ACT, act("KOR establish SYR 2025-04-11")));
    recorded(&desk, retraction(ACT));
    // What is taken back takes its claims and corrections with it.
    for target in [ACT, claimed, corrected] {
        let target = Sequence(target);
        assert_eq!(refused(&desk, retraction(target.0)), Refusal::NotLive { target });
    }
    let refusal = refused(&desk, claim(ACT));
    assert_eq!(refusal, Refusal::NotLive { target: Sequence(ACT) });
    let fact = act("KOR establish SYR 2025-04-12");
    assert!(matches!(refused(&desk, correction(corrected, fact)), Refusal::NotLive { .. }));
}

#[test]
fn a_correction_keeps_the_kind_the_axis_and_the_parties() {
    let desk = desk();
    let stays = |target: u64, fact: Value| {
        let refusal = refused(&desk, correction(target, fact));
        assert!(matches!(refusal, Refusal::ChangesWhatStays { .. }), "{refusal:?}");
    };
    stays(ACT, context("A war"));
    stays(ACT, act("KOR establish CUB 2025-04-10"));
    stays(ACT, with(act("KOR establish SYR 2025-04-10"), "axis", "consular"));
    stays(2, registration("PRK"));
    // The act itself may change.
    recorded(&desk, correction(ACT, act("KOR restore SYR 2025-04-10")));
}

#[test]
fn a_correction_of_any_other_fact_keeps_whom_it_is_about() {
    let dates = json!({ "effective": "1949-02-15" });
    let dated = |event| with(event, "dates", dates.clone());
    let change = |entity: &str, name: &str| {
        json!({ "kind": "change", "entity": entity, "on": "1991-09-17",
                "change": { "what": "renamed", "name": name } })
    };
    let recognition = |by: &str, of: &str, act: &str| {
        dated(json!({ "kind": "recognition", "by": by, "of": of, "act": act }))
    };
    let mission = |sender: &str, host: &str, act: &str| {
        dated(json!({ "kind": "mission", "sender": sender, "host": host, "act": act }))
    };
    let step = |other: &str, step: &str| {
        dated(json!({ "kind": "step", "parties": ["KOR", other], "step": step,
                      "towards": "establish", "by": "both" }))
    };
    let named = |title: &str| with(registration("CUB"), "name", title);
    // A fact, what it may become, and what another than it would be.
    let facts: [[Value; 3]; 6] = [
        [named("Cuba"), named("The Republic of Cuba"), with(named("Cuba"), "id", "PRK")],
        [change("KOR", "Korea"), change("KOR", "Corea"), change("SYR", "Korea")],
        [
            recognition("KOR", "UKR", "recognised"),
            recognition("KOR", "UKR", "withdrawn"),
            recognition("SYR", "UKR", "recognised"),
        ],
        [
            mission("KOR", "UKR", "opened"),
            mission("KOR", "UKR", "closed"),
            mission("KOR", "SYR", "opened"),
        ],
        [step("UKR", "proposed"), step("UKR", "refused"), step("SYR", "proposed")],
        [context("A war"), context("A summit"), act("KOR establish SYR 2025-04-10")],
    ];
    for [fact, better, other] in facts {
        let desk = Desk::opened();
        let ids = ["KOR", "SYR", "UKR"].map(registration);
        for id in ids {
            recorded(&desk, id);
        }
        let root = recorded(&desk, fact);
        let refusal = refused(&desk, correction(root, other));
        assert!(matches!(refusal, Refusal::ChangesWhatStays { .. }), "{refusal:?}");
        recorded(&desk, correction(root, better));
    }
}

#[test]
fn a_registration_that_a_live_entry_names_is_not_taken_back() {
    let desk = desk();
    let named = |desk: &Desk, target: u64| {
        let refusal = refused(desk, retraction(target));
        assert!(matches!(refusal, Refusal::StillNamed { .. }), "{refusal:?}");
    };
    named(&desk, 2);
    recorded(&desk, retraction(ACT));
    recorded(&desk, retraction(2));
    assert!(matches!(
        refused(&desk, act("KOR establish SYR 2025-04-10")),
        Refusal::UnknownEntity(_)
    ));
}

#[test]
fn a_correction_and_an_assertion_name_an_entity_as_well() {
    let desk = Desk::new();
    let still_named = |by: u64| {
        let refusal = refused(&desk, retraction(1));
        assert!(matches!(refusal, Refusal::StillNamed { by: found, .. } if found.0 == by));
    };
    let fact = recorded(&desk, context("A war"));
    let naming = with(context("A war"), "entities", json!(["CUB"]));
    let corrected = recorded(&desk, correction(fact, naming));
    still_named(corrected);
    recorded(&desk, retraction(corrected));
    let asserted = recorded(&desk, assertion());
    still_named(asserted);
    // Taken back, it cannot come again once the entity is gone.
    let taken = recorded(&desk, retraction(asserted));
    recorded(&desk, retraction(1));
    assert!(matches!(refused(&desk, retraction(taken)), Refusal::UnknownEntity(_)));
}

fn assertion() -> Value {
    json!({ "kind": "assertion", "assert": { "form": "status", "parties": ["CUB", "KOR"],
            "status": "none", "on": "1950-01-01" } })
}

#[test]
fn taking_back_a_retraction_twice_over_cannot_take_out_what_is_named() {
    let desk = Desk::new();
    let first = recorded(&desk, retraction(2));
    let second = recorded(&desk, retraction(first));
    recorded(&desk, act("KOR establish SYR 2025-04-10"));
    // With it, the first retraction would take KOR out of the register again.
    let refusal = refused(&desk, retraction(second));
    assert!(matches!(refusal, Refusal::StillNamed { .. }), "{refusal:?}");
}

#[test]
fn a_registration_that_another_retraction_keeps_may_be_named() {
    let desk = Desk::new();
    let first = recorded(&desk, retraction(2));
    let second = recorded(&desk, retraction(first));
    let third = recorded(&desk, retraction(second));
    // The first is taken back twice over, once the third goes.
    recorded(&desk, retraction(first));
    recorded(&desk, act("KOR establish SYR 2025-04-10"));
    recorded(&desk, retraction(third));
}

#[test]
fn what_comes_back_has_to_fit_into_the_register() {
    let desk = Desk::new();
    let taken = recorded(&desk, retraction(2));
    recorded(&desk, registration("KOR"));
    let refusal = refused(&desk, retraction(taken));
    assert!(matches!(refusal, Refusal::AlreadyRegistered { .. }), "{refusal:?}");

    // A fact whose correction names an entity that is gone since.
    let desk = Desk::new();
    let context = recorded(&desk, context("A war"));
    let with_entity = with(crate::desk::context("A war"), "entities", json!(["CUB"]));
    recorded(&desk, correction(context, with_entity));
    let taken = recorded(&desk, retraction(context));
    recorded(&desk, retraction(1));
    let refusal = refused(&desk, retraction(taken));
    assert!(matches!(refusal, Refusal::UnknownEntity(_)), "{refusal:?}");
}

#[test]
fn a_correction_that_stays_dead_with_its_fact_need_not_fit_into_the_register() {
    let desk = Desk::new();
    let fact = recorded(&desk, context("A war"));
    let naming = with(context("A war"), "entities", json!(["CUB"]));
    let corrected = recorded(&desk, correction(fact, naming));
    let taken = recorded(&desk, retraction(corrected));
    recorded(&desk, retraction(fact));
    recorded(&desk, retraction(1));
    recorded(&desk, retraction(taken));
}

#[test]
fn an_attachment_that_an_entry_does_not_have_is_not_erased() {
    let refusal = refused(
        &desk(),
        json!({ "kind": "erasure", "target": ACT, "attachment": 0, "reason": "privacy" }),
    );
    let expected = Refusal::NoAttachment { target: Sequence(ACT), index: 0 };
    assert_eq!(refusal, expected);
    // One that it has.
    let desk = desk();
    let attachment =
        json!({ "commitment": "00".repeat(32), "length": 9, "media_type": "text/plain" });
    let attached = json!({ "event": context("A war"), "attachments": [attachment] });
    desk.append_any(serde_json::from_value(attached).unwrap()).unwrap();
    let erasure = |index: u8| json!({ "kind": "erasure", "target": ACT + 1, "attachment": index, "reason": "privacy" });
    assert!(matches!(refused(&desk, erasure(1)), Refusal::NoAttachment { index: 1, .. }));
    recorded(&desk, erasure(0));
}

#[test]
fn a_fact_that_was_read_whole_is_decided_as_any_other() {
    let desk = desk();
    let whole = |event: Value| {
        let other = Desk::opened();
        for id in ["KOR", "SYR", "FRA"] {
            recorded(&other, registration(id));
        }
        let entry = recorded(&other, event);
        let bytes = other.ledger.payloads(Sequence(entry)..Sequence(entry + 1)).next().unwrap();
        scan::whole(&bytes.unwrap()).unwrap()
    };
    let view = desk.ledger.view();
    assert_eq!(view.decide_whole(&whole(act("KOR establish SYR 1990-01-01"))), Ok(()));
    let unknown = view.decide_whole(&whole(act("KOR establish FRA 1990-01-01")));
    assert!(matches!(unknown, Err(Refusal::UnknownEntity(_))), "{unknown:?}");
    let because = with(act("KOR establish SYR 1990-01-01"), "because", json!([1]));
    assert_eq!(view.decide_whole(&whole(because.clone())), Ok(()));
    let nothing = View::new();
    assert_eq!(nothing.decide_whole(&whole(because)), Err(Refusal::NoOpening));
}

#[test]
fn who_speaks_of_other_entries_is_judged_by_what_they_say() {
    let event = |event: Value| {
        draft(event).event.try_map(&mut |reference| match reference {
            Reference::Number(sequence) => Ok(sequence),
            Reference::Key(_) => Err(()),
        })
    };
    let annulment = with(act("SYR annul KOR 2026-01-01"), "annuls", ACT);
    for speaking in [correction(1, context("A war")), retraction(1), annulment] {
        assert!(speaks_of_others(&event(speaking).unwrap()));
    }
    for alone in [act("SYR annul KOR 2026-01-01"), claim(1), context("A war"), assertion()] {
        assert!(!speaks_of_others(&event(alone).unwrap()));
    }
}

#[test]
fn what_breaks_a_rule_of_its_own_is_refused() {
    let desk = desk();
    let malformed = |event| {
        let refusal = refused(&desk, event);
        assert!(matches!(refusal, Refusal::Malformed(_)), "{refusal:?}");
    };
    malformed(with(act("KOR sever SYR 2025-04-10"), "consular", "included"));
    malformed(with(act("KOR sever SYR 2025-04-10"), "annuls", ACT));
    malformed(with(act("KOR sever SYR 2025-04-10"), "by", "CUB"));
    malformed(with(act("KOR sever SYR 2025-04-10"), "dates", json!({ "decided": "2025-04-10" })));
}

#[test]
fn an_entry_is_taken_back_and_brought_back_64_times_in_all() {
    let in_a_row = desk();
    let last = (0..64).fold(ACT, |target, _| recorded(&in_a_row, retraction(target)));
    let too_often = |desk: &Desk, target: u64| {
        let refusal = refused(desk, retraction(target));
        let Refusal::TooOften { entry, times, .. } = refusal else { panic!("{refusal:?}") };
        assert_eq!((entry.0, times), (ACT, 64));
    };
    too_often(&in_a_row, last);
    // Taken back, and that taken back in turn, over and over.
    let by_turns = desk();
    for _ in 0..32 {
        let taken = recorded(&by_turns, retraction(ACT));
        recorded(&by_turns, retraction(taken));
    }
    too_often(&by_turns, ACT);
    // Each entry has its own.
    recorded(&by_turns, retraction(1));
}

#[test]
fn a_fact_is_corrected_256_times() {
    let desk = Desk::new();
    let fact = recorded(&desk, context("A war"));
    let mut last = fact;
    for at in 0..256 {
        let title = context(&format!("A war, {at}"));
        last = recorded(&desk, correction(if at % 2 == 0 { fact } else { last }, title));
    }
    let refusal = refused(&desk, correction(last, context("A war")));
    let Refusal::TooOften { entry, times, .. } = refusal else { panic!("{refusal:?}") };
    assert_eq!((entry.0, times), (fact, 256));
}

#[test]
fn an_entity_ends_is_revived_or_continued_128_times() {
    let desk = Desk::new();
    let change = |entity: &str, change: Value| json!({ "kind": "change", "entity": entity, "on": "1950-01-01", "change": change });
    for at in 0..128 {
        let what = match at % 3 {
            0 => json!({ "what": "extinguished" }),
            1 => json!({ "what": "revived" }),
            _ => json!({ "what": "continues", "successor": "SYR" }),
        };
        recorded(&desk, change("KOR", what));
    }
    for often in [
        change("KOR", json!({ "what": "extinguished" })),
        change("UKR", json!({ "what": "continues", "successor": "KOR" })),
    ] {
        let refusal = refused(&desk, often);
        let Refusal::TurnedTooOften { id, times } = refusal else { panic!("{refusal:?}") };
        assert_eq!((id.as_str(), times), ("KOR", 128));
    }
    recorded(&desk, change("KOR", json!({ "what": "renamed", "name": "Korea" })));
    recorded(&desk, change("SYR", json!({ "what": "extinguished" })));
}
