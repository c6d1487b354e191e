//! Compares what a mapping makes with what an entry can be, before any row is read. Must not list the
//! fields of an entry: the types of the domain are asked.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_spanned::Spanned;
use toml::de::{DeString, DeValue};

use crate::domain::event::Event;
use crate::domain::sequence::Reference;
use crate::domain::source::Source;
use crate::exchange::error::ExchangeError;
use crate::exchange::mapping::toml_text::{Item, TomlText};
use crate::exchange::mapping::value::Node;

/// The fields that decide which others may stand beside them.
const DECIDING: [&str; 3] = ["kind", "what", "form"];

/// Checks that an event names its kind and has no field that such an event cannot have.
pub(super) fn check_event(
    text: TomlText<'_>,
    item: &Item<'_>,
    event: &Node,
) -> Result<(), ExchangeError> {
    let Node::Object(fields) = event else {
        return Err(text.fault(item.span(), "an event is a table with a \"kind\""));
    };
    let Some((_, Node::Constant(Value::String(_)))) =
        fields.iter().find(|(name, _)| name == "kind")
    else {
        return Err(
            text.fault(item.span(), "an event has a \"kind\" that is the same for all rows")
        );
    };
    check_fields(text, item, fields, &|probe| fault_of::<Event<Reference>>(probe))
}

/// Checks that a source can have a field.
pub(super) fn check_source_field(
    text: TomlText<'_>,
    key: &Spanned<DeString<'_>>,
) -> Result<(), ExchangeError> {
    let probe = Map::from_iter([(key.get_ref().to_string(), Value::Null)]);
    match fault_of::<Source>(Value::Object(probe)) {
        Some(reason) => Err(text.fault(key.span(), reason)),
        None => Ok(()),
    }
}

/// Probes each field alone, beside those that decide what may stand there.
fn check_fields(
    text: TomlText<'_>,
    item: &Item<'_>,
    fields: &[(String, Node)],
    probe: &dyn Fn(Value) -> Option<String>,
) -> Result<(), ExchangeError> {
    let deciding: Vec<(String, Value)> = fields
        .iter()
        .filter(|(name, _)| DECIDING.contains(&name.as_str()))
        .filter_map(|(name, node)| match node {
            Node::Constant(value) => Some((name.clone(), value.clone())),
            _ => None,
        })
        .collect();
    let with = |name: &str, value: Value| {
        let mut object: Map<String, Value> = deciding.iter().cloned().collect();
        object.insert(name.to_owned(), value);
        Value::Object(object)
    };
    for (name, node) in fields {
        let key = match item.get_ref() {
            DeValue::Table(map) => map.get_key_value(name.as_str()),
            _ => None,
        };
        let Some((key, inner)) = key else { continue };
        let value = match node {
            Node::Constant(value) => value.clone(),
            _ => Value::Null,
        };
        if let Some(reason) = probe(with(name, value)) {
            return Err(text.fault(key.span(), reason));
        }
        match (node, inner.get_ref()) {
            (Node::Object(fields), _) => {
                check_fields(text, inner, fields, &|value| probe(with(name, value)))?;
            }
            (Node::List(nodes), DeValue::Array(items)) => {
                let inside = |value| probe(with(name, Value::Array(vec![value])));
                for (node, item) in nodes.iter().zip(items.iter()) {
                    if let Node::Object(fields) = node {
                        check_fields(text, item, fields, &inside)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the type says of a probe, if it is that a name in it is not known. That fields are missing,
/// or empty where the probe leaves them so, says nothing.
fn fault_of<T: DeserializeOwned>(probe: Value) -> Option<String> {
    let reason = serde_json::from_value::<T>(probe).err()?.to_string();
    reason.starts_with("unknown ").then_some(reason)
}
