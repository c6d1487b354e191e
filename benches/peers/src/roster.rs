//! Which peers there are, and which of them can take part.

use crate::chancery::Chancery;
use crate::error::PeersError;
use crate::events::Roll;
use crate::floor::Floor;
use crate::folder::WorkFolder;
use crate::git::Git;
use crate::hledger::Hledger;
use crate::okaywal::Okaywal;
use crate::peer::Peer;
use crate::postgres::Postgres;
use crate::redb::Redb;
use crate::sqlite::Sqlite;
use crate::{floor, git, hledger, okaywal, postgres, redb, sqlite};

type Begin = fn(&WorkFolder, &Roll) -> Result<Box<dyn Peer>, PeersError>;

/// The peers beside chancery, in the order of their columns, and whether one may be missing: what is
/// built with this program may not.
const PEERS: [(&str, bool, Begin); 7] = [
    (floor::NAME, false, |folder, _| Ok(Box::new(Floor::new(folder)?))),
    (sqlite::NAME, false, |folder, roll| Ok(Box::new(Sqlite::new(folder, roll)?))),
    (redb::NAME, false, |folder, roll| Ok(Box::new(Redb::new(folder, roll)?))),
    (postgres::NAME, true, |folder, roll| Ok(Box::new(Postgres::new(folder, roll)?))),
    (okaywal::NAME, false, |folder, _| Ok(Box::new(Okaywal::new(folder)?))),
    (git::NAME, true, |folder, _| Ok(Box::new(Git::new(folder)?))),
    (hledger::NAME, true, |folder, roll| Ok(Box::new(Hledger::new(folder, roll)?))),
];

/// A peer that does not take part, and why.
#[derive(Clone, Debug)]
pub(crate) struct Skipped {
    pub(crate) name: &'static str,
    pub(crate) reason: String,
}

/// Who takes part, chancery first, and who does not.
pub(crate) struct Roster {
    pub(crate) peers: Vec<Box<dyn Peer>>,
    pub(crate) skipped: Vec<Skipped>,
}

/// Begins chancery, and each peer that is wanted and can be begun.
pub(crate) fn begin(
    folder: &WorkFolder,
    roll: &Roll,
    only: &[String],
) -> Result<Roster, PeersError> {
    let mut peers: Vec<Box<dyn Peer>> = vec![Box::new(Chancery::new(folder)?)];
    let mut skipped = Vec::new();
    for (name, may_be_missing, begin) in wanted(only)? {
        match begin(folder, roll) {
            Ok(peer) => peers.push(peer),
            Err(error) if may_be_missing => skipped.push(Skipped { name, reason: error.told() }),
            Err(error) => return Err(error),
        }
    }
    Ok(Roster { peers, skipped })
}

fn wanted(only: &[String]) -> Result<Vec<(&'static str, bool, Begin)>, PeersError> {
    let is = |peer: &str, name: &String| peer.eq_ignore_ascii_case(name);
    if let Some(name) = only.iter().find(|name| !PEERS.iter().any(|(peer, ..)| is(peer, name))) {
        return Err(PeersError::NoSuchPeer { name: name.clone() });
    }
    let is_wanted = |peer: &str| only.is_empty() || only.iter().any(|name| is(peer, name));
    Ok(PEERS.into_iter().filter(|(peer, ..)| is_wanted(peer)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_are_named_take_part_and_a_wrong_name_is_refused() {
        let names = |only: &[&str]| -> Result<Vec<&str>, PeersError> {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            Ok(wanted(&only)?.into_iter().map(|(name, ..)| name).collect())
        };
        assert_eq!(names(&[]).unwrap().len(), PEERS.len());
        assert_eq!(names(&["redb", "sqlite"]).unwrap(), ["SQLite", "redb"]);
        assert!(matches!(names(&["oracle"]), Err(PeersError::NoSuchPeer { .. })));
    }
}
