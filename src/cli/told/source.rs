//! A source in one line.

use crate::cli::words::shown;
use crate::domain::source::{Confidence, Source};

/// Tells a source: what it is, who published it, when, where, and how good it is.
pub(crate) fn told(source: &Source) -> String {
    let title = source.title.as_ref().map(|title| format!("“{title}”"));
    let publisher = source.publisher.as_ref().map(ToString::to_string);
    let published = source.published.as_ref().map(ToString::to_string);
    let address = source.address.as_ref().map(ToString::to_string);
    let accessed = source.accessed.as_ref().map(|date| format!("read {date}"));
    let grade = Some(shown(&source.grade).replace('-', " "));
    let confidence = match source.confidence {
        Confidence::NotStated => None,
        stated => Some(format!("{} confidence", shown(&stated))),
    };
    let parts = [publisher, title, published, address, accessed, grade, confidence];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Tells a source by its publisher, or else its title, and its date.
pub(crate) fn brief(source: &Source) -> String {
    let name = source.publisher.as_ref().or(source.title.as_ref());
    let name = name.map_or_else(|| shown(&source.grade).replace('-', " "), ToString::to_string);
    match &source.published {
        Some(published) => format!("{name}, {published}"),
        None => name,
    }
}
