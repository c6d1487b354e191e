//! Tables of comma-separated values (RFC 4180): a whole file, checked before its first row is used.
//! Must not know what a column means.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, StringRecordsIntoIter};

use crate::exchange::error::ExchangeError;

/// How long a row may be: several times what an entry can hold.
pub const ROW_BYTES_MAX: usize = 512 * 1024;

/// A table whose first row names its columns.
///
/// ```
/// use chancery::exchange::table::Table;
/// let table = Table::read("war,began\nA,1950\n".as_bytes(), b',')?;
/// assert_eq!(table.header().len(), 2);
/// assert_eq!(table.rows().next().map(|(line, _)| line), Some(2));
/// # Ok::<(), chancery::exchange::error::ExchangeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    /// The whole file; its rows are taken out of it one at a time.
    text: String,
    delimiter: u8,
    header: StringRecord,
    row_count: u64,
}

impl Table {
    /// Reads a whole table; `delimiter` stands between the fields of a row.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8, or a row is too long or never ends.
    pub fn read(mut reader: impl Read, delimiter: u8) -> Result<Self, ExchangeError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes()))?;
        let (mut header, mut row_count) = (None, 0);
        let mut rows = Rows::of(&text, delimiter);
        for row in rows.by_ref() {
            let (line, record) = row?;
            if ROW_BYTES_MAX < record.as_slice().len() {
                return Err(ExchangeError::TooLong { line, bytes_max: ROW_BYTES_MAX });
            }
            row_count += u64::from(header.is_some());
            header.get_or_insert(record);
        }
        let place = rows.place;
        if ends_in_quotes(place.rest(), delimiter) {
            return Err(ExchangeError::OpenQuote { line: place.line });
        }
        Ok(Self { header: header.unwrap_or_default(), row_count, delimiter, text })
    }

    /// The names of the columns.
    pub fn header(&self) -> &StringRecord {
        &self.header
    }

    /// How many rows there are.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// The rows, each with the line on which it begins.
    pub fn rows(&self) -> impl Iterator<Item = (u64, StringRecord)> {
        // All of them have been read once, and the first is the header.
        Rows::of(&self.text, self.delimiter).filter_map(Result::ok).skip(1)
    }
}

/// The rows of a text, each with its line.
struct Rows<'t> {
    records: StringRecordsIntoIter<&'t [u8]>,
    place: Place<'t>,
}

impl<'t> Rows<'t> {
    fn of(text: &'t str, delimiter: u8) -> Self {
        let mut csv = ReaderBuilder::new();
        let csv = csv.has_headers(false).flexible(true).delimiter(delimiter);
        let records = csv.from_reader(text.as_bytes()).into_records();
        Self { records, place: Place { text, byte: 0, line: 1 } }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<(u64, StringRecord), ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Neither reading from memory nor rows of different lengths can fail.
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(ExchangeError::Read(error.into()))),
        };
        let byte = record.position().map_or(0, csv::Position::byte);
        self.place.go_to_row(usize::try_from(byte).unwrap_or(usize::MAX));
        Some(Ok((self.place.line, record)))
    }
}

fn not_utf8(bytes: &[u8]) -> ExchangeError {
    let valid = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
    let before = bytes.get(..valid).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    ExchangeError::NotUtf8 { line, byte: column + 1 }
}

/// A place in the text of a table, and the line that it lies on.
struct Place<'t> {
    text: &'t str,
    byte: usize,
    line: u64,
}

impl<'t> Place<'t> {
    /// Goes on to the row that begins at a byte, or after the empty lines there.
    fn go_to_row(&mut self, byte: usize) {
        let from = self.text.get(byte..).unwrap_or_default();
        let row = byte + from.len() - from.trim_start_matches(['\n', '\r']).len();
        let between = self.text.get(self.byte..row).unwrap_or_default();
        self.line += between.matches('\n').count() as u64;
        self.byte = row;
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.byte..).unwrap_or_default()
    }
}

/// Whether a row, the last of its table, ends within a field that began with a quotation mark.
fn ends_in_quotes(row: &str, delimiter: u8) -> bool {
    let mut bytes = row.bytes().peekable();
    let (mut quoted, mut at_start) = (false, true);
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => {
                // Doubled, it stands for itself.
                quoted = bytes.next_if_eq(&b'"').is_some();
            }
            b'"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && byte == delimiter;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let table = Table::read(text, b',').map_err(|error| error.to_string())?;
        let fields = |record: &StringRecord| record.iter().map(str::to_owned).collect();
        Ok(table.rows().map(|(line, record)| (line, fields(&record))).collect())
    }

    #[test]
    fn a_row_knows_the_line_on_which_it_begins() {
        let text = "\u{feff}a,b\r\n1,\"x\ny\"\n\n\n2,\"say \"\"no\"\"\"\n3\n";
        let rows = read(text.as_bytes()).unwrap();
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 6, 7]);
        assert_eq!(rows[0].1, ["1", "x\ny"]);
        assert_eq!(rows[1].1, ["2", "say \"no\""]);
        assert_eq!(Table::read(text.as_bytes(), b',').unwrap().header().get(0), Some("a"));
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_found_even_in_the_last_column() {
        let open = |text: &str| read(text.as_bytes()).unwrap_err();
        let expected = "line 3: a quotation mark is opened here and never closed";
        assert_eq!(open("a,b\n1,2\n3,\"4\n5,6\n7,8\n"), expected);
        assert_eq!(open("a,b\n1,2\n3,\"4\"\"\n"), expected);
        // Within a field that does not begin with it, it stands for itself.
        assert!(read(b"a,b\n1,5\" pipe\n").is_ok());
        assert!(read(b"a,b\n1,\"\"\n").is_ok());
    }

    #[test]
    fn bytes_that_are_no_utf8_are_named_by_their_position() {
        assert_eq!(read(b"a,b\n1,2\n3,M\xe9xico\n").unwrap_err(), "line 3, byte 4: not UTF-8");
    }

    #[test]
    fn a_row_beyond_any_entry_is_refused() {
        let text = format!("a\n1\n{}\n", "x".repeat(ROW_BYTES_MAX + 1));
        assert_eq!(read(text.as_bytes()).unwrap_err(), "line 3: longer than 524288 bytes");
    }

    #[test]
    fn an_empty_file_has_no_columns() {
        assert!(Table::read(&b""[..], b',').unwrap().header().is_empty());
    }
}
