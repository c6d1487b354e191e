//! `entities` and `entity`: who is in the register.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::shown;
use crate::ledger::answer::register::{Entities, Entity, Membership};

/// List the register of entities
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery entities
  chancery entities --among UN --on 1991-09-17")]
pub(crate) struct ListEntities {
    /// Only those that are, or may be, members of a group on the day
    #[arg(long, value_name = "GROUP")]
    among: Option<String>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Show all that the register says of one entity
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery entity \"soviet union\"
  chancery entity SYR --on 1960-01-01")]
pub(crate) struct ShowEntity {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "X")]
    entity: String,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ListEntities {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let among = self.among.as_ref().map(|group| asking.entity(group)).transpose()?;
        let entities = asking.inquiry.entities(among);
        let rows = || listed(&entities).with_basis(&entities.basis);
        asking.print(&self.place, &entities, rows, || {
            let group = among.map_or_else(String::new, |id| format!(" of {}", asking.name(id)));
            let what = if among.is_some() { "members" } else { "entities" };
            let count = entities.entities.len();
            let mut page = Page::new(&format!("{count} {what}{group} on {}", entities.basis.on));
            page.table(listed(&entities));
            page.basis(&basis::told(&entities.basis));
            Ok(page)
        })?;
        Ok(Exit::Done)
    }
}

fn listed(entities: &Entities) -> Table {
    let mut columns = vec![
        Column::Words("id"),
        Column::Words("name"),
        Column::Words("kind"),
        Column::Words("lifetime"),
        Column::Words("exists"),
        Column::Number("entry"),
    ];
    if entities.among.is_some() {
        columns.push(Column::Words("member"));
    }
    let mut table = Table::new(&columns);
    for entity in &entities.entities {
        let cells = [
            entity.entity.to_string(),
            entity.name.to_string(),
            shown(&entity.kind),
            entity.lifetime.as_ref().map(ToString::to_string).unwrap_or_default(),
            entity.exists.as_str().to_owned(),
            entity.entry.to_string(),
        ];
        match entity.member {
            Some(member) => {
                let [id, name, kind, lifetime, exists, entry] = cells;
                table.row([id, name, kind, lifetime, exists, entry, member.as_str().to_owned()]);
            }
            None => table.row(cells),
        }
    }
    table
}

impl ShowEntity {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let id = asking.entity(&self.entity)?;
        let Some(entity) = asking.inquiry.entity(id) else { return Ok(Exit::Wrong) };
        let rows = || facts_table(&entity).with_basis(&entity.basis);
        asking.print(&self.place, &entity, rows, || page(&asking, &entity))?;
        Ok(Exit::Done)
    }
}

fn facts(entity: &Entity) -> Vec<(String, String)> {
    let mut facts = vec![("kind".to_owned(), shown(&entity.kind).replace('-', " "))];
    let lifetime = entity.lifetime.as_ref().map(ToString::to_string);
    facts.extend(lifetime.map(|lifetime| ("lifetime".to_owned(), lifetime)));
    facts.push((format!("exists on {}", entity.basis.on), entity.exists.as_str().to_owned()));
    let borne = |text: String, period: Option<String>| match period {
        Some(period) => format!("{text} ({period})"),
        None => text,
    };
    facts.extend(entity.names.iter().map(|name| {
        let period = name.period.as_ref().map(ToString::to_string);
        ("also called".to_owned(), borne(name.name.to_string(), period))
    }));
    facts.extend(entity.codes.iter().map(|code| {
        let period = code.period.as_ref().map(ToString::to_string);
        (shown(&code.system), borne(code.code.to_string(), period))
    }));
    facts.extend(entity.memberships.iter().map(stay));
    facts
}

/// Tells one stay in a group; the day of leaving is the first one outside.
fn stay(membership: &Membership) -> (String, String) {
    let from = membership.admitted.as_ref();
    let from =
        from.map_or_else(|| "from an unrecorded day".to_owned(), |day| format!("from {day}"));
    let until = membership.left.as_ref().map(|day| format!(", left {day}")).unwrap_or_default();
    (format!("in {}", membership.group), format!("{from}{until}"))
}

fn page(asking: &Asking, entity: &Entity) -> Result<Page, CliError> {
    let mut page = Page::new(&format!("{} · {}", entity.entity, entity.name));
    page.section("", facts(entity));
    let changes: Vec<_> = entity.changes.iter().map(|change| change.entry).collect();
    page.section("changes", entries::told(&asking.ledger, &changes)?);
    if !entity.members.is_empty() || !entity.possible_members.is_empty() {
        let (certain, possible) = (entity.members.len(), entity.possible_members.len());
        page.line(&match possible {
            0 => format!(
                "{certain} members on the day: `chancery entities --among {}`",
                entity.entity
            ),
            _ => format!("{certain} members on the day, {possible} more possibly"),
        });
    }
    page.basis(&basis::told(&entity.basis));
    Ok(page)
}

fn facts_table(entity: &Entity) -> Table {
    let mut table =
        Table::new(&[Column::Words("entity"), Column::Words("what"), Column::Words("value")]);
    table.row([entity.entity.to_string(), "name".to_owned(), entity.name.to_string()]);
    for (what, value) in facts(entity) {
        table.row([entity.entity.to_string(), what, value]);
    }
    table
}
