//! Rows under headings: as a table for people, for documents, and as CSV. Every cell is escaped.

use comfy_table::{
    Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, TableStyle, presets,
};

use crate::cli::error::CliError;
use crate::cli::output::terminal::escaped;
use crate::ledger::answer::StatedBasis;

const RULED_HEADER: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none());

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Words, aligned to the left.
    Words(&'static str),
    /// Numbers, aligned to the right.
    Number(&'static str),
}

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Self::Words(heading) | Self::Number(heading) => heading,
        }
    }
}

/// Rows under headings. There may be as many as there are lines in a file of somebody else's.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    /// The cells of all rows, one after the other, and where each of them ends.
    cells: String,
    ends: Vec<usize>,
    /// What stands at the end of each row.
    in_each: Vec<String>,
}

impl Table {
    /// Begins a table without rows.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), cells: String::new(), ends: vec![], in_each: vec![] }
    }

    /// Adds a row, with a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        for cell in cells {
            self.cells.push_str(&escaped(&cell));
            self.ends.push(self.cells.len());
        }
    }

    /// The cells of each row.
    fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let mut cells = begins.zip(&self.ends).map(|(begin, end)| &self.cells[begin..*end]);
        let own = (self.columns.len() - self.in_each.len()).max(1);
        (0..self.ends.len() / own).map(move |_| {
            let row: Vec<&str> = cells.by_ref().take(own).collect();
            row.into_iter().chain(self.in_each.iter().map(String::as_str))
        })
    }

    /// Says whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds to each row what the answer rests on, so that a row says it wherever it is copied.
    pub(crate) fn with_basis(mut self, basis: &StatedBasis) -> Self {
        let mut cells = vec![
            ("on", basis.on.to_string()),
            ("known_size", basis.known.size.to_string()),
            ("known_head", basis.known.head.to_string()),
            ("policy", basis.policy.as_str().to_owned()),
            ("axis", basis.axis.as_str().to_owned()),
        ];
        cells.extend(basis.rule.map(|rule| ("rule", rule.as_str().to_owned())));
        self.columns.extend(cells.iter().map(|(heading, _)| Column::Words(heading)));
        self.in_each.extend(cells.into_iter().map(|(_, cell)| cell));
        self
    }

    /// Lays the rows out under a ruled heading.
    pub(crate) fn for_people(&self) -> String {
        self.laid_out(RULED_HEADER, str::to_owned)
    }

    /// Lays the rows out as a table of Markdown.
    pub(crate) fn for_documents(&self) -> String {
        self.laid_out(presets::ASCII_MARKDOWN, |cell| cell.replace('|', "\\|"))
    }

    fn laid_out(&self, style: TableStyle, shown: impl Fn(&str) -> String) -> String {
        let aligned = |column: &Column, text: String| match column {
            Column::Words(_) => Cell::new(text),
            Column::Number(_) => Cell::new(text).set_alignment(CellAlignment::Right),
        };
        let mut table = comfy_table::Table::new();
        table.load_style(style).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|c| aligned(c, c.heading().to_owned())));
        for row in self.rows() {
            table.add_row(self.columns.iter().zip(row).map(|(c, cell)| aligned(c, shown(cell))));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        format!("{}\n", lines.join("\n"))
    }

    /// Writes the rows as CSV under a header (RFC 4180, with line feeds).
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn as_csv(&self) -> Result<String, CliError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let broken = |cause: csv::Error| CliError::Output(cause.into());
        writer.write_record(self.columns.iter().map(|column| column.heading())).map_err(broken)?;
        for row in self.rows() {
            writer.write_record(row).map_err(broken)?;
        }
        let bytes = writer.into_inner().map_err(|cause| CliError::Output(cause.into_error()))?;
        String::from_utf8(bytes).map_err(|cause| CliError::Output(std::io::Error::other(cause)))
    }
}
