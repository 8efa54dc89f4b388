#!/usr/bin/env bash
# Builds the example from the sample newspaper and reads it in a browser.
#
# MASTHEAD_BIN is the program to build from (target/debug/masthead), CHROMIUM_PATH a Chromium
# (/usr/bin/chromium). Screenshots stay in SHOTS, a new folder unless it is set.
set -euo pipefail
cd "$(dirname "$0")"
clients=../../clients

install() {
    if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; then
        npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund --loglevel=error
        cp "$1/package-lock.json" "$1/node_modules/.installed"
    fi
}
install "$clients/typescript"
npm --prefix "$clients/typescript" run --silent build
install .
rm -rf build
npm run --silent compile

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SHOTS=${SHOTS:-$(mktemp -d)}
export SHOTS DIST=$work/dist MASTHEAD__SITE__NAME="The Merrowhaven Courier"

# shellcheck disable=SC2016 # expanded by the inner shell, which knows the server
bash "$clients/with-server" bash -euc '
    node test/hostile.mjs
    node build/src/build.js "$DIST"
    npm test --silent
'
echo "screenshots: $SHOTS"
