//! Importing tables through mappings: small ones of our own, and real ones where they are at hand.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::event::Event;
use chancery::domain::sequence::{Sequence, Size};
use chancery::exchange::import::{ImportOptions, Imported, Stopped, import};
use chancery::exchange::mapping::Mapping;
use chancery::exchange::table::Table;
use chancery::ledger::Ledger;
use chancery::ledger::answer::conflict::{Account, Conflict, Verdict};
use chancery::ledger::ask::Basis;
use chancery::ledger::draft::Draft;
use chancery::view::partners::Within;

use crate::desk::{Desk, accept, now, opening};

fn options(strict: bool) -> ImportOptions {
    ImportOptions { now: now(), recorder: "archive".parse().unwrap(), strict }
}

fn mapping(name: &str) -> Mapping {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mappings").join(name);
    Mapping::parse(&fs::read_to_string(path).unwrap()).unwrap()
}

fn table(text: &str) -> Table {
    Table::read(text.as_bytes(), b',').unwrap()
}

fn go(ledger: &Ledger, mapping: &Mapping, table: &Table, strict: bool) -> Imported {
    import(ledger, mapping, table, &options(strict), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// What became of the rows: new, known, skipped, refused.
fn counts(imported: &Imported) -> [u64; 4] {
    let skipped: usize = imported.skipped.values().map(Vec::len).sum();
    let refused = imported.refused.len() as u64;
    [imported.new_row_count, imported.known_row_count, skipped as u64, refused]
}

/// A context for each row, and a claim for those that name a key.
pub(crate) const WARS: &str = r#"
    name = "wars"
    columns = ["war", "began", "after"]
    key = ["war"]
    [[rule]]
    go-on = true
    event = { kind = "context", title = "{war}", date = "{began}" }
    [[rule]]
    when-not = { after = "" }
    key = "{war}/after"
    event = { kind = "claim", target = "{after}", standing = "rival" }
"#;

fn wars(count: usize) -> String {
    let rows = (0..count).map(|n| format!("war {n},{},\n", 1000 + n % 1000));
    std::iter::once("war,began,after\n".to_owned()).chain(rows).collect()
}

#[test]
fn importing_twice_appends_nothing() {
    let desk = Desk::new();
    let (mapping, table) = (Mapping::parse(WARS).unwrap(), table(&wars(20)));
    assert_eq!(counts(&go(&desk.ledger, &mapping, &table, false)), [20, 0, 0, 0]);
    let bytes = desk.storage.files();
    assert_eq!(counts(&go(&desk.ledger, &mapping, &table, false)), [0, 20, 0, 0]);
    assert_eq!(desk.storage.files(), bytes);
}

#[test]
fn a_row_that_the_ledger_refuses_is_left_out_with_all_of_its_events_and_no_other() {
    let desk = Desk::new();
    let before = desk.ledger.size();
    let mapping = Mapping::parse(WARS).unwrap();
    let text = "war,began,after\nA,1950,\nB,1951,nobody's key\nC,1952-02-30,\nD,1953,\nE,1954\n";
    let imported = go(&desk.ledger, &mapping, &table(text), false);
    assert_eq!(counts(&imported), [2, 0, 0, 3]);
    let told: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "line 3: it names the key nobody's key, which no earlier entry has");
    assert!(told[1].starts_with("line 4: "), "{}", told[1]);
    assert!(told[1].contains("impossible day in \"1952-02-30\""), "{}", told[1]);
    assert_eq!(told[2], "line 6: 2 fields where the first row has 3");
    let titles: Vec<String> = desk
        .ledger
        .entries(Sequence(before.0)..Sequence(desk.ledger.size().0))
        .map(|record| match record.unwrap().entry.event {
            Event::Fact(chancery::domain::event::Fact::Context(context)) => {
                context.title.to_string()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(titles, ["A", "D"]);
}

#[test]
fn a_strict_import_stops_before_the_batch_of_the_fault_and_keeps_those_before() {
    let desk = Desk::new();
    let before = desk.ledger.size().0;
    let mapping = Mapping::parse(WARS).unwrap();
    let faulty = wars(2_500).replace("war 1200,1200", "war 1200,12000");
    let imported = go(&desk.ledger, &mapping, &table(&faulty), true);
    assert_eq!(imported.stopped, Some(Stopped::Strict));
    assert_eq!(imported.refused[0].line, 1202);
    assert_eq!(desk.ledger.size(), Size(before + 1_000));
    // Without the fault, the same command goes on from there.
    let imported = go(&desk.ledger, &mapping, &table(&wars(2_500)), true);
    assert_eq!(counts(&imported), [1_500, 1_000, 0, 0]);
    assert_eq!(imported.stopped, None);
}

#[test]
fn a_strict_import_stops_at_what_the_rules_notice_and_a_plain_one_reports_it() {
    let acts = r#"
        name = "acts"
        columns = ["act", "on"]
        key = ["act", "on"]
        [[rule]]
        [rule.event]
        kind = "act"
        parties = ["KOR", "SYR"]
        act = "{act}"
        by = "both"
        dates.effective = "{on}"
    "#;
    let mapping = Mapping::parse(acts).unwrap();
    let table = table("act,on\nestablish,2025-04-10\nestablish,2025-05-10\n");
    let desk = Desk::new();
    let bytes = desk.storage.files();
    let imported = go(&desk.ledger, &mapping, &table, true);
    assert_eq!(imported.stopped, Some(Stopped::Strict));
    assert_eq!(imported.noticed[0].lines, [3]);
    assert_eq!(desk.storage.files(), bytes);
    let imported = go(&desk.ledger, &mapping, &table, false);
    assert_eq!(imported.noticed[0].lines, [3]);
    assert_eq!(counts(&imported), [2, 0, 0, 0]);
}

#[test]
fn an_import_that_is_told_to_end_leaves_whole_batches_and_goes_on_later() {
    let desk = Desk::new();
    let before = desk.ledger.size().0;
    let (mapping, table) = (Mapping::parse(WARS).unwrap(), table(&wars(2_500)));
    let mut watched = Vec::new();
    let mut once = |rows| {
        watched.push(rows);
        ControlFlow::Break(())
    };
    let imported = import(&desk.ledger, &mapping, &table, &options(false), &mut once).unwrap();
    assert_eq!(imported.stopped, Some(Stopped::Told));
    assert_eq!(desk.ledger.size(), Size(before + 1_000));
    assert_eq!(watched, [1_000]);
    let imported = go(&desk.ledger, &mapping, &table, false);
    assert_eq!(counts(&imported), [1_500, 1_000, 0, 0]);
}

#[test]
fn a_rehearsal_reports_what_would_be_and_leaves_every_byte() {
    let desk = Desk::new();
    let bytes = desk.storage.files();
    let rehearsal = Ledger::rehearsal(&desk.storage).unwrap();
    let (mapping, table) = (Mapping::parse(WARS).unwrap(), table(&wars(1_500)));
    let tried = go(&rehearsal, &mapping, &table, false);
    assert_eq!(desk.storage.files(), bytes);
    assert_eq!(tried, go(&desk.ledger, &mapping, &table, false));
    assert_eq!(rehearsal.root(), desk.ledger.root());
}

/// A file of facts that does not belong to the project; none where it is not at hand.
#[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
fn facts(name: &str) -> Option<Table> {
    let folder = std::env::var_os("CHANCERY_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    match fs::File::open(&path) {
        Ok(file) => Some(Table::read(file, b',').unwrap()),
        Err(_) => {
            println!("skipped: $CHANCERY_DATA holds no {name}");
            None
        }
    }
}

/// A ledger with some of the reference ledger's batches.
fn ledger_with(batches: &[&str]) -> (Memory, Ledger) {
    let storage = Memory::default();
    let ledger = Ledger::create(Arc::new(storage.clone()), opening(), now()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("log/batches");
    for batch in batches {
        let text = fs::read_to_string(folder.join(batch)).unwrap();
        let drafts: Vec<Draft> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        ledger.append(drafts, &accept()).unwrap();
    }
    (storage, ledger)
}

#[test]
fn the_acts_of_the_republic_of_korea_count_as_its_ministry_does() {
    let Some(table) = facts("rok_relations.csv") else { return };
    let batches = ["01-entities.jsonl", "02-united-nations.jsonl", "03-successions.jsonl"];
    let (storage, ledger) = ledger_with(&batches);
    let mapping = mapping("rok_relations.toml");
    let imported = go(&ledger, &mapping, &table, false);
    assert_eq!(counts(&imported), [224, 0, 0, 0]);
    let (kor, un) = (EntityId::parse("KOR").unwrap(), EntityId::parse("UN").unwrap());
    let asked = |day: &str| ledger.inquire(&Basis::on(Day::parse(day).unwrap())).unwrap();
    let count = |day: &str, within: Within| {
        let count = asked(day).count(kor, within).unwrap();
        assert_eq!(count.possible_count, 0, "{day}");
        count.definite_count
    };
    for (day, all, among) in [
        ("1991-09-17", 147, 140),
        ("2024-02-13", 192, 189),
        ("2024-02-14", 193, 190),
        ("2025-04-09", 193, 190),
        ("2025-04-10", 194, 191),
    ] {
        assert_eq!(count(day, Within::All), all, "{day}");
        assert_eq!(count(day, Within::Among(un)), among, "{day}");
    }
    let missing = asked("2025-04-10").missing(kor, un).unwrap();
    assert_eq!(missing.definite, [EntityId::parse("PRK").unwrap()]);
    let bytes = storage.files();
    assert_eq!(counts(&go(&ledger, &mapping, &table, false)), [0, 224, 0, 0]);
    assert_eq!(storage.files(), bytes);
}

#[test]
fn the_members_of_the_united_nations_are_registered_and_admitted() {
    let Some(table) = facts("un_members.csv") else { return };
    let (_, ledger) = ledger_with(&[]);
    let un = r#"{"event":{"kind":"registration","id":"UN","entity":"organisation","name":"United Nations"}}"#;
    ledger.append(vec![serde_json::from_str(un).unwrap()], &accept()).unwrap();
    let mapping = mapping("un_members.toml");
    let imported = go(&ledger, &mapping, &table, true);
    assert_eq!(counts(&imported), [193, 0, 0, 0]);
    assert_eq!(imported.new_entry_count, 2 * 193);
    let members = |day: &str| {
        let view = ledger.view();
        let known = view.known(view.size());
        known.members(EntityId::parse("UN").unwrap(), Day::parse(day).unwrap()).len()
    };
    assert_eq!(
        [members("1945-10-23"), members("1991-09-17"), members("2025-04-10")],
        [0, 164, 193]
    );
    assert_eq!(counts(&go(&ledger, &mapping, &table, true)), [0, 193, 0, 0]);
}

#[test]
fn what_both_sides_lists_say_becomes_acts_and_claims() {
    let Some(table) = facts("compilation_relations.csv") else { return };
    let (storage, ledger) = ledger_with(&["01-entities.jsonl"]);
    let mapping = mapping("compilation_relations.toml");
    let imported = go(&ledger, &mapping, &table, false);
    assert_eq!(imported.row_count, 32_571);
    let lines: Vec<u64> = imported.refused.iter().map(|fault| fault.line).collect();
    // Four impossible days, and an entity that the reference ledger does not have.
    assert_eq!(lines, [8_699, 8_828, 25_551, 25_625, 27_756]);
    let bytes = storage.files();
    assert_eq!(counts(&go(&ledger, &mapping, &table, false)), [0, 32_566, 0, 5]);
    assert_eq!(storage.files(), bytes);

    // How far the two sides agree (docs/import.md).
    let asked = ledger.inquire(&Basis::on(Day::parse("2025-11-30").unwrap())).unwrap();
    let disputed = asked.conflicts(&[], false).conflicts;
    assert_eq!(disputed.len(), 1_108);
    let excludes = |conflict: &Conflict| {
        conflict.accounts.iter().any(|account| account.verdict == Verdict::Excludes)
    };
    assert!(disputed.iter().all(excludes));
    let all = asked.conflicts(&[], true).conflicts;
    let one_sided = all.iter().filter(|conflict| conflict.accounts.len() == 1).count();
    assert_eq!(one_sided, 876);
    let open = |account: &Account| account.date.as_ref().unwrap().to_string() == "[..2025-11]";
    let less_precise = all.iter().filter(|conflict| {
        let [one, other] = &conflict.accounts[..] else { return false };
        one.date != other.date && !excludes(conflict) && !open(one) && !open(other)
    });
    assert_eq!(less_precise.count(), 21);
}
