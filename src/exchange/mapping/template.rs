//! Texts with the fields of a row filled in: `"{first} and {second}"`. Must not know what a text is
//! for.

use crate::domain::limits::ENTRY_BYTES_MAX;
use crate::exchange::mapping::row::Row;

/// A text in which `{column}` stands for the row's field of that column, and `{{` and `}}` for
/// braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// By its place among the mapping's columns.
    Column(usize),
}

impl Template {
    /// Reads a template over the mapping's columns.
    ///
    /// # Errors
    /// Says which brace or column is wrong.
    pub fn parse(text: &str, columns: &[String]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.push_str(from.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let Some((name, after)) = from.strip_prefix('{').and_then(|f| f.split_once('}')) else {
                return Err(format!("a brace without its twin in {text:?}: write {{{{ or }}}}"));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Column(position(name, columns)?));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The template that is one column.
    ///
    /// # Errors
    /// When the mapping names no such column.
    pub fn column(name: &str, columns: &[String]) -> Result<Self, String> {
        Ok(Self { pieces: vec![Piece::Column(position(name, columns)?)] })
    }

    /// The template that joins columns with colons after a first text, for keys.
    ///
    /// # Errors
    /// When the mapping names no such column.
    pub fn joined(first: &str, names: &[&str], columns: &[String]) -> Result<Self, String> {
        let mut pieces = vec![Piece::Text(first.to_owned())];
        for name in names {
            pieces.push(Piece::Text(":".to_owned()));
            pieces.push(Piece::Column(position(name, columns)?));
        }
        Ok(Self { pieces })
    }

    /// The text itself, where no field is to be filled in.
    pub fn constant(&self) -> Option<&str> {
        match &self.pieces[..] {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The first column that it uses, by its place among the mapping's.
    pub fn first_column(&self) -> Option<usize> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Column(column) => Some(*column),
            Piece::Text(_) => None,
        })
    }

    /// Fills in the fields of a row, as far as an entry can hold.
    pub fn fill(&self, row: &Row<'_>) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            // What is longer is refused in any case.
            if ENTRY_BYTES_MAX < text.len() {
                break;
            }
            text.push_str(match piece {
                Piece::Column(column) => row.field(*column),
                Piece::Text(text) => text,
            });
        }
        text
    }
}

/// The place of a column among the mapping's.
///
/// # Errors
/// When the mapping names no such column.
pub fn position(name: &str, columns: &[String]) -> Result<usize, String> {
    columns
        .iter()
        .position(|column| column == name)
        .ok_or_else(|| format!("{name:?} is none of the mapping's columns: {}", columns.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::StringRecord;

    fn fill(text: &str) -> Result<String, String> {
        let columns = ["a".to_owned(), "b".to_owned()];
        let record = StringRecord::from(vec!["B", "A"]);
        let row = Row::new(1, &record, &[1, 0]);
        Ok(Template::parse(text, &columns)?.fill(&row))
    }

    #[test]
    fn columns_are_filled_in_wherever_the_file_has_them() {
        assert_eq!(fill("{a}/{b}{a}!"), Ok("A/BA!".to_owned()));
        assert_eq!(fill("plain"), Ok("plain".to_owned()));
        assert_eq!(fill("{{a}} {b}}}"), Ok("{a} B}".to_owned()));
    }

    #[test]
    fn a_lone_brace_and_an_unnamed_column_are_refused() {
        assert!(fill("{a").unwrap_err().contains("brace"));
        assert!(fill("a}").unwrap_err().contains("brace"));
        assert_eq!(fill("{c}").unwrap_err(), "\"c\" is none of the mapping's columns: a, b");
    }
}
