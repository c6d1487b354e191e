//! JSON lines: one entry a line, read as drafts and written as `entry` and `export` print them. Must
//! hold no more than one line in memory.

use std::io::{self, BufRead, Read, Write};

use serde::Serialize;

use crate::exchange::error::ExchangeError;
use crate::ledger::draft::Draft;

/// How long a line may be: an entry of 65,535 bytes, each of them escaped, and room for its hashes.
pub const LINE_BYTES_MAX: usize = 512 * 1024;

/// Reads drafts from JSON lines, each with the number of its line; empty lines are passed over.
///
/// Ends after the first error from which no next line follows: a failing file, or a line that is
/// too long.
///
/// ```
/// use chancery::exchange::jsonl::Drafts;
/// let text = r#"{"event":{"kind":"context","title":"A war begins","date":"1950-06-25"}}"#;
/// let drafts: Vec<_> = Drafts::new(text.as_bytes()).collect::<Result<_, _>>()?;
/// assert_eq!(drafts[0].0, 1);
/// # Ok::<(), chancery::exchange::error::ExchangeError>(())
/// ```
#[derive(Debug)]
pub struct Drafts<R> {
    reader: R,
    line: u64,
    bytes: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Drafts<R> {
    /// Begins at the reader's first line.
    pub fn new(reader: R) -> Self {
        Self { reader, line: 0, bytes: Vec::new(), ended: false }
    }

    /// Reads the next line that is not empty; false at the end.
    fn next_line(&mut self) -> Result<bool, ExchangeError> {
        loop {
            self.bytes.clear();
            let limit = LINE_BYTES_MAX as u64 + 1;
            let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes)?;
            if read == 0 {
                return Ok(false);
            }
            self.line += 1;
            if LINE_BYTES_MAX < self.bytes.len() {
                return Err(ExchangeError::TooLong { line: self.line, bytes_max: LINE_BYTES_MAX });
            }
            if self.line == 1 && self.bytes.starts_with(BYTE_ORDER_MARK) {
                self.bytes.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<R: BufRead> Iterator for Drafts<R> {
    type Item = Result<(u64, Draft), ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.next_line() {
            Ok(true) => Some(parse(&self.bytes, self.line).map(|draft| (self.line, draft))),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

fn parse(bytes: &[u8], line: u64) -> Result<Draft, ExchangeError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ExchangeError::NotUtf8 { line, byte: error.valid_up_to() + 1 })?;
    serde_json::from_str(text).map_err(|error| ExchangeError::Json {
        line,
        column: error.column().max(1),
        reason: without_position(&error),
    })
}

/// The message of an error without the position, which would count from the line alone.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).unwrap_or(&message).to_owned()
}

/// Writes an entry, or a draft, as one line.
///
/// # Errors
/// When writing fails.
pub fn write_line(out: &mut impl Write, entry: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, entry).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAR: &str = r#"{"event":{"kind":"context","title":"A war","date":"1950-06-25"}}"#;

    fn read(bytes: &[u8]) -> Vec<Result<u64, String>> {
        Drafts::new(bytes)
            .map(|item| item.map(|(line, _)| line).map_err(|e| e.to_string()))
            .collect()
    }

    #[test]
    fn each_draft_knows_its_line_and_empty_lines_are_passed_over() {
        let text = format!("\u{feff}{WAR}\r\n\n  \n{WAR}");
        assert_eq!(read(text.as_bytes()), [Ok(1), Ok(4)]);
        assert_eq!(read(b""), []);
    }

    #[test]
    fn a_fault_is_named_by_line_and_column() {
        let text = format!("{WAR}\n{{\"event\":}}\n{WAR}\n");
        let expected = "line 2, column 10: expected value".to_owned();
        assert_eq!(read(text.as_bytes()), [Ok(1), Err(expected), Ok(3)]);
        let impossible = WAR.replace("06-25", "06-31");
        let [Err(message)] = &read(impossible.as_bytes())[..] else { panic!("it was read") };
        assert!(message.starts_with("line 1, column "), "{message}");
        assert!(message.contains("impossible day in \"1950-06-31\""), "{message}");
        assert!(!message.contains("at line"), "{message}");
    }

    #[test]
    fn bytes_that_are_no_utf8_are_named_by_their_position() {
        let text = [WAR.as_bytes(), b"\n{\"event\": \"\xe9\"}\n"].concat();
        assert_eq!(read(&text)[1], Err("line 2, byte 12: not UTF-8".to_owned()));
    }

    #[test]
    fn a_line_beyond_any_entry_ends_the_reading() {
        let text = [WAR.as_bytes(), b"\n", &vec![b'x'; LINE_BYTES_MAX + 1], b"\n", WAR.as_bytes()];
        let read = read(&text.concat());
        assert_eq!(read.len(), 2);
        assert_eq!(read[1], Err("line 2: longer than 524288 bytes".to_owned()));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (_, draft) = Drafts::new(WAR.as_bytes()).next().unwrap().unwrap();
        let mut written = Vec::new();
        write_line(&mut written, &draft).unwrap();
        write_line(&mut written, &draft).unwrap();
        let again: Vec<_> = Drafts::new(&written[..]).map(|item| item.unwrap().1).collect();
        assert_eq!(again, [draft.clone(), draft]);
    }
}
