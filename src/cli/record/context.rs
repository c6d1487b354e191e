//! `step`, `recognise`, `mission` and `context`: what leads to acts, the directed axes, and what
//! explains the rest. None of them changes what a relation is.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::dates::DateOptions;
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::append_to;
use crate::cli::record::naming::Naming;
use crate::cli::words::{ACTS, LEVELS, MISSION_ACTS, STEPS, one_of};
use crate::domain::act::{ActKind, By, Step, StepKind};
use crate::domain::date_roles::Dates;
use crate::domain::edtf::Edtf;
use crate::domain::event::{Context, Event, Fact};
use crate::domain::recognition::{
    Level, Manner, Mission, MissionKind, Recognition, RecognitionKind, Residence,
};
use crate::domain::sequence::Reference;
use crate::domain::text::Text;

/// When it was, what caused it, and who says so.
#[derive(Debug, clap::Args)]
pub(crate) struct DatedOptions {
    #[command(flatten)]
    dates: DateOptions,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl DatedOptions {
    fn record(
        self,
        fact: impl FnOnce(&Naming, Dates) -> Result<Fact<Reference>, CliError>,
    ) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |ledger| {
            let dates = Dates::from(self.dates);
            let names = Naming::on(ledger, dates.reading().map(|(_, date)| date))?;
            let fact = fact(&names, dates)?;
            self.recording.draft(Event::Fact(fact))
        })
    }
}

/// Record a step towards an act, which changes no status
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery step KOR SYR agreed --towards establish --on 2025-02
  chancery step KOR SYR approved --towards establish --by KOR --on 2025-03-18")]
pub(crate) struct RecordStep {
    /// One party, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// The other
    #[arg(value_name = "B")]
    other: String,
    /// What is done
    #[arg(value_name = "STEP", value_parser = one_of::<StepKind, 7>(STEPS))]
    step: StepKind,
    /// Act that it leads to
    #[arg(long, value_name = "ACT", value_parser = one_of::<ActKind, 6>(ACTS))]
    towards: ActKind,
    /// Who did it: one party, both, nobody or unknown
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    #[command(flatten)]
    pub(crate) dated: DatedOptions,
}

impl RecordStep {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.dated.record(|names, dates| {
            let parties = names.parties(&self.one, &self.other)?;
            let by = self.by.map_or(Ok(By::Unknown), |who| names.actor(&who, parties))?;
            Ok(Fact::Step(Step { parties, towards: self.towards, step: self.step, by, dates }))
        })
    }
}

/// Record that one entity recognises another, or its government
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery recognise SYR X-DPR --on 2022-06-29
  chancery recognise CUB KOR --on 1949 --de-jure
  chancery recognise KOR SYR --withdrawn --on 2030-01 --dry-run")]
pub(crate) struct RecordRecognition {
    /// Who recognises
    #[arg(value_name = "A")]
    by: String,
    /// Whom
    #[arg(value_name = "B")]
    of: String,
    /// It is taken back
    #[arg(long, conflicts_with = "refused")]
    withdrawn: bool,
    /// It is refused
    #[arg(long)]
    refused: bool,
    /// Government that is recognised [default: the state itself]
    #[arg(long, value_name = "NAME")]
    government: Option<Text>,
    /// In law
    #[arg(long, conflicts_with = "de_facto")]
    de_jure: bool,
    /// In fact
    #[arg(long)]
    de_facto: bool,
    /// Entry that caused it, by number or key; may be given again
    #[arg(long, value_name = "N")]
    because: Vec<Reference>,
    #[command(flatten)]
    pub(crate) dated: DatedOptions,
}

impl RecordRecognition {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let act = match (self.withdrawn, self.refused) {
            (true, _) => RecognitionKind::Withdrawn,
            (_, true) => RecognitionKind::Refused,
            _ => RecognitionKind::Recognised,
        };
        let manner = match (self.de_jure, self.de_facto) {
            (true, _) => Some(Manner::DeJure),
            (_, true) => Some(Manner::DeFacto),
            _ => None,
        };
        self.dated.record(|names, dates| {
            let (by, of) = (names.entity(&self.by)?, names.entity(&self.of)?);
            let (government, because) = (self.government, self.because);
            Ok(Fact::Recognition(Recognition { by, of, act, government, manner, dates, because }))
        })
    }
}

/// Record what is done about the mission of one entity to another
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery mission PRK SYR closed --on 2024-12
  chancery mission KOR CUB opened --level ambassador --on 2025-01-17
  chancery mission KOR SYR level-set --level ambassador --seated-in LBN --on 2025-04-10
  chancery mission USA CUB protection-begun --protecting CHE --on 1961-01-06")]
pub(crate) struct RecordMission {
    /// Who sends it
    #[arg(value_name = "SENDER")]
    sender: String,
    /// Who receives it
    #[arg(value_name = "HOST")]
    host: String,
    /// What is done
    #[arg(value_name = "WHAT", value_parser = one_of::<MissionKind, 9>(MISSION_ACTS))]
    act: MissionKind,
    /// Level from then on
    #[arg(long, value_parser = one_of::<Level, 8>(LEVELS))]
    level: Option<Level>,
    /// Entity that protects the sender's interests
    #[arg(long, value_name = "X")]
    protecting: Option<String>,
    /// It resides in the host entity
    #[arg(long, conflicts_with = "seated_in")]
    resident: bool,
    /// It resides in another entity, whence it is accredited
    #[arg(long, value_name = "X")]
    seated_in: Option<String>,
    /// How many people were expelled, recalled or returned
    #[arg(long)]
    number: Option<u32>,
    /// Entry that caused it, by number or key; may be given again
    #[arg(long, value_name = "N")]
    because: Vec<Reference>,
    #[command(flatten)]
    pub(crate) dated: DatedOptions,
}

impl RecordMission {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.dated.record(|names, dates| {
            let named = |text: Option<String>| text.map(|text| names.entity(&text)).transpose();
            let residence = match named(self.seated_in)? {
                Some(seat) => Some(Residence::SeatedIn(seat)),
                None => self.resident.then_some(Residence::Resident),
            };
            Ok(Fact::Mission(Mission {
                sender: names.entity(&self.sender)?,
                host: names.entity(&self.host)?,
                act: self.act,
                level: self.level,
                protecting: named(self.protecting)?,
                residence,
                number: self.number,
                dates,
                because: self.because,
            }))
        })
    }
}

/// Record a fact that explains others, such as a war
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: other entries name it as their cause by --because
  chancery context \"A summit in Havana\" --on 2006-09 --entity CUB --key summit/2006")]
pub(crate) struct RecordContext {
    /// What happened
    title: Text,
    /// When
    #[arg(long, value_name = "DATE")]
    on: Edtf,
    /// Entity that it concerns; may be given again
    #[arg(long, value_name = "X")]
    entity: Vec<String>,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordContext {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |ledger| {
            let names = Naming::on(ledger, Some(&self.on))?;
            let entities = self.entity.iter().map(|entity| names.entity(entity));
            let entities = entities.collect::<Result<_, _>>()?;
            let context = Context { title: self.title, date: self.on, entities };
            self.recording.draft(Event::Fact(Fact::Context(context)))
        })
    }
}
