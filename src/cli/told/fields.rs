//! An event field by field, as its JSON form names them.

use serde_json::{Map, Value};

use crate::domain::event::Event;

/// The order in which fields are shown; all others follow by name.
const ORDER: [&str; 33] = [
    "kind",
    "target",
    "reason",
    "id",
    "entity",
    "axis",
    "parties",
    "by",
    "sender",
    "host",
    "of",
    "act",
    "what",
    "form",
    "towards",
    "step",
    "on",
    "date",
    "dates",
    "effective",
    "signed",
    "announced",
    "decided",
    "approved",
    "place",
    "zone",
    "instrument",
    "wording",
    "name",
    "person",
    "office",
    "signatories",
    "consular",
];

/// Lists the fields of an event; a list of objects has a line for each of them.
pub(crate) fn listed(event: &Event) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(event) {
        add(&mut lines, &fields);
    }
    lines
}

fn add(lines: &mut Vec<(String, String)>, fields: &Map<String, Value>) {
    for (name, value) in ordered(fields) {
        let label = name.replace('_', " ");
        match value {
            // The parts of a date, a change, an assertion or a fact stand for themselves.
            Value::Object(parts) => add(lines, parts),
            Value::Array(members) if members.iter().any(Value::is_object) => {
                lines.extend(members.iter().map(|member| (label.clone(), text(member))));
            }
            _ => lines.push((label, text(value))),
        }
    }
}

fn ordered(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut ordered: Vec<_> = fields.iter().collect();
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    ordered.sort_by_key(|(name, _)| (place(name), *name));
    ordered
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(members) => members.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            ordered(fields).into_iter().map(|(_, value)| text(value)).collect::<Vec<_>>().join(", ")
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_an_act_come_in_an_order_that_reads_well() {
        let event: Event = serde_json::from_str(
            r#"{"kind":"act","parties":["KOR","SYR"],"act":"establish","by":"both",
                "dates":{"signed":"2025-04-10","announced":"2025-04-11"},"place":"Damascus",
                "signatories":[{"entity":"KOR","person":"Cho Tae-yul","office":"Minister"}],
                "because":[3,7]}"#,
        )
        .unwrap();
        let lines: Vec<String> =
            listed(&event).iter().map(|(label, text)| format!("{label}: {text}")).collect();
        assert_eq!(
            lines,
            [
                "kind: act",
                "axis: diplomatic",
                "parties: KOR, SYR",
                "by: both",
                "act: establish",
                "signed: 2025-04-10",
                "announced: 2025-04-11",
                "place: Damascus",
                "signatories: KOR, Cho Tae-yul, Minister",
                "because: 3, 7",
            ]
        );
    }
}
