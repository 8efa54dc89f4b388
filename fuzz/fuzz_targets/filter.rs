//! Runs what tests/parsers/filter.rs checks.

#![no_main]

#[path = "../../tests/parsers/filter.rs"]
mod filter;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| filter::check(bytes));
