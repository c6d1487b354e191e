//! A storage that fails when told to and knows what a power cut would leave, for the crash tests.
//! Must not be in the product (feature `test-support`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::error::DiskError;
use crate::disk::memory::Memory;
use crate::disk::storage::{LockGuard, Storage};

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
    /// Lengths and names have reached the disk; of a file's unsynced blocks, in order, those whose
    /// bit is set (counted modulo 64) have. The others hold what they held, or zeros.
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
    /// Whether syncs answer well and do nothing.
    lies: bool,
}

/// What of one file is durable.
#[derive(Clone, Debug, Default)]
struct Platter {
    durable: Vec<u8>,
    dirty_blocks: BTreeSet<usize>,
    /// Whether the name is durable; a removed file stays here until its removal is.
    named: bool,
    removed: bool,
}

/// How much of a call to carry out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
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

    /// From now on whatever is to make something durable answers well, and makes nothing durable.
    pub fn lie(&self) {
        self.plan().lies = true;
    }

    /// Ends the lies; what is synced from now on is durable, and nothing that was before.
    pub fn be_honest(&self) {
        self.plan().lies = false;
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
                    found.set_bytes(name, platter.durable.clone());
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
        let (extent, answer) = self.judge(call, name);
        match extent {
            Extent::All => {
                let done = work()?;
                answer.map(|()| done)
            }
            Extent::Bytes(_) | Extent::Nothing => {
                Err(answer.expect_err("only a failing call is cut short"))
            }
        }
    }

    fn with_platter(&self, name: &str, work: impl FnOnce(&mut Platter)) {
        work(self.plan().platter.entry(name.to_owned()).or_default());
    }
}

impl Platter {
    fn dirty(&mut self, from: usize, to: usize) {
        self.dirty_blocks.extend(from / BLOCK_BYTES..to.div_ceil(BLOCK_BYTES));
    }

    fn sync(&mut self, running: &[u8]) {
        self.durable = self.merged(running, |_| true);
        self.dirty_blocks.clear();
    }

    fn torn(&self, running: &[u8], kept: u64) -> Vec<u8> {
        self.merged(running, |position| kept >> (position % 64) & 1 == 1)
    }

    /// The durable bytes with those dirty blocks laid over whose position is kept.
    fn merged(&self, running: &[u8], kept: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        bytes.resize(running.len(), 0);
        for (position, block) in self.dirty_blocks.iter().enumerate() {
            let from = (block * BLOCK_BYTES).min(running.len());
            let to = (from + BLOCK_BYTES).min(running.len());
            if kept(position) {
                bytes[from..to].copy_from_slice(&running[from..to]);
            }
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
            Extent::All => bytes.len(),
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
        let lies = self.plan().lies;
        self.with_platter(name, |platter| match extent {
            Extent::All if lies => {}
            Extent::All => platter.sync(&running),
            Extent::Bytes(_) | Extent::Nothing => platter.dirty_blocks.clear(),
        });
        answer
    }

    fn truncate(&self, name: &str, length: u64) -> Result<(), DiskError> {
        self.whole(Call::Truncate, name, || self.memory.truncate(name, length))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.whole(Call::Replace, name, || {
            self.memory.replace(name, bytes)?;
            let lies = self.plan().lies;
            self.with_platter(name, |platter| match lies {
                true => platter.dirty(0, bytes.len()),
                false => {
                    let durable = bytes.to_vec();
                    *platter = Platter { durable, named: true, ..Platter::default() };
                }
            });
            Ok(())
        })
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let (extent, answer) = self.judge(Call::Create, name);
        let (length, durable) = match extent {
            Extent::All => (bytes.len(), true),
            Extent::Bytes(length) => (length.min(bytes.len()), false),
            Extent::Nothing => return answer,
        };
        self.memory.create(name, &bytes[..length])?;
        let durable = durable && !self.plan().lies;
        self.with_platter(name, |platter| {
            *platter = Platter::default();
            platter.dirty(0, length);
            if durable {
                platter.sync(bytes);
                platter.named = true;
            }
        });
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
        self.whole(Call::SyncFolder, name, || {
            self.memory.sync_folder(name)?;
            if self.plan().lies {
                return Ok(());
            }
            let is_within = |file: &str| file.rsplit_once('/').map_or("", |(path, _)| path) == name;
            let platter = &mut self.plan().platter;
            platter.retain(|file, platter| !is_within(file) || !platter.removed);
            for (file, platter) in platter {
                platter.named |= is_within(file);
            }
            Ok(())
        })
    }

    fn lock(&self) -> Result<LockGuard, DiskError> {
        self.whole(Call::Lock, ".lock", || self.memory.lock())
    }

    fn is_locked(&self) -> Result<bool, DiskError> {
        self.whole(Call::Lock, ".lock", || self.memory.is_locked())
    }
}
