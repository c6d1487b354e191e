//! What no peer can go below: the same bytes hashed alone on all cores, read alone, and written alone
//! with a sync, on the same disk. Chains nothing, frames nothing and answers nothing.

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::PathBuf;

use chancery::tlog::hash::{leaf_hash, leaf_hashes_prefixed};
use rayon::prelude::*;

use crate::error::PeersError;
use crate::events::Event;
use crate::folder::{WorkFolder, bytes_below};
use crate::peer::{Answer, Held, Peer};

pub(crate) const NAME: &str = "floor";

/// As many bytes as chancery's frame has before a payload, the last being the prefix of a leaf.
const FRAME_BYTES: usize = 10;
const READ_BYTES: usize = 1 << 20;

/// A bare file that grows, and its leaves in memory.
#[derive(Debug)]
pub(crate) struct Floor {
    path: PathBuf,
    file: File,
    leaves: Vec<u8>,
    /// Where each leaf ends.
    ends: Vec<usize>,
    /// How many of them are in the file; those behind are ready to be written.
    written: usize,
    pending: Vec<u8>,
    buffer: Vec<u8>,
}

impl Floor {
    pub(crate) fn new(folder: &WorkFolder) -> Result<Self, PeersError> {
        let path = folder.below("floor")?.join("bytes");
        let file = File::create_new(&path).map_err(PeersError::at(&path))?;
        let (leaves, ends, pending) = (Vec::new(), Vec::new(), Vec::new());
        let buffer = vec![0; READ_BYTES];
        Ok(Self { path, file, leaves, ends, written: 0, pending, buffer })
    }

    fn write(&mut self) -> Answer<()> {
        let written = self.file.write_all(&self.pending).and_then(|()| self.file.sync_data());
        self.written = self.ends.len();
        written.map(Some).map_err(PeersError::at(&self.path))
    }

    fn begin_of(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// A leaf behind its prefix.
    fn leaf(&self, at: usize) -> &[u8] {
        &self.leaves[self.begin_of(at)..self.ends[at]]
    }
}

impl Peer for Floor {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        "write + fdatasync, read, SHA-256 of the leaves on all cores".to_owned()
    }

    fn ready(&mut self, events: &[Event]) -> Result<(), PeersError> {
        self.pending.clear();
        self.leaves.truncate(self.begin_of(self.written));
        self.ends.truncate(self.written);
        for event in events {
            self.pending.extend([0; FRAME_BYTES]);
            self.pending.extend(&event.payload);
            self.leaves.push(0);
            self.leaves.extend(&event.payload);
            self.ends.push(self.leaves.len());
        }
        Ok(())
    }

    fn load(&mut self, _events: &[Event]) -> Answer<()> {
        self.write()
    }

    fn verify(&mut self) -> Answer<Held> {
        let leaves: Vec<&[u8]> = (0..self.written).map(|at| self.leaf(at)).collect();
        leaves.par_chunks(1_024).for_each(|some| {
            black_box(leaf_hashes_prefixed(some)).expect("each has its prefix");
        });
        let head = leaves.last().map(|leaf| leaf_hash(&leaf[1..]));
        Ok(Some(Held { entries: Some(self.written as u64), head }))
    }

    fn read(&mut self) -> Answer<u64> {
        let mut read_all = || {
            let (mut file, mut bytes) = (File::open(&self.path)?, 0);
            loop {
                match file.read(&mut self.buffer)? {
                    0 => return Ok(bytes),
                    read => bytes += read as u64,
                }
                black_box(&self.buffer);
            }
        };
        read_all().map(Some).map_err(PeersError::at(&self.path))
    }

    fn append_single_durable(&mut self, _event: &Event) -> Answer<()> {
        self.write()
    }

    fn append_batch_durable(&mut self, _events: &[Event]) -> Answer<()> {
        self.write()
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.path).map(Some)
    }
}
