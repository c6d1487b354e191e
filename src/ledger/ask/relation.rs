//! `show` and `holds`: one relation on a day, or over a period.

use crate::domain::date_roles::{Dates, Role};
use crate::domain::day::Day;
use crate::domain::edtf::{Edtf, Mark};
use crate::domain::period::Period;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::status::Status;
use crate::domain::truth::Truth;
use crate::ledger::answer::relation::{AnswerMark, Holds, Over, PendingStep, Show, Since};
use crate::ledger::ask::{Inquiry, stated};
use crate::view::relation::{Occurred, Relation};
use crate::view::timeline::Segment;

impl Inquiry {
    /// The status of a relation on the day, since when, and by which entries.
    pub fn show(&self, parties: Parties) -> Show {
        let (known, on) = (self.known(), self.basis.on);
        let relation = self.relation(parties);
        let segment = relation.timeline.on(on);
        let status = known.statuses(&relation, on);
        let certain = status.certain().is_some();
        let since = segment.since.filter(|_| certain).and_then(|e| self.since(&relation, e));
        let (certain_before, certain_from) =
            if certain { (None, None) } else { self.nearest_certain(&relation) };
        let because = since.as_ref().and_then(|since| known.act(since.entry));
        Show {
            relation: parties,
            basis: self.basis.clone(),
            certain,
            status,
            marks: self.marks(&relation, segment, since.as_ref()),
            because: because.map_or_else(Vec::new, |act| act.because.clone()),
            since,
            certain_before,
            certain_from,
            entries: self.rests_on(&relation, on),
            pending: self.pending_between(parties),
            findings: known.findings_in(&relation).into_iter().map(stated).collect(),
        }
    }

    /// Whether a relation has a status on the day, or over a period, judged day by day.
    pub fn holds(&self, parties: Parties, status: Status, over: Option<Over>) -> Holds {
        let relation = self.relation(parties);
        let (answer, last) = match &over {
            None => (self.has(&relation, status, self.basis.on), self.basis.on),
            Some(Over::Throughout(period)) => {
                let days = self.judged(&relation, status, period);
                (days.fold(Truth::Yes, Truth::and), period.end().latest)
            }
            Some(Over::Sometime(period)) => {
                let days = self.judged(&relation, status, period);
                (days.fold(Truth::No, Truth::or), period.end().latest)
            }
        };
        Holds {
            relation: parties,
            basis: self.basis.clone(),
            question: status,
            over,
            answer,
            entries: self.rests_on(&relation, last),
        }
    }

    fn has(&self, relation: &Relation, status: Status, on: Day) -> Truth {
        let statuses = self.known().statuses(relation, on);
        match (statuses.contains(status), statuses.certain()) {
            (false, _) => Truth::No,
            (true, Some(_)) => Truth::Yes,
            (true, None) => Truth::Unknown,
        }
    }

    /// The answer for each stretch of days within a period on which it stays the same.
    fn judged<'a>(
        &'a self,
        relation: &'a Relation,
        status: Status,
        period: &Period,
    ) -> impl Iterator<Item = Truth> + 'a {
        let (first, last) = (period.start().earliest, period.end().latest);
        let days = self.changes_of_answer(relation).into_iter();
        let within = days.filter(move |day| first < *day && *day <= last);
        std::iter::once(first).chain(within).map(move |day| self.has(relation, status, day))
    }

    /// The days from which an answer about the relation may differ from that of the day before.
    fn changes_of_answer(&self, relation: &Relation) -> Vec<Day> {
        let segments = relation.timeline.segments().iter().map(|segment| segment.from);
        let [first, second] = relation.parties.both();
        let known = self.known();
        let both = [first, second].into_iter();
        let complete = both.flat_map(|entity| known.days_of_completeness(entity, relation.axis));
        let mut days: Vec<Day> = segments.chain(complete).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The last day before and the first day after the day asked about with a certain answer.
    fn nearest_certain(&self, relation: &Relation) -> (Option<Day>, Option<Day>) {
        let on = self.basis.on;
        let days = self.changes_of_answer(relation);
        let certain = |day: &Day| self.known().statuses(relation, *day).certain().is_some();
        let after = days.iter().copied().find(|day| *day > on && certain(day));
        let position = days.iter().rposition(|day| *day <= on && certain(day));
        let before = position.and_then(|at| days.get(at + 1)).and_then(|day| day.previous());
        (before, after)
    }

    /// The act or change that began a status, with its date as stated.
    fn since(&self, relation: &Relation, entry: Sequence) -> Option<Since> {
        let occurrence = relation.occurrence(entry)?;
        Some(Since {
            date: self.stated_date(entry)?.1.clone(),
            earliest: occurrence.outcome.bounds.earliest,
            latest: occurrence.outcome.bounds.latest,
            entry,
            continued_by: self.known().carried_by(occurrence.parties, relation.parties),
        })
    }

    /// The date of an act or change, and what it says of it.
    pub(in crate::ledger::ask) fn stated_date(&self, entry: Sequence) -> Option<(Role, &Edtf)> {
        match self.known().act(entry) {
            Some(act) => act.dates.reading(),
            None => self.known().change(entry).map(|change| (Role::Effective, &change.on)),
        }
    }

    /// The entries that an answer for a day rests on: all that may have happened by then, what
    /// corrects it, what carried it over, and what asserts that nothing is missing.
    fn rests_on(&self, relation: &Relation, on: Day) -> Vec<Sequence> {
        let known = self.known();
        let mut entries = Vec::new();
        let happened = relation.relevant().filter(|o| o.outcome.bounds.earliest <= on);
        for occurrence in happened {
            entries.push(occurrence.entry);
            entries.extend(known.corrections(occurrence.entry).filter(|c| known.is_live(*c)));
            entries.extend(known.carried_by(occurrence.parties, relation.parties));
        }
        if !relation.timeline.on(on).prior.is_empty() {
            let both = relation.parties.both().into_iter();
            entries.extend(both.filter_map(|id| known.complete_on(id, relation.axis, on)));
        }
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    fn marks(
        &self,
        relation: &Relation,
        segment: &Segment<Sequence>,
        since: Option<&Since>,
    ) -> Vec<AnswerMark> {
        let on = self.basis.on;
        let complete = self.known().is_complete(relation.parties, relation.axis, on);
        let mut marks = Vec::new();
        if relation.occurrences.iter().all(|o| matches!(o.what, Occurred::End | Occurred::Revival))
            && !complete
        {
            marks.push(AnswerMark::NothingRecorded);
        }
        if segment.start_not_recorded() && !complete {
            marks.push(AnswerMark::StartNotRecorded);
        }
        if !segment.inferred_from(complete).is_empty() {
            marks.push(AnswerMark::InferredOrder);
        }
        if segment.too_open {
            marks.push(AnswerMark::OrderTooOpen);
        }
        let decisive = relation.occurrences.iter().filter(|occurrence| match since {
            Some(since) => occurrence.entry == since.entry,
            None => occurrence.outcome.bounds.contains(on),
        });
        for (role, date) in decisive.filter_map(|o| self.stated_date(o.entry)) {
            match date.mark() {
                Some(Mark::Uncertain) => marks.push(AnswerMark::Uncertain),
                Some(Mark::Approximate) => marks.push(AnswerMark::Approximate),
                Some(Mark::UncertainAndApproximate) => {
                    marks.extend([AnswerMark::Uncertain, AnswerMark::Approximate]);
                }
                None => {}
            }
            if role == Role::Announced {
                marks.push(AnswerMark::AnnouncementUsed);
            }
        }
        if since.is_some_and(|since| !since.continued_by.is_empty()) {
            marks.push(AnswerMark::Continued);
        }
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The steps between two entities that have not yet led to their act, nor been refused or
    /// withdrawn (domain.md §5).
    pub(in crate::ledger::ask) fn pending_between(&self, parties: Parties) -> Vec<PendingStep> {
        let on = self.basis.on;
        let pending = self.known().pending_steps(parties, self.basis.axis, on);
        pending
            .into_iter()
            .filter_map(|(entry, step)| {
                let (reading, date) = first_date(&step.dates)?;
                Some(PendingStep {
                    entry,
                    towards: step.towards,
                    step: step.step,
                    by: step.by,
                    date: date.clone(),
                    reading,
                })
            })
            .collect()
    }
}

/// The date that a step is read by: as an act's, else when it was approved or decided.
fn first_date(dates: &Dates) -> Option<(Role, &Edtf)> {
    dates.reading().or_else(|| dates.all().last())
}
