//! Annulments that name an act, and the consular axis (docs/domain.md, Four axes and From acts to
//! status).

use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Size;
use chancery::view::relation::Relation;
use serde_json::{Value, json};

use crate::desk::{Desk, accept, act, draft, retraction};

const ACT: u64 = 6;

fn relation(desk: &Desk, axis: Axis, policy: Policy) -> Relation {
    let (kor, syr) = (EntityId::parse("KOR").unwrap(), EntityId::parse("SYR").unwrap());
    let view = desk.ledger.view();
    view.known(Size(u64::MAX)).relation(Parties::new(kor, syr).unwrap(), axis, policy)
}

/// The status on some days, in words.
fn statuses<const N: usize>(desk: &Desk, axis: Axis, days: [&str; N]) -> [String; N] {
    let relation = relation(desk, axis, Policy::AsStated);
    days.map(|day| relation.timeline.on(Day::parse(day).unwrap()).statuses(false).to_string())
}

fn findings(desk: &Desk, axis: Axis) -> Vec<String> {
    let relation = relation(desk, axis, Policy::AsStated);
    relation.findings().map(|(finding, entry)| format!("{finding} {entry}")).collect()
}

fn recorded(desk: &Desk, event: Value) -> u64 {
    desk.append_any(draft(event)).unwrap().size.0 - 1
}

fn annulment(of: u64, date: &str) -> Value {
    json!({ "kind": "act", "parties": ["KOR", "SYR"], "act": "annul", "by": "SYR",
            "annuls": of, "dates": { "effective": date } })
}

fn with(mut event: Value, field: &str, value: impl Into<Value>) -> Value {
    event[field] = value.into();
    event
}

const DIPLOMATIC: Axis = Axis::Diplomatic;
const CONSULAR: Axis = Axis::Consular;

#[test]
fn an_annulment_that_names_an_act_leaves_the_answer_without_it() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    recorded(&desk, annulment(ACT, "1999-07-21"));
    let days = ["1999-07-04", "1999-07-20", "1999-07-21"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["none", "active", "annulled"]);
    assert_eq!(findings(&desk, DIPLOMATIC), [""; 0]);
}

#[test]
fn within_the_days_of_an_annulment_both_answers_hold() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    recorded(&desk, annulment(ACT, "[1999-07-10..1999-07-21]"));
    let days = ["1999-07-09", "1999-07-10", "1999-07-20", "1999-07-21"];
    let either = "active or annulled";
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["active", either, either, "annulled"]);
}

#[test]
fn a_severance_that_is_annulled_leaves_relations_as_they_were() {
    let desk = Desk::new().with(&["KOR establish SYR 1990-01-01", "SYR sever KOR 1999-07-05"]);
    recorded(&desk, annulment(ACT + 1, "1999-07-21"));
    let days = ["1999-07-06", "1999-07-21"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["severed", "active"]);
}

#[test]
fn relations_established_anew_after_an_annulment_are_not_active_already() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    recorded(&desk, annulment(ACT, "1999-07-21"));
    recorded(&desk, act("KOR establish SYR 2025-04-10"));
    let days = ["2025-04-09", "2025-04-10"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["annulled", "active"]);
    assert_eq!(findings(&desk, DIPLOMATIC), [""; 0]);
}

#[test]
fn what_is_annulled_twice_or_taken_back_cannot_be_annulled_again() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    recorded(&desk, annulment(ACT, "1999-07-21"));
    recorded(&desk, annulment(ACT, "1999-08-01"));
    let days = ["1999-07-20", "1999-07-22", "1999-08-02"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["active", "annulled", "annulled"]);
    recorded(&desk, retraction(ACT));
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["none", "none", "none"]);
}

#[test]
fn an_annulment_or_an_order_may_name_a_correction_for_its_act() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    let corrected = json!({ "kind": "correction", "target": ACT, "reason": "a misprint",
                            "fact": act("KOR establish SYR 1999-07-06") });
    let corrected = recorded(&desk, corrected);
    recorded(&desk, annulment(corrected, "1999-07-21"));
    let days = ["1999-07-05", "1999-07-06", "1999-07-21"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["none", "active", "annulled"]);
    let severed = with(act("SYR sever KOR 1999-07"), "after", json!([corrected]));
    recorded(&desk, severed);
    assert!(relation(&desk, DIPLOMATIC, Policy::AsStated).impossible_orders.is_empty());
}

#[test]
fn consular_relations_come_with_diplomatic_ones_and_survive_their_severance() {
    let desk = Desk::new().with(&["KOR establish SYR 1990-01-01", "SYR sever KOR 1999-07-05"]);
    let days = ["1989-12-31", "1990-01-01", "2000-01-01"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["none", "active", "severed"]);
    assert_eq!(statuses(&desk, CONSULAR, days), ["none", "active", "active"]);
    assert_eq!(findings(&desk, CONSULAR), [""; 0]);
    recorded(&desk, with(act("SYR sever KOR 2001-01-01"), "axis", "consular"));
    assert_eq!(statuses(&desk, CONSULAR, ["2001-01-01"]), ["severed"]);
}

#[test]
fn consular_relations_that_were_excluded_do_not_come() {
    let desk = Desk::new();
    recorded(&desk, with(act("KOR establish SYR 1990-01-01"), "consular", "excluded"));
    assert_eq!(statuses(&desk, CONSULAR, ["1990-01-01"]), ["none"]);
    recorded(&desk, with(act("KOR establish SYR 1995-01-01"), "axis", "consular"));
    assert_eq!(statuses(&desk, CONSULAR, ["1994-12-31", "1995-01-01"]), ["none", "active"]);
    assert_eq!(statuses(&desk, DIPLOMATIC, ["1990-01-01"]), ["active"]);
}

#[test]
fn with_an_annulled_establishment_the_consular_relations_go_that_came_with_it() {
    let desk = Desk::new().with(&["KOR establish SYR 1999-07-05"]);
    recorded(&desk, annulment(ACT, "1999-07-21"));
    let days = ["1999-07-05", "1999-07-20", "1999-07-21"];
    assert_eq!(statuses(&desk, CONSULAR, days), ["active", "active", "annulled"]);
}

#[test]
fn a_claim_that_relations_were_severed_then_denies_the_consular_relations_too() {
    let desk = Desk::new().with(&["KOR establish SYR 1990-01-01"]);
    let claim =
        |says: &str| json!({ "kind": "claim", "target": ACT, "standing": "rival", "says": says });
    recorded(&desk, claim("restore"));
    let all = |desk: &Desk| {
        let relation = relation(desk, CONSULAR, Policy::AllClaims);
        let segment = relation.timeline.on(Day::parse("1990-01-01").unwrap()).clone();
        segment.statuses(false).to_string()
    };
    assert_eq!(all(&desk), "active");
    recorded(&desk, claim("sever"));
    assert_eq!(all(&desk), "none or active");
}

#[test]
fn an_order_counts_among_the_acts_of_one_axis_alone() {
    let desk = Desk::new().with(&["KOR establish SYR 2000-01-01"]);
    // Impossible among acts of one axis; of two, it says nothing.
    let severed = with(act("SYR sever KOR 1999-01-01"), "axis", "consular");
    recorded(&desk, with(severed, "after", json!([ACT])));
    assert!(relation(&desk, CONSULAR, Policy::AsStated).impossible_orders.is_empty());
}

#[test]
fn an_end_before_the_first_act_ends_what_nobody_recorded() {
    let desk = Desk::new().with(&["SYR sever KOR 2000-01-01"]);
    let days = ["1989-12-31", "1995-01-01", "1999-12-31"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["none or active"; 3]);
    let change = |what: &str, on: &str| json!({ "kind": "change", "entity": "SYR", "on": on, "change": { "what": what } });
    recorded(&desk, change("extinguished", "1990-01-01"));
    recorded(&desk, change("revived", "1996-01-01"));
    assert_eq!(
        statuses(&desk, DIPLOMATIC, days),
        ["none or active", "none or ended", "none or ended"]
    );
}

#[test]
fn a_second_lapse_is_odd_only_where_a_first_one_was_an_act() {
    let change = |what: &str, on: &str| json!({ "kind": "change", "entity": "SYR", "on": on, "change": { "what": what } });
    let desk = Desk::new().with(&["KOR establish SYR 1980-01-01"]);
    recorded(&desk, change("extinguished", "1990-01-01"));
    recorded(&desk, change("revived", "1996-01-01"));
    recorded(&desk, act("SYR suspend KOR 1997-01-01"));
    recorded(&desk, act("SYR lapse KOR 1998-01-01"));
    let odd = findings(&desk, DIPLOMATIC);
    assert!(odd.iter().all(|finding| !finding.starts_with("repeated")), "{odd:?}");
}

#[test]
fn a_relation_on_which_too_many_carry_overs_bear_may_be_anything() {
    let desk = Desk::new().with(&["CUB establish SYR 1950-01-01", "KOR sever SYR 1960-01-01"]);
    let continuation = |year: u32| {
        draft(json!({ "kind": "change", "entity": "CUB", "on": format!("{year}-02-02"),
            "change": { "what": "continues", "successor": "KOR" } }))
    };
    desk.ledger.append((1970..2034).map(continuation).collect(), &accept()).unwrap();
    let days = ["1961-01-01", "1971-01-01"];
    assert_eq!(statuses(&desk, DIPLOMATIC, days), ["severed", "active"]);
    desk.ledger.append(vec![continuation(2034)], &accept()).unwrap();
    let any = "none or active or suspended or severed or lapsed or annulled or ended";
    assert_eq!(statuses(&desk, DIPLOMATIC, days), [any, any]);
    assert_eq!(findings(&desk, DIPLOMATIC), ["order-too-open 7"]);
}

#[test]
fn a_relation_that_claims_read_in_too_many_ways_may_be_anything() {
    let desk = Desk::new();
    let deny = |number: u64| {
        let establish = draft(act(&format!("KOR establish SYR {:04}-01-01", 1 + number)));
        let sequence = desk.ledger.append(vec![establish], &accept()).unwrap().size.0 - 1;
        let claim = json!({ "kind": "claim", "target": sequence, "standing": "rival",
            "says": "denies" });
        desk.append_any(draft(claim)).unwrap();
    };
    let on = |policy| {
        let relation = relation(&desk, DIPLOMATIC, policy);
        relation.timeline.on(Day::parse("0100-06-01").unwrap()).statuses(false).to_string()
    };
    // As stated, as widened, and without each of these acts.
    (0..254).for_each(deny);
    assert_eq!([on(Policy::AsStated), on(Policy::AllClaims)], ["active", "active"]);
    deny(254);
    let any = "none or active or suspended or severed or lapsed or annulled or ended";
    assert_eq!([on(Policy::AsStated), on(Policy::AllClaims)], ["active", any]);
}
