//! Where the acts of a relation have led by a day, found without a jump that depends on one of them: a
//! processor that is asked many questions does not wait for the memory of each. Must give what the acts
//! give that are followed one by one, and nothing where they are not plain.

use crate::domain::act::ActKind;
use crate::domain::day::Day;
use crate::domain::sequence::Size;
use crate::domain::status::{Status, StatusSet};
use crate::domain::transition::transition;
use crate::view::packed::PackedAct;
use crate::view::standing::{Happening, before_first};

/// The statuses that acts have led to, and those before the first of them while that lies ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) struct Split {
    pub(in crate::view) begun: StatusSet,
    pub(in crate::view) prior: StatusSet,
}

impl Split {
    /// Once an act has led to a status.
    pub(in crate::view) fn begun(status: Status) -> Self {
        Self { begun: status.into(), prior: StatusSet::EMPTY }
    }

    /// While the first act lies ahead, if there is one.
    pub(in crate::view) fn before(first: Option<ActKind>) -> Self {
        let prior = first.map(|act| before_first(Happening::Act(act, None)));
        Self { begun: StatusSet::EMPTY, prior: prior.unwrap_or(Status::None.into()) }
    }
}

/// The number of what is no act, among those of kinds of acts; the greatest.
const NOTHING: usize = PackedAct::KINDS - 1;

/// What an act of a kind makes of a status; nothing is done by what is no act.
const AFTER: [[Status; Status::ALL.len()]; PackedAct::KINDS] = {
    let mut after = [Status::ALL; PackedAct::KINDS];
    let mut kind = 0;
    while kind < ActKind::ALL.len() {
        let mut status = 0;
        while status < Status::ALL.len() {
            after[kind][status] = transition(Status::ALL[status], ActKind::ALL[kind]).to;
            status += 1;
        }
        kind += 1;
    }
    after
};

/// What the known acts of a relation, in the order of their days, say of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Glance {
    size: u64,
    on: u32,
    /// What it is on the day; [`Status::None`] where nothing was done by then.
    status: Status,
    /// The kind of the first act that is known, on whatever day, by its number.
    first: usize,
    last_day: u32,
    is_plain: bool,
}

impl Glance {
    /// Looks at the acts that are known at a size, for a day.
    pub(in crate::view) fn new(size: Size, on: Day) -> Self {
        let on = u32::try_from(on.number()).expect("days are counted from 1");
        let status = Status::None;
        // Where an act is not plain it has the day before the first.
        Self { size: size.0, on, status, first: NOTHING, last_day: 0, is_plain: true }
    }

    /// Looks at the next of what is recorded between the two.
    #[inline]
    pub(in crate::view) fn follow(&mut self, act: PackedAct) {
        // Conditions are taken together as numbers, and what they decide is chosen without a jump.
        let is_known = act.is_diplomatic() & (act.sequence().0 < self.size);
        let (day, kind) = (act.day_number(), act.kind_number());
        self.is_plain &= !is_known | (day != self.last_day);
        self.last_day = if is_known { day } else { self.last_day };
        self.first = if is_known & (self.first == NOTHING) { kind } else { self.first };
        let done = if is_known & (day <= self.on) { kind } else { NOTHING };
        // No number is greater than the mask, and the compiler sees so.
        self.status = AFTER[done & NOTHING][self.status as usize];
    }

    /// What the relation is on the day; none where an act has no one day, or shares it with another.
    pub(in crate::view) fn split(self) -> Option<Split> {
        self.is_plain.then(|| match self.status {
            Status::None => Split::before(ActKind::ALL.get(self.first).copied()),
            status => Split::begun(status),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_act_leads_to_none_and_what_is_no_act_leads_nowhere() {
        for (kind, after) in AFTER.iter().enumerate() {
            match ActKind::ALL.get(kind) {
                Some(act) => {
                    assert!(!after.contains(&Status::None));
                    let to = Status::ALL.map(|status| transition(status, *act).to);
                    assert_eq!(*after, to);
                }
                None => assert_eq!(*after, Status::ALL),
            }
        }
    }
}
