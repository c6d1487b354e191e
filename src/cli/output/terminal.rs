//! Standard output and standard error: colour only where wanted, and no text of a ledger that moves
//! the cursor or reverses what is read.

use std::io::Write;

use anstream::ColorChoice;

use crate::cli::error::CliError;
use crate::domain::text::is_control_or_bidirectional;

/// When colour is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Settles for the whole program when colour is used.
pub(crate) fn settle_color(color: Color) {
    let choice = match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Writes to standard output.
///
/// # Errors
/// When it cannot be written, also because the reader has closed the pipe.
pub(crate) fn write(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes a line to standard error. Whether that can be written changes nothing.
pub(crate) fn say(line: &str) {
    let mut out = anstream::stderr().lock();
    let _unwritable = writeln!(out, "{line}");
}

/// Shows control and bidirectional characters as `\u{…}`, and line ends as `\n`.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            _ if is_control_or_bidirectional(character) => {
                shown.extend(character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_the_cursor_or_reverse_the_text_is_shown_as_an_escape() {
        assert_eq!(escaped("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escaped("a\u{202E}b\nc\r"), "a\\u{202e}b\\nc\\u{d}");
        assert_eq!(escaped("Côte d’Ivoire 한국"), "Côte d’Ivoire 한국");
    }
}
