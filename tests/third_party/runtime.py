"""Feeds each function, under AWS's emulator of the Lambda runtime, events of API Gateway, payload format 2.0.

The events were written down by others: AWS's documentation (event.json), the SAM CLI, and the crate aws_lambda_events,
some of whose were recorded. Each is given to every function as it is. Then those of the documentation and of the SAM
CLI, with the route and the client's part put in, take an account from registration to its deletion. The guard gets the
events of authorizers, of SES and of DynamoDB's streams. What is no event is refused, and the process goes on.
"""

import gzip
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from contextlib import ExitStack
from os import environ
from pathlib import Path

FOLDER, BUNDLES, FIXTURES = map(Path, sys.argv[1:])
FUNCTIONS = ["register", "send-code", "activate", "me", "site"]
LATER = ["change-password", "forgot-password", "reset-password", "delete-account"]
# Routes without a password check the body first.
WITHOUT_CREDENTIALS = ["register", "forgot-password", "reset-password"]
GUARD, MAIL, CHANGES = "authorize", "mail-feedback", "account-events"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def basic(password):
    return "Basic " + b64encode(f"{EMAIL}:{password}".encode()).decode()


BASIC = basic(PASSWORD)

DOCUMENTATION = json.loads(Path(__file__).with_name("event.json").read_text())
samples = FOLDER.glob("lib/python3*/site-packages/samcli/lib/generated_sample_events/events/apigateway/HttpApi.json")
VALUES = {
    "account_id": "123456789012",
    "body": b64encode(b'{"test":"body"}').decode(),
    "dns_suffix": "us-east-1.amazonaws.com",
    "method": "POST",
    "path": "path/to/resource",
    "stage": "$default",
}
SAM = json.loads(re.sub(r"{{{(\w+)}}}", lambda name: VALUES[name[1]], next(samples).read_text()))
OF_AUTHORIZERS = [
    json.loads(file.read_text()) for file in sorted(FIXTURES.glob("example-apigw-v2-custom-authorizer-v2-request*.json"))
]
RECORDED = [json.loads(file.read_text()) for file in sorted(FIXTURES.glob("example-apigw-v2-request-*.json"))]


class Emulator:
    """A function under the emulator; ends with the stack that it is given."""

    answered = 0

    def __init__(self, name, stack):
        with socket.socket() as invoke, socket.socket() as runtime:
            for port in (invoke, runtime):
                port.bind(("127.0.0.1", 0))
            address, api = (f"127.0.0.1:{port.getsockname()[1]}" for port in (invoke, runtime))
        self.url = f"http://{address}/2015-03-31/functions/function/invocations"
        self.log = FOLDER / f"{name}.log"
        options = ["--runtime-interface-emulator-address", address, "--runtime-api-address", api]
        log = stack.enter_context(self.log.open("w"))
        command = [FOLDER / "emulator", *options, BUNDLES / name / "bootstrap"]
        process = stack.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
        stack.callback(process.terminate)

    def invoke(self, payload):
        for _ in range(100):
            try:
                with urllib.request.urlopen(self.url, payload, timeout=60) as answer:
                    Emulator.answered += 1
                    return json.load(answer)
            except urllib.error.URLError as error:
                if not isinstance(error.reason, ConnectionRefusedError):
                    raise
                time.sleep(0.1)
        raise SystemExit("the emulator did not start")

    def reply_to(self, event):
        """The status, the headers and the body of the answer to an event."""
        reply = self.invoke(json.dumps(event).encode())
        assert "statusCode" in reply, reply
        body = reply["body"] or ""
        body = b64decode(body) if reply["isBase64Encoded"] else body.encode()
        return reply["statusCode"], reply["headers"], body

    def json(self, event, status):
        got, headers, body = self.reply_to(event)
        assert got == status, (got, body)
        assert headers["cache-control"] == "no-store", headers
        return json.loads(body)


def request(sample, route, body=None, encoded=False, **headers):
    """A sample with a route, and what comes of the client."""
    method, path = route.split()
    event = json.loads(json.dumps(sample)) | {"routeKey": route, "rawPath": path}
    event["requestContext"] |= {"routeKey": route}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    text = json.dumps(body) if body else None
    event["body"] = b64encode(text.encode()).decode() if text and encoded else text
    event["isBase64Encoded"] = encoded
    return event


def as_they_are(function, name):
    for event in [DOCUMENTATION, SAM, *RECORDED]:
        status, _, body = function.reply_to(event)
        if name == "site":
            assert status == (200 if event["rawPath"] == "/" else 404), (event, status)
        elif name in WITHOUT_CREDENTIALS:
            # A recorded body without a JSON type is not read; an empty one is malformed.
            types = [value for header, value in event["headers"].items() if header.lower() == "content-type"]
            unread = event.get("body") and not any(value.startswith("application/json") for value in types)
            assert status in ((415,) if unread else (400, 422)), (event, status, body)
        else:
            assert (status, json.loads(body)["type"]) == (401, "/problems/unauthorized"), (event, body)


def mails():
    """What SES was given, the newest first."""
    with urllib.request.urlopen(environ["LOCAL_URL"] + "/inbox.json") as answer:
        return json.load(answer)["mails"]


def journey(functions):
    register, send_code, activate, me, site = (functions[name] for name in FUNCTIONS)
    json_type = {"content_type": "application/json"}
    wrong = register.json(SAM | {"headers": SAM["headers"] | {"content-type": "application/json"}}, 422)
    assert [error["pointer"] for error in wrong["errors"]] == ["#/email", "#/password", "#/test"], wrong

    account = {"email": EMAIL, "password": PASSWORD}
    registration = request(SAM, "POST /api/register", account, encoded=True, accept_language="de-AT,en;q=0.5", **json_type)
    registered = register.json(registration, 201)
    assert registered["code"]["sent"], registered
    [mail] = mails()
    assert mail["to"] == EMAIL and "ist Ihr Code" in mail["subject"], mail

    who = request(DOCUMENTATION, "GET /api/me", authorization=BASIC)
    me.json(who, 403)
    me.json(request(DOCUMENTATION, "GET /api/me", authorization=f"{BASIC},{BASIC}"), 401)
    me.json(request(SAM, "GET /api/me", Authorization=BASIC), 403)
    activation = request(DOCUMENTATION, "POST /api/activate", {"code": mail["code"]}, authorization=BASIC, **json_type)
    active = activate.json(activation, 200)
    assert (active["id"], active["activated"]) == (registered["id"], True), active
    assert me.json(who, 200) == active
    again = send_code.json(request(DOCUMENTATION, "POST /api/send-code", authorization=BASIC), 409)
    assert again["type"] == "/problems/already-activated", again
    assert register.json(registration, 409)["type"] == "/problems/already-registered"

    page = request(RECORDED[0], "GET /docs", accept_encoding="gzip")
    status, headers, body = site.reply_to(page)
    assert (status, headers["content-encoding"]) == (200, "gzip") and gzip.decompress(body), headers


def guarded(function):
    assert OF_AUTHORIZERS
    for event in OF_AUTHORIZERS:
        assert function.invoke(json.dumps(event).encode()) == {"isAuthorized": False}, event
        answer = function.invoke(json.dumps(event | {"identitySource": [BASIC]}).encode())
        assert answer["isAuthorized"] and answer["context"]["email"] == EMAIL, answer
        beside = event | {"identitySource": ["another"], "headers": event["headers"] | {"authorization": BASIC}}
        assert function.invoke(json.dumps(beside).encode()) == {"isAuthorized": False}, beside


def other_events(functions):
    """A bounce of SES marks the address; a change of DynamoDB becomes an event without the hash."""
    bounce = {
        "bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2026-11-26T12:00:00.000Z",
        "bouncedRecipients": [{"emailAddress": "bounced@example.com"}],
    }
    taken = functions[MAIL].invoke(json.dumps({"detail": {"eventType": "Bounce", "bounce": bounce}}).encode())
    assert taken is None, taken
    refused = {"email": "bounced@example.com", "password": PASSWORD}
    refused = request(SAM, "POST /api/register", refused, content_type="application/json")
    assert functions["register"].json(refused, 422)["type"] == "/problems/mail-undeliverable"
    item = {
        "email": {"S": EMAIL}, "id": {"S": "1"}, "password_hash": {"S": "$2b$"}, "activated": {"BOOL": False},
        "created_at": {"N": "1700000000000"}, "short_codes": {"L": []},
    }
    change = {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": "111"}}
    [event] = functions[CHANGES].invoke(json.dumps([change]).encode())
    assert event["type"] == "user.registered" and "$2b$" not in json.dumps(event), event


def later(functions):
    change, forgot, reset, delete = (functions[name] for name in LATER)
    me, register, json_type = functions["me"], functions["register"], {"content_type": "application/json"}
    second, third = "another horse battery", "a third horse battery"
    changed = request(SAM, "POST /api/change-password", {"password": second}, authorization=BASIC, **json_type)
    assert "password_changed_at" in change.json(changed, 200)
    me.json(request(DOCUMENTATION, "GET /api/me", authorization=BASIC), 401)
    forgot.json(request(DOCUMENTATION, "POST /api/forgot-password", {"email": EMAIL}, encoded=True, **json_type), 202)
    entered = {"email": EMAIL, "code": mails()[0]["code"], "password": third}
    reset.json(request(SAM, "POST /api/reset-password", entered, **json_type), 200)
    me.json(request(DOCUMENTATION, "GET /api/me", authorization=basic(second)), 401)
    gone = request(DOCUMENTATION, "DELETE /api/me", authorization=basic(third))
    assert delete.reply_to(gone)[::2] == (204, b"")
    me.json(request(DOCUMENTATION, "GET /api/me", authorization=basic(third)), 401)
    register.json(request(SAM, "POST /api/register", {"email": EMAIL, "password": PASSWORD}, **json_type), 201)


def no_events(function, name):
    for payload in [b"", b"not JSON", b"{}", b"[]", b'{"version":"2.0","routeKey":"$default"}', b'{"body":"\xff"}']:
        answer = function.invoke(payload)
        if name in (GUARD, MAIL, CHANGES):
            unread = (payload, name) == (b"[]", CHANGES)
            assert unread or "DeserializeError" in answer["errorType"] or answer["errorMessage"] == "unreadable-event", answer
        else:
            assert "DeserializeError" in answer["errorType"], answer
    if name in (GUARD, MAIL, CHANGES):
        # Events of another format: payload 1.0 of an authorizer has the credentials in such a place.
        answer = function.invoke(json.dumps({"identitySource": BASIC, "detail": BASIC}).encode())
        assert answer["errorMessage"] == "unreadable-event" and BASIC not in json.dumps(answer), answer
    else:
        no_url(function)
    log = function.log.read_text()
    assert log.count("INIT START") == 1, f"{name} was started again"
    assert '"outcome"' in log or name in ("site", CHANGES), f"{name} logged nothing"
    assert PASSWORD not in log and BASIC.split()[1] not in log, f"{name} logged a secret"


def no_url(function):
    no_host = request(DOCUMENTATION, "GET /")
    no_host["requestContext"]["domainName"] = "{"
    # lambda_http panics at an invalid URL: a panic is answered, and does not end the function.
    answer = function.invoke(json.dumps(no_host).encode())
    assert "panicked" in answer["errorMessage"], answer
    function.reply_to(DOCUMENTATION)


with ExitStack() as stack:
    functions = {name: Emulator(name, stack) for name in [*FUNCTIONS, *LATER]}
    for name, function in functions.items():
        as_they_are(function, name)
    journey(functions)
    functions |= {name: Emulator(name, stack) for name in (GUARD, MAIL, CHANGES)}
    guarded(functions[GUARD])
    other_events(functions)
    later(functions)
    for name, function in functions.items():
        no_events(function, name)
print(f"{Emulator.answered} events into {len(functions)} functions")
