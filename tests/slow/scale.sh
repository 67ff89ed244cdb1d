#!/usr/bin/env bash
# The tests that take minutes: a thousand clients at once, fifty kills under load, a million users. Needs cargo only, and
# 1 GB of disk for a while. Prints their figures.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$PWD/target/scale.log
# Four sockets for each of a thousand clients.
ulimit -n 8192
# A debug build is too slow for so many clients. More optimisation would lengthen the build without better figures.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
cargo test --quiet --release --package local --package tests --no-run
# A test's output, without log lines.
cargo test --quiet --release --package local --package tests -- \
    --ignored --show-output --test-threads 1 2>"$log" </dev/null | sed -n '/ stdout ----$/,/^$/ { /^{/!p; }'
