//! The reference ledger in `log/`: equal to its readable batches, and what it must answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chancery::disk::real::Folder;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::event::Event;
use chancery::domain::relation::Parties;
use chancery::domain::sequence::Sequence;
use chancery::domain::status::Status;
use chancery::ledger::Ledger;
use chancery::ledger::ask::{Basis, Inquiry};
use chancery::ledger::draft::Draft;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::view::partners::Within;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("log")
}

fn ledger() -> Ledger {
    Ledger::open(Arc::new(Folder::open(folder()).unwrap())).unwrap()
}

fn on(ledger: &Ledger, day: &str) -> Inquiry {
    ledger.inquire(&Basis::on(Day::parse(day).unwrap())).unwrap()
}

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

fn parties(one: &str, other: &str) -> Parties {
    Parties::new(id(one), id(other)).unwrap()
}

fn ids(texts: &[&str]) -> Vec<EntityId> {
    texts.iter().map(|text| id(text)).collect()
}

fn batches() -> Vec<Draft> {
    let listed = fs::read_dir(folder().join("batches")).unwrap();
    let mut files: Vec<PathBuf> = listed.map(|file| file.unwrap().path()).collect();
    files.sort();
    let lines = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

#[test]
fn the_ledger_says_what_its_batches_say_and_nothing_else() {
    let ledger = ledger();
    let drafts = batches();
    assert_eq!(ledger.size().0, drafts.len() as u64);
    for (record, draft) in ledger.entries(Sequence(0)..ledger.size().next()).zip(drafts) {
        let entry = record.unwrap().entry;
        let resolved: Event =
            draft.event.try_map(&mut |reference| ledger.sequence_of(&reference)).unwrap();
        assert_eq!(entry.event, resolved, "entry {}", entry.sequence);
        assert_eq!(Some(entry.recorder), draft.recorder, "entry {}", entry.sequence);
        assert_eq!(Some(entry.recorded_at), draft.recorded_at, "entry {}", entry.sequence);
        assert_eq!(entry.key, draft.key, "entry {}", entry.sequence);
        assert_eq!(entry.sources, draft.sources, "entry {}", entry.sequence);
        assert_eq!(entry.attachments, draft.attachments, "entry {}", entry.sequence);
        assert_eq!(entry.even_so, draft.even_so, "entry {}", entry.sequence);
        assert_eq!(entry.note, draft.note, "entry {}", entry.sequence);
    }
}

#[test]
fn every_fact_of_the_ledger_names_its_source() {
    for record in ledger().entries(Sequence(1)..Sequence(u64::MAX)) {
        let entry = record.unwrap().entry;
        assert!(!entry.sources.is_empty(), "entry {}", entry.sequence);
    }
}

#[test]
fn the_ledger_verifies() {
    let storage = Arc::new(Folder::open(folder()).unwrap());
    let verification = verify(storage, &VerifyOptions::default()).unwrap();
    assert!(verification.ok, "{verification:?}");
}

#[test]
fn the_partners_of_korea_are_counted_as_the_sources_have_them() {
    let ledger = ledger();
    let counts = [
        ("1991-09-17", 147, 140),
        ("2024-02-13", 192, 189),
        ("2024-02-14", 193, 190),
        ("2025-04-09", 193, 190),
        ("2025-04-10", 194, 191),
    ];
    for (day, all, members) in counts {
        let inquiry = on(&ledger, day);
        let count = inquiry.count(id("KOR"), Within::All).unwrap();
        assert_eq!((count.definite_count, count.possible_count), (all, 0), "{day}");
        assert!(count.complete, "{day}");
        let among = inquiry.count(id("KOR"), Within::Among(id("UN"))).unwrap();
        assert_eq!((among.definite_count, among.possible_count), (members, 0), "{day}");
    }
}

#[test]
fn outside_the_united_nations_are_those_that_the_sources_name() {
    let ledger = ledger();
    let outside = |day: &str| -> Vec<EntityId> {
        let partners = on(&ledger, day).partners(id("KOR"), Within::NotIn(id("UN"))).unwrap();
        let mut listed: Vec<_> = partners.definite.iter().map(|partner| partner.entity).collect();
        listed.sort();
        listed
    };
    assert_eq!(outside("2025-04-10"), ids(&["COK", "NIU", "VAT"]));
    assert_eq!(outside("1991-09-17"), ids(&["CHE", "KIR", "NRU", "TON", "TUV", "TWN", "VAT"]));
}

#[test]
fn the_only_members_missing_are_those_that_the_sources_name() {
    let ledger = ledger();
    let missing = |day: &str| {
        let missing = on(&ledger, day).missing(id("KOR"), id("UN")).unwrap();
        assert!(missing.possible.is_empty());
        missing.definite
    };
    assert_eq!(missing("2025-04-10"), ids(&["PRK"]));
    assert_eq!(missing("2025-03-11"), ids(&["PRK", "SYR"]));
}

#[test]
fn syria_is_the_194th_partner_of_korea_and_cuba_the_193rd() {
    let inquiry = on(&ledger(), "2025-04-10");
    let ordinal = |partner: &str| {
        let ordinal = inquiry.ordinal(id("KOR"), id(partner)).unwrap();
        (ordinal.ordinal, ordinal.ordinal_max)
    };
    assert_eq!(ordinal("SYR"), (Some(194), Some(194)));
    assert_eq!(ordinal("CUB"), (Some(193), Some(193)));
}

#[test]
fn ukraine_and_syria_break_because_of_two_recognitions_and_restore_their_relations() {
    let ledger = ledger();
    let show = |day: &str| on(&ledger, day).show(parties("UKR", "SYR"));
    assert_eq!(show("2022-06-15").status.certain(), Some(Status::Active));
    assert_eq!(show("2025-09-24").status.certain(), Some(Status::Active));
    let severed = show("2023-01-01");
    assert_eq!(severed.status.certain(), Some(Status::Severed));
    assert_eq!(severed.since.unwrap().date.as_str(), "2022-06-30");
    let causes: Vec<String> = severed
        .because
        .iter()
        .map(|cause| ledger.entry(*cause).unwrap().entry.key.unwrap().to_string())
        .collect();
    assert_eq!(causes, ["syr/X-DPR/recognised/2022-06-29", "syr/X-LPR/recognised/2022-06-29"]);
}

#[test]
fn korea_broke_with_taipei_in_1992_and_never_had_relations_with_cuba_before_2024() {
    let ledger = ledger();
    let taipei = on(&ledger, "2025-01-01").show(parties("KOR", "TWN"));
    assert_eq!(taipei.status.certain(), Some(Status::Severed));
    assert_eq!(taipei.since.unwrap().date.as_str(), "1992-08-24");
    let cuba = on(&ledger, "2024-02-13").show(parties("KOR", "CUB"));
    assert_eq!(cuba.status.certain(), Some(Status::None));
}

#[test]
fn a_fall_of_government_and_a_departure_of_diplomats_change_no_status() {
    let ledger = ledger();
    let status = |day: &str| on(&ledger, day).show(parties("PRK", "SYR")).status;
    assert_eq!(status("2024-12-07").certain(), Some(Status::Active));
    assert_eq!(status("2025-01-01").certain(), Some(Status::Active));
}
