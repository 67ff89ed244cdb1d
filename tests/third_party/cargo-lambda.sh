#!/usr/bin/env bash
# Runs the part of the black-box suite that holds for any service with `cargo lambda watch` as the gateway, over TLS.
# Needs cargo, openssl and python3 with venv; installs cargo-lambda under target/. Prints one line, and what failed when
# something did.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=1.9.2
folder=$PWD/target/third_party/cargo-lambda-$version
target=${CARGO_TARGET_DIR:-target}
log=$folder/tests.log
[ -x "$folder/bin/cargo-lambda" ] || {
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet "cargo-lambda==$version"
}
cargo build --quiet --package local
cargo test --quiet --package tests --no-run
# As cargo-lambda is going to build them, so that no request waits for the compiler.
cargo build --quiet --bin register --bin send-code --bin activate --bin me --bin site

"$target/debug/local" --in-memory --port 0 --dynamodb-port 0 >"$folder/local.log" 2>&1 &
local=$!
watch=
trap 'kill "$local" $watch 2>/dev/null || true; wait || true' EXIT
for _ in $(seq 100); do
    grep -q '^DynamoDB' "$folder/local.log" && break
    kill -0 "$local" || { cat "$folder/local.log"; exit 1; }
    sleep 0.1
done
# What Cargo.toml sets for cargo-lambda goes before its --env-var; what cargo itself is forced to set goes before both.
cat >"$folder/config.toml" <<TOML
[env]
AWS_ENDPOINT_URL_DYNAMODB = { value = "$(sed -n 's/^DynamoDB  *//p' "$folder/local.log")", force = true }
BCRYPT_COST = "4"
TOML

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/openssl.log"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=https://localhost:$port
"$folder/bin/cargo-lambda" lambda watch --invoke-address 127.0.0.1 --invoke-port "$port" --ignore-changes \
    --tls-cert "$folder/cert.pem" --tls-key "$folder/key.pem" \
    --config "$folder/config.toml" >"$folder/watch.log" 2>&1 </dev/null &
watch=$!
for _ in $(seq 100); do
    curl --silent --cacert "$folder/cert.pem" --output "$folder/answer" "$url/api/me" && break
    kill -0 "$watch" || { cat "$folder/watch.log"; exit 1; }
    sleep 0.1
done

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
