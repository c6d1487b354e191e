//! The signed checkpoint of a ledger: reads it, holds the log to it, and signs the next. Must never
//! sign what it has not read again from the storage, nor what does not continue what was signed
//! before.

use std::sync::{Arc, PoisonError};

use crate::disk::error::DiskError;
use crate::disk::storage::Storage;
use crate::domain::sequence::Size;
use crate::domain::text::Origin;
use crate::ledger::error::LedgerError;
use crate::ledger::replay::{self, Stretch, grow, hashes};
use crate::ledger::{Known, Ledger, Log};
use crate::store::ending::Ending;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::sweep::{Seen, Watch};
use crate::tlog::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, SignedCheckpoint};
use crate::tlog::error::TlogError;
use crate::tlog::hash::Hash;
use crate::tlog::merkle::Tree;
use crate::tlog::note::{SignatureLine, SignerKey, VerifierKey};

/// The file of a ledger's folder that holds its signed checkpoint.
pub const CHECKPOINT_NAME: &str = "checkpoint";
/// The file of a ledger's folder that holds the key which signs its checkpoints, in one line.
pub const KEY_NAME: &str = "key.pub";

/// What lies beside a log to vouch for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vouchers {
    /// The signed checkpoint.
    pub checkpoint: Option<SignedCheckpoint>,
    /// The ledger's own key.
    pub key: Option<VerifierKey>,
}

/// What is wrong with a checkpoint, or with the log that it is of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// The file `checkpoint` or `key.pub` holds something else.
    #[error("{name} cannot be read: {source}")]
    Unreadable {
        /// The file.
        name: &'static str,
        /// Why.
        source: TlogError,
    },
    /// The key has not signed the checkpoint.
    #[error("the checkpoint does not verify: {source}")]
    Unverified {
        /// Why.
        source: TlogError,
    },
    /// The checkpoint is of another ledger.
    #[error("the checkpoint is of the ledger {other}, this one is {origin}")]
    Foreign {
        /// This ledger.
        origin: Origin,
        /// The other.
        other: String,
    },
    /// There is no entry that could say which ledger it is.
    #[error("there are no entries that a checkpoint could commit to")]
    Empty,
    /// Entries that the checkpoint commits to are gone.
    #[error(
        "truncated: the log has {size} entries, its checkpoint commits to {committed}; \
         what was acknowledged is gone"
    )]
    Truncated {
        /// How many entries there are.
        size: Size,
        /// How many there were.
        committed: Size,
    },
    /// The log's first entries are not those that the checkpoint commits to.
    #[error("the first {size} entries have the root {root}, the checkpoint says {committed}")]
    OtherRoot {
        /// How many entries the checkpoint commits to.
        size: Size,
        /// Their root in the log.
        root: Hash,
        /// Their root by the checkpoint.
        committed: Hash,
    },
}

/// Why a checkpoint is not signed. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningRefusal {
    /// The key bears another name than the ledger.
    #[error("the key is that of {name}, the ledger is {origin}")]
    OtherName {
        /// The ledger.
        origin: Origin,
        /// The name of the key.
        name: String,
    },
    /// The ledger's checkpoints are signed with another key.
    #[error("the ledger's key is {own}, not {given}")]
    OtherKey {
        /// The key in `key.pub`.
        own: String,
        /// The key given.
        given: String,
    },
    /// The key has signed more entries than there are.
    #[error(
        "rollback: the key has signed {signed} entries, the log has {size}; \
         it was cut, or restored from an old copy"
    )]
    RolledBack {
        /// How many entries there are.
        size: Size,
        /// How many the key has signed.
        signed: Size,
    },
    /// The key has signed other entries.
    #[error("fork: the first {signed} entries are not those that the key has signed")]
    Forked {
        /// How many entries the key has signed.
        signed: Size,
    },
    /// What the key last signed is not known, though it has signed.
    #[error(
        "what the key last signed is not known, and the ledger has a checkpoint of {size} entries"
    )]
    LastUnknown {
        /// How many entries the ledger's checkpoint commits to.
        size: Size,
    },
    /// Another checkpoint was signed meanwhile.
    #[error("another checkpoint has been signed meanwhile")]
    Overtaken,
    /// What the key last signed cannot be read.
    #[error("what the key last signed cannot be read: {source}")]
    LastUnreadable {
        /// Why.
        source: TlogError,
    },
}

/// Where the checkpoint that a key last signed is kept, outside the ledger, so that a restored copy
/// of the ledger cannot make the key sign a fork.
#[derive(Debug, Clone, Copy)]
pub struct LastSigned<'a> {
    /// The folder.
    pub storage: &'a dyn Storage,
    /// The file in it.
    pub name: &'a str,
    /// Whether the ledger's own checkpoint is taken for it where it is missing.
    pub adopt: bool,
}

/// A checkpoint that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The checkpoint, as the ledger keeps it now.
    pub checkpoint: SignedCheckpoint,
    /// How many entries the key had signed before.
    pub before: Option<Size>,
}

impl LastSigned<'_> {
    /// Reads what the key last signed, if it has signed.
    ///
    /// # Errors
    /// [`SigningRefusal::LastUnreadable`], or what the storage answers.
    pub fn read(&self, key: &VerifierKey) -> Result<Option<SignedCheckpoint>, LedgerError> {
        let unreadable = |source| SigningRefusal::LastUnreadable { source };
        let Some(text) = read_text(self.storage, self.name)? else { return Ok(None) };
        let last = text.and_then(|text| SignedCheckpoint::parse(&text)).map_err(unreadable)?;
        last.verify(key).map_err(unreadable)?;
        Ok(Some(last))
    }
}

impl Vouchers {
    /// Reads what lies beside a log; judges only whether it can be read.
    pub(crate) fn read(storage: &dyn Storage) -> Result<Self, LedgerError> {
        let (checkpoint, key) = (read_checkpoint(storage)?, read_key(storage)?);
        Ok(Self { checkpoint, key })
    }

    /// How many entries the checkpoint commits to.
    pub(super) fn committed(&self) -> Size {
        Size(self.checkpoint.as_ref().map_or(0, |kept| kept.checkpoint().size))
    }

    /// Holds the checkpoint to the ledger's name and to a key: the one given, else the ledger's own.
    pub(crate) fn verify(
        &self,
        origin: &Origin,
        given: Option<&VerifierKey>,
    ) -> Result<(), CheckpointFault> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        let other = &checkpoint.checkpoint().origin;
        if other != origin.as_str() {
            return Err(CheckpointFault::Foreign { origin: origin.clone(), other: other.clone() });
        }
        let verified = given.or(self.key.as_ref()).map(|key| checkpoint.verify(key));
        verified.unwrap_or(Ok(())).map_err(|source| CheckpointFault::Unverified { source })
    }
}

/// Reads the checkpoint that lies beside a log, if there is one.
pub(super) fn read_checkpoint(
    storage: &dyn Storage,
) -> Result<Option<SignedCheckpoint>, LedgerError> {
    let Some(text) = read_text(storage, CHECKPOINT_NAME)? else { return Ok(None) };
    let read = text.and_then(|text| SignedCheckpoint::parse(&text));
    Ok(Some(read.map_err(unreadable(CHECKPOINT_NAME))?))
}

/// Reads the key that lies beside a log, if there is one.
pub(super) fn read_key(storage: &dyn Storage) -> Result<Option<VerifierKey>, LedgerError> {
    let Some(text) = read_text(storage, KEY_NAME)? else { return Ok(None) };
    let read = text.and_then(|text| VerifierKey::parse_line(&text));
    Ok(Some(read.map_err(unreadable(KEY_NAME))?))
}

/// Gives the key that lies beside a log, where one can be read.
#[must_use]
pub fn own_key(storage: &dyn Storage) -> Option<VerifierKey> {
    read_key(storage).ok().flatten()
}

fn unreadable(name: &'static str) -> impl Fn(TlogError) -> CheckpointFault {
    move |source| CheckpointFault::Unreadable { name, source }
}

/// Writes a small text, whole or not at all.
pub(super) fn write_text(storage: &dyn Storage, name: &str, text: &str) -> Result<(), LedgerError> {
    Ok(storage.replace(name, text.as_bytes()).map_err(StoreError::from)?)
}

/// Reads a small text, if the file is there; one that is none is the inner error.
pub(super) fn read_text(
    storage: &dyn Storage,
    name: &str,
) -> Result<Option<Result<String, TlogError>>, LedgerError> {
    let bytes = match storage.read(name, CHECKPOINT_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(DiskError::NotFound { .. }) => return Ok(None),
        Err(DiskError::TooLong { .. }) => return Ok(Some(Err(TlogError::NoteText))),
        Err(error) => return Err(StoreError::from(error).into()),
    };
    Ok(Some(String::from_utf8(bytes).map_err(|_| TlogError::NoteText)))
}

impl Ledger {
    /// Returns what lies beside the log to vouch for it; the log has been held to it.
    pub fn vouchers(&self) -> Arc<Vouchers> {
        Arc::clone(&self.vouchers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs a checkpoint of all entries and keeps it in the folder of the ledger.
    ///
    /// In order: the log is read again from the storage and must be what is in memory; it must
    /// continue what the key last signed; the new checkpoint is kept beside the key, and *from then
    /// on the key has signed*; only then `key.pub`, if it is not there, and `checkpoint` are
    /// written. A crash in between leaves the old checkpoint, and signing again gives the same
    /// bytes. Signatures of others under the same checkpoint are kept.
    ///
    /// # Errors
    /// [`LedgerError::ReadOnly`], [`LedgerError::Signing`] with the reason, and
    /// [`StoreError::Changed`] when the storage holds other bytes than were read. Whatever fails
    /// after the key has signed leaves a checkpoint that a second attempt completes.
    pub fn sign_checkpoint(
        &self,
        key: &SignerKey,
        last: &LastSigned<'_>,
    ) -> Result<Signed, LedgerError> {
        let _turn = self.desk.tools();
        if matches!(*self.log(), Log::Reading(_)) {
            return Err(LedgerError::ReadOnly);
        }
        let (known, vouchers) = (self.known(), self.vouchers());
        self.refuse_other_key(key.verifier(), &vouchers)?;
        let before = last_signed(key.verifier(), last, &vouchers)?;
        let root = self.read_again(&known)?;
        if let Some(before) = &before {
            self.refuse_what_does_not_continue(before.checkpoint())?;
        }

        let size = known.view.size();
        let checkpoint = Checkpoint { origin: self.origin().to_string(), size: size.0, root };
        let mut own = unsigned(&checkpoint)?;
        own.note_mut().sign(key);
        let cosigned = vouchers.checkpoint.as_ref().filter(|kept| *kept.checkpoint() == checkpoint);
        let mut signed = cosigned.cloned().unwrap_or_else(|| own.clone());
        signed.note_mut().sign(key);

        write_text(last.storage, last.name, &own.to_string())?;
        // Point of no return: the key has signed, and remembers it.
        if vouchers.key.is_none() {
            write_text(&*self.storage, KEY_NAME, &format!("{}\n", key.verifier()))?;
        }
        write_text(&*self.storage, CHECKPOINT_NAME, &signed.to_string())?;
        // Readers of the folder see it now.
        self.keep(Vouchers { checkpoint: Some(signed.clone()), key: Some(key.verifier().clone()) });
        let before = before.map(|before| Size(before.checkpoint().size));
        Ok(Signed { checkpoint: signed, before })
    }

    /// Keeps signature lines of others under the ledger's checkpoint, one for each key.
    ///
    /// # Errors
    /// [`LedgerError::ReadOnly`], and [`SigningRefusal::Overtaken`] when another checkpoint has been
    /// signed since.
    pub fn keep_signatures(
        &self,
        of: &Checkpoint,
        lines: Vec<SignatureLine>,
    ) -> Result<SignedCheckpoint, LedgerError> {
        let _turn = self.desk.tools();
        if matches!(*self.log(), Log::Reading(_)) {
            return Err(LedgerError::ReadOnly);
        }
        let mut vouchers = Vouchers::clone(&self.vouchers());
        let own = vouchers.checkpoint.as_mut().filter(|own| own.checkpoint() == of);
        let own = own.ok_or(SigningRefusal::Overtaken)?;
        lines.into_iter().for_each(|line| own.note_mut().put(line));
        let signed = own.clone();
        // A note with too many lines would never be read again.
        let text = signed.to_string();
        SignedCheckpoint::parse(&text)
            .map_err(|source| CheckpointFault::Unreadable { name: CHECKPOINT_NAME, source })?;
        write_text(&*self.storage, CHECKPOINT_NAME, &text)?;
        self.keep(vouchers);
        Ok(signed)
    }

    fn keep(&self, vouchers: Vouchers) {
        *self.vouchers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(vouchers);
    }

    fn refuse_other_key(
        &self,
        key: &VerifierKey,
        vouchers: &Vouchers,
    ) -> Result<(), SigningRefusal> {
        if key.name() != self.origin().as_str() {
            let (origin, name) = (self.origin().clone(), key.name().to_owned());
            return Err(SigningRefusal::OtherName { origin, name });
        }
        match &vouchers.key {
            Some(own) if own != key => {
                Err(SigningRefusal::OtherKey { own: own.to_string(), given: key.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Reads and hashes every entry from the storage, and gives the root if they are those that are
    /// in memory.
    fn read_again(&self, known: &Known) -> Result<Hash, LedgerError> {
        let mut tree = Tree::default();
        let mut watch = Watch {
            see: |entries: &[&[u8]]| replay::read(entries, |_| ()),
            take: |read: Vec<Seen<Stretch<()>>>| grow(&mut tree, &hashes(&read)),
        };
        let (reader, shown) = Reader::open_showing(Arc::clone(&self.storage), &mut watch)?;
        if reader.ending() != Ending::Clean {
            return Err(StoreError::Damaged { ending: reader.ending() }.into());
        }
        reader.show(shown, &mut watch)?;
        match known.tree.first_difference(&tree) {
            Some(entry) => Err(StoreError::Changed { entry }.into()),
            None => Ok(tree.root()),
        }
    }

    /// Holds what the key signed before to the log as it is.
    fn refuse_what_does_not_continue(&self, before: &Checkpoint) -> Result<(), LedgerError> {
        let signed = Size(before.size);
        match self.root_of(signed)? {
            None => Err(SigningRefusal::RolledBack { size: self.size(), signed }.into()),
            Some(root) if root != before.root => Err(SigningRefusal::Forked { signed }.into()),
            Some(_) => Ok(()),
        }
    }
}

/// Finds what the key last signed: beside the key, or, where that is missing and may be adopted, in
/// the ledger.
fn last_signed(
    key: &VerifierKey,
    last: &LastSigned<'_>,
    vouchers: &Vouchers,
) -> Result<Option<SignedCheckpoint>, LedgerError> {
    let kept = match last.read(key) {
        Err(LedgerError::Signing(SigningRefusal::LastUnreadable { .. })) if last.adopt => None,
        read => read?,
    };
    match (kept, &vouchers.checkpoint) {
        (None, Some(own)) if !last.adopt => {
            Err(SigningRefusal::LastUnknown { size: Size(own.checkpoint().size) }.into())
        }
        (None, own) => Ok(own.clone()),
        (kept, _) => Ok(kept),
    }
}

/// Writes the text of a checkpoint; an origin holds nothing that a note could not.
fn unsigned(checkpoint: &Checkpoint) -> Result<SignedCheckpoint, LedgerError> {
    let unsigned = SignedCheckpoint::unsigned(checkpoint.clone());
    unsigned.map_err(|source| CheckpointFault::Unreadable { name: CHECKPOINT_NAME, source }.into())
}
