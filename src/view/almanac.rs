//! The partners of every entity on any day, prepared in advance: an almanac for those who ask very many
//! times. Must say what `partners` says, and knows no order, no since and no groups.

use hashbrown::HashMap;

use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::status::CountingRule;
use crate::domain::truth::Truth;
use crate::view::knowledge::Knowledge;
use crate::view::partners::counts;

/// After so many changes all partners are noted anew, so that few changes have to be followed.
const CHANGES_FOLLOWED_MAX: usize = 64;

/// Who has relations with whom on any day, for one axis, policy and counting rule.
#[derive(Debug, Clone)]
pub struct Almanac {
    entities: Vec<EntityId>,
    id_to_page: HashMap<EntityId, usize>,
    pages: Vec<Page>,
}

/// The partners of one entity.
#[derive(Debug, Clone, Default)]
struct Page {
    /// What changes, in the order of days.
    changes: Vec<Change>,
    /// The partners before the first of each [`CHANGES_FOLLOWED_MAX`] changes.
    noted: Vec<Marks>,
}

/// From a day on, a partner counts, or does not, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    from: Day,
    partner: u32,
    definite: bool,
    possible: bool,
}

/// Sets of entities by their place in the almanac.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Marks {
    definite: Vec<u64>,
    possible: Vec<u64>,
}

/// Partners on a day, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnersOn {
    /// Those that certainly are.
    pub definite: Vec<EntityId>,
    /// Those that may be.
    pub possible: Vec<EntityId>,
}

impl Knowledge<'_> {
    /// Prepares the partners of every entity on any day. Takes as long as solving every relation once.
    pub fn almanac(self, axis: Axis, policy: Policy, rule: CountingRule) -> Almanac {
        let mut almanac =
            Almanac { entities: Vec::new(), id_to_page: HashMap::default(), pages: Vec::new() };
        almanac.entities = self.entities().map(|registration| registration.id).collect();
        almanac.id_to_page = almanac.entities.iter().copied().zip(0..).collect();
        almanac.pages.resize_with(almanac.entities.len(), Page::default);
        for (place, entity) in almanac.entities.clone().into_iter().enumerate() {
            let partners = self.possible_partners(entity).into_iter();
            for partner in partners.filter(|partner| entity < *partner) {
                let Ok(parties) = Parties::new(entity, partner) else { continue };
                let Some(&other) = almanac.id_to_page.get(&partner) else { continue };
                for (from, counted) in self.counted(parties, axis, policy, rule) {
                    let (definite, possible) = (counted == Truth::Yes, counted == Truth::Unknown);
                    for (page, partner) in [(place, other), (other, place)] {
                        let partner = u32::try_from(partner).expect("fewer entities than 2^32");
                        let change = Change { from, partner, definite, possible };
                        almanac.pages[page].changes.push(change);
                    }
                }
            }
        }
        let words = almanac.entities.len().div_ceil(64);
        almanac.pages.iter_mut().for_each(|page| page.note(words));
        almanac
    }

    /// From which days on a relation counts, does not, or may.
    fn counted(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
        rule: CountingRule,
    ) -> Vec<(Day, Truth)> {
        let (mut counted, mut last) = (Vec::new(), Truth::No);
        for (day, statuses) in self.course(parties, axis, policy) {
            let now = counts(rule, statuses);
            if now != last {
                counted.push((day, now));
                last = now;
            }
        }
        counted
    }
}

impl Almanac {
    /// The partners of an entity on a day; none for an entity that is not in the register.
    #[must_use]
    pub fn partners(&self, entity: EntityId, on: Day) -> Option<PartnersOn> {
        let page = self.pages.get(*self.id_to_page.get(&entity)?)?;
        let marks = page.on(on);
        let listed = |marks: &[u64]| {
            let count = marks.iter().map(|word| word.count_ones()).sum::<u32>();
            let mut listed = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
            for (word, first) in marks.iter().zip((0..).step_by(64)) {
                let mut left = *word;
                while left != 0 {
                    let bit = usize::try_from(left.trailing_zeros()).unwrap_or_default();
                    listed.extend(self.entities.get(first + bit));
                    left &= left - 1;
                }
            }
            listed
        };
        Some(PartnersOn { definite: listed(&marks.definite), possible: listed(&marks.possible) })
    }
}

impl Page {
    /// Sorts the changes and notes the partners from time to time.
    fn note(&mut self, words: usize) {
        self.changes.sort_unstable();
        let mut marks = Marks { definite: vec![0; words], possible: vec![0; words] };
        for (position, change) in self.changes.iter().enumerate() {
            if position.is_multiple_of(CHANGES_FOLLOWED_MAX) {
                self.noted.push(marks.clone());
            }
            marks.follow(*change);
        }
        if self.changes.is_empty() {
            self.noted.push(marks);
        }
    }

    fn on(&self, day: Day) -> Marks {
        let count = self.changes.partition_point(|change| change.from <= day);
        let note = count.saturating_sub(1) / CHANGES_FOLLOWED_MAX;
        let mut marks = self.noted.get(note).cloned().unwrap_or_default();
        let followed = self.changes.get(note * CHANGES_FOLLOWED_MAX..count).unwrap_or_default();
        followed.iter().for_each(|change| marks.follow(*change));
        marks
    }
}

impl Marks {
    fn follow(&mut self, change: Change) {
        let [word, bit] = [change.partner / 64, change.partner % 64];
        let word = usize::try_from(word).unwrap_or_default();
        for (marks, is_set) in
            [(&mut self.definite, change.definite), (&mut self.possible, change.possible)]
        {
            if let Some(marks) = marks.get_mut(word) {
                *marks = *marks & !(1 << bit) | u64::from(is_set) << bit;
            }
        }
    }
}
