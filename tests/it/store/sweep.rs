//! Logs of many stretches, read on all cores: what is shown of them is what was committed.

use chancery::disk::memory::Memory;
use chancery::store::reader::Reader;
use chancery::store::sweep::{Seen, Watch};
use chancery::store::writer::{Batch, Writer};

use super::{FRAME_HEADER_BYTES, SEGMENT, SEGMENT_HEADER_BYTES, link_before, shared};

/// Writes batches, a commit each, into segments of at most so many bytes.
fn written(batches: &[Batch], segment_bytes_max: usize) -> Memory {
    let memory = Memory::default();
    let (first, rest) = batches.split_first().unwrap();
    let writer = Writer::create(shared(memory.clone()), std::slice::from_ref(first)).unwrap();
    let mut writer = writer.with_segment_bytes_max(segment_bytes_max);
    for batch in rest {
        let link = link_before(&writer);
        writer.commit(std::slice::from_ref(batch), link).unwrap();
    }
    memory
}

/// Opens a log and returns how many records were shown while it was judged, and all of them.
fn shown(memory: &Memory) -> (Reader, u64, Vec<Vec<u8>>) {
    let mut all = Vec::new();
    let mut watch = Watch {
        see: |records: &[&[u8]]| records.iter().map(|record| record[1..].to_vec()).collect(),
        take: |seen: Vec<Seen<Vec<Vec<u8>>>>| {
            for Seen { sequences, what } in seen {
                assert_eq!(sequences.start, all.len() as u64);
                all.extend(what);
                assert_eq!(sequences.end, all.len() as u64);
            }
        },
    };
    let (reader, at_once) = Reader::open_showing(shared(memory.clone()), &mut watch).unwrap();
    reader.show(at_once, &mut watch).unwrap();
    (reader, at_once, all)
}

/// Records of very different lengths, in batches of different sizes: one of them is longer than
/// what is read at a time.
fn batches(count: u32) -> Vec<Batch> {
    let mut state = 1_u32;
    let mut next = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let record = |number: u32, length: u32| {
        let filled = number.to_le_bytes().into_iter().cycle().take(length as usize);
        filled.collect::<Vec<u8>>()
    };
    (0..count)
        .map(|number| {
            let records = if number == 7 { 700 } else { 1 + next(6) };
            (0..records)
                .map(|_| {
                    let length = if next(40) == 0 { 65_535 - next(3) } else { 1 + next(900) };
                    record(number, length)
                })
                .collect()
        })
        .collect()
}

#[test]
fn a_log_of_many_stretches_is_shown_whole_and_in_order() {
    let batches = batches(3_000);
    let memory = written(&batches, 5 << 20);
    let (reader, at_once, all) = shown(&memory);
    assert!(3 < reader.segments().len(), "the log has several segments");
    assert_eq!(at_once, reader.size(), "nothing had to be read twice");
    assert!(all.iter().eq(batches.iter().flatten()));
    for (sequence, payload) in (0..).zip(&all).step_by(97) {
        assert_eq!(reader.record(sequence).unwrap().unwrap().payload, *payload);
    }
}

#[test]
fn records_that_look_like_frames_hide_nothing() {
    let first = vec![b"the frame that is copied".to_vec()];
    let memory = written(std::slice::from_ref(&first), usize::MAX);
    let length = FRAME_HEADER_BYTES + first[0].len();
    let frame = &memory.bytes(SEGMENT).unwrap()[SEGMENT_HEADER_BYTES..][..length];
    // Sound in this segment wherever it lies.
    let decoy = frame.repeat(60_000 / length);
    let mut batches = vec![first];
    batches.extend((0..40).flat_map(|_| [vec![decoy.clone()], vec![b"between".to_vec()]]));
    let (reader, _, all) = shown(&written(&batches, usize::MAX));
    assert_eq!(reader.size(), 81);
    assert!(all.iter().eq(batches.iter().flatten()));
}

#[test]
fn damage_ends_what_is_shown_where_it_lies() {
    let batches = batches(600);
    let memory = written(&batches, usize::MAX);
    let bytes = memory.bytes(SEGMENT).unwrap();
    let mut ends = Vec::new();
    let mut end = SEGMENT_HEADER_BYTES;
    for batch in &batches {
        end += batch.iter().map(|record| FRAME_HEADER_BYTES + record.len()).sum::<usize>();
        ends.push(end);
    }
    for flipped in (SEGMENT_HEADER_BYTES..bytes.len()).step_by(bytes.len() / 23) {
        let mut damaged = bytes.clone();
        damaged[flipped] ^= 1;
        memory.set_bytes(SEGMENT, damaged);
        let (reader, _, all) = shown(&memory);
        let whole = ends.partition_point(|end| *end <= flipped);
        let expected = batches[..whole].iter().flatten();
        assert!(all.iter().eq(expected), "byte {flipped} was flipped");
        assert_eq!(reader.size(), all.len() as u64);
    }
}
