//! A mapping's TOML with its lines: tables that know which keys may stand in them. Must not know
//! what a key means.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::exchange::error::ExchangeError;

/// A value of the mapping, and where it stands.
pub(super) type Item<'t> = Spanned<DeValue<'t>>;

/// The text of a mapping, to name the lines of its faults.
#[derive(Debug, Clone, Copy)]
pub(super) struct TomlText<'t>(pub(super) &'t str);

/// A table in which only certain keys may stand.
#[derive(Debug, Clone)]
pub(super) struct Table<'a, 't> {
    text: TomlText<'t>,
    map: &'a DeTable<'t>,
    span: Range<usize>,
}

impl<'t> TomlText<'t> {
    /// Reads the text as TOML.
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'t>>, ExchangeError> {
        DeTable::parse(self.0).map_err(|error| {
            let span = error.span().unwrap_or_default();
            self.fault(span, error.message().to_owned())
        })
    }

    /// The line on which a span begins, counted from 1.
    pub(super) fn line(self, span: &Range<usize>) -> usize {
        let before = self.0.as_bytes().get(..span.start).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// A fault on the line on which a span begins.
    pub(super) fn fault(self, span: Range<usize>, reason: impl Into<String>) -> ExchangeError {
        ExchangeError::Mapping { line: self.line(&span), reason: reason.into() }
    }

    /// An item as a table with these keys and no others.
    pub(super) fn table<'a>(
        self,
        item: &'a Item<'t>,
        allowed: &[&str],
    ) -> Result<Table<'a, 't>, ExchangeError> {
        let DeValue::Table(map) = item.get_ref() else {
            return Err(self.fault(item.span(), "a table is wanted here"));
        };
        self.only(map, item.span(), allowed)
    }

    /// A table, checked to have these keys and no others.
    pub(super) fn only<'a>(
        self,
        map: &'a DeTable<'t>,
        span: Range<usize>,
        allowed: &[&str],
    ) -> Result<Table<'a, 't>, ExchangeError> {
        match map.keys().find(|key| !allowed.contains(&&**key.get_ref())) {
            Some(key) => {
                let reason =
                    format!("unknown key {:?}: use one of {}", key.get_ref(), allowed.join(", "));
                Err(self.fault(key.span(), reason))
            }
            None => Ok(Table { text: self, map, span }),
        }
    }

    /// An item as a text.
    pub(super) fn string<'a>(self, item: &'a Item<'t>) -> Result<&'a str, ExchangeError> {
        match item.get_ref() {
            DeValue::String(text) => Ok(text),
            _ => Err(self.fault(item.span(), "a text in quotation marks is wanted here")),
        }
    }

    /// An item as one text, or a list of several.
    pub(super) fn strings<'a>(
        self,
        item: &'a Item<'t>,
    ) -> Result<Vec<(&'a str, Range<usize>)>, ExchangeError> {
        let items = match item.get_ref() {
            DeValue::Array(items) => items,
            _ => std::slice::from_ref(item),
        };
        items.iter().map(|item| Ok((self.string(item)?, item.span()))).collect()
    }
}

impl<'a, 't> Table<'a, 't> {
    /// The item of a key.
    pub(super) fn item(&self, key: &str) -> Option<&'a Item<'t>> {
        self.map.get(key)
    }

    /// The item of a key that must be there.
    pub(super) fn wanted(&self, key: &str) -> Result<&'a Item<'t>, ExchangeError> {
        let reason = || format!("{key:?} is missing here");
        self.item(key).ok_or_else(|| self.fault(reason()))
    }

    /// The text of a key.
    pub(super) fn string(&self, key: &str) -> Result<Option<&'a str>, ExchangeError> {
        self.item(key).map(|item| self.text.string(item)).transpose()
    }

    /// The yes or no of a key; no, when it is absent.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ExchangeError> {
        match self.item(key).map(|item| (item.get_ref(), item.span())) {
            None => Ok(false),
            Some((DeValue::Boolean(flag), _)) => Ok(*flag),
            Some((_, span)) => Err(self.text.fault(span, "true or false is wanted here")),
        }
    }

    /// A fault of the table as a whole.
    pub(super) fn fault(&self, reason: impl Into<String>) -> ExchangeError {
        self.text.fault(self.span.clone(), reason)
    }

    /// The line on which the table begins, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.text.line(&self.span)
    }
}
