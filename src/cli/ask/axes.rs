//! `pending`, `missions` and `recognitions`: what is recorded beside the relations themselves.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions, MomentOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::shown;
use crate::domain::act::By;
use crate::domain::entity::EntityId;
use crate::domain::recognition::{Level, Residence};
use crate::domain::sequence::Sequence;
use crate::ledger::answer::axes::{MissionOn, Missions, Pending, RecognitionOn, Recognitions};

/// List the steps towards acts that have not come
///
/// A step is pending until its act, or a refusal or withdrawal, on a day not before it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery pending
  chancery pending KOR SYR --on 2025-03-11")]
pub(crate) struct ListPending {
    /// Only steps of an entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: Option<String>,
    /// And of another
    #[arg(value_name = "B")]
    other: Option<String>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Show the missions that an entity sends and receives, as they are on a day
///
/// Missions have a direction and change no relation: an embassy that closes severs nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery missions IRN --on 2013-12-01
  chancery missions GBR IRN --on 2013-12-01 --format json")]
pub(crate) struct ListMissions {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// Only those between it and another
    #[arg(value_name = "B")]
    other: Option<String>,
    #[command(flatten)]
    moment: MomentOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Show whom an entity recognises, and who recognises it, as of a day
///
/// Recognition has a direction and changes no relation.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery recognitions SYR --on 2022-06-30
  chancery recognitions CUB KOR --format json")]
pub(crate) struct ListRecognitions {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// Only what is between it and another
    #[arg(value_name = "B")]
    other: Option<String>,
    #[command(flatten)]
    moment: MomentOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ListPending {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let named = asking.named(self.one.as_deref(), self.other.as_deref())?;
        let pending = asking.inquiry.pending(&named);
        let rows = || pending_rows(&pending).with_basis(&pending.basis);
        asking.print(&self.place, &pending, rows, || {
            let (which, on) = (asking.of(&named), pending.basis.on);
            let mut page = Page::new(&match pending.pending.len() {
                0 => format!("No steps{which} are pending on {on}"),
                1 => format!("1 step{which} is pending on {on}"),
                count => format!("{count} steps{which} are pending on {on}"),
            });
            page.table(pending_rows(&pending));
            let steps: Vec<Sequence> = pending.pending.iter().map(|one| one.step.entry).collect();
            page.section("by the entries", entries::told(&asking.ledger, &steps)?);
            page.basis(&basis::told(&pending.basis));
            Ok(page)
        })?;
        Ok(Exit::Done)
    }
}

fn pending_rows(pending: &Pending) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("towards"),
        Column::Words("step"),
        Column::Words("by"),
        Column::Words("date"),
        Column::Words("reading"),
        Column::Number("entry"),
    ]);
    for between in &pending.pending {
        let ([one, other], step) = (between.relation.both(), &between.step);
        table.row([
            one.to_string(),
            other.to_string(),
            step.towards.as_str().to_owned(),
            shown(&step.step),
            match step.by {
                By::Both => "both".to_owned(),
                By::One(actor) => actor.to_string(),
                By::Nobody | By::Unknown => String::new(),
            },
            step.date.to_string(),
            step.reading.as_str().to_owned(),
            step.entry.to_string(),
        ]);
    }
    table
}

impl ListMissions {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::of_moment(&self.place, &self.moment)?;
        let (entity, with) = of(&asking, &self.one, self.other.as_deref())?;
        let missions = asking.inquiry.missions(entity, with);
        let all = || missions.sent.iter().chain(&missions.received);
        let rows = || mission_rows(all()).with_basis(&missions.basis);
        asking.print(&self.place, &missions, rows, || {
            missions_page(&asking, &missions, all().flat_map(|mission| &mission.entries))
        })?;
        Ok(Exit::Done)
    }
}

/// The entity that is asked about, and its partner where one is named.
fn of(
    asking: &Asking,
    one: &str,
    other: Option<&str>,
) -> Result<(EntityId, Option<EntityId>), CliError> {
    match other {
        Some(other) => {
            let entity = asking.entity(one)?;
            Ok((entity, asking.parties(one, other)?.partner_of(entity)))
        }
        None => Ok((asking.entity(one)?, None)),
    }
}

fn missions_page<'a>(
    asking: &Asking,
    missions: &Missions,
    rest_on: impl Iterator<Item = &'a Sequence>,
) -> Result<Page, CliError> {
    let with = missions.with.map_or_else(String::new, |id| format!(" – {}", asking.name(id)));
    let (name, on) = (asking.name(missions.entity), missions.basis.on);
    let (sent, received) = (missions.sent.len(), missions.received.len());
    let mut page = Page::new(&match sent + received {
        0 => format!("{name}{with} on {on}: no mission is recorded"),
        _ => format!("{name}{with} on {on}: {sent} sent, {received} received"),
    });
    page.table(mission_table(missions.sent.iter().chain(&missions.received)));
    page.section("by the entries", entries::told(&asking.ledger, &in_order(rest_on))?);
    page.basis(&basis::of_moment(&missions.basis));
    Ok(page)
}

fn in_order<'a>(entries: impl Iterator<Item = &'a Sequence>) -> Vec<Sequence> {
    let mut entries: Vec<Sequence> = entries.copied().collect();
    entries.sort_unstable();
    entries
}

fn mission_table<'a>(missions: impl Iterator<Item = &'a MissionOn>) -> Table {
    let mut table = Table::new(&[
        Column::Words("from"),
        Column::Words("to"),
        Column::Words("mission"),
        Column::Words("level"),
        Column::Words("residence"),
        Column::Words("protected by"),
        Column::Words("last"),
        Column::Words("remarks"),
    ]);
    for mission in missions {
        let open = match mission.open {
            Some(true) if mission.suspended => "open, not working",
            Some(true) => "open",
            Some(false) => "closed",
            None if mission.suspended => "not working",
            None => "not recorded",
        };
        let remarks: Vec<&str> = [
            mission.recalled.then_some("its head is not there"),
            (!mission.certain).then_some("not certain"),
        ]
        .into_iter()
        .flatten()
        .collect();
        table.row([
            mission.sender.to_string(),
            mission.host.to_string(),
            open.to_owned(),
            mission.level.map(level).unwrap_or_default().to_owned(),
            match mission.residence {
                Some(Residence::Resident) => "resident".to_owned(),
                Some(Residence::SeatedIn(seat)) => format!("seated in {seat}"),
                None => String::new(),
            },
            mission.protecting.map(|power| power.to_string()).unwrap_or_default(),
            format!("{} {}", shown(&mission.last).replace('-', " "), mission.date),
            remarks.join(", "),
        ]);
    }
    table
}

fn level(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::RepresentativeOffice => "representative office",
        Level::LiaisonOffice => "liaison office",
        Level::InterestsSection => "interests section",
        Level::ChargeAdInterim => "chargé d'affaires a.i.",
        Level::Charge => "chargé d'affaires",
        Level::Minister => "minister",
        Level::Ambassador => "ambassador",
    }
}

fn mission_rows<'a>(missions: impl Iterator<Item = &'a MissionOn>) -> Table {
    let mut table = Table::new(&[
        Column::Words("sender"),
        Column::Words("host"),
        Column::Words("open"),
        Column::Words("suspended"),
        Column::Words("level"),
        Column::Words("residence"),
        Column::Words("seat"),
        Column::Words("protecting"),
        Column::Words("recalled"),
        Column::Words("last"),
        Column::Words("date"),
        Column::Words("certain"),
        Column::Words("entries"),
    ]);
    for mission in missions {
        let (residence, seat) = match mission.residence {
            Some(Residence::Resident) => ("resident", String::new()),
            Some(Residence::SeatedIn(seat)) => ("seated-in", seat.to_string()),
            None => ("", String::new()),
        };
        table.row([
            mission.sender.to_string(),
            mission.host.to_string(),
            mission.open.map(|open| open.to_string()).unwrap_or_default(),
            mission.suspended.to_string(),
            mission.level.as_ref().map(shown).unwrap_or_default(),
            residence.to_owned(),
            seat,
            mission.protecting.map(|power| power.to_string()).unwrap_or_default(),
            mission.recalled.to_string(),
            shown(&mission.last),
            mission.date.to_string(),
            mission.certain.to_string(),
            numbers(&mission.entries),
        ]);
    }
    table
}

fn numbers(entries: &[Sequence]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

impl ListRecognitions {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::of_moment(&self.place, &self.moment)?;
        let (entity, with) = of(&asking, &self.one, self.other.as_deref())?;
        let recognitions = asking.inquiry.recognitions(entity, with);
        let all = || recognitions.given.iter().chain(&recognitions.received);
        let rows = || recognition_rows(all()).with_basis(&recognitions.basis);
        asking.print(&self.place, &recognitions, rows, || {
            let entries = all().flat_map(|recognition| &recognition.entries);
            recognitions_page(&asking, &recognitions, entries)
        })?;
        Ok(Exit::Done)
    }
}

fn recognitions_page<'a>(
    asking: &Asking,
    recognitions: &Recognitions,
    rest_on: impl Iterator<Item = &'a Sequence>,
) -> Result<Page, CliError> {
    let with = recognitions.with.map_or_else(String::new, |id| format!(" – {}", asking.name(id)));
    let (name, on) = (asking.name(recognitions.entity), recognitions.basis.on);
    let (given, received) = (recognitions.given.len(), recognitions.received.len());
    let mut page = Page::new(&match given + received {
        0 => format!("{name}{with} on {on}: nothing is recorded of recognition"),
        _ => format!("{name}{with} on {on}: {given} given, {received} received"),
    });
    page.table(recognition_rows(recognitions.given.iter().chain(&recognitions.received)));
    page.section("by the entries", entries::told(&asking.ledger, &in_order(rest_on))?);
    page.basis(&basis::of_moment(&recognitions.basis));
    Ok(page)
}

fn recognition_rows<'a>(recognitions: impl Iterator<Item = &'a RecognitionOn>) -> Table {
    let mut table = Table::new(&[
        Column::Words("by"),
        Column::Words("of"),
        Column::Words("government"),
        Column::Words("act"),
        Column::Words("manner"),
        Column::Words("date"),
        Column::Words("certain"),
        Column::Words("entries"),
    ]);
    for recognition in recognitions {
        table.row([
            recognition.by.to_string(),
            recognition.of.to_string(),
            recognition.government.as_ref().map(ToString::to_string).unwrap_or_default(),
            shown(&recognition.act),
            recognition.manner.as_ref().map(shown).unwrap_or_default(),
            recognition.date.to_string(),
            recognition.certain.to_string(),
            numbers(&recognition.entries),
        ]);
    }
    table
}
