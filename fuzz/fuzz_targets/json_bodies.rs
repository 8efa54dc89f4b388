//! Runs what tests/parsers/json_bodies.rs checks.

#![no_main]

#[path = "../../tests/parsers/json_bodies.rs"]
mod json_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| json_bodies::check(bytes));
