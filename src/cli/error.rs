//! What the command says when it fails, what to do next, and with which exit code it ends.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::chain::millis::Millis;
use crate::cli::exit::Exit;
use crate::cli::output::terminal::{escaped, say};
use crate::cli::vouch::key_file::KeyFault;
use crate::disk::error::DiskError;
use crate::domain::entity::EntityIdError;
use crate::domain::relation::SelfRelation;
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::{Origin, TextError};
use crate::exchange::error::ExchangeError;
use crate::ledger::error::{ErrorKind, LedgerError};
use crate::publish::error::{PublishError, PublishKind, SourceError};
use crate::tlog::error::TlogError;
use crate::view::lookup::LookupError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// `CHANCERY_NOW` is no moment.
    #[error("CHANCERY_NOW is {text:?}, which is no moment of RFC 3339")]
    Now { text: String },
    /// A text that cannot be recorded.
    #[error("the {what} cannot be recorded: {reason}")]
    Text { what: &'static str, reason: TextError },
    /// A name that leads to no entity, or to several.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// An id that cannot be one.
    #[error(transparent)]
    Id(#[from] EntityIdError),
    /// A relation of an entity with itself.
    #[error(transparent)]
    SelfRelation(#[from] SelfRelation),
    /// A size that the ledger does not have.
    #[error("nothing is known at size {asked}: the ledger has {size} entries")]
    NoSuchSize { asked: Size, size: Size },
    /// A time before the first entry.
    #[error("nothing had been recorded by {moment}")]
    NothingKnown { moment: Millis },
    /// Somebody is named who is no party.
    #[error("{who} is not one of the two parties")]
    NotAParty { who: String },
    /// Something that cannot be corrected.
    #[error("entry {entry} holds no fact that is live, and nothing else can be corrected")]
    NotAFact { entry: Sequence },
    /// A correction that says what the entry says already.
    #[error("entry {entry} says that already: nothing would change")]
    NothingChanges { entry: Sequence },
    /// A field that a fact does not have.
    #[error("entry {entry} has no field {field} to leave out")]
    NoSuchField { entry: Sequence, field: String },
    /// A correction that makes no fact.
    #[error("what would replace entry {entry} is no fact: {error}")]
    Replacement { entry: Sequence, error: serde_json::Error },
    /// A statement that is none of the five forms.
    #[error("the assertion, at column {column}: {reason}")]
    Statement { column: usize, reason: String },
    /// A folder that is not there, or not one.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The ledger cannot be opened.
    #[error("{}: {source}", path.display())]
    Opening { path: PathBuf, source: Box<LedgerError> },
    /// The ledger says no.
    #[error("{0}")]
    Ledger(#[source] Box<LedgerError>),
    /// A line of a batch cannot be recorded.
    #[error("{input}, line {line}: {source}")]
    Line { input: String, line: u64, source: Box<LedgerError> },
    /// A file cannot be opened.
    #[error("{}: {source}", path.display())]
    Input { path: PathBuf, source: io::Error },
    /// A receipt that cannot be read.
    #[error("{} is no receipt: {reason}", path.display())]
    Receipt { path: PathBuf, reason: String },
    /// The question of a receipt could not be asked again.
    #[error("the question cannot be asked again: {reason}")]
    AskedAgain { reason: String },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Written { path: PathBuf, source: io::Error },
    /// A file cannot be understood.
    #[error("{input}, {source}")]
    Exchange { input: String, source: ExchangeError },
    /// A batch that is too long.
    #[error("{input} holds more than {count_max} events, the most that a batch can have")]
    BatchTooLong { input: String, count_max: usize },
    /// Something other than what `record --restore` can restore into.
    #[error("the ledger holds {size} entries: only one that holds its opening alone is restored")]
    NotEmpty { size: Size },
    /// An export of another ledger.
    #[error("the export is of the ledger {other}, this one is {origin}")]
    OtherLedger { origin: Origin, other: Origin },
    /// Entries that are older than the ledger that is to keep their times.
    #[error(
        "the ledger was opened at {opened}, after {given}, when the first of them was recorded"
    )]
    OpenedLater { given: Millis, opened: Millis },
    /// Ctrl-C while an export was restored.
    #[error("interrupted when {restored} entries were restored")]
    Interrupted { restored: u64 },
    /// No key to sign with.
    #[error("no key is named to sign with")]
    NoKey,
    /// A key that is in no file, so that nothing lies beside it.
    #[error("the key is in no file, so that what it last signed has no place beside it")]
    NoLast,
    /// A private key that cannot be used.
    #[error("the key {}: {source}", path.display())]
    Key { path: PathBuf, source: KeyFault },
    /// A seed of another form.
    #[error("the seed is not 32 bytes in hexadecimal")]
    Seed,
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
    /// A file that is no checkpoint, key or proof.
    #[error("{}: {source}", path.display())]
    Note { path: PathBuf, source: TlogError },
    /// A file that is no policy.
    #[error("{}: {source}", path.display())]
    Policy { path: PathBuf, source: TlogError },
    /// A policy that names no witness which could be asked.
    #[error("the policy gives no witness an http(s):// address")]
    NoWitness,
    /// A proof of a continuation, without what is continued.
    #[error("this proves that a checkpoint continues an earlier one, and none is named")]
    NoEarlier,
    /// A published log, or a witness, says no.
    #[error(transparent)]
    Publish(Box<PublishError>),
    /// Nothing can be written to standard output.
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
}

impl From<LedgerError> for CliError {
    fn from(source: LedgerError) -> Self {
        Self::Ledger(Box::new(source))
    }
}

impl From<PublishError> for CliError {
    fn from(source: PublishError) -> Self {
        match source {
            PublishError::Ledger(source) => source.into(),
            PublishError::Disk(source) => source.into(),
            other => Self::Publish(Box::new(other)),
        }
    }
}

impl CliError {
    /// Says that the ledger in a folder cannot be opened.
    pub(crate) fn opening(path: PathBuf, source: LedgerError) -> Self {
        Self::Opening { path, source: Box::new(source) }
    }

    /// Says how the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Now { .. }
            | Self::Text { .. }
            | Self::Lookup(_)
            | Self::Id(_)
            | Self::SelfRelation(_)
            | Self::NoSuchSize { .. }
            | Self::NothingKnown { .. }
            | Self::NotAParty { .. }
            | Self::NotAFact { .. }
            | Self::NothingChanges { .. }
            | Self::NoSuchField { .. }
            | Self::Replacement { .. }
            | Self::Statement { .. }
            | Self::Receipt { .. }
            | Self::BatchTooLong { .. }
            | Self::NoKey
            | Self::NoLast
            | Self::Seed
            | Self::NoEarlier
            | Self::Policy { .. }
            | Self::NoWitness
            | Self::Note { .. } => Exit::Wrong,
            Self::Key { source: KeyFault::Exists | KeyFault::InLedger, .. } => Exit::No,
            Self::NotEmpty { .. } | Self::OtherLedger { .. } | Self::OpenedLater { .. } => Exit::No,
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::Exchange { source: ExchangeError::Read(_), .. } => Exit::Trouble,
            Self::Exchange { .. } => Exit::Wrong,
            Self::Publish(source) => exit_of_publishing(source),
            Self::Opening { source, .. } if matches!(**source, LedgerError::Copy { .. }) => {
                Exit::No
            }
            Self::Disk(_)
            | Self::Opening { .. }
            | Self::Input { .. }
            | Self::Written { .. }
            | Self::Key { .. }
            | Self::Random(_)
            | Self::AskedAgain { .. } => Exit::Trouble,
            Self::Ledger(source) | Self::Line { source, .. } => exit_of(source.kind()),
            // The reader has seen enough.
            Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) => Exit::Trouble,
        }
    }

    /// Says what to do next, where there is something to do.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Now { .. } => "write it like 2026-11-22T03:00:00Z, or unset it",
            Self::Text { .. } | Self::Output(_) => return None,
            Self::Lookup(source) => return Some(source.hint()),
            Self::Id(_) => "ISO 3166-1 alpha-3 where one exists, X-… otherwise",
            Self::SelfRelation(_) => "name two different entities",
            Self::NoSuchSize { size, .. } => {
                return Some(format!("a size is a number from 1 to {size}"));
            }
            Self::NothingKnown { .. } => "`chancery entry 0` says when the ledger was opened",
            Self::NothingChanges { .. } => {
                "name what is to change: --on, --by, --place …, --set FIELD=VALUE, --without FIELD"
            }
            Self::NotAFact { entry }
            | Self::NoSuchField { entry, .. }
            | Self::Replacement { entry, .. } => {
                return Some(format!(
                    "`chancery entry {entry} --format json` shows it; docs/cli.md the fields of each kind"
                ));
            }
            Self::Statement { .. } => {
                "write \"status A B is STATUS\", \"count A among G is N\", \"missing A among G is {B, C}\", \
                 \"ordinal A B is N\" or \"complete A\""
            }
            Self::NotAParty { .. } => "name one of the two, or both, nobody or unknown",
            Self::Disk(source) => return Some(hint_of_disk(source)),
            Self::Publish(source) => return source.hint(),
            Self::Opening { source, .. } | Self::Ledger(source) | Self::Line { source, .. } => {
                return source.hint();
            }
            Self::Input { .. } => "name a file that can be read, or - for standard input",
            Self::NoKey => {
                "`--key-file FILE` names it, or CHANCERY_KEY; `chancery key new FILE` makes one"
            }
            Self::NoLast => "`--last FILE` gives it one, which must outlive this machine's runs",
            Self::Key { source, .. } => source.hint(),
            Self::Seed => "64 hexadecimal digits; `--seed-hex -` reads them from standard input",
            Self::Policy { .. } => {
                "c2sp.org/tlog-policy says how one is written; docs/cli.md has an example"
            }
            Self::NoWitness => "write it after the key: witness NAME KEY https://…",
            Self::NoEarlier => "`--from CHECKPOINT` names the file of the earlier one",
            Self::Random(_) => "try again when the system is up",
            Self::Note { .. } => "it must be the file as it was signed, byte for byte",
            Self::Receipt { .. } => "`--receipt FILE` on any question writes one",
            Self::AskedAgain { .. } => "ask it yourself: the receipt names the question",
            Self::Written { .. } => "name a new file in a folder that can be written",
            Self::Exchange { source, .. } => return Some(source.hint()),
            Self::BatchTooLong { .. } => {
                "record it in several batches; `--restore` takes an export of any length"
            }
            Self::NotEmpty { .. } => "begin a ledger of the same origin with `chancery init`",
            Self::OtherLedger { other, .. } => {
                return Some(format!(
                    "`chancery init DIR --origin {other}` begins one to restore it into"
                ));
            }
            Self::OpenedLater { given, .. } => {
                return Some(format!(
                    "begin it at that time: `CHANCERY_NOW={given} chancery init …`, or do not keep the times"
                ));
            }
            Self::Interrupted { .. } => {
                "what is there is whole; remove the folder and restore the export again"
            }
        };
        Some(hint.to_owned())
    }

    /// Prints the error and the hint to standard error.
    pub(crate) fn tell(&self, verbose: bool) {
        if self.exit() == Exit::Done {
            return;
        }
        say_error(&one_line(self), self.hint().as_deref());
        let mut cause = self.source().filter(|_| verbose);
        while let Some(error) = cause {
            say(&format!("cause: {}", escaped(&error.to_string())));
            cause = error.source();
        }
    }
}

/// Prints an error in its two parts: what is wrong, and what to do.
pub(crate) fn say_error(error: &str, hint: Option<&str>) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    say(&format!("{style}error:{style:#} {}", escaped(error)));
    if let Some(hint) = hint {
        let style = anstyle::AnsiColor::Green.on_default().bold();
        say(&format!("\n{style}hint:{style:#} {}", escaped(hint)));
    }
}

/// Joins an error with those of its causes that it does not name itself.
fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // That a file is there, or is not, is said before the system says it.
        let shared = error.downcast_ref::<Arc<io::Error>>().map(|error| &**error);
        let is_said = error.downcast_ref::<io::Error>().or(shared).is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::AlreadyExists
            )
        });
        if !is_said && !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line
}

fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Refused => Exit::No,
        ErrorKind::Invalid | ErrorKind::NotFound => Exit::Wrong,
        ErrorKind::Unavailable
        | ErrorKind::Corrupt
        | ErrorKind::Locked
        | ErrorKind::NewerFormat
        | ErrorKind::Unknown => Exit::Trouble,
    }
}

fn exit_of_publishing(error: &PublishError) -> Exit {
    match (error, error.kind()) {
        (PublishError::Source(SourceError::Address { .. }), _) => Exit::Wrong,
        (_, PublishKind::Refused) => Exit::No,
        (_, PublishKind::Unverified) => Exit::Failed,
        (_, PublishKind::Unavailable) => Exit::Trouble,
    }
}

fn hint_of_disk(error: &DiskError) -> String {
    let hint = match error {
        DiskError::NotFound { .. } | DiskError::NotADirectory { .. } => {
            "`--ledger DIR` names the folder of a ledger; `chancery init DIR --origin NAME` begins one"
        }
        DiskError::AlreadyExists { .. } => "choose another folder",
        DiskError::PermissionDenied { .. } | DiskError::ReadOnly { .. } => {
            "ask its owner for the right, or work on a copy"
        }
        DiskError::Locked { .. } => "wait until the other writer has finished",
        DiskError::Full { .. } => "make room, then try again",
        DiskError::TooLong { .. } | DiskError::Other { .. } => "see what the system says",
    };
    hint.to_owned()
}
