//! The words of the JSON form, read from and shown to people, so that each is written down once.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};

/// The ways of counting.
pub(crate) const RULES: [&str; 2] = ["active", "active-and-suspended"];
/// The policies.
pub(crate) const POLICIES: [&str; 2] = ["as-stated", "all-claims"];
/// The axes on which two entities together have a relation.
pub(crate) const AXES: [&str; 2] = ["diplomatic", "consular"];
/// The statuses.
pub(crate) const STATUSES: [&str; 7] =
    ["none", "active", "suspended", "severed", "lapsed", "annulled", "ended"];
/// The acts.
pub(crate) const ACTS: [&str; 6] = ["establish", "sever", "restore", "suspend", "lapse", "annul"];
/// What a source may call an act.
pub(crate) const SAYS: [&str; 7] =
    ["establish", "sever", "restore", "suspend", "lapse", "annul", "denies"];
/// How a claim may stand beside an act.
pub(crate) const STANDINGS: [&str; 4] = ["rival", "same-moment", "wording-only", "rejected"];
/// The steps towards an act.
pub(crate) const STEPS: [&str; 7] =
    ["proposed", "agreed", "approved", "signed", "announced", "refused", "withdrawn"];
/// What is done about a mission.
pub(crate) const MISSION_ACTS: [&str; 9] = [
    "opened",
    "closed",
    "operations-suspended",
    "level-set",
    "recalled",
    "expelled",
    "returned",
    "protection-begun",
    "protection-ended",
];
/// The levels of a mission.
pub(crate) const LEVELS: [&str; 8] = [
    "none",
    "representative-office",
    "liaison-office",
    "interests-section",
    "charge-ad-interim",
    "charge",
    "minister",
    "ambassador",
];
/// The instruments of an act.
pub(crate) const INSTRUMENTS: [&str; 7] =
    ["joint-communique", "exchange-of-notes", "treaty", "declaration", "law", "none", "unknown"];
/// What an establishment may say of consular relations.
pub(crate) const CONSULAR: [&str; 3] = ["implied", "included", "excluded"];
/// The kinds of entities.
pub(crate) const ENTITY_KINDS: [&str; 6] = [
    "state",
    "former-state",
    "contested",
    "associated-state",
    "sovereign-non-state",
    "organisation",
];
/// The systems of codes.
pub(crate) const CODE_SYSTEMS: [&str; 5] = ["iso2", "iso3", "cow", "gw", "wikidata"];
/// The kinds of sources.
pub(crate) const GRADES: [&str; 7] = [
    "primary-both",
    "primary-one",
    "state-media",
    "agency",
    "other-news",
    "compilation",
    "unsourced",
];

/// Reads one of the words of the JSON form.
pub(crate) fn read<'a, T: Deserialize<'a>>(word: &'a str) -> Option<T> {
    let deserializer: StrDeserializer<'a, Error> = word.into_deserializer();
    T::deserialize(deserializer).ok()
}

/// Shows a value by its word in the JSON form; nothing for a value that is no word there.
pub(crate) fn shown<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Lets an option take one of some words.
pub(crate) fn one_of<T, const N: usize>(
    words: [&'static str; N],
) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let unread = |word: String| std::io::Error::other(format!("{word} is no such word"));
    PossibleValuesParser::new(words)
        .try_map(move |word| read::<T>(&word).ok_or_else(|| unread(word.clone())))
}

/// Counts entries in words: `1 entry`, `982 entries`.
pub(crate) fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::act::{ActKind, Consular, Instrument, StepKind};
    use crate::domain::editorial::{Says, Standing};
    use crate::domain::entity::{CodeSystem, EntityKind};
    use crate::domain::policy::Policy;
    use crate::domain::recognition::{Level, MissionKind};
    use crate::domain::relation::Axis;
    use crate::domain::source::Grade;
    use crate::domain::status::{CountingRule, Status};

    fn each_is_read_and_shown<T: DeserializeOwned + Serialize>(words: &[&str]) {
        for word in words {
            let value: T = read(word).unwrap_or_else(|| panic!("{word}"));
            assert_eq!(shown(&value), *word);
        }
    }

    #[test]
    fn every_word_offered_is_one_of_the_json_form() {
        each_is_read_and_shown::<CountingRule>(&RULES);
        each_is_read_and_shown::<Policy>(&POLICIES);
        each_is_read_and_shown::<Axis>(&AXES);
        each_is_read_and_shown::<Status>(&STATUSES);
        each_is_read_and_shown::<Instrument>(&INSTRUMENTS);
        each_is_read_and_shown::<Consular>(&CONSULAR);
        each_is_read_and_shown::<EntityKind>(&ENTITY_KINDS);
        each_is_read_and_shown::<CodeSystem>(&CODE_SYSTEMS);
        each_is_read_and_shown::<Grade>(&GRADES);
        each_is_read_and_shown::<ActKind>(&ACTS);
        each_is_read_and_shown::<Says>(&SAYS);
        each_is_read_and_shown::<Standing>(&STANDINGS);
        each_is_read_and_shown::<StepKind>(&STEPS);
        each_is_read_and_shown::<MissionKind>(&MISSION_ACTS);
        each_is_read_and_shown::<Level>(&LEVELS);
    }
}
