#!/usr/bin/env bash
# Runs each function, built as it is deployed, under AWS's emulator of the Lambda runtime, and feeds it events of API
# Gateway: see runtime.py. Needs cargo and python3 with venv; fetches the emulator, which the SAM CLI ships, and
# cargo-lambda. Prints one line, and what failed when something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=1.170.0
folder=$PWD/target/third_party/aws-sam-cli-$version
[ -x "$folder/emulator" ] || {
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --no-deps "aws-sam-cli==$version"
    architecture=$(uname -m)
    install "$folder"/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"${architecture/aarch64/arm64}" \
        "$folder/emulator"
}
bundles

start_local "$folder/local.log"
trap 'stop "$local"' EXIT
export LOCAL_URL=$local_url AWS_ENDPOINT_URL_DYNAMODB=$dynamodb_url AWS_ENDPOINT_URL_SESV2=$local_url/ses
export AWS_REGION=local AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export USERS_TABLE=UsersTable CODES_TABLE=CodesTable LIMITS_TABLE=LimitsTable
export CODE_SECRET='for tests only, never to be deployed' MAILER=ses MAIL_FROM=no-reply@example.com

EVENTS=$(cargo metadata --format-version 1 --locked --quiet |
    grep -o '"[^"]*/aws_lambda_events-[^"]*/Cargo.toml"' | tr -d '"')
start=$SECONDS
events=$(PYTHONDONTWRITEBYTECODE=1 "$folder/bin/python" tests/third_party/runtime.py "$folder" "$target/lambda" \
    "${EVENTS%/*}/src/fixtures" </dev/null)
echo "Lambda runtime emulator of SAM CLI $version: $events in $((SECONDS - start)) s"
