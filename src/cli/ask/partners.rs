//! `partners`, `missing`, `count` and `ordinal`: whom an entity has relations with.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions, RuleOption};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::basis::{completeness, told};
use crate::domain::entity::EntityId;
use crate::ledger::answer::partners::{Count, Missing, Ordinal, Partners};
use crate::view::partners::Within;

/// List whom an entity has relations with, in the order in which they began
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery partners KOR --on 2025-04-10
  chancery partners KOR --on 2025-04-10 --not-in UN
  chancery partners KOR --among UN --rule active-and-suspended --format csv")]
pub(crate) struct ListPartners {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    entity: String,
    /// Only members of a group on the day
    #[arg(long, value_name = "GROUP", conflicts_with = "not_in")]
    among: Option<String>,
    /// Only those who are not members of a group on the day
    #[arg(long, value_name = "GROUP")]
    not_in: Option<String>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    rule: RuleOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// List the members of a group that an entity has no relations with
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery missing KOR --among UN --on 2025-04-10")]
pub(crate) struct ListMissing {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    entity: String,
    /// Group
    #[arg(long, value_name = "GROUP")]
    among: String,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    rule: RuleOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Count whom an entity has relations with
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery count KOR --on 1991-09-17
  chancery count KOR --among UN --on 1991-09-17")]
pub(crate) struct CountPartners {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    entity: String,
    /// Only members of a group on the day
    #[arg(long, value_name = "GROUP")]
    among: Option<String>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    rule: RuleOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Say which partner of an entity another became, counted at the end of that day
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery ordinal KOR SYR --on 2025-04-10")]
pub(crate) struct ShowOrdinal {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    entity: String,
    /// Its partner
    #[arg(value_name = "B")]
    partner: String,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    rule: RuleOption,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ListPartners {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::counting(&self.place, &self.basis, &self.rule)?;
        let entity = asking.entity(&self.entity)?;
        let within = match (&self.among, &self.not_in) {
            (Some(group), _) => Within::Among(asking.entity(group)?),
            (_, Some(group)) => Within::NotIn(asking.entity(group)?),
            (None, None) => Within::All,
        };
        let partners = asking.inquiry.partners(entity, within)?;
        let rows = || rows(&partners).with_basis(&partners.basis);
        asking.print(&self.place, &partners, rows, || Ok(page(&asking, &partners)))?;
        Ok(Exit::Done)
    }
}

/// Tells within which group partners are asked for.
fn within(asking: &Asking, among: Option<EntityId>, not_in: Option<EntityId>) -> String {
    match (among, not_in) {
        (Some(group), _) => format!(" among the members of {}", asking.name(group)),
        (_, Some(group)) => format!(" outside {}", asking.name(group)),
        (None, None) => String::new(),
    }
}

fn counted(definite: u64, possible: u64) -> String {
    let partners = if definite == 1 { "partner" } else { "partners" };
    match possible {
        0 => format!("{definite} {partners}"),
        _ => format!("{definite} {partners}, {possible} more possibly"),
    }
}

fn page(asking: &Asking, partners: &Partners) -> Page {
    let count = counted(partners.definite.len() as u64, partners.possible.len() as u64);
    let name = asking.name(partners.entity);
    let group = within(asking, partners.among, partners.not_in);
    let mut page = Page::new(&format!("{name} on {}: {count}{group}", partners.basis.on));
    let mut table = Table::new(&[
        Column::Number("rank"),
        Column::Words("id"),
        Column::Words("partner"),
        Column::Words("since"),
        Column::Words("first"),
        Column::Number("entry"),
    ]);
    for partner in &partners.definite {
        let since = partner.since.as_ref().map(ToString::to_string);
        let first = partner.first.as_ref().map(ToString::to_string);
        table.row([
            partner.rank.to_string(),
            partner.entity.to_string(),
            partner.name.to_string(),
            since.clone().unwrap_or_else(|| "not recorded".to_owned()),
            // Said only where relations had begun before, and were broken.
            first.filter(|first| Some(first) != since.as_ref()).unwrap_or_default(),
            partner.entry.map(|entry| entry.to_string()).unwrap_or_default(),
        ]);
    }
    page.table(table);
    let possible = partners.possible.iter();
    let possible = possible
        .map(|other| (other.entity.to_string(), format!("{}: {}", other.name, other.status)));
    page.section("possibly", possible.collect());
    page.line(&completeness(&name, partners.complete));
    page.basis(&told(&partners.basis));
    page
}

fn rows(partners: &Partners) -> Table {
    let mut table = Table::new(&[
        Column::Number("rank"),
        Column::Words("entity"),
        Column::Words("name"),
        Column::Words("since"),
        Column::Words("first"),
        Column::Number("entry"),
        Column::Words("certain"),
    ]);
    for partner in &partners.definite {
        table.row([
            partner.rank.to_string(),
            partner.entity.to_string(),
            partner.name.to_string(),
            partner.since.as_ref().map(ToString::to_string).unwrap_or_default(),
            partner.first.as_ref().map(ToString::to_string).unwrap_or_default(),
            partner.entry.map(|entry| entry.to_string()).unwrap_or_default(),
            "true".to_owned(),
        ]);
    }
    for other in &partners.possible {
        let (entity, name) = (other.entity.to_string(), other.name.to_string());
        let empty = String::new;
        table.row([empty(), entity, name, empty(), empty(), empty(), "false".to_owned()]);
    }
    table
}

impl ListMissing {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::counting(&self.place, &self.basis, &self.rule)?;
        let (entity, among) = (asking.entity(&self.entity)?, asking.entity(&self.among)?);
        let missing = asking.inquiry.missing(entity, among)?;
        let rows = || missing_rows(&missing).with_basis(&missing.basis);
        asking.print(&self.place, &missing, rows, || Ok(missing_page(&asking, &missing)))?;
        Ok(Exit::Done)
    }
}

fn missing_page(asking: &Asking, missing: &Missing) -> Page {
    let (name, group) = (asking.name(missing.entity), asking.name(missing.among));
    let count = match (missing.definite.len(), missing.possible.len()) {
        (0, 0) => "none".to_owned(),
        (definite, 0) => definite.to_string(),
        (definite, possible) => format!("{definite}, {possible} more possibly"),
    };
    let on = missing.basis.on;
    let mut page =
        Page::new(&format!("Members of {group} without relations with {name} on {on}: {count}"));
    let listed = |ids: &[EntityId]| -> Vec<(String, String)> {
        ids.iter().map(|id| (id.to_string(), asking.name(*id))).collect()
    };
    page.section("", listed(&missing.definite));
    page.section("possibly", listed(&missing.possible));
    page.line(&completeness(&name, missing.complete));
    page.basis(&told(&missing.basis));
    page
}

fn missing_rows(missing: &Missing) -> Table {
    let mut table = Table::new(&[Column::Words("entity"), Column::Words("certain")]);
    for id in &missing.definite {
        table.row([id.to_string(), "true".to_owned()]);
    }
    for id in &missing.possible {
        table.row([id.to_string(), "false".to_owned()]);
    }
    table
}

impl CountPartners {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::counting(&self.place, &self.basis, &self.rule)?;
        let entity = asking.entity(&self.entity)?;
        let among = self.among.as_ref().map(|group| asking.entity(group)).transpose()?;
        let count = asking.inquiry.count(entity, among.map_or(Within::All, Within::Among))?;
        let rows = || count_rows(&count).with_basis(&count.basis);
        asking.print(&self.place, &count, rows, || Ok(count_page(&asking, &count)))?;
        Ok(Exit::Done)
    }
}

fn count_page(asking: &Asking, count: &Count) -> Page {
    let name = asking.name(count.entity);
    let group = within(asking, count.among, None);
    let partners = counted(count.definite_count, count.possible_count);
    let mut page = Page::new(&format!("{name} on {}: {partners}{group}", count.basis.on));
    page.line(&completeness(&name, count.complete));
    page.basis(&told(&count.basis));
    page
}

fn count_rows(count: &Count) -> Table {
    let mut table = Table::new(&[
        Column::Words("entity"),
        Column::Words("among"),
        Column::Number("definite_count"),
        Column::Number("possible_count"),
        Column::Words("complete"),
    ]);
    table.row([
        count.entity.to_string(),
        count.among.map(|group| group.to_string()).unwrap_or_default(),
        count.definite_count.to_string(),
        count.possible_count.to_string(),
        count.complete.to_string(),
    ]);
    table
}

impl ShowOrdinal {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::counting(&self.place, &self.basis, &self.rule)?;
        let parties = asking.parties(&self.entity, &self.partner)?;
        let entity = asking.entity(&self.entity)?;
        let partner = parties.partner_of(entity).unwrap_or(entity);
        let ordinal = asking.inquiry.ordinal(entity, partner)?;
        let rows = || ordinal_rows(&ordinal).with_basis(&ordinal.basis);
        asking.print(&self.place, &ordinal, rows, || Ok(ordinal_page(&asking, &ordinal)))?;
        Ok(Exit::Done)
    }
}

fn ordinal_page(asking: &Asking, ordinal: &Ordinal) -> Page {
    let (name, partner) = (asking.name(ordinal.entity), asking.name(ordinal.partner));
    let on = ordinal.basis.on;
    let headline = match (ordinal.ordinal, ordinal.ordinal_max) {
        (Some(least), Some(most)) if least == most => {
            format!("{partner} is partner {least} of {name}")
        }
        (Some(least), Some(most)) => {
            format!("{partner} is partner {least} to {most} of {name}: the sources leave it open")
        }
        _ => format!("{partner} is not certainly a partner of {name} on {on}"),
    };
    let mut page = Page::new(&headline);
    page.basis(&told(&ordinal.basis));
    page
}

fn ordinal_rows(ordinal: &Ordinal) -> Table {
    let mut table = Table::new(&[
        Column::Words("entity"),
        Column::Words("partner"),
        Column::Number("ordinal"),
        Column::Number("ordinal_max"),
    ]);
    let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    table.row([
        ordinal.entity.to_string(),
        ordinal.partner.to_string(),
        number(ordinal.ordinal),
        number(ordinal.ordinal_max),
    ]);
    table
}
