//! SHA-256 of many messages at a time, thirty-two beside each other where the processor has AVX-512,
//! else one by one. The only file with `unsafe` code. Must not know what a message means.
#![deny(clippy::indexing_slicing)]

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The digest of a message.
type Hashed = [u8; 32];

/// What hashes as many messages as there are lanes, or fewer, into as many digests; and as many pairs,
/// each with one byte before it.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    messages: fn(&[&[u8]], &mut [Hashed]),
    pairs: fn(u8, &[[Hashed; 2]], &mut [Hashed]),
}

/// Two vectors of sixteen: while one waits for what it has just added, the other goes on.
const LANES: usize = 32;
/// How many blocks the lanes must have to do for one step of them to be worth it: as long as that
/// step lasts, `sha2` hashes some nine blocks by the processor's SHA instructions.
const WORTH_BLOCKS: usize = 11;

/// Returns the SHA-256 of each message.
pub(crate) fn sha256_all(messages: &[&[u8]]) -> Vec<Hashed> {
    match usable() {
        Some(lanes) if WORTH_BLOCKS <= messages.len() => by_lanes(messages, lanes),
        _ => messages.iter().map(|message| Sha256::digest(message).into()).collect(),
    }
}

/// Returns the SHA-256 of a byte and the pair behind it, for each pair.
pub(crate) fn sha256_pairs(first: u8, pairs: &[[Hashed; 2]]) -> Vec<Hashed> {
    let mut digests = vec![[0; 32]; pairs.len()];
    for (pairs, digests) in pairs.chunks(LANES).zip(digests.chunks_mut(LANES)) {
        match usable() {
            Some(lanes) if WORTH_BLOCKS <= pairs.len() => (lanes.pairs)(first, pairs, digests),
            _ => pairs_by_one(first, pairs, digests),
        }
    }
    digests
}

fn pairs_by_one(first: u8, pairs: &[[Hashed; 2]], digests: &mut [Hashed]) {
    for ([left, right], digest) in pairs.iter().zip(digests) {
        let sha = Sha256::new_with_prefix([first]).chain_update(left).chain_update(right);
        *digest = sha.finalize().into();
    }
}

/// The lanes of this processor, if it has them and they say what `sha2` says. Tried once.
fn usable() -> Option<Lanes> {
    static USABLE: OnceLock<Option<Lanes>> = OnceLock::new();
    *USABLE.get_or_init(|| detected().filter(agree_with_sha2))
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Option<Lanes> {
    let has_all = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    has_all.then_some(Lanes { messages: avx512::hash, pairs: avx512::hash_pairs })
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Option<Lanes> {
    None
}

/// Tells whether lanes of different lengths, around each edge of a block, hash as `sha2` does, both
/// when all are taken and when half are; and pairs.
fn agree_with_sha2(lanes: &Lanes) -> bool {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 183, 184, 200, 256];
    let half = lengths.map(|length| bytes.get(..length).unwrap_or_default());
    let all: Vec<&[u8]> = half.iter().chain(half.iter().rev()).copied().collect();
    let do_messages = [half.as_slice(), &all].iter().all(|messages| {
        let mut digests = [[0; 32]; LANES];
        (lanes.messages)(messages, &mut digests);
        messages.iter().zip(digests).all(|(message, digest)| digest == *Sha256::digest(message))
    });
    let leaves: Vec<Hashed> = all.iter().map(|leaf| Sha256::digest(leaf).into()).collect();
    let pairs: Vec<[Hashed; 2]> = leaves.iter().map(|leaf| [*leaf, [0x80; 32]]).collect();
    do_messages
        && [1, LANES / 2, LANES].iter().filter_map(|count| pairs.get(..*count)).all(|pairs| {
            let (mut digests, mut each) = ([[0; 32]; LANES], [[0; 32]; LANES]);
            (lanes.pairs)(7, pairs, &mut digests);
            pairs_by_one(7, pairs, &mut each);
            digests == each
        })
}

/// How many blocks a message fills with its padding: the byte 0x80 and eight bytes of its length.
fn blocks_of(message: &[u8]) -> usize {
    (message.len() + 9).div_ceil(64)
}

/// The places of messages, those of fewer blocks first.
fn by_blocks(messages: &[&[u8]]) -> Vec<usize> {
    let most = messages.iter().map(|message| blocks_of(message)).max().unwrap_or(0);
    // Where the next message of as many blocks goes; counted first at the number above its own.
    let mut next = vec![0; most + 2];
    for message in messages {
        if let Some(count) = next.get_mut(blocks_of(message) + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for place in &mut next {
        before += *place;
        *place = before;
    }
    let mut order = vec![0; messages.len()];
    for (place, message) in messages.iter().enumerate() {
        let Some(to) = next.get_mut(blocks_of(message)) else { continue };
        if let Some(at) = order.get_mut(*to) {
            *at = place;
        }
        *to += 1;
    }
    order
}

/// Hashes messages of about as many blocks beside each other.
fn by_lanes(messages: &[&[u8]], lanes: Lanes) -> Vec<Hashed> {
    let mut digests = vec![[0; 32]; messages.len()];
    for places in by_blocks(messages).chunks(LANES) {
        let mut some: [&[u8]; LANES] = [&[]; LANES];
        for (lane, place) in some.iter_mut().zip(places) {
            *lane = messages.get(*place).copied().unwrap_or_default();
        }
        let some = some.get(..places.len()).unwrap_or_default();
        let mut hashed = [[0; 32]; LANES];
        let (all, longest) = some
            .iter()
            .map(|message| blocks_of(message))
            .fold((0, 0), |(all, most), count| (all + count, most.max(count)));
        if longest * WORTH_BLOCKS <= all {
            (lanes.messages)(some, &mut hashed);
        } else {
            let digests = some.iter().map(|message| Sha256::digest(message).into());
            hashed.iter_mut().zip(digests).for_each(|(place, digest)| *place = digest);
        }
        for (place, digest) in places.iter().zip(hashed) {
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
        __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_mask_add_epi32,
        _mm512_mask_set1_epi8, _mm512_mask_set1_epi64, _mm512_maskz_loadu_epi8, _mm512_or_si512,
        _mm512_ror_epi32, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_shuffle_epi8,
        _mm512_shuffle_i32x4, _mm512_slli_epi32, _mm512_srli_epi32, _mm512_storeu_si512,
        _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
        _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    };

    use super::{Hashed, LANES, blocks_of};

    /// How many words of 32 bits a vector has, and so how many lanes.
    const WIDE: usize = 16;

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

    /// Hashes as many messages as there are lanes, or fewer. Must only be called where the processor
    /// has the features.
    pub(super) fn hash(messages: &[&[u8]], digests: &mut [Hashed]) {
        assert!(messages.len() <= LANES && messages.len() <= digests.len(), "a lane for each");
        // SAFETY: `detected` alone gives this function away, and only where the processor has both
        // features that `hashed` is compiled for.
        unsafe {
            match messages.len() {
                0..=WIDE => hashed::<1>(messages, digests),
                _ => hashed::<2>(messages, digests),
            }
        }
    }

    /// Hashes a byte and the pair behind it, for as many pairs as there are lanes, or fewer. Must only be
    /// called where the processor has the features.
    pub(super) fn hash_pairs(first: u8, pairs: &[[Hashed; 2]], digests: &mut [Hashed]) {
        assert!(pairs.len() <= LANES && pairs.len() <= digests.len(), "a lane for each");
        // SAFETY: as in `hash`.
        unsafe {
            match pairs.len() {
                0..=WIDE => hashed_pairs::<1>(first, pairs, digests),
                _ => hashed_pairs::<2>(first, pairs, digests),
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    fn hashed<const VECTORS: usize>(messages: &[&[u8]], digests: &mut [Hashed]) {
        let mut words = [BEGINNING.map(|word| _mm512_set1_epi32(word.cast_signed())); VECTORS];
        let longest = messages.iter().map(|message| blocks_of(message)).max().unwrap_or(0);
        for number in 0..longest {
            let mut blocks = [[_mm512_setzero_si512(); 16]; VECTORS];
            let mut busy = [0_u16; VECTORS];
            for (vector, some) in messages.chunks(WIDE).enumerate() {
                for (lane, message) in some.iter().enumerate() {
                    // A lane that is done goes on with whatever this is, and its words stay.
                    busy[vector] |= u16::from(number < blocks_of(message)) << lane;
                    blocks[vector][lane] = block_of(message, number);
                }
                transpose(&mut blocks[vector]);
            }
            compress(&mut words, &mut blocks, busy);
        }
        give(&words, &mut digests[..messages.len()]);
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    fn hashed_pairs<const VECTORS: usize>(
        first: u8,
        pairs: &[[Hashed; 2]],
        digests: &mut [Hashed],
    ) {
        let (swap, zero) = (load(&SWAP), _mm512_setzero_si512());
        let mut words = [BEGINNING.map(|word| _mm512_set1_epi32(word.cast_signed())); VECTORS];
        let mut blocks = [[zero; 16]; VECTORS];
        // Behind the last byte of the pair come 0x80, zeros and the 65 bytes' length in bits.
        let mut last = [[zero; 16]; VECTORS];
        for ((block, last), pairs) in blocks.iter_mut().zip(&mut last).zip(pairs.chunks(WIDE)) {
            for (row, pair) in block.iter_mut().zip(pairs) {
                let (bytes, _) = pair.as_flattened().as_chunks::<64>();
                *row = _mm512_shuffle_epi8(load(&bytes[0]), swap);
            }
            transpose(block);
            // Each byte goes one further, since one comes first.
            let mut before = _mm512_set1_epi32(i32::from(first));
            for word in block.iter_mut() {
                let rest = _mm512_srli_epi32::<8>(*word);
                (*word, before) = (_mm512_or_si512(_mm512_slli_epi32::<24>(before), rest), *word);
            }
            let end = _mm512_set1_epi32(0x80 << 16);
            last[0] = _mm512_or_si512(_mm512_slli_epi32::<24>(before), end);
            last[15] = _mm512_set1_epi32(65 * 8);
        }
        for blocks in [&mut blocks, &mut last] {
            compress(&mut words, blocks, [u16::MAX; VECTORS]);
        }
        give(&words, &mut digests[..pairs.len()]);
    }

    /// Takes the digest of each lane out of its words.
    #[target_feature(enable = "avx512f")]
    fn give(words: &[[__m512i; 8]], digests: &mut [Hashed]) {
        for (words, digests) in words.iter().zip(digests.chunks_mut(WIDE)) {
            let mut stored = [[0; WIDE]; 8];
            stored.iter_mut().zip(words).for_each(|(to, word)| store(to, *word));
            for (lane, digest) in digests.iter_mut().enumerate() {
                let (places, _) = digest.as_chunks_mut::<4>();
                places.iter_mut().zip(&stored).for_each(|(at, of)| *at = of[lane].to_be_bytes());
            }
        }
    }

    /// The words of one block of a message with its padding (FIPS 180-4, section 5.1.1).
    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn block_of(message: &[u8], number: usize) -> __m512i {
        let swap = load(&SWAP);
        let rest = message.get(number * 64..);
        if let Some(whole) = rest.and_then(|rest| rest.first_chunk()) {
            return _mm512_shuffle_epi8(load(whole), swap);
        }
        let (last, is_full) = match rest {
            Some(rest) => {
                let end = 1 << rest.len();
                let ended = _mm512_mask_set1_epi8(load_first(rest), end, 0x80_u8.cast_signed());
                (_mm512_shuffle_epi8(ended, swap), 56 <= rest.len())
            }
            None => (_mm512_setzero_si512(), false),
        };
        let bits = message.len() as u64 * 8;
        // The more significant word of the length comes first.
        let place = if is_full { 0 } else { 0x80 };
        _mm512_mask_set1_epi64(last, place, bits.rotate_left(32).cast_signed())
    }

    #[target_feature(enable = "avx512f")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        // SAFETY: the reference is valid for reading its 64 bytes, and no alignment is asked for.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    /// Loads fewer than 64 bytes, and zeros behind them.
    #[target_feature(enable = "avx512f,avx512bw")]
    fn load_first(bytes: &[u8]) -> __m512i {
        assert!(bytes.len() < 64, "a bit of the mask for each");
        // SAFETY: the mask has a bit for each byte of the slice and for no other; the rest of the 64
        // bytes is not accessed (Intel's manual, volume 1, section 15.6.4), and no alignment is asked for.
        unsafe { _mm512_maskz_loadu_epi8((1 << bytes.len()) - 1, bytes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [u32; WIDE], words: __m512i) {
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

    /// Does a step for each of sixteen words. Written out, so that no word moves between registers.
    macro_rules! sixteen {
        ($step:ident $(<$more:ident>)? ($($of:expr),*)) => {{
            $step::<0 $(, $more)?>($($of),*);
            $step::<1 $(, $more)?>($($of),*);
            $step::<2 $(, $more)?>($($of),*);
            $step::<3 $(, $more)?>($($of),*);
            $step::<4 $(, $more)?>($($of),*);
            $step::<5 $(, $more)?>($($of),*);
            $step::<6 $(, $more)?>($($of),*);
            $step::<7 $(, $more)?>($($of),*);
            $step::<8 $(, $more)?>($($of),*);
            $step::<9 $(, $more)?>($($of),*);
            $step::<10 $(, $more)?>($($of),*);
            $step::<11 $(, $more)?>($($of),*);
            $step::<12 $(, $more)?>($($of),*);
            $step::<13 $(, $more)?>($($of),*);
            $step::<14 $(, $more)?>($($of),*);
            $step::<15 $(, $more)?>($($of),*);
        }};
    }

    /// Takes one block of each lane into its words, where the lane is busy (FIPS 180-4, section 6.2.2).
    #[target_feature(enable = "avx512f")]
    fn compress<const VECTORS: usize>(
        words: &mut [[__m512i; 8]; VECTORS],
        blocks: &mut [[__m512i; 16]; VECTORS],
        busy: [u16; VECTORS],
    ) {
        let mut turning = *words;
        for (number, constants) in ROUNDS.iter().enumerate() {
            if 0 < number {
                blocks.iter_mut().for_each(|block| sixteen!(schedule(block)));
            }
            sixteen!(turn<VECTORS>(&mut turning, blocks, constants));
        }
        for ((words, turning), busy) in words.iter_mut().zip(turning).zip(busy) {
            for (word, turned) in words.iter_mut().zip(turning) {
                *word = _mm512_mask_add_epi32(*word, busy, *word, turned);
            }
        }
    }

    /// One round of each vector. The words stay where they are; which of them is the first goes down
    /// by one.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn turn<const ROUND: usize, const VECTORS: usize>(
        vectors: &mut [[__m512i; 8]; VECTORS],
        blocks: &[[__m512i; 16]; VECTORS],
        constants: &[u32; 16],
    ) {
        let constant = _mm512_set1_epi32(constants[ROUND].cast_signed());
        let of = |letter: usize| (letter + 16 - ROUND) % 8;
        for (words, block) in vectors.iter_mut().zip(blocks) {
            let [a, b, c] = [0, 1, 2].map(|letter| words[of(letter)]);
            let [e, f, g, h] = [4, 5, 6, 7].map(|letter| words[of(letter)]);
            let chosen = _mm512_ternarylogic_epi32::<0xca>(e, f, g);
            let one = _mm512_add_epi32(
                _mm512_add_epi32(h, _mm512_add_epi32(block[ROUND], constant)),
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
            words[of(3)] = _mm512_add_epi32(words[of(3)], one);
            words[of(7)] = _mm512_add_epi32(one, two);
        }
    }

    /// Makes a word of the schedule of the sixteen before it, in place of the first of them.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn schedule<const AT: usize>(block: &mut [__m512i; 16]) {
        let (early, late) = (block[(AT + 1) % 16], block[(AT + 14) % 16]);
        let (x, y) = (_mm512_ror_epi32::<7>(early), _mm512_ror_epi32::<18>(early));
        let small = _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_srli_epi32::<3>(early));
        let (x, y) = (_mm512_ror_epi32::<17>(late), _mm512_ror_epi32::<19>(late));
        let great = _mm512_ternarylogic_epi32::<0x96>(x, y, _mm512_srli_epi32::<10>(late));
        let kept = _mm512_add_epi32(block[AT], block[(AT + 9) % 16]);
        block[AT] = _mm512_add_epi32(kept, _mm512_add_epi32(small, great));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn by_one(messages: &[&[u8]]) -> Vec<Hashed> {
        messages.iter().map(|message| Sha256::digest(message).into()).collect()
    }

    /// Hashes through the lanes even where they are not worth it.
    fn forced(messages: &[&[u8]]) -> Vec<Hashed> {
        let Some(lanes) = detected() else { return by_one(messages) };
        let mut digests = vec![[0; 32]; messages.len()];
        let groups = messages.chunks(LANES).zip(digests.chunks_mut(LANES));
        groups.for_each(|(messages, digests)| (lanes.messages)(messages, digests));
        digests
    }

    #[test]
    fn lanes_that_fail_their_test_are_not_used() {
        let each = |messages: &[&[u8]], digests: &mut [Hashed]| {
            digests.iter_mut().zip(by_one(messages)).for_each(|(place, digest)| *place = digest);
        };
        let honest = Lanes { messages: each, pairs: pairs_by_one };
        assert!(agree_with_sha2(&honest));
        let lies = Lanes { messages: |_, digests| digests.fill([7; 32]), ..honest };
        assert!(!agree_with_sha2(&lies));
        let almost = |messages: &[&[u8]], digests: &mut [Hashed]| {
            digests.iter_mut().zip(messages).for_each(|(digest, message)| {
                *digest = Sha256::digest(message).into();
                digest[31] ^= u8::from(message.len() == 56);
            });
        };
        assert!(!agree_with_sha2(&Lanes { messages: almost, ..honest }));
        let turned = |first, pairs: &[[Hashed; 2]], digests: &mut [Hashed]| {
            let turned: Vec<_> = pairs.iter().map(|[left, right]| [*right, *left]).collect();
            pairs_by_one(first, &turned, digests);
        };
        assert!(!agree_with_sha2(&Lanes { pairs: turned, ..honest }));
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

        #[test]
        fn many_pairs_are_hashed_as_each_alone(
            first: u8,
            pairs in vec(any::<[Hashed; 2]>(), 1..100),
        ) {
            let bytes = pairs.iter().map(|pair| [&[first], pair.as_flattened()].concat());
            let messages: Vec<Vec<u8>> = bytes.collect();
            let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
            let expected = by_one(&messages);
            prop_assert_eq!(sha256_pairs(first, &pairs), &expected[..]);
            if let Some(lanes) = detected() {
                // Also where they are not worth it.
                let pairs = &pairs[..pairs.len().min(LANES)];
                let mut digests = vec![[0; 32]; pairs.len()];
                (lanes.pairs)(first, pairs, &mut digests);
                prop_assert_eq!(&digests, &expected[..pairs.len()]);
            }
        }
    }
}
