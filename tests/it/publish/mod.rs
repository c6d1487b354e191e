//! Published logs: what is published, and that copies take nothing but what the key has signed.

mod copies;
mod published;
mod web;
mod witness;

use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::domain::sequence::Size;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::LastSigned;
use chancery::publish::clone::{Cloned, SIZE_MAX_DEFAULT, clone};
use chancery::publish::error::PublishError;
use chancery::publish::folder::{Published, publish};
use chancery::publish::pull::{Pulled, pull};
use chancery::publish::source::{Source, SourceFolder};
use chancery::tlog::note::{SignerKey, VerifierKey};

use crate::desk::{Desk, context, draft, stop};

const SIZE_MAX: Size = Size(SIZE_MAX_DEFAULT);

fn key() -> SignerKey {
    SignerKey::from_seed("a.example/desk", &[7; 32]).unwrap()
}

fn vkey() -> VerifierKey {
    key().verifier().clone()
}

/// Records until there are so many entries, and signs them. What was signed before is adopted.
fn grow(ledger: &Ledger, size: u64, title: &str) {
    let more = ledger.size().0..size;
    let drafts = more.map(|number| draft(context(&format!("{title} {number}")))).collect();
    ledger.append(drafts, &stop()).unwrap();
    let beside_key = Memory::default();
    let last = LastSigned { storage: &beside_key, name: "last", adopt: true };
    ledger.sign_checkpoint(&key(), &last).unwrap();
}

/// A signed ledger of so many entries.
fn desk(size: u64) -> Desk {
    let desk = Desk::new();
    grow(&desk.ledger, size, "An event");
    desk
}

/// The same ledger in another storage, from where its history can go on otherwise.
fn again(desk: &Desk) -> Desk {
    let storage = desk.storage.copy();
    let ledger = Ledger::open_for_writing(Arc::new(storage.clone())).unwrap();
    Desk { storage, ledger }
}

fn publish_to(desk: &Desk, target: &Memory) -> Result<Published, PublishError> {
    publish(&desk.ledger, target, &mut |_| {})
}

/// What a ledger of so many entries publishes.
fn published(desk: &Desk) -> Memory {
    let target = Memory::default();
    publish_to(desk, &target).unwrap();
    target
}

fn folder(storage: &Memory) -> SourceFolder {
    SourceFolder { storage: Arc::new(storage.clone()), address: "/srv/log".to_owned() }
}

fn clone_from(source: &dyn Source, staging: &Memory) -> Result<Cloned, PublishError> {
    clone(source, Arc::new(staging.clone()), Some(&vkey()), SIZE_MAX, &mut |_, _| {})
}

fn pull_from(source: &dyn Source, copy: &Memory) -> Result<Pulled, PublishError> {
    pull(source, Arc::new(copy.clone()), None, SIZE_MAX, &mut |_, _| {})
}

/// A copy of what is published.
fn copied(published: &Memory) -> Memory {
    let copy = Memory::default();
    clone_from(&folder(published), &copy).unwrap();
    copy
}
