//! Records what it is given, line by line, and answers each line when its events are durable: how a
//! service keeps a ledger open. A line is a JSON array of entries as `export` prints them, of which only
//! "event" is needed, and is recorded all or nothing; its answer is the array of their hashes.
//!
//! `echo '[{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}]' |`
//! `cargo run --example stream DIR`

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chancery::chain::millis::Millis;
use chancery::disk::real::Folder;
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Outcome};
use chancery::ledger::draft::Draft;

#[allow(clippy::disallowed_methods, reason = "a program reads the clock, the library never")]
fn record(folder: &str) -> Result<(), Box<dyn Error>> {
    let ledger = Ledger::open_for_writing(Arc::new(Folder::open(folder)?))?;
    for line in io::stdin().lock().lines() {
        let batch: Vec<Draft> = serde_json::from_str(&line?)?;
        // The library never reads the clock: the caller says what time it is.
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let now = Millis::new(u64::try_from(now)?)?;
        let appended = ledger.append(batch, &AppendOptions::at(now))?;
        let hash = |outcome: &Outcome| match outcome {
            Outcome::Recorded(recorded) => Some(recorded.hash.to_string()),
            Outcome::AlreadyKnown { .. } => None,
        };
        let hashes: Vec<Option<String>> = appended.outcomes.iter().map(hash).collect();
        let mut answers = io::stdout().lock();
        serde_json::to_writer(&mut answers, &hashes)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "an example says what went wrong")]
fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("error: which ledger? `cargo run --example stream DIR`");
        return ExitCode::from(2);
    };
    match record(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(5)
        }
    }
}
