//! Runs what tests/parsers/cursor.rs checks.

#![no_main]

#[path = "../../tests/parsers/cursor.rs"]
mod cursor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cursor::check(bytes));
