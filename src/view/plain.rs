//! Relations that need no completions: every act of theirs is known to the day, no two share one, and
//! nothing else bears on them. Must give what `completion` gives, and nothing where that has a choice.

use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::finding::FindingKind;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::status::{Status, StatusSet};
use crate::domain::transition::transition;
use crate::view::findings::Finding;
use crate::view::glance::{Glance, Split};
use crate::view::knowledge::Knowledge;
use crate::view::marks::Among;
use crate::view::packed::PackedAct;
use crate::view::standing::{Happening, START, follow};
use crate::view::stated::StatedAct;
use crate::view::timeline::statuses;

/// So many statuses of a relation are kept in place: with where the others are they take as many bytes as a
/// line of a cache has, and most relations have no others.
const IN_PLACE: usize = 6;

/// One relation, to be asked about many days.
#[derive(Debug, Clone)]
pub struct AsOf {
    /// What it may be from which days on; the last again where there are fewer.
    first: [(Day, StatusSet); IN_PLACE],
    rest: Box<[(Day, StatusSet)]>,
}

impl AsOf {
    /// Keeps a course, which begins with [`Day::FIRST`].
    fn new(course: &[(Day, StatusSet)]) -> Self {
        let first = std::array::from_fn(|at| course[at.min(course.len() - 1)]);
        Self { first, rest: course.get(IN_PLACE..).unwrap_or_default().into() }
    }

    /// What the relation may be on a day, with regard to what is asserted complete.
    #[must_use]
    pub fn statuses(&self, on: Day) -> StatusSet {
        let course = match self.rest.first() {
            Some((from, _)) if *from <= on => &self.rest[..],
            _ => &self.first[..],
        };
        let begun = course.partition_point(|(from, _)| *from <= on);
        course[begun.saturating_sub(1)].1
    }
}

impl Knowledge<'_> {
    /// Takes one relation in hand, to ask about many days.
    pub fn as_of(self, parties: Parties, axis: Axis, policy: Policy) -> AsOf {
        AsOf::new(&self.course(parties, axis, policy))
    }

    /// What a relation may be from which days on, with regard to what is asserted complete; the first of
    /// them is [`Day::FIRST`].
    pub(in crate::view) fn course(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
    ) -> Vec<(Day, StatusSet)> {
        let plain = self.plain_acts(parties, axis, policy).map(followed);
        let plain = plain.and_then(|segments| segments.collect::<Option<Vec<_>>>());
        let segments = plain.unwrap_or_else(|| {
            let relation = self.relation(parties, axis, policy);
            let segments = relation.timeline.segments().iter();
            segments.map(|of| (of.from, Split { begun: of.begun, prior: of.prior })).collect()
        });
        let mut days: Vec<Day> = segments.iter().map(|(from, _)| *from).collect();
        for entity in parties.both() {
            days.extend(self.days_of_completeness(entity, axis));
        }
        days.sort_unstable();
        days.dedup();
        let mut course: Vec<(Day, StatusSet)> = Vec::with_capacity(days.len());
        for day in days {
            let begun = segments.partition_point(|(from, _)| *from <= day);
            let (_, split) = segments[begun.saturating_sub(1)];
            let statuses = self.with_regard_to_completeness(parties, axis, split, day);
            if course.last().is_none_or(|(_, last)| *last != statuses) {
                course.push((day, statuses));
            }
        }
        course
    }
}

/// What plain acts, in order, lead to, and from which days on; what was before them first.
fn followed(
    acts: impl Iterator<Item = Option<(PackedAct, Day)>>,
) -> impl Iterator<Item = Option<(Day, Split)>> {
    let mut acts = acts.peekable();
    let first = acts.peek().copied().flatten().map(|(act, _)| act.act());
    let mut status = Status::None;
    let begun = acts.map(move |act| {
        let (act, day) = act?;
        status = transition(status, act.act()).to;
        Some((day, Split::begun(status)))
    });
    std::iter::once(Some((Day::FIRST, Split::before(first)))).chain(begun)
}

impl<'a> Knowledge<'a> {
    /// What a relation may be on a day, with regard to what is asserted complete: the answer of
    /// [`Knowledge::statuses`], without solving the relation where its acts leave no choice.
    pub fn statuses_on(self, parties: Parties, axis: Axis, policy: Policy, on: Day) -> StatusSet {
        match self.plain_on(parties, axis, policy, on) {
            Some(plain) => self.with_regard_to_completeness(parties, axis, plain, on),
            None => self.statuses(&self.relation(parties, axis, policy), on),
        }
    }

    fn with_regard_to_completeness(
        self,
        parties: Parties,
        axis: Axis,
        Split { begun, prior }: Split,
        on: Day,
    ) -> StatusSet {
        let is_open = !prior.is_empty() && prior != Status::None.into();
        statuses(begun, prior, is_open && self.is_complete(parties, axis, on))
    }

    /// What a plain relation is on a day; none when it is not plain.
    fn plain_on(self, parties: Parties, axis: Axis, policy: Policy, on: Day) -> Option<Split> {
        let (recorded, replaced) = self.plain_recorded(parties, axis, policy)?;
        let (mut glance, mut is_replaced) = (Glance::new(self.size, on), false);
        for act in recorded {
            is_replaced |= replaced.has(act.sequence());
            glance.follow(*act);
        }
        if is_replaced {
            glance = Glance::new(self.size, on);
            self.corrected(parties, recorded).into_iter().for_each(|act| glance.follow(act));
        }
        glance.split()
    }

    /// All that is recorded between two who have no others to reckon with, and what has been replaced.
    /// None where their relation is not plain whatever that is.
    fn plain_recorded(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
    ) -> Option<(&'a [PackedAct], Among<'a>)> {
        let turns = &self.view.entity_to_turns;
        let is_turned = |id: EntityId| turns.contains_key(&id);
        if axis == Axis::Consular
            || (!turns.is_empty() && parties.both().into_iter().any(is_turned))
        {
            return None;
        }
        let recorded = self.view.acts.recorded(parties);
        let has_claims = |act: &PackedAct| self.view.claims.has(act.sequence());
        // Even one after a day may come to lie before it.
        let is_open = policy == Policy::AllClaims && recorded.iter().any(has_claims);
        if is_open { None } else { Some((recorded, self.view.replaced.among_entries()?)) }
    }

    /// The known acts among what is recorded between two, as they are corrected, in the order of their
    /// days.
    fn corrected(self, parties: Parties, recorded: &[PackedAct]) -> Vec<PackedAct> {
        let known = recorded.iter().filter(|act| self.is_known(**act));
        let corrected = known.filter_map(|act| self.as_corrected(parties, *act));
        let mut corrected: Vec<PackedAct> = corrected.collect();
        corrected.sort_by_key(|act| act.order());
        corrected
    }

    fn is_known(self, act: PackedAct) -> bool {
        act.is_diplomatic() && self.size.includes(act.sequence())
    }

    /// The acts of a plain relation, in the order of their days, each with its day; an inner none at the
    /// first that is not plain. None where the relation is not plain whatever its acts.
    fn plain_acts(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
    ) -> Option<impl Iterator<Item = Option<(PackedAct, Day)>>> {
        let (recorded, replaced) = self.plain_recorded(parties, axis, policy)?;
        let is_replaced = |act: &PackedAct| replaced.has(act.sequence());
        let (recorded, corrected) = match recorded.iter().any(is_replaced) {
            false => (recorded, Vec::new()),
            true => (&[][..], self.corrected(parties, recorded)),
        };
        let recorded = recorded.iter().copied().filter(move |act| self.is_known(*act));
        let mut acts = recorded.chain(corrected).peekable();
        let mut last = None;
        Some(std::iter::from_fn(move || {
            let act = acts.next()?;
            let day = act.day().filter(|day| {
                last != Some(*day) && acts.peek().is_none_or(|next| next.day() != Some(*day))
            });
            last = day;
            Some(day.map(|day| (act, day)))
        }))
    }

    /// The findings about a plain relation, sorted; none when it is not plain.
    pub(in crate::view) fn plain_findings(
        self,
        parties: Parties,
        axis: Axis,
    ) -> Option<Vec<Finding>> {
        let of_acts = self.plain_findings_of_acts(parties, axis, |_| true)?.into_iter();
        let finding = |(kind, entry)| Finding { kind, parties, axis, entries: vec![entry] };
        let mut findings: Vec<Finding> = of_acts.map(finding).collect();
        if axis == Axis::Diplomatic {
            findings.extend(self.withdrawn_while_active(parties, |day| {
                let plain = self.plain_on(parties, axis, Policy::AsStated, day);
                plain.and_then(|split| split.begun.certain()) == Some(Status::Active)
            }));
        }
        findings.sort_unstable();
        findings.dedup();
        Some(findings)
    }

    /// The findings about the acts of a plain relation that are wanted, in no order; none when it is not
    /// plain.
    pub(in crate::view) fn plain_findings_of_acts(
        self,
        parties: Parties,
        axis: Axis,
        wanted: impl Fn(FindingKind) -> bool,
    ) -> Option<Vec<(FindingKind, Sequence)>> {
        let acts = self.plain_acts(parties, Axis::Diplomatic, Policy::AsStated)?;
        if axis == Axis::Consular {
            // Whatever is odd about what came with a diplomatic act is found there.
            let has_own = self.view.acts.of(parties).any(|act| act.axis() == Axis::Consular);
            let is_plain = !has_own && acts.into_iter().all(|act| act.is_some());
            return is_plain.then(Vec::new);
        }
        let lifetimes = parties.both().map(|id| self.lifetime(id));
        let (mut standing, mut findings) = (START, Vec::new());
        for act in acts {
            let (act, day) = act?;
            let step = follow(standing, happening(act));
            standing = step.to;
            let stated = StatedAct::plain(parties, act, day);
            let of_act = self.of_act(&stated, lifetimes, &wanted);
            let kinds = of_act.chain(step.finding.filter(|kind| wanted(*kind)));
            findings.extend(kinds.map(|kind| (kind, act.sequence())));
        }
        Some(findings)
    }
}

fn happening(act: PackedAct) -> Happening {
    Happening::Act(act.act(), act.by_bits())
}
