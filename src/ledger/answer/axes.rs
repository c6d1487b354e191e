//! The answers about the other axes: `missions`, `recognitions` and `pending`.

use serde::Serialize;

use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::recognition::{Level, Manner, MissionKind, RecognitionKind, Residence};
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::domain::text::Text;
use crate::ledger::answer::StatedBasis;
use crate::ledger::answer::relation::PendingStep;

/// The answer of `missions`: the representation of an entity abroad, and of others with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missions {
    /// Whose.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The only other entity asked about.
    pub with: Option<EntityId>,
    /// The missions that it sends, by host.
    pub sent: Vec<MissionOn>,
    /// The missions that it receives, by sender.
    pub received: Vec<MissionOn>,
}

/// One mission on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissionOn {
    /// Who sends.
    pub sender: EntityId,
    /// Who receives.
    pub host: EntityId,
    /// Whether it is open; none when the sources do not say.
    pub open: Option<bool>,
    /// Whether it has stopped working without closing.
    pub suspended: bool,
    /// Its level, where recorded.
    pub level: Option<Level>,
    /// Where it resides, where recorded.
    pub residence: Option<Residence>,
    /// Who protects the sender's interests.
    pub protecting: Option<EntityId>,
    /// Whether its head is recalled.
    pub recalled: bool,
    /// The last thing that was done about it.
    pub last: MissionKind,
    /// When that was.
    pub date: Edtf,
    /// Whether all of this is certain on the day, or some of it may lie ahead.
    pub certain: bool,
    /// The entries that the answer rests on, in recorded order.
    pub entries: Vec<Sequence>,
}

/// The answer of `recognitions`: whom an entity recognises, and who recognises it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognitions {
    /// Whose.
    pub entity: EntityId,
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The only other entity asked about.
    pub with: Option<EntityId>,
    /// What it has said of others, by entity.
    pub given: Vec<RecognitionOn>,
    /// What others have said of it, by entity.
    pub received: Vec<RecognitionOn>,
}

/// One recognition as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecognitionOn {
    /// Who recognises.
    pub by: EntityId,
    /// Whom.
    pub of: EntityId,
    /// The government that is meant; the state itself, when absent.
    pub government: Option<Text>,
    /// Whether it is recognised, withdrawn or refused.
    pub act: RecognitionKind,
    /// In law or in fact, where said.
    pub manner: Option<Manner>,
    /// When.
    pub date: Edtf,
    /// Whether that is certain on the day, or may lie ahead.
    pub certain: bool,
    /// The entries that the answer rests on, in recorded order.
    pub entries: Vec<Sequence>,
}

/// The answer of `pending`: steps towards acts that have not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// What the answer rests on.
    #[serde(flatten)]
    pub basis: StatedBasis,
    /// The steps, by relation.
    pub pending: Vec<PendingBetween>,
}

/// One pending step with its relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingBetween {
    /// Between whom.
    pub relation: Parties,
    /// The step.
    #[serde(flatten)]
    pub step: PendingStep,
}
