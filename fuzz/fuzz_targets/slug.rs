//! Runs what tests/parsers/slug.rs checks.

#![no_main]

#[path = "../../tests/parsers/slug.rs"]
mod slug;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| slug::check(bytes));
