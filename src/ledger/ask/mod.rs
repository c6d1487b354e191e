//! Asking: fills the answers from the view. Computes nothing of its own that the view could know.

mod assertions;
mod axes;
mod conflicts;
mod diff;
mod force;
mod history;
mod partners;
mod register;
mod relation;
mod why;

use std::sync::Arc;

use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::finding::FindingKind;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Size;
use crate::domain::status::CountingRule;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::assertion::Outcome;
use crate::ledger::answer::finding::{ASSERTIONS, Check, NamedCheck, StatedFinding};
use crate::ledger::error::LedgerError;
use crate::view::allowance::Allowance;
use crate::view::each::of_each;
use crate::view::findings::Finding;
use crate::view::fold::View;
use crate::view::knowledge::Knowledge;
use crate::view::lookup::LookupError;
use crate::view::relation::Relation;

/// What a question is to rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The day in the world.
    pub on: Day,
    /// How much of the log to use; all of it, when absent.
    pub known: Option<Size>,
    /// Which accounts to believe.
    pub policy: Policy,
    /// On which axis.
    pub axis: Axis,
    /// What counts as a partner.
    pub rule: CountingRule,
}

impl Basis {
    /// The usual basis of a question about a day: all that is known, as stated, diplomatic, active.
    pub fn on(day: Day) -> Self {
        Self {
            on: day,
            known: None,
            policy: Policy::default(),
            axis: Axis::default(),
            rule: CountingRule::default(),
        }
    }
}

/// A ledger as it was known at a position, asked about a day.
#[derive(Debug, Clone)]
pub struct Inquiry {
    view: Arc<View>,
    basis: StatedBasis,
    rule: CountingRule,
}

impl Inquiry {
    /// Asks a view; the basis says its counting rule only in the answers that count.
    pub fn new(view: Arc<View>, basis: StatedBasis) -> Self {
        let rule = basis.rule.unwrap_or_default();
        Self { view, basis: StatedBasis { rule: None, ..basis }, rule }
    }

    /// What the answers rest on.
    pub fn basis(&self) -> &StatedBasis {
        &self.basis
    }

    /// The basis of an answer that counts.
    fn counting_basis(&self) -> StatedBasis {
        StatedBasis { rule: Some(self.rule), ..self.basis.clone() }
    }

    /// The view as it was known.
    pub fn known(&self) -> Knowledge<'_> {
        self.view.known(self.basis.known.size)
    }

    /// Finds an entity by what a person calls it, as of the day.
    ///
    /// # Errors
    /// [`LookupError`] when no entity, or more than one, is called so.
    pub fn lookup(&self, text: &str) -> Result<EntityId, LookupError> {
        self.known().lookup(text, self.basis.on)
    }

    fn relation(&self, parties: Parties) -> Relation {
        self.known().relation(parties, self.basis.axis, self.basis.policy)
    }

    /// Gives an answer that rests on many relations, unless they leave more open than is tried.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub(in crate::ledger) fn allowed<T>(
        &self,
        answer: impl FnOnce(&Allowance) -> T,
    ) -> Result<T, LedgerError> {
        let allowance = Allowance::new(self.basis.known.size);
        let answer = answer(&allowance);
        if allowance.is_used_up() { Err(LedgerError::TooOpen) } else { Ok(answer) }
    }

    /// How many relations have acts on the axis, and the findings over all of them, in order.
    pub(in crate::ledger) fn findings(&self, allowance: &Allowance) -> (usize, Vec<StatedFinding>) {
        let (known, axis) = (self.known().within(allowance), self.basis.axis);
        let found = of_each(self.view.relations().into_iter(), |parties| {
            known.acts(parties, axis).next()?;
            Some(known.findings(parties, axis))
        });
        let relations = found.len();
        let mut findings: Vec<StatedFinding> = found.into_iter().flatten().map(stated).collect();
        findings.sort_unstable();
        (relations, findings)
    }

    /// The findings over all relations of the axis, and the outcomes of all assertions.
    ///
    /// # Errors
    /// [`LedgerError::TooOpen`].
    pub fn check(&self) -> Result<Check, LedgerError> {
        let (relations, findings) = self.allowed(|allowance| self.findings(allowance))?;
        let assertions = self.assertions();
        let found = |kind| findings.iter().filter(|finding| finding.finding == kind).count();
        let failing = assertions.iter().filter(|assertion| assertion.now != Outcome::Holds).count();
        let kinds = FindingKind::ALL.map(|kind| (kind.as_str(), found(kind))).into_iter();
        let checks = kinds
            .chain([(ASSERTIONS, failing)])
            .map(|(name, found)| NamedCheck { name, ok: found == 0, found })
            .collect();
        let basis = self.basis.clone();
        Ok(Check { basis, relations: relations as u64, checks, findings, assertions })
    }
}

/// So many carry-overs are followed for one answer about all relations. Entities that continue one
/// another can make far more relations than there are entries.
const CARRY_OVERS_FOLLOWED_MAX: usize = 1 << 17;

/// The relations that an answer about all of them rests on.
#[derive(Debug, Default)]
struct Followed {
    carry_overs: usize,
}

impl Followed {
    /// Counts one relation more.
    ///
    /// # Errors
    /// [`LedgerError::TooManyCarryOvers`] when it is one too many.
    fn count(&mut self, known: Knowledge<'_>, parties: Parties) -> Result<(), LedgerError> {
        self.carry_overs += known.carry_overs_of(parties);
        match self.carry_overs {
            ..=CARRY_OVERS_FOLLOWED_MAX => Ok(()),
            _ => Err(LedgerError::TooManyCarryOvers { followed_max: CARRY_OVERS_FOLLOWED_MAX }),
        }
    }
}

fn stated(finding: Finding) -> StatedFinding {
    StatedFinding {
        finding: finding.kind,
        relation: Some(finding.parties),
        entries: finding.entries,
    }
}
