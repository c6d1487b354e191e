//! Targets: one entry, one date.

use chancery::chain::codec::{decode, encode};
use chancery::chain::hot::Hot;
use chancery::chain::scan;
use chancery::domain::edtf::Edtf;
use chancery::domain::event::Event;

/// What decodes encodes to the same bytes, and is read in place as the codec reads it.
pub(crate) fn entry(bytes: &[u8]) {
    let decoded = decode(bytes);
    if let Ok(entry) = &decoded {
        assert_eq!(encode(entry).expect("what decodes can be encoded"), bytes);
        let json = serde_json::to_string(&entry.event).expect("an event can be printed");
        let again: Event = serde_json::from_str(&json).expect("it was printed");
        assert_eq!(again, entry.event);
    }
    // Hot fields are read from bytes that the codec may refuse for what lies behind them.
    if let Ok(entry) = &decoded {
        assert_eq!(scan::hot(bytes), Some(Hot::of(entry)));
    }
    if let Some(whole) = scan::whole(bytes) {
        let entry = decoded.as_ref().expect("what is read whole decodes");
        assert_eq!(whole.hot, Hot::of(entry));
    }
}

/// A date is printed as it was written, and no date ends before it begins.
pub(crate) fn edtf(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = Edtf::parse(text);
    let checked = Edtf::check(text);
    assert_eq!(parsed.as_ref().err(), checked.as_ref().err());
    let Ok(date) = parsed else { return };
    assert_eq!(date.to_string(), text);
    assert_eq!(Edtf::parse(&date.to_string()).as_ref(), Ok(&date));
    assert_eq!(checked, Ok((date.bounds(), date.mark())));
    let bounds = date.bounds();
    assert!(bounds.earliest <= bounds.latest, "{bounds:?}");
    if let Some(day) = date.day() {
        assert_eq!((day, day), (bounds.earliest, bounds.latest));
    }
}
