//! Values computed from a row: constants, filled-in texts, converted, mapped and looked-up fields.
//! Must not know which field of which event they are for.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::{CodeSystem, EntityId};
use crate::exchange::mapping::convert::Converter;
use crate::exchange::mapping::row::{Row, RowFault};
use crate::exchange::mapping::template::Template;
use crate::view::knowledge::Knowledge;

/// Values that are computed of one row.
const VALUES_MAX: usize = 4_096;
/// So many of those that are meant are named where a row is refused.
const NAMED_MAX: usize = 12;
/// So many bytes of a field are repeated there.
const TOLD_BYTES_MAX: usize = 128;

/// A piece of JSON with places to be filled from a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// The same for every row.
    Constant(Value),
    /// A text computed from the row's fields.
    Computed(Box<Expression>),
    /// A node that the mapping names and uses in several places.
    Shared(Arc<Node>),
    /// An object, without the fields that are left out; itself left out when none remains.
    Object(Vec<(String, Node)>),
    /// A list, without the items that are left out; itself left out when none remains.
    List(Vec<Node>),
}

impl Node {
    /// The expression that it is, if it is one.
    fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Computed(expression) => Some(expression),
            Self::Shared(node) => node.expression(),
            Self::Constant(_) | Self::Object(_) | Self::List(_) => None,
        }
    }
}

/// How a text is computed: filled in, cut into parts, converted, mapped, looked up, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The text to begin with.
    pub source: Template,
    /// What it is cut at, if it is a list of several.
    pub split: Option<String>,
    /// What is done to it, in this order.
    pub converters: Vec<Converter>,
    /// What certain texts stand for.
    pub map: Option<BTreeMap<String, Node>>,
    /// What to do with a text that the map does not name.
    pub unmapped: Unmapped,
    /// How it names an entity; the first system that knows it decides.
    pub register: Vec<Scheme>,
    /// What to do when there is nothing.
    pub empty: Empty,
}

/// What to do with a text that a value map does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// The row is refused.
    Refuse,
    /// It stays as it is.
    Keep,
    /// The value is left out.
    LeaveOut,
}

/// What to do with an empty field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Empty {
    /// The row is refused.
    Refuse,
    /// The value is left out.
    LeaveOut,
    /// This stands in for it.
    Use(String),
}

/// How a text names an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// By its id.
    Id,
    /// By a code that it bears on the row's date.
    Code(CodeSystem),
    /// By anything that it is called on the row's date: id, code, name, alias.
    Any,
}

/// A row, with what is needed to compute values from it.
#[derive(Debug, Clone)]
pub struct Computing<'a> {
    /// The row.
    pub row: Row<'a>,
    /// The names of the mapping's columns.
    pub columns: &'a [String],
    /// The ledger's register.
    pub register: Knowledge<'a>,
    /// The days on which codes and names are looked up, the better first.
    pub days: Vec<Day>,
    /// How many more values may be computed: those that a mapping shares can name one another.
    left: Cell<usize>,
}

impl<'a> Computing<'a> {
    /// Begins to compute what a row gives, with no days as yet.
    #[must_use]
    pub fn of(row: Row<'a>, columns: &'a [String], register: Knowledge<'a>) -> Self {
        Self { row, columns, register, days: Vec::new(), left: Cell::new(VALUES_MAX) }
    }

    /// Computes a node; none when it is left out.
    ///
    /// # Errors
    /// The column at fault, and why.
    pub fn value(&self, node: &Node) -> Result<Option<Value>, RowFault> {
        let Some(left) = self.left.get().checked_sub(1) else {
            let reason = format!("the mapping makes more than {VALUES_MAX} values of the row");
            return Err(RowFault { line: self.row.line(), column: None, reason, hint: None });
        };
        self.left.set(left);
        match node {
            Node::Constant(value) => Ok(Some(value.clone())),
            Node::Computed(expression) => self.expression(expression),
            Node::Shared(node) => self.value(node),
            Node::Object(fields) => self.object(fields),
            Node::List(nodes) => {
                let mut list = Vec::new();
                for node in nodes {
                    list.extend(self.value(node)?);
                }
                Ok((!list.is_empty()).then_some(Value::Array(list)))
            }
        }
    }

    /// Computes an object of fields; none when all of them are left out.
    ///
    /// # Errors
    /// The column at fault, and why.
    pub fn object(&self, fields: &[(String, Node)]) -> Result<Option<Value>, RowFault> {
        let mut object = Map::new();
        for (name, node) in fields {
            if let Some(value) = self.value(node)? {
                object.insert(name.clone(), value);
            }
        }
        Ok((!object.is_empty()).then_some(Value::Object(object)))
    }

    /// The days to look names up on: the last that a date allows, then the first.
    ///
    /// # Errors
    /// When the node is no date.
    pub fn days_of(&self, date: &Node) -> Result<Vec<Day>, RowFault> {
        let Some(value) = self.value(date)? else { return Ok(Vec::new()) };
        let bounds = match Edtf::parse(value.as_str().unwrap_or_default()) {
            Ok(date) => date.bounds(),
            Err(error) => {
                let reason = error.to_string();
                return Err(match date.expression() {
                    Some(expression) => self.fault(expression, reason),
                    None => RowFault { line: self.row.line(), column: None, reason, hint: None },
                });
            }
        };
        let mut days = vec![bounds.latest, bounds.earliest];
        days.retain(|day| *day != Day::LAST && *day != Day::FIRST);
        days.dedup();
        Ok(days)
    }

    fn expression(&self, expression: &Expression) -> Result<Option<Value>, RowFault> {
        let text = expression.source.fill(&self.row);
        if text.trim().is_empty() {
            if let Some(node) = expression.map.as_ref().and_then(|map| map.get("")) {
                return self.value(node);
            }
            return match &expression.empty {
                Empty::Refuse => Err(self.fault(expression, "the field is empty".to_owned())),
                Empty::LeaveOut => Ok(None),
                Empty::Use(text) => Ok(Some(Value::String(text.clone()))),
            };
        }
        let Some(separator) = &expression.split else { return self.part(expression, text) };
        let mut list = Vec::new();
        for part in text.split(separator.as_str()).map(str::trim).filter(|part| !part.is_empty()) {
            list.extend(self.part(expression, part.to_owned())?);
        }
        Ok((!list.is_empty()).then_some(Value::Array(list)))
    }

    /// Computes one part of a text that may have several.
    fn part(&self, expression: &Expression, part: String) -> Result<Option<Value>, RowFault> {
        let mut text = part;
        for converter in &expression.converters {
            text = converter.apply(&text).map_err(|reason| self.fault(expression, reason))?;
        }
        if let Some(map) = &expression.map {
            match (map.get(&text), expression.unmapped) {
                (Some(Node::Constant(Value::String(mapped))), _) => text.clone_from(mapped),
                (Some(node), _) => return self.value(node),
                (None, Unmapped::Keep) => {}
                (None, Unmapped::LeaveOut) => return Ok(None),
                (None, Unmapped::Refuse) => {
                    let known = few(map.keys().map(String::as_str));
                    let reason = format!(
                        "the mapping does not say what {:?} is, only {known}",
                        short(&text)
                    );
                    return Err(self.fault(expression, reason));
                }
            }
        }
        if !expression.register.is_empty() {
            text = self.look_up(&text, expression)?.to_string();
        }
        if expression.converters.last() == Some(&Converter::Integer)
            && let Ok(number) = text.parse::<i64>()
        {
            return Ok(Some(Value::from(number)));
        }
        Ok(Some(Value::String(text)))
    }

    /// Finds the entity that a text names.
    fn look_up(&self, text: &str, expression: &Expression) -> Result<EntityId, RowFault> {
        let mut reason = format!("unknown entity {:?}", short(text));
        for scheme in &expression.register {
            match *scheme {
                Scheme::Id => match EntityId::parse(text) {
                    Ok(id) if self.register.registration(id).is_some() => return Ok(id),
                    _ => {}
                },
                Scheme::Code(system) => {
                    let days = self.days_for(expression)?;
                    for day in days {
                        match self.register.bearers(system, text, *day)[..] {
                            [] => {}
                            [one] => return Ok(one),
                            ref several => {
                                let ids = few(several.iter().map(EntityId::as_str));
                                let reason =
                                    format!("{:?} is ambiguous on {day}: {ids}", short(text));
                                return Err(self.fault(expression, reason));
                            }
                        }
                    }
                    if let [day, ..] = days {
                        reason = format!("no entity has the code {:?} on {day}", short(text));
                    }
                }
                Scheme::Any => {
                    for day in self.days_for(expression)? {
                        match self.register.called(text, *day)[..] {
                            [] => reason = format!("unknown entity {:?}", short(text)),
                            [one] => return Ok(one),
                            ref several => {
                                let ids = few(several.iter().map(EntityId::as_str));
                                reason = format!("{:?} is ambiguous: {ids}", short(text));
                            }
                        }
                    }
                }
            }
        }
        Err(self.fault(expression, reason))
    }

    fn days_for(&self, expression: &Expression) -> Result<&[Day], RowFault> {
        match &self.days[..] {
            [] => {
                let reason = "the row has no date on which to look it up".to_owned();
                Err(self.fault(expression, reason))
            }
            days => Ok(days),
        }
    }

    fn fault(&self, expression: &Expression, reason: String) -> RowFault {
        let column = expression.source.first_column().and_then(|column| self.columns.get(column));
        RowFault { line: self.row.line(), column: column.cloned(), reason, hint: None }
    }
}

/// Names a few of many.
fn few<'t>(mut all: impl Iterator<Item = &'t str>) -> String {
    let named: Vec<&str> = all.by_ref().take(NAMED_MAX).map(short).collect();
    match all.count() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The beginning of a text.
fn short(text: &str) -> &str {
    if text.len() <= TOLD_BYTES_MAX {
        return text;
    }
    (0..=TOLD_BYTES_MAX).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_a_few_are_named_and_of_a_long_text_its_beginning() {
        let names: Vec<String> = (0..14).map(|number| number.to_string()).collect();
        let named = |count: usize| few(names.iter().take(count).map(String::as_str));
        assert_eq!(named(2), "0, 1");
        assert_eq!(named(12), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11");
        assert_eq!(named(14), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more");
        assert_eq!(short("a text"), "a text");
        assert_eq!(short(&"é".repeat(100)), "é".repeat(64));
        assert_eq!(short(&format!("a{}", "é".repeat(100))), format!("a{}", "é".repeat(63)));
    }
}
