#!/usr/bin/env bash
# Runs the functions in the containers of `sam local start-api`, by the command of docs/testing.md, and takes an account
# from registration to active. It uses its own Docker engine, in a network namespace. Instead of AWS's image, which only
# AWS's registry has, it is given this machine's C library and the programs that the SAM CLI calls while it adds its
# emulator of the runtime: what holds is that the SAM CLI, the emulator and the functions fit together, not that they
# run on Amazon Linux. Needs Linux on x86_64, root, apt-get, cargo, curl and python3 with venv; installs the SAM CLI,
# cargo-lambda and docker.io. Prints one line, and what failed when something did. Exits with 77 and the reason where it
# can't run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$PWD/tests/third_party
folder=$PWD/target/third_party/container

# In the namespace.
if [ "${1-}" = --inside ]; then
    ip link set lo up
    mount -t tmpfs tmpfs /run
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    dockerd --data-root "$WORK/docker" --exec-root /run/docker --pidfile /run/docker.pid >"$WORK/engine.log" 2>&1 &
    wait_for "$!" "$WORK/engine.log" docker info >"$WORK/docker.log" 2>&1 || exit 77
    programs=(/bin/sh /bin/mv /bin/chmod)
    mapfile -t libraries < <(ldd "${programs[@]}" "$BUNDLES"/*/bootstrap | grep -o '/[^ :]*\.so[^ :]*' | sort -u)
    tar --create --dereference "${programs[@]}" "${libraries[@]}" |
        docker import --change 'WORKDIR /var/task' - public.ecr.aws/lambda/provided:al2023-x86_64

    # The template as `sam build` leaves it, with what is built already.
    mkdir "$WORK/app"
    cp -r local "$WORK/app"
    sed -E "s/Architectures: \[arm64\]/Architectures: [x86_64]/; s#CodeUri: functions/([a-z-]+)/#CodeUri: $BUNDLES/\1/#" \
        template.yaml >"$WORK/app/template.yaml"
    "$LOCAL" --in-memory --host 172.17.0.1 >"$WORK/local.log" 2>&1 &
    wait_for "$!" "$WORK/local.log" grep '^DynamoDB' "$WORK/local.log"
    command=$(cd "$here/aws" && python3 -c 'import documents; print(documents.command("sam local start-api"))')
    (cd "$WORK/app" && exec sh -c "exec ${command#sam build && } --skip-pull-image") >"$WORK/sam.log" 2>&1 &
    wait_for "$!" "$WORK/sam.log" curl -s -o "$WORK/answer" http://127.0.0.1:3000/openapi.json

    call() { curl -sS --fail-with-body --max-time 60 -H 'Content-Type: application/json' "$@"; }
    ada=(-u 'ada@example.com:correct horse battery')
    call http://127.0.0.1:3000/api/register -d '{"email":"ada@example.com","password":"correct horse battery"}'
    code=$(grep -o '"code":"[0-9]*"' "$WORK/sam.log" | tail -1 | tr -cd 0-9)
    call http://127.0.0.1:3000/api/activate "${ada[@]}" -d "{\"code\":\"$code\"}"
    call http://127.0.0.1:3000/api/me "${ada[@]}" | grep '"activated":true'
    exit
fi

skip() {
    echo "container.sh is skipped: $1"
    exit 77
}
mkdir -p "$folder"
[ "$(uname -sm)" = "Linux x86_64" ] || skip "the functions are built for Linux on x86_64"
[ "$(id -u)" = 0 ] || skip "only root can start an engine"
command -v apt-get >"$folder/apt.log" || skip "there is no apt-get to install an engine"
work_folder
contained mount -t cgroup2 cgroup2 /sys/fs/cgroup >"$folder/namespace.log" 2>&1 ||
    skip "no namespace can be made here: $(head -1 "$folder/namespace.log")"

packages() {
    command -v docker && command -v dockerd && command -v iptables && return
    apt-get update && apt-get install -y --no-install-recommends docker.io iptables
}
packages >"$folder/apt.log" 2>&1 || skip "no engine can be installed: $(tail -1 "$folder/apt.log")"
sam_cli
bundles
cargo build --quiet --package local

target=$(cd "$target" && pwd)
export LOCAL=$target/debug/local BUNDLES=$target/lambda PATH=${sam%/sam}:$PATH PYTHONDONTWRITEBYTECODE=1
export SAM_CLI_TELEMETRY=0 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
start=$SECONDS status=0
contained timeout 300 "$here/container.sh" --inside >"$folder/run.log" 2>&1 || status=$?
[ "$status" != 77 ] || skip "no engine can be started here: $(tail -1 "$WORK/engine.log")"
[ "$status" = 0 ] || { tail -n 30 "$folder/run.log" "$WORK"/*.log && exit "$status"; }
echo "sam local start-api on $(dockerd --version | cut -d, -f1): an account is active after $((SECONDS - start)) s"
