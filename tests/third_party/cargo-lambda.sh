#!/usr/bin/env bash
# Runs the part of the black-box suite that holds for any service with `cargo lambda watch` as the gateway, over TLS.
# Needs cargo, openssl and python3 with venv; installs cargo-lambda under target/. Prints one line, and what failed when
# something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cargo_lambda
version=$cargo_lambda_version
folder=${cargo_lambda%/bin/cargo-lambda}
log=$folder/tests.log
cargo test --quiet --package tests --no-run
# Built as cargo-lambda will build them, so that no request waits for the compiler.
names_of_functions --bin
cargo build --quiet "${functions[@]}"

start_local "$folder/local.log"
watch=
# shellcheck disable=SC2086  # No process, no argument.
trap 'stop "$local" $watch' EXIT
# Cargo.toml's settings for cargo-lambda override its --env-var; what cargo is forced to set overrides both.
cat >"$folder/config.toml" <<TOML
[env]
AWS_ENDPOINT_URL_DYNAMODB = { value = "$dynamodb_url", force = true }
BCRYPT_COST = "4"
TOML

certificate "$folder"
port=$(free_port)
url=https://localhost:$port
"$cargo_lambda" lambda watch --invoke-address 127.0.0.1 --invoke-port "$port" --ignore-changes \
    --tls-cert "$folder/cert.pem" --tls-key "$folder/key.pem" \
    --config "$folder/config.toml" >"$folder/watch.log" 2>&1 </dev/null &
watch=$!
wait_for "$watch" "$folder/watch.log" \
    curl --silent --cacert "$folder/cert.pem" --output "$folder/answer" "$url/api/me"

# The console mailer prints each mail, in the terminal of cargo-lambda.
start=$SECONDS status=0
WATCH_LOG=$folder/watch.log SSL_CERT_FILE=$folder/cert.pem TEST_URL=$url TEST_CODE_COMMAND='
    grep -F "\"to\":\"$EMAIL\"" "$WATCH_LOG" | tail -1 | grep -o "\"code\":\"[0-9]*\"" | tr -cd 0-9' \
    cargo test --package tests any_service >"$log" 2>&1 </dev/null || status=$?
[ "$status" = 0 ] || { grep -vE '^(\{|test .* ok$)' "$log"; grep '^{' "$folder/watch.log"; } || true
awk -v version="$version" -v seconds=$((SECONDS - start)) '
    /^test result: / { passed += $4; failed += $6 }
    END { printf "cargo-lambda %s: %d passed, %d failed in %d s\n", version, passed, failed, seconds }' "$log"
exit "$status"
