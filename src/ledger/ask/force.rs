//! How many relations are in force, over the whole ledger.

use crate::domain::relation::Parties;
use crate::domain::truth::Truth;
use crate::ledger::answer::StatedBasis;
use crate::ledger::ask::{Followed, Inquiry};
use crate::ledger::error::LedgerError;
use crate::view::partners::counts;

impl Inquiry {
    /// The basis of the count, how many relations certainly count by its rule on the day, and how
    /// many others may.
    ///
    /// # Errors
    /// [`LedgerError::TooManyCarryOvers`].
    pub(in crate::ledger) fn in_force(&self) -> Result<(StatedBasis, u64, u64), LedgerError> {
        let (known, mut followed) = (self.known(), Followed::default());
        let (mut definite, mut possible) = (0, 0);
        // Not gathered first: entities that continue one another can have far more relations than entries.
        let pairs = known.entities().flat_map(|registration| {
            let one = registration.id;
            let others = known.possible_partners(one).into_iter().filter(move |other| one < *other);
            others.filter_map(move |other| Parties::new(one, other).ok())
        });
        for parties in pairs {
            followed.count(known, parties)?;
            let statuses = known.statuses(&self.relation(parties), self.basis.on);
            match counts(self.rule, statuses) {
                Truth::Yes => definite += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
        }
        Ok((self.counting_basis(), definite, possible))
    }
}
