//! The transition table of `docs/domain.md`, read as text and held against the code.

use std::fs;
use std::path::Path;

use chancery::domain::act::ActKind;
use chancery::domain::finding::FindingKind;
use chancery::domain::status::Status;
use chancery::domain::transition::transition;

/// One cell of the table: what an act makes of a status, and which mark stands beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) status: Status,
    pub(crate) act: ActKind,
    pub(crate) to: Status,
    pub(crate) mark: Option<char>,
}

/// One row of the table of findings: its mark in the transition table, its name and its cost.
#[derive(Debug, Clone)]
pub(crate) struct Footnote {
    pub(crate) mark: Option<char>,
    pub(crate) name: String,
    pub(crate) cost: u32,
}

/// The cells of the transition table, row by row.
pub(crate) fn cells() -> Vec<Cell> {
    let table = table("| act ↓ on status → |");
    let (head, rows) = table.split_first().unwrap();
    let statuses: Vec<Status> = head[1..].iter().map(|word| status(word)).collect();
    let mut cells = Vec::new();
    for row in rows {
        assert_eq!(row.len(), head.len(), "a row is as wide as the head: {row:?}");
        for (status_before, text) in statuses.iter().zip(&row[1..]) {
            let (word, mark) = match text.split_once(' ') {
                Some((word, mark)) => (word, mark.trim().chars().next()),
                None => (text.as_str(), None),
            };
            cells.push(Cell { status: *status_before, act: act(&row[0]), to: status(word), mark });
        }
    }
    cells
}

/// The rows of the table of findings.
pub(crate) fn footnotes() -> Vec<Footnote> {
    let table = table("| mark | finding | cost |");
    let rows = table[1..].iter();
    rows.map(|row| Footnote {
        mark: row[0].chars().next(),
        name: row[1].clone(),
        cost: row[2].parse().unwrap(),
    })
    .collect()
}

/// The finding that a cell stands for, by its name.
pub(crate) fn finding_of(cell: Cell, footnotes: &[Footnote]) -> Option<&Footnote> {
    let mut named = footnotes.iter().filter(|note| note.mark == cell.mark);
    match cell.mark {
        None => None,
        // The one mark with two names: on none, the beginning is what is missing.
        Some('⁴') if cell.status != Status::None => named.nth(1),
        Some(_) => named.next(),
    }
}

/// The rows of the table whose first line starts so, each as its trimmed cells; no dividing line.
fn table(start: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/domain.md");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().skip_while(|line| !line.starts_with(start));
    let rows: Vec<Vec<String>> = lines
        .take_while(|line| line.starts_with('|'))
        .filter(|line| !line.starts_with("|---"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(rows.len() > 1, "docs/domain.md has a table that starts with {start:?}");
    rows
}

fn status(word: &str) -> Status {
    *Status::ALL.iter().find(|status| status.as_str() == word).unwrap()
}

fn act(word: &str) -> ActKind {
    *ActKind::ALL.iter().find(|act| act.as_str() == word).unwrap()
}

#[test]
fn the_table_of_the_document_is_the_table_of_the_code() {
    let (cells, footnotes) = (cells(), footnotes());
    assert_eq!(cells.len(), 36, "six acts on six statuses");
    for cell in cells {
        let step = transition(cell.status, cell.act);
        assert_eq!(step.to, cell.to, "{} on {}", cell.act, cell.status);
        let named = finding_of(cell, &footnotes).map(|note| note.name.as_str());
        let found = step.finding.map(FindingKind::as_str);
        assert_eq!(found, named, "the finding of {} on {}", cell.act, cell.status);
    }
}

#[test]
fn every_act_on_an_ended_relation_leaves_it_ended() {
    for act in ActKind::ALL {
        let step = transition(Status::Ended, act);
        assert_eq!(step.to, Status::Ended);
        assert_eq!(step.finding, Some(FindingKind::AfterTheEnd));
    }
}

#[test]
fn a_finding_costs_what_the_document_says() {
    for kind in FindingKind::ALL {
        let stated = footnotes().into_iter().find(|note| note.name == kind.as_str());
        assert_eq!(kind.cost(), stated.map_or(0, |note| note.cost), "{kind}");
    }
    let priced = FindingKind::ALL.iter().filter(|kind| kind.cost() > 0).count();
    assert_eq!(priced, footnotes().len(), "every finding of the document is one of the code");
}

#[test]
fn recording_stops_at_every_finding_with_a_cost_and_outside_a_lifetime() {
    for kind in FindingKind::ALL {
        let stops = kind.cost() > 0 || kind == FindingKind::OutsideLifetime;
        assert_eq!(kind.stops_recording(), stops, "{kind}");
    }
}
