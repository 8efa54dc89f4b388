//! Runs what tests/parsers/body.rs checks.

#![no_main]

#[path = "../../tests/parsers/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
