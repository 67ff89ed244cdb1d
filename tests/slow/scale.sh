#!/usr/bin/env bash
# The tests that take minutes: a thousand clients at once, fifty kills under load, a million users. Needs cargo only, and
# 1 GB of disk for a while. Prints their figures.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$PWD/target/scale.log
# Four sockets for each of a thousand clients.
ulimit -n 8192
# A debug build is too slow for so many clients. More than this makes the build longer, and the figures no truer.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
cargo test --quiet --release --package local --package tests --no-run
# What a test prints, without the log lines that its runner keeps beside it.
cargo test --quiet --release --package local --package tests -- \
    --ignored --show-output --test-threads 1 2>"$log" </dev/null | sed -n '/ stdout ----$/,/^$/ { /^{/!p; }'
