//! `verify-proof`: verifies a proof without any ledger.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::chain::codec::decode;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::record;
use crate::cli::vouch::kept_file;
use crate::ledger::commitments::told_witnesses;
use crate::ledger::record::EntryRecord;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::error::TlogError;
use crate::tlog::hash::leaf_hash;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::Policy;
use crate::tlog::proof_file::{ConsistencyFile, PROOF_HEADER, ProofFile};

/// Verify a proof that somebody gave you, without their ledger
///
/// Needs the public key of the ledger, from whoever you trust for it. Of an entry it prints what the entry says; of
/// two checkpoints that the later continues the earlier. Ends with exit code 4 when the proof does not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery verify-proof entry-674.tlog-proof --key mfa.example/relations+…
  chancery verify-proof growth.proof --from old.checkpoint --key mfa.example/relations+…")]
pub(crate) struct VerifyProof {
    /// File that holds the proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// Public key of the ledger
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: VerifierKey,
    /// File that says who must have witnessed the checkpoint (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
    /// File that holds the entry [default: the proof's, with .entry]
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
    /// Earlier checkpoint, for a proof that a later one continues it
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "entry")]
    from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What a proof of an entry proves.
#[derive(Debug, Serialize)]
struct ProvedEntry {
    ok: bool,
    reason: Option<String>,
    /// Who has witnessed the checkpoint, when a policy asks.
    witnesses: Option<String>,
    origin: String,
    index: u64,
    size: u64,
    root: String,
    record: Option<EntryRecord>,
}

/// What a proof of a continuation proves.
#[derive(Debug, Serialize)]
struct ProvedContinuation {
    ok: bool,
    reason: Option<String>,
    /// Who has witnessed the later checkpoint, when a policy asks.
    witnesses: Option<String>,
    origin: String,
    from: u64,
    size: u64,
    root: String,
}

impl VerifyProof {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let text = kept_file::read_proof(&self.proof)?;
        let policy = self.witness_policy.as_deref().map(kept_file::read_policy).transpose()?;
        let policy = policy.as_ref();
        let note = |source| CliError::Note { path: self.proof.clone(), source };
        match &self.from {
            _ if text.starts_with(PROOF_HEADER) => {
                self.verify_entry(&ProofFile::parse(&text).map_err(note)?, policy)
            }
            Some(earlier) => {
                let file = ConsistencyFile::parse(&text).map_err(note)?;
                self.verify_continuation(&file, earlier, policy)
            }
            None if text.starts_with("old ") => Err(CliError::NoEarlier),
            None => Err(note(TlogError::ProofText { line: 1 })),
        }
    }

    fn verify_entry(&self, file: &ProofFile, policy: Option<&Policy>) -> Result<Exit, CliError> {
        let beside = || kept_file::entry_beside(&self.proof);
        let entry_bytes = kept_file::read_entry(&self.entry.clone().unwrap_or_else(beside))?;
        let witnesses = witnesses(policy, &file.checkpoint);
        let verified = self.entry_of(file, &entry_bytes);
        let verified = verified.and_then(|entry| witnesses.clone().map(|_| entry));
        let checkpoint = file.checkpoint.checkpoint();
        let proved = ProvedEntry {
            ok: verified.is_ok(),
            reason: verified.as_ref().err().cloned(),
            witnesses: witnesses.unwrap_or_default(),
            origin: checkpoint.origin.clone(),
            index: file.index,
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            record: verified.ok(),
        };
        let rows = || told(&proved.reason, proved.index, proved.size, &proved.root);
        format::print(self.place.format, &proved, rows, || Ok(self.page_of_entry(&proved)))?;
        Ok(if proved.ok { Exit::Done } else { Exit::Failed })
    }

    /// Verifies the proof, and reads the entry, whose own number must be the one proved.
    fn entry_of(&self, file: &ProofFile, entry_bytes: &[u8]) -> Result<EntryRecord, String> {
        file.verify(entry_bytes, &self.key).map_err(|fault| fault.to_string())?;
        let entry = decode(entry_bytes).map_err(|fault| format!("the entry: {fault}"))?;
        if entry.sequence.0 != file.index {
            return Err(format!("the entry bears the number {}", entry.sequence));
        }
        Ok(EntryRecord { hash: leaf_hash(entry_bytes), entry })
    }

    fn page_of_entry(&self, proved: &ProvedEntry) -> Page {
        let (index, size, origin) = (proved.index, proved.size, &proved.origin);
        let Some(record) = &proved.record else {
            let reason = proved.reason.as_deref().unwrap_or_default();
            let mut page = Page::new(&format!("FAILED: {reason}"));
            page.line("Nothing is proved: do not believe what the file says.");
            return page;
        };
        let mut page = record::page(&record::headline(record), record);
        page.line(&format!(
            "Proved: it is entry {index} of the {size} that {origin} has signed a checkpoint of."
        ));
        if let Some(names) = &proved.witnesses {
            page.line(&format!("Witnessed by {names}."));
        }
        page.basis(&format!("pinned {} · root {}", self.key.short(), proved.root));
        page
    }

    fn verify_continuation(
        &self,
        file: &ConsistencyFile,
        earlier: &Path,
        policy: Option<&Policy>,
    ) -> Result<Exit, CliError> {
        let kept = kept_file::read_checkpoint(earlier)?;
        let (from, later) = (kept.checkpoint(), file.checkpoint.checkpoint());
        let verified = match kept.verify(&self.key) {
            Err(fault) => Err(format!("the earlier checkpoint: {fault}")),
            Ok(()) if from.size != file.from => Err(format!(
                "it is about {} entries, the checkpoint about {}",
                file.from, from.size
            )),
            Ok(()) => file.verify(from.root, &self.key).map_err(|fault| fault.to_string()),
        };
        let witnesses = witnesses(policy, &file.checkpoint);
        let verified = verified.and_then(|()| witnesses.clone());
        let proved = ProvedContinuation {
            ok: verified.is_ok(),
            reason: verified.err(),
            witnesses: witnesses.unwrap_or_default(),
            origin: later.origin.clone(),
            from: file.from,
            size: later.size,
            root: later.root.to_string(),
        };
        let rows = || told(&proved.reason, proved.from, proved.size, &proved.root);
        format::print(self.place.format, &proved, rows, || {
            let (from, size) = (proved.from, proved.size);
            let mut page = Page::new(&match &proved.reason {
                None => {
                    format!("Proved: the {size} entries begin with the {from} of then, unchanged")
                }
                Some(reason) => format!("FAILED: {reason}"),
            });
            if let Some(names) = &proved.witnesses {
                page.line(&format!("Witnessed by {names}."));
            }
            page.basis(&format!("pinned {} · root {}", self.key.short(), proved.root));
            Ok(page)
        })?;
        Ok(if proved.ok { Exit::Done } else { Exit::Failed })
    }
}

/// Says who has witnessed a checkpoint, if a policy asks; the error is that it was not enough.
fn witnesses(
    policy: Option<&Policy>,
    checkpoint: &SignedCheckpoint,
) -> Result<Option<String>, String> {
    let Some(policy) = policy else { return Ok(None) };
    let witnessed = policy.judge(checkpoint).map_err(|fault| fault.to_string())?;
    Ok(Some(told_witnesses(&witnessed)))
}

fn told(reason: &Option<String>, of: u64, size: u64, root: &str) -> Table {
    let mut table = Table::new(&[
        Column::Words("result"),
        Column::Number("of"),
        Column::Number("size"),
        Column::Words("root"),
        Column::Words("reason"),
    ]);
    let result = if reason.is_none() { "ok" } else { "FAILED" };
    let reason = reason.clone().unwrap_or_default();
    table.row([result.to_owned(), of.to_string(), size.to_string(), root.to_owned(), reason]);
    table
}
