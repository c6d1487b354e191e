//! libFuzzer's way into the target `completions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chancery_fuzz::run("completions", bytes));
