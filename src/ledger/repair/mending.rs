//! Puts the entries of a damaged log together again: those that are sound where they lie, and those
//! that another place has. Must take no entry that no hash proves, and must change nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::chain::codec::decode;
use crate::chain::entry::check_link;
use crate::disk::storage::Storage;
use crate::domain::sequence::Sequence;
use crate::ledger::error::LedgerError;
use crate::ledger::repair::RepairRefusal;
use crate::ledger::spare::Spare;
use crate::store::frame::Flags;
use crate::store::recovery::Rewriting;
use crate::store::salvage::{Layout, Salvaged, salvage, segment_bytes, segment_firsts};
use crate::tlog::hash::{Hash, leaf_hash};

/// How many entries are asked of another place at a time.
const FETCHED_AT_ONCE: u64 = 256;

/// The entries that can be shown to be those of the log, from the first segment on that has to be
/// looked into.
#[derive(Debug)]
pub(super) struct Mended {
    /// The hash of each entry of the whole log.
    pub(super) leaves: Vec<Hash>,
    /// Which of them another place gave.
    pub(super) restored: Vec<Range<u64>>,
    /// How many entries there are signs of.
    pub(super) had: u64,
    /// What has to become of the files.
    pub(super) rewritings: Vec<Rewriting>,
}

/// The chain while it is put together.
struct Mending<'a, 's, E> {
    storage: &'a dyn Storage,
    spare: Option<&'a mut Spare<'s, E>>,
    /// Entries of the other place that were fetched ahead, and the number of the first.
    fetched: (u64, Vec<Vec<u8>>),
    leaves: Vec<Hash>,
    restored: Vec<u64>,
    sheets: Vec<Sheet>,
    /// How many entries are proved and end with a whole batch.
    safe: u64,
    had: u64,
    /// An entry that is sound here and another elsewhere, until a later one says which is right.
    contested: Option<u64>,
}

/// One segment as it is to be.
struct Sheet {
    first: u64,
    /// Absent when the file is so already.
    layout: Option<Layout>,
}

/// The bytes of an entry, and its flags where it lies here.
type Chosen = (Vec<u8>, Option<Flags>);

/// Sound entries of one file by their number; several where the file holds pictures of frames.
type Own = BTreeMap<u64, Vec<Salvaged>>;

/// Puts a log together from the segment on that holds an entry. The entries before it are as given.
pub(super) fn mend<E: From<LedgerError>>(
    storage: &dyn Storage,
    mut leaves: Vec<Hash>,
    from: u64,
    spare: Option<&mut Spare<'_, E>>,
) -> Result<Mended, E> {
    let mut firsts = segment_firsts(storage).map_err(LedgerError::from)?;
    let begun = firsts.iter().rposition(|first| *first <= from);
    let firsts = firsts.split_off(begun.unwrap_or(0));
    // Where the first segment is gone, its entries are looked for all the same.
    let first = if begun.is_some() { firsts.first().copied().unwrap_or(0) } else { 0 };
    leaves.truncate(position(first));
    let mut mending = Mending {
        storage,
        spare,
        fetched: (0, Vec::new()),
        safe: first,
        had: first,
        leaves,
        restored: Vec::new(),
        sheets: Vec::new(),
        contested: None,
    };
    if firsts.first() != Some(&first) {
        mending.look_into(first, &[], firsts.first().copied())?;
    }
    for (at, first) in firsts.iter().enumerate() {
        let bytes = segment_bytes(storage, *first).map_err(LedgerError::from)?;
        mending.look_into(*first, &bytes, firsts.get(at + 1).copied())?;
    }
    mending.end(&firsts)
}

impl<E: From<LedgerError>> Mending<'_, '_, E> {
    /// Goes on with the entries of one file, up to those of the next.
    fn look_into(&mut self, first: u64, bytes: &[u8], next: Option<u64>) -> Result<(), E> {
        if first != self.size() {
            // Either its entries are there already, or those before it are not.
            self.had = self.had.max(first);
            return Ok(());
        }
        let own = sound_entries(first, &salvage(bytes, first, self.head().0));
        let acknowledged = own.iter().rev().find(|(_, found)| ends_a_batch(found));
        self.had = self.had.max(acknowledged.map_or(0, |(number, _)| number + 1));
        let sheet = self.sheets.len();
        while next.is_none_or(|next| self.size() < next) {
            let is_first = self.size() == first;
            let Some((payload, flags)) = self.choose(&own)? else { break };
            self.lay(payload, flags, is_first);
        }
        if let Some(sheet) = self.sheets.get_mut(sheet) {
            // What is as it was need not be kept.
            let is_same = |layout: &Layout| layout.is_laid(bytes);
            sheet.layout = sheet.layout.take().filter(|layout| !is_same(layout));
        }
        Ok(())
    }

    /// Chooses the next entry: the one that lies here if it follows, else the other place's.
    fn choose(&mut self, own: &Own) -> Result<Option<Chosen>, E> {
        let (number, head) = (self.size(), self.head());
        let found = own.get(&number).map_or(&[] as &[Salvaged], Vec::as_slice);
        let mut following = found.iter().filter(|own| check_link(head, &own.payload).is_ok());
        let theirs = self.spare.as_ref().and_then(|spare| spare.leaves.get(position(number)));
        let Some(theirs) = theirs.copied() else {
            let Some(own) = following.next() else {
                // Without anybody else's word nothing says which of the two was changed.
                let broken = RepairRefusal::Broken { entry: Sequence(number) };
                return if found.is_empty() { Ok(None) } else { Err(refused(broken)) };
            };
            return Ok(Some(self.take_own(own)));
        };
        if let Some(same) = following.clone().find(|own| leaf_hash(&own.payload) == theirs) {
            return Ok(Some(self.take_own(same)));
        }
        if following.next().is_some() && self.contested.is_none() {
            self.contested = Some(number);
        }
        let payload = self.fetch(number)?;
        if leaf_hash(&payload) != theirs || check_link(head, &payload).is_err() {
            return Err(refused(RepairRefusal::SpareDamaged { entry: Sequence(number) }));
        }
        self.restored.push(number);
        if self.spare.as_ref().is_some_and(|spare| number < spare.signed()) {
            self.safe = number + 1;
        }
        Ok(Some((payload, None)))
    }

    /// Takes an entry that lies here: it follows all that were taken before, and so proves them.
    fn take_own(&mut self, own: &Salvaged) -> Chosen {
        self.contested = None;
        let signed = self.spare.as_ref().map_or(0, |spare| spare.signed());
        let number = self.size();
        if own.flags.is_last_of_batch() || number < signed {
            self.safe = number + 1;
        }
        (own.payload.clone(), Some(own.flags))
    }

    /// Reads an entry of the other place.
    fn fetch(&mut self, number: u64) -> Result<Vec<u8>, E> {
        let (first, ahead) = &self.fetched;
        if let Some(payload) = number.checked_sub(*first).and_then(|at| ahead.get(position(at))) {
            return Ok(payload.clone());
        }
        let damaged = || refused::<E>(RepairRefusal::SpareDamaged { entry: Sequence(number) });
        let spare = self.spare.as_mut().ok_or_else(damaged)?;
        let end = (number + FETCHED_AT_ONCE).min(spare.leaves.len() as u64);
        self.fetched = (number, (spare.entries)(number..end)?);
        self.fetched.1.first().cloned().ok_or_else(damaged)
    }

    fn lay(&mut self, payload: Vec<u8>, flags: Option<Flags>, begins: bool) {
        let (number, head) = (self.size(), self.head());
        self.leaves.push(leaf_hash(&payload));
        let layout = self.sheets.last_mut().and_then(|sheet| sheet.layout.as_mut());
        match layout.filter(|layout| !begins && layout.has_room(payload.len())) {
            Some(layout) => layout.push(payload, flags),
            None => {
                let mut layout = Layout::new(number, head.0);
                layout.push(payload, flags);
                self.sheets.push(Sheet { first: number, layout: Some(layout) });
            }
        }
    }

    /// Leaves out what nothing proves, and says what has to become of the files.
    fn end(self, firsts: &[u64]) -> Result<Mended, E> {
        let Self { storage, mut leaves, restored, sheets, safe, had, contested, .. } = self;
        if let Some(entry) = contested {
            return Err(refused(RepairRefusal::Forked { entry: Sequence(entry) }));
        }
        leaves.truncate(position(safe));
        let mut rewritings = Vec::new();
        let sheets: Vec<Sheet> = sheets.into_iter().filter(|sheet| sheet.first < safe).collect();
        let stays = |first: &u64| sheets.iter().any(|sheet| sheet.first == *first);
        let gone: Vec<u64> = firsts.iter().filter(|first| !stays(first)).copied().collect();
        for mut layout in sheets.into_iter().filter_map(|sheet| sheet.layout) {
            layout.cut(safe);
            rewritings.extend(layout.rewriting(storage).map_err(LedgerError::from)?);
        }
        for first in gone {
            rewritings.push(Rewriting::removal(storage, first).map_err(LedgerError::from)?);
        }
        let restored = stretches(restored.into_iter().filter(|number| *number < safe));
        Ok(Mended { leaves, restored, had: had.max(safe), rewritings })
    }

    fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    fn head(&self) -> Hash {
        self.leaves.last().copied().unwrap_or(Hash::ZERO)
    }
}

/// Sorts the sound frames of a file by the number of the entry that each holds.
fn sound_entries(first: u64, found: &[Salvaged]) -> Own {
    let mut own = Own::new();
    let mut expected = first;
    for salvaged in found {
        let Ok(entry) = decode(&salvaged.payload) else { continue };
        let number = entry.sequence.0;
        // Within a damaged entry somebody may have put the picture of another in its place; of a
        // later one he could not know what it follows.
        if salvaged.follows_damage && number <= expected {
            continue;
        }
        expected = number.saturating_add(1);
        own.entry(number).or_default().push(salvaged.clone());
    }
    own
}

fn ends_a_batch(found: &[Salvaged]) -> bool {
    found.iter().any(|salvaged| salvaged.flags.is_last_of_batch())
}

/// Joins numbers that follow each other.
fn stretches(numbers: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut stretches: Vec<Range<u64>> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some(last) if last.end == number => last.end = number + 1,
            _ => stretches.push(number..number + 1),
        }
    }
    stretches
}

fn refused<E: From<LedgerError>>(refusal: RepairRefusal) -> E {
    E::from(refusal.into())
}

fn position(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
