//! Runs what tests/parsers/front_matter.rs checks.

#![no_main]

#[path = "../../tests/parsers/front_matter.rs"]
mod front_matter;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| front_matter::check(bytes));
