//! Runs what tests/parsers/addresses.rs checks.

#![no_main]

#[path = "../../tests/parsers/addresses.rs"]
mod addresses;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| addresses::check(bytes));
