//! A ledger copied into memory, to see what a long recording would do. Must never write to the
//! storage it is copied from.

use std::sync::Arc;

use crate::disk::memory::Memory;
use crate::disk::storage::Storage;
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::store::error::StoreError;
use crate::store::scan::segment_names;

impl Ledger {
    /// Opens a copy of a ledger in memory for writing: many batches can be tried out one after
    /// another, and nothing of it lasts.
    ///
    /// A dry run of [`Ledger::append`] is enough for one batch; it forgets each before the next.
    ///
    /// # Errors
    /// As [`Ledger::open_for_writing`], though nobody's lock stands in the way.
    pub fn rehearsal(storage: &dyn Storage) -> Result<Self, LedgerError> {
        let copy = Memory::default();
        for name in segment_names(storage)? {
            let length = storage.length(&name).map_err(StoreError::from)?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let bytes = storage.read_at(&name, 0, length).map_err(StoreError::from)?;
            copy.set_bytes(&name, bytes);
        }
        Self::open_for_writing(Arc::new(copy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sequence::Size;
    use crate::ledger::append::AppendOptions;

    #[test]
    fn what_is_tried_out_in_a_rehearsal_leaves_the_ledger_as_it_was() {
        let storage = Arc::new(Memory::default());
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        let opening = r#"{"event":{"kind":"opening","origin":"a.example/b"}}"#;
        let ledger =
            Ledger::create(Arc::clone(&storage) as _, serde_json::from_str(opening).unwrap(), now)
                .unwrap();
        let before = storage.files();

        let rehearsal = Ledger::rehearsal(&*storage).unwrap();
        let war = r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#;
        for size in 2..=3 {
            let draft = serde_json::from_str(war).unwrap();
            let appended = rehearsal.append(vec![draft], &AppendOptions::at(now)).unwrap();
            assert_eq!(appended.size, Size(size));
        }
        assert_eq!(storage.files(), before);
        assert_eq!(ledger.size(), Size(1));
    }
}
