//! Quick answers are the answers: those of plain relations, of the almanac, of a ledger opened by a
//! snapshot, and none where a text cannot be read any more.

use std::collections::BTreeSet;
use std::sync::Arc;

use chancery::chain::entry::Entry;
use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::event::{Event, Fact};
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::{Sequence, Size};
use chancery::domain::status::{CountingRule, Status};
use chancery::ledger::Ledger;
use chancery::ledger::ask::Basis;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, LastSigned};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::{ErrorKind, LedgerError};
use chancery::ledger::snapshot::hold_snapshot;
use chancery::store::error::StoreError;
use chancery::tlog::hash::{Hash, sha256};
use chancery::view::findings::Finding;
use chancery::view::fold::View;
use chancery::view::knowledge::Knowledge;
use chancery::view::partners::Within;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::desk::{Desk, ENTITIES, accept, draft, registration};

const DAYS: i32 = 24;

fn day(number: i32) -> Day {
    Day::from_number(Day::from_ymd(2000, 1, 1).unwrap().number() + number).unwrap()
}

fn pairs() -> Vec<Parties> {
    let ids = ENTITIES.map(|id| EntityId::parse(id).unwrap());
    let all = ids.iter().enumerate().flat_map(|(at, one)| {
        ids.iter().skip(at + 1).map(|other| Parties::new(*one, *other).unwrap())
    });
    all.collect()
}

fn kor_syr() -> Parties {
    let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
    Parties::new(kor, syr).unwrap()
}

/// Any event between some of the desk's entities: mostly plain acts, and whatever makes them less so.
fn any_event() -> impl Strategy<Value = Value> {
    let pairs = [("KOR", "SYR"), ("CUB", "KOR"), ("CUB", "SYR"), ("SYR", "UKR")];
    let pair = prop::sample::select(pairs.to_vec());
    let kinds = ["establish", "sever", "restore", "suspend", "lapse", "annul"];
    let act = (pair.clone(), prop::sample::select(kinds.to_vec()), 0..DAYS, 0..12_u8).prop_map(
        |((one, other), act, on, manner)| {
            let by = ["both", one, "unknown", other][usize::from(manner) % 4];
            let axis = if manner == 11 { "consular" } else { "diplomatic" };
            let date = match manner {
                9 => format!("[{}..{}]", day(on), day(on + 3)),
                _ => day(on).to_string(),
            };
            let role = if manner == 10 { "announced" } else { "effective" };
            json!({ "kind": "act", "axis": axis, "parties": [one, other], "act": act, "by": by,
                    "dates": { role: date } })
        },
    );
    let target = 6..20_u64;
    let editorial = (target, 0..3_u8, 0..DAYS).prop_map(|(target, kind, on)| match kind {
        0 => json!({ "kind": "retraction", "target": target, "reason": "an error" }),
        1 => json!({ "kind": "claim", "target": target, "role": "effective",
                     "date": day(on).to_string(), "standing": "rival" }),
        _ => json!({ "kind": "assertion", "what": "complete", "axis": "diplomatic",
                     "entity": "KOR", "from": day(2).to_string(), "to": day(on.max(2)).to_string() }),
    });
    let change = (prop::sample::select(vec!["KOR", "CUB", "UKR"]), 0..DAYS, 0..4_usize).prop_map(
        |(entity, on, what)| {
            let change = match ["CUB", "UKR", "X-DPR"].get(what) {
                None => json!({ "what": "extinguished" }),
                Some(successor) => json!({ "what": "continues", "successor": successor }),
            };
            json!({ "kind": "change", "entity": entity, "on": day(on).to_string(), "change": change })
        },
    );
    let recognition = (pair, 0..DAYS).prop_map(|((by, of), on)| {
        json!({ "kind": "recognition", "by": by, "of": of, "act": "withdrawn",
                "dates": { "effective": day(on).to_string() } })
    });
    let correction = (6..20_u64, act.clone()).prop_map(|(target, fact)| {
        json!({ "kind": "correction", "target": target, "fact": fact, "reason": "a misprint" })
    });
    prop_oneof![16 => act, 3 => editorial, 3 => correction, 1 => change, 2 => recognition]
}

/// Acts of one relation, and then what corrects them and takes back.
fn edited() -> impl Strategy<Value = Vec<Value>> {
    let act = any_event().prop_filter_map("an act", |mut event| {
        event["parties"] = json!(["KOR", "SYR"]);
        event["by"] = "both".into();
        (event["kind"] == "act").then_some(event)
    });
    let is_edit = |event: &Value| event["kind"] == "correction" || event["kind"] == "retraction";
    let said = any_event().prop_filter("a correction or a retraction", is_edit);
    let all = (prop::collection::vec(act, 1..5), prop::collection::vec(said, 1..9));
    all.prop_map(|(acts, said)| [acts, said].concat())
}

/// The event; of an entry that there is, if it is of one, and a correction between the parties and on the
/// axis of the act that it is to correct.
fn fitted(event: &Value, recorded: &[Value]) -> Value {
    const FIRST: usize = 6;
    let target = |event: &Value| usize::try_from(event["target"].as_u64()?).ok();
    let mut fitted = event.clone();
    let (Some(any), false) = (target(event), recorded.is_empty()) else { return fitted };
    let mut root = any % recorded.len();
    fitted["target"] = (FIRST + root).into();
    if event["kind"] != "correction" {
        return fitted;
    }
    while let ("correction", Some(earlier)) =
        (recorded[root]["kind"].as_str().unwrap(), target(&recorded[root]))
    {
        root = earlier - FIRST;
    }
    let root = &recorded[root];
    if root["kind"] == "act" {
        fitted["fact"]["axis"] = root["axis"].clone();
        fitted["fact"]["parties"] = root["parties"].clone();
        if fitted["fact"]["by"] != "both" && fitted["fact"]["by"] != "unknown" {
            fitted["fact"]["by"] = root["parties"][1].clone();
        }
    }
    fitted
}

/// Records what can be recorded of some events.
fn recorded(events: &[Value]) -> Desk {
    let (desk, mut recorded) = (Desk::new(), Vec::new());
    for (event, is_sourced) in events.iter().zip([true, true, false].into_iter().cycle()) {
        let event = fitted(event, &recorded);
        let Ok(draft) = sourced(&event, is_sourced) else { continue };
        if desk.ledger.append(vec![draft], &accept()).is_ok() {
            recorded.push(event);
        }
    }
    desk
}

/// A ledger of the live acts between two as they are known now, and which entries they are there.
fn right_from_the_start(known: Knowledge<'_>, parties: Parties) -> (Desk, Vec<Sequence>) {
    let (desk, mut roots) = (Desk::new(), Vec::new());
    for root in known.recorded_acts(parties) {
        let Some(act) = known.act(root) else { continue };
        let live = known.corrections(root).filter(|correction| known.is_live(*correction));
        let is_sourced = |entry| known.row(entry).unwrap().sourced;
        let event = serde_json::to_value(Event::Fact(Fact::Act(act.clone()))).unwrap();
        let draft = sourced(&event, std::iter::once(root).chain(live).any(is_sourced)).unwrap();
        desk.ledger.append(vec![draft], &accept()).unwrap();
        roots.push(root);
    }
    (desk, roots)
}

/// The draft of an event, with a source or with none.
fn sourced(event: &Value, is_sourced: bool) -> serde_json::Result<Draft> {
    let source = json!({ "title": "Gazette", "grade": "agency", "confidence": "low" });
    let sources: Vec<Value> = is_sourced.then_some(source).into_iter().collect();
    serde_json::from_value(json!({ "event": event, "sources": sources }))
}

/// Holds the quick answers of one relation to those of solving it.
pub(crate) fn quick_as_solved(known: Knowledge<'_>, parties: Parties) {
    for axis in [Axis::Diplomatic, Axis::Consular] {
        let stated = known.relation(parties, axis, Policy::AsStated);
        let solved = known.findings_in(&stated);
        assert_eq!(known.findings(parties, axis), solved, "{parties} {axis:?}");
        let stopping = solved.iter().filter(|finding| finding.kind.stops_recording());
        let stopping: BTreeSet<_> = stopping.map(|found| (found.kind, found.entries[0])).collect();
        let quick = known.stopping_findings(parties, axis);
        assert_eq!(quick, stopping.into_iter().collect::<Vec<_>>(), "{parties} {axis:?}");
        for policy in [Policy::AsStated, Policy::AllClaims] {
            let solved = known.relation(parties, axis, policy);
            let held = known.as_of(parties, axis, policy);
            for on in (-1..=DAYS + 4).map(day) {
                let quick = known.statuses_on(parties, axis, policy, on);
                assert_eq!(quick, known.statuses(&solved, on), "{parties} {axis:?} on {on}");
                assert_eq!(held.statuses(on), quick, "{parties} {axis:?} held on {on}");
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::completions::cases(200))]

    #[test]
    fn quick_answers_are_those_of_solving(events in prop::collection::vec(any_event(), 1..14)) {
        let desk = recorded(&events);
        let view = desk.ledger.view();
        for size in [desk.ledger.size(), Size(8), Size(11)] {
            pairs().into_iter().for_each(|pair| quick_as_solved(view.known(size), pair));
        }
    }

    #[test]
    fn a_corrected_ledger_answers_as_one_that_was_right_from_the_start(events in edited()) {
        let desk = recorded(&events);
        let view = desk.ledger.view();
        let parties = kor_syr();
        for size in (7..=desk.ledger.size().0).map(Size) {
            let known = view.known(size);
            quick_as_solved(known, parties);
            let (right, roots) = right_from_the_start(known, parties);
            let (view, place) = (right.ledger.view(), |entry: &Sequence| roots.iter().position(|root| root == entry));
            let right = view.known(view.size());
            for axis in [Axis::Diplomatic, Axis::Consular] {
                let mut findings = known.findings(parties, axis);
                for entry in findings.iter_mut().flat_map(|finding| &mut finding.entries) {
                    *entry = Sequence(6 + place(entry).unwrap() as u64);
                }
                findings.sort_unstable();
                prop_assert_eq!(findings, right.findings(parties, axis));
                for on in (-1..=DAYS + 4).map(day) {
                    let [corrected, right] = [known, right]
                        .map(|known| known.statuses_on(parties, axis, Policy::AsStated, on));
                    prop_assert_eq!(corrected, right, "{:?} on {}", axis, on);
                }
            }
        }
    }

    #[test]
    fn what_a_batch_brings_is_all_that_stops_a_recording_and_was_not_there_before(
        events in prop::collection::vec(any_event(), 1..14),
    ) {
        let desk = Desk::new();
        for event in events {
            let Ok(draft) = serde_json::from_value(json!({ "event": event })) else { continue };
            let before = desk.ledger.size();
            let Ok(appended) = desk.ledger.append(vec![draft], &accept()) else { continue };
            let brought = appended.findings.into_iter().map(|new| new.finding);
            let view = desk.ledger.view();
            let stopping = |size: Size| {
                let known = view.known(size);
                let on = |axis| pairs().into_iter().map(move |pair| (pair, axis));
                let all = on(Axis::Diplomatic).chain(on(Axis::Consular));
                all.flat_map(move |(parties, axis)| {
                    let found = known.stopping_findings(parties, axis).into_iter();
                    found.map(move |(kind, entry)| Finding { kind, parties, axis, entries: vec![entry] })
                })
            };
            let [old, now] = [before, view.size()].map(|size| stopping(size).collect::<BTreeSet<Finding>>());
            let new = &now - &old;
            prop_assert_eq!(brought.collect::<BTreeSet<_>>(), new);
        }
    }

    #[test]
    fn an_almanac_knows_the_partners_of_every_day(
        events in prop::collection::vec(any_event(), 1..14), suspended in any::<bool>(),
    ) {
        let desk = recorded(&events);
        let view = desk.ledger.view();
        let known = view.known(view.size());
        let rule =
            if suspended { CountingRule::ActiveAndSuspended } else { CountingRule::Active };
        let almanac = known.almanac(Axis::Diplomatic, Policy::AllClaims, rule);
        for entity in ENTITIES.map(|id| EntityId::parse(id).unwrap()) {
            let circle = known.circle(entity, Axis::Diplomatic, Policy::AllClaims, rule);
            for on in (-1..=DAYS + 4).map(day) {
                let partners = circle.partners(Within::All, on);
                let ids = |partners: &[chancery::view::partners::Partner<'_>]| {
                    let mut ids: Vec<EntityId> = partners.iter().map(|one| one.entity).collect();
                    ids.sort_unstable();
                    ids
                };
                let noted = almanac.partners(entity, on).unwrap();
                prop_assert_eq!(noted.definite, ids(&partners.definite), "{} on {}", entity, on);
                prop_assert_eq!(noted.possible, ids(&partners.possible), "{} on {}", entity, on);
            }
        }
    }
}

/// A view of an establishment and of a correction that no ledger would have recorded.
fn corrected_by_force(parties: [&str; 2], axis: &str) -> View {
    let act = |parties: [&str; 2], axis: &str| {
        json!({ "kind": "act", "axis": axis, "parties": parties, "act": "establish", "by": "both",
                "dates": { "effective": "1950-01-01" } })
    };
    let desk = recorded(&[act(["KOR", "SYR"], "diplomatic")]);
    let mut view = View::clone(&desk.ledger.view());
    let corrected = json!({ "kind": "correction", "target": 6, "fact": act(parties, axis),
                            "reason": "a misprint" });
    view.apply(&Entry {
        previous: Hash::ZERO,
        sequence: view.size().next(),
        recorded_at: view.last_recorded_at().unwrap(),
        recorder: "desk".parse().unwrap(),
        key: None,
        event: serde_json::from_value(corrected).unwrap(),
        sources: Vec::new(),
        attachments: Vec::new(),
        even_so: None,
        note: None,
    });
    view
}

#[test]
fn a_correction_of_others_or_of_another_axis_in_a_log_that_nobody_has_verified_is_read_by_its_text()
{
    let (parties, axis, policy) = (kor_syr(), Axis::Diplomatic, Policy::AsStated);
    let of_others = corrected_by_force(["CUB", "KOR"], "diplomatic");
    let of_another_axis = corrected_by_force(["KOR", "SYR"], "consular");
    for (view, own_by_then) in [(of_others, false), (of_another_axis, true)] {
        for (size, is_own) in [(Size(7), true), (Size(8), own_by_then)] {
            let known = view.known(size);
            let relation = known.relation(parties, axis, policy);
            assert_eq!(relation.is_own(Sequence(6)), is_own, "{size}");
            let solved = known.statuses(&relation, Day::from_ymd(2000, 1, 1).unwrap());
            let told = known.statuses_on(parties, axis, policy, Day::from_ymd(2000, 1, 1).unwrap());
            assert_eq!(told, solved, "{size}");
        }
    }
}

#[test]
fn most_of_what_is_drawn_is_plain_and_some_of_it_is_not() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut acts, mut others) = (0, 0);
    for _ in 0..200 {
        let event = any_event().new_tree(&mut runner).unwrap().current();
        let made = recorded(std::slice::from_ref(&event)).ledger.size() == Size(7);
        match event["kind"].as_str().unwrap() {
            "act" => acts += usize::from(made),
            _ => others += usize::from(made),
        }
    }
    assert!(100 < acts && 10 < others, "{acts} acts, {others} others were recorded");
}

/// A desk where each day changes what KOR and SYR are, 400 times.
fn ever_changing() -> Desk {
    let desk = Desk::new();
    let acts = (0..400).map(|number| {
        let act = ["establish", "sever"][number % 2];
        let on = day(i32::try_from(number).unwrap());
        draft(crate::desk::act(&format!("KOR {act} SYR {on}")))
    });
    append_all(&desk, acts.collect());
    desk
}

#[test]
fn an_almanac_follows_more_changes_than_it_notes_at_once() {
    let desk = ever_changing();
    let view = desk.ledger.view();
    let almanac =
        view.known(view.size()).almanac(Axis::Diplomatic, Policy::AsStated, CountingRule::Active);
    let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
    for number in 0..400 {
        let expected = if number % 2 == 0 { vec![syr] } else { vec![] };
        assert_eq!(almanac.partners(kor, day(number)).unwrap().definite, expected, "{number}");
    }
    assert_eq!(almanac.partners(EntityId::parse("PRK").unwrap(), day(0)), None);
}

#[test]
fn an_almanac_knows_any_number_of_partners_and_of_changes_on_a_day() {
    let desk = Desk::new();
    let ids: Vec<String> = (100..250).map(|number| format!("X{number}")).collect();
    append_all(&desk, ids.iter().map(|id| draft(registration(id))).collect());
    let acts = ids.iter().flat_map(|id| {
        // All begin on one day, and every third ends on another.
        let ends = id.ends_with(['0', '3', '6', '9']);
        let end = ends.then(|| draft(crate::desk::act(&format!("KOR sever {id} {}", day(20)))));
        [draft(crate::desk::act(&format!("KOR establish {id} {}", day(10))))].into_iter().chain(end)
    });
    append_all(&desk, acts.collect());
    let view = desk.ledger.view();
    let known = view.known(view.size());
    let almanac = known.almanac(Axis::Diplomatic, Policy::AsStated, CountingRule::Active);
    for entity in ["KOR", "X100", "X101", "X249"].map(|id| EntityId::parse(id).unwrap()) {
        let circle = known.circle(entity, Axis::Diplomatic, Policy::AsStated, CountingRule::Active);
        for on in [9, 10, 11, 19, 20, 21].map(day) {
            let partners = circle.partners(Within::All, on);
            let ids: BTreeSet<EntityId> = partners.definite.iter().map(|one| one.entity).collect();
            let noted = almanac.partners(entity, on).unwrap();
            assert!(noted.definite.iter().eq(&ids), "{entity} on {on}");
            assert_eq!(noted.possible, [], "{entity} on {on}");
        }
    }
    let kor = EntityId::parse("KOR").unwrap();
    let counts = [9, 10, 19, 20].map(|on| almanac.partners(kor, day(on)).unwrap().definite.len());
    assert_eq!(counts, [0, 150, 150, 90]);
}

#[test]
fn a_relation_that_is_held_keeps_all_that_it_was_however_often_that_changed() {
    let desk = ever_changing();
    let view = desk.ledger.view();
    let parties =
        Parties::new(EntityId::parse("KOR").unwrap(), EntityId::parse("SYR").unwrap()).unwrap();
    let held = view.known(view.size()).as_of(parties, Axis::Diplomatic, Policy::AsStated);
    for number in 0..400 {
        let expected = [Status::Active, Status::Severed][usize::try_from(number).unwrap() % 2];
        assert_eq!(held.statuses(day(number)), expected.into(), "{number}");
    }
    assert_eq!(held.statuses(day(-1)), Status::None.into());
}

fn append_all(desk: &Desk, drafts: Vec<Draft>) {
    for batch in drafts.chunks(1_000) {
        desk.ledger.append(batch.to_vec(), &accept()).unwrap();
    }
}

/// A desk with so many contexts, which is enough to be worth a snapshot.
fn busy_desk() -> Desk {
    let desk = Desk::new().with(&["KOR establish SYR 2025-04-10"]);
    let wars = (0..5_000).map(|n| draft(crate::desk::context(&format!("War {n}"))));
    append_all(&desk, wars.collect());
    desk
}

fn answered(ledger: &Ledger) -> String {
    let inquiry = ledger.inquire(&Basis::on(Day::parse("2025-04-10").unwrap())).unwrap();
    let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
    let shown = inquiry.show(Parties::new(kor, syr).unwrap());
    let check = inquiry.check().unwrap();
    assert!(ledger.settled().is_ok());
    format!("{} {}", serde_json::to_string(&shown).unwrap(), serde_json::to_string(&check).unwrap())
}

#[test]
fn a_ledger_opened_by_a_snapshot_is_the_ledger() {
    let (desk, cache) = (busy_desk(), Memory::default());
    let storage: Arc<Memory> = Arc::new(desk.storage.copy());
    let first = Ledger::open_cached(Arc::clone(&storage) as _, &cache).unwrap();
    assert_eq!(first.resumed_at(), Size(0));
    assert!(first.keep_snapshot(&cache).unwrap().is_some());

    let second = Ledger::open_cached(Arc::clone(&storage) as _, &cache).unwrap();
    assert_eq!(second.resumed_at(), first.size());
    assert_eq!(second.keep_snapshot(&cache).unwrap(), None, "nothing new is worth keeping");
    assert_eq!((second.head(), second.root()), (first.head(), first.root()));
    assert_eq!(*second.view(), *first.view());
    assert_eq!(answered(&second), answered(&first));

    // What has come since is read, judged and answered, though its writer is at work still.
    let writer = Ledger::open_for_writing(Arc::clone(&storage) as _).unwrap();
    writer.reserve_at_once();
    let act = draft(crate::desk::act("UKR establish SYR 1992-03-31"));
    writer.append(vec![act], &accept()).unwrap();
    let third = Ledger::open_cached(Arc::clone(&storage) as _, &cache).unwrap();
    let whole = Ledger::open(Arc::clone(&storage) as _).unwrap();
    assert_eq!(third.resumed_at(), first.size());
    assert_eq!((third.size(), third.root()), (whole.size(), whole.root()));
    assert_eq!(*third.view(), *whole.view());
    assert_eq!(third.entry(Sequence(3)).unwrap(), whole.entry(Sequence(3)).unwrap());
}

#[test]
fn a_snapshot_that_is_not_of_this_log_or_not_sound_is_not_used() {
    let (desk, cache) = (busy_desk(), Memory::default());
    let ledger = Ledger::open(Arc::new(desk.storage.copy())).unwrap();
    ledger.keep_snapshot(&cache).unwrap();
    let (name, bytes) = cache.files().into_iter().next().unwrap();
    let opened = |storage: Memory, cache: &Memory| {
        let opened = Ledger::open_cached(Arc::new(storage), cache).unwrap();
        (opened.resumed_at(), opened.root())
    };
    assert_eq!(opened(desk.storage.copy(), &cache).0, ledger.size());
    for at in [0, 7, 8, 60, bytes.len() / 2, bytes.len() - 33, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        cache.set_bytes(&name, flipped);
        assert_eq!(opened(desk.storage.copy(), &cache), (Size(0), ledger.root()), "byte {at}");
        cache.set_bytes(&name, bytes[..at].to_vec());
        assert_eq!(opened(desk.storage.copy(), &cache), (Size(0), ledger.root()), "cut at {at}");
    }
    cache.set_bytes(&name, bytes);

    // Another history that begins with the same entry, as long and with other entries.
    let other = Desk::new().with(&["KOR establish SYR 2025-04-11"]);
    let peaces = (0..5_000).map(|n| draft(crate::desk::context(&format!("War {n}"))));
    append_all(&other, peaces.collect());
    assert_eq!(opened(other.storage.copy(), &cache), (Size(0), other.ledger.root()));
    // A log that was cut, as by restoring an old copy.
    let cut = Desk::new();
    assert_eq!(opened(cut.storage.copy(), &cache), (Size(0), cut.ledger.root()));
}

#[test]
fn a_snapshot_that_says_anything_else_than_the_log_is_removed_when_the_log_is_folded_again() {
    let (desk, cache) = (busy_desk(), Memory::default());
    let storage: Arc<dyn Storage> = Arc::new(desk.storage.copy());
    assert_eq!(hold_snapshot(&storage, &cache).unwrap(), None);
    Ledger::open(Arc::clone(&storage)).unwrap().keep_snapshot(&cache).unwrap();
    assert_eq!(hold_snapshot(&storage, &cache).unwrap(), Some(false));

    // As whoever may write the cache could forge it: another act, its own sum, the same last entry.
    let (name, mut bytes) = cache.files().into_iter().next().unwrap();
    let day = Day::parse("2025-04-10").unwrap().number();
    let word = |day: i32| (u32::try_from(day).unwrap() << 10 | 3 << 4).to_le_bytes();
    let (told, forged) = (word(day), word(day - 1));
    let at = bytes.windows(told.len()).position(|window| window == told).unwrap();
    bytes.splice(at..at + told.len(), forged);
    let end = bytes.len() - 32;
    let sum = sha256(&bytes[8..end]).0;
    bytes[end..].copy_from_slice(&sum);
    cache.set_bytes(&name, bytes);
    let fooled = Ledger::open_cached(Arc::clone(&storage), &cache).unwrap();
    assert_ne!(*fooled.view(), *desk.ledger.view(), "the forgery was used");
    assert_eq!(hold_snapshot(&storage, &cache).unwrap(), Some(true));
    assert!(cache.files().is_empty());
}

#[test]
fn a_snapshot_does_not_hide_that_the_log_is_not_what_its_checkpoint_says() {
    let (desk, cache) = (busy_desk(), Memory::default());
    let last = LastSigned { storage: &Memory::default(), name: "key.last", adopt: false };
    desk.ledger.sign_checkpoint(&crate::checkpoints::key(), &last).unwrap();
    let ledger = Ledger::open(Arc::new(desk.storage.copy())).unwrap();
    ledger.keep_snapshot(&cache).unwrap();
    assert!(Ledger::open_cached(Arc::new(desk.storage.copy()), &cache).is_ok());
    let storage = desk.storage.copy();
    let text = String::from_utf8(storage.bytes(CHECKPOINT_NAME).unwrap()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let (other, root) = (lines[2].replace(['a', 'b', 'c'], "d"), lines[2].to_owned());
    assert_ne!(other, root);
    lines[2] = &other;
    storage.set_bytes(CHECKPOINT_NAME, format!("{}\n", lines.join("\n")));
    let refused = Ledger::open_cached(Arc::new(storage), &cache).unwrap_err();
    assert!(matches!(refused, LedgerError::Checkpoint(_)), "{refused}");
}

#[test]
fn what_cannot_be_read_any_more_is_said_and_nothing_is_recorded_by_it() {
    let desk = Desk::new().with(&["KOR establish SYR 2025-04-10"]);
    let storage = Arc::new(desk.storage.copy());
    let ledger = Ledger::open_for_writing(Arc::clone(&storage) as _).unwrap();
    // The disk changes behind the ledger's back.
    let name = "00000000000000000000.seg";
    let mut bytes = storage.bytes(name).unwrap();
    let at = bytes.len() - 20;
    bytes[at] ^= 1;
    storage.set_bytes(name, bytes);
    assert!(ledger.settled().is_ok(), "nothing was asked yet");
    assert!(ledger.view().row(Sequence(6)).is_none());
    let fault = ledger.settled().unwrap_err();
    assert!(matches!(fault, LedgerError::Store(StoreError::Changed { entry: 6 })), "{fault}");
    let before = storage.files();
    let refused = ledger.append(vec![draft(crate::desk::context("A war"))], &accept());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(storage.files(), before);
}
