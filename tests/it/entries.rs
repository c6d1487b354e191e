//! Entries as bytes: one canonical form, given back whole, and nothing else accepted.

use chancery::chain::codec::{decode, encode};
use chancery::chain::entry::{Entry, check_link, previous_of, seal};
use chancery::chain::error::ChainError;
use chancery::tlog::hash::leaf_hash;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::arbitrary;

/// Any entry with its bytes.
fn encoded() -> impl Strategy<Value = (Entry, Vec<u8>)> {
    arbitrary::entry().prop_filter_map("short enough", |entry| {
        let bytes = encode(&entry).ok()?;
        Some((entry, bytes))
    })
}

proptest! {
    #[test]
    fn whatever_is_encoded_is_decoded_and_given_back(entry in arbitrary::entry()) {
        match encode(&entry) {
            Ok(bytes) => {
                prop_assert!(bytes.len() <= 65_535);
                prop_assert_ne!(bytes.last(), Some(&0xff), "a reserve begins behind it");
                prop_assert_eq!(decode(&bytes), Ok(entry));
            }
            Err(fault) => prop_assert!(matches!(fault, ChainError::TooLong { .. }), "{}", fault),
        }
    }

    #[test]
    fn mutated_bytes_never_panic_and_never_decode_to_the_same_entry(
        (entry, mut bytes) in encoded(),
        at: Index,
        mask in 1..=255u8,
    ) {
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        if let Ok(other) = decode(&bytes) {
            prop_assert_ne!(&other, &entry);
            prop_assert_eq!(encode(&other), Ok(bytes));
        }
    }

    #[test]
    fn inserted_removed_and_cut_bytes_never_decode_to_the_same_entry(
        (entry, bytes) in encoded(),
        at: Index,
        inserted: u8,
    ) {
        let at = at.index(bytes.len());
        let (before, after) = bytes.split_at(at);
        let inserted = [before, &[inserted], after].concat();
        let removed = [before, &after[1..]].concat();
        for other in [&inserted, &removed, before] {
            if let Ok(other_entry) = decode(other) {
                prop_assert_ne!(&other_entry, &entry);
                prop_assert_eq!(&encode(&other_entry).unwrap(), other);
            }
        }
    }

    #[test]
    fn no_bytes_make_decoding_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(decode(&bytes));
        if let Some(format) = bytes.first_mut() {
            *format = 1;
        }
        drop(decode(&bytes));
    }

    #[test]
    fn an_entry_is_sealed_by_the_leaf_hash_of_its_bytes((entry, bytes) in encoded()) {
        let sealed = seal(&entry).unwrap();
        prop_assert_eq!(sealed.hash, leaf_hash(&bytes));
        prop_assert_eq!(sealed.bytes, bytes);
    }

    #[test]
    fn the_link_is_read_without_decoding((entry, bytes) in encoded(), other: [u8; 32]) {
        prop_assert_eq!(previous_of(&bytes), Ok(entry.previous));
        prop_assert_eq!(check_link(entry.previous, &bytes), Ok(()));
        let other = chancery::tlog::hash::Hash(other);
        prop_assume!(other != entry.previous);
        let broken = ChainError::BrokenLink { expected: other, found: entry.previous };
        prop_assert_eq!(check_link(other, &bytes), Err(broken));
    }
}
