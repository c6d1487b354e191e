//! Finding an entity by what a person calls it: id, then code, name, alias, as of a day.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::domain::day::Day;
use crate::domain::entity::{ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::sequence::Sequence;
use crate::domain::truth::Truth;
use crate::view::knowledge::Knowledge;

/// How many of those that are called alike are named.
const CANDIDATES_MAX: usize = 12;
/// What is longer is compared with nothing.
const COMPARED_BYTES_MAX: usize = 64;
/// How many entities a failed lookup proposes.
const NEAREST_MAX: usize = 3;
/// How alike a name must be to be proposed, from 0 to 1.
const ALIKE_MIN: f64 = 0.7;

/// An entity proposed in place of what was not found, or one of several that were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The entity.
    pub id: EntityId,
    /// Its main name on the day.
    pub name: String,
    /// Its recorded lifetime.
    pub lifetime: Option<String>,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}", self.id, self.name)?;
        if let Some(lifetime) = &self.lifetime {
            write!(f, ", {lifetime}")?;
        }
        f.write_str(")")
    }
}

/// A name that does not lead to one entity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No entity is called so.
    #[error("unknown entity {text:?}")]
    Unknown {
        /// What was asked for.
        text: String,
        /// Those that are called nearly so.
        nearest: Vec<Candidate>,
    },
    /// Several entities are called so.
    #[error("{text:?} is ambiguous: {}{}", listed(candidates), and_more(*more))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// Those that are called so, the first of them.
        candidates: Vec<Candidate>,
        /// How many more there are.
        more: usize,
    },
}

fn listed(candidates: &[Candidate]) -> String {
    candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" and {more} more") }
}

impl LookupError {
    /// What to type instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { nearest, .. } if nearest.is_empty() => {
                "`chancery entities` lists them all; `chancery register` adds one".to_owned()
            }
            Self::Unknown { nearest, .. } => format!("did you mean {}?", listed(nearest)),
            Self::Ambiguous { candidates, .. } => {
                let ids: Vec<&str> = candidates.iter().map(|c| c.id.as_str()).collect();
                format!("name one of them by its id: {}", ids.join(" or "))
            }
        }
    }
}

/// What an event says that entities are called, or which codes they bear, in lower case.
pub(in crate::view) fn called_by(event: &Event) -> Vec<(String, EntityId)> {
    let fact = match event {
        Event::Fact(fact) => fact,
        Event::Correction(correction) => &correction.fact,
        _ => return Vec::new(),
    };
    match fact {
        Fact::Registration(registration) => {
            let names = registration.names.iter().map(|name| name.name.as_str());
            let codes = registration.codes.iter().map(|code| code.code.as_str());
            let all = [registration.name.as_str()].into_iter().chain(names).chain(codes);
            all.map(|text| (text.to_lowercase(), registration.id)).collect()
        }
        Fact::Change(change) => match &change.change {
            ChangeKind::Renamed { name } => vec![(name.as_str().to_lowercase(), change.entity)],
            ChangeKind::Code { code, .. } => vec![(code.as_str().to_lowercase(), change.entity)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

impl Knowledge<'_> {
    /// Finds the entity that is called so, whatever the case of the letters.
    ///
    /// Ids come first, then codes, main names and aliases as of the day; what was borne on other
    /// days only counts when nothing else does.
    ///
    /// # Errors
    /// [`LookupError`] when there is none, or more than one.
    pub fn lookup(self, text: &str, on: Day) -> Result<EntityId, LookupError> {
        let called = self.called(text, on);
        match called[..] {
            [one] => Ok(one),
            [] => {
                let nearest = self.nearest(&text.to_lowercase(), on);
                Err(LookupError::Unknown { text: text.to_owned(), nearest })
            }
            _ => {
                let some = called.iter().take(CANDIDATES_MAX);
                let candidates = some.map(|id| self.candidate(*id, on)).collect();
                let more = called.len().saturating_sub(CANDIDATES_MAX);
                Err(LookupError::Ambiguous { text: text.to_owned(), candidates, more })
            }
        }
    }

    /// The entities that [`Knowledge::lookup`] finds: one, or none, or those that it cannot decide
    /// between.
    pub fn called(self, text: &str, on: Day) -> Vec<EntityId> {
        let upper = text.to_ascii_uppercase();
        if let Ok(id) = EntityId::parse(&upper)
            && self.registration(id).is_some()
        {
            return vec![id];
        }
        let wanted = text.to_lowercase();
        let all = self.ever_called(&wanted);
        let those = |matches: &dyn Fn(EntityId) -> bool| -> Vec<EntityId> {
            all.iter().copied().filter(|id| matches(*id)).collect()
        };
        for any_day in [false, true] {
            let borne = |period: Option<&crate::domain::period::Period>| {
                any_day || period.is_none_or(|period| period.contains(on) != Truth::No)
            };
            let by_code = those(&|id| {
                let codes = self.codes(id);
                codes.iter().any(|code| {
                    code.code.as_str().to_lowercase() == wanted && borne(code.period.as_ref())
                })
            });
            let by_name = || those(&|id| self.name(id, on).to_lowercase() == wanted);
            let by_alias = || {
                those(&|id| {
                    let names = self.names(id);
                    names
                        .iter()
                        .any(|(name, period)| name.to_lowercase() == wanted && borne(*period))
                })
            };
            let otherwise = || Some(by_name()).filter(|found| !found.is_empty());
            let found = Some(by_code).filter(|found| !found.is_empty()).or_else(otherwise);
            let found = found.unwrap_or_else(by_alias);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The entities of which anything recorded says, live or not, that they are called so or bear such
    /// a code, in lower case; in the order of their ids.
    pub(in crate::view) fn ever_called(self, lower: &String) -> BTreeSet<EntityId> {
        let view = self.view;
        let told = |range: Range<u64>| {
            let registered = view.entity_to_registrations.values().flatten();
            let roots: Vec<Sequence> =
                registered.chain(view.entity_to_changes.values().flatten()).copied().collect();
            let corrections = roots.iter().flat_map(|root| view.corrections.of(*root));
            let all = roots.iter().copied().chain(corrections);
            let new: BTreeSet<Sequence> = all.filter(|entry| range.contains(&entry.0)).collect();
            let called = new.into_iter().flat_map(|entry| {
                let called = view.rows.glance(entry, |row| called_by(&row.event));
                called.unwrap_or_default().into_iter().map(move |(name, id)| (name, entry, id))
            });
            called.collect()
        };
        let mut found = BTreeSet::new();
        view.called.find(lower, self.size, told, |(_, id)| {
            found.insert(id);
            None::<()>
        });
        found.retain(|id| self.registration(*id).is_some());
        found
    }

    fn candidate(self, id: EntityId, on: Day) -> Candidate {
        let lifetime = self.registration(id).and_then(|(_, r)| r.lifetime.as_ref());
        Candidate { id, name: self.name(id, on), lifetime: lifetime.map(ToString::to_string) }
    }

    fn nearest(self, wanted: &str, on: Day) -> Vec<Candidate> {
        if COMPARED_BYTES_MAX < wanted.len() {
            return Vec::new();
        }
        let is_short = |name: &String| name.len() <= COMPARED_BYTES_MAX;
        let mut scored: Vec<(f64, EntityId)> = self
            .entities()
            .map(|registration| registration.id)
            .map(|id| {
                let names = self.names(id);
                let called = names.iter().map(|(name, _)| name.to_lowercase());
                let called = called.chain([id.as_str().to_lowercase()]).filter(is_short);
                let score = called.map(|name| strsim::jaro_winkler(&name, wanted));
                (score.fold(0.0, f64::max), id)
            })
            .filter(|(score, _)| *score >= ALIKE_MIN)
            .collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        scored.into_iter().take(NEAREST_MAX).map(|(_, id)| self.candidate(id, on)).collect()
    }
}
