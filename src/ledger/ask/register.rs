//! `entities` and `entity`: who is in the register.

use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::{Change, ChangeKind, EntityId, Name};
use crate::domain::sequence::Sequence;
use crate::domain::truth::Truth;
use crate::ledger::answer::register::{Entities, Entity, EntityChange, ListedEntity, Membership};
use crate::ledger::ask::Inquiry;

impl Inquiry {
    /// Every entity in the register; of a group, those that are or may be in it on the day.
    pub fn entities(&self, among: Option<EntityId>) -> Entities {
        let (known, on) = (self.known(), self.basis.on);
        let listed = known.entities().filter_map(|registration| {
            let id = registration.id;
            let member = among.map(|group| known.is_member(id, group, on));
            if member == Some(Truth::No) {
                return None;
            }
            Some(ListedEntity {
                entity: id,
                name: self.name(id)?,
                kind: registration.entity,
                lifetime: registration.lifetime.clone(),
                exists: known.exists(id, on),
                member,
                entry: known.registration(id)?.0,
            })
        });
        Entities { basis: self.basis.clone(), among, entities: listed.collect() }
    }

    /// All that the register says of an entity; none when it is not in it.
    pub fn entity(&self, id: EntityId) -> Option<Entity> {
        let (known, on) = (self.known(), self.basis.on);
        let (registered_by, registration) = known.registration(id)?;
        let name = self.name(id)?;
        let mut changes = self.changes(id);
        changes.sort_by_key(|change| (change.change.on.bounds().earliest, change.entry));
        let memberships = self.memberships(id);
        let mut names: Vec<Name> = registration.names.clone();
        if registration.name != name {
            names.insert(0, Name { name: registration.name.clone(), period: None });
        }
        let members = known.members(id, on);
        let those = |wanted: Truth| {
            let matching = members.iter().filter(move |(_, member)| *member == wanted);
            matching.map(|(member, _)| *member).collect::<Vec<_>>()
        };
        let mut entries = vec![registered_by];
        entries.extend(known.corrections(registered_by).filter(|c| known.is_live(*c)));
        entries.extend(changes.iter().map(|change| change.entry));
        entries.extend(memberships.iter().flat_map(|membership| &membership.entries));
        entries.sort_unstable();
        entries.dedup();
        Some(Entity {
            entity: id,
            basis: self.basis.clone(),
            name,
            kind: registration.entity,
            names,
            codes: known.codes(id),
            lifetime: registration.lifetime.clone(),
            exists: known.exists(id, on),
            memberships,
            changes,
            members: those(Truth::Yes),
            possible_members: those(Truth::Unknown),
            entries,
        })
    }

    /// The changes of an entity and those by which it continues or succeeds another, memberships
    /// aside.
    fn changes(&self, id: EntityId) -> Vec<EntityChange> {
        let known = self.known();
        let own = known.changes(id).filter(|(_, change)| {
            !matches!(change.change, ChangeKind::Admitted { .. } | ChangeKind::Left { .. })
        });
        let inherited = known.successions().filter(|(_, change)| match &change.change {
            ChangeKind::Continues { successor, .. } | ChangeKind::Succeeds { successor } => {
                *successor == id
            }
            _ => false,
        });
        let told =
            |(entry, change): (Sequence, &Change)| EntityChange { entry, change: change.clone() };
        own.chain(inherited).map(told).collect()
    }

    /// Each stay in a group, the earliest first.
    fn memberships(&self, id: EntityId) -> Vec<Membership> {
        let mut events: Vec<(Day, bool, Sequence, EntityId, &Edtf)> = self
            .known()
            .memberships(id)
            .map(|(entry, group, entered, on)| (on.bounds().earliest, entered, entry, group, on))
            .collect();
        events.sort_unstable();
        let mut stays: Vec<Membership> = Vec::new();
        for (_, entered, entry, group, on) in events {
            let open =
                stays.iter_mut().rev().find(|stay| stay.group == group && stay.left.is_none());
            match (entered, open) {
                (false, Some(stay)) => {
                    stay.left = Some(on.clone());
                    stay.entries.push(entry);
                }
                (true, _) => stays.push(Membership {
                    group,
                    admitted: Some(on.clone()),
                    left: None,
                    entries: vec![entry],
                }),
                (false, None) => stays.push(Membership {
                    group,
                    admitted: None,
                    left: Some(on.clone()),
                    entries: vec![entry],
                }),
            }
        }
        stays
    }
}
