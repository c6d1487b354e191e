//! `establish`, `restore`, `sever`, `suspend`, `lapse` and `annul`: acts on a relation.

use std::str::FromStr;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::dates::DateOptions;
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::append_to;
use crate::cli::record::naming::Naming;
use crate::cli::words::{AXES, CONSULAR, INSTRUMENTS, one_of};
use crate::domain::act::{Act, ActKind, By, Consular, Instrument, Signatory};
use crate::domain::date_roles::Dates;
use crate::domain::event::{Event, Fact};
use crate::domain::relation::Axis;
use crate::domain::sequence::Reference;
use crate::domain::text::Text;

/// An act on the relation of two entities.
#[derive(Debug, clap::Args)]
pub(crate) struct ActOptions {
    /// One party, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// The other
    #[arg(value_name = "B")]
    other: String,
    /// Who acted: one party, both, nobody or unknown [default: both for establish and restore,
    /// nobody for lapse, unknown for the others]
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Which relations
    #[arg(long, default_value = AXES[0], value_parser = one_of::<Axis, 2>(AXES))]
    axis: Axis,
    /// Where
    #[arg(long = "place", value_name = "PLACE")]
    place_name: Option<Text>,
    /// Time zone there, by its IANA name; explains claims, shifts no date
    #[arg(long)]
    zone: Option<Text>,
    /// By what instrument
    #[arg(long, default_value = INSTRUMENTS[6], value_parser = one_of::<Instrument, 7>(INSTRUMENTS))]
    instrument: Instrument,
    /// The actor's own word, such as "broken off"
    #[arg(long)]
    wording: Option<Text>,
    /// Acting government, where rivals exist
    #[arg(long)]
    government: Option<Text>,
    /// Who signed, as "KOR: Cho Tae-yul, Minister of Foreign Affairs"; may be given again
    #[arg(long, value_name = "WHO")]
    signatory: Vec<TypedSignatory>,
    /// Entry that caused it, by number or key; may be given again
    #[arg(long, value_name = "N")]
    because: Vec<Reference>,
    /// Entry of an act that this one followed; may be given again
    #[arg(long, value_name = "N")]
    after: Vec<Reference>,
    /// Label that the pairs of one multilateral act share
    #[arg(long, value_name = "LABEL")]
    multilateral: Option<Text>,
    #[command(flatten)]
    dates: DateOptions,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// An act that may speak of consular relations.
#[derive(Debug, clap::Args)]
pub(crate) struct BeginningOptions {
    /// What it says of consular relations
    #[arg(long, value_parser = one_of::<Consular, 3>(CONSULAR))]
    consular: Option<Consular>,
    #[command(flatten)]
    pub(crate) act: ActOptions,
}

/// An annulment, of a relation or of one act.
#[derive(Debug, clap::Args)]
pub(crate) struct AnnulOptions {
    /// Entry of the act that is declared void; without it, the relation itself is annulled
    #[arg(long, value_name = "N")]
    annuls: Option<Reference>,
    #[command(flatten)]
    pub(crate) act: ActOptions,
}

impl BeginningOptions {
    /// Records the act.
    pub(crate) fn run(self, kind: ActKind) -> Result<Exit, CliError> {
        let consular = self.consular;
        self.act.record(kind, |act| act.consular = consular)
    }
}

impl AnnulOptions {
    /// Records the act.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let annuls = self.annuls;
        self.act.record(ActKind::Annul, |act| act.annuls = annuls)
    }
}

impl ActOptions {
    /// Records the act.
    pub(crate) fn run(self, kind: ActKind) -> Result<Exit, CliError> {
        self.record(kind, |_| {})
    }

    fn record(
        self,
        kind: ActKind,
        complete: impl FnOnce(&mut Act<Reference>),
    ) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |ledger| {
            let dates = Dates::from(self.dates);
            let names = Naming::on(ledger, dates.reading().map(|(_, date)| date))?;
            let parties = names.parties(&self.one, &self.other)?;
            let by = match &self.by {
                Some(who) => names.actor(who, parties)?,
                None => By::default_of(kind),
            };
            let signatories = self.signatory.iter().map(|typed| typed.looked_up(&names));
            let signatories = signatories.collect::<Result<_, _>>()?;
            let mut act = Act {
                axis: self.axis,
                by,
                government: self.government,
                place: self.place_name,
                zone: self.zone,
                instrument: self.instrument,
                wording: self.wording,
                signatories,
                after: self.after,
                because: self.because,
                multilateral: self.multilateral,
                ..Act::new(parties, kind, dates)
            };
            complete(&mut act);
            self.recording.draft(Event::Fact(Fact::Act(act)))
        })
    }
}

/// Someone who signed, as it is typed.
#[derive(Debug, Clone)]
struct TypedSignatory {
    entity: String,
    person: Text,
    office: Option<Text>,
}

impl FromStr for TypedSignatory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "write \"KOR: Name, office\"".to_owned();
        let (entity, who) = text.split_once(':').ok_or_else(form)?;
        let (person, office) = match who.split_once(',') {
            Some((person, office)) => (person, Some(office)),
            None => (who, None),
        };
        let line = |text: &str| Text::parse(text.trim()).map_err(|error| error.to_string());
        Ok(Self {
            entity: entity.trim().to_owned(),
            person: line(person)?,
            office: office.map(line).transpose()?,
        })
    }
}

impl TypedSignatory {
    fn looked_up(&self, names: &Naming) -> Result<Signatory, CliError> {
        let entity = names.entity(&self.entity)?;
        Ok(Signatory { entity, person: self.person.clone(), office: self.office.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signatory_is_typed_with_or_without_an_office() {
        let typed: TypedSignatory =
            "KOR: Cho Tae-yul, Minister of Foreign Affairs".parse().unwrap();
        assert_eq!((typed.entity.as_str(), typed.person.as_str()), ("KOR", "Cho Tae-yul"));
        assert_eq!(typed.office.unwrap().as_str(), "Minister of Foreign Affairs");
        assert!("KOR: Cho Tae-yul".parse::<TypedSignatory>().unwrap().office.is_none());
        assert!("Cho Tae-yul".parse::<TypedSignatory>().is_err());
        assert!("KOR:".parse::<TypedSignatory>().is_err());
    }
}
