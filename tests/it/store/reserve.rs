//! The room that a writer keeps at the end of the last segment: it is nobody's, and nothing is lost or
//! hidden by it.

use std::cmp::Ordering as CmpOrdering;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};

use chancery::disk::error::DiskError;
use chancery::disk::faulty::{Call, Fault, Faulty, Outcome};
use chancery::disk::memory::Memory;
use chancery::disk::storage::{LockGuard, Storage};
use chancery::store::ending::Ending;
use chancery::store::reader::Reader;
use chancery::store::writer::Writer;

use crate::store::{SEGMENT, append, batches_of, commits, expect, log_of, shared};

const RESERVE_BYTES: usize = 128 << 10;
const SEGMENT_BYTES_MAX: usize = 300;

/// A log whose writer has made some commits and goes on; the storage is as a crash would leave it.
fn left_behind(log: &str) -> (Writer, Memory) {
    let memory = Memory::default();
    let commits = commits(log);
    let mut writer = Writer::create(shared(memory.clone()), &commits[0]).unwrap();
    writer.limit_segments(SEGMENT_BYTES_MAX);
    writer.reserve_at_once();
    append(&mut writer, &commits[1..]);
    (writer, memory)
}

fn bytes(memory: &Memory) -> Vec<u8> {
    memory.bytes(SEGMENT).unwrap()
}

#[test]
fn room_is_kept_while_a_writer_commits_again_and_again_and_cut_off_when_it_ends() {
    let memory = Memory::default();
    let mut writer = Writer::create(shared(memory.clone()), &commits("opening")[0]).unwrap();
    append(&mut writer, &commits("1 ; 2 ; 3 ; 4 ; 5 ; 6 ; 7 ; 8"));
    let end = bytes(&memory).len();
    assert_eq!(bytes(&memory), bytes(&log_of("opening ; 1 ; 2 ; 3 ; 4 ; 5 ; 6 ; 7 ; 8")));
    append(&mut writer, &commits("9"));
    let with_room = bytes(&memory);
    assert_eq!(with_room.len(), end + 11 + RESERVE_BYTES);
    assert!(with_room[end + 11..].iter().all(|byte| *byte == 0xff));
    append(&mut writer, &commits("a"));
    assert_eq!(bytes(&memory).len(), with_room.len(), "there was room");
    let all = ["opening", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a"];
    assert_eq!(batches_of(writer.reader()), all);

    // As a crash leaves it, and as closing does.
    let crashed = memory.copy();
    drop(writer);
    let closed = bytes(&memory);
    assert_eq!(closed, bytes(&log_of(&all.join(" ; "))));
    expect(crashed.clone(), &all, Ending::Clean);
    let writer = Writer::open(shared(crashed.clone())).unwrap();
    assert!(writer.moved_tail().is_none());
    assert_eq!(bytes(&crashed), closed);
    assert_eq!(batches_of(writer.reader()), all);
}

#[test]
fn the_room_of_a_segment_is_gone_before_the_next_begins() {
    let long = "x".repeat(220);
    let (writer, memory) = left_behind(&format!("opening ; a ; {long} ; b"));
    let files = memory.files();
    assert_eq!(files.len(), 2);
    assert_eq!(files[SEGMENT], bytes(&log_of("opening ; a")));
    expect(memory, &["opening", "a", &long, "b"], Ending::Clean);
    drop(writer);
    // Room where another segment follows is none.
    let (_writer, memory) = left_behind(&format!("opening ; a ; {long} ; b"));
    memory.set_bytes(SEGMENT, [files[SEGMENT].as_slice(), &[0xff]].concat());
    expect(memory, &["opening", "a"], Ending::Corrupt { entry: 2 });
}

#[test]
fn whatever_else_lies_in_the_room_is_noticed() {
    let (writer, memory) = left_behind("opening ; a");
    let whole = bytes(&memory);
    let end = 56 + 17 + 11;
    assert_eq!(whole.len(), SEGMENT_BYTES_MAX);
    for at in end..whole.len() {
        for bit in 0..8 {
            let changed = memory.copy();
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            changed.set_bytes(SEGMENT, bytes);
            let reader = Reader::open(shared(changed)).unwrap();
            assert_eq!(reader.ending().first_bad_entry(), Some(2), "{at}.{bit}");
            assert_eq!(batches_of(&reader), ["opening", "a"]);
        }
    }
    drop(writer);
}

#[test]
fn damage_before_the_room_is_damage_and_what_a_crash_leaves_there_is_torn() {
    let (_writer, memory) = left_behind("opening ; a ; bbbb");
    let whole = bytes(&memory);
    let (begin, end) = (56 + 17 + 11, 56 + 17 + 11 + 14);
    for at in begin..end {
        for bit in 0..8 {
            let damaged = memory.copy();
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            damaged.set_bytes(SEGMENT, bytes);
            expect(damaged, &["opening", "a"], Ending::DamagedLastCommit { entry: 2 });
        }
        // Written as far as here.
        let torn = memory.copy();
        let mut bytes = whole.clone();
        bytes[at..end].fill(0xff);
        torn.set_bytes(SEGMENT, bytes);
        let ending = match at == begin {
            true => Ending::Clean,
            false => Ending::TornTail { entry: 2, bytes: (at - begin) as u64 },
        };
        expect(torn.clone(), &["opening", "a"], ending);
        let writer = Writer::open(shared(torn.clone())).unwrap();
        assert_eq!(writer.moved_tail().is_some(), begin < at);
        drop(writer);
        expect(torn, &["opening", "a"], Ending::Clean);
    }
}

#[test]
fn where_there_is_no_room_for_more_a_commit_is_made_without() {
    for outcome in [Outcome::Failed, Outcome::Short(200), Outcome::Persisted] {
        let storage = Faulty::new(log_of("opening"));
        let mut writer = Writer::open(shared(storage.clone())).unwrap();
        writer.reserve_at_once();
        let error = ErrorKind::StorageFull;
        storage.arm(Fault { call: Some(Call::Write), nth: 1, outcome, error });
        append(&mut writer, &commits("a ; b"));
        assert_eq!(bytes(storage.memory()), bytes(&log_of("opening ; a ; b")));
    }
}

#[test]
fn a_closed_log_is_closed_though_its_room_could_not_be_cut_off() {
    let storage = Faulty::new(log_of("opening"));
    let mut writer = Writer::open(shared(storage.clone())).unwrap();
    writer.reserve_at_once();
    append(&mut writer, &commits("a"));
    let (outcome, error) = (Outcome::Failed, ErrorKind::Other);
    storage.arm(Fault { call: Some(Call::Truncate), nth: 1, outcome, error });
    drop(writer);
    assert!(!storage.is_armed());
    assert!(bytes(storage.memory()).len() > RESERVE_BYTES);
    expect(storage.clone(), &["opening", "a"], Ending::Clean);
    let mut writer = Writer::open(shared(storage.clone())).unwrap();
    append(&mut writer, &commits("b"));
    assert_eq!(bytes(storage.memory()), bytes(&log_of("opening ; a ; b")));
}

/// A log to which a writer commits while it is read: some reads see it as it was before; of the next one
/// a first part is as before and the rest as afterwards; all later ones see it as it is afterwards.
#[derive(Debug)]
struct Overtaken {
    before: Memory,
    after: Memory,
    reads_before: usize,
    /// Where in the file the rest begins.
    at: usize,
    reads: AtomicUsize,
}

impl Storage for Overtaken {
    fn length(&self, name: &str) -> Result<u64, DiskError> {
        self.before.length(name)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        let mut bytes = self.before.read_at(name, offset, length)?;
        let later = self.after.read_at(name, offset, length)?;
        let at = match self.reads.fetch_add(1, Ordering::Relaxed).cmp(&self.reads_before) {
            CmpOrdering::Less => usize::MAX,
            CmpOrdering::Equal => self.at,
            CmpOrdering::Greater => 0,
        };
        let from = at.saturating_sub(usize::try_from(offset).unwrap()).min(bytes.len());
        bytes[from..].copy_from_slice(&later[from..]);
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.before.list(folder)
    }

    fn exists(&self, name: &str) -> Result<bool, DiskError> {
        self.before.exists(name)
    }

    fn is_locked(&self) -> Result<bool, DiskError> {
        Ok(true)
    }

    fn write_at(&self, _: &str, _: u64, _: &[u8]) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn sync(&self, _: &str) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn truncate(&self, _: &str, _: u64) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn replace(&self, _: &str, _: &[u8]) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn create(&self, _: &str, _: &[u8]) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn remove(&self, _: &str) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn create_folder(&self, _: &str) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn sync_folder(&self, _: &str) -> Result<(), DiskError> {
        unreachable!("it is only read")
    }

    fn lock(&self) -> Result<LockGuard, DiskError> {
        unreachable!("it is only read")
    }
}

#[test]
fn who_reads_while_a_writer_commits_sees_the_log_as_it_was_at_one_moment() {
    let (mut writer, memory) = left_behind("opening ; a");
    let before = memory.copy();
    append(&mut writer, &commits("b ; c1 c2 | c3 ; d"));
    let after = memory.copy();
    let end = after.bytes(SEGMENT).unwrap().iter().rposition(|byte| *byte != 0xff).unwrap() + 1;
    let mut seen = [0, 0];
    for reads_before in 0..4 {
        for at in 56..=end {
            let (before, after) = (before.copy(), after.copy());
            let reads = AtomicUsize::new(0);
            let overtaken = Overtaken { before, after, reads_before, at, reads };
            let reader = Reader::open(shared(overtaken)).unwrap();
            assert_eq!(reader.ending(), Ending::Clean, "{reads_before} {at}");
            match batches_of(&reader).len() {
                2 => seen[0] += 1,
                6 => seen[1] += 1,
                other => panic!("{other} batches"),
            }
        }
    }
    assert!(seen.iter().all(|seen| 0 < *seen), "{seen:?}");
}
