//! What was known when (docs/domain.md, Knowledge) against a naive model: every answer at every size
//! of random ledgers with claims, corrections, retractions and retractions of those.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery::domain::act::ActKind;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Size;
use chancery::domain::status::{Status, StatusSet};
use chancery::ledger::Ledger;
use chancery::ledger::answer::Known;
use chancery::ledger::answer::diff::{Changed, Diff};
use chancery::ledger::append::AppendOptions;
use chancery::ledger::ask::Basis;
use chancery::ledger::verify::{VerifyOptions, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::completions::{DAYS, Done, History, Oracle, any_done, cases, day, oracle};
use crate::desk::{Desk, accept, draft};

/// Something a clerk tries to record; targets count from the first act tried.
#[derive(Debug, Clone)]
enum Tried {
    Act(Done),
    Correct(usize, Done),
    Retract(usize),
    Claim(usize, Claimed),
}

#[derive(Debug, Clone)]
struct Claimed {
    dates: Option<(usize, usize)>,
    says: Option<&'static str>,
    standing: &'static str,
}

/// What was recorded, as the model keeps it: one for each entry after those of the desk.
type Recorded = Vec<Tried>;

fn any_tried() -> impl Strategy<Value = Tried> {
    // The first entries are spoken of most, so that much is said of one act.
    let target = prop_oneof![3 => 0..3_usize, 1 => 0..9_usize];
    let claimed = (
        prop::option::weighted(0.7, (0..DAYS - 1, 0..3_usize)),
        prop::option::weighted(0.4, prop::sample::select(vec!["denies", "sever", "establish"])),
        prop::sample::select(vec!["rival", "rival", "wording-only", "rejected"]),
    );
    let claimed = claimed.prop_map(|(dates, says, standing)| Claimed {
        dates: dates.map(|(from, width)| (from, (from + width).min(DAYS - 2))),
        says,
        standing,
    });
    prop_oneof![
        2 => any_done().prop_map(Tried::Act),
        3 => (target.clone(), any_done()).prop_map(|(target, done)| Tried::Correct(target, done)),
        3 => target.clone().prop_map(Tried::Retract),
        2 => (target, claimed).prop_map(|(target, claimed)| Tried::Claim(target, claimed)),
    ]
}

fn edtf(earliest: usize, latest: usize) -> String {
    format!("[{}..{}]", day(earliest), day(latest))
}

fn act(done: &Done) -> Value {
    json!({ "kind": "act", "parties": ["KOR", "SYR"], "act": done.act.as_str(), "by": done.by,
            "dates": { "effective": edtf(done.earliest, done.latest) } })
}

fn event(tried: &Tried, base: u64) -> Value {
    let number = |target: usize| base + target as u64;
    match tried {
        Tried::Act(done) => act(done),
        Tried::Correct(target, done) => json!({ "kind": "correction", "target": number(*target),
            "fact": act(done), "reason": "a misprint" }),
        Tried::Retract(target) => {
            json!({ "kind": "retraction", "target": number(*target), "reason": "a misprint" })
        }
        Tried::Claim(target, claimed) => {
            let mut claim = json!({ "kind": "claim", "target": number(*target),
                                    "standing": claimed.standing });
            if let Some((earliest, latest)) = claimed.dates {
                claim["role"] = "effective".into();
                claim["date"] = edtf(earliest, latest).into();
            }
            if let Some(says) = claimed.says {
                claim["says"] = says.into();
            }
            claim
        }
    }
}

/// The naive model: everything anew for each question.
struct Model<'a> {
    recorded: &'a [Tried],
}

impl Model<'_> {
    /// A model that knows the first entries only.
    fn known(recorded: &[Tried], size: usize) -> Model<'_> {
        Model { recorded: &recorded[..size] }
    }

    fn root(&self, entry: usize) -> usize {
        match &self.recorded[entry] {
            Tried::Correct(target, _) | Tried::Claim(target, _) => self.root(*target),
            Tried::Act(_) | Tried::Retract(_) => entry,
        }
    }

    fn is_retracted(&self, entry: usize) -> bool {
        (entry + 1..self.recorded.len()).any(|later| match &self.recorded[later] {
            Tried::Retract(target) => *target == entry && !self.is_retracted(later),
            _ => false,
        })
    }

    fn is_live(&self, entry: usize) -> bool {
        !self.is_retracted(entry) && !self.is_retracted(self.root(entry))
    }

    /// Whether the rules let it in.
    fn accepts(&self, tried: &Tried) -> bool {
        let live = |target: usize| target < self.recorded.len() && self.is_live(target);
        match tried {
            Tried::Act(_) => true,
            Tried::Correct(target, _) => {
                live(*target)
                    && matches!(&self.recorded[*target], Tried::Act(_) | Tried::Correct(..))
            }
            Tried::Claim(target, claimed) => {
                live(*target)
                    && matches!(&self.recorded[*target], Tried::Act(_) | Tried::Correct(..))
                    && (claimed.dates.is_some() || claimed.says.is_some())
            }
            Tried::Retract(target) => live(*target),
        }
    }

    /// The live acts, each with its value, by their entries.
    fn acts(&self) -> Vec<(usize, Done)> {
        let all = 0..self.recorded.len();
        let value = |root: usize| {
            let Tried::Act(own) = &self.recorded[root] else { return None };
            if !self.is_live(root) {
                return None;
            }
            let corrections = all.clone().rev().find_map(|entry| match &self.recorded[entry] {
                Tried::Correct(_, done) if self.root(entry) == root && self.is_live(entry) => {
                    Some(done)
                }
                _ => None,
            });
            Some((root, corrections.unwrap_or(own).clone()))
        };
        all.clone().filter_map(value).collect()
    }

    fn rivals(&self, root: usize) -> Vec<&Claimed> {
        let claims = (0..self.recorded.len()).filter_map(|entry| match &self.recorded[entry] {
            Tried::Claim(_, claimed)
                if self.root(entry) == root
                    && self.is_live(entry)
                    && claimed.standing == "rival" =>
            {
                Some(claimed)
            }
            _ => None,
        });
        claims.collect()
    }

    fn as_stated(&self, oracle: &Oracle) -> Vec<BTreeSet<Status>> {
        let done = self.acts().into_iter().map(|(_, done)| done).collect();
        oracle.answers(&History { done, ends: None }).unwrap().statuses
    }

    /// The union of the answer as stated with those in which every rival account is allowed.
    fn all_claims(&self, oracle: &Oracle) -> Vec<BTreeSet<Status>> {
        let mut union = self.as_stated(oracle);
        let mut readings: Vec<Vec<Done>> = vec![Vec::new()];
        for (root, stated) in self.acts() {
            let mut wide = stated.clone();
            for (earliest, latest) in self.rivals(root).iter().filter_map(|claim| claim.dates) {
                if !(earliest <= stated.earliest && stated.latest <= latest) {
                    wide.earliest = wide.earliest.min(earliest);
                    wide.latest = wide.latest.max(latest);
                }
            }
            let mut ways = vec![Some(wide.clone())];
            for says in self.rivals(root).iter().filter_map(|claim| claim.says) {
                ways.push(match says {
                    "denies" => None,
                    "sever" => Some(Done { act: kind("sever"), ..wide.clone() }),
                    _ => Some(Done { act: kind("establish"), ..wide.clone() }),
                });
            }
            readings = readings
                .into_iter()
                .flat_map(|before| {
                    ways.iter().map(move |way| {
                        let mut reading = before.clone();
                        reading.extend(way.clone());
                        reading
                    })
                })
                .collect();
        }
        for done in readings {
            let answers = oracle.answers(&History { done, ends: None }).unwrap();
            for (all, more) in union.iter_mut().zip(answers.statuses) {
                all.extend(more);
            }
        }
        union
    }
}

fn kind(word: &str) -> ActKind {
    serde_json::from_value(json!(word)).unwrap()
}

/// Records what the rules let in, which must be what the model lets in.
fn record(tried: &[Tried]) -> (Desk, u64, Recorded) {
    let desk = Desk::new();
    let base = desk.ledger.size().0;
    let mut recorded: Recorded = Vec::new();
    for tried in tried {
        let appended = desk.ledger.append(vec![draft(event(tried, base))], &accept());
        let expected = Model { recorded: &recorded }.accepts(tried);
        assert_eq!(appended.is_ok(), expected, "{tried:?} after {recorded:?}: {appended:?}");
        if expected {
            recorded.push(tried.clone());
        }
    }
    (desk, base, recorded)
}

fn statuses(ledger: &Ledger, size: Size, policy: Policy) -> Vec<BTreeSet<Status>> {
    let view = ledger.view();
    let parties =
        Parties::new(EntityId::parse("KOR").unwrap(), EntityId::parse("SYR").unwrap()).unwrap();
    let relation = view.known(size).relation(parties, Axis::Diplomatic, policy);
    (0..DAYS).map(|n| relation.timeline.on(day(n)).statuses(false).iter().collect()).collect()
}

type Changes = BTreeMap<Parties, (StatusSet, StatusSet)>;

/// What a difference says of each relation, knowledge first and then the world.
fn total(diff: &Diff) -> Changes {
    let changes = |changed: &[Changed]| -> Changes {
        changed.iter().map(|one| (one.relation, (one.before, one.after))).collect()
    };
    composed(changes(&diff.knowledge), &changes(&diff.world))
}

/// One difference after another; what ends as it began has not changed.
fn composed(mut first: Changes, then: &Changes) -> Changes {
    for (relation, (before, after)) in then {
        let change = first.entry(*relation).or_insert((*before, *before));
        assert_eq!(change.1, *before, "what changed ends where the next change begins");
        change.1 = *after;
    }
    first.retain(|_, (before, after)| before != after);
    first
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn answers_at_every_size_are_those_of_the_naive_model(
        tried in prop::collection::vec(any_tried(), 2..11),
    ) {
        let (desk, base, recorded) = record(&tried);
        let oracle = oracle();
        for known in 0..=recorded.len() {
            let model = Model::known(&recorded, known);
            if 4 < model.acts().len() {
                continue;
            }
            let size = Size(base + known as u64);
            let stated = statuses(&desk.ledger, size, Policy::AsStated);
            prop_assert_eq!(&stated, &model.as_stated(&oracle), "as stated, at {}", known);
            let all = statuses(&desk.ledger, size, Policy::AllClaims);
            prop_assert_eq!(&all, &model.all_claims(&oracle), "all claims, at {}", known);
            // Never more certain than as stated.
            prop_assert!(stated.iter().zip(&all).all(|(one, all)| one.is_subset(all)));
        }
    }

    #[test]
    fn differences_compose(
        tried in prop::collection::vec(any_tried(), 1..12),
        points in prop::array::uniform3((0..DAYS, 0..16_usize)),
        elsewhere in 0..DAYS,
    ) {
        let (desk, base, recorded) = record(&tried);
        let there = format!("KOR establish CUB {}", day(elsewhere));
        desk.ledger.append(vec![draft(crate::desk::act(&there))], &accept()).unwrap();
        let last = base + recorded.len() as u64 + 1;
        let points = points.map(|(on, known)| (day(on), Size((base + known as u64).min(last))));
        let between = |from: usize, to: usize| {
            let ((first, first_known), (second, known)) = (points[from], points[to]);
            let basis = Basis { known: Some(known), ..Basis::on(second) };
            let head = desk.ledger.head_of(first_known).unwrap().unwrap();
            let position = Known { size: first_known, head };
            total(&desk.ledger.inquire(&basis).unwrap().diff(first, position, &[]).unwrap())
        };
        prop_assert_eq!(composed(between(0, 1), &between(1, 2)), between(0, 2));
    }

    #[test]
    fn answers_at_an_old_size_never_change(
        tried in prop::collection::vec(any_tried(), 1..12),
    ) {
        let desk = Desk::new();
        let base = desk.ledger.size().0;
        let mut answers = Vec::new();
        for tried in &tried {
            // What was tried only is undone, and the next is recorded where it was tried.
            let rehearsed = AppendOptions { dry_run: true, ..accept() };
            // Nothing else is said of Cuba.
            let elsewhere = draft(crate::desk::act(&format!("KOR establish CUB {}", day(0))));
            let batch = vec![elsewhere, draft(event(tried, base)), draft(event(tried, base))];
            let _tried = desk.ledger.append(batch, &rehearsed);
            let _accepted = desk.ledger.append(vec![draft(event(tried, base))], &accept());
            let size = desk.ledger.size();
            let now = [Policy::AsStated, Policy::AllClaims]
                .map(|policy| statuses(&desk.ledger, Size(u64::MAX), policy));
            answers.push((size, now));
        }
        let reopened = Ledger::open(Arc::new(desk.storage.copy())).unwrap();
        prop_assert_eq!(&*reopened.view(), &*desk.ledger.view(), "replay equals live");
        prop_assert!(verify(Arc::new(desk.storage.copy()), &VerifyOptions::default()).unwrap().ok);
        for ledger in [&desk.ledger, &reopened] {
            for (size, then) in &answers {
                let now = [Policy::AsStated, Policy::AllClaims]
                    .map(|policy| statuses(ledger, *size, policy));
                prop_assert_eq!(&now, then, "at {}", size);
            }
        }
    }
}

#[test]
fn retractions_of_retractions_are_followed_as_often_as_they_may_be() {
    let desk = Desk::new();
    let base = desk.ledger.size().0;
    let day = 1;
    let first =
        Done { act: kind("establish"), by: "both", earliest: day, latest: day, after: Vec::new() };
    let mut drafts = vec![draft(act(&first))];
    for n in 0..64_u64 {
        let target = base + n;
        drafts.push(draft(json!({ "kind": "retraction", "target": target, "reason": "again" })));
    }
    desk.ledger.append(drafts, &accept()).unwrap();
    let [after, before] = [Size(u64::MAX), Size(base + 64)]
        .map(|size| statuses(&desk.ledger, size, Policy::AsStated)[2].clone());
    assert_eq!(after, BTreeSet::from([Status::Active]));
    assert_eq!(before, BTreeSet::from([Status::None]));
}
