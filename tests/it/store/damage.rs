//! Damage is found, sorted and named; nothing that was acknowledged passes for a torn tail.

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::store::ending::Ending;
use chancery::store::error::StoreError;
use chancery::store::frame::SEGMENT_BYTES_MAX;
use chancery::store::reader::Reader;
use chancery::store::writer::{Batch, Writer};
use proptest::prelude::*;

use crate::store::{
    FRAME_HEADER_BYTES, SEGMENT, SEGMENT_HEADER_BYTES, append, batches_of, commits, expect, log_of,
    segmented_log_of, shared, text_batches,
};

fn change(memory: &Memory, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Memory {
    let changed = memory.copy();
    let mut bytes = memory.bytes(name).unwrap();
    change(&mut bytes);
    changed.set_bytes(name, bytes);
    changed
}

fn length(memory: &Memory) -> usize {
    memory.bytes(SEGMENT).unwrap().len()
}

/// Opening for writing refuses, says why, and changes nothing.
fn expect_no_writing(memory: &Memory, ending: Ending) {
    let before = memory.files();
    let refused = Writer::open(shared(memory.clone())).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { ending: found } if found == ending));
    assert_eq!(refused.to_string(), ending.to_string());
    assert_eq!(memory.files(), before);
}

/// The entry each byte of a segment belongs to; those of the header, to the first.
fn entry_of_each_byte(first: u64, segment: &[u8]) -> Vec<u64> {
    let mut entries = vec![first; SEGMENT_HEADER_BYTES];
    let mut entry = first;
    while entries.len() < segment.len() {
        let length = segment[entries.len()..][..4].try_into().unwrap();
        let frame = FRAME_HEADER_BYTES + u32::from_le_bytes(length) as usize;
        entries.resize(entries.len() + frame, entry);
        entry += 1;
    }
    entries
}

fn frames_bytes(commit: &[Batch]) -> usize {
    commit.iter().flatten().map(|record| FRAME_HEADER_BYTES + record.len()).sum()
}

#[test]
fn every_flipped_bit_is_found_and_its_entry_named() {
    let log = format!("opening ; a b | c ; {} ; d ; e f | g", "long".repeat(31));
    let memory = segmented_log_of(200, &log);
    let segments: Vec<_> = memory.files().into_iter().collect();
    assert_eq!(segments.len(), 3);
    let last_commit = segments[2].1.len() - 3 * 11;
    let batches = text_batches(&commits(&log));
    for (position, (name, bytes)) in segments.iter().enumerate() {
        let first = name[..20].parse().unwrap();
        let entries = entry_of_each_byte(first, bytes);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let damaged = change(&memory, name, |bytes| bytes[at] ^= 1 << bit);
                let reader = Reader::open(shared(damaged.clone())).unwrap();
                let ending = reader.ending();
                assert_eq!(ending.first_bad_entry(), Some(entries[at]), "byte {at} of {name}");
                let is_in_last_commit = position == 2 && last_commit <= at;
                if is_in_last_commit {
                    assert_eq!(ending, Ending::DamagedLastCommit { entry: entries[at] }, "{at}");
                } else {
                    assert_eq!(ending, Ending::Corrupt { entry: entries[at] }, "{at} of {name}");
                }
                let read = batches_of(&reader);
                assert!(reader.size() <= entries[at], "read up to the damage and not beyond");
                assert_eq!(read, batches[..read.len()]);
                if bit == 0 {
                    expect_no_writing(&damaged, ending);
                }
            }
        }
    }
}

#[test]
fn a_damaged_header_names_the_first_entry_of_its_segment() {
    let memory = log_of("opening ; a ; b");
    for at in [0, 8, 12, 20, 52] {
        let damaged = change(&memory, SEGMENT, |bytes| bytes[at] ^= 0x40);
        expect(damaged.clone(), &[], Ending::Corrupt { entry: 0 });
        expect_no_writing(&damaged, Ending::Corrupt { entry: 0 });
        let refused = Writer::create(shared(damaged), &commits("x")[0]);
        assert!(matches!(refused, Err(StoreError::AlreadyALedger)));
    }
}

#[test]
fn a_lost_first_block_is_no_torn_tail_when_commits_follow_it() {
    let long = "x".repeat(300);
    let ends_alone = format!("{long} {long} ; last");
    let goes_on = format!("{long} ; {long} ; a ; b");
    for log in [ends_alone, goes_on] {
        let lost = change(&log_of(&log), SEGMENT, |bytes| bytes[..512].fill(0));
        expect(lost.clone(), &[], Ending::Corrupt { entry: 0 });
        expect_no_writing(&lost, Ending::Corrupt { entry: 0 });
    }
    let unfinished = log_of(&format!("{long} {long} {long}"));
    let lost = change(&unfinished, SEGMENT, |bytes| bytes[..512].fill(0));
    let bytes = lost.length(SEGMENT).unwrap();
    expect(lost, &[], Ending::TornTail { entry: 0, bytes });
}

#[test]
fn a_lost_block_of_the_last_commit_is_torn_and_of_an_earlier_one_corrupt() {
    let long = "x".repeat(1500);
    let memory = log_of(&format!("a ; {long} ; {long}"));
    let last = SEGMENT_HEADER_BYTES + 11 + 1510;
    for block in (0..length(&memory)).step_by(512) {
        let lost = change(&memory, SEGMENT, |bytes| {
            let to = (block + 512).min(bytes.len());
            bytes[block..to].fill(0);
        });
        let ending = Reader::open(shared(lost)).unwrap().ending();
        match block {
            0 => assert_eq!(ending, Ending::Corrupt { entry: 0 }),
            // The block in which the last commit begins takes the evidence with it.
            _ if block + 512 <= last => assert_eq!(ending, Ending::Corrupt { entry: 1 }, "{block}"),
            _ => assert!(matches!(ending, Ending::TornTail { .. }), "{block}"),
        }
    }
}

#[test]
fn the_rest_of_a_block_that_was_never_written_is_torn() {
    let memory = log_of(&format!("a ; {}", "x".repeat(1500)));
    let torn = change(&memory, SEGMENT, |bytes| bytes[67..512].fill(0));
    let bytes = torn.length(SEGMENT).unwrap() - 67;
    expect(torn, &["a"], Ending::TornTail { entry: 1, bytes });
    let nearly = change(&memory, SEGMENT, |bytes| bytes[67..511].fill(0));
    expect(nearly.clone(), &["a"], Ending::DamagedLastCommit { entry: 1 });
    expect_no_writing(&nearly, Ending::DamagedLastCommit { entry: 1 });
}

#[test]
fn zeros_elsewhere_do_not_excuse_a_damaged_frame() {
    let memory = Memory::default();
    let zeros = vec![vec![b'b'; 9], vec![0; 2000]];
    drop(Writer::create(shared(memory.clone()), &[vec![b"a".to_vec()], zeros]).unwrap());
    let damaged = change(&memory, SEGMENT, |bytes| bytes[67 + 12] ^= 1);
    let ending = Reader::open(shared(damaged)).unwrap().ending();
    assert_eq!(ending, Ending::DamagedLastCommit { entry: 1 });
}

#[test]
fn a_length_that_was_damaged_does_not_pass_for_a_cut() {
    let memory = log_of("a ; b ; c1 c2");
    let last_two = length(&memory) - 24;
    for (at, entry) in [(last_two, 2), (last_two + 12, 3)] {
        let damaged = change(&memory, SEGMENT, |bytes| bytes[at + 1] = 0x7f);
        expect(damaged, &["a", "b"], Ending::DamagedLastCommit { entry });
    }
}

#[test]
fn a_missing_segment_and_one_too_many_are_named() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e ; f ; g ; h ; i");
    let second = "00000000000000000004.seg";
    let without = memory.copy();
    without.remove(second).unwrap();
    expect(without.clone(), &["a", "b", "c", "d"], Ending::MissingSegment { entry: 4 });
    expect_no_writing(&without, Ending::MissingSegment { entry: 4 });

    let headless = memory.copy();
    headless.remove(SEGMENT).unwrap();
    expect(headless.clone(), &[], Ending::MissingSegment { entry: 0 });
    expect_no_writing(&headless, Ending::MissingSegment { entry: 0 });

    let shortened = change(&memory, SEGMENT, |bytes| bytes.truncate(bytes.len() - 11));
    expect(shortened, &["a", "b", "c"], Ending::MissingSegment { entry: 3 });

    let other = segmented_log_of(89, "a ; b ; c ; d ; e");
    let overlapping = memory.copy();
    let third = "00000000000000000003.seg";
    overlapping.set_bytes(third, other.bytes(third).unwrap());
    let ending = Ending::OverlappingSegment { entry: 3 };
    expect(overlapping.clone(), &["a", "b", "c", "d"], ending);
    expect_no_writing(&overlapping, ending);
}

#[test]
fn a_segment_under_another_name_is_corrupt() {
    let memory = segmented_log_of(100, "a ; b ; c ; d ; e");
    memory.set_bytes("00000000000000000004.seg", memory.bytes(SEGMENT).unwrap());
    expect(memory, &["a", "b", "c", "d"], Ending::Corrupt { entry: 4 });
}

#[test]
fn frames_moved_dropped_or_doubled_before_the_last_commit_are_noticed() {
    let memory = log_of("a ; b1 b2 ; c1 c2 ; d");
    let frame = |entry: usize| 67 + (entry - 1) * 12..67 + entry * 12;
    let dropped = change(&memory, SEGMENT, |bytes| drop(bytes.drain(frame(2))));
    expect(dropped, &["a"], Ending::Corrupt { entry: 2 });
    let doubled = change(&memory, SEGMENT, |bytes| {
        let twice = bytes[frame(1)].to_vec();
        bytes.splice(frame(2).start..frame(2).start, twice);
    });
    expect(doubled, &["a"], Ending::Corrupt { entry: 2 });
}

#[test]
fn a_frame_of_another_segment_is_never_valid() {
    let [first, second] = ["a ; b ; c", "x ; b ; c"].map(|log| segmented_log_of(78, log));
    let third = "00000000000000000002.seg";
    let (own, other) = (first.bytes(third).unwrap(), second.bytes(SEGMENT).unwrap());
    let mixed = [&own[..56], &other[67..]].concat();
    assert_eq!(mixed.len(), own.len());
    first.set_bytes(third, mixed);
    expect(first, &["a", "b"], Ending::DamagedLastCommit { entry: 2 });
}

#[test]
fn other_programs_files_and_newer_formats_are_refused_by_name() {
    let memory = log_of("a");
    let with_header = |at: usize, byte: u8| {
        change(&memory, SEGMENT, |bytes| {
            bytes[at] = byte;
            let crc = crc32c::crc32c(&bytes[..52]).to_le_bytes();
            bytes[52..56].copy_from_slice(&crc);
        })
    };
    let newer = with_header(8, 2);
    let refused = Reader::open(shared(newer.clone())).unwrap_err();
    assert!(matches!(refused, StoreError::NewerFormat { format: 2, .. }));
    let text = "segment 00000000000000000000.seg has format 2 and needs a newer chancery";
    assert_eq!(refused.to_string(), text);
    assert!(matches!(Writer::open(shared(newer)), Err(StoreError::NewerFormat { .. })));
    let foreign = Reader::open(shared(with_header(1, b'X')));
    assert!(matches!(foreign, Err(StoreError::NotALedger)));
    let other_names = Memory::default();
    for name in ["0.seg", "0000000000000000000a.seg", "key.pub", "checkpoint"] {
        other_names.set_bytes(name, "x");
    }
    assert!(matches!(Reader::open(shared(other_names)), Err(StoreError::NotALedger)));
}

#[test]
fn a_file_longer_than_a_segment_is_not_read() {
    let memory = change(&log_of("a"), SEGMENT, |bytes| bytes.resize(SEGMENT_BYTES_MAX + 1, 0));
    let refused = Reader::open(shared(memory));
    assert!(matches!(refused, Err(StoreError::SegmentTooLong { .. })));
}

#[test]
fn searching_a_whole_segment_of_false_frames_ends() {
    let memory = log_of("a ; b");
    let false_frame = [0xff, 0xff, 0, 0, 9, 9, 9, 9, 2, 0];
    let damaged = change(&memory, SEGMENT, |bytes| {
        bytes[70] ^= 1;
        while bytes.len() + false_frame.len() <= SEGMENT_BYTES_MAX {
            bytes.extend(false_frame);
        }
    });
    // Too many to judge: the careful answer.
    expect(damaged.clone(), &["a"], Ending::Corrupt { entry: 1 });
    let headless = change(&damaged, SEGMENT, |bytes| bytes[..512].fill(0));
    expect(headless, &[], Ending::Corrupt { entry: 0 });
}

fn any_log() -> impl Strategy<Value = String> {
    let record = "[a-z]{1,40}";
    let batch = prop::collection::vec(record, 1..4).prop_map(|batch| batch.join(" "));
    let commit = prop::collection::vec(batch, 1..3).prop_map(|commit| commit.join(" | "));
    prop::collection::vec(commit, 2..8).prop_map(|commits| commits.join(" ; "))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_across_segments(log in any_log(), bytes_max in 400usize..900) {
        let memory = segmented_log_of(bytes_max, &log);
        let reader = Reader::open(shared(memory.clone())).unwrap();
        prop_assert_eq!(reader.ending(), Ending::Clean);
        prop_assert_eq!(batches_of(&reader), text_batches(&commits(&log)));
        prop_assert!(memory.files().values().all(|bytes| bytes.len() <= bytes_max));
    }

    #[test]
    fn any_byte_changed_before_the_last_commit_is_corrupt_and_named(
        log in any_log(),
        bytes_max in 400usize..900,
        place: prop::sample::Index,
        xor in 1u8..,
    ) {
        let memory = segmented_log_of(bytes_max, &log);
        let commits = commits(&log);
        let last_commit = frames_bytes(&commits[commits.len() - 1]);
        let files: Vec<_> = memory.files().into_iter().collect();
        let (last, before) = files.split_last().unwrap();
        let mut last_from = last.1.len() - last_commit;
        if last_from == SEGMENT_HEADER_BYTES {
            last_from = 0;
        }
        let lengths = before.iter().map(|(_, bytes)| bytes.len()).chain([last_from]);
        let places = lengths.enumerate().flat_map(|(file, length)| {
            (0..length).map(move |at| (file, at))
        });
        let places: Vec<_> = places.collect();
        let (file, at) = *place.get(&places);
        let (name, bytes) = &files[file];
        let entry = entry_of_each_byte(name[..20].parse().unwrap(), bytes)[at];
        let damaged = change(&memory, name, |bytes| bytes[at] ^= xor);
        let reader = Reader::open(shared(damaged)).unwrap();
        prop_assert_eq!(reader.ending(), Ending::Corrupt { entry });
        let read = batches_of(&reader);
        prop_assert_eq!(&read, &text_batches(&commits)[..read.len()]);
    }

    #[test]
    fn any_cut_in_the_last_commit_is_torn_or_clean_and_loses_nothing_before_it(
        log in any_log(),
        bytes_max in 400usize..900,
        cut: prop::sample::Index,
    ) {
        let memory = segmented_log_of(bytes_max, &log);
        let commits = commits(&log);
        let (last, before) = commits.split_last().unwrap();
        let last_commit = frames_bytes(last);
        let (name, bytes) = memory.files().pop_last().unwrap();
        let mut kept = bytes.len() - last_commit;
        if kept == SEGMENT_HEADER_BYTES {
            kept = 0;
        }
        let length = kept + cut.index(bytes.len() - kept);
        memory.set_bytes(&name, &bytes[..length]);
        let reader = Reader::open(shared(memory.clone())).unwrap();
        let ending = reader.ending();
        prop_assert!(matches!(ending, Ending::Clean | Ending::TornTail { .. }), "{:?}", ending);
        let (acknowledged, read) = (text_batches(before), batches_of(&reader));
        prop_assert!(read.starts_with(&acknowledged));
        prop_assert!(text_batches(&commits).starts_with(&read));
        let mut writer = Writer::open(shared(memory.clone())).unwrap();
        append(&mut writer, &[vec![vec![b"more".to_vec()]]]);
        drop(writer);
        let reader = Reader::open(shared(memory)).unwrap();
        prop_assert_eq!(reader.ending(), Ending::Clean);
        prop_assert_eq!(batches_of(&reader), [read, vec!["more".to_owned()]].concat());
    }

    #[test]
    fn bytes_at_random_never_panic(
        header: bool,
        bytes in prop::collection::vec(prop_oneof![Just(0u8), 0u8..4, any::<u8>()], 0..2000),
    ) {
        let memory = if header { log_of("a") } else { Memory::default() };
        let before = memory.bytes(SEGMENT).unwrap_or_default();
        memory.set_bytes(SEGMENT, [before, bytes].concat());
        if let Ok(reader) = Reader::open(shared(memory)) {
            batches_of(&reader);
        }
    }
}
