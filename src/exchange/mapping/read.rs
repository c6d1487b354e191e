//! Reads a mapping from TOML. Must refuse whatever it does not know, and name its line.

use toml::de::DeValue;

use crate::exchange::error::ExchangeError;
use crate::exchange::mapping::read_value::Values;
use crate::exchange::mapping::shape;
use crate::exchange::mapping::template::{Template, position};
use crate::exchange::mapping::toml_text::{Item, Table, TomlText};
use crate::exchange::mapping::{Condition, Mapping, Outcome, Recipe, Rule, SourceRecipe};

/// Bytes of a mapping.
const MAPPING_BYTES_MAX: usize = 1 << 18;
/// Rules of a mapping, each of which is held to each row.
const RULES_MAX: usize = 256;
/// Columns that a mapping names.
const COLUMNS_MAX: usize = 1_024;

const MAPPING_KEYS: [&str; 10] =
    ["name", "about", "columns", "delimiter", "key", "date", "values", "source", "note", "rule"];

const RULE_KEYS: [&str; 12] = [
    "when",
    "when-not",
    "when-known",
    "when-unknown",
    "skip",
    "go-on",
    "key",
    "date",
    "event",
    "source",
    "note",
    "even-so",
];

const CONDITION_KEYS: [&str; 2] = ["when", "when-not"];

/// Reads a mapping.
pub(super) fn mapping(text: &str) -> Result<Mapping, ExchangeError> {
    let text = TomlText(text);
    if MAPPING_BYTES_MAX < text.0.len() {
        return Err(text.fault(0..0, format!("a mapping has at most {MAPPING_BYTES_MAX} bytes")));
    }
    let document = text.parse()?;
    let table = text.only(document.get_ref(), 0..0, &MAPPING_KEYS)?;
    table.string("about")?;
    let name = text.string(table.wanted("name")?)?.to_owned();
    let columns = columns(text, table.wanted("columns")?)?;
    let values = Values::new(text, columns, table.item("values"))?;
    values.check_named()?;
    let reader = Reader { name: &name, values, defaults: &table };
    let DeValue::Array(items) = table.wanted("rule")?.get_ref() else {
        return Err(table.fault("each rule is a [[rule]]"));
    };
    if RULES_MAX < items.len() {
        return Err(table.fault(format!("a mapping has at most {RULES_MAX} rules")));
    }
    let rules = items.iter().map(|item| reader.rule(item)).collect::<Result<Vec<_>, _>>()?;
    let delimiter = reader.delimiter()?;
    let columns = reader.values.columns;
    Ok(Mapping { name, columns, delimiter, rules })
}

fn columns(text: TomlText<'_>, item: &Item<'_>) -> Result<Vec<String>, ExchangeError> {
    let mut columns: Vec<String> = Vec::new();
    for (name, span) in text.strings(item)? {
        if name.is_empty() || columns.iter().any(|column| column == name) {
            return Err(text.fault(span, format!("the column {name:?} is empty or named twice")));
        }
        if COLUMNS_MAX <= columns.len() {
            return Err(text.fault(span, format!("a mapping names at most {COLUMNS_MAX} columns")));
        }
        columns.push(name.to_owned());
    }
    Ok(columns)
}

/// Reads rules, which fall back on what the mapping says for all of them.
struct Reader<'a, 't> {
    name: &'a str,
    values: Values<'a, 't>,
    defaults: &'a Table<'a, 't>,
}

impl<'a, 't> Reader<'a, 't> {
    fn text(&self) -> TomlText<'t> {
        self.values.text
    }

    fn delimiter(&self) -> Result<u8, ExchangeError> {
        let Some(item) = self.defaults.item("delimiter") else { return Ok(b',') };
        match self.text().string(item)?.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err(self.text().fault(item.span(), "one character such as \";\" is wanted here")),
        }
    }

    fn rule(&self, item: &'a Item<'t>) -> Result<Rule, ExchangeError> {
        let table = self.text().table(item, &RULE_KEYS)?;
        let goes_on = table.flag("go-on")?;
        let outcome = match (table.item("skip"), table.item("event")) {
            (Some(reason), None) if !goes_on => Outcome::Skip(self.values.template(reason)?),
            (Some(_), None) => return Err(table.fault("a rule that skips the row cannot go on")),
            (None, Some(event)) => Outcome::Record(Box::new(self.recipe(&table, event)?)),
            _ => return Err(table.fault("a rule has either \"event\" or \"skip\"")),
        };
        Ok(Rule {
            line: table.line(),
            conditions: self.conditions(&table)?,
            when_known: table.item("when-known").map(|i| self.values.template(i)).transpose()?,
            when_unknown: table
                .item("when-unknown")
                .map(|i| self.values.template(i))
                .transpose()?,
            outcome,
            goes_on,
        })
    }

    fn recipe(&self, rule: &Table<'a, 't>, event: &'a Item<'t>) -> Result<Recipe, ExchangeError> {
        let either = |key| rule.item(key).or_else(|| self.defaults.item(key));
        let node = |item: Option<&'a Item<'t>>| item.map(|i| self.values.node(i)).transpose();
        let Some(key) = either("key") else {
            let reason = "no \"key\": without one, a row could not be known when it comes again";
            return Err(rule.fault(reason));
        };
        let recipe = Recipe {
            key: self.key(key)?,
            date: node(either("date"))?,
            event: self.values.node(event)?,
            sources: self.sources(either("source"))?,
            note: node(either("note"))?,
            even_so: node(rule.item("even-so"))?,
        };
        shape::check_event(self.text(), event, &recipe.event)?;
        Ok(recipe)
    }

    /// A template, or columns to be joined after the mapping's name.
    fn key(&self, item: &Item<'t>) -> Result<Template, ExchangeError> {
        if let DeValue::String(_) = item.get_ref() {
            return self.values.template(item);
        }
        let names: Vec<&str> =
            self.text().strings(item)?.into_iter().map(|(name, _)| name).collect();
        let joined = Template::joined(self.name, &names, &self.values.columns);
        joined.map_err(|reason| self.text().fault(item.span(), reason))
    }

    fn sources(&self, item: Option<&'a Item<'t>>) -> Result<Vec<SourceRecipe>, ExchangeError> {
        let items = match item.map(|item| (item.get_ref(), item)) {
            None => return Ok(Vec::new()),
            Some((DeValue::Array(items), _)) => &items[..],
            Some((_, item)) => std::slice::from_ref(item),
        };
        items.iter().map(|item| self.source(item)).collect()
    }

    fn source(&self, item: &'a Item<'t>) -> Result<SourceRecipe, ExchangeError> {
        let DeValue::Table(map) = item.get_ref() else {
            return Err(self.text().fault(item.span(), "each source is a table"));
        };
        let (conditions, fields): (Vec<_>, Vec<_>) =
            map.iter().partition(|(key, _)| CONDITION_KEYS.contains(&&**key.get_ref()));
        let mut recipe = SourceRecipe { conditions: Vec::new(), source: Vec::new() };
        for (key, item) in conditions {
            recipe.conditions.extend(self.condition(item, **key.get_ref() == *"when")?);
        }
        for (key, item) in fields {
            shape::check_source_field(self.text(), key)?;
            recipe.source.push((key.get_ref().to_string(), self.values.node(item)?));
        }
        Ok(recipe)
    }

    fn conditions(&self, table: &Table<'a, 't>) -> Result<Vec<Condition>, ExchangeError> {
        let mut conditions = Vec::new();
        for key in CONDITION_KEYS {
            if let Some(item) = table.item(key) {
                conditions.extend(self.condition(item, key == "when")?);
            }
        }
        Ok(conditions)
    }

    /// The fields that must be, or must not be, one of some texts.
    fn condition(&self, item: &Item<'t>, is_wanted: bool) -> Result<Vec<Condition>, ExchangeError> {
        let DeValue::Table(map) = item.get_ref() else {
            return Err(self.text().fault(item.span(), "a table of columns is wanted here"));
        };
        map.iter()
            .map(|(key, item)| {
                let column = position(key.get_ref(), &self.values.columns)
                    .map_err(|reason| self.text().fault(key.span(), reason))?;
                let texts = self.text().strings(item)?;
                let texts = texts.into_iter().map(|(text, _)| text.to_owned()).collect();
                Ok(Condition { column, texts, is_wanted })
            })
            .collect()
    }
}
