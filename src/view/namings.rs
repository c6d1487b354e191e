//! Which entries name an entity, gathered once somebody asks. Must not decide whether they are live.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::entity::EntityId;
use crate::domain::event::Event;
use crate::domain::sequence::{Sequence, Size};

/// The entries that name each entity, their registrations aside, as far as they have been gathered. It
/// is no part of what a view is: another one gathers its own.
#[derive(Debug, Default)]
pub(in crate::view) struct Namings {
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    size: u64,
    id_to_entries: HashMap<EntityId, Vec<Sequence>>,
}

impl Namings {
    /// The entries of the first so many that name an entity, in order. `named` tells whom an entry
    /// names, and is asked about each once.
    pub(in crate::view) fn of(
        &self,
        id: EntityId,
        size: Size,
        named: impl Fn(Sequence) -> Vec<EntityId>,
    ) -> Vec<Sequence> {
        let mut gathered = self.gathered();
        for sequence in (gathered.size..size.0).map(Sequence) {
            for id in named(sequence) {
                gathered.id_to_entries.entry(id).or_default().push(sequence);
            }
        }
        gathered.size = gathered.size.max(size.0);
        let all = gathered.id_to_entries.get(&id).into_iter().flatten().copied();
        all.filter(|sequence| size.includes(*sequence)).collect()
    }

    /// Forgets the last entry of a view, which names these.
    pub(in crate::view) fn pop(&self, last: Sequence, named: &[EntityId]) {
        let mut gathered = self.gathered();
        if last.0 < gathered.size {
            gathered.size = last.0;
            for id in named {
                if let Some(entries) = gathered.id_to_entries.get_mut(id) {
                    entries.retain(|entry| *entry != last);
                }
            }
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Namings {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Namings {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Namings {}

/// Whom an event names, the entity that it registers aside.
pub(in crate::view) fn named_by(event: &Event) -> Vec<EntityId> {
    match event {
        Event::Fact(fact) => fact.entities(),
        Event::Correction(correction) => correction.fact.entities(),
        Event::Assertion(assertion) => assertion.entities(),
        Event::Opening(_) | Event::Claim(_) | Event::Retraction(_) | Event::Erasure(_) => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_asked_about_once_and_what_is_taken_out_is_forgotten() {
        let [one, other] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
        let namings = Namings::default();
        let of = |id, size, from: u64| {
            namings.of(id, Size(size), |sequence| {
                assert!(from <= sequence.0, "{sequence} is asked about again");
                if sequence.0.is_multiple_of(2) { vec![one, one] } else { vec![other] }
            })
        };
        let numbers = |found: Vec<Sequence>| found.iter().map(|entry| entry.0).collect::<Vec<_>>();
        assert_eq!(numbers(of(other, 4, 0)), [1, 3]);
        assert_eq!(numbers(of(other, 2, 4)), [1]);
        namings.pop(Sequence(3), &[other]);
        assert_eq!(numbers(of(other, 3, 3)), [1]);
        assert_eq!(numbers(of(one, 3, 3)), [0, 0, 2, 2]);
        assert_eq!(numbers(of(other, 6, 3)), [1, 3, 5]);
        // One that nobody has asked about is nothing to forget.
        namings.pop(Sequence(9), &[other]);
        assert_eq!(numbers(of(other, 6, 6)), [1, 3, 5]);
    }
}
