#!/usr/bin/env bash
# Calls every operation of the OpenAPI document with input that schemathesis makes up, right and wrong, and checks each
# answer against the document. Needs cargo and python3 with venv; installs schemathesis under target/. Prints one line,
# and what failed when something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$PWD/tests/third_party
folder=$PWD/target/third_party/schemathesis
log=$folder/run.log
mkdir -p "$folder"
[ -x "$folder/venv/bin/st" ] || {
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet schemathesis==4.32.5
}

# The limits are another test's matter: here they would hide what is behind them.
start_local "$folder/local.log" BCRYPT_COST=4 CODE_COOLDOWN_SECONDS=0 CODES_PER_DAY=0 CODES_PER_HOUR=0 \
    CODES_PER_CLIENT_PER_DAY=0 MAILS_PER_DAY=0 PASSWORD_FAILURES_PER_QUARTER_HOUR=0 PASSWORD_FAILURES_PER_DAY=0
trap 'stop "$local"' EXIT

# An HTTP API answers 404 to what has no route, whatever the method, and unsupported_method wants 405: the check
# no_route of api_hooks.py takes its place.
start=$SECONDS status=0
(cd "$folder" && API_URL=$local_url SCHEMATHESIS_HOOKS=api_hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 \
    venv/bin/st --config-file "$here/api.toml" run --checks all --exclude-checks unsupported_method "$local_url/openapi.json" >"$log" 2>&1 </dev/null) || status=$?
[ "$status" = 0 ] || cat "$log"
echo "schemathesis: $(grep -E 'generated' "$log" | tail -1 | sed 's/^ *//'), $((SECONDS - start)) s"
exit "$status"
