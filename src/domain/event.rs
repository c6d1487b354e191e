//! The event: what an entry says. A fact about the world, or an editorial step about the ledger.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use crate::domain::act::{Act, Step};
use crate::domain::assertion::Assertion;
use crate::domain::editorial::{Claim, Correction, Erasure, Retraction};
use crate::domain::edtf::Edtf;
use crate::domain::entity::{Change, EntityId, Registration};
use crate::domain::recognition::{Mission, Recognition};
use crate::domain::sequence::Sequence;
use crate::domain::text::{Origin, Text};

/// The first entry of a ledger, and of no other place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The ledger's name, also that of its key and in its checkpoints.
    pub origin: Origin,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
}

/// A fact that explains others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// What happened.
    pub title: Text,
    /// When.
    pub date: Edtf,
    /// Whom it concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<EntityId>,
}

/// Something that is so in the world, whoever records it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[serde(try_from = "Value", bound(deserialize = "R: DeserializeOwned"))]
pub enum Fact<R = Sequence> {
    /// An entity enters the register.
    Registration(Registration),
    /// Something about an entity changes.
    Change(Change),
    /// Parties act on their relation.
    Act(Act<R>),
    /// An entity recognises another.
    Recognition(Recognition<R>),
    /// Something is done about a mission.
    Mission(Mission<R>),
    /// A step towards an act.
    Step(Step),
    /// A fact that explains others.
    Context(Context),
}

/// The words for all kinds of events, those of facts from the second to the eighth.
const KINDS: &[&str] = &[
    "opening",
    "registration",
    "change",
    "act",
    "recognition",
    "mission",
    "step",
    "context",
    "claim",
    "correction",
    "retraction",
    "assertion",
    "erasure",
];

/// What an entry says.
///
/// Its JSON form is the one that `record` accepts and that `entry` and `export` print: one object
/// whose `kind` names the variant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[serde(try_from = "Value", bound(deserialize = "R: DeserializeOwned"))]
pub enum Event<R = Sequence> {
    /// The ledger begins.
    Opening(Opening),
    /// One source's account of an act.
    Claim(Claim<R>),
    /// A fact is replaced.
    Correction(Correction<R>),
    /// An entry is taken back.
    Retraction(Retraction<R>),
    /// A statement that the ledger must agree with.
    Assertion(Assertion),
    /// An attachment is no longer kept.
    Erasure(Erasure<R>),
    /// A fact.
    #[serde(untagged)]
    Fact(Fact<R>),
}

impl<R: DeserializeOwned> TryFrom<Value> for Event<R> {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let (kind, value) = with_kind(value, "an event")?;
        match kind.as_str() {
            "opening" => from_value(value).map(Self::Opening),
            "claim" => from_value(value).map(Self::Claim),
            "correction" => from_value(value).map(Self::Correction),
            "retraction" => from_value(value).map(Self::Retraction),
            "assertion" => from_value(value).map(Self::Assertion),
            "erasure" => from_value(value).map(Self::Erasure),
            fact => Fact::of_kind(fact, value, KINDS).map(Self::Fact),
        }
    }
}

impl<R: DeserializeOwned> TryFrom<Value> for Fact<R> {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let (kind, value) = with_kind(value, "a fact")?;
        Self::of_kind(&kind, value, &KINDS[1..8])
    }
}

impl<R: DeserializeOwned> Fact<R> {
    fn of_kind(kind: &str, value: Value, kinds: &'static [&str]) -> serde_json::Result<Self> {
        match kind {
            "registration" => from_value(value).map(Self::Registration),
            "change" => from_value(value).map(Self::Change),
            "act" => from_value(value).map(Self::Act),
            "recognition" => from_value(value).map(Self::Recognition),
            "mission" => from_value(value).map(Self::Mission),
            "step" => from_value(value).map(Self::Step),
            "context" => from_value(value).map(Self::Context),
            unknown => Err(serde_json::Error::unknown_variant(unknown, kinds)),
        }
    }
}

/// Takes the `kind` out of an object.
fn with_kind(mut value: Value, what: &str) -> serde_json::Result<(String, Value)> {
    match value.as_object_mut().and_then(|object| object.remove("kind")) {
        Some(Value::String(kind)) => Ok((kind, value)),
        _ => Err(serde_json::Error::custom(format!("{what} is an object with a \"kind\""))),
    }
}

impl<R> Fact<R> {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registration(_) => "registration",
            Self::Change(_) => "change",
            Self::Act(_) => "act",
            Self::Recognition(_) => "recognition",
            Self::Mission(_) => "mission",
            Self::Step(_) => "step",
            Self::Context(_) => "context",
        }
    }

    /// The same fact with each reference replaced.
    ///
    /// # Errors
    /// The first reference that cannot be.
    pub fn try_map<S, E>(self, replace: &mut impl FnMut(R) -> Result<S, E>) -> Result<Fact<S>, E> {
        Ok(match self {
            Self::Registration(registration) => Fact::Registration(registration),
            Self::Change(change) => Fact::Change(change),
            Self::Act(act) => Fact::Act(act.try_map(replace)?),
            Self::Recognition(recognition) => Fact::Recognition(recognition.try_map(replace)?),
            Self::Mission(mission) => Fact::Mission(mission.try_map(replace)?),
            Self::Step(step) => Fact::Step(step),
            Self::Context(context) => Fact::Context(context),
        })
    }

    /// The entities that the fact names, each of which must be in the register.
    pub fn entities(&self) -> Vec<EntityId> {
        match self {
            Self::Registration(_) => Vec::new(),
            Self::Change(change) => {
                let mut named = vec![change.entity];
                named.extend(change.change.entities());
                named
            }
            Self::Act(act) => {
                let mut named = act.parties.both().to_vec();
                named.extend(act.signatories.iter().map(|signatory| signatory.entity));
                named
            }
            Self::Recognition(recognition) => vec![recognition.by, recognition.of],
            Self::Mission(mission) => {
                let mut named = vec![mission.sender, mission.host];
                named.extend(mission.protecting);
                named.extend(mission.seat());
                named
            }
            Self::Step(step) => step.parties.both().to_vec(),
            Self::Context(context) => context.entities.clone(),
        }
    }

    /// The entries that caused it.
    pub fn because(&self) -> &[R] {
        match self {
            Self::Act(act) => &act.because,
            Self::Recognition(recognition) => &recognition.because,
            Self::Mission(mission) => &mission.because,
            Self::Registration(_) | Self::Change(_) | Self::Step(_) | Self::Context(_) => &[],
        }
    }

    /// The entries that the fact refers to: causes, and acts that it followed or annuls.
    pub fn references(&self) -> Vec<&R> {
        match self {
            Self::Act(act) => act.annuls.iter().chain(&act.after).chain(&act.because).collect(),
            other => other.because().iter().collect(),
        }
    }
}

impl<R> Event<R> {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opening(_) => "opening",
            Self::Fact(fact) => fact.kind(),
            Self::Claim(_) => "claim",
            Self::Correction(_) => "correction",
            Self::Retraction(_) => "retraction",
            Self::Assertion(_) => "assertion",
            Self::Erasure(_) => "erasure",
        }
    }

    /// The same event with each reference replaced, as a key by the number it stands for.
    ///
    /// # Errors
    /// The first reference that cannot be.
    pub fn try_map<S, E>(self, replace: &mut impl FnMut(R) -> Result<S, E>) -> Result<Event<S>, E> {
        Ok(match self {
            Self::Opening(opening) => Event::Opening(opening),
            Self::Fact(fact) => Event::Fact(fact.try_map(replace)?),
            Self::Claim(claim) => Event::Claim(Claim {
                target: replace(claim.target)?,
                role: claim.role,
                date: claim.date,
                place: claim.place,
                zone: claim.zone,
                says: claim.says,
                wording: claim.wording,
                standing: claim.standing,
            }),
            Self::Correction(correction) => Event::Correction(Correction {
                target: replace(correction.target)?,
                fact: correction.fact.try_map(replace)?,
                reason: correction.reason,
            }),
            Self::Retraction(retraction) => Event::Retraction(Retraction {
                target: replace(retraction.target)?,
                reason: retraction.reason,
            }),
            Self::Assertion(assertion) => Event::Assertion(assertion),
            Self::Erasure(erasure) => Event::Erasure(Erasure {
                target: replace(erasure.target)?,
                attachment: erasure.attachment,
                reason: erasure.reason,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::sequence::Reference;

    fn round_trip(json: &str) {
        let event: Event<Reference> = serde_json::from_str(json).unwrap();
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), value);
    }

    #[test]
    fn an_event_is_printed_as_it_is_read() {
        round_trip(r#"{"kind":"opening","origin":"a.example/b"}"#);
        round_trip(
            r#"{"kind":"change","entity":"SUN","on":"1991-12-26",
                "change":{"what":"continues","successor":"RUS","partners":["KOR"]}}"#,
        );
        round_trip(
            r#"{"kind":"act","axis":"diplomatic","parties":["KOR","SYR"],"act":"sever","by":"KOR",
                "dates":{"effective":"2022-06"},"because":[3,"a-key"]}"#,
        );
        round_trip(
            r#"{"kind":"mission","sender":"PRK","host":"SYR","act":"opened",
                "residence":{"seated-in":"CHN"},"dates":{"effective":"2022-06"}}"#,
        );
        round_trip(
            r#"{"kind":"correction","target":"a-key","reason":"a misprint",
                "fact":{"kind":"context","title":"A war","date":"1950-06-25"}}"#,
        );
        round_trip(
            r#"{"kind":"assertion","axis":"diplomatic","assert":{"form":"count","entity":"KOR",
                "rule":"active","count":194,"on":"2025-04-10"}}"#,
        );
    }

    #[test]
    fn a_field_that_no_event_has_is_refused() {
        let json = r#"{"kind":"retraction","target":1,"reason":"a","note":"b"}"#;
        assert!(serde_json::from_str::<Event>(json).is_err());
        let json = r#"{"kind":"context","title":"A war","date":"1950-06-25","place":"b"}"#;
        assert!(serde_json::from_str::<Event>(json).is_err());
    }

    #[test]
    fn what_has_no_kind_or_another_is_refused_by_what_it_should_be() {
        let refused = |value: Value| Event::<Sequence>::try_from(value).unwrap_err().to_string();
        for none in [json!({ "title": "A war" }), json!(null), json!({ "kind": 1 }), json!([])] {
            assert_eq!(refused(none.clone()), "an event is an object with a \"kind\"");
            let correction =
                json!({ "kind": "correction", "target": 6, "reason": "r", "fact": none });
            assert_eq!(refused(correction), "a fact is an object with a \"kind\"");
        }
        let claim = json!({ "kind": "claim", "target": 6 });
        let correction = json!({ "kind": "correction", "target": 6, "reason": "r", "fact": claim });
        assert_eq!(
            refused(correction),
            "unknown variant `claim`, expected one of `registration`, `change`, `act`, \
             `recognition`, `mission`, `step`, `context`"
        );
        let all = "unknown variant `war`, expected one of `opening`, `registration`, `change`, \
                   `act`, `recognition`, `mission`, `step`, `context`, `claim`,";
        assert!(refused(json!({ "kind": "war" })).starts_with(all));
    }
}
