//! A world of any size for the benchmarks: entries with the mix of events, names and sources of the
//! reference ledger, the same for the same seed. Every entry is one that a ledger could have recorded.

use std::path::Path;
use std::sync::Arc;

use chancery::chain::entry::{Entry, seal};
use chancery::chain::millis::Millis;
use chancery::disk::real::Folder;
use chancery::disk::storage::Storage;
use chancery::domain::act::{Act, By};
use chancery::domain::date_roles::Dates;
use chancery::domain::day::Day;
use chancery::domain::edtf::Edtf;
use chancery::domain::entity::EntityId;
use chancery::domain::event::{Event, Fact};
use chancery::domain::relation::Parties;
use chancery::domain::sequence::Sequence;
use chancery::ledger::Ledger;
use chancery::ledger::draft::Draft;
use chancery::ledger::receive::Receiver;
use chancery::ledger::record::EntryRecord;
use chancery::tlog::hash::Hash;

/// A generator of numbers that is the same everywhere (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// So many acts others may speak of at a time.
const ACTS_MAX: usize = 4_096;

/// Entries one after the other, without an end.
#[derive(Debug)]
pub(crate) struct World {
    numbers: Numbers,
    /// The facts of the reference ledger that are repeated with other parties and days.
    facts: Vec<Entry>,
    /// Its claims, corrections, retractions and steps, which are repeated of other acts.
    others: Vec<Entry>,
    /// Some of the acts so far.
    acts: Vec<(Sequence, Act)>,
    registrations: Vec<Entry>,
    entities: Vec<EntityId>,
    opening: Entry,
    next: Sequence,
    previous: Hash,
}

impl World {
    /// Takes its patterns from the reference ledger, whose folder is given; as many entities as suit so
    /// many entries.
    pub(crate) fn new(log: &Path, seed: u64, entries: u64) -> Self {
        let ledger = Ledger::open(Arc::new(Folder::open(log).expect("log/"))).expect("log/ opens");
        let read = ledger.entries(Sequence(0)..Sequence(u64::MAX));
        let all: Vec<Entry> = read.map(|record| record.expect("log/ is read").entry).collect();
        let count = (entries / 4).isqrt().clamp(4, 4_000);
        let id = |number: u64| EntityId::parse(&format!("S{number:05}")).expect("an id");
        let is_fact = |entry: &&Entry| {
            let Event::Fact(fact) = &entry.event else { return false };
            matches!(
                fact,
                Fact::Act(_) | Fact::Recognition(_) | Fact::Mission(_) | Fact::Context(_)
            )
        };
        // Registrations and changes are as many as entities, and assertions are judged by `check`.
        let is_other = |entry: &&Entry| match &entry.event {
            Event::Claim(_) | Event::Retraction(_) | Event::Fact(Fact::Step(_)) => true,
            Event::Correction(correction) => matches!(correction.fact, Fact::Act(_)),
            _ => false,
        };
        let is_registration =
            |entry: &&Entry| matches!(entry.event, Event::Fact(Fact::Registration(_)));
        Self {
            numbers: Numbers(seed),
            facts: all.iter().filter(is_fact).cloned().collect(),
            others: all.iter().filter(is_other).cloned().collect(),
            acts: Vec::new(),
            registrations: all.iter().filter(is_registration).cloned().collect(),
            entities: (0..count).map(id).collect(),
            opening: all[0].clone(),
            next: Sequence(0),
            previous: Hash::ZERO,
        }
    }

    /// Leaves out whatever speaks of other entries.
    #[allow(dead_code, reason = "one benchmark loads peers that know of facts only")]
    pub(crate) fn of_facts(self) -> Self {
        Self { others: Vec::new(), ..self }
    }

    /// Makes the next entry, sealed.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let number = self.next.0;
        let mut entry = match usize::try_from(number) {
            Ok(0) => self.opening.clone(),
            Ok(number) if number <= self.entities.len() => self.registration(number - 1),
            _ => self.event(),
        };
        entry.sequence = self.next;
        entry.previous = self.previous;
        entry.recorded_at = self.opening.recorded_at;
        entry.key = None;
        let sealed = seal(&entry).expect("the pattern was an entry");
        if let Event::Fact(Fact::Act(act)) = entry.event {
            self.keep(act);
        }
        self.previous = sealed.hash;
        self.next = Sequence(number + 1);
        sealed.bytes
    }

    fn registration(&mut self, number: usize) -> Entry {
        let mut entry = self.registrations[number % self.registrations.len()].clone();
        if let Event::Fact(Fact::Registration(registration)) = &mut entry.event {
            registration.id = self.entities[number];
            registration.codes.clear();
            registration.lifetime = None;
        }
        entry
    }

    /// Notes an act as one that others may speak of, in place of another if there are enough.
    fn keep(&mut self, act: Act) {
        if self.acts.len() < ACTS_MAX {
            self.acts.push((self.next, act));
        } else {
            let at = self.position(self.acts.len());
            self.acts[at] = (self.next, act);
        }
    }

    /// Makes a fact, or what speaks of an act.
    fn event(&mut self) -> Entry {
        let at = self.position(self.facts.len() + self.others.len());
        match at.checked_sub(self.facts.len()) {
            Some(at) if !self.acts.is_empty() => self.other(at),
            _ => self.fact(),
        }
    }

    fn other(&mut self, at: usize) -> Entry {
        let mut entry = self.others[at].clone();
        let ([one, other], day) = (self.pair(), self.day());
        let at = self.position(self.acts.len());
        let (target, act) = &mut self.acts[at];
        match &mut entry.event {
            Event::Claim(claim) => {
                claim.target = *target;
                claim.date.iter_mut().for_each(|date| *date = day.clone());
            }
            Event::Correction(correction) => {
                correction.target = *target;
                act.dates = Dates { effective: Some(day), ..Dates::default() };
                correction.fact = Fact::Act(act.clone());
                // As often as it may be, and more, if it stayed.
                self.acts.swap_remove(at);
            }
            Event::Retraction(retraction) => {
                retraction.target = *target;
                self.acts.swap_remove(at);
            }
            Event::Fact(Fact::Step(step)) => {
                step.parties = Parties::new(one, other).expect("two entities");
                if let By::One(by) = &mut step.by {
                    *by = one;
                }
            }
            _ => {}
        }
        entry
    }

    fn position(&mut self, count: usize) -> usize {
        usize::try_from(self.numbers.below(count as u64)).expect("a position")
    }

    fn fact(&mut self) -> Entry {
        let at = self.position(self.facts.len());
        let mut entry = self.facts[at].clone();
        let [one, other] = self.pair();
        let day = self.day();
        let Event::Fact(fact) = &mut entry.event else { unreachable!("patterns are facts") };
        match fact {
            Fact::Act(act) => {
                act.parties = Parties::new(one, other).expect("two entities");
                if let By::One(by) = &mut act.by {
                    *by = one;
                }
                act.dates = Dates { effective: Some(day), ..Dates::default() };
                act.signatories.clear();
                act.after.clear();
                act.because.clear();
                act.annuls = None;
            }
            Fact::Recognition(recognition) => {
                (recognition.by, recognition.of) = (one, other);
                recognition.because.clear();
            }
            Fact::Mission(mission) => {
                (mission.sender, mission.host) = (one, other);
                (mission.protecting, mission.residence) = (None, None);
                mission.because.clear();
            }
            Fact::Context(context) => context.entities.clear(),
            _ => {}
        }
        entry
    }

    /// Makes a draft of a fact, as somebody would record it.
    #[allow(dead_code, reason = "one benchmark records, the others read")]
    pub(crate) fn draft(&mut self) -> Draft {
        let record = EntryRecord { hash: Hash::ZERO, entry: self.fact() };
        Draft { recorded_at: None, key: None, ..Draft::from(record) }
    }

    /// Makes an act as a row of a table, and as the draft that a mapping makes of it.
    #[allow(dead_code, reason = "one benchmark imports, the others read")]
    pub(crate) fn act_row(&mut self, number: usize) -> (String, Draft) {
        let ([one, other], day) = (self.pair(), self.day());
        let act = ["establish", "sever", "restore"][number % 3];
        let row = format!("{number},{one},{other},{act},{day}\n");
        let event = format!(
            r#"{{"key":"goals/{number}","event":{{"kind":"act","parties":["{one}","{other}"],"act":"{act}",
            "by":"both","dates":{{"effective":"{day}"}}}},
            "sources":[{{"title":"a table","grade":"compilation","confidence":"medium"}}]}}"#
        );
        (row, serde_json::from_str(&event).expect("a draft"))
    }

    fn pair(&mut self) -> [EntityId; 2] {
        let count = self.entities.len() as u64;
        let one = self.numbers.below(count);
        let other = (one + 1 + self.numbers.below(count - 1)) % count;
        [one, other].map(|at| self.entities[usize::try_from(at).expect("a position")])
    }

    fn day(&mut self) -> Edtf {
        let days = i32::try_from(self.numbers.below(29_000)).expect("few");
        let first = Day::from_ymd(1945, 10, 24).expect("a day").number();
        Edtf::from(Day::from_number(first + days).expect("a day"))
    }
}

/// Writes a ledger of so many entries, with the patterns of the ledger in a folder.
#[allow(dead_code, reason = "one benchmark loads all peers itself")]
pub(crate) fn write(log: &Path, storage: Arc<dyn Storage>, entries: u64) {
    let mut world = World::new(log, 1, entries);
    let mut receiver = Receiver::open(storage).expect("an empty folder");
    let mut left = entries;
    while 0 < left {
        let count = left.min(256);
        let payloads = (0..count).map(|_| world.next()).collect();
        receiver.receive(payloads).expect("entries that a ledger could have recorded");
        left -= count;
    }
}

/// What the clock shows when something is recorded after the reference ledger.
#[allow(dead_code, reason = "one benchmark records, the others read")]
pub(crate) fn now() -> Millis {
    "2027-01-01T00:00:00Z".parse().expect("a moment")
}
