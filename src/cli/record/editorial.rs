//! `claim`, `retract` and `correct`: what is said about entries that are in the ledger already.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::dates::{RoleDate, RoleDates};
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::{self, FieldChange, Report, append_to};
use crate::cli::record::naming::Naming;
use crate::cli::words::{ACTS, INSTRUMENTS, SAYS, STANDINGS, one_of, shown};
use crate::domain::act::{ActKind, Instrument};
use crate::domain::editorial::{Claim, Correction, Retraction, Says, Standing};
use crate::domain::event::{Event, Fact};
use crate::domain::sequence::Reference;
use crate::domain::text::Text;
use crate::ledger::Ledger;

/// Record what one source says of an act that is in the ledger already
///
/// A claim is no second act. By the policy as-stated it changes no answer; by all-claims a rival
/// claim widens the answer to what its source allows.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery claim ukr/SYR/severed/2022-06-30 --on 2022-06-29 --source \"a report | an agency | | | agency\"
  chancery claim 680 --on 2025-09-25 --zone Europe/Kyiv --standing same-moment
  chancery claim 679 --says denies --source \"a denial | a ministry | | | primary-one\"")]
pub(crate) struct RecordClaim {
    /// Entry of the act, by number or key
    #[arg(value_name = "N")]
    target: Reference,
    #[command(flatten)]
    date: RoleDate,
    /// Place whose civil day the date is
    #[arg(long = "place", value_name = "PLACE")]
    place_name: Option<Text>,
    /// Time zone there, by its IANA name
    #[arg(long)]
    zone: Option<Text>,
    /// The act as the source names it, or that it denies it [default: the same act]
    #[arg(long, value_parser = one_of::<Says, 7>(SAYS))]
    says: Option<Says>,
    /// The source's own word
    #[arg(long)]
    wording: Option<Text>,
    /// How it stands beside the act
    #[arg(long, default_value = STANDINGS[0], value_parser = one_of::<Standing, 4>(STANDINGS))]
    standing: Standing,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordClaim {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let (role, date) = self.date.role_and_date().unzip();
        let claim = Claim {
            target: self.target,
            role,
            date,
            place: self.place_name,
            zone: self.zone,
            says: self.says,
            wording: self.wording,
            standing: self.standing,
        };
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |_| self.recording.draft(Event::Claim(claim)))
    }
}

/// Take an entry back, from now on
///
/// What was known before stays known as it was: ask with --known. A retraction can be taken back
/// itself, which brings its target back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery retract 612 --reason \"the same act was recorded twice\"
  chancery retract png/TWN/established --reason \"the source was misread\" --dry-run")]
pub(crate) struct RecordRetraction {
    /// Entry to take back, by number or key
    #[arg(value_name = "N")]
    target: Reference,
    /// Why
    #[arg(long)]
    reason: Text,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordRetraction {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let event = Event::Retraction(Retraction { target: self.target, reason: self.reason });
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |_| self.recording.draft(event))
    }
}

/// Replace what an entry says, from now on
///
/// What is not named stays as it is now. Kind, axis and parties stay always: to change those, retract
/// the entry and record anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery correct 612 --on 2022-06-30 --reason \"the note bears that day\"
  chancery correct 612 --act suspend --by UKR --reason \"the ministry says suspended\"
  chancery correct 612 --because 610 --because war/2022 --reason \"two recognitions led to it\"
  chancery correct 612 --without place --reason \"no source names the place\"
  chancery correct entity/MKD --set name=\"North Macedonia\" --reason \"a misprint\"")]
pub(crate) struct RecordCorrection {
    /// Entry of the fact, or of a correction of it, by number or key
    #[arg(value_name = "N")]
    target: Reference,
    /// Why
    #[arg(long)]
    reason: Text,
    #[command(flatten)]
    dates: RoleDates,
    /// The act that it was
    #[arg(long, value_parser = one_of::<ActKind, 6>(ACTS))]
    act: Option<ActKind>,
    /// Who acted: one party, both, nobody or unknown
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Where
    #[arg(long = "place", value_name = "PLACE")]
    place_name: Option<Text>,
    /// Time zone there, by its IANA name
    #[arg(long)]
    zone: Option<Text>,
    /// By what instrument
    #[arg(long, value_parser = one_of::<Instrument, 7>(INSTRUMENTS))]
    instrument: Option<Instrument>,
    /// The actor's own word
    #[arg(long)]
    wording: Option<Text>,
    /// Entry that caused it, by number or key, instead of those named before; may be given again
    #[arg(long, value_name = "N")]
    because: Vec<Reference>,
    /// Entry of an act that it followed, instead of those named before; may be given again
    #[arg(long, value_name = "N")]
    after: Vec<Reference>,
    /// Any other field of the fact, as text or JSON: `--set number=3`; may be given again
    #[arg(long, value_name = "FIELD=VALUE", value_parser = setting)]
    set: Vec<(String, Value)>,
    /// Field to leave out, such as place or dates.announced; may be given again
    #[arg(long, value_name = "FIELD")]
    without: Vec<String>,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RecordCorrection {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        let ledger = appended::open(&self.place, dry_run)?;
        let (fact, changed) = self.replacement(&ledger)?;
        let correction = Correction { target: self.target, fact, reason: self.reason };
        let draft = self.recording.draft(Event::Correction(correction))?;
        let events = vec![draft.event.clone()];
        let done = ledger.append(vec![draft], &appended::options(dry_run)?)?;
        appended::print(&self.place, &Report::new(&events, &done, dry_run).changing(changed))?;
        Ok(Exit::Done)
    }

    /// The fact as it is now with what is to be changed, and the fields that change.
    fn replacement(
        &self,
        ledger: &Ledger,
    ) -> Result<(Fact<Reference>, Vec<FieldChange>), CliError> {
        let target = ledger.sequence_of(&self.target)?;
        let view = ledger.view();
        let now = view.known(view.size()).fact(view.root_of(target));
        let now = now.ok_or(CliError::NotAFact { entry: target })?;
        let unreadable = |error| CliError::Replacement { entry: target, error };
        let mut fact = serde_json::to_value(now).map_err(unreadable)?;
        let before = fact.clone();
        if let (Some(who), Fact::Act(act)) = (&self.by, now) {
            let names = Naming::on(ledger, act.dates.reading().map(|(_, date)| date))?;
            let by = names.actor(who, act.parties)?;
            put(&mut fact, "by", serde_json::to_value(by).map_err(unreadable)?);
        }
        let texts = [
            ("act", self.act.as_ref().map(shown)),
            ("instrument", self.instrument.as_ref().map(shown)),
            ("place", self.place_name.as_ref().map(ToString::to_string)),
            ("zone", self.zone.as_ref().map(ToString::to_string)),
            ("wording", self.wording.as_ref().map(ToString::to_string)),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                put(&mut fact, field, Value::String(text));
            }
        }
        for (field, entries) in [("because", &self.because), ("after", &self.after)] {
            if !entries.is_empty() {
                put(&mut fact, field, serde_json::to_value(entries).map_err(unreadable)?);
            }
        }
        for (role, date) in self.dates.named() {
            // A change of an entity has one date, and no role for it.
            let field = match now {
                Fact::Change(_) => "on".to_owned(),
                Fact::Context(_) => "date".to_owned(),
                _ => format!("dates.{}", shown(&role)),
            };
            put(&mut fact, &field, Value::String(date.to_string()));
        }
        for (field, value) in &self.set {
            put(&mut fact, field, value.clone());
        }
        for field in &self.without {
            take_out(&mut fact, field)
                .ok_or_else(|| CliError::NoSuchField { entry: target, field: field.clone() })?;
        }
        let changed = changes(&before, &fact);
        if changed.is_empty() {
            return Err(CliError::NothingChanges { entry: target });
        }
        Ok((serde_json::from_value(fact).map_err(unreadable)?, changed))
    }
}

/// Reads `field=value`; a value that is no JSON stands for itself as a text.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (field, value) =
        text.split_once('=').ok_or("write FIELD=VALUE, such as wording=\"broken off\"")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((field.trim().to_owned(), value))
}

/// Sets a field; a dot leads into the object that a field holds.
fn put(fact: &mut Value, field: &str, value: Value) {
    let mut object = fact;
    let mut names = field.split('.').peekable();
    while let Some(name) = names.next() {
        if !object.is_object() {
            *object = Value::Object(Map::new());
        }
        let Some(fields) = object.as_object_mut() else { return };
        if names.peek().is_none() {
            fields.insert(name.to_owned(), value);
            return;
        }
        object = fields.entry(name).or_insert(Value::Null);
    }
}

/// The fields in which two objects differ, by their path.
fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else { return Vec::new() };
    let fields: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changed = Vec::new();
    for field in fields {
        let value = |object: &Map<String, Value>| object.get(field).cloned().unwrap_or_default();
        let (before, after) = (value(old), value(new));
        if before.is_object() && after.is_object() {
            changed.extend(
                changes(&before, &after).into_iter().map(|inner| FieldChange {
                    field: format!("{field}.{}", inner.field),
                    ..inner
                }),
            );
        } else if before != after {
            changed.push(FieldChange { field: field.clone(), before, after });
        }
    }
    changed
}

/// Takes a field out; none when it is not there.
fn take_out(fact: &mut Value, field: &str) -> Option<Value> {
    match field.rsplit_once('.') {
        Some((path, name)) => {
            let pointer = format!("/{}", path.replace('.', "/"));
            fact.pointer_mut(&pointer)?.as_object_mut()?.remove(name)
        }
        None => fact.as_object_mut()?.remove(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_set_and_taken_out_by_their_path() {
        let mut fact = json!({ "act": "sever", "dates": { "effective": "2022" } });
        put(&mut fact, "dates.signed", json!("2021"));
        put(&mut fact, "because", json!([1]));
        assert!(take_out(&mut fact, "dates.effective").is_some());
        assert!(take_out(&mut fact, "dates.effective").is_none());
        assert!(take_out(&mut fact, "place.name").is_none());
        assert_eq!(fact, json!({ "act": "sever", "because": [1], "dates": { "signed": "2021" } }));
    }

    #[test]
    fn a_setting_is_json_or_else_a_text() {
        assert_eq!(setting("because=[611]"), Ok(("because".to_owned(), json!([611]))));
        assert_eq!(setting("name=North Macedonia").unwrap().1, json!("North Macedonia"));
        assert!(setting("name").is_err());
    }
}
