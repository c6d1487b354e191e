//! The log on disk, told as stories; what they share is a small language for logs.
//!
//! `"a | bb c ; d"` is a log of two commits: the first has a batch of one record and a batch of
//! two, the second a batch of one.

mod damage;
mod faults;
mod format;
mod reserve;
mod stories;
mod sweep;

use std::sync::Arc;

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::store::ending::Ending;
use chancery::store::reader::Reader;
use chancery::store::writer::{Batch, Writer};

const SEGMENT: &str = "00000000000000000000.seg";
const SEGMENT_HEADER_BYTES: usize = 56;
const FRAME_HEADER_BYTES: usize = 10;

fn shared(storage: impl Storage + 'static) -> Arc<dyn Storage> {
    Arc::new(storage)
}

fn commits(log: &str) -> Vec<Vec<Batch>> {
    let record = |text: &str| text.as_bytes().to_vec();
    let batch = |text: &str| text.split_whitespace().map(record).collect();
    log.split(';').map(|commit| commit.split('|').map(batch).collect()).collect()
}

/// What the writer is told to put into a header: here, the number of records before it.
fn link_before(writer: &Writer) -> [u8; 32] {
    let mut link = [0; 32];
    link[..8].copy_from_slice(&writer.reader().size().to_le_bytes());
    link
}

/// Writes a log and closes it.
fn log_of(log: &str) -> Memory {
    segmented_log_of(usize::MAX, log)
}

/// Writes a log whose segments have at most so many bytes.
fn segmented_log_of(segment_bytes_max: usize, log: &str) -> Memory {
    let memory = Memory::default();
    let commits = commits(log);
    let mut writer = Writer::create(shared(memory.clone()), &commits[0])
        .unwrap()
        .with_segment_bytes_max(segment_bytes_max);
    append(&mut writer, &commits[1..]);
    memory
}

fn append(writer: &mut Writer, commits: &[Vec<Batch>]) {
    for commit in commits {
        let link = link_before(writer);
        writer.commit(commit, link).unwrap();
    }
}

/// Reads a whole log in each of the three ways, holds them against each other, and returns the
/// records in batches as text.
fn batches_of(reader: &Reader) -> Vec<String> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut next = 0;
    for record in reader.records(0..u64::MAX) {
        let record = record.unwrap();
        assert_eq!(record.sequence, next);
        assert_eq!(reader.record(next).unwrap().unwrap(), record);
        next += 1;
        batch.push(String::from_utf8(record.payload).unwrap());
        if record.flags.is_last_of_batch() {
            batches.push(std::mem::take(&mut batch).join(" "));
        }
    }
    assert!(batch.is_empty(), "half a batch is visible");
    assert_eq!(next, reader.size());
    assert_eq!(reader.record(next).unwrap(), None);
    let mut next = 0;
    for segment in reader.segments() {
        assert_eq!(segment.sequences().start, next);
        assert_eq!(segment.link()[..8], next.to_le_bytes());
        for (position, frame) in segment.load().unwrap().all_frames().enumerate() {
            let frame = frame.unwrap();
            assert_eq!(frame.sequence, next);
            assert!(0 < position || frame.flags.is_first_of_commit());
            assert_eq!(frame.prefixed()[0], 0);
            assert_eq!(&frame.prefixed()[1..], frame.payload());
            assert_eq!(reader.record(next).unwrap().unwrap().payload, frame.payload());
            next += 1;
        }
    }
    assert_eq!(next, reader.size());
    batches
}

/// Reads a log in full and expects these batches and this end.
fn expect(storage: impl Storage + 'static, batches: &[&str], ending: Ending) {
    let reader = Reader::open(shared(storage)).unwrap();
    assert_eq!(batches_of(&reader), batches);
    assert_eq!(reader.ending(), ending);
}

fn text_batches(commits: &[Vec<Batch>]) -> Vec<String> {
    let text = |batch: &Batch| String::from_utf8(batch.join(&b' ')).unwrap();
    commits.iter().flatten().map(text).collect()
}
