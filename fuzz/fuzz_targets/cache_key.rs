//! Runs what tests/parsers/cache_key.rs checks.

#![no_main]

#[path = "../../tests/parsers/cache_key.rs"]
mod cache_key;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cache_key::check(bytes));
