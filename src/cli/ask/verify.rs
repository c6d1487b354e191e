//! `verify`: what the bytes can prove.

use std::path::PathBuf;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::vouch::kept_file;
use crate::cli::words::entries;
use crate::ledger::answer::overview::Trust;
use crate::ledger::verify::{Verification, VerifyOptions, verify};
use crate::tlog::note::VerifierKey;

/// Verify the bytes of the log: frames, encoding, numbers, links, times, rules, root and checkpoint
///
/// Reads every byte and changes nothing. Ends with exit code 4 when a check fails, and names the
/// first bad entry. Trust is pinned when the key was given, own when only the ledger's own key
/// vouches for it, which proves nothing about who wrote it, and none without a checkpoint.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery verify
  chancery verify --ledger copy --format json
  chancery verify --key mfa.example/relations+… --extends kept.checkpoint
  chancery verify --bytes                          the same bytes, faster: nothing is judged by the rules
  chancery verify --witness-policy policy.txt")]
pub(crate) struct VerifyLog {
    /// Public key of the ledger, from whoever you trust for it [default: key.pub beside the log]
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    /// File of a checkpoint that you kept: the log must continue it
    #[arg(long, value_name = "CHECKPOINT")]
    extends: Option<PathBuf>,
    /// Read the bytes only (frames, links, root and checkpoint), not what the entries say
    #[arg(long)]
    bytes: bool,
    /// File that says who must have witnessed the checkpoint (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl VerifyLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let path = self.place.path();
        let kept = self.extends.as_deref().map(kept_file::read_checkpoint).transpose()?;
        let policy = self.witness_policy.as_deref().map(kept_file::read_policy).transpose()?;
        let key = self.key.clone();
        let bytes_only = self.bytes;
        let options = VerifyOptions { key, extends: kept, policy, bytes_only, expected_root: None };
        let verified = verify(self.place.folder()?, &options);
        let verification = verified.map_err(|source| CliError::opening(path, source))?;
        let rows = || table(&verification);
        format::print(self.place.format, &verification, rows, || Ok(page(&verification)))?;
        if verification.ok && !bytes_only {
            self.place.hold_kept();
        }
        Ok(if verification.ok { Exit::Done } else { Exit::Failed })
    }
}

fn page(verification: &Verification) -> Page {
    let mut page = match (verification.ok, verification.first_bad_entry) {
        (true, _) => Page::new(&format!("ok: {} verified", entries(verification.size.0))),
        (false, Some(entry)) => Page::new(&format!("FAILED: entry {entry} is the first bad one")),
        (false, None) => Page::new("FAILED"),
    };
    page.table(table(verification));
    page.section(
        "",
        vec![
            ("root".to_owned(), verification.root.to_string()),
            ("head".to_owned(), verification.head.to_string()),
            ("trust".to_owned(), told(verification.trust).to_owned()),
        ],
    );
    if !verification.ok {
        page.line("`chancery repair` says what can be restored; nothing here has been changed.");
    }
    page
}

/// Says what a trust is worth.
fn told(trust: Trust) -> &'static str {
    match trust {
        Trust::Pinned => "pinned: signed with the key that you gave",
        Trust::Own => "own: the ledger agrees with itself; `--key VKEY` says whose it is",
        Trust::None => "none",
    }
}

fn table(verification: &Verification) -> Table {
    let mut table =
        Table::new(&[Column::Words("check"), Column::Words("result"), Column::Words("detail")]);
    for check in &verification.checks {
        let result = if check.ok { "ok" } else { "FAILED" };
        table.row([check.name.to_owned(), result.to_owned(), check.detail.clone()]);
    }
    table
}
