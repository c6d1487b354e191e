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

#[cfg(test)]
mod tests {
    use super::*;
    use ActKind::{Establish, Lapse, Restore, Sever, Suspend};

    const ACTIVE: Standing = Standing {
        status: Status::Active,
        actors: 1,
        began_by: Some(0),
        begun: true,
        time: 4,
        ..START
    };
    const SEVERED: Standing = Standing { status: Status::Severed, began_by: Some(7), ..ACTIVE };
    const ENDED: Standing =
        Standing { status: Status::Ended, actors: 0, began_by: Some(5), ..ACTIVE };

    fn seventh(from: Standing, happening: Happening) -> Standing {
        let (to, finding) = follow(from, 7, happening);
        assert_eq!(finding, None);
        to
    }

    fn act(from: Standing, act: ActKind, by: Option<u8>) -> (Standing, Option<FindingKind>) {
        follow(from, 7, Happening::Act(act, by))
    }

    #[test]
    fn an_implied_relation_is_there_unless_it_is_already_or_a_party_is_gone() {
        let implied = |from| seventh(from, Happening::Implied);
        let begins = |from| Standing {
            status: Status::Active,
            actors: 0,
            began_by: Some(7),
            begun: true,
            ..from
        };
        assert_eq!(implied(START), begins(START));
        assert_eq!(implied(SEVERED), begins(SEVERED));
        assert_eq!(implied(ACTIVE), ACTIVE);
        let gone = Standing { closed: 2, ..START };
        assert_eq!(implied(gone), Standing { begun: true, ..gone });
        let gone = Standing { closed: 2, ..SEVERED };
        assert_eq!(implied(gone), gone);
    }

    #[test]
    fn a_party_that_ends_takes_the_relation_with_it_and_another_end_changes_nothing() {
        let end = |from, party| seventh(from, Happening::End(party));
        let ended = end(ACTIVE, 2);
        assert_eq!(ended, Standing { began_by: Some(7), closed: 2, ..ENDED });
        assert_eq!(end(ended, 2), ended);
        assert_eq!(end(ended, 1), Standing { closed: 3, ..ended });
        let revived = |from, party| seventh(from, Happening::Revival(party));
        assert_eq!(revived(ended, 2), Standing { closed: 0, ..ended });
        assert_eq!(revived(end(ended, 1), 2), Standing { closed: 1, ..ended });
        assert_eq!(revived(ended, 1), ended);
    }

    #[test]
    fn an_end_before_any_act_leaves_open_what_ended() {
        let end = |from, party| seventh(from, Happening::End(party));
        let orphaned = Standing { closed: 1, orphaned: true, ..START };
        assert_eq!(end(START, 1), orphaned);
        assert_eq!(end(orphaned, 1), orphaned);
        let begun = Standing { begun: true, ..START };
        assert_eq!(end(begun, 1), Standing { closed: 1, ..begun });
    }

    #[test]
    fn an_act_begins_a_status_or_adds_who_has_done_it() {
        assert_eq!(act(ACTIVE, Sever, Some(1)), (SEVERED, None));
        assert_eq!(act(ACTIVE, Sever, None), (Standing { actors: 0, ..SEVERED }, None));
        let again = |by| follow(SEVERED, 8, Happening::Act(Sever, by));
        let both = Standing { actors: 3, ..SEVERED };
        assert_eq!(again(Some(2)), (both, None));
        assert_eq!(again(None), (SEVERED, None));
        assert_eq!(again(Some(1)), (SEVERED, Some(FindingKind::Repeated)));
        assert_eq!(again(Some(3)), (both, Some(FindingKind::Repeated)));
        // Neither begins Active nor is its own act.
        let odd = act(ACTIVE, Establish, Some(2));
        assert_eq!(odd, (ACTIVE, Some(FindingKind::AlreadyActive)));
    }

    #[test]
    fn what_ended_with_a_party_counts_as_lapsed_once_it_is_back() {
        let begun = Standing { began_by: Some(7), ..ENDED };
        let lapsed = Standing { status: Status::Lapsed, ..begun };
        let restored = Standing { status: Status::Active, actors: 3, ..begun };
        assert_eq!(act(ENDED, Restore, Some(3)), (restored, None));
        assert_eq!(act(ENDED, Lapse, Some(1)), (Standing { actors: 1, ..lapsed }, None));
        assert_eq!(act(ENDED, Suspend, Some(1)), (lapsed, Some(FindingKind::AlreadyEnded)));
    }

    #[test]
    fn an_act_of_a_party_that_is_gone_changes_nothing_and_is_odd() {
        let gone = Standing { closed: 2, ..START };
        let odd = (Standing { begun: true, ..gone }, Some(FindingKind::AfterTheEnd));
        assert_eq!(act(gone, Establish, Some(3)), odd);
    }
}
