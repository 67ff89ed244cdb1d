#!/usr/bin/env bash
# Runs the release build of each function under AWS's emulator of the Lambda runtime, and feeds it events of API
# Gateway: see runtime.py. Needs cargo and python3 with venv; fetches the emulator, which the SAM CLI ships. Prints one
# line, and what failed when something did.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=1.170.0
folder=$PWD/target/third_party/aws-sam-cli-$version
target=${CARGO_TARGET_DIR:-target}
[ -x "$folder/emulator" ] || {
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --no-deps "aws-sam-cli==$version"
    architecture=$(uname -m)
    install "$folder"/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"${architecture/aarch64/arm64}" \
        "$folder/emulator"
}
cargo build --quiet --package local
cargo build --quiet --release --package register --package send-code --package activate --package me --package site

"$target/debug/local" --in-memory --port 0 --dynamodb-port 0 >"$folder/local.log" 2>&1 &
local=$!
trap 'kill "$local" 2>/dev/null || true; wait "$local" || true' EXIT
for _ in $(seq 100); do
    grep -q '^DynamoDB' "$folder/local.log" && break
    kill -0 "$local" || { cat "$folder/local.log"; exit 1; }
    sleep 0.1
done
LOCAL_URL=$(sed -n 's/^API  *//p' "$folder/local.log")
AWS_ENDPOINT_URL_DYNAMODB=$(sed -n 's/^DynamoDB  *//p' "$folder/local.log")
export LOCAL_URL AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_SESV2=$LOCAL_URL/ses
export AWS_REGION=local AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export USERS_TABLE=UsersTable CODES_TABLE=CodesTable LIMITS_TABLE=LimitsTable
export CODE_SECRET='for tests only, never to be deployed' MAILER=ses MAIL_FROM=no-reply@example.com

EVENTS=$(cargo metadata --format-version 1 --locked --quiet |
    grep -o '"[^"]*/aws_lambda_events-[^"]*/Cargo.toml"' | tr -d '"')
start=$SECONDS
events=$(PYTHONDONTWRITEBYTECODE=1 "$folder/bin/python" tests/third_party/runtime.py "$folder" "$target/release" \
    "${EVENTS%/*}/src/fixtures" </dev/null)
echo "Lambda runtime emulator of SAM CLI $version: $events in $((SECONDS - start)) s"
