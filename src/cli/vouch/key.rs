//! `key`: makes, shows and brings in the keys that sign checkpoints.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::vouch::key_file::{self, KeyFault};
use crate::cli::words::entries;
use crate::domain::text::Origin;
use crate::ledger::checkpoint::LastSigned;
use crate::tlog::note::SignerKey;

/// Make, show or bring in the key that signs a ledger's checkpoints
///
/// A key lies in a file of its own that only its owner may read, never in the folder of the ledger. Beside it,
/// FILE.last keeps what it last signed: keep the two together.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery key new ~/keys/mfa.key                  a key for the ledger in ./log
  chancery key show ~/keys/mfa.key                 its public half, to be given to others
  chancery key import ~/keys/mfa.key --seed-hex -  32 bytes in hexadecimal, from standard input")]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    /// Make a key
    New(NewKey),
    /// Show the public half of a key, and what it last signed
    Show(ShowKey),
    /// Make the key of a seed that is kept elsewhere
    Import(ImportKey),
}

/// Make a key
#[derive(Debug, clap::Args)]
struct NewKey {
    /// File to write it to
    file: PathBuf,
    /// Name of the ledger it is for [default: that of the ledger]
    #[arg(long)]
    origin: Option<Origin>,
    #[command(flatten)]
    place: Place,
}

/// Show the public half of a key, and what it last signed
#[derive(Debug, clap::Args)]
struct ShowKey {
    /// File that it lies in
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Make the key of a seed that is kept elsewhere
#[derive(Debug, clap::Args)]
struct ImportKey {
    /// File to write it to
    file: PathBuf,
    /// 32 bytes in hexadecimal, or - to read them from standard input
    #[arg(long, value_name = "HEX", allow_hyphen_values = true)]
    seed_hex: String,
    /// Name of the ledger it is for [default: that of the ledger]
    #[arg(long)]
    origin: Option<Origin>,
    #[command(flatten)]
    place: Place,
}

/// What is said of a key.
#[derive(Debug, Serialize)]
struct ToldKey {
    name: String,
    /// The public half, as C2SP signed-note writes it.
    key: String,
    file: String,
    last_signed: Option<u64>,
}

impl Keys {
    /// The options that every command takes.
    pub(crate) fn place(&self) -> &Place {
        match &self.command {
            KeyCommand::New(command) => &command.place,
            KeyCommand::Show(command) => &command.place,
            KeyCommand::Import(command) => &command.place,
        }
    }

    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        match self.command {
            KeyCommand::New(command) => command.run(),
            KeyCommand::Show(command) => command.run(),
            KeyCommand::Import(command) => command.run(),
        }
    }
}

impl NewKey {
    fn run(self) -> Result<Exit, CliError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| CliError::Random(error.to_string()))?;
        make(&self.file, &seed, self.origin, &self.place)
    }
}

impl ImportKey {
    fn run(self) -> Result<Exit, CliError> {
        let hex = if self.seed_hex == "-" { read_line()? } else { self.seed_hex };
        make(&self.file, &seed(hex.trim()).ok_or(CliError::Seed)?, self.origin, &self.place)
    }
}

impl ShowKey {
    fn run(self) -> Result<Exit, CliError> {
        let key = key_file::read(&self.file, &self.place)?;
        let (folder, name) = key_file::place_of(&key_file::with_last(&self.file)?)?;
        let last = LastSigned { storage: &folder, name: &name, adopt: false };
        let last = last.read(key.verifier())?;
        let size = last.map(|last| last.checkpoint().size);
        print(&self.place, "A key", &self.file, &key, size)
    }
}

fn read_line() -> Result<String, CliError> {
    let mut text = String::new();
    let input = std::io::stdin().lock().take(1_024).read_to_string(&mut text);
    input.map_err(|source| CliError::Input { path: PathBuf::from("-"), source })?;
    Ok(text)
}

fn seed(hex: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes =
        pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let is_hex = rest.is_empty() && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hex { bytes.collect::<Option<Vec<u8>>>()?.try_into().ok() } else { None }
}

fn make(
    file: &Path,
    seed: &[u8; 32],
    origin: Option<Origin>,
    place: &Place,
) -> Result<Exit, CliError> {
    // Whoever signs with it keeps beside it what was signed.
    key_file::with_last(file)?;
    let origin = match origin {
        Some(origin) => origin,
        None => place.open()?.origin().clone(),
    };
    let fault = |source| CliError::Key { path: file.to_owned(), source: KeyFault::Text(source) };
    let key = SignerKey::from_seed(origin.as_str(), seed).map_err(fault)?;
    key_file::write(file, &key, place)?;
    print(place, "A new key", file, &key, None)
}

fn print(
    place: &Place,
    what: &str,
    file: &Path,
    key: &SignerKey,
    last_signed: Option<u64>,
) -> Result<Exit, CliError> {
    let told = ToldKey {
        name: key.verifier().name().to_owned(),
        key: key.verifier().to_string(),
        file: file.display().to_string(),
        last_signed,
    };
    let signed = last_signed.map_or_else(|| "nothing yet".to_owned(), entries);
    let rows = || {
        let mut table = Table::new(&[
            Column::Words("name"),
            Column::Words("key"),
            Column::Words("file"),
            Column::Number("last_signed"),
        ]);
        let size = last_signed.map(|size| size.to_string()).unwrap_or_default();
        table.row([told.name.clone(), told.key.clone(), told.file.clone(), size]);
        table
    };
    format::print(place.format, &told, rows, || {
        let mut page = Page::new(&format!("{what} for {}", told.name));
        page.section(
            "",
            vec![
                ("public half".to_owned(), told.key.clone()),
                ("file".to_owned(), told.file.clone()),
                ("last signed".to_owned(), signed.clone()),
            ],
        );
        page.line("Give the public half to whoever verifies, and the file to nobody.");
        Ok(page)
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_sixty_four_hexadecimal_digits() {
        assert_eq!(seed(&"0aF1".repeat(16)).map(|seed| seed[1]), Some(0xf1));
        for wrong in ["", &"0".repeat(63), &"0".repeat(66), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(seed(wrong), None, "{wrong}");
        }
    }
}
