//! The page: an answer laid out for people, on a terminal or in a document. Every text of a ledger
//! is escaped on its way in.

use anstyle::{AnsiColor, Style};

use crate::cli::output::table::Table;
use crate::cli::output::terminal::escaped;

const HEADLINE: Style = Style::new().bold();
const TITLE: Style = AnsiColor::Cyan.on_default();
const BASIS: Style = Style::new().dimmed();

/// An answer laid out in blocks, with a blank line between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
enum Block {
    Headline(String),
    Lines(Vec<String>),
    Section { title: String, items: Vec<(String, String)> },
    Table(Table),
    Basis(String),
}

impl Page {
    /// Begins a page with the answer in one line.
    pub(crate) fn new(headline: &str) -> Self {
        Self { blocks: vec![Block::Headline(escaped(headline))] }
    }

    /// Adds a line; lines that follow each other stay together.
    pub(crate) fn line(&mut self, line: &str) {
        match self.blocks.last_mut() {
            Some(Block::Lines(lines)) => lines.push(escaped(line)),
            _ => self.blocks.push(Block::Lines(vec![escaped(line)])),
        }
    }

    /// Adds labelled items under a title, unless there are none.
    pub(crate) fn section(&mut self, title: &str, items: Vec<(String, String)>) {
        if items.is_empty() {
            return;
        }
        let items = items.iter().map(|(label, text)| (escaped(label), escaped(text))).collect();
        self.blocks.push(Block::Section { title: escaped(title), items });
    }

    /// Adds a table, unless it has no rows.
    pub(crate) fn table(&mut self, table: Table) {
        if !table.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// Ends the page with what the answer rests on.
    pub(crate) fn basis(&mut self, basis: &str) {
        self.blocks.push(Block::Basis(escaped(basis)));
    }

    /// Lays the page out for a terminal; the styles fall away where there is none.
    pub(crate) fn for_people(&self) -> String {
        let blocks: Vec<String> = self.blocks.iter().map(Block::for_people).collect();
        blocks.join("\n")
    }

    /// Lays the page out in Markdown.
    pub(crate) fn for_documents(&self) -> String {
        let blocks: Vec<String> = self.blocks.iter().map(Block::for_documents).collect();
        blocks.join("\n")
    }
}

impl Block {
    fn for_people(&self) -> String {
        match self {
            Self::Headline(text) => format!("{HEADLINE}{text}{HEADLINE:#}\n"),
            Self::Lines(lines) => format!("{}\n", lines.join("\n")),
            Self::Section { title, items } => {
                let width = items.iter().map(|(label, _)| label.chars().count()).max();
                let width = width.unwrap_or(0);
                let numbers = items.iter().all(|(label, _)| label.parse::<u64>().is_ok());
                let lines = items.iter().map(|(label, text)| match numbers {
                    true => format!("  {label:>width$}  {text}\n"),
                    false => format!("  {label:width$}  {text}\n"),
                });
                let lines: String = lines.collect();
                if title.is_empty() { lines } else { format!("{TITLE}{title}{TITLE:#}\n{lines}") }
            }
            Self::Table(table) => table.for_people(),
            Self::Basis(text) => format!("{BASIS}{text}{BASIS:#}\n"),
        }
    }

    fn for_documents(&self) -> String {
        match self {
            Self::Headline(text) => format!("## {}\n", literal(text)),
            Self::Lines(lines) => format!("{}\n", literal(&lines.join("\n"))),
            Self::Section { title, items } => {
                let items = items.iter();
                let lines: String = items
                    .map(|(label, text)| format!("- {}: {}\n", literal(label), literal(text)))
                    .collect();
                if title.is_empty() { lines } else { format!("### {}\n\n{lines}", literal(title)) }
            }
            Self::Table(table) => table.for_documents(),
            Self::Basis(text) => format!("*{}*\n", literal(text)),
        }
    }
}

/// Takes from Markdown's signs their meaning.
fn literal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '#' | '|') {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_sets_its_blocks_apart_and_aligns_its_labels() {
        let mut page = Page::new("Syria – Ukraine: severed");
        page.section("rests on", vec![("7".into(), "one".into()), ("612".into(), "other".into())]);
        page.section("nothing", vec![]);
        page.line("of what is recorded");
        let plain = anstream::adapter::strip_str(&page.for_people()).to_string();
        assert_eq!(
            plain,
            "Syria – Ukraine: severed\n\nrests on\n    7  one\n  612  other\n\nof what is recorded\n"
        );
    }

    #[test]
    fn a_document_takes_no_text_for_its_own_signs() {
        let page = Page::new("a*b_c|d");
        assert_eq!(page.for_documents(), "## a\\*b\\_c\\|d\n");
    }
}
