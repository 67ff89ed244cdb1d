#!/usr/bin/env bash
# Tests the pages in real browsers: the tests in tests/e2e, in headless Chromium and then in Firefox. Needs cargo and
# node with npm; installs the browsers where apt-get can. Prints one line a browser, and what failed when something did.
# The pictures that the tests take lie in target/e2e. `browser.sh firefox` takes the one only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
log=$PWD/target/third_party/browser.log
mkdir -p target/third_party

if ! command -v chromium >"$log" || ! command -v firefox-esr >"$log"; then
    apt-get update >"$log" &&
        apt-get install -y --no-install-recommends chromium firefox-esr fonts-liberation >>"$log" ||
        { cat "$log"; exit 1; }
fi
CHROMIUM=$(command -v chromium)
FIREFOX=$(command -v firefox-esr)
export CHROMIUM FIREFOX
cargo build --quiet --package local
cd tests/e2e
npm ci --silent --no-fund --no-audit >"$log" 2>&1 || { cat "$log"; exit 1; }

failed=0
for BROWSER in ${1:-chromium firefox}; do
    export BROWSER
    binary=$([ "$BROWSER" = firefox ] && echo "$FIREFOX" || echo "$CHROMIUM")
    start=$SECONDS status=0
    npm test --silent -- --test-reporter=tap >"$log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || { cat "$log"; failed=1; }
    awk -v browser="$("$binary" --version 2>>"$log" | grep -o '[A-Z][a-z]* [0-9][0-9.]*' | head -1)" \
        -v seconds=$((SECONDS - start)) '
        /^# pass / { passed = $3 } /^# (fail|cancelled) / { failed += $3 } /^# skipped / { skipped = $3 }
        END { printf "%s: %d passed, %d failed, %d left out in %d s\n", browser, passed, failed, skipped, seconds }' "$log"
done
exit "$failed"
