//! Receipts: what was asked, on what basis, and a hash of the answer, so that it can be asked again.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cli::error::CliError;
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::Table;
use crate::cli::output::{format, terminal};
use crate::cli::surroundings;
use crate::ledger::Ledger;
use crate::tlog::hash::sha256;

/// The version of the receipts that are written and read.
const VERSION: u32 = 1;

/// The commands that only ask: a receipt of anything else is not asked again.
const QUESTIONS: [&str; 18] = [
    "overview",
    "show",
    "holds",
    "history",
    "diff",
    "partners",
    "missing",
    "count",
    "ordinal",
    "entities",
    "entity",
    "pending",
    "missions",
    "recognitions",
    "log",
    "entry",
    "conflicts",
    "check",
];

/// The fields of an answer that say what it rests on.
const BASIS: [&str; 6] = ["on", "known", "from_known", "policy", "axis", "rule"];

/// Whether the answer is to be put on record.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Basis")]
pub(crate) struct ReceiptOption {
    /// Write what was asked, its basis and a hash of the answer to a new file, for `recheck`
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

/// What was asked, on what basis, and a hash of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    /// The version of this form.
    receipt: u32,
    /// The ledger that was asked.
    pub(crate) origin: String,
    /// The question as it was typed, without where and how it is printed.
    pub(crate) asked: Vec<String>,
    /// What the answer rests on.
    pub(crate) basis: Map<String, Value>,
    /// SHA-256 of the answer in JSON without `known`, its fields sorted, and a line break.
    pub(crate) answer_sha256: String,
}

impl ReceiptOption {
    /// Prints an answer, and writes its receipt if one is wanted.
    ///
    /// # Errors
    /// When either cannot be written.
    pub(crate) fn print<A: Serialize>(
        &self,
        place: &Place,
        ledger: &Ledger,
        answer: &A,
        rows: impl FnOnce() -> Table,
        page: impl FnOnce() -> Result<Page, CliError>,
    ) -> Result<(), CliError> {
        let text = format::laid_out(place.format, answer, rows, page)?;
        // Nothing is given out that rests on what could not be read.
        ledger.settled()?;
        if let Some(path) = &self.receipt {
            let receipt = Receipt::of(ledger, answer)?;
            let trouble = |source| CliError::Written { path: path.clone(), source };
            let mut file = File::create_new(path).map_err(trouble)?;
            let mut json = serde_json::to_vec_pretty(&receipt).map_err(std::io::Error::from);
            if let Ok(json) = &mut json {
                json.push(b'\n');
            }
            json.and_then(|json| file.write_all(&json)).map_err(trouble)?;
        }
        terminal::write(&text)?;
        place.keep(ledger);
        Ok(())
    }
}

impl Receipt {
    fn of<A: Serialize>(ledger: &Ledger, answer: &A) -> Result<Self, CliError> {
        let json = format::json_line(answer)?;
        let fields: Map<String, Value> = serde_json::from_str(&json)
            .map_err(|error| CliError::Output(std::io::Error::from(error)))?;
        let named = BASIS.iter().filter_map(|name| Some((*name, fields.get(*name)?.clone())));
        let mut basis: Map<String, Value> =
            named.map(|(name, value)| (name.to_owned(), value)).collect();
        let known = serde_json::json!({
            "size": ledger.size(), "head": ledger.head().to_string(),
        });
        basis.entry("known").or_insert(known);
        Ok(Self {
            receipt: VERSION,
            origin: ledger.origin().to_string(),
            asked: question(surroundings::arguments()),
            basis,
            answer_sha256: hash_of(fields),
        })
    }

    /// Reads a receipt.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let receipt: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if receipt.receipt != VERSION {
            return Err(format!("receipts of version {} are not known here", receipt.receipt));
        }
        // What is asked again must not write: neither to the ledger nor to a file.
        let asks = receipt.asked.first().is_some_and(|first| QUESTIONS.contains(&first.as_str()));
        if asks && question(receipt.asked.iter().cloned()) == receipt.asked {
            Ok(receipt)
        } else {
            Err(format!("{:?} is no question", receipt.asked.join(" ")))
        }
    }

    /// The position that the answer rests on: how many entries, and the hash of the last.
    pub(crate) fn position(&self) -> Option<(u64, &str)> {
        let known = self.basis.get("known")?;
        Some((known.get("size")?.as_u64()?, known.get("head")?.as_str()?))
    }

    /// The question in arguments, with its day.
    pub(crate) fn question(&self) -> Vec<String> {
        let mut arguments = self.asked.clone();
        if let Some(on) = self.basis.get("on").and_then(Value::as_str) {
            let last = if self.has("diff") && self.has("--from") { "--to" } else { "--on" };
            arguments.extend([last.to_owned(), on.to_owned()]);
        }
        arguments
    }

    /// The question in arguments, asked of a position.
    pub(crate) fn question_at(&self, size: u64) -> Vec<String> {
        let mut arguments = self.question();
        // An entry is the same at any position.
        if !self.has("entry") {
            arguments.extend(["--known".to_owned(), size.to_string()]);
        }
        arguments
    }

    fn has(&self, name: &str) -> bool {
        self.asked.iter().any(|argument| argument == name)
    }
}

/// The hash of an answer, which says nothing of how much was known.
pub(crate) fn hash_of(mut answer: Map<String, Value>) -> String {
    answer.remove("known");
    let mut text = Value::Object(answer).to_string();
    text.push('\n');
    sha256(text.as_bytes()).to_string()
}

/// What was typed, without what does not belong to the question: where the ledger is, how the answer
/// is printed, and the points that the receipt's basis names.
fn question(arguments: impl Iterator<Item = String>) -> Vec<String> {
    const WITH_VALUE: [&str; 9] = [
        "--ledger",
        "--format",
        "--color",
        "--receipt",
        "--junit",
        "--known",
        "--to-known",
        "--on",
        "--to",
    ];
    const ALONE: [&str; 5] = ["-q", "--quiet", "-v", "--verbose", "--no-cache"];
    let mut asked = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let name = argument.split_once('=').map_or(argument.as_str(), |(name, _)| name);
        if WITH_VALUE.contains(&name) {
            if name == argument {
                arguments.next();
            }
        } else if !ALONE.contains(&name) {
            asked.push(argument);
        }
    }
    if asked.first().is_none_or(|first| first.starts_with('-')) {
        asked.insert(0, "overview".to_owned());
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> String {
        question(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned)).join(" ")
    }

    #[test]
    fn the_question_is_kept_without_place_form_and_position() {
        assert_eq!(
            asked("show UKR SYR --on 2023-01-01 --ledger=x -q --format json"),
            "show UKR SYR"
        );
        assert_eq!(asked("--ledger x"), "overview");
        assert_eq!(asked("holds A B --sometime 2022 --known 7"), "holds A B --sometime 2022");
        assert_eq!(asked("diff --from 2022 --to 2023 A"), "diff --from 2022 A");
    }

    #[test]
    fn what_has_a_receipt_is_a_question() {
        let commands = crate::cli::definition();
        let with_receipt = commands.get_subcommands().filter(|command| {
            command.get_arguments().any(|argument| argument.get_id() == "receipt")
        });
        let mut names: Vec<&str> = with_receipt.map(clap::Command::get_name).collect();
        let mut questions = QUESTIONS.to_vec();
        names.sort_unstable();
        questions.sort_unstable();
        assert_eq!(names, questions);
    }

    #[test]
    fn a_receipt_that_would_write_is_none() {
        let receipt = |asked: &str| {
            let asked: Vec<&str> = asked.split(' ').collect();
            let text = serde_json::json!({ "receipt": 1, "origin": "a.example/b", "asked": asked,
                                           "basis": {}, "answer_sha256": "" });
            Receipt::read(&text.to_string()).map(|receipt| receipt.asked.len())
        };
        assert_eq!(receipt("show UKR SYR"), Ok(3));
        assert!(receipt("retract 5 --reason x").is_err());
        assert!(receipt("show UKR SYR --receipt x").is_err());
        assert!(receipt("show UKR SYR --ledger=x").is_err());
        assert!(receipt("recheck x").is_err());
    }

    #[test]
    fn a_hash_does_not_depend_on_the_order_of_fields_or_on_what_was_known() {
        let fields = |text: &str| serde_json::from_str(text).unwrap();
        let one = hash_of(fields(r#"{"a":1,"known":{"size":7},"b":"x"}"#));
        assert_eq!(one, hash_of(fields(r#"{"b":"x","a":1}"#)));
        assert_ne!(one, hash_of(fields(r#"{"b":"y","a":1}"#)));
    }
}
