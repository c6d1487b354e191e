//! Entities: their ids, kinds, names, codes, and the changes they undergo.

use serde::{Deserialize, Serialize};

use crate::domain::edtf::Edtf;
use crate::domain::period::Period;
use crate::domain::text::Text;

const ID_BYTES_MAX: usize = 12;

/// The name of a party, fixed for ever: 2 to 12 characters of `A-Z 0-9 -`.
///
/// ISO 3166-1 alpha-3 where one exists, ISO 3166-3 for former states, `X-…` otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId {
    // Padded with zero bytes, so that comparing the array compares the texts.
    bytes: [u8; ID_BYTES_MAX],
}

/// A text that is no entity id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no entity id: an id has 2 to 12 characters of A-Z, 0-9 and -")]
pub struct EntityIdError {
    /// What was given.
    pub text: String,
}

impl EntityId {
    /// Checks an id.
    ///
    /// # Errors
    /// When the text is not 2 to 12 characters of `A-Z 0-9 -`.
    ///
    /// ```
    /// use chancery::domain::entity::EntityId;
    /// assert_eq!(EntityId::parse("KOR").unwrap().as_str(), "KOR");
    /// assert!(EntityId::parse("kor").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, EntityIdError> {
        Self::of_bytes(text.as_bytes()).ok_or_else(|| EntityIdError { text: text.to_owned() })
    }

    /// The id that bytes spell, if they spell one.
    pub(crate) fn of_bytes(text: &[u8]) -> Option<Self> {
        let valid = (2..=ID_BYTES_MAX).contains(&text.len())
            && text.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-'));
        let mut bytes = [0; ID_BYTES_MAX];
        bytes.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
        valid.then_some(Self { bytes })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        text.trim_end_matches('\0')
    }
}

impl std::hash::Hash for EntityId {
    /// Takes the twelve bytes as one number: ids are looked up very often.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let mut padded = [0; 16];
        padded.iter_mut().zip(self.bytes).for_each(|(place, byte)| *place = byte);
        state.write_u128(u128::from_le_bytes(padded));
    }
}

impl TryFrom<String> for EntityId {
    type Error = EntityIdError;

    fn try_from(text: String) -> Result<Self, EntityIdError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for EntityId {
    type Err = EntityIdError;

    fn from_str(text: &str) -> Result<Self, EntityIdError> {
        Self::parse(text)
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        id.as_str().to_owned()
    }
}

impl std::fmt::Display for EntityId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Debug for EntityId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EntityId({self})")
    }
}

/// What kind of party an entity is. Being listed is no recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// A state.
    State,
    /// A state that has ended.
    FormerState,
    /// A party whose statehood is contested.
    Contested,
    /// A state in free association with another.
    AssociatedState,
    /// A sovereign that is no state, such as the Order of Malta.
    SovereignNonState,
    /// An organisation; a group such as the United Nations is one.
    Organisation,
}

/// A name that an entity bears beside its main one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name.
    pub name: Text,
    /// When the entity bore it; always, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// The systems of codes that entities are looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeSystem {
    /// ISO 3166-1 alpha-2.
    Iso2,
    /// ISO 3166-1 alpha-3.
    Iso3,
    /// The country code of the Correlates of War project.
    Cow,
    /// The state number of Gleditsch and Ward.
    Gw,
    /// The item number in Wikidata.
    Wikidata,
}

/// A code that an entity bears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Which system the code belongs to.
    pub system: CodeSystem,
    /// The code.
    pub code: Text,
    /// When the entity bore it; always, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// An entity enters the register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The id, fixed for ever.
    pub id: EntityId,
    /// What kind of party it is.
    pub entity: EntityKind,
    /// Its main name.
    pub name: Text,
    /// Its other names and aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Name>,
    /// Its codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// How long it has existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Period>,
}

/// Something about an entity changes on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The entity.
    pub entity: EntityId,
    /// The first day on which it is so.
    pub on: Edtf,
    /// What changes.
    pub change: ChangeKind,
}

/// What changes about an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChangeKind {
    /// It takes another main name.
    Renamed {
        /// The new name.
        name: Text,
    },
    /// It is given a code.
    Code {
        /// Which system the code belongs to.
        system: CodeSystem,
        /// The code.
        code: Text,
    },
    /// It becomes a member of a group.
    Admitted {
        /// The group.
        group: EntityId,
    },
    /// It is no longer a member of a group.
    Left {
        /// The group.
        group: EntityId,
    },
    /// Its government changes, which changes no relation.
    GovernmentChanged {
        /// The government before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Text>,
        /// The government after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Text>,
    },
    /// It ends, and its relations with it.
    Extinguished,
    /// It exists again; acts on its ended relations count again.
    Revived,
    /// Another entity continues it: its relations carry over.
    Continues {
        /// The entity that continues it.
        successor: EntityId,
        /// In whose view; of all its partners, when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partners: Option<Vec<EntityId>>,
    },
    /// Another entity succeeds it, which carries nothing over.
    Succeeds {
        /// The successor.
        successor: EntityId,
    },
}

impl ChangeKind {
    /// How many partners a continuation names.
    pub fn partner_count(&self) -> usize {
        match self {
            Self::Continues { partners: Some(partners), .. } => partners.len(),
            _ => 0,
        }
    }

    /// Says whether the change must have a day and not a vaguer date (domain.md §3).
    pub fn needs_a_day(&self) -> bool {
        matches!(
            self,
            Self::Extinguished | Self::Revived | Self::Continues { .. } | Self::Succeeds { .. }
        )
    }

    /// The entity that takes its relations over, if the change says so.
    pub fn continued_by(&self) -> Option<EntityId> {
        match self {
            Self::Continues { successor, .. } => Some(*successor),
            _ => None,
        }
    }

    /// The other entities that the change names.
    pub fn entities(&self) -> Vec<EntityId> {
        match self {
            Self::Admitted { group } | Self::Left { group } => vec![*group],
            Self::Succeeds { successor } => vec![*successor],
            Self::Continues { successor, partners } => {
                let mut named = vec![*successor];
                named.extend(partners.iter().flatten());
                named
            }
            _ => Vec::new(),
        }
    }
}
