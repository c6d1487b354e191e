//! Checked texts: what has been parsed into one of these types obeys the limits of the format.

use serde::{Deserialize, Serialize};

use crate::domain::limits::{KEY_BYTES_MAX, NOTE_BYTES_MAX, ORIGIN_BYTES_MAX, TEXT_BYTES_MAX};

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing in it.
    #[error("the text is empty")]
    Empty,
    /// It has more bytes than the format allows.
    #[error("the text has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
        /// How many the format allows.
        bytes_max: usize,
    },
    /// It is a key that would name an entry by its number.
    #[error("a key is not all digits, which would name an entry by its number")]
    AllDigits,
    /// It begins or ends with white space.
    #[error("the text begins or ends with white space")]
    Untrimmed,
    /// It holds a character that would hide or reorder what is read.
    #[error("the text holds the character U+{:04X} at byte {position}, which is not allowed", u32::from(*character))]
    Forbidden {
        /// The character.
        character: char,
        /// Its byte offset in the text.
        position: usize,
    },
}

/// Says whether a character controls the terminal or the direction of writing.
pub fn is_control_or_bidirectional(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn check(text: &str, bytes_max: usize, allowed: fn(char) -> bool) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > bytes_max {
        return Err(TextError::TooLong { bytes: text.len(), bytes_max });
    }
    if is_plain(text.as_bytes()) {
        return Ok(());
    }
    if text.trim() != text {
        return Err(TextError::Untrimmed);
    }
    match text.char_indices().find(|(_, character)| !allowed(*character)) {
        Some((position, character)) => Err(TextError::Forbidden { character, position }),
        None => Ok(()),
    }
}

/// Tells whether there are only printable characters of ASCII, and no space at either end: then a text
/// of a possible length, and a note, obey every rule. Most do, and this is cheap to see.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let is_between_spaces = text.first() != Some(&b' ') && text.last() != Some(&b' ');
    // Not `all`: without an early end the loop takes many bytes at a time.
    is_between_spaces && text.iter().fold(true, |so_far, byte| so_far & matches!(byte, b' '..=b'~'))
}

fn check_not_a_number(text: &str) -> Result<(), TextError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { Err(TextError::AllDigits) } else { Ok(()) }
}

fn check_is_one_word(text: &str) -> Result<(), TextError> {
    let forbidden = |character: char| character.is_whitespace() || character == '+';
    match text.char_indices().find(|(_, character)| forbidden(*character)) {
        Some((position, character)) => Err(TextError::Forbidden { character, position }),
        None => Ok(()),
    }
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $bytes_max:expr, $allowed:expr $(, $rule:path)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a text against the limits of the format.
            ///
            /// # Errors
            /// The first rule that the text breaks.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextError> {
                let text = text.into();
                Self::check(&text)?;
                Ok(Self(text))
            }

            /// Checks a text that is not kept.
            ///
            /// # Errors
            /// The first rule that the text breaks.
            pub fn check(text: &str) -> Result<(), TextError> {
                check(text, $bytes_max, $allowed)?;
                $($rule(text)?;)?
                Ok(())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text! {
    /// One line of text: at most 4,096 bytes, not empty, trimmed, without control characters.
    Text, TEXT_BYTES_MAX, |character| !is_control_or_bidirectional(character)
}

checked_text! {
    /// A longer text of several lines: at most 32,768 bytes, line feeds allowed.
    Note, NOTE_BYTES_MAX, |character| character == '\n' || !is_control_or_bidirectional(character)
}

checked_text! {
    /// The name that an entry bears for ever, so that the same event is never recorded twice.
    ///
    /// A key is not all digits, which would name an entry by its number.
    Key, KEY_BYTES_MAX, |character| !is_control_or_bidirectional(character), check_not_a_number
}

checked_text! {
    /// The name of a ledger, of its key and in its checkpoints (C2SP signed-note: key name).
    ///
    /// At most 255 bytes without white space, `+` or control characters.
    Origin, ORIGIN_BYTES_MAX, |character| !is_control_or_bidirectional(character), check_is_one_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_not_empty_trimmed_and_free_of_control_characters() {
        assert_eq!(Text::parse(""), Err(TextError::Empty));
        assert_eq!(Text::parse(" a"), Err(TextError::Untrimmed));
        assert_eq!(Text::parse("a\nb"), Err(TextError::Forbidden { character: '\n', position: 1 }));
        assert_eq!(
            Text::parse("ab\u{202E}c"),
            Err(TextError::Forbidden { character: '\u{202E}', position: 2 })
        );
        assert_eq!(Text::parse("Damascus").unwrap().as_str(), "Damascus");
    }

    #[test]
    fn a_note_may_have_several_lines_and_an_origin_no_plus() {
        assert!(Note::parse("a\nb").is_ok());
        assert!(Origin::parse("a+b").is_err());
        assert!(Origin::parse("a b").is_err());
        assert!(Origin::parse("chancery.example/reference").is_ok());
    }

    #[test]
    fn a_key_is_not_all_digits() {
        assert_eq!(Key::parse("12"), Err(TextError::AllDigits));
        assert!(Key::parse("12a").is_ok());
        assert!(Text::parse("12").is_ok());
    }

    #[test]
    fn a_text_may_have_4096_bytes_and_no_more() {
        assert!(Text::parse("x".repeat(4096)).is_ok());
        assert_eq!(
            Text::parse("x".repeat(4097)),
            Err(TextError::TooLong { bytes: 4097, bytes_max: 4096 })
        );
    }

    #[test]
    fn each_byte_at_each_place_is_plain_if_it_is_printable_and_no_space_at_an_end() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    let is_at_end = at == 0 || at + 1 == length;
                    let expected = byte.is_ascii_graphic() || byte == b' ' && !is_at_end;
                    assert_eq!(is_plain(&text), expected, "{byte} at {at} of {length}");
                }
            }
        }
        assert!(is_plain(b""));
    }
}
