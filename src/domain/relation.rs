//! A relation: an unordered pair of entities on one axis.

use serde::{Deserialize, Serialize};

use crate::domain::entity::EntityId;

/// One of the two axes on which two entities together have a relation.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// Diplomatic relations (VCDR 1961, articles 2 and 45).
    #[default]
    Diplomatic,
    /// Consular relations (VCCR 1963, article 2).
    Consular,
}

impl Axis {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Diplomatic, Self::Consular];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Diplomatic => "diplomatic",
            Self::Consular => "consular",
        }
    }
}

/// A relation of an entity with itself, which is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot have relations with itself")]
pub struct SelfRelation(pub EntityId);

/// Two different entities, in the order of their ids, whichever was named first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "[EntityId; 2]", into = "[EntityId; 2]")]
pub struct Parties {
    first: EntityId,
    second: EntityId,
}

impl Parties {
    /// Pairs two entities.
    ///
    /// # Errors
    /// When both are the same.
    ///
    /// ```
    /// use chancery::domain::{entity::EntityId, relation::Parties};
    /// let (syr, kor) = (EntityId::parse("SYR").unwrap(), EntityId::parse("KOR").unwrap());
    /// assert_eq!(Parties::new(syr, kor).unwrap(), Parties::new(kor, syr).unwrap());
    /// assert!(Parties::new(kor, kor).is_err());
    /// ```
    pub fn new(one: EntityId, other: EntityId) -> Result<Self, SelfRelation> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Ok(Self { first: one, second: other }),
            std::cmp::Ordering::Greater => Ok(Self { first: other, second: one }),
            std::cmp::Ordering::Equal => Err(SelfRelation(one)),
        }
    }

    /// The entity whose id comes first.
    pub fn first(self) -> EntityId {
        self.first
    }

    /// The entity whose id comes second.
    pub fn second(self) -> EntityId {
        self.second
    }

    /// Both, in the order of their ids.
    pub fn both(self) -> [EntityId; 2] {
        [self.first, self.second]
    }

    /// Their ids as texts, in this order.
    pub fn texts(&self) -> [&str; 2] {
        [self.first.as_str(), self.second.as_str()]
    }

    /// Says whether the entity is one of the two.
    pub fn include(self, entity: EntityId) -> bool {
        self.first == entity || self.second == entity
    }

    /// The other party, seen from one of them; none when the entity is neither.
    pub fn partner_of(self, entity: EntityId) -> Option<EntityId> {
        match (self.first == entity, self.second == entity) {
            (true, _) => Some(self.second),
            (_, true) => Some(self.first),
            _ => None,
        }
    }
}

impl TryFrom<[EntityId; 2]> for Parties {
    type Error = SelfRelation;

    fn try_from([one, other]: [EntityId; 2]) -> Result<Self, SelfRelation> {
        Self::new(one, other)
    }
}

impl From<Parties> for [EntityId; 2] {
    fn from(parties: Parties) -> Self {
        parties.both()
    }
}

impl std::fmt::Display for Parties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\u{2013}{}", self.first, self.second)
    }
}
