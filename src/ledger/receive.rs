//! A copy of a ledger: takes the bytes of its entries from elsewhere, in order. Must take none that
//! the ledger itself could not have recorded, and must never be recorded to.

use std::sync::Arc;

use crate::chain::codec::decode;
use crate::disk::storage::Storage;
use crate::domain::event::Event;
use crate::domain::sequence::Size;
use crate::domain::text::Origin;
use crate::ledger::Known;
use crate::ledger::checkpoint::{
    CHECKPOINT_NAME, CheckpointFault, KEY_NAME, Vouchers, read_text, write_text,
};
use crate::ledger::error::LedgerError;
use crate::ledger::open::{open_to_write, placed};
use crate::store::error::StoreError;
use crate::store::writer::Writer;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::note::VerifierKey;

/// The file of a folder that says of which ledger it holds a copy: its address, in one line.
pub const COPY_NAME: &str = "copy-of";

/// Reads of which ledger a folder holds a copy, if it does.
///
/// # Errors
/// What the storage answers; a file that is no text still makes the folder a copy.
pub fn copy_of(storage: &dyn Storage) -> Result<Option<String>, LedgerError> {
    let text = read_text(storage, COPY_NAME)?;
    Ok(text.map(|text| text.map_or_else(|_| "?".to_owned(), |text| text.trim_end().to_owned())))
}

/// The one who writes a copy, from opening until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    storage: Arc<dyn Storage>,
    /// Absent until the first entries have come.
    writer: Option<Writer>,
    known: Known,
    vouchers: Vouchers,
    origin: Option<Origin>,
}

impl Receiver {
    /// Opens a copy, or an empty folder that is to become one, and takes the lock of a copy.
    ///
    /// # Errors
    /// Those of [`Ledger::open_for_writing`](crate::ledger::Ledger::open_for_writing), save that a
    /// copy is none.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, LedgerError> {
        match open_to_write(&storage) {
            Ok((writer, known, vouchers, opening)) => {
                let origin = Some(opening.origin);
                Ok(Self { storage, writer: Some(writer), known, vouchers, origin })
            }
            Err(LedgerError::Store(StoreError::NotALedger | StoreError::Unfinished)) => {
                let (known, vouchers) = (Known::default(), Vouchers::default());
                Ok(Self { storage, writer: None, known, vouchers, origin: None })
            }
            Err(error) => Err(error),
        }
    }

    /// How many entries there are.
    pub fn size(&self) -> Size {
        self.known.view.size()
    }

    /// The leaf hashes of the entries.
    pub fn hashes(&self) -> &[Hash] {
        &self.known.hashes
    }

    /// The root of the first entries; absent when there are fewer.
    pub fn root_of(&self, size: Size) -> Option<Hash> {
        self.known.root_of(size)
    }

    /// What vouches for the copy.
    pub fn vouchers(&self) -> &Vouchers {
        &self.vouchers
    }

    /// Takes the next entries, at most 256, and makes them durable: each in its canonical form, with
    /// its own number and link, no earlier than the one before it, and by the rules of the format.
    ///
    /// # Errors
    /// [`LedgerError::Entry`] and [`LedgerError::OutOfPlace`] name the entry at fault; of those
    /// given, none was taken. After an error the receiver is of no further use.
    pub fn receive(&mut self, payloads: Vec<Vec<u8>>) -> Result<(), LedgerError> {
        if payloads.is_empty() {
            return Ok(());
        }
        let link = self.known.head();
        payloads.iter().try_for_each(|payload| self.judge(payload))?;
        match &mut self.writer {
            Some(writer) => {
                writer.commit(&[payloads], link.0)?;
            }
            None => {
                self.writer = Some(Writer::create(Arc::clone(&self.storage), &[payloads])?);
            }
        }
        Ok(())
    }

    fn judge(&mut self, payload: &[u8]) -> Result<(), LedgerError> {
        let place = self.size().next();
        let entry =
            decode(payload).map_err(|source| LedgerError::Entry { entry: place, source })?;
        placed(place, &entry, self.known.head(), &self.known.view)?;
        let out_of_place = |reason: String| Err(LedgerError::OutOfPlace { entry: place, reason });
        if let Some(bearer) = entry.key.as_ref().and_then(|key| self.known.view.key(key)) {
            return out_of_place(format!("it has the key of entry {bearer}"));
        }
        let view = Arc::make_mut(&mut self.known.view);
        if let Err(refusal) = view.decide(&entry.event, &entry.sources, &entry.attachments) {
            return out_of_place(refusal.to_string());
        }
        if let Event::Opening(opening) = &entry.event {
            self.origin = Some(opening.origin.clone());
        }
        view.apply(&entry);
        self.known.hashes.push(leaf_hash(payload));
        Ok(())
    }

    /// Ends with the checkpoint that all entries are now under, the key that signed it and where the
    /// copy came from. The checkpoint is written last.
    ///
    /// # Errors
    /// [`LedgerError::Checkpoint`] unless the entries are those that it commits to, or what the
    /// storage answers.
    pub fn conclude(
        &mut self,
        checkpoint: SignedCheckpoint,
        key: &VerifierKey,
        source: &str,
    ) -> Result<(), LedgerError> {
        let vouchers = Vouchers { checkpoint: Some(checkpoint), key: Some(key.clone()) };
        let origin = self.origin.as_ref().ok_or(CheckpointFault::Empty)?;
        vouchers.hold(&self.known, origin)?;
        let changed = vouchers.checkpoint != self.vouchers.checkpoint;
        write_text(&*self.storage, KEY_NAME, &format!("{key}\n"))?;
        write_text(&*self.storage, COPY_NAME, &format!("{source}\n"))?;
        if let Some(checkpoint) = vouchers.checkpoint.as_ref().filter(|_| changed) {
            write_text(&*self.storage, CHECKPOINT_NAME, &checkpoint.to_string())?;
        }
        self.vouchers = vouchers;
        Ok(())
    }
}
