//! An event told in one sentence, and its date. Entities are named by their ids.

use std::fmt::Display;

use crate::cli::words::shown;
use crate::domain::act::{Act, ActKind, By, Step, StepKind};
use crate::domain::assertion::Statement;
use crate::domain::editorial::{Claim, Says};
use crate::domain::entity::{Change, ChangeKind, EntityId};
use crate::domain::event::{Event, Fact};
use crate::domain::recognition::{Mission, MissionKind, Recognition, RecognitionKind};
use crate::domain::relation::{Axis, Parties};

/// Tells an event.
pub(crate) fn told<R: Display>(event: &Event<R>) -> String {
    match event {
        Event::Opening(opening) => format!("the ledger {} begins", opening.origin),
        Event::Fact(fact) => fact_told(fact),
        Event::Claim(claim) => claim_told(claim),
        Event::Correction(correction) => {
            let fact = fact_told(&correction.fact);
            format!("corrects {}: {fact} ({})", correction.target, correction.reason)
        }
        Event::Retraction(retraction) => {
            format!("retracts {} ({})", retraction.target, retraction.reason)
        }
        Event::Assertion(assertion) => format!("asserts: {assertion}"),
        Event::Erasure(erasure) => {
            let (attachment, target) = (erasure.attachment, &erasure.target);
            format!("erases attachment {attachment} of {target} ({})", erasure.reason)
        }
    }
}

/// Tells the date that an event is read by; nothing for an event that has none.
pub(crate) fn date<R>(event: &Event<R>) -> String {
    let fact = match event {
        Event::Fact(fact) => fact,
        Event::Correction(correction) => &correction.fact,
        Event::Claim(claim) => {
            return claim.date.as_ref().map(ToString::to_string).unwrap_or_default();
        }
        Event::Assertion(assertion) => return assertion_day(&assertion.assert),
        _ => return String::new(),
    };
    let dates = match fact {
        Fact::Act(act) => &act.dates,
        Fact::Recognition(recognition) => &recognition.dates,
        Fact::Mission(mission) => &mission.dates,
        Fact::Step(step) => &step.dates,
        Fact::Change(change) => return change.on.to_string(),
        Fact::Context(context) => return context.date.to_string(),
        Fact::Registration(_) => return String::new(),
    };
    let reading = dates.reading().map(|(_, date)| date);
    reading
        .or_else(|| dates.all().last().map(|(_, date)| date))
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn fact_told<R: Display>(fact: &Fact<R>) -> String {
    match fact {
        Fact::Registration(registration) => {
            let kind = shown(&registration.entity).replace('-', " ");
            format!("{} enters the register: {}, {kind}", registration.id, registration.name)
        }
        Fact::Change(change) => change_told(change),
        Fact::Act(act) => act_told(act),
        Fact::Recognition(recognition) => recognition_told(recognition),
        Fact::Mission(mission) => mission_told(mission),
        Fact::Step(step) => step_told(step),
        Fact::Context(context) => context.title.to_string(),
    }
}

fn act_told<R: Display>(act: &Act<R>) -> String {
    let mut told = acted(act.act, act.by, act.parties, act.axis);
    if let Some(annulled) = &act.annuls {
        told.push_str(&format!(" by voiding act {annulled}"));
    }
    if let Some(place) = &act.place {
        told.push_str(&format!(", in {place}"));
    }
    told
}

/// Tells who did what to which relations.
pub(crate) fn acted(act: ActKind, by: By, parties: Parties, axis: Axis) -> String {
    let [first, second] = parties.both();
    let axis = axis.as_str();
    let done = past(act);
    match by {
        By::Both => format!("{first} and {second} {done} {axis} relations"),
        By::One(actor) => match parties.partner_of(actor) {
            Some(partner) => format!("{actor} {done} {axis} relations with {partner}"),
            None => format!("{actor} {done} {axis} relations of {first} and {second}"),
        },
        By::Nobody | By::Unknown if act == ActKind::Lapse => {
            format!("{axis} relations of {first} and {second} lapsed")
        }
        By::Nobody | By::Unknown => {
            format!("{axis} relations of {first} and {second} were {done}")
        }
    }
}

fn past(act: ActKind) -> &'static str {
    match act {
        ActKind::Establish => "established",
        ActKind::Restore => "restored",
        ActKind::Sever => "severed",
        ActKind::Suspend => "suspended",
        ActKind::Lapse => "let lapse",
        ActKind::Annul => "annulled",
    }
}

fn change_told(change: &Change) -> String {
    let entity = change.entity;
    match &change.change {
        ChangeKind::Renamed { name } => format!("{entity} is now called {name}"),
        ChangeKind::Code { system, code } => {
            format!("{entity} is given the {} code {code}", shown(system))
        }
        ChangeKind::Admitted { group } => format!("{entity} is admitted to {group}"),
        ChangeKind::Left { group } => format!("{entity} is no longer in {group}"),
        ChangeKind::GovernmentChanged { from, to } => match (from, to) {
            (Some(from), Some(to)) => {
                format!("the government of {entity} changes: {from}, then {to}")
            }
            (Some(from), None) => format!("the government of {entity} changes: {from} ends"),
            (None, Some(to)) => format!("the government of {entity} changes: {to} begins"),
            (None, None) => format!("the government of {entity} changes"),
        },
        ChangeKind::Extinguished => format!("{entity} ends"),
        ChangeKind::Revived => format!("{entity} exists again"),
        ChangeKind::Continues { successor, partners: None } => {
            format!("{successor} continues {entity}")
        }
        ChangeKind::Continues { successor, partners: Some(partners) } => {
            format!("{successor} continues {entity} in the view of {}", listed(partners))
        }
        ChangeKind::Succeeds { successor } => format!("{successor} succeeds {entity}"),
    }
}

fn recognition_told<R>(recognition: &Recognition<R>) -> String {
    let (by, of) = (recognition.by, recognition.of);
    let whom = match &recognition.government {
        Some(government) => format!("{government} as the government of {of}"),
        None => of.to_string(),
    };
    let done = match recognition.act {
        RecognitionKind::Recognised => format!("{by} recognised {whom}"),
        RecognitionKind::Withdrawn => format!("{by} withdrew its recognition of {whom}"),
        RecognitionKind::Refused => format!("{by} refused to recognise {whom}"),
    };
    match &recognition.manner {
        Some(manner) => format!("{done} {}", shown(manner).replace('-', " ")),
        None => done,
    }
}

fn mission_told<R>(mission: &Mission<R>) -> String {
    let (sender, host) = (mission.sender, mission.host);
    let people = mission.number.map_or_else(|| "members".to_owned(), |number| number.to_string());
    let mut told = match mission.act {
        MissionKind::Opened => format!("{sender} opened a mission to {host}"),
        MissionKind::Closed => format!("{sender} closed its mission to {host}"),
        MissionKind::OperationsSuspended => {
            format!("{sender} suspended the work of its mission to {host}")
        }
        MissionKind::LevelSet => format!("the level of {sender}'s mission to {host} was set"),
        MissionKind::Recalled => format!("{sender} recalled the head of its mission to {host}"),
        MissionKind::Expelled => format!("{host} expelled {people} of {sender}'s mission"),
        MissionKind::Returned => format!("the head of {sender}'s mission to {host} returned"),
        MissionKind::ProtectionBegun => {
            format!("protection of {sender}'s interests in {host} began")
        }
        MissionKind::ProtectionEnded => {
            format!("protection of {sender}'s interests in {host} ended")
        }
    };
    if let Some(level) = &mission.level {
        told.push_str(&format!(", {}", shown(level).replace('-', " ")));
    }
    if let Some(power) = mission.protecting {
        told.push_str(&format!(", by {power}"));
    }
    if let Some(seat) = mission.seat() {
        told.push_str(&format!(", seated in {seat}"));
    }
    told
}

fn step_told(step: &Step) -> String {
    let [first, second] = step.parties.both();
    let done = match step.step {
        StepKind::Proposed => "proposed",
        StepKind::Agreed => "agreed",
        StepKind::Approved => "approved",
        StepKind::Signed => "signed",
        StepKind::Announced => "announced",
        StepKind::Refused => "refused",
        StepKind::Withdrawn => "withdrawn",
    };
    let by = match step.by {
        By::Both => " by both".to_owned(),
        By::One(actor) => format!(" by {actor}"),
        By::Nobody | By::Unknown => String::new(),
    };
    format!("to {} relations of {first} and {second} was {done}{by}", step.towards)
}

fn claim_told<R: Display>(claim: &Claim<R>) -> String {
    let says = match claim.says {
        Some(Says::Denies) => "denies the act".to_owned(),
        Some(says) => format!("says {}", shown(&says)),
        None => "says the same act".to_owned(),
    };
    let role = claim.role.map(|role| format!(", {}", role.as_str())).unwrap_or_default();
    let date = claim.date.as_ref().map(|date| format!(" {date}")).unwrap_or_default();
    let standing = shown(&claim.standing).replace('-', " ");
    format!("on {}, a source {says}{role}{date} ({standing})", claim.target)
}

fn assertion_day(statement: &Statement) -> String {
    match statement {
        Statement::Status { on, .. }
        | Statement::Count { on, .. }
        | Statement::Missing { on, .. }
        | Statement::Ordinal { on, .. } => on.to_string(),
        Statement::Complete { to, .. } => to.to_string(),
    }
}

fn listed(entities: &[EntityId]) -> String {
    entities.iter().map(EntityId::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> (String, String) {
        let event: Event = serde_json::from_str(json).unwrap();
        (told(&event), date(&event))
    }

    #[test]
    fn an_act_is_told_by_who_did_it() {
        let act = |act: &str, by: &str| {
            let dates = r#"{"signed":"2025-04-10","announced":"2025-04-11"}"#;
            of(&format!(
                r#"{{"kind":"act","parties":["KOR","SYR"],"act":"{act}","by":"{by}","dates":{dates}}}"#
            ))
        };
        assert_eq!(
            act("establish", "both"),
            ("KOR and SYR established diplomatic relations".into(), "2025-04-10".into())
        );
        assert_eq!(act("sever", "SYR").0, "SYR severed diplomatic relations with KOR");
        assert_eq!(act("lapse", "nobody").0, "diplomatic relations of KOR and SYR lapsed");
        assert_eq!(act("sever", "unknown").0, "diplomatic relations of KOR and SYR were severed");
    }

    #[test]
    fn an_assertion_is_told_as_it_is_typed() {
        let (told, day) = of(
            r#"{"kind":"assertion","axis":"diplomatic","assert":{"form":"missing","entity":"KOR",
                "among":"UN","missing":["PRK","SYR"],"on":"2025-03-11"}}"#,
        );
        assert_eq!(told, "asserts: missing KOR among UN is {PRK, SYR} on 2025-03-11");
        assert_eq!(day, "2025-03-11");
    }

    #[test]
    fn a_continuation_names_in_whose_view() {
        let (told, _) = of(r#"{"kind":"change","entity":"CSK","on":"1993-01-01",
                "change":{"what":"continues","successor":"CZE","partners":["KOR"]}}"#);
        assert_eq!(told, "CZE continues CSK in the view of KOR");
    }
}
