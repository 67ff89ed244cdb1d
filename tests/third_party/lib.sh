# What the scripts of this folder share; they source it. It sets the folder of the project, and where cargo builds.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=${CARGO_TARGET_DIR:-target}

# wait_for PID LOG COMMAND...: until the command succeeds; when the process ends before, prints its log and fails.
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
