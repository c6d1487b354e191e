//! How many relations are in force, over the whole ledger.

use std::collections::BTreeSet;

use crate::domain::relation::Parties;
use crate::domain::truth::Truth;
use crate::ledger::answer::StatedBasis;
use crate::ledger::ask::Inquiry;
use crate::view::partners::counts;

impl Inquiry {
    /// The basis of the count, how many relations certainly count by its rule on the day, and how
    /// many others may.
    pub(in crate::ledger) fn in_force(&self) -> (StatedBasis, u64, u64) {
        let known = self.known();
        let mut pairs: BTreeSet<Parties> = BTreeSet::new();
        for registration in known.entities() {
            let partners = known.possible_partners(registration.id).into_iter();
            pairs.extend(partners.filter_map(|other| Parties::new(registration.id, other).ok()));
        }
        let (mut definite, mut possible) = (0, 0);
        for parties in pairs {
            let statuses = known.statuses(&self.relation(parties), self.basis.on);
            match counts(self.rule, statuses) {
                Truth::Yes => definite += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
        }
        (self.counting_basis(), definite, possible)
    }
}
