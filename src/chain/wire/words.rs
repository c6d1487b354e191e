//! Enums without content: a number on the wire, a word in the domain. Appended to, never reordered.

use bincode::{Decode, Encode};

/// Declares a wire enum whose variants are those of a domain enum, in the order of their numbers,
/// with conversions that stop compiling when the two differ.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident is $domain:ty { $($variant:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
            #[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
            pub(in crate::chain) enum $name {
                $($variant),+
            }

            impl From<$domain> for $name {
                fn from(word: $domain) -> Self {
                    match word {
                        $(<$domain>::$variant => Self::$variant),+
                    }
                }
            }

            impl From<$name> for $domain {
                fn from(word: $name) -> Self {
                    match word {
                        $($name::$variant => Self::$variant),+
                    }
                }
            }
        )+

        /// Lists every enum of this file with the name and the bytes of each of its variants.
        #[cfg(test)]
        pub(in crate::chain) fn words() -> Vec<(&'static str, Vec<(&'static str, Vec<u8>)>)> {
            vec![$((
                stringify!($name),
                vec![$((
                    stringify!($variant),
                    bincode::encode_to_vec($name::$variant, bincode::config::standard()).unwrap(),
                )),+],
            )),+]
        }
    };
}

words! {
    /// The kind of an act.
    ActKind is crate::domain::act::ActKind { Establish, Sever, Restore, Suspend, Lapse, Annul }
    /// The axis of a relation.
    Axis is crate::domain::relation::Axis { Diplomatic, Consular }
    /// The system of a code.
    CodeSystem is crate::domain::entity::CodeSystem { Iso2, Iso3, Cow, Gw, Wikidata }
    /// How sure the recorder is of a source.
    Confidence is crate::domain::source::Confidence { High, Medium, Low, NotStated }
    /// What an act says of consular relations.
    Consular is crate::domain::act::Consular { Implied, Included, Excluded }
    /// What counts as a partner.
    CountingRule is crate::domain::status::CountingRule { Active, ActiveAndSuspended }
    /// The kind of an entity.
    EntityKind is crate::domain::entity::EntityKind {
        State, FormerState, Contested, AssociatedState, SovereignNonState, Organisation,
    }
    /// The grade of a source.
    Grade is crate::domain::source::Grade {
        PrimaryBoth, PrimaryOne, StateMedia, Agency, OtherNews, Compilation, Unsourced,
    }
    /// The instrument of an act.
    Instrument is crate::domain::act::Instrument {
        JointCommunique, ExchangeOfNotes, Treaty, Declaration, Law, None, Unknown,
    }
    /// The level of a mission.
    Level is crate::domain::recognition::Level {
        None, RepresentativeOffice, LiaisonOffice, InterestsSection, ChargeAdInterim, Charge,
        Minister, Ambassador,
    }
    /// The manner of a recognition.
    Manner is crate::domain::recognition::Manner { DeJure, DeFacto }
    /// What is done about a mission.
    MissionKind is crate::domain::recognition::MissionKind {
        Opened, Closed, OperationsSuspended, LevelSet, Recalled, Expelled, Returned,
        ProtectionBegun, ProtectionEnded,
    }
    /// What is done about recognition.
    RecognitionKind is crate::domain::recognition::RecognitionKind {
        Recognised, Withdrawn, Refused,
    }
    /// The role of a date.
    Role is crate::domain::date_roles::Role { Decided, Approved, Signed, Effective, Announced }
    /// What a claim says of the act.
    Says is crate::domain::editorial::Says {
        Establish, Sever, Restore, Suspend, Lapse, Annul, Denies,
    }
    /// How a claim stands beside the act.
    Standing is crate::domain::editorial::Standing { Rival, SameMoment, WordingOnly, Rejected }
    /// The status of a relation.
    Status is crate::domain::status::Status {
        None, Active, Suspended, Severed, Lapsed, Annulled, Ended,
    }
    /// What is done towards an act.
    StepKind is crate::domain::act::StepKind {
        Proposed, Agreed, Approved, Signed, Announced, Refused, Withdrawn,
    }
}
