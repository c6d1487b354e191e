//! From an open ledger to an inquiry about it. Computes nothing that the inquiry could.

use crate::domain::sequence::{Sequence, Size};
use crate::ledger::Ledger;
use crate::ledger::answer::overview::{
    CheckpointSummary, LastEntry, Overview, RelationCounts, Trust,
};
use crate::ledger::answer::{Known, StatedBasis};
use crate::ledger::ask::{Basis, Inquiry};
use crate::ledger::error::LedgerError;

impl Ledger {
    /// Begins to ask, on a basis.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`] when the ledger has fewer entries than are to be known, or when
    /// none are.
    pub fn inquire(&self, basis: &Basis) -> Result<Inquiry, LedgerError> {
        let size = basis.known.unwrap_or_else(|| self.size());
        let last = Sequence(size.0.saturating_sub(1));
        let missing = LedgerError::NoSuchEntry { sequence: last, size: self.size() };
        let stated = StatedBasis {
            on: basis.on,
            known: Known { size, head: self.head_of(size)?.ok_or(missing)? },
            policy: basis.policy,
            axis: basis.axis,
            rule: Some(basis.rule),
        };
        Ok(Inquiry::new(self.view(), stated))
    }

    /// Says which ledger this is, and how much is in it.
    ///
    /// # Errors
    /// When the ledger has fewer entries than the inquiry knows: it is another one's;
    /// [`LedgerError::TooManyCarryOvers`] and [`LedgerError::TooOpen`].
    pub fn overview(&self, inquiry: &Inquiry) -> Result<Overview, LedgerError> {
        let size: Size = inquiry.basis().known.size;
        let last = Sequence(size.0.saturating_sub(1));
        let missing = || LedgerError::NoSuchEntry { sequence: last, size: self.size() };
        let view = self.view();
        let row = view.row(last).ok_or_else(missing)?;
        let (in_force, (recorded, findings)) = inquiry
            .allowed(|allowance| (inquiry.in_force(allowance), inquiry.findings(allowance)))?;
        let (basis, definite, possible) = in_force?;
        let vouchers = self.vouchers();
        let committed = vouchers.checkpoint.as_ref().map(|kept| CheckpointSummary {
            size: Size(kept.checkpoint().size),
            root: kept.checkpoint().root,
        });
        Ok(Overview {
            origin: self.origin().clone(),
            title: self.opening().title.clone(),
            basis,
            root: self.root_of(size)?.ok_or_else(missing)?,
            last: LastEntry {
                sequence: last,
                recorded_at: row.recorded_at.to_string(),
                kind: row.event.kind(),
            },
            entities: inquiry.known().entities().count() as u64,
            relations: RelationCounts { recorded: recorded as u64, definite, possible },
            findings: findings.len() as u64,
            checkpoint: committed,
            trust: match (committed, &vouchers.key) {
                (Some(_), Some(_)) => Trust::Own,
                _ => Trust::None,
            },
        })
    }
}
