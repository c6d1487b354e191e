//! What can go wrong with a ledger, sorted by what the caller must do. Must not name the folder:
//! the one who opened it does.

use crate::chain::error::ChainError;
use crate::chain::millis::Millis;
use crate::disk::error::DiskError;
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::Key;
use crate::ledger::checkpoint::{CheckpointFault, SigningRefusal};
use crate::ledger::findings::NewFinding;
use crate::ledger::prove::ProofRefusal;
use crate::ledger::repair::RepairRefusal;
use crate::store::error::StoreError;
use crate::tlog::error::TlogError;
use crate::view::decide::Refusal;

/// What the caller must do about an error (style.md, rule 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was given cannot be recorded or asked in any ledger: give something else.
    Invalid,
    /// A rule or a finding speaks against it, in this ledger.
    Refused,
    /// There is no such ledger or entry.
    NotFound,
    /// The storage does not do what is needed: permission, room, a failing disk.
    Unavailable,
    /// The ledger is damaged.
    Corrupt,
    /// Another writer holds the ledger: try again.
    Locked,
    /// A newer version of this program is needed.
    NewerFormat,
    /// The write may or may not be on disk: open the ledger again and look.
    Unknown,
}

/// An error of the ledger. Nothing has been recorded unless its kind is [`ErrorKind::Unknown`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// The log cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry of the log cannot be decoded.
    #[error("entry {entry} {}", cannot_be_read(source))]
    Entry {
        /// Its number.
        entry: Sequence,
        /// Why.
        source: ChainError,
    },
    /// An entry of the log stands where it cannot stand.
    #[error("entry {entry} is out of place: {reason}")]
    OutOfPlace {
        /// Its number.
        entry: Sequence,
        /// What does not fit.
        reason: String,
    },
    /// The log has not the leaves that its tree was grown from.
    #[error("the log is not the one that was opened: {0}")]
    Tree(#[from] TlogError),
    /// A ledger was to begin with something else than an Opening.
    #[error("a ledger begins with an opening, not with a {kind}")]
    NotAnOpening {
        /// The kind of the event.
        kind: &'static str,
    },
    /// The ledger has fewer entries.
    #[error("there is no entry {sequence}: the ledger has {size} entries")]
    NoSuchEntry {
        /// The number asked for.
        sequence: Sequence,
        /// How many entries there are.
        size: Size,
    },
    /// No entry bears the key.
    #[error("no entry has the key {key}")]
    NoSuchKey {
        /// The key asked for.
        key: Key,
    },
    /// No entry, or more than one, has such a hash.
    #[error("{} a hash that begins with {prefix}", entries_have(*count))]
    NoSuchHash {
        /// The first digits asked for.
        prefix: String,
        /// How many entries have it.
        count: usize,
    },
    /// A question about all relations rests on too many that are carried over from others.
    #[error(
        "relations are carried over from one another in more than {followed_max} ways, too many to \
         answer for all of them together"
    )]
    TooManyCarryOvers {
        /// How many are followed at most.
        followed_max: usize,
    },
    /// What was asked or was to be recorded rests on relations that together leave too much open.
    #[error(
        "the acts of the relations that this rests on may have come in more orders than are tried"
    )]
    TooOpen,
    /// A ledger that was opened for reading was to be written.
    #[error("the ledger is open for reading only")]
    ReadOnly,
    /// A copy of another ledger was to be written.
    #[error("this is a copy of {of}, and only its source is written to")]
    Copy {
        /// Where it was copied from.
        of: String,
    },
    /// One of the events cannot be recorded, so none was.
    #[error("{}{source}", if *count == 1 { String::new() } else { format!("event {} of {count}: ", position + 1) })]
    Draft {
        /// Its position among those given, counted from 0.
        position: usize,
        /// How many were given.
        count: usize,
        /// Why.
        source: DraftError,
    },
    /// The checkpoint is damaged, or the log is not the one that it commits to.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointFault),
    /// A checkpoint is not signed.
    #[error(transparent)]
    Signing(#[from] SigningRefusal),
    /// A damaged ledger is not repaired.
    #[error(transparent)]
    Repair(#[from] RepairRefusal),
    /// Nothing is proved.
    #[error(transparent)]
    Proof(#[from] ProofRefusal),
    /// The events bring findings that were not there before, so none was recorded.
    #[error("{}", describe(.0))]
    Findings(Vec<NewFinding>),
}

/// Why an event cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It cannot be an entry of any ledger.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A rule of this ledger speaks against it (domain.md §6, Refused).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It names an entry by a key that no earlier entry bears.
    #[error("it names the key {key}, which no earlier entry has")]
    UnknownKey {
        /// The key.
        key: Key,
    },
    /// Its key is that of an entry with other content.
    #[error("the key {key} is that of entry {entry}, which says something else")]
    KeyUsed {
        /// The key.
        key: Key,
        /// The entry that bears it.
        entry: Sequence,
    },
    /// The time at which it was recorded first lies before that of the entry before it.
    #[error("recorded_at {given} lies before {last}, when the entry before it was recorded")]
    TimeDecreases {
        /// The time given.
        given: Millis,
        /// That of the entry before.
        last: Millis,
    },
    /// The time at which it was recorded first has not come yet.
    #[error("recorded_at {given} lies ahead of the clock, which shows {now}")]
    TimeAhead {
        /// The time given.
        given: Millis,
        /// What the clock shows.
        now: Millis,
    },
    /// The clock cannot be right (design.md §3).
    #[error("the clock shows {now}, {reason}")]
    Clock {
        /// What it shows.
        now: Millis,
        /// Why that cannot be.
        reason: String,
    },
}

impl LedgerError {
    /// What the caller must do.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => kind_of_store(error),
            Self::Entry { source, .. } => match source {
                ChainError::NewerFormat { .. } | ChainError::NewerNumber { .. } => {
                    ErrorKind::NewerFormat
                }
                _ => ErrorKind::Corrupt,
            },
            Self::OutOfPlace { .. } | Self::Checkpoint(_) | Self::Tree(_) => ErrorKind::Corrupt,
            Self::TooManyCarryOvers { .. }
            | Self::TooOpen
            | Self::Copy { .. }
            | Self::Signing(_)
            | Self::Repair(_)
            | Self::Proof(ProofRefusal::Forked { .. }) => ErrorKind::Refused,
            Self::Proof(_) => ErrorKind::NotFound,
            Self::NotAnOpening { .. } | Self::ReadOnly => ErrorKind::Invalid,
            Self::NoSuchEntry { .. } | Self::NoSuchKey { .. } | Self::NoSuchHash { .. } => {
                ErrorKind::NotFound
            }
            Self::Draft { source: DraftError::Chain(_), .. } => ErrorKind::Invalid,
            Self::Draft { source: DraftError::UnknownKey { .. }, .. } => ErrorKind::NotFound,
            Self::Draft { source: DraftError::Refused(refusal), .. } => kind_of_refusal(refusal),
            Self::Draft { .. } | Self::Findings(_) => ErrorKind::Refused,
        }
    }

    /// What to do next, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => hint_of_store(error),
            Self::Entry { .. } | Self::OutOfPlace { .. } | Self::Tree(_) => {
                Some(damage_hint(self.kind()))
            }
            Self::NotAnOpening { .. } => None,
            Self::Checkpoint(_) => Some(
                "`chancery verify` says what holds, `chancery repair` what can be restored"
                    .to_owned(),
            ),
            Self::Proof(ProofRefusal::Forked { .. }) => Some(
                "keep the earlier checkpoint: with the ledger's it is evidence of two histories"
                    .to_owned(),
            ),
            Self::Proof(_) => Some("`chancery checkpoint` signs one of all entries".to_owned()),
            Self::Signing(refusal) => Some(hint_of_signing(refusal).to_owned()),
            Self::Repair(refusal) => Some(refusal.hint().to_owned()),
            Self::NoSuchKey { .. } => {
                Some("an entry is named by its number or its key: see `chancery log`".to_owned())
            }
            Self::NoSuchEntry { size, .. } => match size.0 {
                0 => None,
                count => Some(format!("entries are numbered from 0 to {}", count - 1)),
            },
            Self::NoSuchHash { count: 0, .. } => Some("see `chancery log`".to_owned()),
            Self::NoSuchHash { .. } => Some("give more digits".to_owned()),
            Self::TooManyCarryOvers { .. } => Some(
                "ask about one entity or one relation: `chancery partners A`, `chancery show A B`, \
                 `chancery diff A`"
                    .to_owned(),
            ),
            Self::TooOpen => Some(
                "ask about one relation, `chancery show A B`; record in smaller batches, or with dates \
                 that leave less open"
                    .to_owned(),
            ),
            Self::ReadOnly => Some("open it for writing".to_owned()),
            Self::Copy { .. } => Some(
                "record in the ledger itself; `chancery pull` brings the copy up to date"
                    .to_owned(),
            ),
            Self::Draft { source, .. } => source.hint(),
            Self::Findings(found) => Some(advise(found)),
        }
    }
}

impl DraftError {
    /// Whether what speaks against an event is the machine's clock, and so speaks against every event.
    pub fn is_of_the_clock(&self) -> bool {
        matches!(self, Self::Clock { .. } | Self::TimeAhead { .. } | Self::TimeDecreases { .. })
    }

    /// What to do next, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Chain(ChainError::TooLong { .. }) => "shorten the note or the texts",
            Self::Chain(_) => return None,
            Self::Refused(refusal) => return hint_of_refusal(refusal),
            Self::UnknownKey { .. } => {
                "record that entry first; within a batch it has to come earlier"
            }
            Self::KeyUsed { .. } => {
                "a key names one event for ever: correct that entry, or choose another key"
            }
            Self::TimeDecreases { .. } => "sort the events by time, or do not keep their times",
            Self::TimeAhead { .. } => "correct the time or the clock, or do not keep the times",
            Self::Clock { .. } => "set the clock of this machine",
        };
        Some(text.to_owned())
    }
}

fn entries_have(count: usize) -> String {
    if count == 0 { "no entry has".to_owned() } else { format!("{count} entries have") }
}

fn cannot_be_read(source: &ChainError) -> String {
    match source {
        ChainError::NewerFormat { .. } | ChainError::NewerNumber { .. } => source.to_string(),
        _ => format!("cannot be read: {source}"),
    }
}

fn kind_of_refusal(refusal: &Refusal) -> ErrorKind {
    match refusal {
        Refusal::Malformed(_) => ErrorKind::Invalid,
        Refusal::UnknownEntity(_) | Refusal::NotEarlier(_) => ErrorKind::NotFound,
        _ => ErrorKind::Refused,
    }
}

fn hint_of_refusal(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::UnknownEntity(id) => {
            Some(format!("`chancery register {id} --kind KIND --name NAME` registers it"))
        }
        Refusal::NotEarlier(_) => {
            Some("an entry is named by its number or key once it is recorded".to_owned())
        }
        Refusal::NotLive { target } => Some(format!("`chancery entry {target}` shows it")),
        Refusal::TooOften { .. } => Some("record what is so in an entry of its own".to_owned()),
        Refusal::TurnedTooOften { .. } => {
            Some("register another entity for what came of it".to_owned())
        }
        _ => None,
    }
}

fn hint_of_signing(refusal: &SigningRefusal) -> &'static str {
    match refusal {
        SigningRefusal::OtherName { .. } => "`chancery key new FILE` makes a key for this ledger",
        SigningRefusal::OtherKey { .. } => "sign with the key whose public half is key.pub",
        SigningRefusal::RolledBack { .. } => {
            "`chancery repair --from SRC` restores what was signed, from a clone or the published \
             folder"
        }
        SigningRefusal::Forked { .. } => {
            "find out which of the two is true: signing this one would make the key lie"
        }
        SigningRefusal::Overtaken => "submit the new one: `chancery cosign` again",
        SigningRefusal::LastUnknown { .. } | SigningRefusal::LastUnreadable { .. } => {
            "restore the file beside the key; `--adopt` takes the ledger's checkpoint for it, if \
             you know that nothing later was signed"
        }
    }
}

fn kind_of_store(error: &StoreError) -> ErrorKind {
    match error {
        StoreError::NotALedger | StoreError::Unfinished => ErrorKind::NotFound,
        StoreError::AlreadyALedger => ErrorKind::Refused,
        StoreError::Locked { .. } => ErrorKind::Locked,
        StoreError::NewerFormat { .. } => ErrorKind::NewerFormat,
        StoreError::Damaged { .. }
        | StoreError::Shorter { .. }
        | StoreError::SegmentTooLong { .. }
        | StoreError::Changed { .. } => ErrorKind::Corrupt,
        StoreError::EmptyCommit
        | StoreError::PayloadLength { .. }
        | StoreError::CommitTooLong { .. } => ErrorKind::Invalid,
        StoreError::Unknown { .. } => ErrorKind::Unknown,
        StoreError::Disk(DiskError::NotFound { .. } | DiskError::NotADirectory { .. }) => {
            ErrorKind::NotFound
        }
        StoreError::Disk(DiskError::Locked { .. }) => ErrorKind::Locked,
        StoreError::ReadOnly { .. }
        | StoreError::NotWritten { .. }
        | StoreError::Poisoned
        | StoreError::Disk(_) => ErrorKind::Unavailable,
    }
}

fn hint_of_store(error: &StoreError) -> Option<String> {
    let text = match error {
        StoreError::NotALedger | StoreError::Unfinished => {
            "`chancery init DIR --origin NAME` begins one; `--ledger DIR` names another"
        }
        StoreError::AlreadyALedger => "choose an empty folder",
        StoreError::Locked { .. } | StoreError::Disk(DiskError::Locked { .. }) => {
            "wait until the other writer has finished"
        }
        StoreError::ReadOnly { .. } => "asking works; to record, copy the ledger or its rights",
        StoreError::NewerFormat { .. } => return Some(damage_hint(ErrorKind::NewerFormat)),
        StoreError::Damaged { .. }
        | StoreError::Shorter { .. }
        | StoreError::SegmentTooLong { .. }
        | StoreError::Changed { .. } => return Some(damage_hint(ErrorKind::Corrupt)),
        StoreError::CommitTooLong { .. } => "record it in smaller batches",
        StoreError::NotWritten { source: DiskError::Full { .. } } => "make room, then record again",
        StoreError::NotWritten { .. } => "open the ledger again, then record again",
        StoreError::Unknown { .. } => {
            "open the ledger again and look for the key, or for the last entry: \
             recording again under the same key records nothing twice"
        }
        StoreError::Poisoned => "open the ledger again",
        StoreError::Disk(DiskError::NotFound { .. } | DiskError::NotADirectory { .. }) => {
            "`--ledger DIR` names the folder of a ledger; `chancery init` begins one"
        }
        StoreError::EmptyCommit | StoreError::PayloadLength { .. } | StoreError::Disk(_) => {
            return None;
        }
    };
    Some(text.to_owned())
}

fn damage_hint(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NewerFormat => "install a newer version of chancery".to_owned(),
        _ => "`chancery verify` says what is damaged, `chancery repair` what can be restored"
            .to_owned(),
    }
}

fn describe(found: &[NewFinding]) -> String {
    let each: Vec<String> = found.iter().map(ToString::to_string).collect();
    format!("stopped by what the rules noticed: {}", each.join("; "))
}

fn advise(found: &[NewFinding]) -> String {
    let mut advice: Vec<&str> = found.iter().map(|found| found.finding.kind.advice()).collect();
    advice.dedup();
    format!("{}; `--even-so \"reason\"` records it all the same", advice.join("; "))
}
