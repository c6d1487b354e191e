//! What can go wrong, and what to do then.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use chancery::chain::error::ChainError;
use chancery::disk::error::DiskError;
use chancery::ledger::error::LedgerError;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeersError {
    /// Peers answer differently: nothing that is measured would be comparable.
    #[error("{peer} answers {found} where {expected} is right: {question}")]
    Differs { peer: String, question: String, expected: String, found: String },
    /// A peer found its own chain broken.
    #[error("the chain of {peer} is broken at entry {entry}")]
    Broken { peer: &'static str, entry: u64 },
    /// An answer that is none of those that there are.
    #[error("{peer} answers what is no answer: {found:?}")]
    Garbled { peer: &'static str, found: String },
    /// A program is not installed.
    #[error("{program} is not installed")]
    Missing { program: &'static str },
    /// A program failed.
    #[error("{program} failed: {detail}")]
    Program { program: &'static str, detail: String },
    /// A name of no peer.
    #[error("there is no peer {name:?}")]
    NoSuchPeer { name: String },
    /// The folder lies in memory, where a sync reaches no disk.
    #[error("{} lies in memory ({file_system}): a sync would reach no disk", path.display())]
    InMemory { path: PathBuf, file_system: String },
    /// Too few entries to be cut into rounds.
    #[error("{entries} entries are too few for {rounds} rounds")]
    TooFew { entries: u64, rounds: usize },
    /// The system does not do what is asked of it.
    #[error("{}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("chancery cannot")]
    Ledger(#[from] LedgerError),
    #[error("chancery cannot reach its folder")]
    Disk(#[from] DiskError),
    #[error("an event of the world is no entry")]
    Chain(#[from] ChainError),
    #[error("SQLite cannot")]
    Sqlite(#[from] rusqlite::Error),
    #[error("redb cannot")]
    Redb(#[source] Box<redb::Error>),
    #[error("PostgreSQL cannot")]
    Postgres(#[from] postgres::Error),
    #[error("okaywal cannot")]
    Okaywal(#[source] io::Error),
}

impl PeersError {
    /// Attaches the path to what the system answered.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Differs { .. } | Self::Garbled { .. } => {
                "nothing was measured: correct the peer, or chancery, and begin again"
            }
            Self::Broken { .. } => "nothing of this run counts: look for the fault of that peer",
            Self::Missing { .. } => "install it, or leave it out with --only",
            Self::NoSuchPeer { .. } => {
                "the peers are sqlite, redb, postgresql, git, hledger, okaywal and floor"
            }
            Self::InMemory { .. } => "give a folder on a disk with --folder",
            Self::TooFew { .. } => "give more with --entries, or fewer rounds with --rounds",
            Self::File { .. } => "give another folder with --folder",
            Self::Chain(_) => "the world does not fit this chancery: correct benches/world.rs",
            Self::Ledger(_) | Self::Disk(_) => {
                "chancery is what is measured: it cannot be left out"
            }
            Self::Program { .. }
            | Self::Sqlite(_)
            | Self::Redb(_)
            | Self::Postgres(_)
            | Self::Okaywal(_) => "leave that peer out with --only",
        }
    }

    /// The whole of it in one line, with its causes.
    pub(crate) fn told(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl From<redb::Error> for PeersError {
    fn from(error: redb::Error) -> Self {
        Self::Redb(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error = PeersError::at("somewhere")(io::Error::other("no space"));
        assert_eq!(error.told(), "somewhere: no space");
    }
}
