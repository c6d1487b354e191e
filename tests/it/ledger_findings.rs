//! Findings of a batch: what stops a recording, until an event says why even so.

use chancery::domain::finding::FindingKind;
use chancery::ledger::append::AppendOptions;
use chancery::ledger::error::{ErrorKind, LedgerError};
use serde_json::json;

use crate::desk::{Desk, accept, act, context, draft, even_so, retraction, stop};

fn kinds(refused: LedgerError) -> Vec<FindingKind> {
    let LedgerError::Findings(found) = refused else { panic!("{refused}") };
    found.iter().map(|found| found.finding.kind).collect()
}

#[test]
fn a_finding_stops_a_recording_unless_its_event_says_why_even_so() {
    let desk = Desk::new().with(&["KOR establish SYR 2025-04-10"]);
    let second = || draft(act("KOR establish SYR 2025-04-11"));
    let refused = desk.append(vec![second()]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "stopped by what the rules noticed: already-active on KOR\u{2013}SYR (event 1)"
    );
    let hint = refused.hint().unwrap();
    assert!(hint.contains("claim") && hint.contains("--even-so"), "{hint}");

    // That another event of the batch says why does not excuse this one.
    let other = even_so(draft(context("A war")));
    assert_eq!(desk.append(vec![other, second()]).unwrap_err().kind(), ErrorKind::Refused);

    let appended = desk.append(vec![even_so(second())]).unwrap();
    assert_eq!(appended.findings.len(), 1);
    let entry = desk.ledger.entry(appended.outcomes[0].sequence()).unwrap().entry;
    assert_eq!(entry.even_so.unwrap().as_str(), "the sources say so");
    // The finding is there now, and stops nobody else.
    desk.append(vec![draft(act("KOR sever SYR 2025-05-01"))]).unwrap();
}

#[test]
fn findings_are_judged_at_the_end_of_the_batch() {
    let desk = Desk::new();
    let severance = || draft(act("UKR sever SYR 2022-06-30"));
    let refused = desk.append(vec![severance()]).unwrap_err();
    assert_eq!(kinds(refused), [FindingKind::StartNotRecorded]);
    let establishment = draft(act("UKR establish SYR 1992-03-31"));
    desk.append(vec![severance(), establishment]).unwrap();
}

#[test]
fn taking_back_what_another_act_rests_on_is_noticed() {
    let desk = Desk::new().with(&["UKR establish SYR 1992-03-31", "UKR sever SYR 2022-06-30"]);
    let refused = desk.append(vec![draft(retraction(6))]).unwrap_err();
    assert_eq!(kinds(refused), [FindingKind::StartNotRecorded]);
    desk.append(vec![even_so(draft(retraction(6)))]).unwrap();
}

#[test]
fn the_end_of_a_party_is_noticed_on_its_relations() {
    let desk = Desk::new().with(&["UKR establish SYR 1992-03-31", "UKR sever SYR 2022-06-30"]);
    let end = json!({
        "kind": "change", "entity": "SYR", "on": "2000-01-01", "change": { "what": "extinguished" },
    });
    let refused = desk.append(vec![draft(end)]).unwrap_err();
    assert!(kinds(refused).contains(&FindingKind::AfterTheEnd));
}

#[test]
fn that_a_state_is_continued_is_noticed_on_the_relations_of_all_that_continue_it() {
    let continues = |before: &str, successor: &str, on: &str| {
        draft(json!({
            "kind": "change", "entity": before, "on": on,
            "change": { "what": "continues", "successor": successor },
        }))
    };
    let desk =
        Desk::new().with(&["KOR establish SYR 1990-01-01", "X-DPR establish SYR 2010-01-01"]);
    desk.append(vec![
        continues("CUB", "UKR", "2000-01-02"),
        continues("UKR", "X-DPR", "2000-01-03"),
    ])
    .unwrap();
    let refused = desk.append(vec![continues("KOR", "CUB", "2000-01-01")]).unwrap_err();
    assert_eq!(kinds(refused), [FindingKind::AlreadyActive]);
}

#[test]
fn an_import_accepts_findings_and_reports_them() {
    let desk = Desk::new();
    let acts = vec![
        draft(act("UKR sever SYR 2022-06-30")),
        draft(act("KOR establish SYR 2025-04-10")),
        draft(act("KOR establish SYR 2025-04-11")),
    ];
    let appended = desk.ledger.append(acts, &accept()).unwrap();
    let mut found: Vec<_> = appended
        .findings
        .iter()
        .map(|found| (found.finding.kind, found.positions.as_slice()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [(FindingKind::AlreadyActive, [2].as_slice()), (FindingKind::StartNotRecorded, &[0])]
    );
}

#[test]
fn a_finding_that_a_change_brings_is_told_of_that_change() {
    let desk = Desk::new().with(&["UKR establish SYR 1992-03-31", "UKR sever SYR 2022-06-30"]);
    let change = |entity: &str, change: serde_json::Value| {
        draft(json!({ "kind": "change", "entity": entity, "on": "2000-01-01", "change": change }))
    };
    for what in
        [json!({ "what": "extinguished" }), json!({ "what": "continues", "successor": "CUB" })]
    {
        let bringing = || change("SYR", what.clone());
        let batch = vec![draft(context("A war")), bringing()];
        let LedgerError::Findings(found) = desk.append(batch).unwrap_err() else { panic!() };
        assert!(!found.is_empty());
        assert!(found.iter().all(|found| found.positions == [1]), "{found:?}");
        let excused = vec![draft(context("A war")), even_so(bringing())];
        let options = AppendOptions { dry_run: true, ..stop() };
        desk.ledger.append(excused, &options).unwrap();
    }
}
