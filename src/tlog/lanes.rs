//! SHA-256 of many messages at a time, sixteen beside each other where the processor has AVX-512,
//! else one by one. The only file with `unsafe` code. Must not know what a message means.
#![deny(clippy::indexing_slicing)]

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// What hashes sixteen messages or fewer into as many digests.
type Sixteen = fn(&[&[u8]], &mut [[u8; 32]]);

const LANES: usize = 16;
/// How many blocks sixteen lanes must have to do for one step of them to be worth it: as long as that
/// step lasts, `sha2` hashes some ten blocks by the processor's SHA instructions.
const WORTH_BLOCKS: usize = 11;

/// Returns the SHA-256 of each message.
pub(crate) fn sha256_all(messages: &[&[u8]]) -> Vec<[u8; 32]> {
    match usable() {
        Some(sixteen) if WORTH_BLOCKS <= messages.len() => by_sixteen(messages, sixteen),
        _ => messages.iter().map(|message| Sha256::digest(message).into()).collect(),
    }
}

/// The lanes of this processor, if it has them and they say what `sha2` says. Tried once.
fn usable() -> Option<Sixteen> {
    static USABLE: OnceLock<Option<Sixteen>> = OnceLock::new();
    *USABLE.get_or_init(|| detected().filter(|sixteen| agrees_with_sha2(*sixteen)))
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Option<Sixteen> {
    let has_all = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    has_all.then_some(avx512::sixteen)
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Option<Sixteen> {
    None
}

/// Tells whether lanes of different lengths, around each edge of a block, hash as `sha2` does.
fn agrees_with_sha2(sixteen: Sixteen) -> bool {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 183, 184, 200, 256];
    let messages = lengths.map(|length| bytes.get(..length).unwrap_or_default());
    let mut digests = [[0; 32]; LANES];
    sixteen(&messages, &mut digests);
    messages.iter().zip(digests).all(|(message, digest)| digest == *Sha256::digest(message))
}

/// How many blocks a message fills with its padding: the byte 0x80 and eight bytes of its length.
fn blocks_of(message: &[u8]) -> usize {
    (message.len() + 9).div_ceil(64)
}

/// Hashes messages of about as many blocks beside each other.
fn by_sixteen(messages: &[&[u8]], sixteen: Sixteen) -> Vec<[u8; 32]> {
    let mut order: Vec<(usize, usize)> =
        messages.iter().enumerate().map(|(place, message)| (blocks_of(message), place)).collect();
    order.sort_unstable();
    let mut digests = vec![[0; 32]; messages.len()];
    for some in order.chunks(LANES) {
        let mut lanes: [&[u8]; LANES] = [&[]; LANES];
        for (lane, (_, place)) in lanes.iter_mut().zip(some) {
            *lane = messages.get(*place).copied().unwrap_or_default();
        }
        let lanes = lanes.get(..some.len()).unwrap_or_default();
        let mut hashed = [[0; 32]; LANES];
        let (all, longest) =
            some.iter().fold((0, 0), |(all, most), (count, _)| (all + count, most.max(*count)));
        if longest * WORTH_BLOCKS <= all {
            sixteen(lanes, &mut hashed);
        } else {
            let digests = lanes.iter().map(|message| Sha256::digest(message).into());
            hashed.iter_mut().zip(digests).for_each(|(place, digest)| *place = digest);
        }
        for ((_, place), digest) in some.iter().zip(hashed) {
            if let Some(at) = digests.get_mut(*place) {
                *at = digest;
            }
        }
    }
    digests
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vectors are loaded and stored, and the processor was asked first")]
#[allow(clippy::indexing_slicing, reason = "by constants, within arrays")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_mask_add_epi32, _mm512_ror_epi32,
        _mm512_set1_epi32, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_shuffle_i32x4,
        _mm512_srli_epi32, _mm512_storeu_si512, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32,
        _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    };

    use super::{LANES, blocks_of};

    /// The first words of the square roots of the first eight primes (FIPS 180-4, section 5.3.3).
    const BEGINNING: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];

    /// Those of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2).
    #[rustfmt::skip]
    const ROUNDS: [[u32; 16]; 4] = [
        [
            0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
            0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        ],
        [
            0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
            0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        ],
        [
            0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
            0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        ],
        [
            0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
            0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
        ],
    ];

    /// Where each byte goes so that the words of a block are big-endian.
    const SWAP: [u8; 64] = {
        let mut places = [0; 64];
        let mut at = 0_u8;
        while at < 64 {
            places[at as usize] = (at & 12) | (3 - (at & 3));
            at += 1;
        }
        places
    };

    /// Hashes sixteen messages or fewer. Must only be called where the processor has the features.
    pub(super) fn sixteen(messages: &[&[u8]], digests: &mut [[u8; 32]]) {
        assert!(messages.len() <= LANES && messages.len() <= digests.len(), "a lane for each");
        // SAFETY: `detected` alone gives this function away, and only where the processor has both
        // features that `hashed` is compiled for.
        unsafe { hashed(messages, digests) }
    }

    /// The last blocks of a message: what is left of it, and its padding.
    fn padded(left: &[u8], message_bytes: usize) -> [[u8; 64]; 2] {
        let mut last = [0; 128];
        last[..left.len()].copy_from_slice(left);
        last[left.len()] = 0x80;
        let end = if left.len() < 56 { 64 } else { 128 };
        last[end - 8..end].copy_from_slice(&(message_bytes as u64 * 8).to_be_bytes());
        let (blocks, _) = last.as_chunks::<64>();
        [blocks[0], blocks[1]]
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    fn hashed(messages: &[&[u8]], digests: &mut [[u8; 32]]) {
        let mut whole: [&[[u8; 64]]; LANES] = [&[]; LANES];
        let mut last = [[[0; 64]; 2]; LANES];
        let mut counts = [0; LANES];
        for (lane, message) in messages.iter().enumerate() {
            let (blocks, left) = message.as_chunks::<64>();
            whole[lane] = blocks;
            last[lane] = padded(left, message.len());
            counts[lane] = blocks_of(message);
        }
        let mut words = BEGINNING.map(|word| _mm512_set1_epi32(word.cast_signed()));
        let swap = load(&SWAP);
        for number in 0..counts.iter().copied().max().unwrap_or(0) {
            let mut block = [_mm512_setzero_si512(); 16];
            let mut busy = 0;
            for lane in 0..LANES {
                busy |= u16::from(number < counts[lane]) << lane;
                let bytes = match whole[lane].get(number) {
                    Some(bytes) => bytes,
                    // A lane that is done goes on with its last block, and its words stay.
                    None => &last[lane][(number - whole[lane].len()).min(1)],
                };
                block[lane] = _mm512_shuffle_epi8(load(bytes), swap);
            }
            transpose(&mut block);
            compress(&mut words, &mut block, busy);
        }
        let mut stored = [[0; LANES]; 8];
        stored.iter_mut().zip(words).for_each(|(to, word)| store(to, word));
        for (lane, digest) in digests.iter_mut().enumerate().take(messages.len()) {
            let (places, _) = digest.as_chunks_mut::<4>();
            places.iter_mut().zip(&stored).for_each(|(at, word)| *at = word[lane].to_be_bytes());
        }
    }

    #[target_feature(enable = "avx512f")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        // SAFETY: the reference is valid for reading its 64 bytes, and no alignment is asked for.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [u32; LANES], words: __m512i) {
        // SAFETY: the reference is valid for writing its 64 bytes, every pattern of which is sixteen
        // `u32`, and no alignment is asked for.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), words) }
    }

    /// Makes the vector of each place in a block, by lanes, of the block of each lane.
    #[target_feature(enable = "avx512f")]
    fn transpose(rows: &mut [__m512i; 16]) {
        let mut pairs = *rows;
        for at in (0..16).step_by(2) {
            pairs[at] = _mm512_unpacklo_epi32(rows[at], rows[at + 1]);
            pairs[at + 1] = _mm512_unpackhi_epi32(rows[at], rows[at + 1]);
        }
        let mut fours = pairs;
        for at in (0..16).step_by(4) {
            fours[at] = _mm512_unpacklo_epi64(pairs[at], pairs[at + 2]);
            fours[at + 1] = _mm512_unpackhi_epi64(pairs[at], pairs[at + 2]);
            fours[at + 2] = _mm512_unpacklo_epi64(pairs[at + 1], pairs[at + 3]);
            fours[at + 3] = _mm512_unpackhi_epi64(pairs[at + 1], pairs[at + 3]);
        }
        let mut eights = fours;
        for at in [0, 1, 2, 3, 8, 9, 10, 11] {
            eights[at] = _mm512_shuffle_i32x4::<0x88>(fours[at], fours[at + 4]);
            eights[at + 4] = _mm512_shuffle_i32x4::<0xdd>(fours[at], fours[at + 4]);
        }
        for at in 0..8 {
            rows[at] = _mm512_shuffle_i32x4::<0x88>(eights[at], eights[at + 8]);
            rows[at + 8] = _mm512_shuffle_i32x4::<0xdd>(eights[at], eights[at + 8]);
        }
    }

    /// Takes one block of each lane into its words, where the lane is busy (FIPS 180-4, section 6.2.2).
    #[target_feature(enable = "avx512f")]
    fn compress(words: &mut [__m512i; 8], block: &mut [__m512i; 16], busy: u16) {
        let mut turning = *words;
        for (number, constants) in ROUNDS.iter().enumerate() {
            if 0 < number {
                schedule(block);
            }
            for at in 0..16 {
                let constant = _mm512_set1_epi32(constants[at].cast_signed());
                turning = turned(turning, _mm512_add_epi32(block[at], constant));
            }
        }
        for at in 0..8 {
            words[at] = _mm512_mask_add_epi32(words[at], busy, words[at], turning[at]);
        }
    }

    /// One round.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn turned([a, b, c, d, e, f, g, h]: [__m512i; 8], word: __m512i) -> [__m512i; 8] {
        let chosen = _mm512_ternarylogic_epi32::<0xca>(e, f, g);
        let one = _mm512_add_epi32(
            _mm512_add_epi32(h, word),
            _mm512_add_epi32(chosen, {
                let (x, y) = (_mm512_ror_epi32::<6>(e), _mm512_ror_epi32::<11>(e));
                _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_ror_epi32::<25>(e))
            }),
        );
        let majority = _mm512_ternarylogic_epi32::<0xe8>(a, b, c);
        let two = _mm512_add_epi32(majority, {
            let (x, y) = (_mm512_ror_epi32::<2>(a), _mm512_ror_epi32::<13>(a));
            _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_ror_epi32::<22>(a))
        });
        [_mm512_add_epi32(one, two), a, b, c, _mm512_add_epi32(d, one), e, f, g]
    }

    /// Makes the next sixteen words of the schedule of the last sixteen.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn schedule(block: &mut [__m512i; 16]) {
        for at in 0..16 {
            let (early, late) = (block[(at + 1) % 16], block[(at + 14) % 16]);
            let (x, y) = (_mm512_ror_epi32::<7>(early), _mm512_ror_epi32::<18>(early));
            let small = _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_srli_epi32::<3>(early));
            let (x, y) = (_mm512_ror_epi32::<17>(late), _mm512_ror_epi32::<19>(late));
            let great = _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_srli_epi32::<10>(late));
            let kept = _mm512_add_epi32(block[at], block[(at + 9) % 16]);
            block[at] = _mm512_add_epi32(kept, _mm512_add_epi32(small, great));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn by_one(messages: &[&[u8]]) -> Vec<[u8; 32]> {
        messages.iter().map(|message| Sha256::digest(message).into()).collect()
    }

    /// Hashes through the lanes even where they are not worth it.
    fn forced(messages: &[&[u8]]) -> Vec<[u8; 32]> {
        let Some(sixteen) = detected() else { return by_one(messages) };
        let mut digests = vec![[0; 32]; messages.len()];
        let groups = messages.chunks(LANES).zip(digests.chunks_mut(LANES));
        groups.for_each(|(messages, digests)| sixteen(messages, digests));
        digests
    }

    #[test]
    fn lanes_that_fail_their_test_are_not_used() {
        let lies: Sixteen = |_, digests| digests.fill([7; 32]);
        assert!(!agrees_with_sha2(lies));
        let almost: Sixteen = |messages, digests| {
            digests.iter_mut().zip(messages).for_each(|(digest, message)| {
                *digest = Sha256::digest(message).into();
                digest[31] ^= u8::from(message.len() == 56);
            });
        };
        assert!(!agrees_with_sha2(almost));
        if detected().is_none() {
            println!("skipped in part: no AVX-512 here, so that no lanes are compared");
        }
        assert_eq!(usable().is_some(), detected().is_some());
    }

    #[test]
    fn every_length_around_the_edges_of_blocks_is_hashed_in_every_lane() {
        let bytes: Vec<u8> = (0..700_u32).map(|at| at.to_le_bytes()[0] ^ 0x5a).collect();
        for length in (0..=260).chain(440..=450).chain(503..=520) {
            for lane in 0..LANES {
                let mut messages = [&bytes[..9]; LANES];
                messages[lane] = &bytes[1..=length];
                assert_eq!(forced(&messages), by_one(&messages), "{length} in lane {lane}");
            }
        }
    }

    proptest! {
        #[test]
        fn many_messages_are_hashed_as_each_alone(
            messages in vec(vec(any::<u8>(), 0..700), 1..70),
        ) {
            let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
            let expected = by_one(&messages);
            prop_assert_eq!(forced(&messages), &expected[..]);
            prop_assert_eq!(sha256_all(&messages), expected);
        }

        #[test]
        fn messages_of_one_length_are_hashed_as_each_alone(
            length in 0_usize..600,
            seed: [u8; 32],
            count in 1_usize..70,
        ) {
            let all: Vec<Vec<u8>> = (0..count)
                .map(|n| seed.iter().cycle().skip(n % 32).take(length).copied().collect())
                .collect();
            let messages: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(sha256_all(&messages), by_one(&messages));
            prop_assert_eq!(forced(&messages), by_one(&messages));
        }
    }
}
