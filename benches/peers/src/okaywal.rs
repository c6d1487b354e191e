//! okaywal: a write-ahead log that makes durable together what many threads append. Keeps entries only
//! until a checkpoint and answers nothing, so only its appends are measured.

use std::time::Duration;

use okaywal::{LogVoid, WriteAheadLog};

use crate::error::PeersError;
use crate::events::Event;
use crate::folder::WorkFolder;
use crate::machine::version_in_lock;
use crate::peer::{Answer, Peer};
use crate::race::race;

pub(crate) const NAME: &str = "okaywal";

/// A log in a folder, as it is configured by default.
#[derive(Debug)]
pub(crate) struct Okaywal(WriteAheadLog);

impl Okaywal {
    pub(crate) fn new(folder: &WorkFolder) -> Result<Self, PeersError> {
        let log = WriteAheadLog::recover(folder.below("okaywal")?, LogVoid);
        log.map(Self).map_err(PeersError::Okaywal)
    }

    fn commit(&self, events: &[Event]) -> Result<(), PeersError> {
        let write = || {
            let mut entry = self.0.begin_entry()?;
            for event in events {
                entry.write_chunk(&event.payload)?;
            }
            entry.commit()
        };
        write().map(drop).map_err(PeersError::Okaywal)
    }
}

impl Peer for Okaywal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        version_in_lock("okaywal")
    }

    fn entries_max(&self) -> u64 {
        0
    }

    fn append_single_durable(&mut self, event: &Event) -> Answer<()> {
        self.commit(std::slice::from_ref(event)).map(Some)
    }

    fn append_batch_durable(&mut self, events: &[Event]) -> Answer<()> {
        self.commit(events).map(Some)
    }

    fn append_from_threads(&mut self, threads: usize, events: &[Event]) -> Answer<Duration> {
        let commit = |_, position: usize| self.commit(std::slice::from_ref(&events[position]));
        race(threads, events.len(), commit).map(Some)
    }
}
