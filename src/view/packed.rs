//! Eight bytes for an act, or for whatever else is recorded between two. Must not know which two.

use serde::{Deserialize, Serialize};

use crate::chain::hot::HotAct;
use crate::domain::act::{ActKind, By};
use crate::domain::day::Day;
use crate::domain::relation::Axis;
use crate::domain::sequence::Sequence;

/// What is recorded between two besides acts, and has no place in a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum Other {
    Recognition,
    Mission,
    Step,
}

/// An act in eight bytes: the number of its entry, of which a view has fewer than 2^32, and its day with
/// what was done in one word, so that words in order are days in order. An act that is not plain has
/// day 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::view) struct PackedAct {
    sequence: u32,
    day_and_act: u32,
}

const DAY_SHIFT: u32 = 10;
const KIND: u32 = 7;
/// The kind of what is no act; what it is stands where an act says who did it.
const OTHER: u32 = 7;
const CONSULAR_AXIS: u32 = 1 << 3;
const BY_SHIFT: u32 = 4;
const CONSULAR_EXCLUDED: u32 = 1 << 6;
const ANNOUNCED: u32 = 1 << 7;
const SOURCED: u32 = 1 << 8;

impl PackedAct {
    /// The number of kinds that can be told apart.
    pub(in crate::view) const KINDS: usize = KIND as usize + 1;

    /// How many bytes it takes.
    pub(in crate::view) const BYTES: usize = 8;

    /// What stands where an act will.
    pub(in crate::view) const NONE: Self = Self { sequence: 0, day_and_act: OTHER };

    /// Packs an act.
    pub(in crate::view) fn new(sequence: Sequence, act: &HotAct) -> Self {
        let kind = ActKind::ALL.iter().position(|kind| *kind == act.act).unwrap_or_default();
        let kind = u32::try_from(kind).expect("there are six");
        let by: u32 = match act.by {
            By::Both => 3,
            By::One(party) if party == act.parties.first() => 1,
            By::One(_) => 2,
            By::Nobody | By::Unknown => 0,
        };
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        let day = act.day.filter(|_| !act.refers).map_or(0, Day::number);
        let day = u32::try_from(day).expect("days are counted from 1");
        let word = day << DAY_SHIFT
            | kind
            | by << BY_SHIFT
            | flag(act.axis == Axis::Consular, CONSULAR_AXIS)
            | flag(act.consular_excluded, CONSULAR_EXCLUDED)
            | flag(act.announced, ANNOUNCED)
            | flag(act.sourced, SOURCED);
        Self::of(sequence, word)
    }

    /// Packs what is no act.
    pub(in crate::view) fn other(sequence: Sequence, other: Other) -> Self {
        let what: u32 = match other {
            Other::Recognition => 0,
            Other::Mission => 1,
            Other::Step => 2,
        };
        Self::of(sequence, OTHER | what << BY_SHIFT)
    }

    /// Both of its words, the lesser bytes first.
    pub(in crate::view) fn to_bytes(self) -> [u8; Self::BYTES] {
        (u64::from(self.day_and_act) << 32 | u64::from(self.sequence)).to_le_bytes()
    }

    /// All acts that lie one after the other in bytes; none where the last is not whole.
    pub(in crate::view) fn all_of_bytes(bytes: &[u8]) -> Option<Vec<Self>> {
        let (each, rest) = bytes.as_chunks::<{ Self::BYTES }>();
        let act = |[s0, s1, s2, s3, a0, a1, a2, a3]: &[u8; Self::BYTES]| Self {
            sequence: u32::from_le_bytes([*s0, *s1, *s2, *s3]),
            day_and_act: u32::from_le_bytes([*a0, *a1, *a2, *a3]),
        };
        rest.is_empty().then(|| each.iter().map(act).collect())
    }

    fn of(sequence: Sequence, word: u32) -> Self {
        let sequence = u32::try_from(sequence.0).expect("fewer entries than 2^32");
        Self { sequence, day_and_act: word }
    }

    /// The same act, of which only its text tells more.
    pub(in crate::view) fn without_day(self) -> Self {
        Self { day_and_act: self.day_and_act & !(u32::MAX << DAY_SHIFT), ..self }
    }

    /// The same act, sourced where it is or another is.
    pub(in crate::view) fn sourced_as(self, other: Self) -> Self {
        Self { day_and_act: self.day_and_act | other.day_and_act & SOURCED, ..self }
    }

    /// Whether it is an act.
    pub(in crate::view) fn is_act(self) -> bool {
        self.day_and_act & KIND != OTHER
    }

    /// Whether it is an act on the diplomatic axis.
    pub(in crate::view) fn is_diplomatic(self) -> bool {
        self.day_and_act & (KIND | CONSULAR_AXIS) < OTHER
    }

    /// Where in [`ActKind::ALL`] what was done is; further for what is no act, and always less than
    /// [`PackedAct::KINDS`].
    pub(in crate::view) fn kind_number(self) -> usize {
        usize::try_from(self.day_and_act & KIND).unwrap_or_default()
    }

    /// Whether it stands before another, or where that stands.
    pub(in crate::view) fn comes_before(&self, other: &Self) -> bool {
        self.order() <= other.order()
    }

    /// What those between the same two are in the order of; of the same order, as they came.
    pub(in crate::view) fn order(self) -> u32 {
        self.day_and_act
    }

    /// Whether it is that instead of an act.
    pub(in crate::view) fn is_other(self, other: Other) -> bool {
        self.day_and_act == Self::other(Sequence(0), other).day_and_act
    }

    /// The entry.
    pub(in crate::view) fn sequence(self) -> Sequence {
        Sequence(u64::from(self.sequence))
    }

    /// The one day that is possible for it; none when it is not plain.
    pub(in crate::view) fn day(self) -> Option<Day> {
        i32::try_from(self.day_number()).ok().and_then(Day::from_number)
    }

    /// The number of that day; 0 when it is not plain.
    pub(in crate::view) fn day_number(self) -> u32 {
        self.day_and_act >> DAY_SHIFT
    }

    /// What was done.
    pub(in crate::view) fn act(self) -> ActKind {
        ActKind::ALL.get(self.kind_number()).copied().unwrap_or(ActKind::Establish)
    }

    /// On which axis.
    pub(in crate::view) fn axis(self) -> Axis {
        if self.day_and_act & CONSULAR_AXIS == 0 { Axis::Diplomatic } else { Axis::Consular }
    }

    /// Which parties did it, as bits: 1 for the first, 2 for the second; none when nobody known did.
    pub(in crate::view) fn by_bits(self) -> Option<u8> {
        match self.day_and_act >> BY_SHIFT & 3 {
            0 => None,
            1 => Some(1),
            2 => Some(2),
            _ => Some(3),
        }
    }

    /// Whether consular relations are said not to come with it.
    pub(in crate::view) fn is_consular_excluded(self) -> bool {
        self.day_and_act & CONSULAR_EXCLUDED != 0
    }

    /// Whether its day is that of the announcement.
    pub(in crate::view) fn is_announced(self) -> bool {
        self.day_and_act & ANNOUNCED != 0
    }

    /// Whether its entry, or a correction of it, names a source.
    pub(in crate::view) fn is_sourced(self) -> bool {
        self.day_and_act & SOURCED != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entity::EntityId;
    use crate::domain::relation::Parties;

    #[test]
    fn what_is_packed_is_read_back() {
        let [kor, syr] = ["KOR", "SYR"].map(|id| EntityId::parse(id).unwrap());
        let parties = Parties::new(kor, syr).unwrap();
        let bits = [None, Some(1), Some(2), Some(3)];
        for (position, act) in ActKind::ALL.into_iter().enumerate() {
            for (by, by_bits) in
                [By::Unknown, By::One(kor), By::One(syr), By::Both].into_iter().zip(bits)
            {
                for flags in 0..16_u8 {
                    let is_set = |bit: u8| flags & 1 << bit != 0;
                    let day = Day::from_number([1, 730_000, 3_652_059][position % 3]);
                    let hot = HotAct {
                        parties,
                        axis: if is_set(0) { Axis::Consular } else { Axis::Diplomatic },
                        act,
                        by,
                        day,
                        announced: is_set(1),
                        consular_excluded: is_set(2),
                        refers: false,
                        sourced: is_set(3),
                    };
                    let sequence = Sequence((1 << 31) + u64::from(flags));
                    let packed = PackedAct::new(sequence, &hot);
                    assert!(packed.is_act());
                    assert_eq!((packed.sequence(), packed.day()), (sequence, day));
                    assert_eq!((packed.act(), packed.axis()), (act, hot.axis));
                    assert_eq!(packed.by_bits(), by_bits);
                    assert_eq!(packed.is_announced(), hot.announced);
                    assert_eq!(packed.is_consular_excluded(), hot.consular_excluded);
                    assert_eq!(packed.is_sourced(), hot.sourced);
                    let referring = HotAct { refers: true, ..hot };
                    assert_eq!(PackedAct::new(sequence, &referring), packed.without_day());
                    assert_eq!(packed.without_day().day(), None);
                    let other = PackedAct::new(sequence, &HotAct { sourced: is_set(0), ..hot });
                    let is_either = hot.sourced || is_set(0);
                    assert_eq!(packed.sourced_as(other).is_sourced(), is_either);
                }
            }
        }
        for other in [Other::Recognition, Other::Mission, Other::Step] {
            let packed = PackedAct::other(Sequence(7), other);
            assert!(!packed.is_act() && packed.is_other(other));
            assert_eq!((packed.sequence(), packed.day()), (Sequence(7), None));
        }
    }

    #[test]
    fn acts_are_read_of_the_bytes_that_they_are_written_as() {
        let act = |sequence, day_and_act| PackedAct { sequence, day_and_act };
        let acts = [act(0, OTHER), act(0x0102_0304, 0xa0b0_c0d0), act(u32::MAX, u32::MAX)];
        let bytes: Vec<u8> = acts.iter().flat_map(|act| act.to_bytes()).collect();
        assert_eq!(bytes[8..16], [4, 3, 2, 1, 0xd0, 0xc0, 0xb0, 0xa0]);
        assert_eq!(PackedAct::all_of_bytes(&bytes).as_deref(), Some(&acts[..]));
        assert_eq!(PackedAct::all_of_bytes(&bytes[..23]), None);
        assert_eq!(PackedAct::all_of_bytes(&[]), Some(Vec::new()));
    }
}
