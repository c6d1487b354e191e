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

/// The partners of one entity. Whoever asks looks at the days of the notes, at one note and at the changes
/// behind it, each of which lie together: what no cache holds is waited for few times.
#[derive(Debug, Clone, Default)]
struct Page {
    /// What changes, in the order of days.
    changes: Vec<Change>,
    /// The day of the first of each [`CHANGES_FOLLOWED_MAX`] changes.
    noted_from: Vec<Day>,
    /// The partners before that change: the marks of those that certainly count, then of those that may.
    noted: Vec<u64>,
}

/// From a day on, a partner counts, or does not, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    from: Day,
    /// The place of the partner in the almanac, four times, and which of both marks it has: with the day
    /// eight bytes, and twelve if each stood apart.
    marked: u32,
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
                    for (page, partner) in [(place, other), (other, place)] {
                        almanac.pages[page].changes.push(Change::new(from, partner, counted));
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
        let marks = page.on(on, self.entities.len().div_ceil(64));
        let listed = |marks: &[u64]| {
            let count = marks.iter().map(|word| word.count_ones()).sum::<u32>();
            let mut listed = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
            for (word, entities) in marks.iter().zip(self.entities.chunks(64)) {
                let mut left = *word;
                while left != 0 {
                    let bit = usize::try_from(left.trailing_zeros()).unwrap_or_default();
                    listed.extend(entities.get(bit));
                    left &= left - 1;
                }
            }
            listed
        };
        let (definite, possible) = marks.split_at(marks.len() / 2);
        Some(PartnersOn { definite: listed(definite), possible: listed(possible) })
    }
}

impl Page {
    /// Sorts the changes and notes the partners from time to time; each set of marks has so many words.
    fn note(&mut self, words: usize) {
        self.changes.sort_unstable();
        let mut marks = vec![0; 2 * words];
        for stretch in self.changes.chunks(CHANGES_FOLLOWED_MAX) {
            self.noted_from.extend(stretch.first().map(|change| change.from));
            self.noted.extend_from_slice(&marks);
            stretch.iter().for_each(|change| change.follow(&mut marks));
        }
    }

    /// The marks of those that certainly count on a day, and of those that may; each set has so many words.
    fn on(&self, day: Day, words: usize) -> Vec<u64> {
        let note = self.noted_from.partition_point(|from| *from <= day).saturating_sub(1);
        let noted = self.noted.get(2 * words * note..2 * words * (note + 1));
        let mut marks = noted.map_or_else(|| vec![0; 2 * words], <[u64]>::to_vec);
        let behind = self.changes.get(CHANGES_FOLLOWED_MAX * note..).unwrap_or_default().iter();
        let followed = behind.take(CHANGES_FOLLOWED_MAX).take_while(|change| change.from <= day);
        followed.for_each(|change| change.follow(&mut marks));
        marks
    }
}

impl Change {
    const DEFINITE: u32 = 1;
    const POSSIBLE: u32 = 2;

    fn new(from: Day, partner: usize, counted: Truth) -> Self {
        let mark = match counted {
            Truth::Yes => Self::DEFINITE,
            Truth::Unknown => Self::POSSIBLE,
            Truth::No => 0,
        };
        let partner = u32::try_from(4 * partner).expect("fewer entities than 2^30");
        Self { from, marked: partner | mark }
    }

    /// Changes the marks of its partner.
    fn follow(self, marks: &mut [u64]) {
        let partner = usize::try_from(self.marked / 4).unwrap_or_default();
        let (definite, possible) = marks.split_at_mut(marks.len() / 2);
        for (marks, mark) in [(definite, Self::DEFINITE), (possible, Self::POSSIBLE)] {
            if let Some(word) = marks.get_mut(partner / 64) {
                let bit = partner % 64;
                *word = *word & !(1 << bit) | u64::from(self.marked & mark != 0) << bit;
            }
        }
    }
}
