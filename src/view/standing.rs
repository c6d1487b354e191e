//! Where a relation stands after some acts, and what one more makes of it (domain.md §6). Knows no
//! days: their order is `completion`'s.

use crate::domain::act::ActKind;
use crate::domain::finding::FindingKind;
use crate::domain::status::{Status, StatusSet};
use crate::domain::transition::transition;

/// What happens to a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// An act, by the parties whose bits are set; by nobody known when absent.
    Act(ActKind, Option<u8>),
    /// The relation is there from now on, as consular relations are by a diplomatic establishment.
    Implied,
    /// The party of that bit ends, and the relation with it.
    End(u8),
    /// The party of that bit exists again.
    Revival(u8),
}

/// Where a relation stands after some acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    pub(super) status: Status,
    /// Who has done the status's own act since it began.
    pub(super) actors: u8,
    /// The item that began the status.
    pub(super) began_by: Option<usize>,
    /// Whether any act has been done.
    pub(super) begun: bool,
    /// The earliest time at which all of them can have been done in this order.
    pub(super) time: i64,
    /// Which parties have ended.
    pub(super) closed: u8,
    /// Whether a party has ended before any act: what was there before, if anything, ended too.
    pub(super) orphaned: bool,
}

pub(super) const START: Standing = Standing {
    status: Status::None,
    actors: 0,
    began_by: None,
    begun: false,
    time: i64::MIN,
    closed: 0,
    orphaned: false,
};

/// What one item makes of a standing, and what is odd about it.
pub(super) fn follow(
    from: Standing,
    item: usize,
    happening: Happening,
) -> (Standing, Option<FindingKind>) {
    match happening {
        Happening::Act(act, by) => follow_act(from, item, act, by),
        Happening::Implied if from.closed == 0 && from.status != Status::Active => {
            let began_by = Some(item);
            (Standing { status: Status::Active, actors: 0, began_by, begun: true, ..from }, None)
        }
        Happening::Implied => (Standing { begun: true, ..from }, None),
        Happening::End(party) if from.status == Status::None || from.status == Status::Ended => {
            let orphaned = from.orphaned || !from.begun;
            (Standing { closed: from.closed | party, orphaned, ..from }, None)
        }
        Happening::End(party) => {
            let closed = from.closed | party;
            let began_by = Some(item);
            (Standing { status: Status::Ended, actors: 0, began_by, closed, ..from }, None)
        }
        Happening::Revival(party) => (Standing { closed: from.closed & !party, ..from }, None),
    }
}

fn follow_act(
    from: Standing,
    item: usize,
    act: ActKind,
    by: Option<u8>,
) -> (Standing, Option<FindingKind>) {
    if from.closed != 0 {
        return (Standing { begun: true, ..from }, Some(FindingKind::AfterTheEnd));
    }
    let revived = from.status == Status::Ended;
    let status = if revived { Status::Lapsed } else { from.status };
    let actors = if revived { 0 } else { from.actors };
    let step = transition(status, act);
    let begins = revived || step.to != status;
    let by_known = by.unwrap_or(0);
    let finding = match step.finding {
        Some(FindingKind::Repeated) if by_known & actors == 0 => None,
        other => other,
    };
    let own_act = step.to != status || step.finding == Some(FindingKind::Repeated);
    let to = Standing {
        status: step.to,
        actors: match (step.to != status, own_act) {
            (true, _) => by_known,
            (false, true) => actors | by_known,
            (false, false) => actors,
        },
        began_by: if begins { Some(item) } else { from.began_by },
        begun: true,
        closed: 0,
        ..from
    };
    (to, finding)
}

/// What is left of a status when a party ends (domain.md §3).
pub(super) fn after_the_end(statuses: StatusSet) -> StatusSet {
    let ended = |status| if status == Status::None { status } else { Status::Ended };
    statuses.iter().map(ended).collect()
}

/// What a relation may have been before its first recorded act (domain.md §6).
pub(super) fn before_first(happening: Happening) -> StatusSet {
    match happening {
        Happening::Act(ActKind::Restore, _) => StatusSet::from(Status::None).with(Status::Severed),
        Happening::Act(ActKind::Establish, _)
        | Happening::Implied
        | Happening::End(_)
        | Happening::Revival(_) => Status::None.into(),
        Happening::Act(ActKind::Sever | ActKind::Suspend | ActKind::Lapse | ActKind::Annul, _) => {
            StatusSet::from(Status::None).with(Status::Active)
        }
    }
}
