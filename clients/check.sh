#!/usr/bin/env bash
# Checks the clients: ours, and those that other people's generators make of the API document.
#
# MASTHEAD_BIN is the program to test against (target/debug/masthead). Needs Node.js 20, Python 3.10
# or newer and Rust; what else is needed is installed in the pinned versions, below each folder.
set -euo pipefail
cd "$(dirname "$0")"

MASTHEAD_BIN=$(realpath "${MASTHEAD_BIN:-../target/debug/masthead}")
export MASTHEAD_BIN
document=$(realpath ../openapi/openapi.json)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { printf '\n== %s\n' "$1"; }

# Installs what a lock file names, unless it is there already.
install() {
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
        cp package-lock.json node_modules/.installed
    fi
}

step "the TypeScript client: types up to date, compiles, tests"
(
    cd typescript
    install
    npm run --silent check
)

step "openapi-typescript and openapi-fetch"
(
    cd generated-check/typescript
    install
    cp package.json tsconfig.json roundtrip.ts "$work/"
    ln -s "$PWD/node_modules" "$work/node_modules"
    # A member with a default may be left out of what is sent: the generator has to be told.
    npx --no-install openapi-typescript "$document" --default-non-nullable false \
        --output "$work/schema.d.ts"
    cd "$work"
    npx --no-install tsc
)
./with-server node "$work/out/roundtrip.js"

step "openapi-python-client"
venv=generated-check/python/.venv
if ! cmp -s generated-check/python/requirements.txt "$venv/installed.txt"; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        --requirement generated-check/python/requirements.txt
    cp generated-check/python/requirements.txt "$venv/installed.txt"
fi
# The generator formats with ruff, which it looks for in PATH.
PATH="$PWD/$venv/bin:$PATH" "$venv/bin/openapi-python-client" generate --path "$document" \
    --output-path "$work/python" --fail-on-warning
cp generated-check/python/roundtrip.py "$work/python/"
(cd "$work/python" && "$OLDPWD/$venv/bin/mypy" --strict roundtrip.py masthead_client)
./with-server env PYTHONPATH="$work/python" "$venv/bin/python" "$work/python/roundtrip.py"

step "progenitor"
# It reads OpenAPI 3.0 alone.
rust-check/downgrade.py "$document" >"$work/openapi-3.0.json"
"$(bash ../.ci/python-tools)/openapi-spec-validator" "$work/openapi-3.0.json"
cargo build --quiet --locked --manifest-path rust-check/Cargo.toml --target-dir ../target/clients/rust
./with-server ../target/clients/rust/debug/masthead-rust-check

step "all clients work"
