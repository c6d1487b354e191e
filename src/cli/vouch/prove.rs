//! `prove`: writes proofs that anybody can verify without the ledger.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::output::terminal;
use crate::cli::vouch::kept_file;
use crate::domain::sequence::{Reference, Size};
use crate::ledger::Ledger;
use crate::tlog::hash::Hash;

/// Write a small file by which anybody can verify something without the ledger
///
/// What is proved is proved under the ledger's checkpoint. `verify-proof` verifies it, and so do other programs that
/// know the formats of C2SP.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery prove entry rok/SYR/established/2025-04-10    that an entry is in the log
  chancery prove entry 674 --output ukraine.tlog-proof
  chancery prove consistency --from old.checkpoint       that nothing of then was changed since")]
pub(crate) struct Prove {
    #[command(subcommand)]
    command: ProveCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ProveCommand {
    /// Prove that an entry is under the checkpoint
    Entry(ProveEntry),
    /// Prove that the checkpoint continues an earlier one
    Consistency(ProveConsistency),
}

/// Prove that an entry is under the checkpoint
///
/// Writes two files: the proof (C2SP tlog-proof), and beside it the bytes of the entry.
#[derive(Debug, clap::Args)]
struct ProveEntry {
    /// Number or key of the entry
    #[arg(value_name = "N")]
    entry: Reference,
    /// File to write the proof to; the entry lies beside it, as FILE with .entry
    /// [default: entry-N.tlog-proof]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Prove that the checkpoint continues an earlier one
///
/// Prints what a witness is sent (C2SP tlog-witness, add-checkpoint): the earlier size, the hashes, the checkpoint.
#[derive(Debug, clap::Args)]
struct ProveConsistency {
    /// Earlier size, or file of an earlier checkpoint
    #[arg(long, value_name = "SIZE|FILE")]
    from: String,
    /// File to write the proof to [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What was proved, and where the proof lies.
#[derive(Debug, Serialize)]
struct ToldProof {
    index: u64,
    size: u64,
    root: String,
    hashes: usize,
    proof: String,
    entry: String,
}

impl Prove {
    /// The options that every command takes.
    pub(crate) fn place(&self) -> &Place {
        match &self.command {
            ProveCommand::Entry(command) => &command.place,
            ProveCommand::Consistency(command) => &command.place,
        }
    }

    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        match self.command {
            ProveCommand::Entry(command) => command.run(),
            ProveCommand::Consistency(command) => command.run(),
        }
    }
}

impl ProveEntry {
    fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let sequence = ledger.sequence_of(&self.entry)?;
        let proved = ledger.prove_entry(sequence)?;
        let default = || PathBuf::from(format!("entry-{sequence}.tlog-proof"));
        let proof_path = self.output.clone().unwrap_or_else(default);
        let entry_path = kept_file::entry_beside(&proof_path);
        write_new(&entry_path, &proved.entry_bytes)?;
        write_new(&proof_path, proved.file.to_string().as_bytes())?;
        let checkpoint = proved.file.checkpoint.checkpoint();
        let told = ToldProof {
            index: sequence.0,
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            hashes: proved.file.proof.len(),
            proof: proof_path.display().to_string(),
            entry: entry_path.display().to_string(),
        };
        format::print(self.place.format, &told, || rows(&told), || Ok(page(&ledger, &told)))?;
        Ok(Exit::Done)
    }
}

impl ProveConsistency {
    fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let (from, root) = self.earlier()?;
        let proved = ledger.prove_consistency(from, root)?;
        let text = proved.to_string();
        match &self.output {
            Some(path) => {
                write_new(path, text.as_bytes())?;
                self.place.tell(|| {
                    let size = proved.checkpoint.checkpoint().size;
                    format!("{}: {size} entries continue the {from} of then", path.display())
                });
            }
            None => terminal::write(&text)?,
        }
        Ok(Exit::Done)
    }

    /// The earlier size and, from a checkpoint, its root.
    fn earlier(&self) -> Result<(Size, Option<Hash>), CliError> {
        if let Ok(size) = self.from.parse() {
            return Ok((Size(size), None));
        }
        let kept = kept_file::read_checkpoint(Path::new(&self.from))?;
        Ok((Size(kept.checkpoint().size), Some(kept.checkpoint().root)))
    }
}

/// Writes a file that is not there, or that holds these bytes already.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = |source| CliError::Written { path: path.to_owned(), source };
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(bytes).and_then(|()| file.sync_all()).map_err(written),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let same = std::fs::read(path).map_err(written)? == bytes;
            if same { Ok(()) } else { Err(written(error)) }
        }
        Err(error) => Err(written(error)),
    }
}

fn page(ledger: &Ledger, told: &ToldProof) -> Page {
    let mut page = Page::new(&format!(
        "Proved: entry {} is among the {} that the checkpoint of {} commits to",
        told.index,
        told.size,
        ledger.origin()
    ));
    page.section(
        "",
        vec![
            ("proof".to_owned(), format!("{}, hashes: {}", told.proof, told.hashes)),
            ("entry".to_owned(), told.entry.clone()),
            ("root".to_owned(), told.root.clone()),
        ],
    );
    let key = ledger.vouchers().key.as_ref().map_or_else(|| "VKEY".to_owned(), ToString::to_string);
    page.line("Give both files away; whoever has the public key verifies them:");
    page.line(&format!("  chancery verify-proof {} --key {key}", told.proof));
    page
}

fn rows(told: &ToldProof) -> Table {
    let mut table = Table::new(&[
        Column::Number("index"),
        Column::Number("size"),
        Column::Words("root"),
        Column::Number("hashes"),
        Column::Words("proof"),
        Column::Words("entry"),
    ]);
    table.row([
        told.index.to_string(),
        told.size.to_string(),
        told.root.clone(),
        told.hashes.to_string(),
        told.proof.clone(),
        told.entry.clone(),
    ]);
    table
}
