//! `show`: the status of a relation on a day, since when, by which entries, because of what.

use crate::cli::ask::why::{self, ShowWhy};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::asking::{Asking, BasisOptions};
use crate::cli::options::place::Place;
use crate::cli::output::page::Page;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::{basis, entries};
use crate::cli::words::shown;
use crate::ledger::answer::finding::StatedFinding;
use crate::ledger::answer::relation::{AnswerMark, Show};
use crate::ledger::answer::why::Reason;

/// Show what two entities are to each other on a day, since when and because of what
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery show UKR SYR --on 2023-01-01
  chancery show UKR SYR --on 2023-01-01 --why
  chancery show \"south korea\" cuba --on 2024-02-13 --format json
  chancery show KOR TWN --axis consular")]
pub(crate) struct ShowRelation {
    /// One party, by id, code, name or alias
    #[arg(value_name = "A")]
    one: String,
    /// The other
    #[arg(value_name = "B")]
    other: String,
    /// Show the entries that make the answer true, what they replaced and their causes, as a tree
    #[arg(long)]
    why: bool,
    #[command(flatten)]
    basis: BasisOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ShowRelation {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let asking = Asking::open(&self.place, &self.basis)?;
        let parties = asking.parties(&self.one, &self.other)?;
        let show = asking.inquiry.show(parties);
        if self.why {
            let reasons = asking.inquiry.why(parties).reasons;
            let answer = ShowWhy { show: &show, why: &reasons };
            let rows = || why::rows(&show, &reasons).with_basis(&show.basis);
            asking.print(&self.place, &answer, rows, || page(&asking, &show, Some(&reasons)))?;
        } else {
            let rows = || table(&show).with_basis(&show.basis);
            asking.print(&self.place, &show, rows, || page(&asking, &show, None))?;
        }
        Ok(Exit::Done)
    }
}

/// Tells the status in words: `severed since 2022-06-30`, `active or severed`.
fn status(show: &Show) -> String {
    match &show.since {
        Some(since) => format!("{} since {}", show.status, since.date),
        None => show.status.to_string(),
    }
}

fn page(asking: &Asking, show: &Show, why: Option<&[Reason]>) -> Result<Page, CliError> {
    let headline =
        format!("{} on {}: {}", asking.names(show.relation), show.basis.on, status(show));
    let mut page = Page::new(&headline);
    for mark in &show.marks {
        page.line(&marked(*mark, show));
    }
    if !show.certain {
        let from = show.certain_before.map(|day| format!("certain until {day}"));
        let until = show.certain_from.map(|day| format!("certain again from {day}"));
        let nearest: Vec<String> = from.into_iter().chain(until).collect();
        page.line(&match nearest.is_empty() {
            true => "The sources do not say which.".to_owned(),
            false => format!("The sources do not say which; {}.", nearest.join(", ")),
        });
    }
    match why {
        Some(reasons) => page.section("why", why::tree(&asking.ledger, reasons)?),
        None => {
            page.section("because of", entries::told(&asking.ledger, &show.because)?);
            page.section("by the entries", entries::told(&asking.ledger, &show.entries)?);
        }
    }
    let pending: Vec<_> = show.pending.iter().map(|step| step.entry).collect();
    page.section("pending", entries::told(&asking.ledger, &pending)?);
    page.section("findings", show.findings.iter().map(found).collect());
    page.basis(&basis::told(&show.basis));
    Ok(page)
}

fn found(finding: &StatedFinding) -> (String, String) {
    let entries: Vec<String> = finding.entries.iter().map(ToString::to_string).collect();
    let advice = finding.finding.advice();
    (finding.finding.to_string(), format!("{advice} (entry {})", entries.join(", ")))
}

fn marked(mark: AnswerMark, show: &Show) -> String {
    let [first, second] = show.relation.both();
    match mark {
        AnswerMark::NothingRecorded => "The ledger holds no act between them.".to_owned(),
        AnswerMark::StartNotRecorded => format!(
            "The ledger does not hold how relations began; \
             `chancery establish {first} {second} --on \"[..DAY]\"` records that they had by a day."
        ),
        AnswerMark::InferredOrder => "The order of the acts was inferred, not stated.".to_owned(),
        AnswerMark::OrderTooOpen => "Too many acts may have happened in any order.".to_owned(),
        AnswerMark::Uncertain => "The source is not sure of the date.".to_owned(),
        AnswerMark::Approximate => "The date is approximate.".to_owned(),
        AnswerMark::AnnouncementUsed => "Only the day of the announcement is known.".to_owned(),
        AnswerMark::Continued => {
            "Carried over from an entity that one of them continues.".to_owned()
        }
    }
}

fn table(show: &Show) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("status"),
        Column::Words("certain"),
        Column::Words("since"),
        Column::Words("entry"),
        Column::Words("marks"),
    ]);
    let [one, other] = show.relation.both();
    let marks: Vec<&str> = show.marks.iter().map(|mark| mark.as_str()).collect();
    let since = show.since.as_ref();
    table.row([
        one.to_string(),
        other.to_string(),
        show.status.iter().map(|status| shown(&status)).collect::<Vec<_>>().join(" "),
        show.certain.to_string(),
        since.map(|since| since.date.to_string()).unwrap_or_default(),
        since.map(|since| since.entry.to_string()).unwrap_or_default(),
        marks.join(" "),
    ]);
    table
}
