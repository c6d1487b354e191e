//! How a client of a database verifies: every row's hash is computed anew, on all cores, and every
//! link followed. Hashes by the same lanes as chancery does, so that the difference is not in the hashing.

use chancery::chain::entry::check_link;
use chancery::tlog::hash::{Hash, leaf_hashes_prefixed};
use rayon::prelude::*;

use crate::error::PeersError;
use crate::peer::Held;

/// So many rows are gathered before all cores hash them.
const ROWS_MAX: usize = 8_192;
/// So many of them a core hashes at a time.
const ROWS_AT_A_TIME: usize = 256;

/// A chain that is checked row by row, in order.
#[derive(Debug)]
pub(crate) struct Chain {
    peer: &'static str,
    previous: Hash,
    entries: u64,
    /// The gathered payloads, each behind the prefix of a leaf.
    bytes: Vec<u8>,
    /// For each of them, where it ends and the hash that the row states.
    rows: Vec<(usize, Hash)>,
}

impl Chain {
    pub(crate) fn new(peer: &'static str) -> Self {
        Self { peer, previous: Hash::ZERO, entries: 0, bytes: Vec::new(), rows: Vec::new() }
    }

    /// Takes the next row.
    pub(crate) fn push(&mut self, payload: &[u8], hash: &[u8]) -> Result<(), PeersError> {
        let entry = self.entries + self.rows.len() as u64;
        let stated = <[u8; 32]>::try_from(hash);
        let stated = stated.map_err(|_| PeersError::Broken { peer: self.peer, entry })?;
        self.bytes.push(0);
        self.bytes.extend_from_slice(payload);
        self.rows.push((self.bytes.len(), Hash(stated)));
        if self.rows.len() < ROWS_MAX { Ok(()) } else { self.check() }
    }

    /// Says how many rows there were, and the hash of the last.
    pub(crate) fn finish(mut self) -> Result<Held, PeersError> {
        self.check()?;
        Ok(Held { entries: Some(self.entries), head: Some(self.previous) })
    }

    fn check(&mut self) -> Result<(), PeersError> {
        let leaf = |at: usize| {
            let begin = at.checked_sub(1).map_or(0, |before| self.rows[before].0);
            &self.bytes[begin..self.rows[at].0]
        };
        let leaves: Vec<&[u8]> = (0..self.rows.len()).map(leaf).collect();
        let hashes: Vec<Hash> = leaves
            .par_chunks(ROWS_AT_A_TIME)
            .flat_map_iter(|some| leaf_hashes_prefixed(some).expect("each has its prefix"))
            .collect();
        let mut broken = (0..hashes.len()).find(|at| hashes[*at] != self.rows[*at].1);
        let mut previous = self.previous;
        for (at, (_, hash)) in self.rows.iter().enumerate() {
            if broken.is_none_or(|broken| at < broken)
                && check_link(previous, &leaf(at)[1..]).is_err()
            {
                broken = Some(at);
            }
            previous = *hash;
        }
        if let Some(at) = broken {
            return Err(PeersError::Broken { peer: self.peer, entry: self.entries + at as u64 });
        }
        self.previous = previous;
        self.entries += self.rows.len() as u64;
        self.bytes.clear();
        self.rows.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Event, Events};

    fn checked(events: &[Event]) -> Result<Held, PeersError> {
        let mut chain = Chain::new("a peer");
        for event in events {
            chain.push(&event.payload, &event.hash.0)?;
        }
        chain.finish()
    }

    fn broken_at(events: &[Event]) -> u64 {
        match checked(events).unwrap_err() {
            PeersError::Broken { entry, .. } => entry,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_whole_chain_is_true_up_to_its_head() {
        let events = Events::new(1, 10_000).unwrap().take(10_000).unwrap();
        let held = checked(&events).unwrap();
        assert_eq!(held, Held { entries: Some(10_000), head: Some(events[9_999].hash) });
    }

    #[test]
    fn a_flipped_byte_a_false_hash_and_a_missing_row_are_found_where_they_are() {
        let events = Events::new(1, 10_000).unwrap().take(10_000).unwrap();
        for at in [0, 1, 8_191, 8_192, 9_999] {
            let mut flipped = events.clone();
            *flipped[at].payload.last_mut().unwrap() ^= 1;
            assert_eq!(broken_at(&flipped), at as u64);
            let mut forged = events.clone();
            forged[at].hash.0[31] ^= 1;
            assert_eq!(broken_at(&forged), at as u64);
        }
        for at in [0, 1, 8_191, 8_192, 9_998] {
            let mut short = events.clone();
            short.remove(at);
            assert_eq!(broken_at(&short), at as u64);
        }
    }
}
