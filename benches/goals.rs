//! What is promised of speed, each measured beside its own floor in the same rounds.
//!
//! `cargo bench --bench goals -- --entries 1000000` prints one table; `--rounds` says how many rounds,
//! `--only` reading, asking, appending or importing, `--folder` where the ledgers lie, which must be on a disk for the durable figures to mean anything.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark that cannot begin ends")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod rounds;
mod world;

use std::hint::black_box;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chancery::chain::hot::Hot;
use chancery::chain::scan;
use chancery::disk::memory::Memory;
use chancery::disk::real::Folder;
use chancery::disk::storage::Storage;
use chancery::domain::day::Day;
use chancery::domain::entity::EntityId;
use chancery::domain::policy::Policy;
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::{Sequence, Size};
use chancery::domain::status::CountingRule;
use chancery::exchange::import::{ImportOptions, import};
use chancery::exchange::mapping::Mapping;
use chancery::exchange::table::Table;
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Judgement};
use chancery::ledger::draft::Draft;
use chancery::ledger::verify::{VerifyOptions, verify};
use chancery::tlog::hash::leaf_hashes_prefixed;
use chancery::view::almanac::Almanac;
use chancery::view::fold::View;
use rayon::prelude::*;

use rounds::rounds;

/// The reference ledger.
const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/log");

/// What the command line says.
#[derive(Debug)]
struct Options {
    entries: u64,
    rounds: usize,
    folder: PathBuf,
    only: Option<String>,
}

impl Options {
    fn read() -> Self {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/goals");
        let mut options = Self { entries: 100_000, rounds: 5, folder: target, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().expect("a value follows");
            match argument.as_str() {
                "--entries" => options.entries = value().parse().expect("a number"),
                "--rounds" => options.rounds = value().parse().expect("a number"),
                "--only" => options.only = Some(value()),
                "--folder" => options.folder = value().into(),
                _ => {}
            }
        }
        options
    }
}

fn main() {
    let options = Options::read();
    let subject = Subject::of(&options);
    println!(
        "{} entries of {} bytes, {} rounds\n",
        subject.size, subject.entry_bytes, options.rounds
    );
    println!("| what | one takes (range) | against | ratio (range) |");
    println!("|---|---|---|---|");
    let parts: [(&str, &dyn Fn()); 4] = [
        ("reading", &|| reading(&options, &subject)),
        ("asking", &|| asking(&options, &subject)),
        ("appending", &|| appending(&options)),
        ("importing", &|| importing(&options)),
    ];
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| only == name);
    parts.iter().filter(|(name, _)| wanted(name)).for_each(|(_, measure)| measure());
    sizes(&subject);
}

fn row(what: &str, one: &str, against: &str, ratio: &str) {
    println!("| {what} | {one} | {against} | {ratio} |");
}

/// A ledger on disk.
struct Subject {
    folder: PathBuf,
    cache: Folder,
    size: u64,
    entry_bytes: u64,
    segment_bytes: u64,
    segments: u64,
}

impl Subject {
    /// Opens the ledger of so many entries, which is made once.
    fn of(options: &Options) -> Self {
        let folder = options.folder.join(options.entries.to_string());
        let is_there = folder.join("made").exists();
        let storage = Arc::new(Folder::create(&folder).expect("a folder"));
        if !is_there {
            world::write(Path::new(LOG), Arc::clone(&storage) as Arc<dyn Storage>, options.entries);
            storage.replace("made", b"").expect("a file");
        }
        let cache = Folder::create(folder.join("cache")).expect("a folder");
        let names = storage.list("").expect("a folder");
        let segments: Vec<&String> = names.iter().filter(|name| name.ends_with(".seg")).collect();
        let lengths = segments.iter().map(|name| storage.length(name).expect("a segment"));
        let segment_bytes: u64 = lengths.sum();
        let (size, segments) = (options.entries, segments.len() as u64);
        let entry_bytes = (segment_bytes - 56 * segments - 10 * size) / size;
        Self { folder, cache, size, entry_bytes, segment_bytes, segments }
    }

    fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(Folder::open(&self.folder).expect("a folder"))
    }

    /// Every leaf with its prefix, one after the other, and where each ends.
    fn leaves(&self) -> (Vec<u8>, Vec<usize>) {
        let ledger = Ledger::open(self.storage()).expect("it was written");
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for payload in ledger.payloads(Sequence(0)..Sequence(self.size)) {
            bytes.push(0);
            bytes.extend(payload.expect("it was written"));
            ends.push(bytes.len());
        }
        (bytes, ends)
    }
}

/// What reads the whole log, beside hashing its leaves alone.
fn reading(options: &Options, subject: &Subject) {
    let (bytes, ends) = subject.leaves();
    let leaves: Vec<&[u8]> = std::iter::once(0)
        .chain(ends.iter().copied())
        .zip(&ends)
        .map(|(a, b)| &bytes[a..*b])
        .collect();
    let hash = || {
        let hashed = leaves.par_chunks(1_024).map(|some| {
            let hashes = leaf_hashes_prefixed(some).expect("leaves");
            hashes.iter().fold(0_u8, |all, hash| all ^ hash.0[0])
        });
        black_box(hashed.reduce(|| 0, |one, other| one ^ other));
    };
    let verify_all = |bytes_only: bool| {
        let options = VerifyOptions { bytes_only, ..VerifyOptions::default() };
        assert!(verify(subject.storage(), &options).expect("it is read").ok);
    };
    let replay = || {
        let mut view = View::new();
        // Folded as soon as it is read, a wave at a time, as opening does.
        let waves: Vec<_> = leaves.chunks(1 << 13).collect();
        let mut ready: Vec<Vec<Hot>> = Vec::new();
        for wave in waves {
            let (read, ()) = rayon::join(
                || {
                    let some = wave.par_chunks(1_024).map(|some| {
                        some.iter().map(|leaf| scan::hot(&leaf[1..]).expect("an entry")).collect()
                    });
                    some.collect::<Vec<Vec<Hot>>>()
                },
                || ready.iter().flatten().for_each(|hot| view.add(hot)),
            );
            ready = read;
        }
        ready.iter().flatten().for_each(|hot| view.add(hot));
        view.settle();
        assert_eq!(view.size(), Size(subject.size));
    };
    let open = || {
        let ledger = Ledger::open(subject.storage()).expect("it is read");
        black_box(first_answer(&ledger));
    };
    let first = Ledger::open(subject.storage()).expect("it is read");
    first.keep_snapshot(&subject.cache).expect("it is kept");
    drop(first);
    let resume = || {
        let opened = Ledger::open_cached(subject.storage(), &subject.cache);
        let ledger = opened.expect("it is read");
        assert!(subject.size < 8_192 || ledger.resumed_at() == Size(subject.size));
        black_box(first_answer(&ledger));
    };
    let [hash, bytes, full, replay, open, resume] = rounds(
        options.rounds,
        [
            &mut { hash },
            &mut || verify_all(true),
            &mut || verify_all(false),
            &mut { replay },
            &mut { open },
            &mut { resume },
        ],
    );
    let alone = "hashing the leaves alone";
    row(alone, &hash.each(subject.size), "", "");
    row("`verify --bytes`", &bytes.each(subject.size), alone, &bytes.against(&hash));
    row("`verify`", &full.each(subject.size), alone, &full.against(&hash));
    row("replay into a view", &replay.each(subject.size), alone, &replay.against(&hash));
    row("cold start to first answer", &open.each(1), alone, &open.against(&hash));
    row("the same with a snapshot", &resume.each(1), "without", &resume.against(&open));
}

/// The partners of one entity.
fn first_answer(ledger: &Ledger) -> usize {
    let view = ledger.view();
    let known = view.known(view.size());
    let entity = EntityId::parse("S00003").expect("an id");
    let circle = known.circle(entity, Axis::Diplomatic, Policy::AsStated, CountingRule::Active);
    let on = Day::from_ymd(1990, 1, 1).expect("a day");
    circle.partners(chancery::view::partners::Within::All, on).definite.len()
}

const QUESTIONS: u64 = 200_000;
const PARTNERS_QUESTIONS: usize = 20_000;
/// Has no factor in common with [`QUESTIONS`], and so leads to each of them.
const ANOTHER_ORDER: u64 = 123_457_697;

/// Relations, days and sizes at random, the same each time.
fn questions(relations: &[Parties], size: u64) -> Vec<(Parties, Day, Size)> {
    let at = |number: u64, count: usize| usize::try_from(number).expect("small") % count;
    let mut mixed = 0_u64;
    let mut next = move || {
        mixed =
            mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        mixed >> 33
    };
    let first_day = Day::from_ymd(1945, 10, 24).expect("a day").number();
    (0..QUESTIONS)
        .map(|_| {
            let day = first_day + i32::try_from(next() % 29_000).expect("small");
            let day = Day::from_number(day).expect("a day");
            (relations[at(next(), relations.len())], day, Size(1 + next() % size))
        })
        .collect()
}

/// How many partners entities in turn have on the days of some questions.
fn partners_named(
    almanac: &Almanac,
    entities: &[EntityId],
    questions: &[(Parties, Day, Size)],
) -> usize {
    let asked = questions.iter().take(PARTNERS_QUESTIONS).enumerate();
    let named = asked.map(|(number, (_, day, _))| {
        let partners = almanac.partners(entities[number % entities.len()], *day);
        partners.map_or(0, |partners| partners.definite.len())
    });
    named.sum()
}

/// What is asked in the process.
fn asking(options: &Options, subject: &Subject) {
    let ledger = Ledger::open(subject.storage()).expect("it is read");
    let view = ledger.view();
    let questions = questions(&view.relations(), subject.size);
    let ask = |all: bool| {
        let statuses = questions.iter().map(|(parties, day, size)| {
            let known = view.known(if all { view.size() } else { *size });
            known.statuses_on(*parties, Axis::Diplomatic, Policy::AsStated, *day).len()
        });
        black_box(statuses.sum::<usize>());
    };
    let known = view.known(view.size());
    let almanac = known.almanac(Axis::Diplomatic, Policy::AsStated, CountingRule::Active);
    let entities: Vec<EntityId> = known.entities().map(|registration| registration.id).collect();
    let held: Vec<_> = questions
        .iter()
        .map(|(parties, ..)| known.as_of(*parties, Axis::Diplomatic, Policy::AsStated))
        .collect();
    let ask_held = || {
        // In another order than that in which they lie.
        let asked = (0..QUESTIONS).zip(&questions).map(|(number, (_, day, _))| {
            let place = number * ANOTHER_ORDER % QUESTIONS;
            held[usize::try_from(place).expect("small")].statuses(*day).len()
        });
        black_box(asked.sum::<usize>());
    };
    let partners = || partners_named(&almanac, &entities, &questions);
    let named = partners() as u64;
    let prove = || {
        // Through the last tiles, which are kept from the first round on.
        let kept = subject.size.min(512 * 256);
        for (_, _, size) in questions.iter().take(2_000) {
            let sequence = Sequence(subject.size - 1 - size.0 % kept);
            black_box(ledger.inclusion_proof(sequence, ledger.size()).expect("an entry"));
        }
    };
    let prepare = || {
        black_box(known.almanac(Axis::Diplomatic, Policy::AsStated, CountingRule::Active));
    };
    let [held, one, both, partners, proofs, almanac] = rounds(
        options.rounds,
        [
            &mut { ask_held },
            &mut || ask(true),
            &mut || ask(false),
            &mut || {
                black_box(partners());
            },
            &mut { prove },
            &mut { prepare },
        ],
    );
    row("preparing an almanac of all partners", &almanac.each(1), "", "");
    row("as of: a relation that is held, on a day", &held.each(QUESTIONS), "", "");
    row("as of: one relation by its ids, on a day", &one.each(QUESTIONS), "", "");
    row(
        "as of a day, as known at a size",
        &both.each(QUESTIONS),
        "one relation",
        &both.against(&one),
    );
    row(
        "partners of one entity on a day, from an almanac",
        &partners.each(PARTNERS_QUESTIONS as u64),
        "one relation",
        "",
    );
    row("… each partner that it names", &partners.each(named), "", "");
    row("inclusion proof, through a tile that is kept", &proofs.each(2_000), "", "");
}

/// A ledger of its own for recording, and a file beside it.
struct Scratch {
    folder: PathBuf,
    entry_bytes: usize,
}

impl Scratch {
    fn new(options: &Options, entries: u64) -> Self {
        let folder = options.folder.join("scratch");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("a folder of ours");
        }
        let storage = Arc::new(Folder::create(&folder).expect("a folder"));
        world::write(Path::new(LOG), storage, entries);
        Self { folder, entry_bytes: 439 }
    }

    fn ledger(&self) -> Ledger {
        let storage = Folder::open(&self.folder).expect("a folder");
        Ledger::open_for_writing(Arc::new(storage)).expect("it was written")
    }

    /// A file that has so many bytes already.
    fn bare(&self, name: &str, length: usize) -> Bare {
        let file = std::fs::File::create(self.folder.join(name)).expect("a file");
        file.write_all_at(&vec![0xff; length], 0).expect("it is written");
        file.sync_all().expect("it is durable");
        Bare { file, bytes: vec![7; 65_536], end: 0 }
    }
}

/// A file that is written from its beginning on, each write made durable.
struct Bare {
    file: std::fs::File,
    bytes: Vec<u8>,
    end: u64,
}

impl Bare {
    fn write_and_sync(&mut self, count: usize) {
        self.file.write_all_at(&self.bytes[..count], self.end).expect("it is written");
        self.file.sync_data().expect("it is durable");
        self.end += count as u64;
    }
}

/// A table's mapping, as a user would write it.
const MAPPING: &str = r#"
name = "goals"
about = "A table of acts."
columns = ["number", "one", "other", "act", "day"]
key = ["number"]
source = { title = "a table", grade = "compilation", confidence = "medium" }

[[rule]]
[rule.event]
kind = "act"
parties = [{ column = "one" }, { column = "other" }]
act = { column = "act" }
by = "both"
dates.effective = { column = "day" }
"#;

/// Recording, beside a bare write and sync of as many bytes to a file of the same disk.
fn appending(options: &Options) {
    const SINGLES: usize = 200;
    const BATCH: usize = 100;
    const THREADS: usize = 16;
    let scratch = Scratch::new(options, 20_000);
    let ledger = scratch.ledger();
    let entry_bytes = scratch.entry_bytes;
    let mut world = world::World::new(Path::new(LOG), 7, 20_000);
    // Made before anything is timed, and each recorded once.
    let each_round = SINGLES + SINGLES / 10 * BATCH + SINGLES * THREADS;
    let all: Vec<Draft> = (0..each_round * (options.rounds + 1)).map(|_| world.draft()).collect();
    let given = Mutex::new(all.into_iter());
    let take = |count: usize| -> Vec<Draft> {
        given.lock().expect("nobody panics").by_ref().take(count).collect()
    };
    let accept = AppendOptions { findings: Judgement::Accept, ..AppendOptions::at(world::now()) };
    let append = |count: usize| {
        ledger.append(take(count), &accept).expect("it is recorded");
    };
    let mut bare = scratch.bare("bare", 0);
    let mut within = scratch.bare("within", 2 * entry_bytes * SINGLES * (options.rounds + 1));
    let mut singles = || (0..SINGLES).for_each(|_| append(1));
    let mut batches = || (0..SINGLES / 10).for_each(|_| append(BATCH));
    let mut group = || {
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..SINGLES).for_each(|_| append(1)));
            }
        });
    };
    let mut bare_singles = || (0..SINGLES).for_each(|_| bare.write_and_sync(entry_bytes + 10));
    let mut singles_within = || (0..SINGLES).for_each(|_| within.write_and_sync(entry_bytes + 10));
    // One thread alone first: after sixteen, memory lies in pieces and the disk answers in other times.
    let [alone, within, single] =
        rounds(options.rounds, [&mut bare_singles, &mut singles_within, &mut singles]);
    let [floor, batch, group] =
        rounds(options.rounds, [&mut bare_singles, &mut batches, &mut group]);
    let (singles, batched) = (SINGLES as u64, (SINGLES / 10 * BATCH) as u64);
    let grouped = (SINGLES * THREADS) as u64;
    let write = "a bare write and sync";
    row(write, &alone.each(singles), "", "");
    row(
        "the same within a file that has its length",
        &within.each(singles),
        write,
        &within.against(&alone),
    );
    row("durable append, single", &single.each(singles), write, &single.against(&alone));
    let write = "a bare write and sync, later";
    row(write, &floor.each(singles), "", "");
    row(
        "durable append, 100 a batch, each",
        &batch.each(batched),
        write,
        &batch.scaled(&floor, batched, singles),
    );
    row(
        "durable append from 16 threads, each",
        &group.each(grouped),
        write,
        &group.scaled(&floor, grouped, singles),
    );
}

/// Importing a table, beside appending the same events in as large batches.
fn importing(options: &Options) {
    let rows = usize::try_from(options.entries.min(100_000)).expect("small");
    let mut world = world::World::new(Path::new(LOG), 9, 20_000);
    let mut table = String::from("number,one,other,act,day\n");
    let mut drafts = Vec::new();
    while drafts.len() < rows {
        let draft = world.act_row(drafts.len());
        table.push_str(&draft.0);
        drafts.push(draft.1);
    }
    let mapping = Mapping::parse(MAPPING).expect("a mapping");
    let start = Memory::default();
    world::write(Path::new(LOG), Arc::new(start.clone()), 20_000);
    let fresh = || Ledger::open_for_writing(Arc::new(copied(&start))).expect("it was written");
    let import_all = || {
        let ledger = fresh();
        let table = Table::read(table.as_bytes(), b',').expect("a table");
        let options = ImportOptions {
            now: world::now(),
            recorder: "a bench".parse().expect("a text"),
            strict: false,
        };
        let done = import(&ledger, &mapping, &table, &options, &mut |_| ControlFlow::Continue(()));
        assert_eq!(done.expect("it is imported").new_row_count, rows as u64);
    };
    let accept = AppendOptions { findings: Judgement::Accept, ..AppendOptions::at(world::now()) };
    let append_all = || {
        let ledger = fresh();
        for batch in drafts.chunks(1_000) {
            ledger.append(batch.to_vec(), &accept).expect("it is recorded");
        }
    };
    let [import, append] = rounds(options.rounds, [&mut { import_all }, &mut { append_all }]);
    let count = rows as u64;
    row("plain append, 1,000 a batch, in memory", &append.each(count), "", "");
    row("import of a table, a row", &import.each(count), "plain append", &import.against(&append));
}

/// The same files in a memory of their own.
fn copied(storage: &Memory) -> Memory {
    let copy = Memory::default();
    storage.files().into_iter().for_each(|(name, bytes)| copy.set_bytes(&name, bytes));
    copy
}

fn sizes(subject: &Subject) {
    let Subject { segment_bytes, segments, size, .. } = subject;
    let entries = segment_bytes - 10 * size - 56 * segments;
    println!("\non disk: {segment_bytes} bytes: entries {entries}, segments {segments}");
}
