//! Steps towards an act: which of them are still pending on a day (domain.md §5).

use crate::domain::act::{Step, StepKind};
use crate::domain::day::{Bounds, Day};
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::view::knowledge::Knowledge;

/// The days that a step can have: those of the date it is read by, else of its last other date.
fn bounds(step: &Step) -> Option<Bounds> {
    let date = step.dates.reading().or_else(|| step.dates.all().last());
    date.map(|(_, date)| date.bounds())
}

impl<'a> Knowledge<'a> {
    /// The steps taken by a day that neither their act, nor a refusal or withdrawal, has followed
    /// by then.
    pub fn pending_steps(self, parties: Parties, axis: Axis, on: Day) -> Vec<(Sequence, &'a Step)> {
        let ends = |step: &Step| matches!(step.step, StepKind::Refused | StepKind::Withdrawn);
        let taken: Vec<_> = self
            .steps(parties)
            .filter_map(|(entry, step)| Some((entry, step, bounds(step)?)))
            .filter(|(_, _, bounds)| bounds.earliest <= on)
            .collect();
        let settles = |step: &Step, begun: Bounds| {
            let acts = self.acts(parties, axis).filter(|(_, act)| act.act == step.towards);
            let acted = acts.filter_map(|(_, act)| act.dates.reading().map(|(_, d)| d.bounds()));
            let ended =
                taken.iter().filter(|(_, other, _)| ends(other) && other.towards == step.towards);
            acted
                .chain(ended.map(|(_, _, bounds)| *bounds))
                .any(|bounds| bounds.latest >= begun.earliest && bounds.earliest <= on)
        };
        let pending = taken.iter().filter(|(_, step, begun)| !ends(step) && !settles(step, *begun));
        pending.map(|(entry, step, _)| (*entry, *step)).collect()
    }
}
