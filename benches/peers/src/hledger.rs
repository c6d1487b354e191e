//! hledger: a journal in which each act is a transaction. It keeps no bytes of entries and no chain;
//! its own check proves that the journal is read and balances.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use chancery::domain::act::ActKind;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::domain::status::Status;

use crate::error::PeersError;
use crate::events::{Entity, Event, Pair, Roll};
use crate::fold::{PartnersFold, after};
use crate::folder::{WorkFolder, bytes_below};
use crate::peer::{Answer, Held, Peer};
use crate::program::{find, run, version};

pub(crate) const NAME: &str = "hledger";

/// More would take minutes; a figure is given per entry, and per question of so many.
const ENTRIES_MAX: u64 = 10_000;
/// Each question reads the journal anew.
const QUESTIONS_MAX: usize = 3;

/// A journal in a file.
#[derive(Debug)]
pub(crate) struct Hledger {
    path: PathBuf,
    journal: File,
    program: PathBuf,
    version: String,
    roll: Roll,
}

/// An act as a register gives it back.
struct Posting {
    sequence: u64,
    act: ActKind,
    parties: [EntityId; 2],
}

impl Hledger {
    pub(crate) fn new(folder: &WorkFolder, roll: &Roll) -> Result<Self, PeersError> {
        let program = find(NAME, &[])?;
        let version = version(NAME, &program)?;
        let path = folder.below("hledger")?.join("acts.journal");
        let journal = OpenOptions::new().create_new(true).append(true).open(&path);
        let journal = journal.map_err(PeersError::at(&path))?;
        Ok(Self { path, journal, program, version, roll: roll.clone() })
    }

    fn said(&self, arguments: &[&str]) -> Result<String, PeersError> {
        let mut command = Command::new(&self.program);
        command.env("LC_ALL", "C.UTF-8").args(["-f"]).arg(&self.path).args(arguments);
        Ok(String::from_utf8_lossy(&run(NAME, &mut command, &[])?).into_owned())
    }

    /// The acts in the accounts that a pattern matches, up to a day, in the order of their days.
    fn postings(&self, accounts: &str, day: Day) -> Result<Vec<Posting>, PeersError> {
        let end = day.next().unwrap_or(Day::LAST).to_string();
        let arguments = ["register", accounts, "--end", &end, "--output-format", "csv"];
        let said = self.said(&arguments)?;
        let garbled = |line: &str| PeersError::Garbled { peer: NAME, found: line.to_owned() };
        let lines = said.lines().skip(1);
        lines.map(|line| posting(line).ok_or_else(|| garbled(line))).collect()
    }

    fn status(&self, pair: Pair, day: Day, size: u64) -> Answer<Option<Status>> {
        let [one, other] = pair.parties.both();
        let postings = self.postings(&format!("^relation:{one}:{other}$"), day)?;
        let known = postings.iter().filter(|posting| posting.sequence < size);
        Ok(Some(known.fold(None, |status, posting| after(status, posting.act))))
    }
}

/// Reads one line of a register: number, date, code, description, account, amount, total.
fn posting(line: &str) -> Option<Posting> {
    let fields: Vec<&str> = line.strip_prefix('"')?.strip_suffix('"')?.split("\",\"").collect();
    let [_, _, code, description, account, ..] = fields[..] else { return None };
    let mut parties = account.strip_prefix("relation:")?.split(':').map(EntityId::parse);
    let act = ActKind::ALL.into_iter().find(|act| act.as_str() == description)?;
    let parties = [parties.next()?.ok()?, parties.next()?.ok()?];
    Some(Posting { sequence: code.parse().ok()?, act, parties })
}

/// Writes one event as a transaction; what is no act keeps its place in the count.
fn transaction(event: &Event) -> String {
    let sequence = event.sequence;
    match event.act {
        Some(act) => {
            let ([one, other], day, kind) = (act.pair.parties.both(), act.day, act.kind);
            format!("{day} ({sequence}) {kind}\n    relation:{one}:{other}  1 {kind}\n    acts\n\n")
        }
        None => format!("2000-01-01 ({sequence}) entry\n    entry  1 entry\n    entries\n\n"),
    }
}

impl Peer for Hledger {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        self.version.clone()
    }

    fn entries_max(&self) -> u64 {
        ENTRIES_MAX
    }

    fn questions_max(&self) -> usize {
        QUESTIONS_MAX
    }

    fn load(&mut self, events: &[Event]) -> Answer<()> {
        let text: String = events.iter().map(transaction).collect();
        let written = self.journal.write_all(text.as_bytes());
        let synced = written.and_then(|()| self.journal.sync_data());
        synced.map(Some).map_err(PeersError::at(&self.path))
    }

    fn held(&mut self) -> Answer<Held> {
        let said = self.said(&["stats"])?;
        let mut fields = said.lines().filter_map(|line| line.split_once(':'));
        let count = fields.find(|(name, _)| name.trim() == "Transactions");
        let count = count.and_then(|(_, text)| text.split_whitespace().next());
        let entries = count.and_then(|count| count.parse().ok());
        let entries = entries.ok_or(PeersError::Garbled { peer: NAME, found: said.clone() })?;
        Ok(Some(Held { entries: Some(entries), head: None }))
    }

    fn verify(&mut self) -> Answer<Held> {
        self.said(&["check"])?;
        Ok(Some(Held::default()))
    }

    fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
        self.status(pair, day, u64::MAX)
    }

    fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
        self.status(pair, day, size.0)
    }

    fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
        let mut acts = Vec::new();
        for posting in self.postings(&format!("^relation:.*{}", entity.id), day)? {
            let other = posting.parties.into_iter().find(|other| *other != entity.id);
            acts.extend(other.and_then(|other| Some((self.roll.number(other)?, posting.act))));
        }
        // Stable, so that the acts with one other stay in the order of their days.
        acts.sort_by_key(|(other, _)| *other);
        let mut fold = PartnersFold::new(&self.roll);
        acts.into_iter().for_each(|(other, act)| fold.push(other, act));
        Ok(Some(fold.finish()))
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.path).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_register_is_read() {
        let line =
            r#""7","1991-09-17","812","sever","relation:KOR:SYR","1 sever","1 establish, 1 sever""#;
        let posting = posting(line).unwrap();
        assert_eq!((posting.sequence, posting.act), (812, ActKind::Sever));
        assert_eq!(posting.parties.map(|id| id.as_str().to_owned()), ["KOR", "SYR"]);
        assert!(super::posting("\"a\",\"b\"").is_none());
    }
}
