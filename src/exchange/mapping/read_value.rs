//! Reads the values of a mapping: constants, texts to be filled in, expressions. Must not know where
//! in an entry a value goes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::domain::entity::CodeSystem;
use crate::exchange::error::ExchangeError;
use crate::exchange::mapping::convert::Converter;
use crate::exchange::mapping::template::Template;
use crate::exchange::mapping::toml_text::{Item, Table, TomlText};
use crate::exchange::mapping::value::{Empty, Expression, Node, Scheme, Unmapped};

/// The keys that may stand in a table that computes a value.
const EXPRESSION_KEYS: [&str; 9] = [
    "column", "template", "split", "convert", "map", "unmapped", "register", "optional", "default",
];

/// Reads values over the columns of one mapping.
#[derive(Debug)]
pub(super) struct Values<'a, 't> {
    pub(super) text: TomlText<'t>,
    pub(super) columns: Vec<String>,
    /// What the mapping's `[values]` holds, read when it is used first.
    named: Option<&'a DeTable<'t>>,
    read: RefCell<BTreeMap<String, Arc<Node>>>,
    reading: RefCell<Vec<String>>,
}

impl<'a, 't> Values<'a, 't> {
    pub(super) fn new(
        text: TomlText<'t>,
        columns: Vec<String>,
        named: Option<&'a Item<'t>>,
    ) -> Result<Self, ExchangeError> {
        let named = match named.map(|item| (item.get_ref(), item.span())) {
            None => None,
            Some((DeValue::Table(map), _)) => Some(map),
            Some((_, span)) => return Err(text.fault(span, "a table is wanted here")),
        };
        let (read, reading) = (RefCell::default(), RefCell::default());
        Ok(Self { text, columns, named, read, reading })
    }

    /// Reads every named value, so that one that is never used is checked too.
    pub(super) fn check_named(&self) -> Result<(), ExchangeError> {
        let mut named = self.named.into_iter().flat_map(|map| map.keys());
        named.try_for_each(|key| self.shared(key.get_ref(), key.span()).map(|_| ()))
    }

    /// Reads a template.
    pub(super) fn template(&self, item: &Item<'t>) -> Result<Template, ExchangeError> {
        let text = self.text.string(item)?;
        Template::parse(text, &self.columns).map_err(|reason| self.text.fault(item.span(), reason))
    }

    /// Reads a value.
    pub(super) fn node(&self, item: &'a Item<'t>) -> Result<Node, ExchangeError> {
        match item.get_ref() {
            DeValue::String(_) => {
                let source = self.template(item)?;
                Ok(match source.constant() {
                    Some(text) => Node::Constant(Value::String(text.to_owned())),
                    None => Node::Computed(Box::new(plain(source))),
                })
            }
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                let fault = |_| self.text.fault(item.span(), "the number is too large");
                Ok(Node::Constant(Value::from(parsed.map_err(fault)?)))
            }
            DeValue::Boolean(flag) => Ok(Node::Constant(Value::Bool(*flag))),
            DeValue::Datetime(date) => Ok(Node::Constant(Value::String(date.to_string()))),
            DeValue::Float(_) => {
                Err(self.text.fault(item.span(), "no field of an entry has decimals"))
            }
            DeValue::Array(items) => {
                items.iter().map(|item| self.node(item)).collect::<Result<_, _>>().map(Node::List)
            }
            DeValue::Table(map) if map.contains_key("value") => {
                let table = self.text.only(map, item.span(), &["value"])?;
                let item = table.wanted("value")?;
                self.shared(self.text.string(item)?, item.span()).map(Node::Shared)
            }
            DeValue::Table(map) if map.contains_key("column") || map.contains_key("template") => {
                let table = self.text.only(map, item.span(), &EXPRESSION_KEYS)?;
                self.expression(&table).map(|expression| Node::Computed(Box::new(expression)))
            }
            DeValue::Table(map) => map
                .iter()
                .map(|(key, item)| Ok((key.get_ref().to_string(), self.node(item)?)))
                .collect::<Result<_, _>>()
                .map(Node::Object),
        }
    }

    /// The value that the mapping calls so.
    fn shared(&self, name: &str, span: Range<usize>) -> Result<Arc<Node>, ExchangeError> {
        if let Some(node) = self.read.borrow().get(name) {
            return Ok(Arc::clone(node));
        }
        let Some(item) = self.named.and_then(|map| map.get(name)) else {
            return Err(self.text.fault(span, format!("[values] holds no {name:?}")));
        };
        if self.reading.borrow().iter().any(|reading| reading == name) {
            return Err(self.text.fault(span, format!("the value {name:?} is made of itself")));
        }
        self.reading.borrow_mut().push(name.to_owned());
        let node = Arc::new(self.node(item)?);
        self.reading.borrow_mut().pop();
        self.read.borrow_mut().insert(name.to_owned(), Arc::clone(&node));
        Ok(node)
    }

    fn expression(&self, table: &Table<'a, 't>) -> Result<Expression, ExchangeError> {
        let source = match (table.item("column"), table.item("template")) {
            (Some(item), None) => {
                let found = Template::column(self.text.string(item)?, &self.columns);
                found.map_err(|reason| self.text.fault(item.span(), reason))?
            }
            (None, Some(item)) => self.template(item)?,
            _ => return Err(table.fault("either \"column\" or \"template\", not both")),
        };
        let split = table.item("split").map(|item| match self.text.string(item)? {
            "" => Err(self.text.fault(item.span(), "a separator is wanted here")),
            separator => Ok(separator.to_owned()),
        });
        let empty = match (table.string("default")?, table.flag("optional")?) {
            (Some(_), true) => {
                return Err(table.fault("either \"default\" or \"optional\", not both"));
            }
            (Some(text), false) => Empty::Use(text.to_owned()),
            (None, true) => Empty::LeaveOut,
            (None, false) => Empty::Refuse,
        };
        Ok(Expression {
            source,
            split: split.transpose()?,
            converters: self.converters(table)?,
            map: table.item("map").map(|item| self.map(item)).transpose()?,
            unmapped: self.unmapped(table)?,
            register: self.schemes(table)?,
            empty,
        })
    }

    fn converters(&self, table: &Table<'a, 't>) -> Result<Vec<Converter>, ExchangeError> {
        let Some(item) = table.item("convert") else { return Ok(Vec::new()) };
        let names = self.text.strings(item)?;
        let parse = |(name, span)| {
            Converter::parse(name).map_err(|reason: String| self.text.fault(span, reason))
        };
        let converters: Vec<Converter> =
            names.into_iter().map(parse).collect::<Result<_, ExchangeError>>()?;
        match converters.iter().position(|converter| *converter == Converter::Integer) {
            Some(at) if at + 1 < converters.len() => {
                Err(self.text.fault(item.span(), "\"integer\" comes last"))
            }
            _ => Ok(converters),
        }
    }

    fn map(&self, item: &'a Item<'t>) -> Result<BTreeMap<String, Node>, ExchangeError> {
        let DeValue::Table(map) = item.get_ref() else {
            return Err(self.text.fault(item.span(), "a table of texts is wanted here"));
        };
        map.iter().map(|(key, item)| Ok((key.get_ref().to_string(), self.node(item)?))).collect()
    }

    fn unmapped(&self, table: &Table<'a, 't>) -> Result<Unmapped, ExchangeError> {
        let Some(item) = table.item("unmapped") else { return Ok(Unmapped::Refuse) };
        if table.item("map").is_none() {
            return Err(self.text.fault(item.span(), "\"unmapped\" goes with a \"map\""));
        }
        match self.text.string(item)? {
            "refuse" => Ok(Unmapped::Refuse),
            "keep" => Ok(Unmapped::Keep),
            "leave-out" => Ok(Unmapped::LeaveOut),
            _ => Err(self.text.fault(item.span(), "use one of refuse, keep, leave-out")),
        }
    }

    fn schemes(&self, table: &Table<'a, 't>) -> Result<Vec<Scheme>, ExchangeError> {
        let Some(item) = table.item("register") else { return Ok(Vec::new()) };
        let names = self.text.strings(item)?;
        names
            .into_iter()
            .map(|(name, span)| match name {
                "id" => Ok(Scheme::Id),
                "any" => Ok(Scheme::Any),
                system => {
                    let system: Result<CodeSystem, _> =
                        serde_json::from_value(Value::String(system.to_owned()));
                    let reason = format!(
                        "{name:?} is no way to name an entity: use id, any or a code system"
                    );
                    system.map(Scheme::Code).map_err(|_| self.text.fault(span, reason))
                }
            })
            .collect()
    }
}

/// The expression that only fills in fields.
fn plain(source: Template) -> Expression {
    Expression {
        source,
        split: None,
        converters: Vec::new(),
        map: None,
        unmapped: Unmapped::Refuse,
        register: Vec::new(),
        empty: Empty::Refuse,
    }
}
