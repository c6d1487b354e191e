//! `recheck`: asks again what a receipt says was asked, and compares.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::options::receipt::{Receipt, hash_of};
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::surroundings;
use crate::cli::told::basis::short;
use crate::cli::told::entries;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::Ledger;

/// Ask again what a receipt says was asked, and compare the answers
///
/// Exit code 0: the answer is the same. 1: it is different, because of the entries that are named. 3:
/// it cannot be told, because this is another ledger or another history of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery show UKR SYR --on 2023-01-01 --receipt receipt.json
  chancery recheck receipt.json
  chancery recheck receipt.json --ledger copy --format json")]
pub(crate) struct RecheckReceipt {
    /// Receipt, as --receipt writes it
    file: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Serialize)]
struct Rechecked {
    outcome: &'static str,
    asked: Vec<String>,
    origin: String,
    then: Option<Position>,
    now: Position,
    because: Vec<Sequence>,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Position {
    size: Size,
    head: String,
}

/// What comes of asking again.
enum Finding {
    Same,
    Different(Vec<Sequence>),
    Cannot(String),
}

impl RecheckReceipt {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|source| CliError::Input { path: self.file.clone(), source })?;
        let receipt = Receipt::read(&text)
            .map_err(|reason| CliError::Receipt { path: self.file.clone(), reason })?;
        let ledger = self.place.open()?;
        let finding = self.compared(&receipt, &ledger)?;
        let (outcome, because, reason, exit) = match finding {
            Finding::Same => ("same", Vec::new(), None, Exit::Done),
            Finding::Different(entries) => ("different", entries, None, Exit::No),
            Finding::Cannot(reason) => ("cannot", Vec::new(), Some(reason), Exit::Unknown),
        };
        let then = receipt
            .position()
            .map(|(size, head)| Position { size: Size(size), head: head.to_owned() });
        let now = Position { size: ledger.size(), head: ledger.head().to_string() };
        let (asked, origin) = (receipt.question(), receipt.origin.clone());
        let rechecked = Rechecked { outcome, asked, origin, then, now, because, reason };
        let page = || page(&rechecked, &ledger);
        format::print(self.place.format, &rechecked, || rows(&rechecked), page)?;
        Ok(exit)
    }

    fn compared(&self, receipt: &Receipt, ledger: &Ledger) -> Result<Finding, CliError> {
        if receipt.origin != ledger.origin().as_str() {
            let (theirs, ours) = (&receipt.origin, ledger.origin());
            let reason = format!("the receipt is of the ledger {theirs}, this one is {ours}");
            return Ok(Finding::Cannot(reason));
        }
        let Some((size, head)) = receipt.position() else {
            return Ok(Finding::Cannot("the receipt names no position".to_owned()));
        };
        if ledger.head_of(Size(size))?.map(|head| head.to_string()).as_deref() != Some(head) {
            let reason = format!(
                "the ledger's first {size} entries do not end with {}: it is another history",
                short(head)
            );
            return Ok(Finding::Cannot(reason));
        }
        let asker = Asker { receipt, ledger: self.place.path(), program: surroundings::program()? };
        if asker.answer(size)? != receipt.answer_sha256 {
            let reason = "the answer at that position is another one: the receipt was changed, or \
                          another version of chancery wrote it";
            return Ok(Finding::Cannot(reason.to_owned()));
        }
        let last = ledger.size().0;
        let now = asker.answer(last)?;
        if now == receipt.answer_sha256 {
            return Ok(Finding::Same);
        }
        asker.turns(size, last, &receipt.answer_sha256, &now).map(Finding::Different)
    }
}

/// Asks the question of a receipt again, in a program of its own for each position.
struct Asker<'a> {
    receipt: &'a Receipt,
    ledger: PathBuf,
    program: PathBuf,
}

impl Asker<'_> {
    /// The hash of the answer at a position.
    fn answer(&self, size: u64) -> Result<String, CliError> {
        let fault = |reason: String| CliError::AskedAgain { reason };
        let output = Command::new(&self.program)
            .args(self.receipt.question_at(size))
            .args([Path::new("--format"), Path::new("json"), Path::new("--ledger")])
            .arg(&self.ledger)
            .output()
            .map_err(|error| fault(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        match serde_json::from_str::<Map<String, Value>>(text.trim()) {
            Ok(answer) => Ok(hash_of(answer)),
            Err(_) => Err(fault(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    }

    /// The entries with which the answer turned from the one to the other, found by halving.
    fn turns(
        &self,
        first: u64,
        last: u64,
        then: &str,
        now: &str,
    ) -> Result<Vec<Sequence>, CliError> {
        let mut turns = Vec::new();
        let (mut from, mut answer) = (first, then.to_owned());
        while answer != now {
            let (mut same, mut other) = (from, last);
            while same + 1 < other {
                let middle = same + (other - same) / 2;
                if self.answer(middle)? == answer { same = middle } else { other = middle }
            }
            turns.push(Sequence(other - 1));
            from = other;
            answer = self.answer(other)?;
        }
        Ok(turns)
    }
}

fn rows(rechecked: &Rechecked) -> Table {
    let mut table =
        Table::new(&[Column::Words("outcome"), Column::Words("because"), Column::Words("reason")]);
    let because: Vec<String> = rechecked.because.iter().map(ToString::to_string).collect();
    table.row([
        rechecked.outcome.to_owned(),
        because.join(" "),
        rechecked.reason.clone().unwrap_or_default(),
    ]);
    table
}

fn page(rechecked: &Rechecked, ledger: &Ledger) -> Result<Page, CliError> {
    let mut page = Page::new(&match (rechecked.outcome, &rechecked.reason) {
        ("same", _) => "Same: the answer is what it was".to_owned(),
        (_, Some(reason)) => format!("Cannot tell: {reason}"),
        _ => "Different: the answer has changed".to_owned(),
    });
    page.section("asked", vec![("chancery".to_owned(), rechecked.asked.join(" "))]);
    page.section("because of", entries::told(ledger, &rechecked.because)?);
    let then = rechecked.then.as_ref();
    let then = then.map(|then| format!("then {} (head {}) · ", then.size, short(&then.head)));
    let now = &rechecked.now;
    let now = format!("now {} (head {})", now.size, short(&now.head));
    page.basis(&format!("{}{now}", then.unwrap_or_default()));
    Ok(page)
}
