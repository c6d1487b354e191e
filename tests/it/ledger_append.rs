//! Appending: all of a batch or nothing, whatever speaks against it, and what is answered.

use std::io;
use std::sync::Arc;

use chancery::disk::faulty::{Call, Fault, Faulty, Outcome as Really};
use chancery::disk::memory::Memory;
use chancery::domain::sequence::{Sequence, Size};
use chancery::domain::status::{Status, StatusSet};
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Outcome};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::{DraftError, ErrorKind, LedgerError};
use chancery::ledger::verify::{VerifyOptions, verify};
use serde_json::{Value, json};

use crate::desk::{
    Desk, accept, act, at, context, draft, keyed, now, opening, registration, retraction, stop,
};

#[test]
fn a_ledger_is_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Ledger>();
    is_shared::<LedgerError>();
}

#[test]
fn what_is_recorded_is_read_back_after_reopening() {
    let desk = Desk::new();
    let appended = desk.append(vec![draft(act("KOR establish SYR 2025-04-10"))]).unwrap();
    let reopened = desk.reopened();
    assert_eq!(reopened.size(), Size(7));
    assert_eq!(reopened.head(), appended.head);
    assert_eq!(reopened.root(), desk.ledger.root());
    assert_eq!(*reopened.view(), *desk.ledger.view());
    assert_eq!(reopened.origin().as_str(), "a.example/desk");

    let record = reopened.entry(Sequence(6)).unwrap();
    assert_eq!(record.hash, appended.head);
    assert_eq!(record.entry.previous, reopened.hash_of(Sequence(5)).unwrap().unwrap());
    assert_eq!(record.entry.recorded_at, now());
    assert_eq!(record.entry.recorder.as_str(), "unknown");
    assert_eq!(record.entry.event.kind(), "act");

    let all: Vec<_> = reopened.entries(Sequence(2)..Sequence(99)).map(Result::unwrap).collect();
    let numbers: Vec<u64> = all.iter().map(|record| record.entry.sequence.0).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6]);
    assert_eq!(all[4], record);
}

#[test]
fn an_act_answers_with_what_the_relation_was_and_is() {
    let desk = Desk::new().with(&["KOR establish SYR 2025-04-10"]);
    let appended = desk.append(vec![draft(act("SYR sever KOR 2026-01-02"))]).unwrap();
    let [Outcome::Recorded(recorded)] = appended.outcomes.as_slice() else { panic!() };
    let status = recorded.status.unwrap();
    assert_eq!(status.before.certain(), Some(Status::Active));
    assert_eq!(status.after.certain(), Some(Status::Severed));
}

/// What an entry of a batch says that it changed: the status before and after.
fn changes(desk: &Desk, drafts: Vec<Draft>) -> Vec<[StatusSet; 2]> {
    let recorded = desk.append(drafts).unwrap().outcomes.into_iter().map(|outcome| match outcome {
        Outcome::Recorded(recorded) => recorded.status.map(|status| [status.before, status.after]),
        Outcome::AlreadyKnown { .. } => panic!("all is new"),
    });
    recorded.map(Option::unwrap).collect()
}

#[test]
fn the_acts_of_one_batch_are_told_one_after_the_other() {
    let desk = Desk::new();
    let acts = ["establish SYR 1966", "sever SYR 1990-03-02", "restore SYR [1999-01..1999-06]"];
    let drafts = acts.map(|words| draft(act(&format!("KOR {words}")))).to_vec();
    let [none, active, severed] = [Status::None, Status::Active, Status::Severed].map(Into::into);
    let steps = [[none, active], [active, severed], [severed, active]];
    assert_eq!(changes(&desk, drafts), steps);
}

#[test]
fn an_act_is_told_by_its_own_change_also_after_events_that_are_known_already() {
    let desk = Desk::new();
    let war = keyed("war", context("A war"));
    desk.append(vec![war.clone()]).unwrap();
    let acts = ["KOR establish SYR 1966-01-01", "KOR sever SYR 1990-03-02"].map(act).map(draft);
    let [establish, sever] = acts;
    let appended = desk.append(vec![war, establish, sever]).unwrap();
    let told = appended.outcomes.iter().map(|outcome| match outcome {
        Outcome::Recorded(recorded) => {
            recorded.status.map(|status| (status.before.to_string(), status.after.to_string()))
        }
        Outcome::AlreadyKnown { .. } => None,
    });
    let told: Vec<_> = told.collect();
    let step = |before: &str, after: &str| Some((before.to_owned(), after.to_owned()));
    assert_eq!(told, [None, step("none", "active"), step("active", "severed")]);
}

#[test]
fn what_is_corrected_and_taken_back_is_told_as_it_was_known_before_the_batch() {
    let desk = Desk::new().with(&["KOR establish SYR 1966-01-01", "KOR sever SYR 1990-03-02"]);
    let [establish, sever] = [6, 7];
    let later = json!({ "kind": "correction", "target": establish, "reason": "misread",
        "fact": act("KOR establish SYR 1968-01-01") });
    let retracted = json!({ "kind": "retraction", "target": sever, "reason": "it never was" });
    let [active, severed] = [Status::Active, Status::Severed].map(Into::into);
    let open = StatusSet::from(Status::None);
    let told = changes(&desk, vec![draft(later), draft(retracted)]);
    assert_eq!(told, [[active, open], [severed, active]]);
}

#[test]
fn entries_are_found_by_number_key_hash_and_time() {
    let desk = Desk::new();
    let later = AppendOptions::at(at("2026-11-23T00:00:00"));
    let appended = desk.ledger.append(vec![keyed("war", context("A war"))], &later).unwrap();
    let ledger = &desk.ledger;
    assert_eq!(ledger.sequence_of(&"6".parse().unwrap()).unwrap(), Sequence(6));
    assert_eq!(ledger.sequence_of(&"war".parse().unwrap()).unwrap(), Sequence(6));
    assert_eq!(ledger.sequence_of(&"7".parse().unwrap()).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        ledger.sequence_of(&"peace".parse().unwrap()).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let digits = &appended.head.to_string()[..12];
    assert_eq!(ledger.sequence_with_hash(digits).unwrap(), Sequence(6));
    assert!(matches!(
        ledger.sequence_with_hash("").unwrap_err(),
        LedgerError::NoSuchHash { count: 7, .. }
    ));
    assert_eq!(ledger.size_at(at("2026-11-22T02:59:59")), Size(0));
    assert_eq!(ledger.size_at(now()), Size(6));
    assert_eq!(ledger.size_at(at("2026-11-23T00:00:00")), Size(7));
    assert_eq!(ledger.head_of(Size(7)).unwrap(), Some(appended.head));
    assert_eq!(ledger.head_of(Size(0)).unwrap(), None);
    assert_eq!(ledger.root_of(Size(7)).unwrap(), Some(ledger.root()));
    assert_eq!(ledger.root_of(Size(8)).unwrap(), None);
}

/// A note that leaves no room for anything else.
fn oversize() -> Draft {
    let note = "x".repeat(32_768).parse().unwrap();
    let source = json!({ "title": "x".repeat(4_096), "grade": "agency" });
    let sources = vec![serde_json::from_value(source).unwrap(); 9];
    Draft { note: Some(note), sources, ..draft(context("A war")) }
}

fn recorded_at(text: &str) -> Draft {
    Draft { recorded_at: Some(at(text)), ..draft(context("A war")) }
}

/// Each way in which a draft is refused, with what the caller must do.
fn refusals() -> Vec<(&'static str, Draft, ErrorKind)> {
    let claim =
        json!({ "kind": "claim", "target": 1, "wording": "broke off", "standing": "rival" });
    let mut undated = act("KOR sever SYR 2025-04-10");
    undated["dates"] = json!({ "decided": "2025" });
    vec![
        ("a second opening", opening(), ErrorKind::Refused),
        ("unknown entity", draft(act("KOR sever NIU 2025-04-10")), ErrorKind::NotFound),
        ("registered already", draft(registration("KOR")), ErrorKind::Refused),
        ("no reading", draft(undated), ErrorKind::Invalid),
        ("not an earlier entry", draft(retraction(99)), ErrorKind::NotFound),
        ("an unknown key", draft(retraction("nowhere")), ErrorKind::NotFound),
        ("a key of this batch, too early", draft(retraction("later")), ErrorKind::NotFound),
        ("a target of the wrong kind", draft(claim), ErrorKind::Refused),
        ("the opening retracted", draft(retraction(0)), ErrorKind::Refused),
        ("a registration that is named", draft(retraction(2)), ErrorKind::Refused),
        ("other content under a key", keyed("taken", context("A peace")), ErrorKind::Refused),
        ("too many bytes", oversize(), ErrorKind::Invalid),
        ("a time before the last entry", recorded_at("2026-11-22T02:59:59"), ErrorKind::Refused),
        ("a time to come", recorded_at("2026-11-24T03:00:00"), ErrorKind::Refused),
        ("a new finding", draft(act("KOR establish SYR 2025-04-11")), ErrorKind::Refused),
    ]
}

#[test]
fn whatever_speaks_against_one_event_nothing_of_its_batch_is_recorded() {
    let desk = Desk::new().with(&["KOR establish SYR 2025-04-10"]);
    desk.append(vec![keyed("taken", context("A war"))]).unwrap();
    let (files, view) = (desk.storage.files(), desk.ledger.view());
    for (what, bad, kind) in refusals() {
        let batch = vec![
            draft(context("Before")),
            draft(act("KOR establish CUB 2024-02-14")),
            bad,
            keyed("later", context("After")),
        ];
        let keep_times = AppendOptions { keep_times: true, ..stop() };
        for dry_run in [true, false] {
            let options = AppendOptions { dry_run, ..keep_times };
            let refused = desk.ledger.append(batch.clone(), &options).unwrap_err();
            assert_eq!(refused.kind(), kind, "{what}: {refused}");
            if let LedgerError::Draft { position, count, .. } = &refused {
                assert_eq!((*position, *count), (2, 4), "{what}");
                assert!(refused.to_string().starts_with("event 3 of 4: "), "{refused}");
            }
            assert_eq!(desk.storage.files(), files, "{what}");
            assert_eq!(*desk.ledger.view(), *view, "{what}");
        }
    }
    // The ledger takes the same batch without its bad event.
    desk.append(vec![draft(context("Before")), keyed("later", context("After"))]).unwrap();
}

#[test]
fn a_dry_run_answers_like_a_real_one_and_writes_nothing() {
    let desk = Desk::new();
    let files = desk.storage.files();
    let batch = vec![keyed("a", act("KOR establish SYR 2025-04-10"))];
    let dry = AppendOptions { dry_run: true, ..stop() };
    let foretold = desk.ledger.append(batch.clone(), &dry).unwrap();
    assert_eq!(desk.storage.files(), files);
    assert_eq!(desk.reopened().append(batch.clone(), &dry).unwrap(), foretold);
    assert_eq!(desk.append(batch).unwrap(), foretold);
}

#[test]
fn a_ledger_open_for_reading_records_nothing() {
    let desk = Desk::new();
    let refused = desk.reopened().append(vec![draft(context("A war"))], &stop()).unwrap_err();
    assert!(matches!(refused, LedgerError::ReadOnly));
    assert!(Ledger::open_for_writing(Arc::new(desk.storage.clone())).is_err());
    let Desk { storage, ledger } = desk;
    drop(ledger);
    let again = Ledger::open_for_writing(Arc::new(storage)).unwrap();
    assert_eq!(again.moved_tail(), None);
    again.append(vec![draft(context("A war"))], &stop()).unwrap();
}

#[test]
fn a_batch_of_nothing_records_nothing() {
    let desk = Desk::new();
    let files = desk.storage.files();
    let appended = desk.append(Vec::new()).unwrap();
    assert_eq!((appended.size, appended.head), (Size(6), desk.ledger.head()));
    assert_eq!(desk.storage.files(), files);
}

#[test]
fn a_ledger_begins_with_an_opening_and_only_once() {
    let storage = Memory::default();
    let begin = |draft| Ledger::create(Arc::new(storage.clone()), draft, now());
    assert_eq!(begin(draft(context("A war"))).unwrap_err().kind(), ErrorKind::Invalid);
    assert!(storage.files().is_empty());
    let early = Ledger::create(Arc::new(storage.clone()), opening(), at("2024-01-01T00:00:00"));
    assert!(matches!(
        early.unwrap_err(),
        LedgerError::Draft { source: DraftError::Clock { .. }, .. }
    ));
    assert!(storage.files().is_empty());
    drop(begin(opening()).unwrap());
    let files = storage.files();
    assert_eq!(begin(opening()).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(storage.files(), files);
}

#[test]
fn nothing_to_open_is_said_so() {
    let nothing = Ledger::open(Arc::new(Memory::default())).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::NotFound);
    assert!(nothing.hint().unwrap().contains("init"));
    let nothing = verify(Arc::new(Memory::default()), &VerifyOptions::default()).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::NotFound);
}

#[test]
fn a_known_key_with_the_same_content_appends_nothing() {
    let desk = Desk::new();
    let war = || keyed("war", context("A war"));
    desk.append(vec![war()]).unwrap();
    let files = desk.storage.files();
    let by_another = Draft { recorder: Some("another".parse().unwrap()), ..war() };
    let appended = desk.append(vec![war(), by_another]).unwrap();
    let known = Outcome::AlreadyKnown { sequence: Sequence(6) };
    assert_eq!(appended.outcomes, [known.clone(), known]);
    assert_eq!(desk.storage.files(), files);

    let with_a_note = Draft { note: Some("n".parse().unwrap()), ..war() };
    let source = serde_json::from_value(json!({ "grade": "agency" })).unwrap();
    let with_a_source = Draft { sources: vec![source], ..war() };
    for other in [keyed("war", context("A peace")), with_a_note, with_a_source] {
        let refused = desk.append(vec![other]).unwrap_err();
        assert!(matches!(
            refused,
            LedgerError::Draft { source: DraftError::KeyUsed { entry: Sequence(6), .. }, .. }
        ));
    }
    assert_eq!(desk.storage.files(), files);
}

#[test]
fn a_key_stands_for_an_entry_also_within_its_batch() {
    let desk = Desk::new();
    let mut severance = act("UKR sever SYR 2022-06-30");
    severance["because"] = json!(["recognition", 1]);
    let recognition = json!({
        "kind": "recognition", "by": "SYR", "of": "X-DPR", "act": "recognised",
        "dates": { "effective": "2022-06-29" },
    });
    let batch = vec![
        draft(act("UKR establish SYR 1992-03-31")),
        keyed("recognition", recognition.clone()),
        keyed("severance", severance.clone()),
        keyed("recognition", recognition),
        draft(retraction("severance")),
    ];
    let appended = desk.append(batch).unwrap();
    let numbers: Vec<u64> = appended.outcomes.iter().map(|outcome| outcome.sequence().0).collect();
    assert_eq!(numbers, [6, 7, 8, 7, 9]);
    let event = |number| {
        let record = desk.ledger.entry(Sequence(number)).unwrap();
        serde_json::to_value(&record.entry.event).unwrap()
    };
    assert_eq!(event(8)["because"], json!([7, 1]));
    assert_eq!(event(9)["target"], json!(8));

    // The same act, its cause named by number: still the same content.
    severance["because"] = json!([7, 1]);
    let again = desk.append(vec![keyed("severance", severance)]).unwrap();
    assert_eq!(again.outcomes, [Outcome::AlreadyKnown { sequence: Sequence(8) }]);
}

#[test]
fn kept_times_stay_and_others_are_those_of_the_clock() {
    let desk = Desk::new();
    let keep = AppendOptions { keep_times: true, now: at("2026-12-24T00:00:00"), ..stop() };
    let batch = vec![
        recorded_at("2026-11-23T00:00:00"),
        recorded_at("2026-11-23T00:00:00"),
        recorded_at("2026-11-25T00:00:00"),
        draft(context("By the clock")),
    ];
    desk.ledger.append(batch, &keep).unwrap();
    let not_kept = AppendOptions { keep_times: false, ..keep };
    desk.ledger.append(vec![recorded_at("2026-11-26T00:00:00")], &not_kept).unwrap();
    let lagging = AppendOptions::at(at("2026-12-23T12:00:00"));
    desk.ledger.append(vec![draft(context("A clock that lags"))], &lagging).unwrap();
    let time = |number| desk.ledger.entry(Sequence(number)).unwrap().entry.recorded_at;
    assert_eq!(time(6), at("2026-11-23T00:00:00"));
    assert_eq!(time(7), at("2026-11-23T00:00:00"));
    assert_eq!(time(8), at("2026-11-25T00:00:00"));
    for number in [9, 10, 11] {
        assert_eq!(time(number), at("2026-12-24T00:00:00"));
    }
}

#[test]
fn a_clock_that_cannot_be_right_is_refused_with_a_hint() {
    let desk = Desk::new();
    for wrong in ["2024-06-01T00:00:00", "2026-11-20T00:00:00", "2040-01-01T00:00:00"] {
        let options = AppendOptions::at(at(wrong));
        let refused = desk.ledger.append(vec![draft(context("A war"))], &options).unwrap_err();
        assert!(matches!(refused, LedgerError::Draft { source: DraftError::Clock { .. }, .. }));
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert!(refused.hint().unwrap().contains("clock"));
    }
}

fn failing(call: Call, outcome: Really, error: io::ErrorKind) -> Fault {
    Fault { call: Some(call), nth: 1, outcome, error }
}

fn faulty() -> (Faulty, Ledger) {
    let storage = Faulty::new(Memory::default());
    let ledger = Ledger::create(Arc::new(storage.clone()), opening(), now()).unwrap();
    (storage, ledger)
}

#[test]
fn after_a_failed_sync_nobody_can_tell_and_the_hint_says_how_to_find_out() {
    let (storage, ledger) = faulty();
    storage.arm(failing(Call::Sync, Really::Persisted, io::ErrorKind::Other));
    let batch = || vec![keyed("war", context("A war"))];
    let unknown = ledger.append(batch(), &stop()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Unknown);
    let hint = unknown.hint().unwrap();
    assert!(hint.contains("open the ledger again") && hint.contains("key"), "{hint}");
    // Nobody is shown what may be lost, and nothing more is written.
    assert_eq!(ledger.size(), Size(1));
    assert_eq!(ledger.append(batch(), &stop()).unwrap_err().kind(), ErrorKind::Unavailable);
    drop(ledger);

    let again = Ledger::open_for_writing(Arc::new(storage.clone())).unwrap();
    let appended = again.append(batch(), &stop()).unwrap();
    assert_eq!(appended.size, Size(2));
    assert!(verify(Arc::new(storage), &VerifyOptions::default()).unwrap().ok);
}

#[test]
fn on_a_full_disk_nothing_is_recorded_and_every_byte_is_as_before() {
    let (storage, ledger) = faulty();
    let files = storage.memory().files();
    storage.arm(failing(Call::Write, Really::Short(7), io::ErrorKind::StorageFull));
    let refused = ledger.append(vec![draft(context("A war"))], &stop()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    assert_eq!(storage.memory().files(), files);
    assert_eq!(ledger.size(), Size(1));
}

#[test]
fn where_a_segment_cannot_be_ended_nothing_is_recorded_and_nobody_is_told_to_make_room() {
    let (storage, ledger) = faulty();
    let war = |number: usize| vec![draft(context(&format!("War {number}")))];
    ledger.limit_segments(700);
    ledger.reserve_at_once();
    ledger.append(war(1), &stop()).unwrap();
    storage.arm(failing(Call::Truncate, Really::Failed, io::ErrorKind::Other));
    let (mut number, mut refused) = (1, None);
    while refused.is_none() {
        number += 1;
        refused = ledger.append(war(number), &stop()).err();
    }
    let refused = refused.unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    assert!(refused.to_string().contains("nothing was recorded"), "{refused}");
    assert_eq!(refused.hint().unwrap(), "open the ledger again, then record again");
    let size = ledger.size();
    drop(ledger);
    let ledger = Ledger::open_for_writing(Arc::new(storage)).unwrap();
    assert_eq!(ledger.size(), size);
    ledger.append(war(number), &stop()).unwrap();
}

#[test]
fn writers_in_many_threads_take_turns() {
    let desk = Desk::opened();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ledger = &desk.ledger;
            scope.spawn(move || {
                for number in 0..10 {
                    let title = format!("{thread}/{number}");
                    let batch = vec![keyed(&title, context(&title)), draft(context("Between"))];
                    let appended = ledger.append(batch, &stop()).unwrap();
                    let first = appended.outcomes[0].sequence();
                    let record = ledger.entry(first).unwrap();
                    assert_eq!(record.entry.key.unwrap().as_str(), title);
                    assert_eq!(appended.outcomes[1].sequence().0, first.0 + 1);
                }
            });
        }
    });
    assert_eq!(desk.ledger.size(), Size(81));
    let verification = verify(Arc::new(desk.storage.copy()), &VerifyOptions::default()).unwrap();
    assert!(verification.ok, "{verification:?}");
    assert_eq!(verification.root, desk.ledger.root());
}

#[test]
fn what_is_printed_is_recorded_elsewhere_as_the_same_entries() {
    let desk = Desk::new().with(&["UKR establish SYR 1992-03-31", "UKR sever SYR 2022-06-30"]);
    desk.append(vec![keyed("back", retraction(7))]).unwrap();
    let printed: Vec<String> = desk
        .ledger
        .entries(Sequence(1)..Sequence(u64::MAX))
        .map(|record| serde_json::to_string(&record.unwrap()).unwrap())
        .collect();
    let drafts = printed.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let other = Desk::opened();
    let keep_times = AppendOptions { keep_times: true, ..accept() };
    let appended = other.ledger.append(drafts, &keep_times).unwrap();
    assert_eq!(appended.head, desk.ledger.head());
    let value: Value = serde_json::from_str(&printed[7]).unwrap();
    assert_eq!(value["key"], "back");
}

#[test]
fn rows_that_are_refused_are_left_out_as_if_they_had_never_been_given() {
    let row = |events: &[Draft]| events.to_vec();
    let state = |id: &str| draft(registration(id));
    let war = keyed("war", context("A war"));
    let continues = json!({ "kind": "change", "entity": "ITA", "on": "1950-01-01",
                            "change": { "what": "continues", "successor": "KOR" } });
    let rows = [
        row(&[state("FRA"), draft(act("FRA establish KOR 1949-02-15"))]),
        // Its last event is refused, and so are the others.
        row(&[state("ITA"), draft(continues), draft(act("ITA establish DEU 1951-02-23"))]),
        row(std::slice::from_ref(&war)),
        row(&[state("AUS"), keyed("war", context("Another war"))]),
        row(&[]),
        row(&[state("ITA"), draft(act("ITA establish KOR 1956-11-24")), war]),
        row(&[draft(retraction(999))]),
    ];
    let (left, kept): (Vec<_>, Vec<_>) = (0..rows.len()).partition(|row| [1, 3, 6].contains(row));
    let desk = Desk::new();
    let appended = desk.ledger.append_rows(rows.to_vec(), &stop()).unwrap();
    let left_out: Vec<(usize, String)> =
        appended.left_out.iter().map(|left| (left.row, left.source.to_string())).collect();
    assert_eq!(left_out.iter().map(|(row, _)| *row).collect::<Vec<_>>(), left);
    assert_eq!(left_out[0].1, "unknown entity DEU");

    let other = Desk::new();
    let alone: Vec<Draft> = kept.iter().flat_map(|row| rows[*row].clone()).collect();
    let whole = other.append(alone).unwrap();
    assert_eq!(appended.outcomes, whole.outcomes);
    assert_eq!(desk.storage.files(), other.storage.files());
    assert_eq!(*desk.ledger.view(), *other.ledger.view());
    assert_eq!(*desk.reopened().view(), *other.ledger.view());
    // Any of them stops a batch that leaves nothing out.
    let all = rows.iter().flatten().cloned().collect();
    assert!(matches!(Desk::new().append(all), Err(LedgerError::Draft { position: 4, .. })));
}

#[test]
fn what_the_clock_is_to_blame_for_is_no_matter_of_a_row() {
    let desk = Desk::new();
    let before = desk.storage.files();
    let earlier = AppendOptions::at(at("2020-01-01T00:00:00"));
    let rows = vec![vec![draft(context("A war"))], vec![draft(context("Another"))]];
    let refused = desk.ledger.append_rows(rows, &earlier).unwrap_err();
    assert!(matches!(
        refused,
        LedgerError::Draft { position: 0, source: DraftError::Clock { .. }, .. }
    ));
    assert_eq!(desk.storage.files(), before);
}
