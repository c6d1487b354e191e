//! Steps over the fields of an encoded entry. Must refuse every field that the codec refuses for
//! itself; how fields follow each other is the scanner's.
#![deny(clippy::indexing_slicing)]

use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::limits::{NOTE_BYTES_MAX, TEXT_BYTES_MAX};
use crate::domain::text::{self, Key, Note, Text};
use crate::domain::wellformed;

/// What is done with texts that are not taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// They are passed over.
    Passed,
    /// They are held to the rules of their types.
    Checked,
}

/// Stands before the next field.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    texts: Texts,
}

// Steps are compiled into whoever takes them, so that where the cursor stands is kept in registers: by
// the benchmarks, which read a whole log, that saves an eighth of a replay.
impl<'a> Cursor<'a> {
    pub(super) fn new(entry_bytes: &'a [u8], texts: Texts) -> Self {
        Self { rest: entry_bytes, texts }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline(always)]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    #[inline(always)]
    pub(super) fn skip(&mut self, bytes: usize) -> Option<()> {
        self.take(bytes).map(drop)
    }

    #[inline(always)]
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    /// An integer, in its shortest form only.
    #[inline(always)]
    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, least) = match self.byte()? {
            small @ 0..=250 => return Some(u64::from(small)),
            251 => (u64::from(u16::from_le_bytes(self.array()?)), 251),
            252 => (u64::from(u32::from_le_bytes(self.array()?)), 1 << 16),
            253 => (u64::from_le_bytes(self.array()?), 1 << 32),
            _ => return None,
        };
        (least <= number).then_some(number)
    }

    /// An integer of 32 bits.
    pub(super) fn number_of_32_bits(&mut self) -> Option<()> {
        u32::try_from(self.number()?).ok().map(drop)
    }

    /// The number of a variant, of so many there are.
    #[inline(always)]
    pub(super) fn word(&mut self, variants: u8) -> Option<u8> {
        self.byte().filter(|number| *number < variants)
    }

    /// The length of a list.
    #[inline(always)]
    pub(super) fn count(&mut self, count_max: usize) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= count_max)
    }

    /// Whether something is present.
    #[inline(always)]
    pub(super) fn option(&mut self) -> Option<bool> {
        Some(self.word(2)? == 1)
    }

    #[inline(always)]
    fn text_bytes(&mut self) -> Option<&'a [u8]> {
        let bytes = usize::try_from(self.number()?).ok()?;
        self.take(bytes)
    }

    /// A text: a cheap look at its bytes is enough for most.
    #[inline(always)]
    fn checked(&mut self, bytes_max: usize, obeys: impl FnOnce(&str) -> bool) -> Option<()> {
        let bytes = self.text_bytes()?;
        let is_plain = || (1..=bytes_max).contains(&bytes.len()) && text::is_plain(bytes);
        if self.texts == Texts::Passed || is_plain() {
            return Some(());
        }
        std::str::from_utf8(bytes).ok().filter(|text| obeys(text)).map(drop)
    }

    #[inline(always)]
    pub(super) fn text(&mut self) -> Option<()> {
        self.checked(TEXT_BYTES_MAX, |text| Text::check(text).is_ok())
    }

    pub(super) fn note(&mut self) -> Option<()> {
        self.checked(NOTE_BYTES_MAX, |text| Note::check(text).is_ok())
    }

    pub(super) fn zone(&mut self) -> Option<()> {
        let zone = std::str::from_utf8(self.text_bytes()?).ok();
        let obeys = |zone: &&str| Text::check(zone).is_ok() && wellformed::is_zone(zone);
        match self.texts {
            Texts::Passed => Some(()),
            Texts::Checked => zone.filter(obeys).map(drop),
        }
    }

    #[inline(always)]
    pub(super) fn optional_text(&mut self) -> Option<()> {
        if self.option()? { self.text() } else { Some(()) }
    }

    pub(super) fn key(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.text_bytes()?).ok().filter(|key| Key::check(key).is_ok())
    }

    #[inline(always)]
    pub(super) fn id(&mut self) -> Option<EntityId> {
        EntityId::of_bytes(self.text_bytes()?)
    }

    pub(super) fn optional_date(&mut self) -> Option<()> {
        if self.option()? { self.date().map(drop) } else { Some(()) }
    }

    /// A date: the day, if it is one plain day.
    #[inline(always)]
    #[expect(clippy::option_option, reason = "the outer one says whether it is a date at all")]
    pub(super) fn date(&mut self) -> Option<Option<Day>> {
        let text = self.text_bytes()?;
        if let Some(day) = plain_day(text) {
            return Some(Some(day));
        }
        match self.texts {
            Texts::Passed => Some(None),
            Texts::Checked => Edtf::check(std::str::from_utf8(text).ok()?).ok().map(|_| None),
        }
    }
}

/// Reads `YYYY-MM-DD`, if it is that and there is such a day.
fn plain_day(text: &[u8]) -> Option<Day> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *<&[u8; 10]>::try_from(text).ok()? else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    Day::from_ymd(i32::from(year), u32::from(month), u32::from(day))
}
