//! What a writer and its readers see, from the first commit to the last segment.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use chancery::disk::error::DiskError;
use chancery::disk::faulty::{Call, Fault, Faulty, Outcome};
use chancery::disk::memory::Memory;
use chancery::disk::real::Folder;
use chancery::disk::storage::Storage;
use chancery::store::ending::Ending;
use chancery::store::error::StoreError;
use chancery::store::reader::Reader;
use chancery::store::writer::Writer;

use crate::store::{
    SEGMENT, append, batches_of, commits, expect, link_before, log_of, segmented_log_of, shared,
};

#[test]
fn what_was_committed_is_read_back() {
    let memory = log_of("opening ; a | b1 b2 ; c1 c2 c3");
    expect(memory, &["opening", "a", "b1 b2", "c1 c2 c3"], Ending::Clean);
}

#[test]
fn a_commit_answers_with_the_numbers_of_its_records() {
    let memory = log_of("opening");
    let mut writer = Writer::open(shared(memory)).unwrap();
    let link = link_before(&writer);
    assert_eq!(writer.commit(&commits("a b | c")[0], link).unwrap(), 1..4);
    assert_eq!(batches_of(writer.reader()), ["opening", "a b", "c"]);
    assert_eq!(writer.commit(&commits("d")[0], link).unwrap(), 4..5);
    assert_eq!(writer.reader().size(), 5);
}

#[test]
fn records_are_read_from_any_number_on_and_from_any_stretch_of_a_segment() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e");
    let reader = Reader::open(shared(memory)).unwrap();
    let from = |from| reader.records(from..u64::MAX).map(|record| record.unwrap().sequence);
    assert_eq!(from(3).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(from(5).count(), 0);
    let segment = reader.segments().next().unwrap().load().unwrap();
    let stretch = |range| segment.frames(range).map(|frame| frame.unwrap().sequence);
    assert_eq!(stretch(1..3).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(stretch(9..12).count(), 0);
}

#[test]
fn a_full_segment_is_followed_by_another() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e");
    let names: Vec<_> = memory.files().into_keys().collect();
    assert_eq!(names, [SEGMENT, "00000000000000000004.seg"]);
    expect(memory.clone(), &["a", "b", "c", "d", "e"], Ending::Clean);
    let mut writer = Writer::open(shared(memory.clone())).unwrap().with_segment_bytes_max(100);
    append(&mut writer, &commits("f ; g ; h ; i"));
    assert_eq!(writer.reader().segments().len(), 3);
    drop(writer);
    expect(memory, &["a", "b", "c", "d", "e", "f", "g", "h", "i"], Ending::Clean);
}

#[test]
fn a_commit_lies_in_one_segment_or_is_refused() {
    let memory = log_of("a");
    let mut writer = Writer::open(shared(memory.clone())).unwrap().with_segment_bytes_max(100);
    let before = memory.files();
    let refused = writer.commit(&commits("b c d e f")[0], [1; 32]);
    assert!(matches!(refused, Err(StoreError::CommitTooLong { bytes: 111, bytes_max: 100 })));
    assert_eq!(memory.files(), before);
    writer.commit(&commits("b c d")[0], [1; 32]).unwrap();
}

#[test]
fn what_no_frame_can_hold_is_refused_and_nothing_is_written() {
    let memory = log_of("a");
    let before = memory.files();
    let mut writer = Writer::open(shared(memory.clone())).unwrap();
    for batches in [vec![], vec![vec![]], vec![vec![b"b".to_vec()], vec![]]] {
        assert!(matches!(writer.commit(&batches, [1; 32]), Err(StoreError::EmptyCommit)));
    }
    for bytes in [0, 65_536] {
        let refused = writer.commit(&[vec![b"b".to_vec(), vec![b'c'; bytes]]], [1; 32]);
        assert!(matches!(refused, Err(StoreError::PayloadLength { .. })));
    }
    assert_eq!(memory.files(), before);
    writer.commit(&[vec![vec![b'b'; 65_535]]], [1; 32]).unwrap();
    drop(writer);
    expect(memory, &["a", &"b".repeat(65_535)], Ending::Clean);
}

#[test]
fn a_second_writer_is_refused_while_readers_are_not() {
    let memory = log_of("a");
    let writer = Writer::open(shared(memory.clone())).unwrap();
    assert!(matches!(Writer::open(shared(memory.clone())), Err(StoreError::Locked { .. })));
    expect(memory.clone(), &["a"], Ending::Clean);
    drop(writer);
    Writer::open(shared(memory)).unwrap();
}

#[test]
fn an_empty_folder_is_no_ledger_and_is_left_empty() {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Folder::open(folder.path()).unwrap());
    assert!(matches!(Reader::open(Arc::clone(&storage)), Err(StoreError::NotALedger)));
    assert!(matches!(Writer::open(storage), Err(StoreError::NotALedger)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_ledger_is_not_begun_where_one_is() {
    let memory = log_of("a ; b");
    let before = memory.files();
    let refused = Writer::create(shared(memory.clone()), &commits("x")[0]);
    assert!(matches!(refused, Err(StoreError::AlreadyALedger)));
    assert_eq!(memory.files(), before);
}

#[test]
fn a_first_commit_that_was_never_finished_can_be_made_again() {
    let whole = log_of("opening").bytes(SEGMENT).unwrap();
    for length in 0..whole.len() {
        let memory = Memory::default();
        memory.set_bytes(SEGMENT, &whole[..length]);
        let torn = Ending::TornTail { entry: 0, bytes: length as u64 };
        expect(memory.clone(), &[], torn);
        assert!(matches!(Writer::open(shared(memory.clone())), Err(StoreError::Unfinished)));
        let writer = Writer::create(shared(memory.clone()), &commits("again")[0]).unwrap();
        let moved = writer.moved_tail().unwrap();
        assert_eq!(memory.bytes(&moved.name).unwrap(), whole[..length]);
        drop(writer);
        expect(memory, &["again"], Ending::Clean);
    }
}

#[test]
fn a_torn_tail_is_moved_to_quarantine_and_writing_goes_on() {
    let memory = log_of("a ; b");
    let whole = memory.bytes(SEGMENT).unwrap();
    memory.set_bytes(SEGMENT, [whole.as_slice(), &[7, 0, 0]].concat());
    let torn = Ending::TornTail { entry: 2, bytes: 3 };
    expect(memory.clone(), &["a", "b"], torn);
    assert_eq!(torn.to_string(), "3 bytes from entry 2 on were never finished");

    let mut writer = Writer::open(shared(memory.clone())).unwrap();
    let moved = writer.moved_tail().unwrap().clone();
    assert_eq!(moved.name, "quarantine/00000000000000000000-78-1.tail");
    assert_eq!((moved.bytes, memory.bytes(&moved.name).unwrap()), (3, vec![7, 0, 0]));
    assert_eq!(memory.bytes(SEGMENT).unwrap(), whole);
    append(&mut writer, &commits("c"));
    drop(writer);
    expect(memory, &["a", "b", "c"], Ending::Clean);
}

#[test]
fn another_tail_at_the_same_place_is_kept_beside_the_first() {
    let memory = log_of("a");
    let whole = memory.bytes(SEGMENT).unwrap();
    for (tail, name) in [(&[7][..], "67-1"), (&[7], "67-1"), (&[7, 0], "67-2")] {
        memory.set_bytes(SEGMENT, [whole.as_slice(), tail].concat());
        let writer = Writer::open(shared(memory.clone())).unwrap();
        let name = format!("quarantine/00000000000000000000-{name}.tail");
        assert_eq!(writer.moved_tail().unwrap().name, name);
        assert_eq!(memory.bytes(&name).unwrap(), tail);
    }
    expect(memory, &["a"], Ending::Clean);
}

#[test]
fn a_torn_segment_is_moved_away_whole_and_begun_again() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e");
    let second = "00000000000000000004.seg";
    let whole = memory.bytes(second).unwrap();
    for length in 0..whole.len() {
        let memory = memory.copy();
        memory.set_bytes(second, &whole[..length]);
        let torn = Ending::TornTail { entry: 4, bytes: length as u64 };
        expect(memory.clone(), &["a", "b", "c", "d"], torn);
        let mut writer = Writer::open(shared(memory.clone())).unwrap().with_segment_bytes_max(100);
        let moved = writer.moved_tail().unwrap().clone();
        assert_eq!(memory.bytes(&moved.name).unwrap(), whole[..length]);
        append(&mut writer, &commits("f ; g"));
        drop(writer);
        expect(memory, &["a", "b", "c", "d", "f", "g"], Ending::Clean);
    }
}

#[test]
fn half_a_batch_is_never_visible() {
    let memory = log_of("a ; b1 b2 | c1 c2");
    let whole = memory.bytes(SEGMENT).unwrap();
    let after_b = SEGMENT_AND_A + 2 * 12;
    for length in SEGMENT_AND_A..whole.len() {
        memory.set_bytes(SEGMENT, &whole[..length]);
        let batches: &[&str] = if length < after_b { &["a"] } else { &["a", "b1 b2"] };
        let reader = Reader::open(shared(memory.clone())).unwrap();
        assert_eq!(batches_of(&reader), batches, "cut at {length}");
        let is_clean = [SEGMENT_AND_A, after_b].contains(&length);
        assert_eq!(reader.ending() == Ending::Clean, is_clean, "cut at {length}");
    }
}

const SEGMENT_AND_A: usize = 56 + 11;

#[test]
fn readers_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SEGMENT);
    let mut bytes = log_of("a ; b").bytes(SEGMENT).unwrap();
    bytes.extend([1, 0]);
    fs::write(&path, &bytes).unwrap();
    expect(
        Folder::open(folder.path()).unwrap(),
        &["a", "b"],
        Ending::TornTail { entry: 2, bytes: 2 },
    );
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn bytes_after_the_end_are_excused_while_a_writer_lives() {
    let memory = log_of("a");
    let writer = Writer::open(shared(memory.clone())).unwrap();
    let whole = memory.bytes(SEGMENT).unwrap();
    memory.set_bytes(SEGMENT, [whole.as_slice(), &[7, 0]].concat());
    let reader = Reader::open(shared(memory.clone())).unwrap();
    assert_eq!(reader.ending(), Ending::TornTail { entry: 1, bytes: 2 });
    assert!(reader.is_live());
    drop(writer);
    assert!(!Reader::open(shared(memory.clone())).unwrap().is_live());

    let damaged = memory.copy();
    damaged.set_bytes(SEGMENT, log_of("a ; b").bytes(SEGMENT).unwrap());
    flip(&damaged, SEGMENT, 60);
    let lock = damaged.lock().unwrap();
    assert!(!Reader::open(shared(damaged.clone())).unwrap().is_live(), "damage is no writing");
    drop(lock);
}

fn flip(memory: &Memory, name: &str, at: usize) {
    let mut bytes = memory.bytes(name).unwrap();
    bytes[at] ^= 1;
    memory.set_bytes(name, bytes);
}

#[test]
fn a_ledger_that_cannot_be_written_can_be_read() {
    for error in [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
        for call in [Call::Lock, Call::Write] {
            let storage = Faulty::new(log_of("a ; b"));
            storage.arm(Fault { call: Some(call), nth: 1, outcome: Outcome::Failed, error });
            let refused = Writer::open(shared(storage.clone()));
            assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
            expect(storage, &["a", "b"], Ending::Clean);
        }
    }
}

#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    for (commit, call) in [("b", Call::Write), ("b1 b2 b3", Call::Create)] {
        for outcome in [Outcome::Failed, Outcome::Short(5), Outcome::Persisted] {
            let storage = Faulty::new(log_of("a"));
            let before = storage.memory().files();
            let mut writer =
                Writer::open(shared(storage.clone())).unwrap().with_segment_bytes_max(100);
            let error = ErrorKind::StorageFull;
            storage.arm(Fault { call: Some(call), nth: 1, outcome, error });
            let failed = writer.commit(&commits(commit)[0], [1; 32]).unwrap_err();
            let StoreError::NotWritten { source } = &failed else { panic!("{failed:?}") };
            assert!(matches!(source, DiskError::Full { .. }));
            assert_eq!(storage.memory().files(), before);
            let again = writer.commit(&commits(commit)[0], [1; 32]);
            assert!(matches!(again, Err(StoreError::Poisoned)));
            drop(writer);
            expect(storage, &["a"], Ending::Clean);
        }
    }
}

#[test]
fn after_a_failed_write_or_sync_nobody_knows_and_the_writer_stops() {
    for call in [Call::Write, Call::Sync] {
        for outcome in [Outcome::Failed, Outcome::Short(5), Outcome::Persisted] {
            let storage = Faulty::new(log_of("a"));
            let mut writer = Writer::open(shared(storage.clone())).unwrap();
            let error = ErrorKind::Other;
            storage.arm(Fault { call: Some(call), nth: 1, outcome, error });
            let failed = writer.commit(&commits("b")[0], [1; 32]).unwrap_err();
            assert!(matches!(failed, StoreError::Unknown { .. }), "{failed:?}");
            let calls = storage.calls().len();
            let again = writer.commit(&commits("c")[0], [1; 32]);
            assert!(matches!(again, Err(StoreError::Poisoned)));
            assert_eq!(storage.calls().len(), calls, "a poisoned writer touches nothing");
            assert_eq!(batches_of(writer.reader()), ["a"]);
            drop(writer);
            let mut writer = Writer::open(shared(storage.clone())).unwrap();
            append(&mut writer, &commits("c"));
            let was_written = call == Call::Sync || outcome == Outcome::Persisted;
            let batches: &[&str] = if was_written { &["a", "b", "c"] } else { &["a", "c"] };
            drop(writer);
            expect(storage, batches, Ending::Clean);
        }
    }
}

#[test]
fn opening_writes_the_last_commit_again_and_syncs_before_anything_else() {
    let storage = Faulty::new(log_of("a ; b"));
    let writer = Writer::open(shared(storage.clone())).unwrap();
    let calls = storage.calls();
    let changing: Vec<_> = calls.iter().filter(|call| **call != Call::Read).collect();
    assert_eq!(changing, [&Call::Lock, &Call::Write, &Call::Sync, &Call::SyncFolder]);
    drop(writer);
}

#[test]
fn bytes_that_change_under_a_reader_are_noticed() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e");
    let reader = Reader::open(shared(memory.clone())).unwrap();
    flip(&memory, SEGMENT, 56 + 11 + 10);
    assert!(matches!(reader.record(1), Err(StoreError::Changed { entry: 1 })));
    assert_eq!(reader.record(2).unwrap().unwrap().payload, b"c");
    let read: Vec<_> = reader.records(0..u64::MAX).collect();
    assert_eq!(read.len(), 2);
    assert!(matches!(read[1], Err(StoreError::Changed { entry: 1 })));
    flip(&memory, SEGMENT, 0);
    let first = reader.segments().next().unwrap();
    assert!(matches!(first.load(), Err(StoreError::Changed { entry: 0 })));
}

#[test]
fn a_real_folder_keeps_a_log_through_crashes_and_refuses_a_second_writer() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Folder::open(folder.path()).unwrap();
    let mut writer =
        Writer::create(shared(open()), &commits("opening")[0]).unwrap().with_segment_bytes_max(100);
    append(&mut writer, &commits("a ; b1 b2 | c ; d"));
    assert!(matches!(Writer::open(shared(open())), Err(StoreError::Locked { .. })));
    expect(open(), &["opening", "a", "b1 b2", "c", "d"], Ending::Clean);
    drop(writer);

    let last = open().list("").unwrap().into_iter().rfind(|name| name.ends_with(".seg")).unwrap();
    let path = folder.path().join(&last);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), b"\x02\0\0"].concat()).unwrap();
    let mut writer = Writer::open(shared(open())).unwrap();
    let moved = writer.moved_tail().unwrap();
    assert_eq!(fs::read(folder.path().join(&moved.name)).unwrap(), b"\x02\0\0");
    assert_eq!(fs::read(&path).unwrap(), whole);
    append(&mut writer, &commits("e"));
    drop(writer);
    expect(open(), &["opening", "a", "b1 b2", "c", "d", "e"], Ending::Clean);
}
