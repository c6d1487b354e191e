//! Positions in the log: the number of an entry, and how much of the log an answer may use.

use serde::{Deserialize, Serialize};

use crate::domain::text::{Key, TextError};

/// The number of an entry, counted from 0.
///
/// Not to be confused with a [`Size`], which counts entries:
/// ```compile_fail
/// use chancery::domain::sequence::{Sequence, Size};
/// let size: Size = Sequence(3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// A number of entries: a prefix of the log, and so what was known at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Size(pub u64);

impl Size {
    /// Says whether the entry of that number lies within this prefix.
    pub fn includes(self, sequence: Sequence) -> bool {
        sequence.0 < self.0
    }

    /// The number that the next entry gets.
    pub fn next(self) -> Sequence {
        Sequence(self.0)
    }
}

impl Sequence {
    /// The prefix that ends with this entry.
    pub fn through(self) -> Size {
        Size(self.0 + 1)
    }
}

impl std::fmt::Display for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How a person names an earlier entry: by its number or by its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reference {
    /// The entry's number.
    Number(Sequence),
    /// The entry's key.
    Key(Key),
}

impl Reference {
    /// Reads a number, or else a key.
    ///
    /// # Errors
    /// When the text is neither a number nor a possible key.
    ///
    /// ```
    /// use chancery::domain::sequence::{Reference, Sequence};
    /// assert_eq!(Reference::parse("12"), Ok(Reference::Number(Sequence(12))));
    /// assert!(matches!(Reference::parse("+12"), Ok(Reference::Key(_))));
    /// ```
    pub fn parse(text: &str) -> Result<Self, TextError> {
        // The number type's own parser would also take "+12", which may be a key.
        match text.parse() {
            Ok(number) if !text.starts_with('+') => Ok(Self::Number(Sequence(number))),
            _ => Ok(Self::Key(Key::parse(text)?)),
        }
    }
}

impl From<Sequence> for Reference {
    fn from(sequence: Sequence) -> Self {
        Self::Number(sequence)
    }
}

impl std::str::FromStr for Reference {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(sequence) => sequence.fmt(f),
            Self::Key(key) => key.fmt(f),
        }
    }
}
