//! Measures chancery beside what its users could pick instead: `cargo run --release --manifest-path
//! benches/peers/Cargo.toml -- --entries 100000`. Prints no figure unless all answers were the same.

mod agreement;
mod arguments;
mod chain;
mod chancery;
mod error;
mod events;
mod figures;
mod floor;
mod fold;
mod folder;
mod git;
mod hledger;
mod machine;
mod measure;
mod model;
mod okaywal;
mod peer;
mod postgres;
mod postgres_server;
mod program;
mod question;
mod race;
mod redb;
mod roster;
mod sqlite;
mod table;

#[allow(dead_code, reason = "its own way of writing a ledger is for the other benchmarks")]
#[path = "../../world.rs"]
mod world;

use std::fs;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use crate::agreement::Seat;
use crate::arguments::Arguments;
use crate::error::PeersError;
use crate::events::Events;
use crate::folder::WorkFolder;
use crate::machine::Machine;
use crate::measure::Bench;
use crate::roster::{Roster, Skipped};
use crate::table::{Column, NOTES, grouped};

/// With fewer in a round there are no acts to ask about.
const ENTRIES_OF_ROUND_MIN: u64 = 200;

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where it prints")]
fn main() -> ExitCode {
    match run(&Arguments::parse(), |step| eprintln!("{step} …")) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {}\nhint: {}", error.told(), error.hint());
            ExitCode::FAILURE
        }
    }
}

/// Does everything, and gives what is to be printed.
fn run(arguments: &Arguments, tell: impl Fn(&str)) -> Result<String, PeersError> {
    let (entries, rounds) = (arguments.entries, usize::from(arguments.rounds));
    if entries < ENTRIES_OF_ROUND_MIN * u64::from(arguments.rounds) {
        return Err(PeersError::TooFew { entries, rounds });
    }
    // Dropped after all peers, of which some still work in it.
    let folder = WorkFolder::create(arguments.folder.as_deref())?;
    let machine = Machine::read(folder.path());
    let events = Events::new(arguments.seed, entries)?;
    let Roster { peers, skipped } = roster::begin(&folder, events.roll(), &arguments.only)?;
    let mut bench = Bench::new(peers, events, rounds, arguments.seed);
    tell("loading");
    bench.load(entries)?;
    tell("comparing the answers");
    bench.agree(true)?;
    tell("asking");
    bench.ask()?;
    tell("appending");
    bench.append()?;
    tell("comparing the answers");
    bench.agree(true)?;
    tell("appending from many threads");
    bench.append_from_threads()?;
    tell("comparing the answers");
    bench.agree(false)?;
    let report = report(arguments, &machine, &bench, &skipped);
    if let Some(path) = &arguments.json {
        let text = format!("{:#}\n", json_of(arguments, &machine, &bench, &skipped));
        fs::write(path, text).map_err(PeersError::at(path))?;
    }
    Ok(report)
}

fn columns(bench: &Bench, entries: u64) -> Vec<Column> {
    let column = |Seat { peer, .. }: &Seat| {
        let is_whole = peer.entries_max() == 0 || entries <= peer.entries_max();
        Column { name: peer.name(), is_whole }
    };
    bench.seats.iter().skip(1).map(column).collect()
}

fn report(arguments: &Arguments, machine: &Machine, bench: &Bench, skipped: &[Skipped]) -> String {
    let Arguments { entries, rounds, seed, .. } = arguments;
    let Machine { processor, cores, kernel, file_system } = machine;
    let bytes = bench.entry_bytes / entries;
    let answers = grouped(bench.answers);
    let mut lines = vec![
        format!("- machine: {processor}, cores: {cores}, Linux {kernel}, {file_system}"),
        format!(
            "- entries: {}, {bytes} bytes each, seed {seed}, rounds: {rounds}",
            grouped(*entries)
        ),
        format!("- answers compared: {answers}, all the same"),
    ];
    let versions = bench.seats.iter().map(|seat| (seat.peer.name(), seat.peer.version()));
    lines.extend(versions.map(|(name, version)| format!("- {name}: {version}")));
    let left_out = skipped.iter();
    lines.extend(left_out.map(|Skipped { name, reason }| format!("- {name}: skipped, {reason}")));
    let table = table::markdown(&bench.figures, &columns(bench, *entries));
    format!("{}\n\n{table}\n{NOTES}", lines.join("\n"))
}

fn json_of(
    arguments: &Arguments,
    machine: &Machine,
    bench: &Bench,
    skipped: &[Skipped],
) -> serde_json::Value {
    let Machine { processor, cores, kernel, file_system } = machine;
    let version = |seat: &Seat| json!({"peer": seat.peer.name(), "version": seat.peer.version()});
    let left_out = |skipped: &Skipped| json!({"peer": skipped.name, "reason": skipped.reason});
    json!({
        "machine": {
            "processor": processor, "cores": cores, "kernel": kernel, "file_system": file_system,
        },
        "entries": arguments.entries,
        "entry_bytes": bench.entry_bytes,
        "seed": arguments.seed,
        "rounds": arguments.rounds,
        "answers": bench.answers,
        "versions": bench.seats.iter().map(version).collect::<Vec<_>>(),
        "skipped": skipped.iter().map(left_out).collect::<Vec<_>>(),
        "figures": table::json(&bench.figures, &columns(bench, arguments.entries)),
    })
}
