//! How the policy of an answer reads the acts: by their own dates alone, or by rival claims as well
//! (domain.md §8).

use crate::domain::act::ActKind;
use crate::domain::day::Bounds;
use crate::domain::editorial::{Claim, Standing};
use crate::domain::policy::Policy;
use crate::domain::sequence::Sequence;
use crate::view::knowledge::Knowledge;

/// Above this many combinations of acts that claims deny or rename, each is varied alone.
const COMBINATIONS_MAX: usize = 64;

/// How an act is read when it is not read as stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// As if it had not been.
    Without,
    /// As another act.
    As(ActKind),
}

/// One way of reading all acts of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Whether the bounds are widened by rival claims.
    pub widened: bool,
    /// The acts that are read otherwise.
    pub alternatives: Vec<(Sequence, Alternative)>,
}

impl Reading {
    /// How an act is read, when not as what it was recorded as.
    pub fn alternative(&self, entry: Sequence) -> Option<Alternative> {
        self.alternatives.iter().find(|(other, _)| *other == entry).map(|(_, how)| *how)
    }
}

impl<'a> Knowledge<'a> {
    /// The live rival claims about an act.
    pub fn rival_claims(self, root: Sequence) -> impl Iterator<Item = (Sequence, &'a Claim)> + 'a {
        self.claims(root).filter(move |(sequence, claim)| {
            claim.standing == Standing::Rival && self.is_live(*sequence)
        })
    }

    /// The bounds of an act widened by rival claims; one that contains them confirms them and
    /// widens nothing.
    pub fn widened(self, root: Sequence, stated: Bounds) -> Bounds {
        let dates = self.rival_claims(root).filter_map(|(_, claim)| claim.date.as_ref());
        dates.map(|date| date.bounds()).fold(stated, |bounds, claimed| {
            let confirms = claimed.earliest <= stated.earliest && stated.latest <= claimed.latest;
            if confirms { bounds } else { bounds.hull(claimed) }
        })
    }

    /// The ways of reading some acts together; the first is as stated.
    pub fn readings(self, policy: Policy, acts: &[Sequence]) -> Vec<Reading> {
        let stated = Reading { widened: false, alternatives: Vec::new() };
        let claimed = acts.iter().any(|act| self.rival_claims(*act).next().is_some());
        if policy == Policy::AsStated || !claimed {
            return vec![stated];
        }
        let widened = Reading { widened: true, alternatives: Vec::new() };
        let varied: Vec<(Sequence, Vec<Alternative>)> = acts
            .iter()
            .map(|act| (*act, self.alternatives(*act)))
            .filter(|(_, alternatives)| !alternatives.is_empty())
            .collect();
        let combinations = varied
            .iter()
            .try_fold(1_usize, |all, (_, some)| all.checked_mul(some.len() + 1))
            .unwrap_or(usize::MAX);
        let mut readings = vec![widened];
        for (act, alternatives) in varied {
            let bases = if combinations <= COMBINATIONS_MAX { readings.len() } else { 1 };
            for base in 0..bases {
                for alternative in &alternatives {
                    let mut reading = readings[base].clone();
                    reading.alternatives.push((act, *alternative));
                    readings.push(reading);
                }
            }
        }
        readings.insert(0, stated);
        readings
    }

    /// How rival claims read an act, other than as what it was recorded as.
    fn alternatives(self, root: Sequence) -> Vec<Alternative> {
        let recorded = self.act(root).map(|act| act.act);
        let mut alternatives = Vec::new();
        for says in self.rival_claims(root).filter_map(|(_, claim)| claim.says) {
            let alternative = match says.act() {
                None => Alternative::Without,
                Some(act) if Some(act) == recorded => continue,
                Some(act) => Alternative::As(act),
            };
            if !alternatives.contains(&alternative) {
                alternatives.push(alternative);
            }
        }
        alternatives
    }
}
