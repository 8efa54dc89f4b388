//! What holds of the parsers of all that comes from outside, whatever comes: on the corpora of
//! `fuzz/`, and on what is made of them by chance. libFuzzer runs the same checks for longer, and
//! looks where it gets (`.ci/fuzz-code`).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod addresses;
mod body;
mod cache_key;
mod client_address;
mod cursor;
mod fields;
mod filter;
mod front_matter;
mod headers;
mod json_bodies;
mod merge_patch;
mod slug;
mod mutate;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Inputs made of each corpus: a second or two, unoptimised. `MASTHEAD_PARSER_INPUTS` sets another number.
const MADE: usize = 1_500;

/// Runs a check on a corpus and on what is made of it; says of which input it failed.
fn run(name: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut seeds: Vec<_> = fs::read_dir(root.join("corpus").join(name))
        .expect("a corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    seeds.sort();
    let seeds: Vec<Vec<u8>> = seeds
        .iter()
        .map(|file| fs::read(file).expect("a seed"))
        .collect();
    assert!(!seeds.is_empty());
    let dictionary = fs::read_to_string(root.join(format!("dictionaries/{name}.dict")));
    let words = mutate::words(&dictionary.unwrap_or_default());
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let wanted = std::env::var("MASTHEAD_PARSER_INPUTS");
    let wanted = wanted.map_or(MADE, |number| number.parse().expect("a number"));
    let made = mutate::Mutator::new(&seeds, &words).take(wanted);
    for input in seeds.iter().cloned().chain(made) {
        let done = catch_unwind(AssertUnwindSafe(|| check(&input)));
        if let Err(panic) = done {
            eprintln!("{name}: b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

macro_rules! checked {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), $name::check);
        })+
    };
}

checked!(
    addresses,
    body,
    cache_key,
    client_address,
    cursor,
    fields,
    filter,
    front_matter,
    headers,
    json_bodies,
    merge_patch,
    slug,
);
