#!/usr/bin/env bash
# actix-web splits the lists of its typed headers at every comma, also within quoted strings.
#
# RFC 9110, 8.8.3 allows a comma within an entity tag, and 5.6.4 within a quoted parameter. Of
# `If-None-Match: "a,b", "c"` actix-web's `IfNoneMatch` keeps "c" alone, of `If-Match: "a,b"` nothing, without
# an error: a client that has the current version is sent it again, or told 412. `Accept` loses a media range
# with a quoted comma in a parameter likewise.
#
# Seen on 2026-11-30 with actix-web 4.18.1 and Rust 1.95. Prints what was seen, and fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "header-commas"
version = "0.0.0"
edition = "2021"

[dependencies]
actix-web = { version = "=4.18.1", default-features = false }
TOML
cat > src/main.rs <<'RUST'
use actix_web::http::header::{Accept, Header, IfMatch, IfNoneMatch};
use actix_web::test::TestRequest;

fn main() {
    for tags in ["\"a\", \"c\"", "\"a,b\", \"c\"", "\"a,b\""] {
        let with = |name| TestRequest::default().insert_header((name, tags)).to_http_request();
        let none_match = IfNoneMatch::parse(&with("if-none-match"));
        let matches = IfMatch::parse(&with("if-match"));
        println!("{tags}: If-None-Match {}, If-Match {}", count(none_match.map(|h| h.to_string())), count(matches.map(|h| h.to_string())));
    }
    for ranges in ["application/json;p=\"a\", text/html", "application/json;p=\"a,b\", text/html"] {
        let request = TestRequest::default().insert_header(("accept", ranges)).to_http_request();
        let ranges_read = Accept::parse(&request).map(|accept| accept.0.len());
        println!("{ranges}: {ranges_read:?}");
    }
}

fn count<E>(read: Result<String, E>) -> String {
    match read {
        Ok(tags) => format!("[{tags}]"),
        Err(_) => "an error".to_owned(),
    }
}
RUST
cargo run --quiet > seen.txt
cat > expected.txt <<'TXT'
"a", "c": If-None-Match ["a", "c"], If-Match ["a", "c"]
"a,b", "c": If-None-Match ["c"], If-Match ["c"]
"a,b": If-None-Match [], If-Match []
application/json;p="a", text/html: Ok(2)
application/json;p="a,b", text/html: Ok(1)
TXT
cat seen.txt
diff expected.txt seen.txt
