//! Each file cut at each length, and files gone or in each other's place.

use chancery::disk::storage::Storage;
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use rayon::prelude::*;

use super::{
    SIZE, Tally, UNKNOWN_LINE, having_kept, layout, objection, opened, pinned, sample, told,
};

#[test]
fn each_cut_of_each_file_is_seen_but_where_whole_batches_are_gone_from_the_unsigned_end() {
    let sample = sample();
    for (name, bytes) in sample.files() {
        let is_segment = name.ends_with(".seg");
        let judged: Vec<(usize, bool)> = (0..bytes.len())
            .into_par_iter()
            .map(|length| {
                let cut = sample.changed(&name, &bytes[..length]);
                let bad = if is_segment { layout::first_bad(&cut.files()) } else { None };
                let (objects, named) = objection(&cut, &pinned());
                assert_eq!(named, bad, "{name} cut at {length}");
                assert_eq!(objects, bad.is_some() || !is_segment && objects, "{name} at {length}");
                let sizes = opened(&cut);
                let read = layout::read(&cut.files());
                if is_segment && !objects {
                    // The remedy: whoever kept what was signed last sees what is gone.
                    let size = usize::try_from(read.size).unwrap();
                    assert_eq!(sizes, [Some(size); 2]);
                    assert_eq!(objection(&cut, &having_kept(SIZE)), (true, Some(read.size)));
                }
                (length, objects)
            })
            .collect();
        let unseen: Vec<usize> =
            judged.iter().filter(|(_, seen)| !seen).map(|(length, _)| *length).collect();
        told(&format!("cuts of {name}"), judged.iter().map(|(_, seen)| *seen).collect());
        assert_eq!(unseen, expected_unseen_cuts(&name, &bytes), "{name}");
    }
}

/// Where a file ends as if nothing were gone.
fn expected_unseen_cuts(name: &str, bytes: &[u8]) -> Vec<usize> {
    if name == CHECKPOINT_NAME {
        return vec![bytes.len() - UNKNOWN_LINE.len()];
    }
    let files = sample().files();
    let is_last_segment = files.keys().rfind(|name| name.ends_with(".seg"));
    if is_last_segment.map(String::as_str) != Some(name) {
        return Vec::new();
    }
    let first: usize = name[..20].parse().unwrap();
    let frames = layout::frames(bytes);
    // The batches behind the checkpoint end before the entries 10, 12 and 13.
    [10, 12, 13].iter().filter(|size| first < **size).map(|size| frames[size - first].at).collect()
}

#[test]
fn a_file_that_is_gone_or_in_the_place_of_another_is_seen() {
    let sample = sample();
    let names: Vec<String> = sample.files().into_keys().collect();
    let mut all = Tally::default();
    for (position, name) in names.iter().enumerate() {
        let gone = sample.storage.copy();
        gone.remove(name).unwrap();
        let (objects, named) = objection(&gone, &pinned());
        opened(&gone);
        // Whoever has the key needs no other, and a segment without a signed entry is the end.
        let first = name.strip_suffix(".seg").map(|first| first.parse::<u64>().unwrap());
        let is_unsigned_end = first.is_some_and(|first| 10 <= first);
        assert_eq!(objects, name != KEY_NAME && !is_unsigned_end, "{name}");
        if objects {
            assert_eq!(named, first, "{name}");
        }
        all.count(objects);
        for other in &names[position + 1..] {
            let swapped = sample.changed(name, sample.storage.bytes(other).unwrap());
            swapped.set_bytes(other, sample.storage.bytes(name).unwrap());
            let (objects, named) = objection(&swapped, &pinned());
            assert_eq!(opened(&swapped), [None; 2]);
            assert_eq!(named, layout::first_bad(&swapped.files()), "{name} and {other}");
            all.count(objects);
        }
    }
    told("files gone or in each other's place", all);
    assert_eq!(all.exempt(), 2, "the last segment, unsigned, and the key");
}
