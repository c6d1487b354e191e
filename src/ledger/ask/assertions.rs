//! Assertions: whether the ledger agreed with them when they were recorded, and agrees now.

use crate::domain::assertion::{Assertion, Statement};
use crate::domain::entity::EntityId;
use crate::domain::event::Event;
use crate::domain::policy::Policy;
use crate::domain::sequence::{Sequence, Size};
use crate::ledger::answer::assertion::{JudgedAssertion, Outcome};
use crate::ledger::ask::Inquiry;
use crate::view::knowledge::Knowledge;
use crate::view::partners::Within;

impl Inquiry {
    /// Every live assertion with its outcomes, in the order of recording.
    pub fn assertions(&self) -> Vec<JudgedAssertion> {
        let known = self.known();
        let judged = known.assertions().map(|(entry, assertion)| {
            let (when_recorded, _) = judge(self.view.known(entry.through()), assertion);
            let (now, found) = judge(known, assertion);
            let since = (now != when_recorded).then(|| self.changed_by(entry, assertion, now));
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

    /// The entry since which an assertion has the outcome that it has now.
    fn changed_by(&self, entry: Sequence, assertion: &Assertion, now: Outcome) -> Option<Sequence> {
        let named = assertion.entities();
        let known = self.known();
        let later = (entry.0 + 1..known.size.0).rev().map(Sequence);
        let mut since = None;
        // Only entries about the entities named can change the outcome, or editorial ones.
        for changed in later.filter(|sequence| concerns(known, *sequence, &named)) {
            since = Some(changed);
            let before = self.view.known(Size(changed.0));
            if judge(before, assertion).0 != now {
                return since;
            }
        }
        since
    }
}

/// Whether an entry can change what is said of some entities.
fn concerns(known: Knowledge<'_>, sequence: Sequence, named: &[EntityId]) -> bool {
    match known.row(sequence).map(|row| &row.event) {
        Some(Event::Fact(fact)) => fact.entities().iter().any(|entity| named.contains(entity)),
        Some(Event::Correction(_) | Event::Retraction(_) | Event::Assertion(_)) => true,
        _ => false,
    }
}

/// Evaluates an assertion as known at a position, and says what the ledger holds instead.
fn judge(known: Knowledge<'_>, assertion: &Assertion) -> (Outcome, String) {
    let axis = assertion.axis;
    let circle = |entity, rule| known.circle(entity, axis, Policy::AsStated, rule);
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
            let circle = circle(*entity, *rule);
            let within = among.map_or(Within::All, Within::Among);
            let found = circle.partners(within, *on);
            judge_count(*count as usize, found.definite.len(), found.possible.len())
        }
        Statement::Missing { entity, among, rule, missing, on } => {
            let (definite, possible) = circle(*entity, *rule).missing(*among, *on);
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
            let found = circle(*entity, *rule).ordinal(*partner, *on);
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
    let ids = |ids: &[EntityId]| ids.iter().map(EntityId::as_str).collect::<Vec<_>>().join(", ");
    match (definite, possible) {
        ([], []) => "none".to_owned(),
        (_, []) => ids(definite),
        ([], _) => format!("possibly {}", ids(possible)),
        (_, _) => format!("{}, possibly {}", ids(definite), ids(possible)),
    }
}
