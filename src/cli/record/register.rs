//! `register`: an entity enters the register.

use std::str::FromStr;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::append_to;
use crate::cli::words::{CODE_SYSTEMS, ENTITY_KINDS, one_of, read};
use crate::domain::entity::{Code, CodeSystem, EntityId, EntityKind, Name, Registration};
use crate::domain::event::{Event, Fact};
use crate::domain::period::Period;
use crate::domain::text::Text;

/// Enter an entity into the register
///
/// Being listed is no recognition. The id is fixed for ever: ISO 3166-1 alpha-3 where one exists,
/// ISO 3166-3 for former states, X-… otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery register KOR --kind state --name \"South Korea\" --alias \"Republic of Korea\" \\
      --code iso2=KR --code cow=732 --lifetime 1948-08-15/..
  chancery register SUN --kind former-state --name \"Soviet Union\" --lifetime 1922-12-30/1991-12-25
  chancery register UN --kind organisation --name \"United Nations\"")]
pub(crate) struct Register {
    /// 2 to 12 characters of A-Z, 0-9 and -
    #[arg(value_name = "ID")]
    id: EntityId,
    /// What kind of party it is
    #[arg(long, value_parser = one_of::<EntityKind, 6>(ENTITY_KINDS))]
    kind: EntityKind,
    /// Main name
    #[arg(long)]
    name: Text,
    /// Another name, "NAME" or "NAME = A/B" for the days on which it was borne; may be given again
    #[arg(long, value_name = "NAME")]
    alias: Vec<Alias>,
    /// Code as SYSTEM=CODE, the system one of iso2, iso3, cow, gw, wikidata; may be given again
    #[arg(long, value_name = "SYSTEM=CODE")]
    code: Vec<TypedCode>,
    /// How long it has existed, as 1948-08-15/.. or 1922-12-30/1991-12-25
    #[arg(long, value_name = "A/B")]
    lifetime: Option<Period>,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl Register {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let registration = Registration {
            id: self.id,
            entity: self.kind,
            name: self.name,
            names: self.alias.into_iter().map(|Alias(name)| name).collect(),
            codes: self.code.into_iter().map(|TypedCode(code)| code).collect(),
            lifetime: self.lifetime,
        };
        let dry_run = self.recording.dry_run;
        let event = Event::Fact(Fact::Registration(registration));
        append_to(&self.place, dry_run, |_| self.recording.draft(event))
    }
}

/// A name, with the period in which it was borne after ` = `.
#[derive(Debug, Clone)]
struct Alias(Name);

impl FromStr for Alias {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, period) = match text.rsplit_once(" = ") {
            Some((name, period)) => {
                (name, Some(Period::parse(period).map_err(|error| error.to_string())?))
            }
            None => (text, None),
        };
        let name = Text::parse(name).map_err(|error| error.to_string())?;
        Ok(Self(Name { name, period }))
    }
}

/// A code after the name of its system.
#[derive(Debug, Clone)]
pub(crate) struct TypedCode(pub(crate) Code);

impl FromStr for TypedCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let systems =
            || format!("write SYSTEM=CODE, the system one of {}", CODE_SYSTEMS.join(", "));
        let (system, code) = text.split_once('=').ok_or_else(systems)?;
        let system = read::<CodeSystem>(system).ok_or_else(systems)?;
        let code = Text::parse(code).map_err(|error| error.to_string())?;
        Ok(Self(Code { system, code, period: None }))
    }
}
