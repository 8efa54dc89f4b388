//! Runs what tests/parsers/merge_patch.rs checks.

#![no_main]

#[path = "../../tests/parsers/merge_patch.rs"]
mod merge_patch;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| merge_patch::check(bytes));
