//! The register of entities as of a day: names, codes, memberships, lifetimes.

use std::collections::BTreeSet;

use crate::domain::day::{Bounds, Day};
use crate::domain::edtf::Edtf;
use crate::domain::entity::{ChangeKind, Code, CodeSystem, EntityId, Registration};
use crate::domain::event::Fact;
use crate::domain::period::Period;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::truth::Truth;
use crate::view::knowledge::Knowledge;

impl<'a> Knowledge<'a> {
    /// The live registration of an entity.
    pub fn registration(self, entity: EntityId) -> Option<(Sequence, &'a Registration)> {
        let root = self.registered_by(entity)?;
        match self.fact(root)? {
            Fact::Registration(registration) => Some((root, registration)),
            _ => None,
        }
    }

    /// The live entry that registers an entity.
    pub fn registered_by(self, entity: EntityId) -> Option<Sequence> {
        let all = self.view.entity_to_registrations.get(&entity)?;
        all.iter().copied().find(|root| self.is_live(*root))
    }

    /// Every entity in the register, by id.
    pub fn entities(self) -> impl Iterator<Item = &'a Registration> + 'a {
        let mut ids: Vec<EntityId> = self.view.entity_to_registrations.keys().copied().collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(move |id| Some(self.registration(id)?.1))
    }

    /// The main name of an entity on a day.
    pub fn name(self, entity: EntityId, on: Day) -> String {
        let renamed = self.changes(entity).filter_map(|(_, change)| match &change.change {
            ChangeKind::Renamed { name } if change.on.bounds().latest <= on => {
                Some((change.on.bounds().latest, name.as_str()))
            }
            _ => None,
        });
        let last = renamed.max_by_key(|(day, _)| *day).map(|(_, name)| name);
        let registered = self.registration(entity).map(|(_, registered)| registered.name.as_str());
        last.or(registered).unwrap_or(entity.as_str()).to_owned()
    }

    /// All names that an entity has ever borne: the name, and when if that is limited.
    pub fn names(self, entity: EntityId) -> Vec<(&'a str, Option<&'a Period>)> {
        let Some((_, registration)) = self.registration(entity) else { return Vec::new() };
        let mut names = vec![(registration.name.as_str(), None)];
        let others = registration.names.iter();
        names.extend(others.map(|name| (name.name.as_str(), name.period.as_ref())));
        names.extend(self.changes(entity).filter_map(|(_, change)| match &change.change {
            ChangeKind::Renamed { name } => Some((name.as_str(), None)),
            _ => None,
        }));
        names
    }

    /// All codes that an entity has ever borne.
    pub fn codes(self, entity: EntityId) -> Vec<Code> {
        let Some((_, registration)) = self.registration(entity) else { return Vec::new() };
        let mut codes = registration.codes.clone();
        codes.extend(self.changes(entity).filter_map(|(_, change)| match &change.change {
            ChangeKind::Code { system, code } => {
                Some(Code { system: *system, code: code.clone(), period: None })
            }
            _ => None,
        }));
        codes
    }

    /// The entities that bear a code on a day.
    pub fn bearers(self, system: CodeSystem, code: &str, on: Day) -> Vec<EntityId> {
        let bears = |entity: EntityId| {
            self.codes(entity).iter().any(|borne| {
                borne.system == system
                    && borne.code.as_str().eq_ignore_ascii_case(code)
                    && borne.period.as_ref().is_none_or(|p| p.contains(on) != Truth::No)
            })
        };
        self.ever_called(&code.to_lowercase()).into_iter().filter(|id| bears(*id)).collect()
    }

    /// The admissions to and departures from groups of an entity: the entry, the group, whether it
    /// entered, and when.
    pub fn memberships(
        self,
        entity: EntityId,
    ) -> impl Iterator<Item = (Sequence, EntityId, bool, &'a Edtf)> + 'a {
        self.changes(entity).filter_map(|(sequence, change)| match &change.change {
            ChangeKind::Admitted { group } => Some((sequence, *group, true, &change.on)),
            ChangeKind::Left { group } => Some((sequence, *group, false, &change.on)),
            _ => None,
        })
    }

    /// Whether an entity is a member of a group on a day.
    ///
    /// Membership is not cut by lifetime (domain.md §3).
    pub fn is_member(self, entity: EntityId, group: EntityId, on: Day) -> Truth {
        let mut changes: Vec<_> = self
            .memberships(entity)
            .filter(|(_, of, _, _)| *of == group)
            .map(|(_, _, entered, on)| (on.bounds().earliest, on.bounds().latest, entered))
            .collect();
        changes.sort_unstable();
        changes.into_iter().fold(Truth::No, |so_far, (earliest, latest, entered)| {
            let then = if entered { Truth::Yes } else { Truth::No };
            match (latest <= on, earliest <= on) {
                (true, _) => then,
                (false, true) if then != so_far => Truth::Unknown,
                (false, _) => so_far,
            }
        })
    }

    /// The entities that may be members of a group on a day, each with whether it certainly is.
    pub fn members(self, group: EntityId, on: Day) -> Vec<(EntityId, Truth)> {
        let ids = self.entities().map(|registration| registration.id);
        ids.map(|id| (id, self.is_member(id, group, on)))
            .filter(|(_, member)| *member != Truth::No)
            .collect()
    }

    /// The recorded lifetime of an entity.
    pub(in crate::view) fn lifetime(self, entity: EntityId) -> Option<&'a Period> {
        self.registration(entity)?.1.lifetime.as_ref()
    }

    /// Whether an entity exists on a day, by its recorded lifetime, ends and revivals.
    pub fn exists(self, entity: EntityId, on: Day) -> Truth {
        let registered = self.registration(entity).and_then(|(_, r)| r.lifetime.as_ref());
        let lifetime = registered.map_or(Truth::Yes, |lifetime| lifetime.contains(on));
        let last = self
            .changes(entity)
            .filter(|(_, change)| change.on.bounds().latest <= on)
            .filter_map(|(_, change)| match change.change {
                ChangeKind::Extinguished => Some((change.on.bounds().latest, Truth::No)),
                ChangeKind::Revived => Some((change.on.bounds().latest, Truth::Yes)),
                _ => None,
            })
            .max();
        last.map_or(lifetime, |(_, exists)| exists)
    }

    /// The continuations, in the order of time, by which a relation came from two parties to two
    /// others.
    pub fn carried_by(self, from: Parties, to: Parties) -> Vec<Sequence> {
        let mut continuations: Vec<_> = self
            .continuations()
            .filter_map(|(entry, change)| {
                let successor = change.change.continued_by()?;
                Some((change.on.bounds().earliest, entry, change.entity, successor))
            })
            .collect();
        continuations.sort_unstable();
        let mut carried = Vec::new();
        let mut sides = from.both().to_vec();
        for (_, entry, before, after) in continuations {
            let open = sides.iter().position(|side| *side == before && !to.include(*side));
            if let Some(side) = open.and_then(|index| sides.get_mut(index)) {
                *side = after;
                carried.push(entry);
            }
        }
        carried
    }

    /// Every entity with whom one may ever have had relations on an axis, by its own acts or by
    /// those that it, or the other, continues.
    pub fn possible_partners(self, entity: EntityId) -> BTreeSet<EntityId> {
        let own = self.continued_by(entity).into_iter();
        let recorded = own.flat_map(|id| self.acting_partners(id));
        let mut partners = grown(recorded, |id| self.successors(id));
        partners.remove(&entity);
        partners
    }

    /// Every entity with whom one has recorded acts of its own, live or not.
    pub fn acting_partners(self, entity: EntityId) -> impl Iterator<Item = EntityId> + 'a {
        self.view.acts.partners(entity)
    }

    /// An entity and all that continue it, also through others.
    pub fn continuing(self, entity: EntityId) -> BTreeSet<EntityId> {
        self.continuing_any([entity])
    }

    /// Some entities and all that continue any of them, also through others.
    pub fn continuing_any(
        self,
        entities: impl IntoIterator<Item = EntityId>,
    ) -> BTreeSet<EntityId> {
        grown(entities, |id| self.successors(id))
    }

    /// An entity and all that it continues, also through others.
    pub fn continued_by(self, entity: EntityId) -> BTreeSet<EntityId> {
        grown([entity], |id| self.continuations_by(id).map(|change| change.entity))
    }

    fn successors(self, entity: EntityId) -> impl Iterator<Item = EntityId> + 'a {
        self.turning_changes(entity).filter_map(|(_, change)| change.change.continued_by())
    }
}

/// Whether somebody with such a lifetime, if it is recorded, existed at some time between two days.
pub(in crate::view) fn may_have_lived(lifetime: Option<&Period>, bounds: Bounds) -> bool {
    lifetime.is_none_or(|lifetime| {
        lifetime.start().earliest <= bounds.latest && bounds.earliest <= lifetime.end().latest
    })
}

/// Entities, and what follows from them, until nothing more does.
fn grown<I: Iterator<Item = EntityId>>(
    from: impl IntoIterator<Item = EntityId>,
    following: impl Fn(EntityId) -> I,
) -> BTreeSet<EntityId> {
    let mut queue: Vec<EntityId> = from.into_iter().collect();
    let mut reached: BTreeSet<EntityId> = queue.iter().copied().collect();
    while let Some(id) = queue.pop() {
        queue.extend(following(id).filter(|next| reached.insert(*next)));
    }
    reached
}
