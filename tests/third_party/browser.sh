#!/usr/bin/env bash
# Takes the pages through a real browser: the tests in tests/e2e, in headless Chromium. Needs cargo and node with npm;
# installs Chromium where apt-get can. Prints one line, and what failed when something did. The pictures that the tests
# take lie in target/e2e.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
log=$PWD/target/third_party/browser.log
mkdir -p target/third_party

if ! command -v chromium >"$log"; then
    apt-get update >"$log" && apt-get install -y --no-install-recommends chromium fonts-liberation >>"$log" ||
        { cat "$log"; exit 1; }
fi
CHROMIUM=$(command -v chromium)
export CHROMIUM
cargo build --quiet --package local
cd tests/e2e
npm ci --silent --no-fund --no-audit >"$log" 2>&1 || { cat "$log"; exit 1; }

start=$SECONDS status=0
npm test --silent -- --test-reporter=tap >"$log" 2>&1 </dev/null || status=$?
[ "$status" = 0 ] || cat "$log"
awk -v browser="$("$CHROMIUM" --version 2>>"$log" | awk '{ print $1, $2 }')" -v seconds=$((SECONDS - start)) '
    /^# pass / { passed = $3 } /^# fail / { failed = $3 }
    END { printf "%s: %d passed, %d failed in %d s\n", browser, passed, failed, seconds }' "$log"
exit "$status"
