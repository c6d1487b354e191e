//! Reads again, from the log, what a view does not hold. Must remember whatever cannot be read, so that
//! no answer is given that rested on it.

use std::sync::OnceLock;

use crate::chain::codec::decode;
use crate::chain::entry::Entry;
use crate::domain::sequence::Sequence;
use crate::ledger::error::LedgerError;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::view::rows::{Row, Texts};

/// The entries of an open log.
#[derive(Debug)]
pub(super) struct LogTexts {
    reader: Reader,
    fault: OnceLock<LedgerError>,
}

impl LogTexts {
    /// Reads from a log, and goes along with its writer.
    pub(super) fn new(reader: Reader) -> Self {
        Self { reader, fault: OnceLock::new() }
    }

    /// The first entry that could not be read, if there was one.
    pub(super) fn fault(&self) -> Result<(), LedgerError> {
        self.fault.get().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// Reads one entry.
    ///
    /// # Errors
    /// Why it cannot be read, which is remembered too.
    pub(super) fn entry(&self, sequence: Sequence) -> Result<Entry, LedgerError> {
        self.read(sequence).inspect_err(|fault| {
            self.fault.get_or_init(|| fault.clone());
        })
    }

    fn read(&self, sequence: Sequence) -> Result<Entry, LedgerError> {
        let record = self.reader.record(sequence.0)?;
        let record = record.ok_or(StoreError::Changed { entry: sequence.0 })?;
        let entry = decode(&record.payload);
        entry.map_err(|source| LedgerError::Entry { entry: sequence, source })
    }
}

impl Texts for LogTexts {
    fn row(&self, sequence: Sequence) -> Option<Row> {
        self.entry(sequence).ok().map(Row::from)
    }
}
