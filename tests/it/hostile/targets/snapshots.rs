//! Target: a snapshot beside a sound log.

use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::Ledger;
use chancery::ledger::snapshot::{MAGIC, hold_snapshot};
use chancery::store::reader::{Index, Reader};
use chancery::tlog::hash::{leaf_hash, sha256};
use chancery::view::fold::View;
use serde::Serialize;

use super::ledgers;

/// A snapshot as the ledger writes it (`ledger::snapshot`).
#[derive(Serialize)]
struct Body<'a> {
    head: [u8; 32],
    index: Index,
    tiles: Vec<[u8; 32]>,
    rest: Vec<[u8; 32]>,
    view: &'a View,
}

/// What a snapshot of the sound ledger holds between its first bytes and its sum.
pub(crate) fn sound_body() -> Vec<u8> {
    let storage = ledgers::sound();
    let ledger = Ledger::open(Arc::new(storage.clone())).expect("it is sound");
    let index = Reader::open(Arc::new(storage.clone())).expect("it is sound").index();
    let rest: Vec<[u8; 32]> =
        ledgers::payloads(&storage).iter().map(|payload| leaf_hash(payload).0).collect();
    let head = *rest.last().expect("it has entries");
    let view = ledger.view();
    let body = Body { head, index, tiles: Vec::new(), rest, view: &view };
    postcard::to_allocvec(&body).expect("a view can be written")
}

/// A snapshot with this body and the sum that it must have.
pub(crate) fn sealed(body: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), body, &sha256(body).0].concat()
}

/// A cache that holds a file as the snapshot of a ledger.
pub(crate) fn cached(ledger: &Ledger, file: Vec<u8>) -> Memory {
    let cache = Memory::default();
    let opening = ledger.entry_bytes(Sequence(0)).expect("it has an opening");
    let folder = leaf_hash(&opening).to_string();
    cache.create_folder(&folder).expect("the memory is empty");
    cache.set_bytes(&format!("{folder}/snapshot"), file);
    cache
}

/// The first byte says whether the rest is a snapshot's file or its body, to which the sum is given. A
/// file that is not sound is never used; one that is forged is found out by who compares it, and
/// whoever opens the ledger by it is not brought down.
pub(crate) fn snapshot(bytes: &[u8]) {
    let Some((way, rest)) = bytes.split_first() else { return };
    let is_forged = way % 2 == 1;
    let file = if is_forged { sealed(rest) } else { rest.to_vec() };
    let storage: Arc<dyn Storage> = Arc::new(ledgers::sound());
    let whole = Ledger::open(Arc::clone(&storage)).expect("it is sound");
    let cache = cached(&whole, file);
    let opened = Ledger::open_cached(Arc::clone(&storage), &cache);
    match &opened {
        Ok(opened) if opened.resumed_at() == Size(0) => assert_eq!(*opened.view(), *whole.view()),
        Ok(opened) if !is_forged => assert_eq!(*opened.view(), *whole.view()),
        Ok(opened) => {
            drop(opened.view().relations());
        }
        Err(error) => assert!(is_forged, "{error}"),
    }
    let differs = match &opened {
        Ok(opened) if opened.resumed_at() == Size(0) => None,
        Ok(opened) => Some(*opened.view() != *whole.view() || opened.root() != whole.root()),
        Err(_) => Some(true),
    };
    let held = hold_snapshot(&storage, &cache).expect("the memory takes it");
    assert_eq!(held.is_some(), differs.is_some());
    // It also compares the trees node by node, and so may find more.
    assert!(differs != Some(true) || held == Some(true));
}
