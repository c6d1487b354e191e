//! Verifies a log: whatever its bytes can prove, on all cores. Must change nothing, must rest on no
//! cache, and must work on a ledger that cannot be opened.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::chain::codec::decode;
use crate::chain::entry::Entry;
use crate::chain::millis::Millis;
use crate::disk::storage::Storage;
use crate::domain::event::Event;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::answer::overview::Trust;
use crate::ledger::checkpoint::Vouchers;
use crate::ledger::commitments::Commitments;
use crate::ledger::error::LedgerError;
use crate::ledger::replay::{Leaf, SegmentLeaves, read_segment, read_segment_bytes};
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::segment::Segment;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::merkle::Frontier;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::Policy;
use crate::view::fold::View;

/// What a log is held to besides its own rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// A size that the log once had, and its Merkle root then, as known from elsewhere.
    pub expected_root: Option<(Size, Hash)>,
    /// The key that the asker trusts; else the ledger's own is used, which authenticates nothing.
    pub key: Option<VerifierKey>,
    /// A checkpoint that somebody kept: the log must continue it.
    pub extends: Option<SignedCheckpoint>,
    /// Whether only the bytes are read: frames, links, the root and who vouches for it. What the entries
    /// say is not looked at.
    pub bytes_only: bool,
    /// Who must have witnessed the checkpoint; a log that it lists pins that log's key.
    pub policy: Option<Policy>,
}

/// What the bytes of a log can prove, in the JSON form of cli.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether every check holds.
    pub ok: bool,
    /// How many entries could be read.
    pub size: Size,
    /// Their Merkle root.
    #[serde(serialize_with = "displayed")]
    pub root: Hash,
    /// The leaf hash of the last of them; zeros where there is none.
    #[serde(serialize_with = "displayed")]
    pub head: Hash,
    /// What vouches for the log.
    pub trust: Trust,
    /// Each check, in the order in which they depend on each other.
    pub checks: Vec<Check>,
    /// The first entry for which a check fails.
    pub first_bad_entry: Option<Sequence>,
}

/// One check of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, one of [`CHECKS`].
    pub name: &'static str,
    /// Whether it holds for every entry that it could be made for.
    pub ok: bool,
    /// What was found, or how far it could be made.
    pub detail: String,
}

/// The names of the checks that are always made.
pub const CHECKS: [&str; 9] =
    ["frames", "decoding", "opening", "sequence", "links", "times", "rules", "root", "checkpoint"];
/// Those of them that need no entry to be decoded.
pub const CHECKS_OF_BYTES: [&str; 4] = ["frames", "links", "root", "checkpoint"];
/// The name of the check against a policy.
pub const WITNESSES: &str = "witnesses";
/// The name of the check against a checkpoint that somebody kept.
pub const EXTENDS: &str = "extends";

fn displayed<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

/// Verifies the log in a storage.
///
/// # Errors
/// Only when there is no log to verify: no ledger, one of a newer format, or a storage that does not
/// answer. Damage is no error but what the verification says.
pub fn verify(
    storage: Arc<dyn Storage>,
    options: &VerifyOptions,
) -> Result<Verification, LedgerError> {
    // Before the log, which may grow meanwhile.
    let vouchers = match Vouchers::read(&*storage) {
        Err(LedgerError::Checkpoint(fault)) => Err(fault),
        read => Ok(read?),
    };
    let reader = Reader::open(storage)?;
    let commitments = Commitments::new(vouchers, options);
    let mut audit = Audit { commitments, ..Audit::default() };
    for segment in reader.segments() {
        match options.bytes_only {
            true => audit.take_bytes(&segment)?,
            false => audit.take_segment(&segment)?,
        }
    }
    audit.end(&reader);
    Ok(audit.conclude(options.bytes_only))
}

/// The first failure of one check.
#[derive(Debug, Clone, Default)]
struct Fault {
    found: Option<(u64, String)>,
}

impl Fault {
    fn report(&mut self, position: u64, reason: impl FnOnce() -> String) {
        if self.found.as_ref().is_none_or(|(first, _)| position < *first) {
            self.found = Some((position, reason()));
        }
    }
}

/// The checks, entry by entry.
#[derive(Debug, Default)]
struct Audit {
    size: u64,
    head: Option<Hash>,
    tree: Frontier,
    last_recorded_at: Option<Millis>,
    /// The view of the entries before, as long as the rules can be judged.
    view: View,
    rules_end: Option<u64>,
    segments: usize,
    /// Whether a live writer explains the bytes after the end.
    is_live: bool,
    frames: Fault,
    decoding: Fault,
    opening: Fault,
    sequence: Fault,
    links: Fault,
    times: Fault,
    rules: Fault,
    /// What others say of the log's root at some size.
    commitments: Commitments,
}

impl Audit {
    fn take_segment(&mut self, segment: &Segment<'_>) -> Result<(), LedgerError> {
        let read = self.take_tree(segment, read_segment(segment))?;
        read.into_iter().for_each(|leaf| self.take(leaf));
        Ok(())
    }

    /// Takes a segment without looking at what its entries say; only the ledger's name is read.
    fn take_bytes(&mut self, segment: &Segment<'_>) -> Result<(), LedgerError> {
        let leaves = self.take_tree(segment, read_segment_bytes(segment))?;
        for leaf in leaves {
            self.check_link(&leaf);
            self.head = Some(leaf.hash);
            self.size = leaf.position + 1;
        }
        if segment.sequences().start == 0
            && let Some(first) = segment.load()?.frames(0..1).next()
            && let Ok(entry) = decode(first?.payload())
        {
            self.view.apply(&entry);
        }
        Ok(())
    }

    /// Grows the tree by a segment, and gives its leaves.
    fn take_tree<T>(
        &mut self,
        segment: &Segment<'_>,
        read: SegmentLeaves<T>,
    ) -> Result<Vec<Leaf<T>>, LedgerError> {
        self.segments += 1;
        let first = segment.sequences().start;
        let head = self.head.unwrap_or(Hash::ZERO);
        if segment.link() != head.0 {
            self.links.report(first, || {
                format!("the segment that begins with entry {first} follows another entry")
            });
        }
        self.commitments.take(&self.tree, &read);
        read.grow(&mut self.tree).expect("segments follow each other without a gap");
        match read.fault {
            // Whoever changed it while it was read, it is not what was judged.
            Some(StoreError::Changed { entry }) => {
                self.frames.report(entry, || format!("entry {entry} changed while it was read"));
            }
            Some(fault) => return Err(fault.into()),
            None => {}
        }
        Ok(read.leaves)
    }

    /// Makes every check of one entry. None hides another: each goes on where it can.
    fn take(&mut self, leaf: Leaf) {
        let position = leaf.position;
        self.check_link(&leaf);
        self.head = Some(leaf.hash);
        self.size = position + 1;
        let entry = match leaf.entry {
            Ok(entry) => entry,
            Err(fault) => {
                self.decoding.report(position, || format!("entry {position}: {fault}"));
                self.stop_rules_at(position);
                return;
            }
        };
        if entry.sequence.0 != position {
            self.sequence.report(position, || {
                format!("entry {position} bears the number {}", entry.sequence)
            });
            self.stop_rules_at(position);
        }
        if let Some(last) = self.last_recorded_at
            && entry.recorded_at < last
        {
            self.times.report(position, || {
                format!("entry {position} was recorded at {}, before {last}", entry.recorded_at)
            });
        }
        self.last_recorded_at = Some(entry.recorded_at);
        self.check_opening(position, &entry);
        self.check_rules(position, &entry);
    }

    fn check_link<T>(&mut self, leaf: &Leaf<T>) {
        let (position, expected) = (leaf.position, self.head.unwrap_or(Hash::ZERO));
        match &leaf.previous {
            Ok(previous) if *previous == expected => {}
            Ok(previous) => self.links.report(position, || {
                format!("entry {position} follows {previous}, not {expected}")
            }),
            Err(fault) => self.links.report(position, || format!("entry {position}: {fault}")),
        }
    }

    fn check_opening(&mut self, position: u64, entry: &Entry) {
        let is_opening = matches!(entry.event, Event::Opening(_));
        if is_opening != (position == 0) {
            self.opening.report(position, || match position {
                0 => format!("entry 0 is a {}, no opening", entry.event.kind()),
                _ => format!("entry {position} is a second opening"),
            });
            self.stop_rules_at(position);
        }
    }

    /// Judges an entry by the rules that are frozen with the format, after all entries before it.
    fn check_rules(&mut self, position: u64, entry: &Entry) {
        if self.rules_end.is_some() {
            return;
        }
        let key = entry.key.as_ref();
        let bearer = key.and_then(|key| Some((key, self.view.key(key)?)));
        if let Some((key, bearer)) = bearer {
            let reason = || format!("entry {position} has the key {key} of entry {bearer}");
            self.rules.report(position, reason);
        }
        if let Err(refusal) = self.view.decide(&entry.event, &entry.sources, &entry.attachments) {
            self.rules.report(position, || format!("entry {position}: {refusal}"));
        }
        match self.rules.found {
            Some(_) => self.stop_rules_at(position),
            None => self.view.apply(entry),
        }
    }

    /// What follows cannot be judged by the rules any more.
    fn stop_rules_at(&mut self, position: u64) {
        self.rules_end.get_or_insert(position);
    }

    /// Judges how the log ends.
    fn end(&mut self, reader: &Reader) {
        let ending = reader.ending();
        self.is_live = reader.is_live();
        if let (Some(entry), false) = (ending.first_bad_entry(), self.is_live) {
            self.frames.report(entry, || ending.to_string());
        }
    }

    fn conclude(self, bytes_only: bool) -> Verification {
        let size = self.size;
        let faults = [
            &self.frames,
            &self.decoding,
            &self.opening,
            &self.sequence,
            &self.links,
            &self.times,
            &self.rules,
        ];
        let positions = faults.iter().filter_map(|fault| Some(fault.found.as_ref()?.0));
        let opening = self.view.opening();
        let judged = self.commitments.judge(opening.map(|opening| &opening.origin), Size(size));
        let gone = judged.gone.iter().map(|gone| gone.0);
        let first_bad_entry = positions.chain(gone).min().map(Sequence);

        let mut details = self.details_of_what_holds().into_iter();
        let mut checks: Vec<Check> = CHECKS
            .iter()
            .zip(faults)
            .zip(details.by_ref())
            .map(|((name, fault), holds)| {
                let found = fault.found.as_ref().map(|(_, reason)| reason.clone());
                Check { name, ok: found.is_none(), detail: found.unwrap_or(holds) }
            })
            .collect();
        let trust = judged.trust;
        if bytes_only {
            checks.retain(|check| CHECKS_OF_BYTES.contains(&check.name));
        }
        checks.extend(judged.checks(self.tree.root()));

        Verification {
            ok: checks.iter().all(|check| check.ok),
            size: Size(size),
            root: self.tree.root(),
            head: self.head.unwrap_or(Hash::ZERO),
            trust,
            checks,
            first_bad_entry,
        }
    }

    /// What each check of the entries says where it holds.
    fn details_of_what_holds(&self) -> [String; 7] {
        let (size, segments) = (self.size, self.segments);
        let frames = match self.is_live {
            true => format!("{size} entries, segments: {segments}; a writer is adding to them"),
            false => format!("{size} entries, segments: {segments}"),
        };
        let rules = match self.rules_end {
            None => format!("{size} entries judged anew"),
            Some(end) => format!("{end} entries judged anew; what follows cannot be judged"),
        };
        [
            frames,
            "each entry has its one canonical form".to_owned(),
            "entry 0 and no other".to_owned(),
            "each entry bears its own number".to_owned(),
            "each entry names the hash of the one before it".to_owned(),
            "no entry was recorded before the one before it".to_owned(),
            rules,
        ]
    }
}
