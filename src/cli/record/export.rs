//! `export`: every entry as a JSON line.

use std::io::{BufWriter, Write};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::known::Known;
use crate::cli::options::place::Place;
use crate::domain::sequence::Sequence;
use crate::exchange::jsonl::write_line;

/// Print every entry as a line of JSON
///
/// `record` accepts what this prints; `record - --restore` makes the same events of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery export > relations.jsonl
  chancery export --ledger old | chancery record - --restore --keep-times --ledger new")]
pub(crate) struct Export {
    /// How much of the ledger: a size, a hash or a time of recording [default: all]
    #[arg(long, value_name = "K")]
    known: Option<Known>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl Export {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let known = self.known.as_ref().map(|known| known.resolve(&ledger)).transpose()?;
        let size = known.unwrap_or_else(|| ledger.size());
        let mut out = BufWriter::new(std::io::stdout().lock());
        for record in ledger.entries(Sequence(0)..size.next()) {
            write_line(&mut out, &record?).map_err(CliError::Output)?;
        }
        out.flush().map_err(CliError::Output)?;
        Ok(Exit::Done)
    }
}
