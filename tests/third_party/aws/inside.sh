#!/usr/bin/env bash
# Run by deploy.sh in its own namespaces: AWS is this machine, and writes to the checkout are discarded afterwards.
set -euo pipefail
# Only writes to the build folder, which may be in the checkout, are kept.
mkdir "$WORK/target" "$WORK/layer" "$WORK/home"
mount --bind "$TARGET" "$WORK/target"
mount -t tmpfs tmpfs "$WORK/layer"
mkdir "$WORK/layer/changed" "$WORK/layer/scratch"
mount -t overlay overlay -o "lowerdir=$REPO,upperdir=$WORK/layer/changed,workdir=$WORK/layer/scratch,userxattr" "$REPO"
mkdir -p "$TARGET"
mount --bind "$WORK/target" "$TARGET"
cd "$REPO"
rm -rf .aws-sam
sed -i 's/Architectures: \[arm64\]/Architectures: [x86_64]/' template.yaml
grep -q 'Architectures: \[x86_64\]' template.yaml

ip link set lo up
echo 'nameserver 127.0.0.1' >"$WORK/resolv.conf"
echo 'hosts: files dns' >"$WORK/nsswitch.conf"
mount --bind "$WORK/resolv.conf" /etc/resolv.conf
mount --bind "$WORK/nsswitch.conf" /etc/nsswitch.conf

# Settings for reaching AWS from here don't apply there.
unset "${!AWS_@}" "${!SSL_CERT_@}" "${!TEST_@}"
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} HOME=$WORK/home
export CARGO_NET_OFFLINE=true CARGO_LAMBDA_COMPILER=cargo SAM_CLI_TELEMETRY=0 SAM_CLI_POLL_DELAY=1
export AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

"$EMULATOR/bin/python" tests/third_party/aws/emulator.py "$WORK" >"$WORK/emulator.log" 2>&1 &
emulator=$!
. tests/third_party/lib.sh
export CURL_CA_BUNDLE=$WORK/ca.pem
wait_for "$emulator" "$WORK/emulator.log" \
    curl -sf -o "$WORK/health" "https://sts.$AWS_REGION.amazonaws.com/_ministack/health"
SSL_CERT_FILE=$WORK/ca.pem AWS_CA_BUNDLE=$WORK/ca.pem REQUESTS_CA_BUNDLE=$WORK/ca.pem \
    python3 tests/third_party/aws/scenario.py
