//! Assertions: whether the ledger agreed with them when they were recorded, and agrees now.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::assertion::{Assertion, Statement};
use crate::domain::entity::EntityId;
use crate::domain::event::{Event, Fact};
use crate::domain::policy::Policy;
use crate::domain::relation::Parties;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::answer::assertion::{JudgedAssertion, Outcome};
use crate::ledger::ask::Inquiry;
use crate::view::knowledge::Knowledge;
use crate::view::partners::Within;

/// So much is looked at for all assertions together, by [`Knowledge::weight`]: far more than anybody
/// asserts, and little enough to end.
const WEIGHT_MAX: usize = 1 << 19;

/// So many entities are listed.
const LISTED_MAX: usize = 64;

/// What may be looked at still.
#[derive(Debug)]
struct Left<'v> {
    /// All that is known: earlier there was less.
    known: Knowledge<'v>,
    weight: usize,
    entity_to_weight: BTreeMap<EntityId, usize>,
}

impl Left<'_> {
    /// Evaluates an assertion, unless that takes more than is left.
    fn judge(&mut self, known: Knowledge<'_>, assertion: &Assertion) -> Option<(Outcome, String)> {
        let weight = self.weight_of(assertion);
        self.weight = self.weight.checked_sub(weight)?;
        Some(judge(known, assertion))
    }

    /// How much has to be looked at to judge an assertion.
    fn weight_of(&mut self, assertion: &Assertion) -> usize {
        let known = self.known;
        let mut of_all = |entity: EntityId| -> usize {
            *self.entity_to_weight.entry(entity).or_insert_with(|| {
                let partners = known.possible_partners(entity).into_iter();
                let pairs = partners.filter_map(|partner| Parties::new(entity, partner).ok());
                1 + pairs.map(|parties| known.weight(parties)).sum::<usize>()
            })
        };
        match &assertion.assert {
            Statement::Status { parties, .. } => known.weight(*parties),
            Statement::Complete { .. } => 1,
            Statement::Count { entity, .. } => of_all(*entity),
            Statement::Missing { entity, .. } => of_all(*entity) + known.entities().count(),
            // Each relation is solved, and looked at on several days.
            Statement::Ordinal { entity, .. } => 8 * of_all(*entity),
        }
    }
}

impl Inquiry {
    /// Every live assertion with its outcomes, in the order of recording. Where it takes too much to
    /// judge all of them, those that are left are unjudged, and that is no agreement.
    pub fn assertions(&self) -> Vec<JudgedAssertion> {
        let known = self.known();
        let mut left = Left { known, weight: WEIGHT_MAX, entity_to_weight: BTreeMap::new() };
        let judged = known.assertions().map(|(entry, assertion)| {
            let unjudged = || (Outcome::Unjudged, "too much to look at".to_owned());
            let then = left.judge(self.view.known(entry.through()), assertion);
            let (when_recorded, _) = then.unwrap_or_else(unjudged);
            let (now, found) = left.judge(known, assertion).unwrap_or_else(unjudged);
            let since =
                (now != when_recorded).then(|| self.changed_by(entry, assertion, now, &mut left));
            JudgedAssertion {
                entry,
                assertion: assertion.clone(),
                words: assertion.to_string(),
                found,
                when_recorded,
                now,
                since: since.flatten(),
            }
        });
        judged.collect()
    }

    /// Whether the ledger agrees with an assertion, and what it says instead.
    pub fn judge(&self, assertion: &Assertion) -> (Outcome, String) {
        judge(self.known(), assertion)
    }

    /// The entry since which an assertion has the outcome that it has now; none where to find it would
    /// take more than is left.
    fn changed_by(
        &self,
        entry: Sequence,
        assertion: &Assertion,
        now: Outcome,
        left: &mut Left<'_>,
    ) -> Option<Sequence> {
        let known = self.known();
        let named: BTreeSet<EntityId> =
            assertion.entities().into_iter().flat_map(|id| known.continued_by(id)).collect();
        let later = (entry.0 + 1..known.size.0).rev().map(Sequence);
        let mut since = None;
        // Only changes can alter the outcome, editorial entries, and acts of the entities named or of those
        // that they continue.
        for changed in later.filter(|sequence| concerns(known, *sequence, &named)) {
            since = Some(changed);
            let before = self.view.known(Size(changed.0));
            if left.judge(before, assertion)?.0 != now {
                return since;
            }
        }
        since
    }
}

/// Whether an entry can change what is said of some entities.
fn concerns(known: Knowledge<'_>, sequence: Sequence, named: &BTreeSet<EntityId>) -> bool {
    match known.row(sequence).map(|row| &row.event) {
        // A partner that ends, or is continued, is none any more.
        Some(Event::Fact(Fact::Change(_))) => true,
        Some(Event::Fact(fact)) => fact.entities().iter().any(|entity| named.contains(entity)),
        Some(Event::Correction(_) | Event::Retraction(_)) => true,
        Some(Event::Assertion(assertion)) => {
            matches!(assertion.assert, Statement::Complete { .. })
        }
        _ => false,
    }
}

/// Evaluates an assertion as known at a position, and says what the ledger holds instead.
fn judge(known: Knowledge<'_>, assertion: &Assertion) -> (Outcome, String) {
    let axis = assertion.axis;
    match &assertion.assert {
        Statement::Status { parties, status, on } => {
            let relation = known.relation(*parties, axis, Policy::AsStated);
            let found = known.statuses(&relation, *on);
            let outcome = match (found.contains(*status), found.certain()) {
                (true, Some(_)) => Outcome::Holds,
                (true, None) => Outcome::Undecided,
                (false, _) => Outcome::Fails,
            };
            (outcome, found.to_string())
        }
        Statement::Count { entity, among, rule, count, on } => {
            let within = among.map_or(Within::All, Within::Among);
            let (definite, possible) =
                known.partner_counts(*entity, axis, Policy::AsStated, *rule, within, *on);
            judge_count(*count as usize, definite, possible)
        }
        Statement::Missing { entity, among, rule, missing, on } => {
            let (definite, possible) =
                known.missing(*entity, axis, Policy::AsStated, *rule, *among, *on);
            let all_named = definite.iter().all(|id| missing.contains(id));
            let none_else = missing.iter().all(|id| definite.contains(id) || possible.contains(id));
            let outcome = match (all_named && none_else, possible.is_empty()) {
                (true, true) => Outcome::Holds,
                (true, false) => Outcome::Undecided,
                (false, _) => Outcome::Fails,
            };
            (outcome, listed(&definite, &possible))
        }
        Statement::Ordinal { entity, partner, rule, ordinal, on } => {
            let circle = known.circle(*entity, axis, Policy::AsStated, *rule);
            let found = circle.ordinal(*partner, *on);
            let wanted = *ordinal as usize;
            match found {
                None => (Outcome::Fails, "no partner".to_owned()),
                Some((least, most)) if least == most => {
                    let outcome = if wanted == least { Outcome::Holds } else { Outcome::Fails };
                    (outcome, least.to_string())
                }
                Some((least, most)) => {
                    let open = (least..=most).contains(&wanted);
                    let outcome = if open { Outcome::Undecided } else { Outcome::Fails };
                    (outcome, format!("{least} to {most}"))
                }
            }
        }
        Statement::Complete { .. } => (Outcome::Holds, "taken as given".to_owned()),
    }
}

fn judge_count(wanted: usize, definite: usize, possible: usize) -> (Outcome, String) {
    let outcome = if wanted < definite || definite + possible < wanted {
        Outcome::Fails
    } else if possible == 0 {
        Outcome::Holds
    } else {
        Outcome::Undecided
    };
    let found = if possible == 0 {
        definite.to_string()
    } else {
        format!("{definite} to {}", definite + possible)
    };
    (outcome, found)
}

fn listed(definite: &[EntityId], possible: &[EntityId]) -> String {
    let ids = |ids: &[EntityId]| {
        let listed =
            ids.iter().take(LISTED_MAX).map(EntityId::as_str).collect::<Vec<_>>().join(", ");
        match ids.len().saturating_sub(LISTED_MAX) {
            0 => listed,
            more => format!("{listed} and {more} more"),
        }
    };
    match (definite, possible) {
        ([], []) => "none".to_owned(),
        (_, []) => ids(definite),
        ([], _) => format!("possibly {}", ids(possible)),
        (_, _) => format!("{}, possibly {}", ids(definite), ids(possible)),
    }
}
