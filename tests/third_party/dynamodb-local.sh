#!/usr/bin/env bash
# Runs the black-box suite and `admin`'s with DynamoDB Local, AWS's own emulator, instead of the embedded one. Needs
# cargo, npm, java and python3; fetches the emulator. Prints one line, and what failed when something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
package=amplify-dynamodb-simulator version=2.9.30
folder=$PWD/target/third_party/$package-$version
log=$folder/tests.log

if [ ! -d "$folder/package" ]; then
    mkdir -p "$folder"
    archive=$(npm pack --silent --pack-destination "$folder" "$package@$version")
    tar -xzf "$folder/$archive" -C "$folder"
fi
cargo test --quiet --package tests --package admin --no-run

port=$(free_port)
url=http://127.0.0.1:$port
emulator=$folder/package/emulator
# Without -sharedDb it keeps the tables of each region apart, and each test has its own region.
(cd "$folder" && exec java -Djava.library.path="$emulator/DynamoDBLocal_lib" -jar "$emulator/DynamoDBLocal.jar" \
    -inMemory -disableTelemetry -port "$port" >"$folder/emulator.log" 2>&1) &
java=$!
trap 'stop "$java"' EXIT
wait_for "$java" "$folder/emulator.log" curl -s -o "$folder/answer" "$url"

start=$SECONDS status=0
TEST_DYNAMODB_URL=$url cargo test --package tests --package admin >"$log" 2>&1 </dev/null || status=$?
[ "$status" = 0 ] || grep -vE '^(\{|test .* ok$)' "$log" || true
emulator_version=$(sed -n 's/^Version:[[:space:]]*//p' "$folder/emulator.log")
awk -v version="$emulator_version" -v seconds=$((SECONDS - start)) '
    /^test result: / { passed += $4; failed += $6 }
    END { printf "DynamoDB Local %s: %d passed, %d failed in %d s\n", version, passed, failed, seconds }' "$log"
exit "$status"
