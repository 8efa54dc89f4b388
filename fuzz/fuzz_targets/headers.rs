//! Runs what tests/parsers/headers.rs checks.

#![no_main]

#[path = "../../tests/parsers/headers.rs"]
mod headers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| headers::check(bytes));
