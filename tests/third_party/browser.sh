#!/usr/bin/env bash
# Tests the pages in real browsers: tests/e2e in headless Chromium and in Firefox, and the main ways of it in WebKit
# (webkit.js). Needs cargo and node with npm; installs the browsers where apt-get can. Prints one line a browser, and what
# failed when something did. The pictures that the tests take lie in target/e2e. `browser.sh firefox` takes the one only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
log=$PWD/target/third_party/browser.log
mkdir -p target/third_party

if ! command -v chromium firefox-esr WebKitWebDriver xvfb-run xauth >"$log" || [ "$(wc -l <"$log")" -lt 5 ]; then
    apt-get update >"$log" &&
        apt-get install -y --no-install-recommends chromium firefox-esr webkit2gtk-driver xvfb xauth fonts-liberation >>"$log" ||
        { cat "$log"; exit 1; }
fi
CHROMIUM=$(command -v chromium)
FIREFOX=$(command -v firefox-esr)
MINI_BROWSER=$(echo /usr/lib/*/webkit2gtk-4.1/MiniBrowser)
export CHROMIUM FIREFOX MINI_BROWSER
cargo build --quiet --package local
cd tests/e2e
npm ci --silent --no-fund --no-audit >"$log" 2>&1 || { cat "$log"; exit 1; }

failed=0
for BROWSER in ${1:-chromium firefox webkit}; do
    export BROWSER
    start=$SECONDS status=0
    case $BROWSER in
    webkit)
        run=(xvfb-run --auto-servernum node --test --test-reporter=tap webkit.js)
        # shellcheck disable=SC2016  # dpkg-query expands it.
        version=(dpkg-query --show --showformat 'WebKit ${Version}' webkit2gtk-driver)
        ;;
    firefox) run=(npm test --silent -- --test-reporter=tap) version=("$FIREFOX" --version) ;;
    *) run=(npm test --silent -- --test-reporter=tap) version=("$CHROMIUM" --version) ;;
    esac
    "${run[@]}" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || { cat "$log"; failed=1; }
    awk -v browser="$("${version[@]}" 2>>"$log" | grep -o '[A-Z][A-Za-z]* [0-9][0-9.]*' | head -1)" \
        -v seconds=$((SECONDS - start)) '
        /^# pass / { passed = $3 } /^# (fail|cancelled) / { failed += $3 } /^# skipped / { skipped = $3 }
        END { printf "%s: %d passed, %d failed, %d left out in %d s\n", browser, passed, failed, skipped, seconds }' "$log"
done
exit "$failed"
