# Shared by the scripts of this folder, which source it. It sets the folder of the project, and the build folder.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=${CARGO_TARGET_DIR:-target}

# wait_for PID LOG COMMAND...: waits until the command succeeds; if the process ends first, prints its log and fails.
wait_for() {
    local process=$1 log=$2
    shift 2
    for _ in $(seq 300); do
        "$@" && return
        kill -0 "$process" || break
        sleep 0.1
    done
    cat "$log"
    return 1
}

# start_local LOG [NAME=VALUE...]: builds `local`, and starts it in memory, on free ports and with these settings, and
# with the template that local_also names, if it does. Sets local, its process, local_url and dynamodb_url. The caller
# stops it.
start_local() {
    local log=$1
    shift
    cargo build --quiet --package local
    env "$@" "$target/debug/local" --in-memory --port 0 --dynamodb-port 0 ${local_also:+--also "$local_also"} >"$log" 2>&1 &
    local=$!
    wait_for "$local" "$log" grep -q '^DynamoDB' "$log" || return
    local_url=$(sed -n 's/^API  *//p' "$log")
    dynamodb_url=$(sed -n 's/^DynamoDB  *//p' "$log")
}

# stop PID...: ends these processes and waits for them.
stop() {
    kill "$@" 2>/dev/null || true
    wait "$@" || true
}

# free_port: prints a port that nothing listens on.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# certificate FOLDER: writes key.pem and cert.pem of localhost, signed by itself.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
        -keyout "$1/key.pem" -out "$1/cert.pem" 2>"$1/openssl.log"
}

# sam_cli: sets sam, the SAM CLI of this version: that of the PATH, or one that it installs.
sam_cli() {
    local version=1.170.0
    sam=$(command -v sam) && [ "$(sam --version)" = "SAM CLI, version $version" ] && return
    sam=$PWD/target/third_party/aws-sam-cli-$version/bin/sam
    "$sam" --version >/dev/null 2>&1 || {
        python3 -m venv "${sam%/bin/sam}"
        "${sam%/sam}/pip" install --quiet "aws-sam-cli==$version"
    }
}

# cargo_lambda: sets cargo_lambda, that program, which it installs, and cargo_lambda_version.
cargo_lambda() {
    cargo_lambda_version=1.9.2
    cargo_lambda=$PWD/target/third_party/cargo-lambda-$cargo_lambda_version/bin/cargo-lambda
    [ -x "$cargo_lambda" ] || {
        python3 -m venv "${cargo_lambda%/bin/cargo-lambda}"
        "${cargo_lambda%/cargo-lambda}/pip" install --quiet "cargo-lambda==$cargo_lambda_version"
    }
}

# names_of_functions OPTION: sets functions, the options that name each function: each folder of functions/ is one.
names_of_functions() {
    local folder
    functions=()
    for folder in functions/*/; do
        functions+=("$1" "$(basename "$folder")")
    done
}

# bundles: builds the functions as `sam build` does, but together and for this machine's processor, into
# $target/lambda/NAME/bootstrap. Sets functions, the options that name them.
bundles() {
    cargo_lambda
    names_of_functions --package
    CARGO_LAMBDA_COMPILER=cargo "$cargo_lambda" lambda build --quiet --release "${functions[@]}"
}

# work_folder: sets WORK, a folder. However the script ends, it is then deleted, and what `contained` runs is ended.
work_folder() {
    WORK=$(mktemp -d)
    export WORK
    namespace=
    trap leave EXIT
    trap 'exit 1' INT TERM
}
leave() {
    # unshare ignores the other signals; everything in its namespaces ends with it.
    [ -z "$namespace" ] || kill -KILL "$namespace" || true
    wait
    rm -rf "$WORK"
}

# contained COMMAND...: runs unshare with these options and this command, and is ended with the script.
contained() {
    local status=0
    unshare --net --mount --pid --fork --mount-proc --kill-child "$@" &
    namespace=$!
    wait "$namespace" || status=$?
    namespace=
    return "$status"
}
