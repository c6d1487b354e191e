//! From acts in the order of their days to what a client answers: the one fold that the model and all
//! peers but chancery share. Must use nothing of chancery but its transition table.

use chancery::domain::act::ActKind;
use chancery::domain::entity::EntityId;
use chancery::domain::status::Status;
use chancery::domain::transition::transition;

use crate::error::PeersError;
use crate::events::Roll;

/// The status after one act more; absent before the first.
///
/// What was before the first act does not matter: whatever it may have been (domain.md §6), the act
/// makes the same of it.
pub(crate) fn after(status: Option<Status>, act: ActKind) -> Option<Status> {
    Some(transition(status.unwrap_or(Status::None), act).to)
}

/// The number under which a database keeps an act: its place in the format.
pub(crate) fn code(act: ActKind) -> u8 {
    match act {
        ActKind::Establish => 0,
        ActKind::Sever => 1,
        ActKind::Restore => 2,
        ActKind::Suspend => 3,
        ActKind::Lapse => 4,
        ActKind::Annul => 5,
    }
}

/// The act that a database keeps under a number.
pub(crate) fn act_of(peer: &'static str, code: i64) -> Result<ActKind, PeersError> {
    let act = usize::try_from(code).ok().and_then(|at| ActKind::ALL.get(at));
    act.copied().ok_or_else(|| PeersError::Garbled { peer, found: code.to_string() })
}

/// Partners, from the acts of one entity: those with one other follow each other, by day.
#[derive(Debug)]
pub(crate) struct PartnersFold<'a> {
    roll: &'a Roll,
    other: Option<u32>,
    status: Option<Status>,
    found: Vec<EntityId>,
}

impl<'a> PartnersFold<'a> {
    pub(crate) fn new(roll: &'a Roll) -> Self {
        Self { roll, other: None, status: None, found: Vec::new() }
    }

    /// Takes the next act.
    pub(crate) fn push(&mut self, other: u32, act: ActKind) {
        if self.other != Some(other) {
            self.close();
            self.other = Some(other);
        }
        self.status = after(self.status, act);
    }

    /// Gives those with whom relations are active.
    pub(crate) fn finish(mut self) -> Vec<EntityId> {
        self.close();
        self.found
    }

    fn close(&mut self) {
        if self.status.take() == Some(Status::Active) {
            let partner = self.other.and_then(|number| self.roll.entity(number));
            self.found.extend(partner.map(|entity| entity.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_the_first_act_does_not_matter() {
        for act in ActKind::ALL {
            let also = match act {
                ActKind::Establish => Status::None,
                ActKind::Restore => Status::Severed,
                _ => Status::Active,
            };
            assert_eq!(after(None, act), after(Some(also), act), "{act}");
        }
    }

    #[test]
    fn an_act_is_found_under_its_number_again() {
        for act in ActKind::ALL {
            assert_eq!(act_of("a", i64::from(code(act))).unwrap(), act);
        }
        assert!(act_of("a", -1).is_err());
        assert!(act_of("a", 6).is_err());
    }

    #[test]
    fn a_partner_is_whoever_the_last_act_leaves_active() {
        let ids = ["AA", "BB", "CC", "DD"].map(|id| EntityId::parse(id).unwrap());
        let roll = Roll::new(ids.to_vec());
        let mut fold = PartnersFold::new(&roll);
        fold.push(1, ActKind::Establish);
        fold.push(1, ActKind::Sever);
        fold.push(2, ActKind::Sever);
        fold.push(2, ActKind::Restore);
        fold.push(3, ActKind::Establish);
        assert_eq!(fold.finish(), ids[2..]);
        assert_eq!(PartnersFold::new(&roll).finish(), []);
    }
}
