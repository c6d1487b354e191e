//! The command: arguments, printing, exit codes, the clock and the environment. Decides nothing
//! about relations.

mod ask;
mod command;
mod error;
mod exit;
mod options;
mod output;
mod record;
mod surroundings;
mod told;
mod vouch;
mod words;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::command::{Chancery, Command};
use crate::cli::error::{CliError, say_error};
use crate::cli::exit::Exit;
use crate::cli::output::terminal::{self, settle_color};

/// Runs the command on the arguments that the program was started with.
pub fn run() -> ExitCode {
    let exit = match Chancery::try_parse() {
        Ok(chancery) => execute(chancery),
        Err(error) => explain(&error),
    };
    ExitCode::from(exit.code())
}

/// The definition of the command, from which its manual is made.
pub fn definition() -> clap::Command {
    <Chancery as clap::CommandFactory>::command()
}

fn execute(chancery: Chancery) -> Exit {
    let command = chancery.command.unwrap_or(Command::Overview(chancery.overview));
    let (color, verbose) = (command.place().color, command.place().verbose);
    settle_color(color);
    command.run().unwrap_or_else(|error: CliError| {
        error.tell(verbose);
        error.exit()
    })
}

/// Prints what clap has to say: help and version as they are, errors in the form of all others.
fn explain(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let written = terminal::write(&error.render().ansi().to_string());
        return written.map_or_else(|error| error.exit(), |()| Exit::Done);
    }
    let text = error.render().to_string();
    let mut paragraphs = text
        .trim_end()
        .split("\n\n")
        .map(|paragraph| paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" "));
    let wrong = paragraphs.next().unwrap_or_default();
    let wrong = wrong.trim_start_matches("error: ").to_owned();
    let tips: Vec<String> = paragraphs
        .filter_map(|paragraph| paragraph.strip_prefix("tip: ").map(str::to_owned))
        .filter(|tip| !tip.contains("to pass"))
        .collect();
    let hint = match (error.kind(), tips.first()) {
        (_, Some(tip)) => tip.clone(),
        (ErrorKind::InvalidSubcommand, None) => "`chancery --help` lists the commands".to_owned(),
        (_, None) => format!("`{} --help` shows what it takes, with examples", asked_for()),
    };
    say_error(&wrong, Some(&hint));
    Exit::Wrong
}

/// The command that was asked for, as far as it can be told.
fn asked_for() -> String {
    let known = definition();
    let named = surroundings::arguments().find(|word| known.find_subcommand(word).is_some());
    named.map_or_else(|| "chancery".to_owned(), |name| format!("chancery {name}"))
}
