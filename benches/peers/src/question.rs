//! Questions, drawn from the events. Must draw the same for the same seed.

use chancery::domain::day::Day;
use chancery::domain::sequence::Size;

use crate::events::{Entity, Pair, Roll};
use crate::model::Model;
use crate::world::Numbers;

/// How many are asked about a relation, and as many again as known at a size.
const STATUS_COUNT: usize = 4_000;
/// How many are asked about all partners of an entity.
const PARTNERS_COUNT: usize = 400;
/// So many days after an act may be asked about, and as many before.
const DAYS_AROUND: u64 = 400;

/// A relation on a day, as known now and at a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusQuestion {
    pub(crate) pair: Pair,
    pub(crate) day: Day,
    pub(crate) size: Size,
}

/// All partners of an entity on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartnersQuestion {
    pub(crate) entity: Entity,
    pub(crate) day: Day,
}

/// What all peers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Questions {
    pub(crate) statuses: Vec<StatusQuestion>,
    pub(crate) partners: Vec<PartnersQuestion>,
}

impl Questions {
    /// Draws questions about relations that have acts, around the days of those acts: some before
    /// the first, and some as known before the act was recorded.
    pub(crate) fn draw(seed: u64, model: &Model, roll: &Roll) -> Self {
        let mut numbers = Numbers(seed);
        let acts = model.acts();
        let status = |_| {
            let (_, act) = acts.get(position(&mut numbers, acts.len().max(1)))?;
            let days = i32::try_from(numbers.below(2 * DAYS_AROUND)).ok()?;
            let around = i32::try_from(DAYS_AROUND).ok()?;
            let day = Day::from_number(act.day.number() - around + days)?;
            let size = Size(1 + numbers.below(model.size().0));
            Some(StatusQuestion { pair: act.pair, day, size })
        };
        let statuses = (0..STATUS_COUNT).filter_map(status).collect();
        let partners = |_| {
            let (_, act) = acts.get(position(&mut numbers, acts.len().max(1)))?;
            let number = u32::try_from(numbers.below(u64::from(roll.len()))).ok()?;
            Some(PartnersQuestion { entity: roll.entity(number)?, day: act.day })
        };
        Self { statuses, partners: (0..PARTNERS_COUNT).filter_map(partners).collect() }
    }
}

fn position(numbers: &mut Numbers, count: usize) -> usize {
    usize::try_from(numbers.below(count as u64)).expect("it is below a length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Events;

    #[test]
    fn questions_are_the_same_for_the_same_seed_and_have_answers_of_both_kinds() {
        let mut events = Events::new(1, 1_000).unwrap();
        let mut model = Model::default();
        model.take(&events.take(1_000).unwrap());
        let questions = Questions::draw(1, &model, events.roll());
        assert_eq!(questions, Questions::draw(1, &model, events.roll()));
        assert_ne!(questions, Questions::draw(2, &model, events.roll()));
        assert_eq!(questions.statuses.len(), STATUS_COUNT);
        assert_eq!(questions.partners.len(), PARTNERS_COUNT);
        let answered = |asked: &&StatusQuestion| {
            model.status_on(asked.pair, asked.day, model.size()).is_some()
        };
        let count = questions.statuses.iter().filter(answered).count();
        assert!(STATUS_COUNT / 4 < count && count < STATUS_COUNT, "{count}");
    }
}
