//! The table, in Markdown, and all figures as JSON. Must compute nothing that `figures` could.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::chancery;
use crate::figures::{Figures, Operation, Spread};
use crate::measure::{BATCH_EVENTS, LOAD_BATCH, THREADS};

/// One column beside chancery's.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Whether it was given all entries.
    pub(crate) is_whole: bool,
}

/// What a row shows of chancery, and what of the others.
struct Row {
    label: String,
    of_chancery: Operation,
    of_others: Operation,
}

fn rows() -> Vec<Row> {
    let row = |label: &str, of_chancery, of_others| Row {
        label: label.to_owned(),
        of_chancery,
        of_others,
    };
    let same = |label: &str, operation| row(label, operation, operation);
    use Operation as O;
    vec![
        same(&format!("load, {} a commit", grouped(LOAD_BATCH as u64)), O::Load),
        same("verify the bytes", O::Verify),
        row("verify in full ¹", O::VerifyInFull, O::Verify),
        row("read the bytes alone ²", O::Verify, O::Read),
        same("status on a day", O::StatusOn),
        same("status on a day, as known at a size", O::StatusOnKnown),
        same("all partners on a day ⁴", O::PartnersOn),
        same("durable append, one at a time", O::AppendSingle),
        same(&format!("durable append, {BATCH_EVENTS} a batch"), O::AppendBatch),
        same(&format!("durable append, {THREADS} threads"), O::AppendFromThreads),
        same("size on disk", O::SizeOnDisk),
    ]
}

/// The notes below the table.
pub(crate) const NOTES: &str = "\
Times are those of one entry or one question: the median of all rounds (least to greatest). **×** is how many \
times chancery's time the peer takes: the median of the ratios within each round; more than 1 means that \
chancery is that many times faster. A dash: the peer cannot. The floor hashes, reads or writes the same bytes \
and does nothing else.

¹ Canonical decoding and all rules besides the bytes; the others have no such check, and theirs of the bytes stands beside it.
² The floor reads what chancery's verification of the bytes has to read; what stands under chancery is that verification.
³ Holds the first entries only; its figures are per entry all the same.
⁴ chancery answers from an almanac, which is prepared once after the last append and not in this figure; \
`cargo bench --bench goals` says how long that takes. The indexes of the others are in their loading.";

/// Writes the table.
pub(crate) fn markdown(figures: &Figures, columns: &[Column]) -> String {
    let has_any = |column: &&Column| {
        Operation::ALL.iter().any(|operation| !figures.rounds(*operation, column.name).is_empty())
    };
    let columns: Vec<&Column> = columns.iter().filter(has_any).collect();
    let mut text = format!("| | {} |", chancery::NAME);
    for column in &columns {
        let mark = if column.is_whole { "" } else { " ³" };
        let _ = write!(text, " {}{mark} |", column.name);
    }
    text.push_str("\n|---|--:|");
    text.push_str(&"--:|".repeat(columns.len()));
    for Row { label, of_chancery, of_others } in rows() {
        let is_measured = |column: &Column| !figures.rounds(of_others, column.name).is_empty();
        if of_chancery != of_others && !columns.iter().any(|column| is_measured(column)) {
            // It would only repeat another row.
            continue;
        }
        let own = figures.rounds(of_chancery, chancery::NAME);
        let _ = write!(text, "\n| {label} | {} |", shown(of_chancery, &own));
        for Column { name, .. } in &columns {
            let others = figures.rounds(of_others, name);
            let ratios = figures.ratios((of_others, *name), (of_chancery, chancery::NAME));
            let cell = match Spread::of(&ratios) {
                None => shown(of_others, &others),
                Some(ratio) => {
                    format!("**{}×** {}", digits(ratio.median), shown(of_others, &others))
                }
            };
            let _ = write!(text, " {cell} |");
        }
    }
    text.push('\n');
    text
}

/// All figures of all rounds, in nanoseconds or bytes.
pub(crate) fn json(figures: &Figures, columns: &[Column]) -> Value {
    let mut measured = Vec::new();
    let names = || std::iter::once(chancery::NAME).chain(columns.iter().map(|column| column.name));
    for operation in Operation::ALL {
        for name in names() {
            let rounds = figures.rounds(operation, name);
            let Some(spread) = Spread::of(&rounds) else { continue };
            let ratios = figures.ratios((operation, name), (operation, chancery::NAME));
            let ratio = Spread::of(&ratios);
            measured.push(json!({
                "operation": operation.as_str(),
                "peer": name,
                "unit": if operation == Operation::SizeOnDisk { "bytes" } else { "nanoseconds" },
                "rounds": rounds,
                "median": spread.median,
                "least": spread.least,
                "greatest": spread.greatest,
                "ratios": ratios,
                "ratio": ratio.map(|ratio| ratio.median),
            }));
        }
    }
    Value::Array(measured)
}

fn shown(operation: Operation, figures: &[f64]) -> String {
    let unit = if operation == Operation::SizeOnDisk { bytes } else { time };
    match Spread::of(figures) {
        None => "–".to_owned(),
        Some(Spread { median, least, greatest }) if least.total_cmp(&greatest).is_eq() => {
            unit(median)
        }
        Some(Spread { median, least, greatest }) => {
            format!("{} ({}–{})", unit(median), unit(least), unit(greatest))
        }
    }
}

fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    // What three digits would round up to the next unit is shown in that unit.
    let found = units.into_iter().find(|(size, _)| 0.9995 * size <= nanoseconds);
    let (size, unit) = found.unwrap_or((1.0, "ns"));
    format!("{} {unit}", digits(nanoseconds / size))
}

fn bytes(count: f64) -> String {
    format!("{} B", digits(count))
}

/// Three digits, or all that stand before the point.
fn digits(number: f64) -> String {
    match number {
        number if number < 0.9995 => format!("{number:.3}"),
        number if number < 9.995 => format!("{number:.2}"),
        number if number < 99.95 => format!("{number:.1}"),
        number => grouped_text(&format!("{number:.0}")),
    }
}

/// Groups the digits of a number by thousands.
pub(crate) fn grouped(number: u64) -> String {
    grouped_text(&number.to_string())
}

fn grouped_text(text: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in text.chars().enumerate() {
        if 0 < at && (text.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_fitting_unit() {
        for (nanoseconds, text) in [
            (0.5, "0.500 ns"),
            (33.2, "33.2 ns"),
            (999.4, "999 ns"),
            (999.7, "1.00 µs"),
            (8_912.0, "8.91 µs"),
            (152_000.0, "152 µs"),
            (2_600_000.0, "2.60 ms"),
            (12_000_000_000.0, "12.0 s"),
        ] {
            assert_eq!(time(nanoseconds), text);
        }
        assert_eq!(bytes(1_423.4), "1,423 B");
        assert_eq!(
            ["7", "1,000", "100,000", "1,234,567"],
            [7, 1_000, 100_000, 1_234_567].map(grouped)
        );
    }

    #[test]
    fn a_peer_shows_its_ratio_and_a_dash_where_it_has_no_figure() {
        let mut figures = Figures::default();
        for round in 0..3 {
            figures.note(Operation::StatusOn, chancery::NAME, round, 100.0);
            figures.note(Operation::StatusOn, "SQLite", round, 800.0 + round as f64);
        }
        let column = |name, is_whole| Column { name, is_whole };
        let columns = [column("SQLite", true), column("git", false), column("SQLite", false)];
        let text = markdown(&figures, &columns);
        assert!(text.starts_with("| | chancery | SQLite | SQLite ³ |\n|---|--:|--:|--:|\n"));
        let row = "| status on a day | 100 ns | **8.01×** 801 ns (800 ns–802 ns) |";
        assert!(text.lines().any(|line| line.starts_with(row)), "{text}");
        assert!(text.lines().any(|line| line == "| size on disk | – | – | – |"), "{text}");
    }

    #[test]
    fn a_full_verification_stands_beside_the_only_one_that_others_have() {
        let mut figures = Figures::default();
        figures.note(Operation::Verify, chancery::NAME, 0, 100.0);
        figures.note(Operation::VerifyInFull, chancery::NAME, 0, 200.0);
        figures.note(Operation::Verify, "redb", 0, 400.0);
        let text = markdown(&figures, &[Column { name: "redb", is_whole: true }]);
        assert!(text.contains("| verify the bytes | 100 ns | **4.00×** 400 ns |"), "{text}");
        assert!(text.contains("| verify in full ¹ | 200 ns | **2.00×** 400 ns |"), "{text}");
        assert!(!text.contains("read the bytes alone"), "{text}");
    }
}
