//! `history`: what happened to a relation, or to all of one entity, in world order.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::basis;
use crate::cli::words::shown;
use crate::domain::entity::EntityId;
use crate::domain::finding::FindingKind;
use crate::ledger::answer::history::{History, HistoryAct, HistoryClaim, HistoryOf};

/// Tell what happened to a relation, or to all of one entity, in the order of the world
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery history UKR SYR
  chancery history \"south korea\" --format csv")]
pub(crate) struct ShowHistory {
    /// Entity, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// Its partner; all of them when none is named
    #[arg(value_name = "B")]
    other: Option<String>,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowHistory {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let history = match &self.other {
            Some(other) => asking.inquiry.history_of_relation(asking.parties(&self.one, other)?),
            None => asking.inquiry.history_of_entity(asking.entity(&self.one)?)?,
        };
        let rows = || rows(&history).with_basis(&history.basis);
        asking.print(&self.place, &history, rows, || Ok(page(&asking, &history)))?;
        Ok(Exit::Done)
    }
}

fn page(asking: &Asking, history: &History) -> Page {
    let of = match history.of {
        HistoryOf::Relation(parties) => asking.names(parties),
        HistoryOf::Entity(entity) => asking.name(entity),
    };
    let mut page = match history.acts.len() {
        0 => Page::new(&format!("{of}: nothing is recorded")),
        1 => Page::new(&format!("{of}: 1 act")),
        count => Page::new(&format!("{of}: {count} acts")),
    };
    page.table(table(history));
    page.basis(&basis::told(&history.basis));
    page
}

fn table(history: &History) -> Table {
    let mut table = Table::new(&[
        Column::Words("date"),
        Column::Words("relation"),
        Column::Words("act"),
        Column::Words("by"),
        Column::Words("status after"),
        Column::Number("entry"),
        Column::Words("remarks"),
    ]);
    for act in &history.acts {
        let struck = act.retracted_by.is_some();
        let strike = |text: &str| if struck { format!("~~{text}~~") } else { text.to_owned() };
        table.row([
            strike(act.date.as_str()),
            act.relation.to_string(),
            strike(act.act.as_str()),
            ids(&act.by),
            if struck { String::new() } else { act.status_after.to_string() },
            act.entry.to_string(),
            remarks(act),
        ]);
        for replaced in &act.replaced {
            table.row([
                format!("~~{}~~", replaced.date),
                String::new(),
                format!("  ~~{}~~", replaced.act.as_str()),
                String::new(),
                String::new(),
                replaced.entry.to_string(),
                match (replaced.replaced_by, replaced.retracted_by) {
                    (Some(by), _) => format!("replaced by {by}"),
                    (None, Some(by)) => format!("retracted by {by}"),
                    (None, None) => String::new(),
                },
            ]);
        }
        for claim in &act.claims {
            table.row([
                claim.date.as_ref().map(ToString::to_string).unwrap_or_default(),
                String::new(),
                "  claim".to_owned(),
                String::new(),
                String::new(),
                claim.entry.to_string(),
                claimed(claim, act),
            ]);
        }
    }
    table
}

fn claimed(claim: &HistoryClaim, act: &HistoryAct) -> String {
    let (own, other) = (act.date.bounds(), claim.date.as_ref().map(|date| date.bounds()));
    let confirms = claim.says.is_none()
        && other.is_some_and(|b| b.earliest <= own.earliest && own.latest <= b.latest);
    let standing = shown(&claim.standing).replace('-', " ");
    let mut parts = vec![if confirms { "confirms".to_owned() } else { standing }];
    parts.extend(claim.says.map(|says| match shown(&says).as_str() {
        "denies" => "denies the act".to_owned(),
        act => format!("says {act}"),
    }));
    parts.extend(claim.wording.as_ref().map(|wording| format!("“{wording}”")));
    parts.extend(claim.retracted_by.map(|by| format!("retracted by {by}")));
    parts.join(", ")
}

fn remarks(act: &HistoryAct) -> String {
    let mut parts = Vec::new();
    let own = act.date.bounds();
    if (act.earliest, act.latest) != (own.earliest, own.latest) && act.retracted_by.is_none() {
        parts.push(format!("by order {} to {}", act.earliest, act.latest));
    }
    parts.extend(act.corrected_by.iter().map(|by| format!("corrected by {by}")));
    parts.extend(act.retracted_by.map(|by| format!("retracted by {by}")));
    parts.extend(act.findings.iter().map(ToString::to_string));
    parts.join(", ")
}

fn ids(entities: &[EntityId]) -> String {
    entities.iter().map(EntityId::as_str).collect::<Vec<_>>().join(" ")
}

fn rows(history: &History) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("act"),
        Column::Words("by"),
        Column::Words("date"),
        Column::Words("reading"),
        Column::Words("earliest"),
        Column::Words("latest"),
        Column::Words("status_after"),
        Column::Number("entry"),
        Column::Words("corrected_by"),
        Column::Words("retracted_by"),
        Column::Words("findings"),
    ]);
    for act in &history.acts {
        let [one, other] = act.relation.both();
        let findings = act.findings.iter().copied().map(FindingKind::as_str);
        table.row([
            one.to_string(),
            other.to_string(),
            act.act.as_str().to_owned(),
            ids(&act.by),
            act.date.to_string(),
            act.reading.as_str().to_owned(),
            act.earliest.to_string(),
            act.latest.to_string(),
            act.status_after.iter().map(|status| shown(&status)).collect::<Vec<_>>().join(" "),
            act.entry.to_string(),
            act.corrected_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            act.retracted_by.map(|by| by.to_string()).unwrap_or_default(),
            findings.collect::<Vec<_>>().join(" "),
        ]);
    }
    table
}
