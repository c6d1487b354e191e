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
use crate::ledger::open::{Opened, follows_head, leaf_hashes, open_to_write, placed};
use crate::ledger::texts::LogTexts;
use crate::store::error::StoreError;
use crate::store::writer::Writer;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;
use crate::view::rows::Texts;

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
    writer: Option<(Writer, Arc<LogTexts>)>,
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
            Ok((writer, Opened { mut known, vouchers, opening, .. })) => {
                let (texts, origin) = (texts_of(&writer), Some(opening.origin));
                read_from(&mut known, &texts);
                Ok(Self { storage, writer: Some((writer, texts)), known, vouchers, origin })
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

    /// The tree of the entries.
    pub fn tree(&self) -> &Tree {
        &self.known.tree
    }

    /// The root of the first entries; absent when there are fewer.
    ///
    /// # Errors
    /// Why entries that it is computed from cannot be read.
    pub fn root_of(&self, size: Size) -> Result<Option<Hash>, LedgerError> {
        self.known.tree.root_of(size.0, |leaves| {
            let (writer, _) = self.writer.as_ref().ok_or(StoreError::NotALedger)?;
            leaf_hashes(writer.reader(), leaves)
        })
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
        let link = self.known.head;
        payloads.iter().try_for_each(|payload| self.judge(payload))?;
        match &mut self.writer {
            Some((writer, texts)) => {
                writer.commit(&[payloads], link.0)?;
                texts.fault()?;
                self.known.release();
            }
            None => {
                let writer = Writer::create(Arc::clone(&self.storage), &[payloads])?;
                let texts = texts_of(&writer);
                read_from(&mut self.known, &texts);
                self.writer = Some((writer, texts));
            }
        }
        Ok(())
    }

    fn judge(&mut self, payload: &[u8]) -> Result<(), LedgerError> {
        let place = self.size().next();
        let entry =
            decode(payload).map_err(|source| LedgerError::Entry { entry: place, source })?;
        placed(place, entry.sequence, entry.recorded_at, self.known.view.last_recorded_at())?;
        follows_head(place, entry.previous, self.known.head)?;
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
        self.known.push_leaf(leaf_hash(payload));
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
        self.hold(&vouchers, origin)?;
        let changed = vouchers.checkpoint != self.vouchers.checkpoint;
        write_text(&*self.storage, KEY_NAME, &format!("{key}\n"))?;
        write_text(&*self.storage, COPY_NAME, &format!("{source}\n"))?;
        if let Some(checkpoint) = vouchers.checkpoint.as_ref().filter(|_| changed) {
            write_text(&*self.storage, CHECKPOINT_NAME, &checkpoint.to_string())?;
        }
        self.vouchers = vouchers;
        Ok(())
    }

    /// Holds the entries to a checkpoint of them.
    fn hold(&self, vouchers: &Vouchers, origin: &Origin) -> Result<(), LedgerError> {
        vouchers.verify(origin, None)?;
        let Some(kept) = &vouchers.checkpoint else { return Ok(()) };
        let (committed, size) = (Size(kept.checkpoint().size), self.size());
        let root = self.root_of(committed)?;
        let root = root.ok_or(CheckpointFault::Truncated { size, committed })?;
        let expected = kept.checkpoint().root;
        if root == expected {
            return Ok(());
        }
        Err(CheckpointFault::OtherRoot { size: committed, root, committed: expected }.into())
    }
}

fn texts_of(writer: &Writer) -> Arc<LogTexts> {
    Arc::new(LogTexts::new(writer.reader().clone()))
}

fn read_from(known: &mut Known, texts: &Arc<LogTexts>) {
    Arc::make_mut(&mut known.view).read_from(Arc::clone(texts) as Arc<dyn Texts>);
}
