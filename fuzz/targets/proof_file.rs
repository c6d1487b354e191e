//! libFuzzer's way into the target `proof_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chancery_fuzz::run("proof_file", bytes));
