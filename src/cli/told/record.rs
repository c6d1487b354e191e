//! One entry in full, as far as it tells itself: without the ledger that it lies in.

use crate::cli::output::page::Page;
use crate::cli::told::{event, fields, source};
use crate::ledger::record::EntryRecord;

/// Lays out an entry: what it says, its sources, who recorded it and when, its hash and its link.
pub(crate) fn page(headline: &str, record: &EntryRecord) -> Page {
    let entry = &record.entry;
    let mut page = Page::new(headline);
    page.section("event", fields::listed(&entry.event));
    let sources = entry.sources.iter().zip(1_u64..);
    page.section("sources", sources.map(|(s, n)| (n.to_string(), source::told(s))).collect());
    let mut envelope = vec![
        ("recorded".to_owned(), entry.recorded_at.to_string()),
        ("by".to_owned(), entry.recorder.to_string()),
    ];
    envelope.extend(entry.key.as_ref().map(|key| ("key".to_owned(), key.to_string())));
    envelope.extend(entry.even_so.as_ref().map(|why| ("even so".to_owned(), why.to_string())));
    envelope.extend(entry.attachments.iter().map(|attachment| {
        let (length, media_type) = (attachment.length, &attachment.media_type);
        let commitment = attachment.commitment;
        ("attachment".to_owned(), format!("{media_type}, {length} bytes, {commitment}"))
    }));
    envelope.push(("hash".to_owned(), record.hash.to_string()));
    envelope.push(("previous".to_owned(), entry.previous.to_string()));
    page.section("entry", envelope);
    page
}

/// Tells an entry in one line.
pub(crate) fn headline(record: &EntryRecord) -> String {
    format!("entry {}: {}", record.entry.sequence, event::told(&record.entry.event))
}
