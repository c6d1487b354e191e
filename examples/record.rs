//! Begins a ledger in memory, records two entities and an act, and asks about them.
//!
//! `cargo run --example record`

use std::error::Error;
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::domain::day::Day;
use chancery::domain::relation::Parties;
use chancery::ledger::Ledger;
use chancery::ledger::append::AppendOptions;
use chancery::ledger::ask::Basis;
use chancery::ledger::draft::Draft;

#[allow(clippy::print_stdout, reason = "an example prints what it did")]
fn main() -> Result<(), Box<dyn Error>> {
    // The library never reads the clock: the caller says what time it is.
    let now = "2026-11-24T00:00:00Z".parse()?;
    let draft = |event: &str| serde_json::from_str::<Draft>(&format!(r#"{{"event":{event}}}"#));

    let opening = draft(r#"{"kind":"opening","origin":"mfa.example/relations"}"#)?;
    let ledger = Ledger::create(Arc::new(Memory::default()), opening, now)?;

    // A batch is recorded whole or not at all; names in it are ids.
    let batch = vec![
        draft(r#"{"kind":"registration","id":"KOR","entity":"state","name":"South Korea"}"#)?,
        draft(r#"{"kind":"registration","id":"SYR","entity":"state","name":"Syria"}"#)?,
        draft(
            r#"{"kind":"act","parties":["KOR","SYR"],"act":"establish","by":"both",
                "dates":{"signed":"2025-04-10","announced":"2025-04-11"},"place":"Damascus"}"#,
        )?,
    ];
    let appended = ledger.append(batch, &AppendOptions::at(now))?;
    println!("{} entries, head {}", appended.size, appended.head);

    for day in ["2025-04-09", "2025-04-10"] {
        let inquiry = ledger.inquire(&Basis::on(Day::parse(day)?))?;
        let parties = Parties::new(inquiry.lookup("south korea")?, inquiry.lookup("SYR")?)?;
        println!("{day}: {}", inquiry.show(parties).status);
    }
    Ok(())
}
