//! What a view keeps of each entry in full, read again when it is asked for. Must not know where
//! entries are read from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chain::entry::Entry;
use crate::chain::millis::Millis;
use crate::domain::event::Event;
use crate::domain::sequence::{Sequence, Size};

/// How many rows are looked up together.
const PAGE_ROWS: usize = 64;
/// How many rows that can be read again are kept from one entry recorded to the next.
const KEPT_ROWS_MAX: usize = 1 << 16;

/// What the view knows of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it says.
    pub event: Event,
    /// When it was recorded.
    pub recorded_at: Millis,
    /// Whether it names a source.
    pub sourced: bool,
    /// How many attachments it has.
    pub attachment_count: usize,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        Self {
            recorded_at: entry.recorded_at,
            sourced: !entry.sources.is_empty(),
            attachment_count: entry.attachments.len(),
            event: entry.event.clone(),
        }
    }
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        Self {
            recorded_at: entry.recorded_at,
            sourced: !entry.sources.is_empty(),
            attachment_count: entry.attachments.len(),
            event: entry.event,
        }
    }
}

/// Reads the entries that a view does not hold.
pub trait Texts: fmt::Debug + Send + Sync {
    /// Reads one entry.
    ///
    /// None when it cannot be read. Whoever reads remembers that, and gives out no answer that may
    /// have rested on it.
    fn row(&self, sequence: Sequence) -> Option<Row>;
}

type Page = [OnceLock<Option<Box<Row>>>; PAGE_ROWS];

/// The rows of a view, most of them still to be read.
#[derive(Debug, Default)]
pub(in crate::view) struct Rows {
    size: u64,
    /// Those that cannot be read from elsewhere yet.
    held: BTreeMap<Sequence, Arc<Row>>,
    texts: Option<Arc<dyn Texts>>,
    /// Those that have been read, a few places at a time.
    pages: Vec<OnceLock<Box<Page>>>,
    read: AtomicUsize,
}

impl Rows {
    pub(in crate::view) fn size(&self) -> Size {
        Size(self.size)
    }

    /// Gives the row of an entry, reading it if need be.
    pub(in crate::view) fn row(&self, sequence: Sequence) -> Option<&Row> {
        if let Some(held) = self.held.get(&sequence) {
            return Some(held);
        }
        let texts = self.texts.as_ref().filter(|_| sequence.0 < self.size)?;
        let at = usize::try_from(sequence.0).ok()?;
        let page = self.pages.get(at / PAGE_ROWS)?;
        let page = page.get_or_init(|| Box::new([const { OnceLock::new() }; PAGE_ROWS]));
        let read = || {
            self.read.fetch_add(1, Ordering::Relaxed);
            texts.row(sequence).map(Box::new)
        };
        page.get(at % PAGE_ROWS)?.get_or_init(read).as_deref()
    }

    /// Looks at the row of an entry without keeping it, for those who look at very many.
    pub(in crate::view) fn glance<T>(
        &self,
        sequence: Sequence,
        look: impl FnOnce(&Row) -> T,
    ) -> Option<T> {
        match (self.held.get(&sequence), &self.texts) {
            (Some(held), _) => Some(look(held)),
            (None, Some(texts)) if sequence.0 < self.size => texts.row(sequence).as_ref().map(look),
            _ => None,
        }
    }

    /// Makes room for one more entry, whose row is read when it is asked for.
    pub(in crate::view) fn extend(&mut self) {
        self.size += 1;
        if self.pages.len() < self.page_count() {
            self.pages.push(OnceLock::new());
        }
        if KEPT_ROWS_MAX < *self.read.get_mut() {
            self.forget();
        }
    }

    fn page_count(&self) -> usize {
        usize::try_from(self.size).map_or(usize::MAX, |size| size.div_ceil(PAGE_ROWS))
    }

    /// Holds the row of the last entry, which nobody could read from elsewhere.
    pub(in crate::view) fn hold(&mut self, row: Row) {
        if let Some(last) = self.size.checked_sub(1) {
            self.held.insert(Sequence(last), Arc::new(row));
        }
    }

    /// Takes the last entry out again.
    pub(in crate::view) fn pop(&mut self) {
        let Some(last) = self.size.checked_sub(1) else { return };
        self.size = last;
        self.held.remove(&Sequence(last));
        let at = usize::try_from(last).unwrap_or(usize::MAX);
        if at.is_multiple_of(PAGE_ROWS) {
            self.pages.truncate(at / PAGE_ROWS);
        } else if let Some(page) = self.pages.get_mut(at / PAGE_ROWS) {
            // Another entry may come to stand there.
            page.take();
        }
    }

    /// From now on all rows can be read, those that are held too.
    pub(in crate::view) fn read_from(&mut self, texts: Arc<dyn Texts>) {
        self.texts = Some(texts);
        // Those that came from a snapshot have no room yet.
        self.pages.resize_with(self.page_count(), OnceLock::new);
        self.release();
    }

    /// Lets go of rows that can be read now.
    pub(in crate::view) fn release(&mut self) {
        if self.texts.is_some() {
            self.held.clear();
        }
    }

    /// Lets go of the rows that were read.
    pub(in crate::view) fn forget(&mut self) {
        self.pages.iter_mut().for_each(|page| *page = OnceLock::new());
        self.read = AtomicUsize::new(0);
    }
}

impl Serialize for Rows {
    /// Writes how many there are: all of them can be read again.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.size.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rows {
    /// Makes no room for them: nobody has held the number to a log yet.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { size: u64::deserialize(deserializer)?, ..Self::default() })
    }
}

impl PartialEq for Rows {
    /// As many rows are equal: what has been read of them is no part of a view.
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size
    }
}

impl Eq for Rows {}

impl Clone for Rows {
    /// Copies what cannot be read again.
    fn clone(&self) -> Self {
        let pages = self.pages.iter().map(|_| OnceLock::new()).collect();
        let (held, texts) = (self.held.clone(), self.texts.clone());
        Self { size: self.size, held, texts, pages, read: AtomicUsize::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_rows_that_no_log_was_held_to_takes_no_room() {
        let bytes = postcard::to_allocvec(&(u64::MAX - 1)).unwrap();
        let rows: Rows = postcard::from_bytes(&bytes).unwrap();
        assert_eq!((rows.size, rows.pages.capacity()), (u64::MAX - 1, 0));
    }
}
