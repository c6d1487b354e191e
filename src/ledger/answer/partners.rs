//! The answers of `partners`, `missing`, `count` and `ordinal`: whom an entity has relations with.

use serde::Serialize;

use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::sequence::Sequence;
use crate::domain::status::StatusSet;
use crate::domain::text::Text;
use crate::ledger::answer::StatedBasis;

/// The answer of `partners`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partners {
    /// Whose partners.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The group whose members alone are listed.
    pub among: Option<EntityId>,
    /// The group whose members are left out.
    pub not_in: Option<EntityId>,
    /// Whether the entity is asserted complete on the day; else it is of what is recorded.
    pub complete: bool,
    /// Those who certainly are partners, in the order of their rank.
    pub definite: Vec<Partner>,
    /// Those who may be partners, by id; none of them is among the definite ones.
    pub possible: Vec<PossiblePartner>,
}

/// One certain partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partner {
    /// The partner.
    pub entity: EntityId,
    /// Its main name on the day.
    pub name: Text,
    /// Its position in the list by since, ties by id, counted from 1.
    pub rank: u64,
    /// Since when the status has been unbroken; none when that is not recorded.
    pub since: Option<Edtf>,
    /// The date of the first start of active; none when that is not recorded.
    pub first: Option<Edtf>,
    /// The entry of the act that began the status.
    pub entry: Option<Sequence>,
}

/// One possible partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PossiblePartner {
    /// The entity.
    pub entity: EntityId,
    /// Its main name on the day.
    pub name: Text,
    /// What the relation may be.
    pub status: StatusSet,
}

/// The answer of `missing`: members of a group that are no partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Whose partners they are not.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The group.
    pub among: EntityId,
    /// Whether the entity is asserted complete on the day; else it is of what is recorded.
    pub complete: bool,
    /// Those who certainly are missing, by id.
    pub definite: Vec<EntityId>,
    /// Those who may be missing, by id.
    pub possible: Vec<EntityId>,
}

/// The answer of `count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Whose partners.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The group whose members alone are counted.
    pub among: Option<EntityId>,
    /// Whether the entity is asserted complete on the day; else it is of what is recorded.
    pub complete: bool,
    /// How many certainly are partners.
    pub definite_count: u64,
    /// How many others may be.
    pub possible_count: u64,
}

/// The answer of `ordinal`: which partner of an entity another became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ordinal {
    /// Whose partner.
    pub entity: EntityId,
    /// The partner.
    pub partner: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The number of partners on the day on which it last became one; none when it is none.
    pub ordinal: Option<u64>,
    /// The greatest that number may be; the same when it is certain.
    pub ordinal_max: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CountingRule;
    use crate::ledger::answer::tests::basis;

    #[test]
    fn an_ordinal_has_the_fields_of_the_contract_in_its_order() {
        let ordinal = Ordinal {
            entity: EntityId::parse("KOR").unwrap(),
            partner: EntityId::parse("SYR").unwrap(),
            basis: basis(Some(CountingRule::Active)),
            ordinal: Some(194),
            ordinal_max: Some(194),
        };
        let json = serde_json::to_string(&ordinal).unwrap();
        assert!(json.starts_with(r#"{"entity":"KOR","partner":"SYR","on":"2022-07-15","known":"#));
        assert!(json.ends_with(r#""rule":"active","ordinal":194,"ordinal_max":194}"#));
    }

    #[test]
    fn a_count_has_the_fields_of_the_contract_in_its_order() {
        let count = Count {
            entity: EntityId::parse("KOR").unwrap(),
            basis: basis(Some(CountingRule::Active)),
            among: None,
            complete: true,
            definite_count: 191,
            possible_count: 0,
        };
        let json = serde_json::to_string(&count).unwrap();
        assert!(json.ends_with(
            r#""rule":"active","among":null,"complete":true,"definite_count":191,"possible_count":0}"#
        ));
    }
}
