//! `show --why`: the entries behind an answer, as a tree.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output::table::{Column, Table};
use crate::cli::told::entries;
use crate::cli::words::shown;
use crate::domain::sequence::Sequence;
use crate::ledger::Ledger;
use crate::ledger::answer::relation::Show;
use crate::ledger::answer::why::{Part, Reason};

/// The answer of `show --why`: that of `show`, and the tree.
#[derive(Debug, Serialize)]
pub(crate) struct ShowWhy<'a> {
    /// The answer.
    #[serde(flatten)]
    pub(crate) show: &'a Show,
    /// What makes it so.
    pub(crate) why: &'a [Reason],
}

/// Lays the tree out in lines: the part of each entry in the answer, and what it says.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn tree(ledger: &Ledger, reasons: &[Reason]) -> Result<Vec<(String, String)>, CliError> {
    let mut lines = Vec::new();
    branch(ledger, reasons, "", &mut lines)?;
    Ok(lines)
}

fn branch(
    ledger: &Ledger,
    reasons: &[Reason],
    stem: &str,
    lines: &mut Vec<(String, String)>,
) -> Result<(), CliError> {
    for (reason, left) in reasons.iter().zip((0..reasons.len()).rev()) {
        let (fork, below) = if left == 0 { ("└ ", "  ") } else { ("├ ", "│ ") };
        let label = format!("{stem}{fork}{}", reason.part.as_str());
        lines.push((label, format!("{}  {}", reason.entry, entries::one(ledger, reason.entry)?)));
        branch(ledger, &reason.reasons, &format!("{stem}{below}"), lines)?;
    }
    Ok(())
}

/// Lists the tree in rows: each entry with its part and the entry that it stands behind.
pub(crate) fn rows(show: &Show, reasons: &[Reason]) -> Table {
    let mut table = Table::new(&[
        Column::Words("one"),
        Column::Words("other"),
        Column::Words("status"),
        Column::Words("part"),
        Column::Number("entry"),
        Column::Number("behind"),
    ]);
    let mut flat: Vec<(Part, Sequence, Option<Sequence>)> = Vec::new();
    flatten(reasons, None, &mut flat);
    let [one, other] = show.relation.both();
    for (part, entry, behind) in flat {
        table.row([
            one.to_string(),
            other.to_string(),
            show.status.iter().map(|status| shown(&status)).collect::<Vec<_>>().join(" "),
            shown(&part),
            entry.to_string(),
            behind.map(|entry| entry.to_string()).unwrap_or_default(),
        ]);
    }
    table
}

fn flatten(
    reasons: &[Reason],
    behind: Option<Sequence>,
    into: &mut Vec<(Part, Sequence, Option<Sequence>)>,
) {
    for reason in reasons {
        into.push((reason.part, reason.entry, behind));
        flatten(&reason.reasons, Some(reason.entry), into);
    }
}
