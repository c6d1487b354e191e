//! The answers beside the status: differences, reasons, missions, and what was replaced.

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::recognition::Level;
use chancery::domain::relation::Parties;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::answer::Known;
use chancery::ledger::answer::assertion::Outcome;
use chancery::ledger::answer::axes::MissionOn;
use chancery::ledger::answer::diff::Diff;
use chancery::ledger::answer::why::Part;
use chancery::ledger::ask::{Basis, Inquiry};
use serde_json::{Value, json};

use crate::desk::{Desk, accept, act, draft, registration, retraction};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

fn pair(one: &str, other: &str) -> Parties {
    Parties::new(id(one), id(other)).unwrap()
}

impl Desk {
    fn asked(&self, on: &str) -> Inquiry {
        self.ledger.inquire(&Basis::on(day(on))).unwrap()
    }

    fn recorded(&self, event: Value) -> Sequence {
        self.append_any(draft(event)).unwrap();
        Sequence(self.ledger.size().0 - 1)
    }

    fn mission(&self, on: &str) -> MissionOn {
        let missions = self.asked(on).missions(id("KOR"), Some(id("SYR")));
        missions.sent.into_iter().next().unwrap()
    }

    fn diff(&self, from: &str, size: Size, to: &str) -> Diff {
        let head = self.ledger.head_of(size).unwrap().unwrap();
        self.asked(to).diff(day(from), Known { size, head }, &[]).unwrap()
    }
}

fn mission(act: &str, on: &str, more: Value) -> Value {
    let mut event = json!({
        "kind": "mission", "sender": "KOR", "host": "SYR", "act": act,
        "dates": { "effective": on },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn claim(target: u64, date: &str) -> Value {
    json!({
        "kind": "claim", "target": target, "role": "effective", "date": date, "standing": "rival",
    })
}

fn continues(before: &str, after: &str, on: &str) -> Value {
    json!({
        "kind": "change", "entity": before, "on": on,
        "change": { "what": "continues", "successor": after },
    })
}

fn correction(target: u64, words: &str) -> Value {
    json!({ "kind": "correction", "target": target, "fact": act(words), "reason": "misread" })
}

#[test]
fn a_mission_that_opens_anew_is_not_seated_where_it_was_before() {
    let desk = Desk::new();
    desk.recorded(mission("opened", "2000-01-01", json!({ "level": "ambassador" })));
    desk.recorded(mission("closed", "2010-01-01", json!({})));
    assert_eq!(
        (desk.mission("2010-01-01").open, desk.mission("2010-01-01").level),
        (Some(false), None)
    );
    let seated = json!({ "level": "charge", "residence": { "seated-in": "CUB" } });
    desk.recorded(mission("level-set", "2012-01-01", seated));
    desk.recorded(mission("opened", "2015-01-01", json!({})));
    let mission = desk.mission("2015-01-01");
    assert_eq!((mission.open, mission.level), (Some(true), Some(Level::Charge)));
    assert_eq!(mission.residence, None);
}

#[test]
fn members_expelled_by_number_leave_the_head_of_the_mission_there() {
    let desk = Desk::new();
    desk.recorded(mission("opened", "2000-01-01", json!({ "level": "ambassador" })));
    desk.recorded(mission("expelled", "2001-01-01", json!({ "number": 3 })));
    assert!(!desk.mission("2001-01-01").recalled);
    desk.recorded(mission("operations-suspended", "2002-01-01", json!({})));
    desk.recorded(mission("recalled", "2003-01-01", json!({})));
    let mission = desk.mission("2003-01-01");
    assert_eq!((mission.open, mission.suspended, mission.recalled), (Some(true), true, true));
}

#[test]
fn a_mission_whose_facts_may_have_come_in_another_order_is_not_certain() {
    let desk = Desk::new();
    desk.recorded(mission("opened", "2000", json!({})));
    assert!(!desk.mission("2000-06-01").certain);
    assert!(desk.mission("2001-01-01").certain);
    desk.recorded(mission("closed", "2000-06", json!({})));
    assert!(!desk.mission("2001-01-01").certain);
}

#[test]
fn a_change_in_the_world_names_the_continuation_that_carried_a_relation_over() {
    let desk = Desk::new().with(&["KOR establish SYR 1990-01-01"]);
    let size = desk.ledger.size();
    let continued = desk.recorded(continues("SYR", "UKR", "1995-01-01"));
    let diff = desk.diff("1994-01-01", desk.ledger.size(), "1996-01-01");
    let changed = diff.world.iter().find(|one| one.relation == pair("KOR", "UKR")).unwrap();
    assert_eq!(changed.entries, [continued]);
    let diff = desk.diff("1996-01-01", Size(size.0 - 1), "1996-01-01");
    let changed = diff.knowledge.iter().find(|one| one.relation == pair("KOR", "UKR")).unwrap();
    assert_eq!(changed.entries, [Sequence(size.0 - 1), continued]);
}

#[test]
fn a_relation_that_a_retracted_continuation_carried_over_is_told_as_changed() {
    let desk = Desk::new().with(&["KOR establish SYR 1990-01-01"]);
    let continued = desk.recorded(continues("SYR", "UKR", "1995-01-01"));
    let size = desk.ledger.size();
    let retracted = desk.recorded(retraction(continued.0));
    let diff = desk.diff("1996-01-01", size, "1996-01-01");
    let changed: Vec<Parties> = diff.knowledge.iter().map(|changed| changed.relation).collect();
    assert_eq!(changed, [pair("KOR", "SYR"), pair("KOR", "UKR")]);
    assert!(diff.knowledge.iter().all(|changed| changed.entries == [retracted]));
}

#[test]
fn what_bears_on_no_status_is_not_named_as_responsible() {
    let desk = Desk::new();
    let size = desk.ledger.size();
    let established = desk.recorded(act("KOR establish SYR 1990-01-01"));
    desk.recorded(claim(established.0, "1990-02-01"));
    desk.recorded(mission("opened", "1990-01-01", json!({})));
    desk.recorded(json!({
        "kind": "change", "entity": "SYR", "on": "1990-01-01",
        "change": { "what": "renamed", "name": "Another name" },
    }));
    let diff = desk.diff("1991-01-01", size, "1991-01-01");
    assert_eq!(diff.knowledge.len(), 1);
    assert_eq!(diff.knowledge[0].entries, [established]);
    assert!(diff.world.is_empty());
}

#[test]
fn an_account_that_is_only_less_precise_confirms_the_act_that_it_stands_behind() {
    let desk = Desk::new();
    let established = desk.recorded(act("KOR establish SYR 1990-01-15"));
    let month = desk.recorded(claim(established.0, "1990-01"));
    let other = desk.recorded(claim(established.0, "1990-02-01"));
    let why = desk.asked("1991-01-01").why(pair("KOR", "SYR"));
    let behind: Vec<_> = why.reasons[0].reasons.iter().map(|r| (r.entry, r.part)).collect();
    assert_eq!(behind, [(month, Part::Confirms), (other, Part::Disputes)]);
}

#[test]
fn a_history_keeps_what_corrections_replaced_and_what_was_taken_back_of_them() {
    let desk = Desk::new();
    let root = desk.recorded(act("KOR establish SYR 1990-01-01"));
    let first = desk.recorded(correction(root.0, "KOR establish SYR 1990-01-02"));
    let second = desk.recorded(correction(first.0, "KOR establish SYR 1990-01-03"));
    let told = |desk: &Desk| -> Vec<(Sequence, String, Option<Sequence>, Option<Sequence>)> {
        let history = desk.asked("1991-01-01").history_of_relation(pair("KOR", "SYR"));
        let replaced = history.acts[0].replaced.iter();
        replaced
            .map(|one| (one.entry, one.date.to_string(), one.replaced_by, one.retracted_by))
            .collect()
    };
    let original = "1990-01-01".to_owned();
    assert_eq!(
        told(&desk),
        [
            (root, original.clone(), Some(first), None),
            (first, "1990-01-02".to_owned(), Some(second), None),
        ]
    );
    let gone = desk.recorded(retraction(second.0));
    assert_eq!(
        told(&desk),
        [(root, original, Some(first), None), (second, "1990-01-03".to_owned(), None, Some(gone))]
    );
}

#[test]
fn an_assertion_that_fails_tells_the_entry_since_which_it_does() {
    let desk = Desk::new().with(&["KOR establish CUB 2000-01-01", "KOR establish SYR 2000-01-01"]);
    let partners = |count: u32| {
        let counted =
            json!({ "form": "count", "entity": "KOR", "count": count, "on": "2020-01-01" });
        json!({ "kind": "assertion", "assert": counted })
    };
    let change = |entity: &str, change: Value| json!({ "kind": "change", "entity": entity, "on": "2010-01-01", "change": change });
    let since = |of: usize| {
        let judged = &desk.asked("2020-01-01").assertions()[of];
        (judged.now, judged.since)
    };
    desk.recorded(partners(2));
    assert_eq!(since(0), (Outcome::Holds, None));
    // A partner ends: the entry does not name the one whose partners are counted.
    let ended = desk.recorded(change("CUB", json!({ "what": "extinguished" })));
    desk.recorded(act("UKR establish SYR 2001-01-01"));
    desk.recorded(partners(1));
    assert_eq!(since(0), (Outcome::Fails, Some(ended)));
    // One that it continues has a partner more, and that was recorded later.
    desk.recorded(change("X-DPR", json!({ "what": "continues", "successor": "KOR" })));
    assert_eq!(since(1), (Outcome::Holds, None));
    let carried = desk.recorded(act("UKR establish X-DPR 2002-01-01"));
    assert_eq!(since(1), (Outcome::Fails, Some(carried)));
    assert_eq!(since(0), (Outcome::Holds, None));
}

#[test]
fn entities_are_found_by_what_they_are_called_now() {
    let desk = Desk::new();
    let found = |text: &str| desk.asked("2020-01-01").lookup(text).ok().map(|id| id.to_string());
    assert_eq!(found("the kor").as_deref(), Some("KOR"));
    let named = |id: &str, name: &str| {
        let mut named = registration(id);
        named["name"] = json!(name);
        named
    };
    let corrected = desk.recorded(json!({ "kind": "correction", "target": 2,
        "fact": named("KOR", "Corea"), "reason": "a misprint" }));
    assert_eq!((found("COREA").as_deref(), found("The KOR")), (Some("KOR"), None));
    desk.recorded(retraction(corrected.0));
    assert_eq!((found("corea"), found("the kor").as_deref()), (None, Some("KOR")));
    // What was refused was called nothing.
    let refused = vec![draft(named("ZZZ", "Zed")), draft(act("ZZZ establish QQQ 1990-01-01"))];
    desk.ledger.append(refused, &accept()).unwrap_err();
    assert_eq!(found("zed"), None);
    desk.recorded(named("YYY", "Zed"));
    assert_eq!(found("zed").as_deref(), Some("YYY"));
    desk.recorded(json!({ "kind": "change", "entity": "CUB", "on": "2010-01-01",
                          "change": { "what": "renamed", "name": "Zed" } }));
    assert_eq!(found("zed"), None, "two are called so");
    assert_eq!(desk.asked("2000-01-01").lookup("zed").unwrap().as_str(), "YYY");
}
