//! A source as it is typed: six fields between bars, the last one left out as one likes.

use std::str::FromStr;

use crate::cli::words::{GRADES, read};
use crate::domain::day::DateError;
use crate::domain::edtf::Edtf;
use crate::domain::source::{Confidence, Grade, Source};
use crate::domain::text::{Text, TextError};

/// A source: `title | publisher | published | address | grade | confidence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedSource(pub(crate) Source);

/// A text that is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(
        "a source has at most six fields: title | publisher | published | address | grade | confidence"
    )]
    Fields,
    #[error("a source names its title, its publisher or its address")]
    Nameless,
    #[error("the fifth field of a source is its grade, one of {}", GRADES.join(", "))]
    Grade,
    #[error("the sixth field of a source is its confidence: high, medium, low or not-stated")]
    Confidence,
    #[error("its {what}: {reason}")]
    Text { what: &'static str, reason: TextError },
    #[error("its third field: {0}")]
    Published(DateError),
}

impl FromStr for TypedSource {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        if fields.len() > 6 {
            return Err(SourceError::Fields);
        }
        let field = |index: usize| fields.get(index).copied().filter(|field| !field.is_empty());
        let line = |index: usize, what: &'static str| {
            let parsed = field(index).map(Text::parse).transpose();
            parsed.map_err(|reason| SourceError::Text { what, reason })
        };
        let source = Source {
            title: line(0, "title")?,
            publisher: line(1, "publisher")?,
            published: field(2).map(Edtf::parse).transpose().map_err(SourceError::Published)?,
            address: line(3, "address")?,
            accessed: None,
            grade: read::<Grade>(field(4).unwrap_or_default()).ok_or(SourceError::Grade)?,
            confidence: match field(5) {
                Some(text) => read::<Confidence>(text).ok_or(SourceError::Confidence)?,
                None => Confidence::NotStated,
            },
        };
        if source.title.is_none() && source.publisher.is_none() && source.address.is_none() {
            return Err(SourceError::Nameless);
        }
        Ok(Self(source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_trimmed_and_may_be_left_empty() {
        let TypedSource(source) =
            "Joint communiqué | MOFA | 2025-04-10 | | primary-both | high".parse().unwrap();
        assert_eq!(source.title.unwrap().as_str(), "Joint communiqué");
        assert_eq!(source.published.unwrap().as_str(), "2025-04-10");
        assert_eq!(source.address, None);
        assert_eq!((source.grade, source.confidence), (Grade::PrimaryBoth, Confidence::High));
        let TypedSource(short) = "| Yonhap | | | agency".parse().unwrap();
        assert_eq!((short.title, short.confidence), (None, Confidence::NotStated));
    }

    #[test]
    fn a_source_without_grade_or_name_is_refused() {
        assert_eq!("a title".parse::<TypedSource>(), Err(SourceError::Grade));
        assert_eq!("||||agency".parse::<TypedSource>(), Err(SourceError::Nameless));
        assert_eq!("a|b|c|d|e|f|g".parse::<TypedSource>(), Err(SourceError::Fields));
        assert_eq!("a||||agency|sure".parse::<TypedSource>(), Err(SourceError::Confidence));
        assert!(matches!("a||soon||agency".parse::<TypedSource>(), Err(SourceError::Published(_))));
    }
}
