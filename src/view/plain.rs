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
use crate::view::knowledge::Knowledge;
use crate::view::packed::PackedAct;
use crate::view::relation::Relation;
use crate::view::standing::{Happening, START, before_first, follow};
use crate::view::stated::StatedAct;
use crate::view::timeline::statuses;

/// One relation, to be asked about many days.
#[derive(Debug, Clone)]
pub struct AsOf<'a> {
    known: Knowledge<'a>,
    parties: Parties,
    axis: Axis,
    way: Way<'a>,
}

/// How a relation is answered for.
#[derive(Debug, Clone)]
enum Way<'a> {
    /// By following its acts, which leave no choice.
    Plain(&'a [PackedAct]),
    /// By what was solved.
    Solved(Box<Relation>),
}

impl<'a> Knowledge<'a> {
    /// Takes one relation in hand, to ask about many days.
    pub fn as_of(self, parties: Parties, axis: Axis, policy: Policy) -> AsOf<'a> {
        let is_plain = || self.plain_acts(parties, axis, policy)?.collect::<Option<Vec<_>>>();
        let way = match is_plain() {
            Some(_) => Way::Plain(self.view.acts.recorded(parties)),
            None => Way::Solved(Box::new(self.relation(parties, axis, policy))),
        };
        AsOf { known: self, parties, axis, way }
    }
}

impl AsOf<'_> {
    /// What the relation may be on a day, with regard to what is asserted complete.
    #[must_use]
    pub fn statuses(&self, on: Day) -> StatusSet {
        let acts = match &self.way {
            Way::Solved(relation) => return self.known.statuses(relation, on),
            Way::Plain(acts) => acts.iter().copied(),
        };
        let size = self.known.size;
        let known = acts
            .filter(|act| act.is_act() && size.includes(act.sequence()) && act.axis() == self.axis);
        let plain = followed(known.filter_map(|act| Some((act, act.day()?))), on);
        self.known.with_regard_to_completeness(self.parties, self.axis, plain, on)
    }
}

/// The statuses that plain acts, in order, have led to by a day, and those before the first of them
/// while that lies ahead.
fn followed(acts: impl Iterator<Item = (PackedAct, Day)>, on: Day) -> (StatusSet, StatusSet) {
    let (mut status, mut first) = (None, None);
    for (act, day) in acts {
        first = first.or(Some(act));
        if on < day {
            break;
        }
        status = Some(transition(status.unwrap_or(Status::None), act.act()).to);
    }
    match (status, first) {
        (Some(status), _) => (status.into(), StatusSet::EMPTY),
        (None, Some(first)) => (StatusSet::EMPTY, before_first(happening(first))),
        (None, None) => (StatusSet::EMPTY, Status::None.into()),
    }
}

impl Knowledge<'_> {
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
        (begun, prior): (StatusSet, StatusSet),
        on: Day,
    ) -> StatusSet {
        let is_open = !prior.is_empty() && prior != Status::None.into();
        statuses(begun, prior, is_open && self.is_complete(parties, axis, on))
    }

    /// What [`followed`] gives for a relation; none when it is not plain up to that day.
    fn plain_on(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
        on: Day,
    ) -> Option<(StatusSet, StatusSet)> {
        let mut is_plain = true;
        let acts = self.plain_acts(parties, axis, policy)?;
        let plain = followed(
            acts.map_while(|act| {
                is_plain = act.is_some();
                act
            }),
            on,
        );
        is_plain.then_some(plain)
    }

    /// The acts of a relation that has no others to reckon with, in the order of their days, each with
    /// its day; an inner none at the first that is not plain. None where the relation is not plain
    /// whatever its acts.
    fn plain_acts(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
    ) -> Option<impl Iterator<Item = Option<(PackedAct, Day)>>> {
        let turns = &self.view.entity_to_turns;
        let is_turned = |id: EntityId| turns.contains_key(&id);
        if axis == Axis::Consular
            || (!turns.is_empty() && parties.both().into_iter().any(is_turned))
        {
            return None;
        }
        let recorded = self.view.acts.of(parties);
        if recorded.clone().any(|act| self.is_read_otherwise(act.sequence(), policy)) {
            // Even one after a day may come to lie before it.
            return None;
        }
        let known = move |act: &PackedAct| {
            self.size.includes(act.sequence()) && act.axis() == Axis::Diplomatic
        };
        let mut acts = recorded.filter(known).peekable();
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

    /// The days on which a relation changes that is plain on every day; none when it is not.
    pub(in crate::view) fn plain_days(
        self,
        parties: Parties,
        axis: Axis,
        policy: Policy,
    ) -> Option<Vec<Day>> {
        let days = self.plain_acts(parties, axis, policy)?.map(|act| act.map(|(_, day)| day));
        std::iter::once(Some(Day::FIRST)).chain(days).collect()
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
                plain.and_then(|(begun, _)| begun.certain()) == Some(Status::Active)
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

    /// Whether an act may be read otherwise than it was recorded, whenever it is asked about.
    fn is_read_otherwise(self, act: Sequence, policy: Policy) -> bool {
        self.view.replaced.has(act) || policy == Policy::AllClaims && self.view.claims.has(act)
    }
}

fn happening(act: PackedAct) -> Happening {
    Happening::Act(act.act(), act.by_bits())
}
