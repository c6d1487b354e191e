//! The segment in docs/format.md is the one that is written.

use chancery::store::ending::Ending;

use crate::store::{SEGMENT, expect, log_of};

#[test]
fn the_segment_of_the_format_document_is_what_is_written_and_read() {
    let document = include_str!("../../../docs/format.md");
    let (_, picture) = document.split_once("```segment\n").unwrap();
    let (picture, _) = picture.split_once("```").unwrap();
    let bytes: Vec<u8> = picture
        .lines()
        .flat_map(|line| line.split("  ").next().unwrap().split(' '))
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    let memory = log_of("one | two three");
    assert_eq!(memory.bytes(SEGMENT).unwrap(), bytes);
    memory.set_bytes(SEGMENT, bytes);
    expect(memory, &["one", "two three"], Ending::Clean);
}
