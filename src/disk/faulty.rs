//! A storage that fails when told to and knows what a power cut would leave, for the crash tests.
//! Must not be in the product (feature `test-support`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::error::DiskError;
use crate::disk::memory::Memory;
use crate::disk::storage::{LockGuard, Storage, parent};

/// The bytes that reach the disk or do not, as one.
const BLOCK_BYTES: usize = 512;

/// A kind of call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Any call that reads: bytes, lengths, names.
    Read,
    /// [`Storage::write_at`].
    Write,
    /// [`Storage::sync`].
    Sync,
    /// [`Storage::truncate`].
    Truncate,
    /// [`Storage::replace`].
    Replace,
    /// [`Storage::create`].
    Create,
    /// [`Storage::remove`].
    Remove,
    /// [`Storage::create_folder`].
    CreateFolder,
    /// [`Storage::sync_folder`].
    SyncFolder,
    /// [`Storage::lock`] and [`Storage::is_locked`].
    Lock,
}

/// What a failing call really does before it answers with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing. A failed sync also leaves the unsynced blocks marked clean, as some kernels do:
    /// syncing them again answers well and writes nothing.
    Failed,
    /// Everything; what it writes is durable.
    Persisted,
    /// Everything that a running program sees, and nothing that the call is to make durable: a file that
    /// was replaced or created has its bytes, but its name is not durable.
    Seen,
    /// A write or creation puts down at most so many bytes, nothing of it durable; other calls do
    /// nothing.
    Short(usize),
}

/// Tells which call fails, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The kind of call that is counted; every call that may change something when absent.
    pub call: Option<Call>,
    /// Which of them fails, the next one being 1.
    pub nth: usize,
    /// What it really does.
    pub outcome: Outcome,
    /// What it answers.
    pub error: io::ErrorKind,
}

/// What becomes of unsynced blocks when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerCut {
    /// All are lost, and so are names that were not synced.
    UnsyncedLost,
    /// Lengths and names have reached the disk; of a file's blocks that are not durable, in order, those
    /// whose bit is set (counted modulo 64) have. The others hold what they held, or zeros.
    Torn {
        /// One bit a block.
        kept: u64,
    },
}

/// Keeps files in memory, fails as told, and knows what is durable; clones share all of it.
#[derive(Clone, Debug)]
pub struct Faulty {
    memory: Memory,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Option<Fault>,
    calls: Vec<Call>,
    platter: BTreeMap<String, Platter>,
    /// Which of the calls to come that make something durable lie, the next one being 0.
    lies: Range<usize>,
}

/// What of one file is durable.
#[derive(Clone, Debug, Default)]
struct Platter {
    durable: Vec<u8>,
    /// The blocks that the next sync writes.
    dirty_blocks: BTreeSet<usize>,
    /// The blocks that a sync said it had written and that no other will write.
    lied_blocks: BTreeSet<usize>,
    /// Whether the name is durable; a removed file stays here until its removal is.
    named: bool,
    removed: bool,
    /// The bytes of the file that durably has the name, where another has taken its place.
    replaced: Option<Vec<u8>>,
}

/// How much of a call to carry out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    /// All but what makes it durable.
    Seen,
    Bytes(usize),
    Nothing,
}

impl Faulty {
    /// Takes a memory's files as durable.
    #[must_use]
    pub fn new(memory: Memory) -> Self {
        let durable = |bytes| Platter { durable: bytes, named: true, ..Platter::default() };
        let platter =
            memory.files().into_iter().map(|(name, bytes)| (name, durable(bytes))).collect();
        Self { memory, plan: Arc::new(Mutex::new(Plan { platter, ..Plan::default() })) }
    }

    /// Returns the files as a running program sees them.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Lets one call fail, counted from now.
    pub fn arm(&self, fault: Fault) {
        self.plan().fault = Some(fault);
    }

    /// Lets no call fail any more.
    pub fn disarm(&self) {
        self.plan().fault = None;
    }

    /// Lets those of the calls to come lie that make something durable and are among these, the next one
    /// being 0: they answer well and make nothing durable. No later sync writes what such a one was to.
    pub fn lie(&self, lies: Range<usize>) {
        self.plan().lies = lies;
    }

    /// Flips one bit of a byte, as rot does: on the platter as well, so that no power cut brings it back.
    pub fn rot(&self, name: &str, at: usize) {
        let flip = |bytes: &mut Vec<u8>| bytes.get_mut(at).map_or((), |byte| *byte ^= 1);
        let mut running = self.memory.bytes(name).unwrap_or_default();
        flip(&mut running);
        self.memory.set_bytes(name, running);
        self.with_platter(name, |platter| flip(&mut platter.durable));
    }

    /// Tells whether an armed fault is still waiting for its call.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.plan().fault.is_some()
    }

    /// Returns the calls made so far, the failed ones included.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.plan().calls.clone()
    }

    /// Returns what is found after a power cut at this moment.
    #[must_use]
    pub fn after_power_cut(&self, cut: PowerCut) -> Memory {
        let plan = self.plan();
        let found = self.memory.copy();
        for (name, platter) in &plan.platter {
            let running = self.memory.bytes(name);
            match (cut, running) {
                (PowerCut::Torn { kept }, Some(running)) => {
                    found.set_bytes(name, platter.torn(&running, kept));
                }
                (PowerCut::UnsyncedLost, _) if platter.named => {
                    let lasting = platter.replaced.as_ref().unwrap_or(&platter.durable);
                    found.set_bytes(name, lasting.clone());
                }
                (PowerCut::UnsyncedLost, Some(_)) => {
                    found.remove(name).expect("the running file was copied");
                }
                (_, None) => {}
            }
        }
        found
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call and says how much of it to do and what to answer.
    fn judge(&self, call: Call, name: &str) -> (Extent, Result<(), DiskError>) {
        let mut plan = self.plan();
        plan.calls.push(call);
        let Some(fault) = &mut plan.fault else { return (Extent::All, Ok(())) };
        let counted = match fault.call {
            Some(kind) => kind == call,
            None => !matches!(call, Call::Read),
        };
        if !counted {
            return (Extent::All, Ok(()));
        }
        fault.nth = fault.nth.saturating_sub(1);
        if 0 < fault.nth {
            return (Extent::All, Ok(()));
        }
        let extent = match fault.outcome {
            Outcome::Failed => Extent::Nothing,
            Outcome::Persisted => Extent::All,
            Outcome::Seen => Extent::Seen,
            Outcome::Short(bytes) => Extent::Bytes(bytes),
        };
        let error = DiskError::new(name, fault.error.into());
        plan.fault = None;
        (extent, Err(error))
    }

    /// Judges a call that is done wholly or not at all.
    fn whole<T>(
        &self,
        call: Call,
        name: &str,
        work: impl FnOnce() -> Result<T, DiskError>,
    ) -> Result<T, DiskError> {
        match self.judge(call, name) {
            (Extent::All | Extent::Seen, answer) => {
                let done = work()?;
                answer.map(|()| done)
            }
            (Extent::Bytes(_) | Extent::Nothing, answer) => {
                Err(answer.expect_err("only a failing call is cut short"))
            }
        }
    }

    /// Tells whether a call that is to make something durable lies.
    fn lies(&self) -> bool {
        let lies = &mut self.plan().lies;
        let is_lie = lies.start == 0 && 0 < lies.end;
        *lies = lies.start.saturating_sub(1)..lies.end.saturating_sub(1);
        is_lie
    }

    fn with_platter(&self, name: &str, work: impl FnOnce(&mut Platter)) {
        work(self.plan().platter.entry(name.to_owned()).or_default());
    }

    /// Makes durable which names a folder holds.
    fn sync_names(&self, folder: &str) {
        let is_within = |file: &str| parent(file) == folder;
        let platter = &mut self.plan().platter;
        platter.retain(|file, platter| !is_within(file) || !platter.removed);
        for (_, platter) in platter.iter_mut().filter(|(file, _)| is_within(file)) {
            (platter.named, platter.replaced) = (true, None);
        }
    }
}

impl Platter {
    fn dirty(&mut self, from: usize, to: usize) {
        let blocks = from / BLOCK_BYTES..to.div_ceil(BLOCK_BYTES);
        self.lied_blocks.retain(|block| !blocks.contains(block));
        self.dirty_blocks.extend(blocks);
    }

    fn sync(&mut self, running: &[u8]) {
        self.durable = self.laid_over(running, &self.dirty_blocks, |_| true);
        self.dirty_blocks.clear();
    }

    /// Answers well to a sync that writes nothing.
    fn lie(&mut self) {
        let dirty_blocks = std::mem::take(&mut self.dirty_blocks);
        self.lied_blocks.extend(dirty_blocks);
    }

    /// Another file of these bytes takes the name.
    fn replace(&mut self, bytes: &[u8]) {
        let before = self.replaced.take().unwrap_or_else(|| std::mem::take(&mut self.durable));
        let (durable, named) = (bytes.to_vec(), self.named);
        *self = Self { durable, named, replaced: named.then_some(before), ..Self::default() };
    }

    fn torn(&self, running: &[u8], kept: u64) -> Vec<u8> {
        let blocks = self.dirty_blocks.union(&self.lied_blocks).copied().collect();
        self.laid_over(running, &blocks, |position| kept >> (position % 64) & 1 == 1)
    }

    /// The durable bytes with those blocks laid over whose position is kept.
    fn laid_over(
        &self,
        running: &[u8],
        blocks: &BTreeSet<usize>,
        kept: impl Fn(usize) -> bool,
    ) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        bytes.resize(running.len(), 0);
        for (_, block) in blocks.iter().enumerate().filter(|(position, _)| kept(*position)) {
            let from = (block * BLOCK_BYTES).min(running.len());
            let to = (from + BLOCK_BYTES).min(running.len());
            bytes[from..to].copy_from_slice(&running[from..to]);
        }
        bytes
    }
}

impl Storage for Faulty {
    fn length(&self, name: &str) -> Result<u64, DiskError> {
        self.whole(Call::Read, name, || self.memory.length(name))
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        self.whole(Call::Read, name, || self.memory.read_at(name, offset, length))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.whole(Call::Read, folder, || self.memory.list(folder))
    }

    fn exists(&self, name: &str) -> Result<bool, DiskError> {
        self.whole(Call::Read, name, || self.memory.exists(name))
    }

    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::Write, name);
        let length = match extent {
            Extent::All | Extent::Seen => bytes.len(),
            Extent::Bytes(length) => length.min(bytes.len()),
            Extent::Nothing => 0,
        };
        self.memory.write_at(name, offset, &bytes[..length])?;
        let from = usize::try_from(offset).expect("the memory holds it");
        let running = self.memory.bytes(name).unwrap_or_default();
        self.with_platter(name, |platter| {
            platter.dirty(from, from + length);
            if answer.is_err() && extent == Extent::All {
                platter.sync(&running);
            }
        });
        answer
    }

    fn sync(&self, name: &str) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::Sync, name);
        self.memory.sync(name)?;
        let running = self.memory.bytes(name).unwrap_or_default();
        let is_lie = self.lies();
        self.with_platter(name, |platter| match extent {
            Extent::All if is_lie => platter.lie(),
            Extent::All => platter.sync(&running),
            // Other systems leave the blocks to the next sync.
            Extent::Seen => {}
            Extent::Bytes(_) | Extent::Nothing => platter.dirty_blocks.clear(),
        });
        answer
    }

    fn truncate(&self, name: &str, length: u64) -> Result<(), DiskError> {
        self.whole(Call::Truncate, name, || self.memory.truncate(name, length))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::Replace, name);
        if matches!(extent, Extent::Bytes(_) | Extent::Nothing) {
            return answer;
        }
        self.memory.replace(name, bytes)?;
        let is_lie = self.lies();
        self.with_platter(name, |platter| match is_lie {
            true => {
                platter.replace(b"");
                platter.dirty(0, bytes.len());
                platter.lie();
            }
            false => platter.replace(bytes),
        });
        if extent == Extent::All && !is_lie {
            self.sync_names(parent(name));
        }
        answer
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::Create, name);
        let length = match extent {
            Extent::All | Extent::Seen => bytes.len(),
            Extent::Bytes(length) => length.min(bytes.len()),
            Extent::Nothing => return answer,
        };
        self.memory.create(name, &bytes[..length])?;
        let is_lie = self.lies();
        self.with_platter(name, |platter| {
            *platter = Platter::default();
            platter.dirty(0, length);
            match extent {
                Extent::All | Extent::Seen if is_lie => platter.lie(),
                Extent::All | Extent::Seen => platter.sync(bytes),
                Extent::Bytes(_) | Extent::Nothing => {}
            }
        });
        if extent == Extent::All && !is_lie {
            self.sync_names(parent(name));
        }
        answer
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.whole(Call::Remove, name, || {
            self.memory.remove(name)?;
            self.with_platter(name, |platter| platter.removed = true);
            Ok(())
        })
    }

    fn create_folder(&self, name: &str) -> Result<(), DiskError> {
        self.whole(Call::CreateFolder, name, || self.memory.create_folder(name))
    }

    fn sync_folder(&self, name: &str) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::SyncFolder, name);
        self.memory.sync_folder(name)?;
        if extent == Extent::All && !self.lies() {
            self.sync_names(name);
        }
        answer
    }

    fn lock(&self) -> Result<LockGuard, DiskError> {
        self.whole(Call::Lock, ".lock", || self.memory.lock())
    }

    fn is_locked(&self) -> Result<bool, DiskError> {
        self.whole(Call::Lock, ".lock", || self.memory.is_locked())
    }
}
