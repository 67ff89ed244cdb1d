#!/usr/bin/env bash
# Mail against third-party parts: aws-ses-v2-local takes the place of SES, and standardwebhooks verifies the signatures
# of webhooks. Needs cargo, curl, node with npm, openssl and python3; uses free ports and a folder that it removes.
# Prints a line per part, and stops at the first that does not hold.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=$(mktemp -d)
local= password="correct horse battery"
clean() {
    for pid in "$work"/*.pid; do { [ -e "$pid" ] && kill "$(cat "$pid")" 2>/dev/null; } || true; done
    [ -z "$local" ] || stop "$local"
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

fail() {
    echo "mail: $1" >&2
    for log in "$work"/*.log; do sed "s|^|  $(basename "$log"): |" "$log" >&2; done
    exit 1
}
# start NAME COMMAND...: runs until the next start of that name, or the end.
start() {
    name=$1
    shift
    [ ! -e "$work/$name.pid" ] || kill "$(cat "$work/$name.pid")"
    "$@" >"$work/$name.log" 2>&1 &
    echo $! >"$work/$name.pid"
}
# url NAME: the first URL that NAME printed.
url() {
    for _ in $(seq 100); do
        grep -om1 'https\{0,1\}://[0-9A-Za-z.:]*[0-9]' "$work/$1.log" && return
        sleep 0.2
    done
    fail "$1 did not start"
}
# register EMAIL: registers at the local stack, in German.
register() {
    curl -sS -H 'Accept-Language: de-AT, en;q=0.5' -H 'Content-Type: application/json' \
        -d "{\"email\":\"$1\",\"password\":\"$password\"}" "$local_url/api/register"
}
# activate EMAIL CODE: prints the status.
activate() {
    curl -sS -o "$work/activated" -w '%{http_code}' -u "$1:$password" \
        -H 'Content-Type: application/json' -d "{\"code\":\"$2\"}" "$local_url/api/activate"
}

npm install --silent --no-fund --no-audit --prefix "$work" aws-ses-v2-local@2.10.2 standardwebhooks@1.1.1 >"$work/npm.log" 2>&1 ||
    fail "npm can't install the parts"
version() { node -p "require('$work/node_modules/$1/package.json').version"; }
# local_stack NAME=VALUE...: `local` with these settings, replacing the previous one.
local_stack() {
    [ -z "$local" ] || stop "$local"
    start_local "$work/local.log" BCRYPT_COST=4 "$@"
}

# SES.
port=$(free_port)
start ses "$work/node_modules/.bin/aws-ses-v2-local" --host 127.0.0.1 --port "$port"
ses=$(url ses)
local_stack MAILER=ses MAIL_FROM=codes@example.com AWS_ENDPOINT_URL_SESV2="$ses"
register ada@example.com >"$work/answer.log"
curl -sS "$ses/store" >"$work/store.json"
code=$(node -p "
    const [mail, ...others] = require('$work/store.json').emails;
    const [code, ...words] = mail.subject.split(' ');
    const complete = words.join(' ') === 'ist Ihr Code für User Registration' && mail.from === 'codes@example.com'
        && mail.destination.to[0] === 'ada@example.com' && !others.length
        && [mail.body.text, mail.body.html].every(part => part.includes(code) && part.includes('Er gilt 1 Minute.'));
    complete ? code : ''")
[ "$(activate ada@example.com "$code")" = 200 ] || fail "SES: the mail or its code is not right"
[ -z "${KEEP_HTML:-}" ] || node -p "require('$work/store.json').emails[0].body.html" >"$KEEP_HTML"
echo "aws-ses-v2-local $(version aws-ses-v2-local) took the mail, and its code activates"

# Webhooks: a receiver that answers 204 to what standardwebhooks verifies, and 400 to the rest.
cat >"$work/receiver.cjs" <<'JS'
const [secret, key, cert] = process.argv.slice(2);
const { readFileSync, writeFileSync } = require("fs");
const { Webhook } = require("standardwebhooks");
const answer = (request, response) => {
    let body = "";
    request.on("data", (data) => (body += data)).on("end", () => {
        try {
            writeFileSync(`${__dirname}/event.json`, JSON.stringify(new Webhook(secret).verify(body, request.headers)));
            response.writeHead(204).end();
        } catch (error) {
            console.log(String(error));
            response.writeHead(400).end();
        }
    });
};
const server = key
    ? require("https").createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer)
    : require("http").createServer(answer);
server.listen(0, "127.0.0.1", () => console.log(`${key ? "https" : "http"}://localhost:${server.address().port}`));
JS
secret=$(openssl rand -base64 32)
certificate "$work" || fail "openssl can't make a certificate"
webhook_stack() { local_stack MAILER=webhook WEBHOOK_URL="$(url receiver)/mail" "$@"; }
sent() { register "$1" | grep -o '"sent":[a-z]*'; }

start receiver node "$work/receiver.cjs" "whsec_$secret"
webhook_stack WEBHOOK_SECRET="whsec_$secret"
[ "$(sent bob@example.com)" = '"sent":true' ] || fail "webhook: the signature was not verified"
code=$(node -p "require('$work/event.json').data.code")
[ "$(activate bob@example.com "$code")" = 200 ] || fail "webhook: the code is not right"
echo "standardwebhooks $(version standardwebhooks) verified the signature, and the code activates"

webhook_stack WEBHOOK_SECRET="$(openssl rand -base64 32)"
[ "$(sent eve@example.com)" = '"sent":false' ] || fail "webhook: a signature under another secret was verified"
echo "standardwebhooks refused a signature under another secret"

start receiver node "$work/receiver.cjs" "$secret" "$work/key.pem" "$work/cert.pem"
webhook_stack WEBHOOK_SECRET="$secret" SSL_CERT_FILE="$work/cert.pem"
[ "$(sent cyd@example.com)" = '"sent":true' ] || fail "webhook: no mail over TLS"
echo "standardwebhooks verified a signature over TLS, under a secret without whsec_"

webhook_stack WEBHOOK_SECRET="$secret"
[ "$(sent dan@example.com)" = '"sent":false' ] || fail "webhook: a certificate of nobody known was taken"
echo "a receiver whose certificate no public root signed gets nothing"
