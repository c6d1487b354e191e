//! Verifies a log: whatever its bytes can prove, on all cores. Must change nothing, must rest on no
//! cache, and must work on a ledger that cannot be opened.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::chain::codec::decode;
use crate::chain::entry::{Entry, previous_of};
use crate::chain::error::ChainError;
use crate::chain::hot::{Hot, HotEvent};
use crate::chain::millis::Millis;
use crate::chain::scan::{self, WholeEntry};
use crate::disk::storage::Storage;
use crate::domain::event::Event;
use crate::domain::sequence::{Sequence, Size};
use crate::domain::text::Origin;
use crate::ledger::answer::overview::Trust;
use crate::ledger::checkpoint::Vouchers;
use crate::ledger::commitments::Commitments;
use crate::ledger::error::LedgerError;
use crate::ledger::replay::{Stretch, grow, hashes, read};
use crate::ledger::texts::LogTexts;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::sweep::{Seen, Watch};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::Policy;
use crate::view::decide::speaks_of_others;
use crate::view::fold::View;
use crate::view::rows::Texts;

/// How many entries that speak of others are judged before the texts that this needs are let go of.
const JUDGED_AT_ONCE: usize = 1 << 14;

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
    let commitments = Commitments::new(vouchers, options);
    let mut audit = Audit { commitments, ..Audit::default() };
    let (reader, changed) = match options.bytes_only {
        true => read_log(storage, |_| (), |read| audit.take_bytes(read)),
        false => read_log(storage, decoded, |read| audit.take_entries(read)),
    }?;
    audit.check_segments(&reader)?;
    if let Some(entry) = changed {
        // Whoever changed it while it was read, it is not what was judged.
        audit.frames.report(entry, || format!("entry {entry} changed while it was read"));
    }
    audit.check_what_speaks_of_others(&reader);
    audit.name(&reader)?;
    audit.end(&reader);
    Ok(audit.conclude(options.bytes_only))
}

/// Reads a log once, and gives what its entries say in order; also the first entry that changed
/// meanwhile, behind which nothing is read.
fn read_log<T: Send>(
    storage: Arc<dyn Storage>,
    entry: impl Fn(&[u8]) -> T + Sync,
    take: impl FnMut(Vec<Seen<Stretch<T>>>) + Send,
) -> Result<(Reader, Option<u64>), LedgerError> {
    let mut watch = Watch { see: |entries: &[&[u8]]| read(entries, &entry), take };
    let (reader, shown) = Reader::open_showing(storage, &mut watch)?;
    match reader.show(shown, &mut watch) {
        Err(StoreError::Changed { entry }) => Ok((reader, Some(entry))),
        shown => Ok(shown.map(|()| (reader, None))?),
    }
}

/// An entry whose every byte was read: most facts and claims in place, all others through the codec.
#[derive(Debug)]
enum Whole {
    InPlace(WholeEntry),
    Decoded(Box<Entry>),
}

fn decoded(payload: &[u8]) -> Result<Whole, ChainError> {
    match scan::whole(payload) {
        Some(whole) => Ok(Whole::InPlace(whole)),
        None => decode(payload).map(|entry| Whole::Decoded(Box::new(entry))),
    }
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
    tree: Tree,
    last_recorded_at: Option<Millis>,
    /// What the ledger says that its name is.
    origin: Option<Origin>,
    /// The view of the entries before, as long as the rules can be judged.
    view: View,
    rules_end: Option<u64>,
    /// The entries that are judged by what others say, once these can be read again.
    speaking_of_others: Vec<u64>,
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
    fn take_entries(&mut self, read: Vec<Seen<Stretch<Result<Whole, ChainError>>>>) {
        self.take_tree(&read);
        for seen in read {
            self.check_links(&seen);
            for (position, entry) in seen.sequences.zip(&seen.what.entries) {
                self.take(position, entry);
            }
        }
    }

    fn take_bytes(&mut self, read: Vec<Seen<Stretch<()>>>) {
        self.take_tree(&read);
        read.iter().for_each(|seen| self.check_links(seen));
    }

    /// Grows the tree by the leaves of some stretches.
    fn take_tree<T>(&mut self, read: &[Seen<Stretch<T>>]) {
        let leaves = hashes(read);
        self.commitments.take(&self.tree, &leaves);
        grow(&mut self.tree, &leaves);
    }

    /// Holds each segment to the entry that it says it follows.
    fn check_segments(&mut self, reader: &Reader) -> Result<(), LedgerError> {
        for segment in reader.segments() {
            self.segments += 1;
            let first = segment.sequences().start;
            // Whether that is the entry before is for the links.
            let record = reader.record(first)?;
            let previous = record.map(|record| previous_of(&record.payload));
            if previous.is_some_and(|previous| previous != Ok(Hash(segment.link()))) {
                self.links.report(first, || {
                    format!("the segment that begins with entry {first} follows another entry")
                });
            }
        }
        Ok(())
    }

    /// Reads the ledger's name.
    fn name(&mut self, reader: &Reader) -> Result<(), LedgerError> {
        let opening = reader.record(0)?.and_then(|record| decode(&record.payload).ok());
        if let Some(Entry { event: Event::Opening(opening), .. }) = opening {
            self.origin = Some(opening.origin);
        }
        Ok(())
    }

    fn check_links<T>(&mut self, seen: &Seen<Stretch<T>>) {
        let first = seen.sequences.start;
        let head = self.head.unwrap_or(Hash::ZERO);
        let Stretch { hashes, previous, broken, .. } = &seen.what;
        if *previous != Ok(head) {
            self.report_link(first, previous, head);
        }
        if let Some((position, previous)) = broken {
            let before = position.checked_sub(1).and_then(|before| hashes.get(before));
            let expected = before.copied().unwrap_or(Hash::ZERO);
            self.report_link(first + *position as u64, previous, expected);
        }
        self.head = hashes.last().copied().or(self.head);
        self.size = seen.sequences.end;
    }

    fn report_link(&mut self, at: u64, previous: &Result<Hash, ChainError>, expected: Hash) {
        self.links.report(at, || match previous {
            Ok(previous) => format!("entry {at} follows {previous}, not {expected}"),
            Err(fault) => format!("entry {at}: {fault}"),
        });
    }

    /// Makes every check of one entry. None hides another: each goes on where it can.
    fn take(&mut self, position: u64, entry: &Result<Whole, ChainError>) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                self.decoding.report(position, || format!("entry {position}: {fault}"));
                self.stop_rules_at(position);
                return;
            }
        };
        let hot = match entry {
            Whole::InPlace(whole) => &whole.hot,
            Whole::Decoded(entry) => &Hot::of(entry),
        };
        if hot.sequence.0 != position {
            self.sequence
                .report(position, || format!("entry {position} bears the number {}", hot.sequence));
            self.stop_rules_at(position);
        }
        let recorded_at = hot.recorded_at;
        if let Some(last) = self.last_recorded_at
            && recorded_at < last
        {
            self.times.report(position, || {
                format!("entry {position} was recorded at {recorded_at}, before {last}")
            });
        }
        self.last_recorded_at = Some(recorded_at);
        self.check_opening(position, hot.event.kind());
        self.check_rules(position, entry, hot);
    }

    fn check_opening(&mut self, position: u64, kind: &str) {
        if (kind == "opening") != (position == 0) {
            self.opening.report(position, || match position {
                0 => format!("entry 0 is a {kind}, no opening"),
                _ => format!("entry {position} is a second opening"),
            });
            self.stop_rules_at(position);
        }
    }

    /// Judges an entry by the rules that are frozen with the format, after all entries before it.
    fn check_rules(&mut self, position: u64, entry: &Whole, hot: &Hot) {
        if self.rules_end.is_some() {
            return;
        }
        let bearer = hot.key.as_ref().and_then(|key| Some((key, self.view.bearer(key)?)));
        if let Some((key, bearer)) = bearer {
            let reason = || format!("entry {position} has the key {key} of entry {bearer}");
            self.rules.report(position, reason);
        }
        let decided = match entry {
            Whole::InPlace(whole) => self.view.decide_whole(whole),
            Whole::Decoded(entry) if speaks_of_others(&entry.event) => {
                self.speaking_of_others.push(position);
                Ok(())
            }
            Whole::Decoded(entry) => {
                self.view.decide(&entry.event, &entry.sources, &entry.attachments)
            }
        };
        let decided = match (decided, &hot.event) {
            // What its target is instead of an act can be said once that is read.
            (Err(_), HotEvent::Claim { .. }) => {
                self.speaking_of_others.push(position);
                Ok(())
            }
            (decided, _) => decided,
        };
        if let Err(refusal) = decided {
            self.rules.report(position, || format!("entry {position}: {refusal}"));
        }
        match self.rules.found {
            Some(_) => self.stop_rules_at(position),
            None => self.view.add_but_acts(hot),
        }
    }

    /// Judges the entries that speak of others, each as of its own place, on all cores.
    fn check_what_speaks_of_others(&mut self, reader: &Reader) {
        let texts = Arc::new(LogTexts::new(reader.clone()));
        self.view.read_from(Arc::clone(&texts) as Arc<dyn Texts>);
        for some in std::mem::take(&mut self.speaking_of_others).chunks(JUDGED_AT_ONCE) {
            let view = &self.view;
            let refused = some.par_iter().find_map_first(|position| {
                let entry = texts.entry(Sequence(*position)).ok()?;
                let known = view.known(Size(*position));
                let decided = known.decide(&entry.event, &entry.sources, &entry.attachments);
                decided.err().map(|refusal| (*position, refusal))
            });
            if let Err(fault) = texts.fault() {
                self.frames.report(some[0], || fault.to_string());
            } else if let Some((position, refusal)) = refused {
                self.rules.report(position, || format!("entry {position}: {refusal}"));
                self.rules_end = self.rules_end.map(|end| end.min(position)).or(Some(position));
                return;
            }
            self.view.forget_texts();
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
        let judged = self.commitments.judge(self.origin.as_ref(), Size(size));
        // Where the log breaks off at a bad entry, that one is why others are gone.
        let first_bad = positions.min().or(judged.gone.map(|gone| gone.0));
        let first_bad_entry = first_bad.map(Sequence);

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
