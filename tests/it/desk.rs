//! A clerk's desk: ledgers in memory, and drafts in few words.

use std::sync::Arc;

use chancery::chain::millis::Millis;
use chancery::disk::memory::Memory;
use chancery::ledger::Ledger;
use chancery::ledger::append::{AppendOptions, Appended, Judgement};
use chancery::ledger::draft::Draft;
use chancery::ledger::error::LedgerError;
use serde_json::{Value, json};

/// The entities that [`Desk::new`] registers, by entries 1 to 5.
pub(crate) const ENTITIES: [&str; 5] = ["CUB", "KOR", "SYR", "UKR", "X-DPR"];

/// A ledger in memory and the clock beside it.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) storage: Memory,
    pub(crate) ledger: Ledger,
}

/// A moment of a day, given as `2026-11-22T03:00:00`.
pub(crate) fn at(text: &str) -> Millis {
    format!("{text}Z").parse().unwrap()
}

/// What the clock shows while nothing else is said.
pub(crate) fn now() -> Millis {
    at("2026-11-22T03:00:00")
}

pub(crate) fn stop() -> AppendOptions {
    AppendOptions::at(now())
}

pub(crate) fn accept() -> AppendOptions {
    AppendOptions { findings: Judgement::Accept, ..stop() }
}

/// A draft of an event in JSON.
pub(crate) fn draft(event: Value) -> Draft {
    serde_json::from_value(json!({ "event": event })).unwrap()
}

pub(crate) fn keyed(key: &str, event: Value) -> Draft {
    Draft { key: Some(key.parse().unwrap()), ..draft(event) }
}

pub(crate) fn even_so(draft: Draft) -> Draft {
    Draft { even_so: Some("the sources say so".parse().unwrap()), ..draft }
}

pub(crate) fn opening() -> Draft {
    draft(json!({ "kind": "opening", "origin": "a.example/desk" }))
}

pub(crate) fn registration(id: &str) -> Value {
    json!({ "kind": "registration", "id": id, "entity": "state", "name": format!("The {id}") })
}

/// An act in JSON: `"KOR establish SYR 2025-04-10"`.
pub(crate) fn act(words: &str) -> Value {
    let [one, act, other, day] = words.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let by = if matches!(act, "establish" | "restore") { "both" } else { one };
    json!({
        "kind": "act", "parties": [one, other], "act": act, "by": by,
        "dates": { "effective": day },
    })
}

pub(crate) fn retraction(target: impl Into<Value>) -> Value {
    json!({ "kind": "retraction", "target": target.into(), "reason": "a misprint" })
}

pub(crate) fn context(title: &str) -> Value {
    json!({ "kind": "context", "title": title, "date": "1950-06-25" })
}

impl Desk {
    /// A ledger with its opening and a few entities, six entries in all.
    pub(crate) fn new() -> Self {
        let desk = Self::opened();
        let all = ENTITIES.iter().map(|id| draft(registration(id))).collect();
        desk.ledger.append(all, &stop()).unwrap();
        desk
    }

    /// A ledger with nothing but its opening.
    pub(crate) fn opened() -> Self {
        let storage = Memory::default();
        let ledger = Ledger::create(Arc::new(storage.clone()), opening(), now()).unwrap();
        Self { storage, ledger }
    }

    /// Records acts one by one, whatever the rules notice.
    pub(crate) fn with(self, acts: &[&str]) -> Self {
        for words in acts {
            self.append_any(draft(act(words))).unwrap();
        }
        self
    }

    pub(crate) fn append(&self, drafts: Vec<Draft>) -> Result<Appended, LedgerError> {
        self.ledger.append(drafts, &stop())
    }

    pub(crate) fn append_any(&self, draft: Draft) -> Result<Appended, LedgerError> {
        self.ledger.append(vec![draft], &accept())
    }

    /// Opens a copy of the storage, as after the end of the program.
    pub(crate) fn reopened(&self) -> Ledger {
        Ledger::open(Arc::new(self.storage.copy())).unwrap()
    }
}
