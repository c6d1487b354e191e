//! What reads bytes from outside, each with what must hold whatever the bytes are. Also compiled into
//! the fuzzer (`fuzz/`), so that it must use nothing of the other tests.

pub(crate) mod completions;
pub(crate) mod entries;
pub(crate) mod ledgers;
pub(crate) mod lists;
pub(crate) mod logs;
pub(crate) mod notes;
pub(crate) mod published;
pub(crate) mod seeds;
pub(crate) mod snapshots;
pub(crate) mod tables;

/// Takes bytes from outside, and panics when they break what it claims.
pub(crate) type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder of seeds.
pub(crate) const ALL: &[(&str, Target)] = &[
    ("segment", logs::segment),
    ("entry", entries::entry),
    ("edtf", entries::edtf),
    ("note", notes::note),
    ("checkpoint", notes::checkpoint),
    ("proof", lists::proof),
    ("proof_file", notes::proof_file),
    ("tile", lists::tile),
    ("policy", notes::policy),
    ("cosignature", notes::cosignature),
    ("key", notes::key),
    ("json_lines", tables::json_lines),
    ("table", tables::table),
    ("snapshot", snapshots::snapshot),
    ("completions", completions::completions),
    ("published", published::published),
];
