//! How much is looked at for one answer. A relation takes little by itself, whatever is recorded of it; an
//! answer that rests on many of them is not given where they leave so many orders of acts open that nobody
//! would wait for it. Must not say what follows from that.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::sequence::Size;

/// So many steps are allowed for an answer, whatever the ledger, and so many more for each of its entries:
/// a step is an act done after some others, or as much work.
const STEPS_MAX: u64 = 1 << 24;
const STEPS_PER_ENTRY_MAX: u64 = 1 << 10;

/// What may be looked at for one answer, by all cores together.
#[derive(Debug)]
pub struct Allowance {
    steps: AtomicU64,
    steps_max: u64,
}

impl Allowance {
    /// What is allowed for an answer of a ledger of some size.
    pub fn new(size: Size) -> Self {
        Self::of(STEPS_MAX.saturating_add(size.0.saturating_mul(STEPS_PER_ENTRY_MAX)))
    }

    /// So many steps.
    pub fn of(steps_max: u64) -> Self {
        Self { steps: AtomicU64::new(0), steps_max }
    }

    /// Notes what was looked at.
    pub(in crate::view) fn take(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }

    /// Whether more was to be looked at than is allowed: what was found since is no answer.
    pub fn is_used_up(&self) -> bool {
        self.steps_max < self.steps.load(Ordering::Relaxed)
    }
}
