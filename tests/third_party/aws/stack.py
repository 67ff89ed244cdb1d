"""What the scenario does to a stack and asks of it: commands of the documents, SAM CLI, AWS CLI, requests, mails."""

import base64
import json
import os
import pty
import re
import select
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import documents

WORK = Path(os.environ["WORK"])
NAME = "user-registration"
PASSWORD = "correct horse battery"
TLS = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
RUN = set()


class Failed(Exception):
    """What was expected, and what came instead."""


def expect(condition, *what):
    if not condition:
        raise Failed(*what)


def documented(part):
    """The command of the documents that has this part, which is going to be run."""
    RUN.add(part)
    return documents.command(part)


def shell(script, answers=None, fails=False):
    """Runs a script as the documents mean it, in the region that they export, and hands out what it printed.

    With answers it is run at a terminal: a question gets that of the first pattern that it has, or Enter alone."""
    command = ["bash", "-ec", f"{documented('export AWS_REGION')}\n{script}"]
    here, there = pty.openpty() if answers is not None else (None, None)
    process = subprocess.Popen(
        command, stdin=there or subprocess.DEVNULL, stdout=there or subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if there:
        os.close(there)
        output = converse(here, answers)
        os.close(here)
        process.wait()
    else:
        output = process.communicate()[0].decode()
    with (WORK / "commands.log").open("a") as log:
        log.write(f"$ {script}\n{output}\n")
    expect((process.returncode != 0) == fails, f"`{script}` ended with {process.returncode}", output)
    return output


def converse(terminal, answers):
    output, answered, deadline = "", 0, time.monotonic() + 600
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        expect(time.monotonic() < deadline, "no end", output)
        try:
            output += os.read(terminal, 65536).decode(errors="replace") if ready else ""
        except OSError:
            return output
        question = output[answered:].rpartition("\n")[2]
        if not ready and question.rstrip().endswith(":"):
            given = [answer for pattern, answer in answers if re.search(pattern, question)]
            os.write(terminal, f"{(given or [''])[0]}\n".encode())
            answered = len(output)


def document(part, *values, answers=(), **words):
    """Runs the command of the documents that has this part, with these words in the place of those that stand there for
    them, and these values in the place of each … What the SAM CLI asks is answered with yes, if not otherwise."""
    script = documented(part)
    for word, value in words.items():
        expect(word in script, f"no {word} in `{script}`")
        script = re.sub(rf"\b{word}\b", value, script)
    for value in values:
        script = script.replace("…", value, 1)
    return shell(script, [*answers, (r"\[y/N\]", "y")] if re.search(r"\bsam ", script) else None)


def aws(command):
    return shell(f"aws {command} --output json")


def ask(command):
    """What the AWS CLI prints, read."""
    return json.loads(aws(command) or "null")


def deploy(*parameters, stack=NAME, template=None, fails=False):
    """`sam deploy` with these parameters."""
    options = ["--no-confirm-changeset", "--stack-name", stack]
    options += ["--template-file", template] if template else []
    options += ["--parameter-overrides", *parameters] if parameters else []
    return shell(f"sam deploy {' '.join(options)}", fails=fails)


def outputs(name=NAME):
    """The stack's outputs, by the documents' command."""
    lines = document("describe-stacks", STACK=name).splitlines()
    return dict(line.split("\t", 1) for line in lines)


def resource(name, stack=NAME):
    """What a resource of the template is called in the stack."""
    found = ask(f"cloudformation describe-stack-resource --stack-name {stack} --logical-resource-id {name}")
    return found["StackResourceDetail"]["PhysicalResourceId"]


def variant(old="", new=""):
    """The name of a copy of the template with this change, to be deployed with what was built."""
    text = (documents.ROOT / "template.yaml").read_text()
    expect(old in text, f"{old} is not in the template")
    builds = re.compile(r"(  (\w+Function):\n    Type: .*\n(?:    .*\n)*?      CodeUri: )functions/\S+")
    text = builds.sub(r"\1.aws-sam/build/\2/", text.replace(old, new, 1))
    (documents.ROOT / "variant.yaml").write_text(text)
    return "variant.yaml"


def request(url, body=None, user=None, method=None, **headers):
    """Sends a request; hands out the status, the headers and the body."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    data = json.dumps(body).encode() if body is not None else None
    sent = urllib.request.Request(url, data, headers, method=method)
    try:
        answer = urllib.request.urlopen(sent, timeout=30, context=TLS)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.headers, answer.read().decode()


def expect_status(status, url, *arguments, **more):
    got, headers, body = request(url, *arguments, **more)
    expect(got == status, f"{url}: {got}, not {status}", body)
    return headers, body


def register(url, email, status=201):
    """Registers the address; hands out the answer."""
    return json.loads(expect_status(status, f"{url}/api/register", {"email": email, "password": PASSWORD})[1])


def activate(url, email, code):
    expect_status(200, f"{url}/api/activate", {"code": code}, user=email)


def mails():
    """What SES has sent, the newest last."""
    text = expect_status(200, f"https://email.{os.environ['AWS_REGION']}.amazonaws.com/_ministack/ses/messages")[1]
    return [mail for account in json.loads(text)["messages"].values() for mail in account]


def hash_cost(table, email):
    """The bcrypt cost of the user's hash."""
    key = json.dumps({"email": {"S": email}})
    item = ask(f"dynamodb get-item --table-name {table} --key '{key}'")["Item"]
    return int(item["password_hash"]["S"].split("$")[2])
