//! How many relations are in force, over the whole ledger.

use crate::domain::relation::Parties;
use crate::domain::truth::Truth;
use crate::ledger::answer::StatedBasis;
use crate::ledger::ask::{Followed, Inquiry};
use crate::ledger::error::LedgerError;
use crate::view::allowance::Allowance;
use crate::view::each::of_each;
use crate::view::partners::counts;

impl Inquiry {
    /// The basis of the count, how many relations certainly count by its rule on the day, and how
    /// many others may.
    ///
    /// # Errors
    /// [`LedgerError::TooManyCarryOvers`].
    pub(in crate::ledger) fn in_force(
        &self,
        allowance: &Allowance,
    ) -> Result<(StatedBasis, u64, u64), LedgerError> {
        let (known, mut followed) = (self.known().within(allowance), Followed::default());
        let StatedBasis { axis, policy, on, .. } = self.basis;
        // Entities that continue one another can have far more relations than entries, but no more than
        // are followed.
        let pairs = known.entities().flat_map(|registration| {
            let one = registration.id;
            let others = known.possible_partners(one).into_iter().filter(move |other| one < *other);
            others.filter_map(move |other| Parties::new(one, other).ok())
        });
        let counted = |parties| followed.count(known, parties).map(|()| parties);
        let relations = pairs.map(counted).collect::<Result<Vec<_>, _>>()?;
        let counts = of_each(relations.into_iter(), |parties| {
            Some(counts(self.rule, known.statuses_on(parties, axis, policy, on)))
        });
        let (mut definite, mut possible) = (0, 0);
        for truth in counts {
            match truth {
                Truth::Yes => definite += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
        }
        Ok((self.counting_basis(), definite, possible))
    }
}
