#!/usr/bin/env bash
# Imports users from PostgreSQL with hashes of Python's bcrypt: `admin import` is killed ten times, imports every user
# exactly once, and they can sign in. Needs cargo, python3 and Debian's postgresql; fetches bcrypt. The first argument
# says how many users (100000), the second how many of them sign in (2000).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
users=${1:-100000} sign_ins=${2:-2000}
here=$PWD/tests/third_party
tools=$PWD/target/third_party/import
mkdir -p "$tools"
[ -x "$tools/bin/python" ] || {
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet bcrypt==5.0.0
}
cargo build --quiet --package admin --package local
admin=$PWD/$target/debug/admin

# PostgreSQL does not run as root.
folder=$(mktemp -d)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$folder"
binaries=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
as_postgres "$binaries/initdb" -D "$folder/data" >"$folder/initdb.log"
as_postgres "$binaries/pg_ctl" -D "$folder/data" -w -o "-k $folder -c listen_addresses=''" -l "$folder/postgres.log" start >/dev/null
local=
trap 'as_postgres "$binaries/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null; [ -z "$local" ] || stop "$local"; rm -rf "$folder"' EXIT
sql() { as_postgres psql -h "$folder" -d postgres -qAt "$@"; }

start=$SECONDS
"$tools/bin/python" "$here/import.py" make "$users" >"$folder/made.csv"
echo "$users hashes of Python's bcrypt: $((SECONDS - start)) s"
sql -c 'CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL, hashed_password text NOT NULL,
    is_active boolean NOT NULL, created_at timestamptz NOT NULL DEFAULT now())'
sql -c '\copy users (email, hashed_password, is_active) FROM STDIN (FORMAT csv)' <"$folder/made.csv"
sql -c '\copy users TO STDOUT (HEADER)' >"$folder/users.tsv"

# start: starts `local` again, and sets how to reach it.
start() {
    start_local "$folder/local.log" BCRYPT_COST=4
    import=("$admin" --local --port "${local_url##*:}" --dynamodb-port "${dynamodb_url##*:}")
}

start
start=$SECONDS
"${import[@]}" import "$folder/users.tsv" --yes >"$folder/audit"
seconds=$((SECONDS - start))
echo "uninterrupted: $users rows in $seconds s, $((users / (seconds > 0 ? seconds : 1))) a second"
stop "$local"

start
for kill in $(seq 10); do
    "${import[@]}" import "$folder/users.tsv" --yes >>"$folder/killed" 2>&1 &
    process=$!
    sleep "$("$tools/bin/python" -c "print($seconds / 14 + $kill / 50)")"
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
done
"${import[@]}" import "$folder/users.tsv" --yes >"$folder/audit"
cat "$folder/audit"
"${import[@]}" export >"$folder/exported.csv" 2>"$folder/export.log"
"$tools/bin/python" "$here/import.py" check "$users" "$sign_ins" "$local_url" "$folder/exported.csv" "$folder/audit"
