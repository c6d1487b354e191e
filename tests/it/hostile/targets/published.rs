//! Target: a published log that is fetched from a hostile source.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::domain::sequence::Size;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::publish::clone::clone;
use chancery::publish::error::SourceError;
use chancery::publish::source::Source;
use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::hash::{Hash, leaf_hash};
use chancery::tlog::merkle::Tree;
use chancery::tlog::note::SignerKey;
use chancery::tlog::tile::{tiles_between, write_bundle, write_tile};

use super::{ledgers, logs};

/// The most entries that are fetched.
const SIZE_MAX: Size = Size(20_000);

/// Files by name.
#[derive(Debug, Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Source for Files {
    fn address(&self) -> String {
        "a.example".to_owned()
    }

    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.get(name).map(|bytes| bytes[..bytes.len().min(bytes_max)].to_vec()))
    }
}

/// The first byte says what the rest is: entries that are published as they are, under a checkpoint
/// that is signed, or the bytes of one of the files. What is copied verifies.
pub(crate) fn published(bytes: &[u8]) {
    let Some((way, rest)) = bytes.split_first() else { return };
    let files = match way % 8 {
        0 => {
            let mut payloads = logs::split(rest);
            ledgers::link(&mut payloads);
            files_of(&payloads)
        }
        file => {
            let mut files = files_of(&ledgers::payloads(&ledgers::sound()));
            let name = files.0.keys().nth(usize::from(file) % files.0.len()).cloned();
            files.0.insert(name.unwrap_or_default(), rest.to_vec());
            files
        }
    };
    let staging = Memory::default();
    if clone(&files, Arc::new(staging.clone()), None, SIZE_MAX, &mut |_, _| ()).is_ok() {
        let verified = verify(Arc::new(staging), &VerifyOptions::default());
        assert!(verified.expect("it was copied").ok);
    }
}

fn files_of(payloads: &[Vec<u8>]) -> Files {
    let key = SignerKey::from_seed("a.example/log", &[1; 32]).expect("the name is sound");
    let leaves: Vec<Hash> = payloads.iter().map(|payload| leaf_hash(payload)).collect();
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let checkpoint =
        Checkpoint { origin: "a.example/log".to_owned(), size: tree.size(), root: tree.root() };
    let mut signed = SignedCheckpoint::unsigned(checkpoint).expect("the origin is sound");
    signed.note_mut().sign(&key);
    let mut files = Files::default();
    files.0.insert("checkpoint".to_owned(), signed.to_string().into_bytes());
    files.0.insert("key.pub".to_owned(), format!("{}\n", key.verifier()).into_bytes());
    for tile in tiles_between(0, tree.size()).iter().filter(|tile| tile.level() == 0) {
        let first = usize::try_from(tile.first()).unwrap_or(usize::MAX);
        let of = first..first + tile.width();
        files.0.insert(tile.path(), write_tile(&leaves[of.clone()]));
        let bundle = write_bundle(&payloads[of]).expect("no entry is longer than its length");
        files.0.insert(tile.entries_path(), bundle);
    }
    files
}
