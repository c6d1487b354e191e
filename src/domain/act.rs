//! Acts: what parties do that bears on their relation, and the steps that lead to an act.

use serde::{Deserialize, Serialize};

use crate::domain::date_roles::Dates;
use crate::domain::entity::EntityId;
use crate::domain::relation::{Axis, Parties};
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;

/// What is done to a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActKind {
    /// Relations are established.
    Establish,
    /// Relations are severed.
    Sever,
    /// Relations are restored.
    Restore,
    /// Relations are suspended.
    Suspend,
    /// Relations lapse without an act of either party.
    Lapse,
    /// An establishment is declared void.
    Annul,
}

impl ActKind {
    /// All of them, in the order of the format.
    pub const ALL: [Self; 6] =
        [Self::Establish, Self::Sever, Self::Restore, Self::Suspend, Self::Lapse, Self::Annul];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Establish => "establish",
            Self::Sever => "sever",
            Self::Restore => "restore",
            Self::Suspend => "suspend",
            Self::Lapse => "lapse",
            Self::Annul => "annul",
        }
    }
}

impl std::fmt::Display for ActKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum By {
    /// Both parties together.
    Both,
    /// One party.
    One(EntityId),
    /// Neither; it came about.
    Nobody,
    /// The sources do not say.
    Unknown,
}

impl By {
    /// Who acts when nothing is said: both establish and restore, a lapse comes about.
    pub fn default_of(act: ActKind) -> Self {
        match act {
            ActKind::Establish | ActKind::Restore => Self::Both,
            ActKind::Lapse => Self::Nobody,
            ActKind::Sever | ActKind::Suspend | ActKind::Annul => Self::Unknown,
        }
    }
}

/// A word that names no actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no actor: use both, nobody, unknown or the id of one party")]
pub struct ByError {
    /// What was given.
    pub text: String,
}

impl TryFrom<String> for By {
    type Error = ByError;

    fn try_from(text: String) -> Result<Self, ByError> {
        match text.as_str() {
            "both" => Ok(Self::Both),
            "nobody" => Ok(Self::Nobody),
            "unknown" => Ok(Self::Unknown),
            id => EntityId::parse(id).map(Self::One).map_err(|_| ByError { text: text.clone() }),
        }
    }
}

impl From<By> for String {
    fn from(by: By) -> Self {
        by.to_string()
    }
}

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Both => f.pad("both"),
            Self::One(entity) => entity.fmt(f),
            Self::Nobody => f.pad("nobody"),
            Self::Unknown => f.pad("unknown"),
        }
    }
}

/// The instrument by which an act was done.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Instrument {
    /// A joint communiqué.
    JointCommunique,
    /// An exchange of notes.
    ExchangeOfNotes,
    /// A treaty.
    Treaty,
    /// A declaration.
    Declaration,
    /// A law or decree of one party.
    Law,
    /// None at all.
    None,
    /// The sources do not say.
    #[default]
    Unknown,
}

impl Instrument {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// What an establishment or restoration says of consular relations (VCCR 1963, article 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consular {
    /// Nothing: they are implied.
    Implied,
    /// They are established with them.
    Included,
    /// They are not.
    Excluded,
}

/// Someone who signed for a party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// For whom.
    pub entity: EntityId,
    /// The person.
    pub person: Text,
    /// In what office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Text>,
}

/// Something done by a party (or both) that bears on a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act<R = Sequence> {
    /// On which axis.
    #[serde(default)]
    pub axis: Axis,
    /// Between whom.
    pub parties: Parties,
    /// What was done.
    pub act: ActKind,
    /// By whom.
    pub by: By,
    /// The acting government, where rivals exist: shown, never decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub government: Option<Text>,
    /// When, by role.
    pub dates: Dates,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text>,
    /// The IANA name of the time zone there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Text>,
    /// By what instrument.
    #[serde(default, skip_serializing_if = "Instrument::is_unknown")]
    pub instrument: Instrument,
    /// The actor's own word, such as "broken off".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Text>,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatories: Vec<Signatory>,
    /// What it says of consular relations: only on a diplomatic establishment or restoration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consular: Option<Consular>,
    /// The act that it annuls: only on an annulment.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub annuls: Option<R>,
    /// Acts that this one is known to have followed.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<R>,
    /// What caused it.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<R>,
    /// A label that the pairs of one multilateral act share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multilateral: Option<Text>,
}

fn none<R>() -> Option<R> {
    None
}

impl<R> Act<R> {
    /// An act with nothing said of it but who did what when.
    pub fn new(parties: Parties, act: ActKind, dates: Dates) -> Self {
        Self {
            axis: Axis::Diplomatic,
            parties,
            act,
            by: By::default_of(act),
            government: None,
            dates,
            place: None,
            zone: None,
            instrument: Instrument::Unknown,
            wording: None,
            signatories: Vec::new(),
            consular: None,
            annuls: None,
            after: Vec::new(),
            because: Vec::new(),
            multilateral: None,
        }
    }

    /// The same act with each reference replaced.
    ///
    /// # Errors
    /// The first reference that cannot be.
    pub fn try_map<S, E>(self, replace: &mut impl FnMut(R) -> Result<S, E>) -> Result<Act<S>, E> {
        Ok(Act {
            axis: self.axis,
            parties: self.parties,
            act: self.act,
            by: self.by,
            government: self.government,
            dates: self.dates,
            place: self.place,
            zone: self.zone,
            instrument: self.instrument,
            wording: self.wording,
            signatories: self.signatories,
            consular: self.consular,
            annuls: self.annuls.map(&mut *replace).transpose()?,
            after: self.after.into_iter().map(&mut *replace).collect::<Result<_, E>>()?,
            because: self.because.into_iter().map(replace).collect::<Result<_, E>>()?,
            multilateral: self.multilateral,
        })
    }
}

/// What is done towards an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// It is proposed.
    Proposed,
    /// It is agreed in principle.
    Agreed,
    /// It is approved, as by a cabinet.
    Approved,
    /// It is signed.
    Signed,
    /// It is announced.
    Announced,
    /// It is refused.
    Refused,
    /// A proposal is withdrawn.
    Withdrawn,
}

/// A step towards an act, which changes no status.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Between whom.
    pub parties: Parties,
    /// The act it leads to.
    pub towards: ActKind,
    /// What is done.
    pub step: StepKind,
    /// By whom.
    pub by: By,
    /// When, by role.
    pub dates: Dates,
}
