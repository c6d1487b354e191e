//! Whether all peers give the same answers as the model. Nothing is measured before they do, and no
//! table is printed if they do not any more.

use std::fmt::Debug;

use chancery::domain::entity::EntityId;
use chancery::domain::sequence::Size;
use chancery::tlog::hash::Hash;

use crate::error::PeersError;
use crate::events::Roll;
use crate::model::Model;
use crate::peer::Peer;
use crate::question::Questions;

/// A peer, and what it was given.
pub(crate) struct Seat {
    pub(crate) peer: Box<dyn Peer>,
    pub(crate) given: u64,
    /// The hash of the last event it was given; absent when the order was left to chance.
    pub(crate) last: Option<Hash>,
}

/// What is right.
pub(crate) struct Truth<'a> {
    pub(crate) model: &'a Model,
    pub(crate) roll: &'a Roll,
    pub(crate) questions: &'a Questions,
    /// Whether questions about what was known at a size still have one answer: not when each peer
    /// numbered the last entries in an order of its own.
    pub(crate) is_numbered_alike: bool,
}

impl Truth<'_> {
    /// Compares all that a peer can say, and counts the answers.
    ///
    /// # Errors
    /// The first answer that differs.
    pub(crate) fn hold(&self, seat: &mut Seat) -> Result<u64, PeersError> {
        let held = self.hold_what_is_held(seat)?;
        Ok(held + self.hold_statuses(seat)? + self.hold_partners(seat)?)
    }

    fn hold_what_is_held(&self, seat: &mut Seat) -> Result<u64, PeersError> {
        let (given, last, peer) = (seat.given, seat.last, &mut seat.peer);
        let (name, mut count) = (peer.name(), 0);
        let answers = [peer.held()?, peer.verify()?, peer.verify_in_full()?];
        for held in answers.into_iter().flatten() {
            if let Some(entries) = held.entries {
                same(name, &entries, &given, || "how many entries there are".to_owned())?;
                count += 1;
            }
            if let (Some(head), Some(last)) = (held.head, last) {
                same(name, &head, &last, || "the hash of the last entry".to_owned())?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn hold_statuses(&self, seat: &mut Seat) -> Result<u64, PeersError> {
        let (peer, mut count) = (&mut seat.peer, 0);
        let questions = self.questions.statuses.iter().take(peer.questions_max());
        // A peer that was given less than all knows what was known then.
        let known = |size: Size| Size(size.0.min(seat.given));
        for asked in questions {
            let (pair, day) = (asked.pair, asked.day);
            if let Some(answer) = peer.status_on(pair, day)? {
                let right = self.model.status_on(pair, day, known(self.model.size()));
                let question = || format!("what {} were on {day}", pair.parties);
                same(peer.name(), &answer, &right, question)?;
                count += 1;
            }
            if !self.is_numbered_alike {
                continue;
            }
            if let Some(answer) = peer.status_on_known(pair, day, asked.size)? {
                let right = self.model.status_on(pair, day, known(asked.size));
                let (parties, size) = (pair.parties, asked.size);
                let question = || format!("what {parties} were on {day}, as known at {size}");
                same(peer.name(), &answer, &right, question)?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn hold_partners(&self, seat: &mut Seat) -> Result<u64, PeersError> {
        let (peer, mut count) = (&mut seat.peer, 0);
        let known = Size(self.model.size().0.min(seat.given));
        let questions = self.questions.partners.iter().take(peer.questions_max());
        for asked in questions {
            let (entity, day) = (asked.entity, asked.day);
            if let Some(mut answer) = peer.partners_on(entity, day)? {
                answer.sort_unstable();
                let right = self.model.partners_on(self.roll, entity, day, known);
                let question = || format!("the partners of {} on {day}", entity.id);
                same(peer.name(), &shown(&answer), &shown(&right), question)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

fn shown(ids: &[EntityId]) -> String {
    ids.iter().map(EntityId::as_str).collect::<Vec<_>>().join(" ")
}

fn same<T: PartialEq + Debug>(
    peer: &'static str,
    found: &T,
    right: &T,
    question: impl FnOnce() -> String,
) -> Result<(), PeersError> {
    if found == right {
        return Ok(());
    }
    let (expected, found) = (format!("{right:?}"), format!("{found:?}"));
    Err(PeersError::Differs { peer: peer.to_owned(), question: question(), expected, found })
}

#[cfg(test)]
mod tests {
    use chancery::domain::day::Day;
    use chancery::domain::status::Status;

    use super::*;
    use crate::events::{Entity, Events, Pair};
    use crate::peer::{Answer, Held};

    /// Answers by the model, unless it errs.
    struct Copycat {
        model: Model,
        roll: Roll,
        errs_about: &'static str,
    }

    impl Peer for Copycat {
        fn name(&self) -> &'static str {
            "copycat"
        }

        fn version(&self) -> String {
            String::new()
        }

        fn held(&mut self) -> Answer<Held> {
            let more = u64::from(self.errs_about == "entries");
            Ok(Some(Held { entries: Some(self.model.size().0 + more), head: Some(Hash::ZERO) }))
        }

        fn status_on(&mut self, pair: Pair, day: Day) -> Answer<Option<Status>> {
            self.status_on_known(pair, day, self.model.size())
        }

        fn status_on_known(&mut self, pair: Pair, day: Day, size: Size) -> Answer<Option<Status>> {
            let right = self.model.status_on(pair, day, size);
            Ok(Some(right.filter(|_| self.errs_about != "statuses")))
        }

        fn partners_on(&mut self, entity: Entity, day: Day) -> Answer<Vec<EntityId>> {
            let mut right = self.model.partners_on(&self.roll, entity, day, self.model.size());
            right.truncate(if self.errs_about == "partners" { 0 } else { right.len() });
            Ok(Some(right))
        }
    }

    fn held(errs_about: &'static str, last: Hash) -> Result<u64, PeersError> {
        let mut events = Events::new(1, 500).unwrap();
        let (taken, roll) = (events.take(500).unwrap(), events.roll().clone());
        let (mut model, mut copy) = (Model::default(), Model::default());
        model.take(&taken);
        copy.take(&taken);
        let questions = Questions::draw(1, &model, &roll);
        let truth =
            Truth { model: &model, roll: &roll, questions: &questions, is_numbered_alike: true };
        let peer = Box::new(Copycat { model: copy, roll: roll.clone(), errs_about });
        truth.hold(&mut Seat { peer, given: 500, last: Some(last) })
    }

    #[test]
    fn whoever_answers_as_the_model_agrees() {
        assert_eq!(held("nothing", Hash::ZERO).unwrap(), 2 + 2 * 4_000 + 400);
    }

    #[test]
    fn whoever_errs_once_does_not() {
        for about in ["entries", "statuses", "partners"] {
            assert!(matches!(held(about, Hash::ZERO), Err(PeersError::Differs { .. })), "{about}");
        }
        assert!(matches!(held("nothing", Hash([1; 32])), Err(PeersError::Differs { .. })));
    }
}
