# What CI runs, all of it.
check:
    bash .ci/run

# Formats the code.
fmt:
    cargo fmt

# Lints the code as CI does.
lint:
    cargo clippy --locked --all-targets -- -D warnings

# Runs the tests: on SQLite, and on PostgreSQL if it is installed. `just test tags` runs some.
test *ARGS:
    cargo test --locked {{ ARGS }}

# Runs the tests beside a private PostgreSQL, which is then not optional.
test-postgres *ARGS:
    bash .ci/with-postgres cargo test --locked {{ ARGS }}

# Writes the OpenAPI document from the code, then validates it.
openapi:
    cargo run --locked --quiet -- openapi > target/openapi.json
    mv target/openapi.json openapi/openapi.json
    bash .ci/openapi-validate openapi/openapi.json

# Holds running servers against the document for half an hour; `just fuzz-api short` takes two minutes.
fuzz-api LENGTH="long":
    cargo build --locked
    bash .ci/with-postgres bash .ci/fuzz-api {{ LENGTH }}

# Feeds the parsers made-up input by libFuzzer, five minutes each: `just fuzz-code long filter` one of
# them, `just fuzz-code short` all in a minute.
fuzz-code LENGTH="long" *TARGETS:
    bash .ci/fuzz-code {{ LENGTH }} {{ TARGETS }}

# Checks our client, those that generators make of the API document, and the example's pages, against a
# server; needs Node.js, Python and Chromium.
clients:
    cargo build --locked
    bash clients/check.sh
    bash examples/newspaper/check.sh

# Names what in the API document breaks clients of the last release.
openapi-breaking:
    .ci/openapi-breaking

# Serves the sample newspaper on http://127.0.0.1:8080.
serve *ARGS:
    cargo run --locked -- serve --sample {{ ARGS }}

# Prints the size of each folder of src/, and which import each other; CI refuses new circles.
structure:
    .ci/structure --picture
    .ci/structure

# Checks dependencies: licences, sources, bans, advisories. Needs `cargo install cargo-deny`.
deny:
    cargo deny --locked check

# Opens the documentation of the code.
docs:
    cargo doc --no-deps --locked --open

# Makes the tarball of a release for this machine, in target/package.
package *ARGS:
    scripts/package {{ ARGS }}

# Measures the server beside the same work by hand, in minutes; needs wrk. `just bench --only misses`.
bench *ARGS:
    bash .ci/with-postgres cargo bench --locked --bench served -- {{ ARGS }}
