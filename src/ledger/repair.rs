//! Repairs a damaged ledger: says what would be done, and does it. Must never delete a byte, and must
//! never leave a log shorter than what was signed.

mod mending;

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::disk::error::DiskError;
use crate::disk::storage::Storage;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME, read_checkpoint, read_key};
use crate::ledger::error::LedgerError;
use crate::ledger::receive::copy_of;
use crate::ledger::repair::mending::{Mended, mend};
use crate::ledger::spare::{Leaves, Spare, read_leaves, root};
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::recovery::{Rewriting, carry_out};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::note::VerifierKey;

/// Why a ledger is not repaired. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepairRefusal {
    /// Too few entries could be kept.
    #[error(
        "{size} entries can be shown to be the ledger's, and {signed} were signed: \
         a repair would shorten it below that"
    )]
    Shortens {
        /// How many entries would be left.
        size: Size,
        /// How many were signed.
        signed: Size,
    },
    /// The entries that could be kept are others than those that were signed.
    #[error("the first {signed} entries that could be kept are not those that were signed")]
    NotSigned {
        /// How many were signed.
        signed: Size,
    },
    /// An entry is sound where it lies, and follows another than the one before it.
    #[error("entry {entry} is sound and does not follow the one before it: one was changed")]
    Broken {
        /// Its number.
        entry: Sequence,
    },
    /// The other place has another entry, and nothing says which is right.
    #[error("fork: entry {entry} is sound here, and another where it would be restored from")]
    Forked {
        /// Its number.
        entry: Sequence,
    },
    /// An entry of the other place is not the one that its hashes say.
    #[error("entry {entry} is damaged where it would be restored from")]
    SpareDamaged {
        /// Its number.
        entry: Sequence,
    },
    /// Entries would be lost that the key may have signed.
    #[error("{lost} entries would be lost, and what the ledger's key last signed is not known")]
    LastUnknown {
        /// How many.
        lost: u64,
    },
    /// An end that looks torn would be cut off, and it may be that its entries were signed.
    #[error(
        "the checkpoint is gone, and the unfinished end that would be cut off may have been signed: \
         what the ledger's key last signed is not known"
    )]
    EndMayBeSigned,
    /// A file beside the log is damaged, and nothing says what it was.
    #[error("{name} is damaged, and nothing at hand says what it was")]
    Voucher {
        /// The file.
        name: &'static str,
    },
}

impl RepairRefusal {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Shortens { .. } | Self::NotSigned { .. } | Self::Broken { .. } => {
                "`--from SRC` restores entries from a clone, a backup or a published log"
            }
            Self::Forked { .. } => {
                "keep both: find out which of the two was recorded, and by whom, before anything \
                 is replaced"
            }
            Self::LastUnknown { .. } | Self::EndMayBeSigned => {
                "`--last FILE` names where it is kept, beside the key; `--adopt` goes by what lies \
                 here, if you know that nothing later was signed"
            }
            Self::SpareDamaged { .. } => "name another place with `--from`",
            Self::Voucher { .. } => {
                "`--from SRC` brings the checkpoint of a copy, `--last FILE` what the key last \
                 signed, `--key VKEY` the key"
            }
        }
    }
}

/// What is known of a ledger besides its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What its key last signed.
    pub last: Option<SignedCheckpoint>,
    /// Whether the ledger's own checkpoint is taken for it where it is missing.
    pub adopt: bool,
    /// Its key; else the one in the folder.
    pub key: Option<VerifierKey>,
}

/// What a repair does, in the JSON form of cli.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Whether it has been done.
    pub done: bool,
    /// Whether it is refused until somebody says what the ledger's key last signed.
    pub needs_last: bool,
    /// What is wrong with the log, if anything is.
    pub fault: Option<String>,
    /// How many entries can be read before.
    pub before: Size,
    /// How many there are after.
    pub size: Size,
    /// How many there are signs of; those beyond `size` are lost.
    pub had: Size,
    /// How many entries another place gives.
    pub restored: u64,
    /// Which: the first and the last of each stretch.
    pub restored_entries: Vec<(Sequence, Sequence)>,
    /// The files that change, in order.
    pub files: Vec<RepairedFile>,
    /// Where the bytes lie that were moved, in the folder of the ledger.
    pub quarantine: Vec<String>,
}

/// A file that a repair changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairedFile {
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub change: FileChange,
    /// From which byte on it is another.
    pub from: u64,
    /// How many bytes go to quarantine.
    pub moved_bytes: u64,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileChange {
    /// It is not there, and is written.
    Created,
    /// It is written anew from its first damaged byte on.
    Mended,
    /// Its end is cut off.
    Cut,
    /// All of it goes to quarantine.
    Moved,
}

impl Repair {
    /// Tells whether there is anything to do.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.files.is_empty()
    }

    /// How many entries are lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.had.0.saturating_sub(self.size.0)
    }
}

/// Says what would make a ledger whole again, and does it if that is wanted.
///
/// Entries are kept where they lie in sound frames and follow each other. Others are taken from another
/// place, if there is one, where a signed root or a later entry of the ledger proves them. Before a
/// file changes, all of its bytes from the first other one on are in `quarantine/`, durably. A crash at
/// any moment leaves a ledger that the same repair makes whole.
///
/// # Errors
/// [`LedgerError::Repair`] with the reason, [`StoreError::Locked`] while somebody writes, and what the
/// storages answer.
pub fn repair<E: From<LedgerError>>(
    storage: &Arc<dyn Storage>,
    held: &Held,
    spare: Option<&mut Spare<'_, E>>,
    write: bool,
) -> Result<Repair, E> {
    let lock = match write {
        true => Some(storage.lock().map_err(unlocked)?),
        false if storage.is_locked().map_err(unlocked)? => {
            let source = DiskError::Locked { path: ".lock".into() };
            return Err(LedgerError::from(StoreError::Locked { source }).into());
        }
        false => None,
    };
    let (mut told, rewritings) = plan(storage, held, spare)?;
    if lock.is_some() {
        if told.needs_last {
            return Err(LedgerError::from(unknown_last(&told)).into());
        }
        let moved = carry_out(&**storage, &rewritings).map_err(LedgerError::from)?;
        told.quarantine = moved.into_iter().map(|moved| moved.name).collect();
        told.done = true;
    }
    Ok(told)
}

/// Whether entries would go that the key may have signed, and nobody says what it signed last.
fn needs_last(
    storage: &dyn Storage,
    held: &Held,
    vouchers: &Remembered,
    (had, size): (u64, Size),
    rewritings: &[Rewriting],
) -> Result<bool, LedgerError> {
    // A copy holds what was signed, and nothing else.
    let is_own = copy_of(storage)?.is_none();
    if held.adopt
        || held.last.is_some()
        || !is_own
        || !storage.exists(KEY_NAME).map_err(unlocked)?
    {
        return Ok(false);
    }
    // What looks like a torn end may be one that the checkpoint covered.
    let may_be_signed = vouchers.checkpoint.is_none();
    Ok(size.0 < had || may_be_signed && rewritings.iter().any(shortens_the_log))
}

fn shortens_the_log(rewriting: &Rewriting) -> bool {
    let bytes = rewriting.bytes.as_ref().map_or(0, Vec::len);
    rewriting.name.ends_with(".seg") && bytes < rewriting.old_bytes
}

fn unknown_last(told: &Repair) -> RepairRefusal {
    match told.lost() {
        0 => RepairRefusal::EndMayBeSigned,
        lost => RepairRefusal::LastUnknown { lost },
    }
}

fn unlocked(source: DiskError) -> LedgerError {
    match source {
        DiskError::Locked { .. } => StoreError::Locked { source }.into(),
        DiskError::PermissionDenied { .. } | DiskError::ReadOnly { .. } => {
            StoreError::ReadOnly { source }.into()
        }
        _ => StoreError::Disk(source).into(),
    }
}

fn plan<E: From<LedgerError>>(
    storage: &Arc<dyn Storage>,
    held: &Held,
    spare: Option<&mut Spare<'_, E>>,
) -> Result<(Repair, Vec<Rewriting>), E> {
    let read = read_leaves(Arc::clone(storage))?;
    let vouchers = Remembered::read(&**storage, held)?;
    let theirs = spare.as_ref().map_or(&[] as &[Hash], |spare| spare.leaves.as_slice());
    let fault = first_fault(&read, theirs, &vouchers);
    let Leaves { reader, leaves, .. } = read;
    let before = Size(reader.size());
    let had = known_size(&reader, &vouchers);
    let spare_checkpoint = spare.as_ref().and_then(|spare| spare.checkpoint.clone());
    let mended = match fault {
        Some((from, _)) => mend(&**storage, leaves, from, spare)?,
        None => Mended { leaves, restored: vec![], had: before.0, rewritings: vec![] },
    };
    vouchers.hold(&mended.leaves).map_err(LedgerError::from)?;
    let mut rewritings = mended.rewritings;
    let candidates = [held.last.clone(), spare_checkpoint];
    rewritings.extend(vouchers.mend(&**storage, &mended.leaves, candidates)?);
    // What a crash left was never acknowledged, whatever of it is sound.
    let is_torn = matches!(reader.ending(), Ending::TornTail { .. });
    let had = if is_torn { had } else { had.max(mended.had) };
    let size = Size(mended.leaves.len() as u64);
    let needs_last = needs_last(&**storage, held, &vouchers, (had, size), &rewritings)?;
    let told = Repair {
        done: false,
        needs_last,
        fault: fault.map(|(_, told)| told),
        before,
        size,
        had: Size(had.max(size.0)),
        restored: mended.restored.iter().map(|stretch| stretch.end - stretch.start).sum(),
        restored_entries: mended.restored.iter().map(first_and_last).collect(),
        files: rewritings.iter().map(RepairedFile::of).collect(),
        quarantine: Vec::new(),
    };
    Ok((told, rewritings))
}

fn first_and_last(stretch: &Range<u64>) -> (Sequence, Sequence) {
    (Sequence(stretch.start), Sequence(stretch.end.saturating_sub(1)))
}

/// How many entries the log had at least, as its end and what was signed tell.
fn known_size(reader: &Reader, vouchers: &Remembered) -> u64 {
    let damaged = match reader.ending() {
        Ending::Clean | Ending::TornTail { .. } => 0,
        ending => ending.first_bad_entry().map_or(0, |entry| entry + 1),
    };
    damaged.max(reader.size()).max(vouchers.signed())
}

/// Finds the first entry that is not as it should be, and says what is wrong.
fn first_fault(read: &Leaves, theirs: &[Hash], vouchers: &Remembered) -> Option<(u64, String)> {
    let Leaves { reader, leaves, broken } = read;
    let mut faults = Vec::new();
    if reader.ending() != Ending::Clean {
        faults.push((reader.size(), reader.ending().to_string()));
    }
    for segment in reader.segments() {
        let first = segment.sequences().start;
        let before = first.checked_sub(1).and_then(|at| leaves.get(usize::try_from(at).ok()?));
        if Hash(segment.link()) != before.copied().unwrap_or(Hash::ZERO) {
            let told = format!("the segment that begins with entry {first} follows another entry");
            faults.push((first.saturating_sub(1), told));
        }
    }
    if let Some(entry) = broken {
        let told = format!("entry {entry} does not follow the one before it");
        faults.push((entry.saturating_sub(1), told));
    }
    let differs = leaves.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
    if let Some(entry) = differs {
        faults.push((entry as u64, format!("entry {entry} is another than elsewhere")));
    }
    let size = leaves.len() as u64;
    let wanted = vouchers.signed();
    if size < wanted {
        faults.push((size, format!("{size} entries are there, and {wanted} were signed")));
    } else if size < theirs.len() as u64 {
        faults.push((size, format!("{size} entries are there, and {} elsewhere", theirs.len())));
    }
    faults.into_iter().min_by_key(|(entry, _)| *entry)
}

impl RepairedFile {
    fn of(rewriting: &Rewriting) -> Self {
        let new_bytes = rewriting.bytes.as_ref().map(Vec::len);
        let change = match new_bytes {
            None => FileChange::Moved,
            Some(_) if rewriting.old_bytes == 0 => FileChange::Created,
            Some(bytes) if bytes == rewriting.from => FileChange::Cut,
            Some(_) => FileChange::Mended,
        };
        Self {
            name: rewriting.name.clone(),
            change,
            from: rewriting.from as u64,
            moved_bytes: rewriting.moved_bytes() as u64,
        }
    }
}

/// What lies beside the log and what its key remembers, each where it can be read and verifies.
#[derive(Debug)]
struct Remembered {
    key: Option<VerifierKey>,
    is_key_damaged: bool,
    checkpoint: Option<SignedCheckpoint>,
    is_checkpoint_damaged: bool,
    last: Option<SignedCheckpoint>,
}

impl Remembered {
    fn read(storage: &dyn Storage, held: &Held) -> Result<Self, LedgerError> {
        let (own, is_key_damaged) = unless_damaged(read_key(storage))?;
        let key = held.key.clone().or(own);
        let (checkpoint, is_unreadable) = unless_damaged(read_checkpoint(storage))?;
        let verifies =
            |signed: &SignedCheckpoint| key.as_ref().is_none_or(|key| signed.verify(key).is_ok());
        let is_signed = checkpoint.as_ref().is_none_or(verifies);
        let checkpoint = checkpoint.filter(|_| is_signed);
        let is_checkpoint_damaged = is_unreadable || !is_signed;
        let last = held.last.clone().filter(verifies);
        Ok(Self { key, is_key_damaged, checkpoint, is_checkpoint_damaged, last })
    }

    fn all(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        self.checkpoint.iter().chain(&self.last)
    }

    fn signed(&self) -> u64 {
        self.all().map(|signed| signed.checkpoint().size).max().unwrap_or(0)
    }

    /// Holds a log to all that was signed.
    fn hold(&self, leaves: &[Hash]) -> Result<(), RepairRefusal> {
        let size = Size(leaves.len() as u64);
        for signed in self.all().map(SignedCheckpoint::checkpoint) {
            let committed = Size(signed.size);
            match usize::try_from(signed.size).ok().and_then(|size| leaves.get(..size)) {
                None => return Err(RepairRefusal::Shortens { size, signed: committed }),
                Some(leaves) if root(leaves) != signed.root => {
                    return Err(RepairRefusal::NotSigned { signed: committed });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Says what has to become of the files beside the log.
    fn mend(
        &self,
        storage: &dyn Storage,
        leaves: &[Hash],
        candidates: [Option<SignedCheckpoint>; 2],
    ) -> Result<Vec<Rewriting>, LedgerError> {
        let mut rewritings = Vec::new();
        if self.is_key_damaged {
            let key = self.key.as_ref().ok_or(RepairRefusal::Voucher { name: KEY_NAME })?;
            rewritings.push(text_rewriting(storage, KEY_NAME, &format!("{key}\n"))?);
        }
        if self.is_checkpoint_damaged {
            let key = self.key.as_ref();
            let is_of_these = |signed: &SignedCheckpoint| {
                let size = usize::try_from(signed.checkpoint().size).unwrap_or(usize::MAX);
                let is_root = |leaves: &[Hash]| root(leaves) == signed.checkpoint().root;
                key.is_some_and(|key| signed.verify(key).is_ok())
                    && leaves.get(..size).is_some_and(is_root)
            };
            let fitting = candidates.into_iter().flatten().filter(is_of_these);
            let latest = fitting.max_by_key(|signed| signed.checkpoint().size);
            let latest = latest.ok_or(RepairRefusal::Voucher { name: CHECKPOINT_NAME })?;
            rewritings.push(text_rewriting(storage, CHECKPOINT_NAME, &latest.to_string())?);
        }
        Ok(rewritings)
    }
}

/// What is damaged is as good as not there, and is told apart.
fn unless_damaged<T>(
    read: Result<Option<T>, LedgerError>,
) -> Result<(Option<T>, bool), LedgerError> {
    match read {
        Err(LedgerError::Checkpoint(_)) => Ok((None, true)),
        read => read.map(|read| (read, false)),
    }
}

/// Puts a whole text in the place of a damaged one.
fn text_rewriting(storage: &dyn Storage, name: &str, text: &str) -> Result<Rewriting, LedgerError> {
    let old_bytes = usize::try_from(storage.length(name).map_err(StoreError::from)?);
    let old_bytes = old_bytes.unwrap_or(usize::MAX);
    let bytes = Some(text.as_bytes().to_vec());
    Ok(Rewriting { name: name.to_owned(), from: 0, old_bytes, bytes })
}
