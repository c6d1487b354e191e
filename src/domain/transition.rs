//! The transition table of domain.md §6: what an act makes of a status. One `match`, no default.

use crate::domain::act::ActKind;
use crate::domain::finding::FindingKind;
use crate::domain::status::Status;

/// What an act makes of a status, and what is odd about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The status after the act.
    pub to: Status,
    /// What is odd. [`FindingKind::Repeated`] only counts when the same party acts again, which the
    /// table cannot know.
    pub finding: Option<FindingKind>,
}

/// Looks up the transition table (domain.md §6).
///
/// ```
/// use chancery::domain::{act::ActKind, status::Status, transition::transition};
/// let severed = transition(Status::Active, ActKind::Sever);
/// assert_eq!((severed.to, severed.finding), (Status::Severed, None));
/// ```
pub const fn transition(status: Status, act: ActKind) -> Transition {
    use ActKind::{Annul, Establish, Lapse, Restore, Sever, Suspend};
    use FindingKind::{
        AfterTheEnd, AlreadyActive, AlreadyEnded, EstablishAfterBreak, NothingToEnd,
        NothingToRestore, Repeated, StartNotRecorded,
    };
    use Status::{Active, Annulled, Ended, Lapsed, None, Severed, Suspended};
    let (to, finding) = match (status, act) {
        (None, Establish) => (Active, Option::None),
        (Active, Establish) => (Active, Some(AlreadyActive)),
        (Suspended | Severed, Establish) => (Active, Some(EstablishAfterBreak)),
        (Lapsed | Annulled, Establish) => (Active, Option::None),

        (None | Active, Restore) => (Active, Some(NothingToRestore)),
        (Suspended | Severed | Lapsed, Restore) => (Active, Option::None),
        (Annulled, Restore) => (Active, Some(EstablishAfterBreak)),

        (None, Sever) => (Severed, Some(StartNotRecorded)),
        (Active | Suspended, Sever) => (Severed, Option::None),
        (Severed, Sever) => (Severed, Some(Repeated)),
        (Lapsed, Sever) => (Severed, Some(NothingToEnd)),
        (Annulled, Sever) => (Annulled, Some(NothingToEnd)),

        (None, Suspend) => (Suspended, Some(StartNotRecorded)),
        (Active, Suspend) => (Suspended, Option::None),
        (Suspended, Suspend) => (Suspended, Some(Repeated)),
        (Severed, Suspend) => (Severed, Some(AlreadyEnded)),
        (Lapsed, Suspend) => (Lapsed, Some(AlreadyEnded)),
        (Annulled, Suspend) => (Annulled, Some(AlreadyEnded)),

        (None, Lapse) => (Lapsed, Some(StartNotRecorded)),
        (Active | Suspended, Lapse) => (Lapsed, Option::None),
        (Severed, Lapse) => (Severed, Some(AlreadyEnded)),
        (Lapsed, Lapse) => (Lapsed, Some(Repeated)),
        (Annulled, Lapse) => (Annulled, Some(AlreadyEnded)),

        (None, Annul) => (Annulled, Some(StartNotRecorded)),
        (Active | Suspended | Severed | Lapsed, Annul) => (Annulled, Option::None),
        (Annulled, Annul) => (Annulled, Some(Repeated)),

        (Ended, Establish | Restore | Sever | Suspend | Lapse | Annul) => {
            (Ended, Some(AfterTheEnd))
        }
    };
    Transition { to, finding }
}
