#!/usr/bin/env bash
# Deploys template.yaml with the SAM CLI to an emulated AWS, in a network namespace where everything has AWS's own
# names, and takes the stack from its first deployment to its removal by the commands of docs/deploy.md and docs/operations.md:
# see aws/scenario.py, and aws/emulator.py for what the emulator lacks. The functions are built by `sam build`, for
# x86_64; nothing else of the template is changed. Needs cargo, npm, openssl, python3 with venv, iproute2 and
# util-linux; installs MiniStack, the SAM CLI, cargo-lambda and the AWS CLI under target/. Prints a line a step, and
# what failed when something did. Exits with 77 and the reason where it can't run; a command of the documents that is in
# no list fails even there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$PWD/tests/third_party/aws
folder=$PWD/target/third_party/aws
export PYTHONDONTWRITEBYTECODE=1
python3 "$here/documents.py"

skip() {
    echo "deploy.sh is skipped: $1"
    exit 77
}
mkdir -p "$folder"
[ "$(uname -sm)" = "Linux x86_64" ] || skip "the functions are built for Linux on x86_64"
work_folder
user=(--user --map-root-user)
# shellcheck disable=SC2016  # The namespace's shell expands it.
trial='ip link set lo up && mount -t tmpfs tmpfs /mnt && mkdir /mnt/up /mnt/work &&
    mount -t overlay overlay -o "lowerdir=$PWD,upperdir=/mnt/up,workdir=/mnt/work,userxattr" "$PWD"'
contained "${user[@]}" sh -c "$trial" >"$folder/namespace.log" 2>&1 ||
    skip "no namespace can be made here: $(head -1 "$folder/namespace.log")"

# MiniStack: exactly this file, under the licence that it had.
emulator=$folder/ministack-1.5.33
[ -e "$emulator/ready" ] || {
    python3 -m venv "$emulator"
    hash=sha256:36f9158cbe7eb7a3f910ccf1c052c98204511164249b783682f7a96ef56b0bba
    "$emulator/bin/pip" install --quiet --no-deps --require-hashes --requirement <(echo "ministack==1.5.33 --hash=$hash")
    "$emulator/bin/pip" install --quiet --requirement "$here/requirements.txt"
    touch "$emulator/ready"
}
"$emulator/bin/python" -c '
from importlib.metadata import metadata
about = metadata("ministack")
licence = about["License"].splitlines()[0]
assert (about["Version"], licence) == ("1.5.33", "MIT License"), (about["Version"], licence)'

# The AWS CLI that AWS publishes for its layers, in version 2, which PyPI does not have.
cli=$folder/awscli-2.36.12
[ -e "$cli/ready" ] || {
    archive=$folder/$(npm pack --silent --pack-destination "$folder" @aws-cdk/asset-awscli-v2@2.0.186)
    echo "401a2fcf7b8a653ed0ba39a7a9463218ccf4967a79ddcc70aea477b28c69b3af $archive" | sha256sum --check --quiet
    mkdir -p "$cli"
    tar -xzf "$archive" -C "$cli" --strip-components 2 package/lib/layer.zip
    python3 -m zipfile -e "$cli/layer.zip" "$cli"
    rm "$archive" "$cli/layer.zip"
    chmod +x "$cli/awscli/v2/2.36.12/dist/aws"
    touch "$cli/ready"
}
sam_cli
bundles
cargo test --quiet --package tests --no-run
cargo build --quiet --package admin

# `sam build` has cargo-lambda build one function after the other. Here they are built together beforehand: built alone,
# each would use other features of their shared dependencies, which would be compiled again.
mkdir -p "$folder/bin"
printf '#!/bin/sh\nexec "%s" "$@" %s\n' "$cargo_lambda" "${functions[*]}" >"$folder/bin/cargo-lambda"
chmod +x "$folder/bin/cargo-lambda"

TARGET=$(cd "$target" && pwd) REPO=$PWD
export TARGET REPO EMULATOR=$emulator PATH=$folder/bin:${sam%/sam}:$cli/awscli/v2/2.36.12/dist:$PATH
(
    cd "$WORK"
    new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    openssl req -x509 "${new_key[@]}" -days 1 -subj "/CN=An authority of this run" -keyout ca.key -out ca.pem
    openssl req "${new_key[@]}" -subj /CN=amazonaws.com -keyout key.pem -out request.pem
    region=eu-central-1.amazonaws.com
    names="DNS:*.amazonaws.com,DNS:*.$region,DNS:streams.dynamodb.$region,DNS:*.s3.$region,DNS:*.execute-api.$region,DNS:accounts.example.com"
    echo "subjectAltName=$names" >names
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile names -out cert.pem
) 2>"$folder/openssl.log" || { cat "$folder/openssl.log"; exit 1; }

status=0
contained "${user[@]}" "$here/inside.sh" || status=$?
[ "$status" = 0 ] || {
    cp "$WORK"/*.log "$folder"
    echo "What was run is in ${folder#"$PWD"/}/commands.log, and the emulator's log beside it."
}
exit "$status"
