//! Rot and forgery, judged by a second reader of the format that shares nothing with the first: each bit
//! flipped, files cut, gone and swapped, frames and entries moved about, cut and rewritten with their
//! right CRCs, in commits of several batches. `verify` objects and names the first bad entry, opening is
//! right or refuses; what goes unseen is listed, and seen by the remedy.

mod bits;
mod bytes;
mod entries;
mod layout;
mod published;

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::{Arc, OnceLock};

use chancery::chain::codec::encode;
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::sequence::Sequence;
use chancery::ledger::Ledger;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::store::writer::{Batch, Writer};
use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::cosignature::WitnessSigner;
use chancery::tlog::hash::leaf_hash;
use chancery::tlog::merkle::Tree;
use chancery::tlog::policy::Policy;

use crate::checkpoints::key;
use crate::desk::{Desk, act, context, draft};

/// How many entries the checkpoint commits to, and how many there are.
const SIGNED: usize = 10;
const SIZE: usize = 15;
/// So many bytes have the segments at most, to be several.
const SEGMENT_BYTES_MAX: usize = 620;
const README: &str = "README.md";
const TAIL: &str = "quarantine/00000000000000000006-500-1.tail";
const UNKNOWN_LINE: &str = "\u{2014} other.example AAAAAWdyZWFzZQ==\n";

/// A ledger that knows what it is.
struct Sample {
    /// The entries as they were recorded: commits of batches.
    commits: Vec<Vec<Batch>>,
    payloads: Vec<Vec<u8>>,
    storage: Memory,
    /// A ledger of the first entries, for each size from the signed one on.
    size_to_ledger: BTreeMap<usize, Ledger>,
}

fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(Sample::new)
}

impl Sample {
    fn new() -> Self {
        let desk = Desk::new().with(&["UKR establish SYR 1992-03-31"]);
        let war = |title: &str| draft(context(title));
        desk.append(vec![war("A war"), war("A peace")]).unwrap();
        let desk = desk.with(&["UKR sever SYR 2022-06-30", "CUB establish KOR 2024-02-14"]);
        desk.append(vec![war("A pact"), war("A breach"), war("A truce")]).unwrap();
        desk.append_any(draft(act("KOR establish SYR 2025-04-10"))).unwrap();
        let entries = desk.ledger.entries(Sequence(0)..Sequence(u64::MAX));
        let payloads: Vec<_> =
            entries.map(|record| encode(&record.unwrap().entry).unwrap()).collect();
        assert_eq!(payloads.len(), SIZE);
        let batch = |from: usize, to: usize| payloads[from..to].to_vec();
        let commits = vec![
            vec![batch(0, 1)],
            vec![batch(1, 6)],
            vec![batch(6, 7), batch(7, 9)],
            vec![batch(9, SIGNED)],
            vec![batch(SIGNED, 12)],
            vec![batch(12, 13), batch(13, SIZE)],
        ];
        let storage = written(&commits);
        for (name, bytes) in vouchers(&payloads) {
            storage.set_bytes(&name, bytes);
        }
        let prefix = |size| {
            let prefix = written(&[payloads[..size].iter().map(|one| vec![one.clone()]).collect()]);
            (size, Ledger::open(Arc::new(prefix)).unwrap())
        };
        let size_to_ledger = (SIGNED..=SIZE).map(prefix).collect();
        Self { commits, payloads, storage, size_to_ledger }
    }

    /// The ledger with one file changed.
    fn changed(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Memory {
        let changed = self.storage.copy();
        changed.set_bytes(name, bytes);
        changed
    }

    /// The files of the log, with which opening and verifying have to do.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.storage.files();
        files.retain(|name, _| {
            name.ends_with(".seg") || [CHECKPOINT_NAME, KEY_NAME].contains(&&**name)
        });
        files
    }
}

/// Writes commits as a forger would: every CRC is right, every segment follows the one before it.
fn written(commits: &[Vec<Batch>]) -> Memory {
    let storage = Memory::default();
    let mut writer = Writer::create(Arc::new(storage.clone()), &commits[0])
        .unwrap()
        .with_segment_bytes_max(SEGMENT_BYTES_MAX);
    let mut last = commits[0].last().unwrap().last().unwrap();
    for commit in &commits[1..] {
        writer.commit(commit, leaf_hash(last).0).unwrap();
        last = commit.last().unwrap().last().unwrap();
    }
    storage
}

fn witness() -> WitnessSigner {
    WitnessSigner::from_seed("witness.example", &[9; 32]).unwrap()
}

fn signed(payloads: &[Vec<u8>]) -> SignedCheckpoint {
    let mut tree = Tree::default();
    payloads.iter().for_each(|payload| tree.push(leaf_hash(payload)));
    let size = payloads.len() as u64;
    let checkpoint = Checkpoint { origin: "a.example/desk".to_owned(), size, root: tree.root() };
    let mut signed = SignedCheckpoint::unsigned(checkpoint).unwrap();
    signed.note_mut().sign(&key());
    signed
}

/// What lies beside the segments.
fn vouchers(payloads: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
    let mut checkpoint = signed(&payloads[..SIGNED]);
    let cosignature = witness().cosign(&checkpoint, 1_795_316_420);
    checkpoint.note_mut().put(cosignature);
    [
        (CHECKPOINT_NAME, format!("{checkpoint}{UNKNOWN_LINE}")),
        (KEY_NAME, format!("{}\n", key().verifier())),
        (README, "# A ledger\n".to_owned()),
        (TAIL, "half a frame".to_owned()),
        (".lock", String::new()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect()
}

/// What an auditor has: the key, and whom to have witnessed the checkpoint.
fn pinned() -> VerifyOptions {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let text =
            format!("log {}\nwitness W {}\nquorum W\n", key().verifier(), witness().verifier());
        Policy::parse(text.as_bytes()).unwrap()
    });
    VerifyOptions {
        key: Some(key().verifier().clone()),
        policy: Some(policy.clone()),
        ..VerifyOptions::default()
    }
}

/// What an auditor has who kept a later checkpoint.
fn having_kept(size: usize) -> VerifyOptions {
    VerifyOptions { extends: Some(signed(&sample().payloads[..size])), ..pinned() }
}

/// Whether a verification objects, and which entry it names.
fn objection(storage: &Memory, options: &VerifyOptions) -> (bool, Option<u64>) {
    match verify(Arc::new(storage.clone()), options) {
        Ok(verification) => {
            (!verification.ok, verification.first_bad_entry.map(|sequence| sequence.0))
        }
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Unknown, "{error}");
            (true, None)
        }
    }
}

/// Opens a ledger in both ways: each is right about what it gives, or refuses. Returns the sizes.
fn opened(storage: &Memory) -> [Option<usize>; 2] {
    let reading = Ledger::open(Arc::new(storage.clone()));
    let read = held(&reading);
    let before = storage.files();
    let copy = storage.copy();
    let writing = Ledger::open_for_writing(Arc::new(copy.clone()));
    let wrote = held(&writing);
    match &writing {
        Err(_) => assert_eq!(copy.files(), before, "whoever is refused changes nothing"),
        Ok(ledger) => nothing_is_lost(&before, &copy, ledger),
    }
    let whole = usize::try_from(layout::read(&before).size).unwrap();
    assert!(read.is_none_or(|read| read == whole) && wrote.is_none_or(|wrote| wrote == whole));
    [read, wrote]
}

/// Holds an opened ledger to be the first entries of the sample, with all that was signed.
fn held(opened: &Result<Ledger, LedgerError>) -> Option<usize> {
    let ledger = match opened {
        Ok(ledger) => ledger,
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Unknown, "{error}");
            return None;
        }
    };
    let size = usize::try_from(ledger.size().0).unwrap();
    let expected = sample().size_to_ledger.get(&size);
    let expected = expected.unwrap_or_else(|| panic!("{size} entries were never there"));
    assert_eq!((ledger.root(), ledger.head()), (expected.root(), expected.head()));
    let read = ledger.payloads(Sequence(0)..Sequence(u64::MAX)).map(Result::unwrap);
    assert!(read.eq(sample().payloads[..size].iter().cloned()));
    assert_eq!(*ledger.view(), *expected.view(), "what answers is folded from them");
    Some(size)
}

/// Whatever opening for writing took out of the log lies in quarantine, byte for byte.
fn nothing_is_lost(before: &BTreeMap<String, Vec<u8>>, now: &Memory, ledger: &Ledger) {
    let moved = ledger.moved_tail().map(|moved| now.bytes(&moved.name).unwrap());
    let mut moved = moved.unwrap_or_default();
    for (name, bytes) in before.iter().rev() {
        let kept = now.bytes(name).unwrap_or_default();
        let cut = bytes.strip_prefix(&*kept).expect("the log is only cut");
        assert!(moved.ends_with(cut), "{name}");
        moved.truncate(moved.len() - cut.len());
    }
    assert!(moved.is_empty());
}

/// What was tried, and what became of it.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Tally {
    tried: usize,
    detected: usize,
}

impl Tally {
    fn count(&mut self, is_detected: bool) {
        self.tried += 1;
        self.detected += usize::from(is_detected);
    }

    fn exempt(self) -> usize {
        self.tried - self.detected
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.tried += other.tried;
        self.detected += other.detected;
    }
}

impl FromIterator<bool> for Tally {
    fn from_iter<I: IntoIterator<Item = bool>>(detected: I) -> Self {
        let mut tally = Self::default();
        detected.into_iter().for_each(|detected| tally.count(detected));
        tally
    }
}

#[allow(clippy::print_stdout, reason = "the figures are what the document cites")]
fn told(what: &str, Tally { tried, detected }: Tally) {
    println!("{what}: {detected} of {tried} detected");
}

#[test]
fn the_sample_is_sound_and_has_what_is_to_be_damaged() {
    let sample = sample();
    assert_eq!(objection(&sample.storage, &pinned()), (false, None));
    assert_eq!(opened(&sample.storage), [Some(SIZE); 2]);
    let segments = sample.files().into_keys().filter(|name| name.ends_with(".seg")).count();
    assert!(3 <= segments, "{segments}");
    assert_eq!(layout::read(&sample.storage.files()).size, SIZE as u64);
    assert!(sample.storage.exists(TAIL).unwrap());
}
