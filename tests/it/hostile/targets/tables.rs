//! Targets: what is recorded from JSON lines, and from tables through mappings.

use std::ops::ControlFlow;
use std::sync::Arc;

use chancery::exchange::import::{ImportOptions, import};
use chancery::exchange::jsonl::{Drafts, write_line};
use chancery::exchange::mapping::Mapping;
use chancery::exchange::table::Table;
use chancery::ledger::Ledger;
use chancery::ledger::draft::Draft;
use chancery::ledger::verify::{VerifyOptions, verify};

use super::ledgers;

/// How many lines are tried alone where all together are refused.
const LINES_ALONE: usize = 64;

/// JSON lines: a draft is written as it is read; whatever is recorded verifies, and what is refused
/// leaves every byte.
pub(crate) fn json_lines(bytes: &[u8]) {
    let read: Vec<Draft> =
        Drafts::new(bytes).filter_map(|draft| draft.ok().map(|(_, draft)| draft)).collect();
    for draft in read.iter().take(LINES_ALONE) {
        let mut line = Vec::new();
        write_line(&mut line, draft).expect("a draft can be written");
        let again: Vec<Draft> =
            Drafts::new(&line[..]).map(|read| read.expect("it was written").1).collect();
        assert_eq!(again.first(), Some(draft));
    }
    let storage = ledgers::sound();
    let before = storage.files();
    let ledger = Ledger::open_for_writing(Arc::new(storage.clone())).expect("it is sound");
    let opened = storage.files();
    if ledger.append(read.clone(), &ledgers::accept()).is_err() {
        assert_eq!(storage.files(), opened, "what was refused left something");
        for draft in read.into_iter().take(LINES_ALONE) {
            drop(ledger.append(vec![draft], &ledgers::accept()));
        }
    }
    assert!(before.keys().all(|name| storage.files().contains_key(name)));
    drop(ledger);
    holds(storage);
}

fn holds(storage: chancery::disk::memory::Memory) {
    let verified = verify(Arc::new(storage), &VerifyOptions::default());
    let verified = verified.expect("there is a ledger");
    assert!(verified.ok, "what was recorded does not verify: {verified:?}");
}

/// A mapping, a line `---`, and a table: whatever is imported verifies, and importing again appends
/// nothing.
pub(crate) fn table(bytes: &[u8]) {
    let at = bytes.windows(5).position(|window| window == b"\n---\n");
    let (mapping, table) = at.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 5..]));
    let Ok(mapping) = std::str::from_utf8(mapping) else { return };
    let mapping = Mapping::parse(mapping);
    let delimiter = mapping.as_ref().map_or(b',', Mapping::delimiter);
    let (Ok(table), Ok(mapping)) = (Table::read(table, delimiter), mapping) else { return };
    let storage = ledgers::sound();
    let ledger = Ledger::open_for_writing(Arc::new(storage.clone())).expect("it is sound");
    let recorder = "archive".parse().expect("it is a text");
    let options = ImportOptions { now: ledgers::now(), recorder, strict: false };
    let go = || import(&ledger, &mapping, &table, &options, &mut |_| ControlFlow::Continue(()));
    if let Ok(first) = go() {
        let size = ledger.size();
        let again = go().expect("it was imported before");
        assert!(first.new_entry_count == 0 || again.new_entry_count <= first.new_entry_count);
        assert!(size <= ledger.size());
    }
    drop(ledger);
    holds(storage);
}
