#!/usr/bin/env bash
# Does with examples/protected-api what its README says, on `local`. Needs cargo, curl and python3. Prints one line, and
# what failed when something did.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder=$PWD/target/third_party/example
mkdir -p "$folder"
local_also=examples/protected-api/template.yaml
start_local "$folder/local.log" BCRYPT_COST=4
trap 'stop "$local"' EXIT

# expect STATUS PATH [CURL OPTION…]
expect() {
    local expected=$1 path=$2 status
    shift 2
    status=$(curl -sS --max-time 10 -o "$folder/body" -w '%{http_code}' "$@" "$local_url$path")
    [ "$status" = "$expected" ] || { echo "$path: $status, expected $expected: $(cat "$folder/body")"; exit 1; }
}

json=(--header 'Content-Type: application/json')
ada=(--user 'ada@example.com:correct horse battery')
expect 201 /api/register "${json[@]}" --data '{"email":"ada@example.com","password":"correct horse battery"}'
code=$(curl -s "$local_url/inbox.json" | grep -o '"code":"[0-9]*"' | head -1 | grep -o '[0-9]*')
expect 200 /api/activate "${ada[@]}" "${json[@]}" --data "{\"code\":\"$code\"}"

expect 401 /hello
expect 403 /hello --user ada@example.com:wrong
for _ in 1 2 3; do
    expect 200 /hello "${ada[@]}"
    grep -q '"hello": "ada@example.com"' "$folder/body" || { cat "$folder/body"; exit 1; }
done
asked=$(grep -c '"route":"authorize local GET /hello"' "$folder/local.log")
[ "$asked" = 2 ] || { echo "the guard was asked $asked times, expected 2"; exit 1; }
echo "example: the guard let an active account in, and was asked $asked times for 4 calls"
