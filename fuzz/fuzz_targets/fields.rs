//! Runs what tests/parsers/fields.rs checks.

#![no_main]

#[path = "../../tests/parsers/fields.rs"]
mod fields;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fields::check(bytes));
