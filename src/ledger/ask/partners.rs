//! `partners`, `missing`, `count` and `ordinal`: whom an entity has relations with.

use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::partners::{
    Count, Missing, Ordinal, Partner, Partners, PossiblePartner,
};
use crate::ledger::ask::Inquiry;
use crate::ledger::error::LedgerError;
use crate::view::allowance::Allowance;
use crate::view::partners::{Circle, Within};

impl Inquiry {
    fn circle<'a>(&'a self, entity: EntityId, allowance: &'a Allowance) -> Circle<'a> {
        let StatedBasis { axis, policy, .. } = self.basis;
        self.known().within(allowance).circle(entity, axis, policy, self.rule)
    }

    /// Whether the ledger is asserted to hold every act of an entity on the day.
    fn is_complete(&self, entity: EntityId) -> bool {
        self.known().complete_on(entity, self.basis.axis, self.basis.on).is_some()
    }

    /// The main name of an entity on the day.
    pub(in crate::ledger::ask) fn name(&self, entity: EntityId) -> Option<Text> {
        Text::parse(self.known().name(entity, self.basis.on)).ok()
    }

    /// The partners of an entity on the day, ranked by since.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn partners(&self, entity: EntityId, within: Within) -> Result<Partners, LedgerError> {
        self.allowed(|allowance| self.partners_in(&self.circle(entity, allowance), within))
    }

    fn partners_in(&self, circle: &Circle<'_>, within: Within) -> Partners {
        let entity = circle.entity;
        let found = circle.partners(within, self.basis.on);
        let date = |entry: Sequence| -> Option<Edtf> {
            self.stated_date(entry).map(|(_, date)| date.clone())
        };
        let definite = found.definite.iter().zip(1..).filter_map(|(partner, rank)| {
            Some(Partner {
                entity: partner.entity,
                name: self.name(partner.entity)?,
                rank,
                since: partner.since.and_then(date),
                first: partner.relation.first_active().and_then(|first| date(first.entry)),
                entry: partner.since,
            })
        });
        let possible = found.possible.iter().filter_map(|partner| {
            Some(PossiblePartner {
                entity: partner.entity,
                name: self.name(partner.entity)?,
                status: self.known().statuses(partner.relation, self.basis.on),
            })
        });
        let mut possible: Vec<PossiblePartner> = possible.collect();
        possible.sort_by_key(|partner| partner.entity);
        Partners {
            entity,
            basis: self.counting_basis(),
            among: if let Within::Among(group) = within { Some(group) } else { None },
            not_in: if let Within::NotIn(group) = within { Some(group) } else { None },
            complete: self.is_complete(entity),
            definite: definite.collect(),
            possible,
        }
    }

    /// The members of a group that are no partners of an entity on the day.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn missing(&self, entity: EntityId, among: EntityId) -> Result<Missing, LedgerError> {
        let StatedBasis { axis, policy, on, .. } = self.basis;
        let (definite, possible) = self.allowed(|allowance| {
            let known = self.known().within(allowance);
            known.missing(entity, axis, policy, self.rule, among, on)
        })?;
        Ok(Missing {
            entity,
            basis: self.counting_basis(),
            among,
            complete: self.is_complete(entity),
            definite,
            possible,
        })
    }

    /// How many partners an entity has on the day.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn count(&self, entity: EntityId, within: Within) -> Result<Count, LedgerError> {
        let StatedBasis { axis, policy, on, .. } = self.basis;
        let (definite, possible) = self.allowed(|allowance| {
            let known = self.known().within(allowance);
            known.partner_counts(entity, axis, policy, self.rule, within, on)
        })?;
        Ok(Count {
            entity,
            basis: self.counting_basis(),
            among: if let Within::Among(group) = within { Some(group) } else { None },
            complete: self.is_complete(entity),
            definite_count: definite as u64,
            possible_count: possible as u64,
        })
    }

    /// Which partner of an entity another became.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn ordinal(&self, entity: EntityId, partner: EntityId) -> Result<Ordinal, LedgerError> {
        let on = self.basis.on;
        let range =
            self.allowed(|allowance| self.circle(entity, allowance).ordinal(partner, on))?;
        Ok(Ordinal {
            entity,
            partner,
            basis: self.counting_basis(),
            ordinal: range.map(|(least, _)| least as u64),
            ordinal_max: range.map(|(_, most)| most as u64),
        })
    }
}
