//! Ledgers whose entities continue one another, so that they have far more relations than entries, and
//! the questions about all relations. What a question may take is held by counting what it asks of
//! memory; the time is told.

use std::time::Instant;

use chancery::domain::day::Day;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::answer::Known;
use chancery::ledger::ask::Basis;
use chancery::ledger::error::{ErrorKind, LedgerError};
use serde_json::json;

use super::batches::day;
use super::{MEMORY_BYTES_MAX, measured};
use crate::desk::{Desk, accept, draft};

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
#[allow(clippy::print_stdout, reason = "docs/testing.md has these figures")]
fn no_question_about_all_relations_takes_more_than_it_may_however_many_there_are() {
    let refused = |error: LedgerError| {
        assert!(matches!(error, LedgerError::TooManyCarryOvers { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Refused);
        "refused"
    };
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
        type Question<'q> =
            (&'q str, bool, Box<dyn Fn() -> Result<(), LedgerError> + Send + Sync + 'q>);
        let questions: [Question<'_>; 6] = [
            ("overview", is_answered, Box::new(|| ledger.overview(&inquiry).map(drop))),
            ("diff", is_answered, Box::new(|| inquiry.diff(Day::FIRST, earlier, &[]).map(drop))),
            ("diff of one", true, Box::new(|| inquiry.diff(Day::FIRST, earlier, &[one]).map(drop))),
            (
                "check",
                true,
                Box::new(|| {
                    drop(inquiry.check());
                    Ok(())
                }),
            ),
            (
                "conflicts",
                true,
                Box::new(|| {
                    drop(inquiry.conflicts(&[], true));
                    Ok(())
                }),
            ),
            (
                "history of one",
                true,
                Box::new(|| {
                    drop(inquiry.history_of_entity(one));
                    Ok(())
                }),
            ),
        ];
        for (question, is_answered, ask) in &questions {
            let (begun, mut answer) = (Instant::now(), Ok(()));
            let taken = measured(|| answer = ask());
            let time = begun.elapsed();
            let told = answer.map_or_else(refused, |()| "answered");
            let (bytes, count) = (taken.bytes_max, taken.count_total);
            println!("{name}: {question} {told}, {bytes} bytes, {count} allocations, {time:?}");
            assert_eq!(told == "answered", *is_answered, "{name}: {question}");
            assert!(bytes <= MEMORY_BYTES_MAX, "{name}: {question}: {bytes} bytes");
            assert!(count <= ALLOCATIONS_MAX, "{name}: {question}: {count} allocations");
        }
    }
}
