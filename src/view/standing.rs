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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: Status,
    /// Who has done the status's own act since it began.
    pub(super) actors: u8,
    /// Whether any act has been done.
    pub(super) begun: bool,
    /// Which parties have ended.
    pub(super) closed: u8,
    /// Whether a party has ended before any act: what was there before, if anything, ended too.
    pub(super) orphaned: bool,
}

pub(super) const START: Standing =
    Standing { status: Status::None, actors: 0, begun: false, closed: 0, orphaned: false };

/// What one more happening makes of a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step<S = Standing> {
    pub(super) to: S,
    /// Whether the status begins with it.
    pub(super) begins: bool,
    /// What is odd about it.
    pub(super) finding: Option<FindingKind>,
}

impl Step {
    fn begins(to: Standing) -> Self {
        Self { to, begins: true, finding: None }
    }

    fn goes_on(to: Standing) -> Self {
        Self { to, begins: false, finding: None }
    }
}

/// What one happening makes of a standing.
pub(super) fn follow(from: Standing, happening: Happening) -> Step {
    match happening {
        Happening::Act(act, by) => follow_act(from, act, by),
        Happening::Implied if from.closed == 0 && from.status != Status::Active => {
            Step::begins(Standing { status: Status::Active, actors: 0, begun: true, ..from })
        }
        Happening::Implied => Step::goes_on(Standing { begun: true, ..from }),
        Happening::End(party) if from.status == Status::None || from.status == Status::Ended => {
            let orphaned = from.orphaned || !from.begun;
            Step::goes_on(Standing { closed: from.closed | party, orphaned, ..from })
        }
        Happening::End(party) => {
            let closed = from.closed | party;
            Step::begins(Standing { status: Status::Ended, actors: 0, closed, ..from })
        }
        Happening::Revival(party) => {
            Step::goes_on(Standing { closed: from.closed & !party, ..from })
        }
    }
}

fn follow_act(from: Standing, act: ActKind, by: Option<u8>) -> Step {
    if from.closed != 0 {
        let finding = Some(FindingKind::AfterTheEnd);
        return Step { finding, ..Step::goes_on(Standing { begun: true, ..from }) };
    }
    let revived = from.status == Status::Ended;
    let status = if revived { Status::Lapsed } else { from.status };
    let actors = if revived { 0 } else { from.actors };
    let step = transition(status, act);
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
        begun: true,
        ..from
    };
    Step { to, begins: revived || step.to != status, finding }
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

    const ACTIVE: Standing = Standing { status: Status::Active, actors: 1, begun: true, ..START };
    const SEVERED: Standing = Standing { status: Status::Severed, ..ACTIVE };
    const ENDED: Standing = Standing { status: Status::Ended, actors: 0, ..ACTIVE };

    fn act(from: Standing, act: ActKind, by: Option<u8>) -> Step {
        follow(from, Happening::Act(act, by))
    }

    fn odd(to: Standing, finding: FindingKind) -> Step {
        Step { finding: Some(finding), ..Step::goes_on(to) }
    }

    #[test]
    fn an_implied_relation_is_there_unless_it_is_already_or_a_party_is_gone() {
        let implied = |from| follow(from, Happening::Implied);
        let begun = |from| Standing { status: Status::Active, actors: 0, begun: true, ..from };
        assert_eq!(implied(START), Step::begins(begun(START)));
        assert_eq!(implied(SEVERED), Step::begins(begun(SEVERED)));
        assert_eq!(implied(ACTIVE), Step::goes_on(ACTIVE));
        let gone = Standing { closed: 2, ..START };
        assert_eq!(implied(gone), Step::goes_on(Standing { begun: true, ..gone }));
        let gone = Standing { closed: 2, ..SEVERED };
        assert_eq!(implied(gone), Step::goes_on(gone));
    }

    #[test]
    fn a_party_that_ends_takes_the_relation_with_it_and_another_end_changes_nothing() {
        let end = |from, party| follow(from, Happening::End(party));
        let ended = Standing { closed: 2, ..ENDED };
        assert_eq!(end(ACTIVE, 2), Step::begins(ended));
        assert_eq!(end(ended, 2), Step::goes_on(ended));
        let both = Standing { closed: 3, ..ended };
        assert_eq!(end(ended, 1), Step::goes_on(both));
        let revived = |from, party| follow(from, Happening::Revival(party));
        assert_eq!(revived(ended, 2), Step::goes_on(Standing { closed: 0, ..ended }));
        assert_eq!(revived(both, 2), Step::goes_on(Standing { closed: 1, ..ended }));
        assert_eq!(revived(ended, 1), Step::goes_on(ended));
    }

    #[test]
    fn an_end_before_any_act_leaves_open_what_ended() {
        let end = |from, party| follow(from, Happening::End(party));
        let orphaned = Standing { closed: 1, orphaned: true, ..START };
        assert_eq!(end(START, 1), Step::goes_on(orphaned));
        assert_eq!(end(orphaned, 1), Step::goes_on(orphaned));
        let begun = Standing { begun: true, ..START };
        assert_eq!(end(begun, 1), Step::goes_on(Standing { closed: 1, ..begun }));
    }

    #[test]
    fn an_act_begins_a_status_or_adds_who_has_done_it() {
        assert_eq!(act(ACTIVE, Sever, Some(1)), Step::begins(SEVERED));
        assert_eq!(act(ACTIVE, Sever, None), Step::begins(Standing { actors: 0, ..SEVERED }));
        let again = |by| act(SEVERED, Sever, by);
        let both = Standing { actors: 3, ..SEVERED };
        assert_eq!(again(Some(2)), Step::goes_on(both));
        assert_eq!(again(None), Step::goes_on(SEVERED));
        assert_eq!(again(Some(1)), odd(SEVERED, FindingKind::Repeated));
        assert_eq!(again(Some(3)), odd(both, FindingKind::Repeated));
        // Neither begins Active nor is its own act.
        assert_eq!(act(ACTIVE, Establish, Some(2)), odd(ACTIVE, FindingKind::AlreadyActive));
    }

    #[test]
    fn what_ended_with_a_party_counts_as_lapsed_once_it_is_back() {
        let lapsed = Standing { status: Status::Lapsed, ..ENDED };
        let restored = Standing { status: Status::Active, actors: 3, ..ENDED };
        assert_eq!(act(ENDED, Restore, Some(3)), Step::begins(restored));
        let by_one = Standing { actors: 1, ..lapsed };
        assert_eq!(act(ENDED, Lapse, Some(1)), Step::begins(by_one));
        let suspended = Step { begins: true, ..odd(lapsed, FindingKind::AlreadyEnded) };
        assert_eq!(act(ENDED, Suspend, Some(1)), suspended);
    }

    #[test]
    fn an_act_of_a_party_that_is_gone_changes_nothing_and_is_odd() {
        let gone = Standing { closed: 2, ..START };
        let to = Standing { begun: true, ..gone };
        assert_eq!(act(gone, Establish, Some(3)), odd(to, FindingKind::AfterTheEnd));
    }
}
