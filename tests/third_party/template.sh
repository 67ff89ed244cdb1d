#!/usr/bin/env bash
# Checks both templates with checkov: nothing may fail, and each skip has its reason there. Needs python3 with venv;
# installs checkov under target/. Prints one line, and what failed when something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder=$PWD/target/third_party/checkov
log=$folder/run.log
mkdir -p "$folder"
[ -x "$folder/venv/bin/checkov" ] || {
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet checkov==3.2.459
}
status=0
"$folder/venv/bin/checkov" --file template.yaml edge.yaml --framework cloudformation --compact --skip-download >"$log" 2>&1 || status=$?
[ "$status" = 0 ] || cat "$log"
echo "checkov: $(grep '^Passed checks' "$log")"
exit "$status"
