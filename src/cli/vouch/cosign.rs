//! `cosign`: has others witness the ledger's checkpoint.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::chain::millis::Millis;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::vouch::kept_file;
use crate::cli::words::entries;
use crate::ledger::Ledger;
use crate::publish::error::PublishError;
use crate::publish::web::Website;
use crate::publish::witness::cosignature_of;
use crate::tlog::cosignature::Cosignature;
use crate::tlog::policy::PolicyWitness;

/// Have witnesses cosign the checkpoint, and keep their signatures under it
///
/// Each witness of the policy that has an address is sent the checkpoint, with the proof that it continues what the
/// witness saw last (C2SP tlog-witness). Whoever holds the policy can then tell that the ledger shows everybody the
/// same history: `verify --witness-policy FILE`. Ends with exit code 1 when the policy's quorum is missed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery cosign --policy witnesses.txt

A policy (C2SP tlog-policy):
  witness w1 w1.example+… https://w1.example
  witness w2 w2.example+… https://w2.example
  group both all w1 w2
  quorum both")]
pub(crate) struct HaveCosigned {
    /// File that lists the witnesses, with their addresses, and the quorum
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// How long a witness may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u32,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What became of the checkpoint.
#[derive(Debug, Serialize)]
struct ToldCosigning {
    /// Whether the policy is content.
    ok: bool,
    /// Why it is not.
    reason: Option<String>,
    size: u64,
    root: String,
    witnesses: Vec<ToldWitness>,
}

/// What one witness said.
#[derive(Debug, Serialize)]
struct ToldWitness {
    name: String,
    url: String,
    /// When it cosigned, in UTC.
    cosigned_at: Option<String>,
    error: Option<String>,
}

impl HaveCosigned {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let policy = kept_file::read_policy(&self.policy)?;
        let asked: Vec<(&PolicyWitness, &str)> = policy
            .witnesses()
            .iter()
            .filter_map(|witness| Some((witness, witness.url.as_deref()?)))
            .collect();
        if asked.is_empty() {
            return Err(CliError::NoWitness);
        }
        self.place.refuse_copy()?;
        let ledger = self.place.open()?;
        let checkpoint = ledger.vouchers().checkpoint.clone().ok_or(PublishError::NoCheckpoint)?;
        let mut lines = Vec::new();
        let mut witnesses = Vec::new();
        for (witness, url) in asked {
            self.place.remark(|| format!("{}: {url}", witness.name));
            let answer = self.ask(witness, url, &ledger);
            witnesses.push(told(witness, url, &answer));
            lines.extend(answer.ok().map(|cosignature| cosignature.line));
        }
        drop(ledger);
        let kept = if lines.is_empty() {
            checkpoint
        } else {
            // The ledger was free to be recorded to while the witnesses answered.
            self.place.open_for_writing()?.keep_signatures(checkpoint.checkpoint(), lines)?
        };
        let missed = policy.judge(&kept).err();
        let told = ToldCosigning {
            size: kept.checkpoint().size,
            root: kept.checkpoint().root.to_string(),
            ok: missed.is_none(),
            reason: missed.map(|missed| missed.to_string()),
            witnesses,
        };
        format::print(self.place.format, &told, || rows(&told), || Ok(page(&told)))?;
        Ok(if told.ok { Exit::Done } else { Exit::No })
    }

    fn ask(
        &self,
        witness: &PolicyWitness,
        url: &str,
        ledger: &Ledger,
    ) -> Result<Cosignature, PublishError> {
        let site = Website::new(url, Duration::from_secs(u64::from(self.timeout)))?;
        cosignature_of(&site, &witness.key, ledger)
    }
}

fn told(
    witness: &PolicyWitness,
    url: &str,
    answer: &Result<Cosignature, PublishError>,
) -> ToldWitness {
    let moment = |cosigned: &Cosignature| {
        let moment = Millis::from_seconds(cosigned.timestamp);
        moment.map_or_else(|_| format!("{} s", cosigned.timestamp), |moment| moment.to_string())
    };
    let error = answer.as_ref().err().map(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    });
    ToldWitness {
        name: witness.name.clone(),
        url: url.to_owned(),
        cosigned_at: answer.as_ref().ok().map(moment),
        error,
    }
}

fn page(told: &ToldCosigning) -> Page {
    let mut page = Page::new(&match &told.reason {
        None => format!("Witnessed: {}, as the policy wants", entries(told.size)),
        Some(missed) => format!("NOT witnessed: {missed}"),
    });
    page.table(rows(told));
    page.basis(&format!("root {}", told.root));
    page
}

fn rows(told: &ToldCosigning) -> Table {
    let mut table = Table::new(&[
        Column::Words("witness"),
        Column::Words("address"),
        Column::Words("cosigned"),
        Column::Words("error"),
    ]);
    for witness in &told.witnesses {
        table.row([
            witness.name.clone(),
            witness.url.clone(),
            witness.cosigned_at.clone().unwrap_or_default(),
            witness.error.clone().unwrap_or_default(),
        ]);
    }
    table
}
