//! Runs what tests/parsers/client_address.rs checks.

#![no_main]

#[path = "../../tests/parsers/client_address.rs"]
mod client_address;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| client_address::check(bytes));
