//! libFuzzer's way into the target `json_lines`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chancery_fuzz::run("json_lines", bytes));
