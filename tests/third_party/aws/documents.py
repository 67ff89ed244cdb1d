"""The commands of the documents on deployment and operation, and where each is run. As a program it says which are not.

A command is a block for a shell, or code within a line. Of docs/deploy.md and docs/operations.md all count; of the
others those that call the AWS CLI or the SAM CLI, the rest being of the local stack. `Name=value`, code within a line too, is a value of a
parameter of the stack, to be deployed as it is written. A name with no more than one word after it, such as `sam
deploy`, is a mention.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
PROGRAM = re.compile(r"export \S|(aws|cargo|curl|dig|npx|openssl|sam)( \S+){2}")
OF_AWS = re.compile(r"(^|[\s(&|;\"'])(aws|sam) [a-z]", re.MULTILINE)
PARAMETER = re.compile(r"""['"]?([A-Z][A-Za-z]+)=""")

# A part of each command that scenario.py runs, by which it is found there.
RUN = [
    "any_service",
    "apigatewayv2 create-api-mapping",
    "create-email-identity",
    "delete-table",
    "describe-stacks",
    "dynamodb put-item",
    "dynamodb scan",
    "dynamodbstreams get-records",
    "dynamodbstreams get-shard-iterator",
    "export AWS_REGION",
    "get-account",
    "get-email-identity",
    "list-backups",
    "no-deletion-protection-enabled",
    "put-account-details",
    "--config-env production",
    "--parameter-overrides BcryptCost",
    "--parameter-overrides BreachedPasswords",
    "--parameter-overrides Events=on",
    "--parameter-overrides Mailer=ses",
    "--parameter-overrides RestoredUsersTable",
    "restore-table-to-point-in-time",
    "--template-file examples/protected-api",
    "sam build && sam deploy",
    "sam delete",
    "sam delete --stack-name protected-api",
    "secretsmanager put-secret-value",
    "aws logs tail --since 5m",
    "update-time-to-live",
    # Values of parameters.
    "AlarmEmail=",
    "Deployment=AllAtOnce",
    "Events=on",
    "MailFrom=",
    "MailIdentity=new",
    "Mailer=ses",
    "RestoredUsersTable=",
    "Site=off",
]

# A part of each command that it can't run there, and why.
CANNOT = {
    "sam local start-api": "needs Docker's engine: container.sh runs it",
    "reset-authorizers-cache": "MiniStack keeps no answer of an authorizer",
    "wait table-exists": "what not to run: it gives up too early",
    "Tracing=Active": "MiniStack has no X-Ray",
    "--parameter-overrides Domain": "closes the address that the trial calls",
    "ConcurrencyQuota=1000": "MiniStack drops the rates",
    "BcryptCost=10": "a price; another value is deployed",
    "MailIdentity=example.com": "for a domain that another stack made an identity of",
}

# Sections whose commands can't run there, and why.
ELSEWHERE = {
    "Checks after the first deploy": "they are what the emulator lacks",
    "The edge": "MiniStack has no CloudFront",
    "What operators are asked for": "admin's tests run them on the local stack",
}
SECTIONS = re.compile(rf"^## (?:{'|'.join(ELSEWHERE)})\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def commands():
    """Each command with the name of its document, in the documents' order."""
    section = (ROOT / "template.yaml").read_text().partition("\nParameters:\n")[2].partition("\n\n")[0]
    parameters = re.findall(r"^  (\w+):$", section, re.MULTILINE)
    for document in sorted(file for folder in ["", "docs/", "examples/*/"] for file in ROOT.glob(f"{folder}*.md")):
        name = document.name
        text = SECTIONS.sub(lambda section: " " * len(section[0]), document.read_text())
        found = [(match.start(), match[2].strip(), False) for match in BLOCK.finditer(text) if match[1] == "sh"]
        # Of the same length, so that places remain.
        prose = BLOCK.sub(lambda block: " " * len(block[0]), text)
        found += [(match.start(), re.sub(r"\s+", " ", match[1]), True) for match in INLINE.finditer(prose)]
        for _, command, inline in sorted(found):
            parameter = PARAMETER.match(command)
            value = inline and parameter and " " not in command and parameter[1] in parameters
            here = name in ("deploy.md", "operations.md") or OF_AWS.search(command)
            if value or here and (not inline or PROGRAM.match(command)):
                yield name, command


def owner(command):
    """The part that says which command this is: the longest that it has. Of a value it is the beginning."""
    if PARAMETER.match(command) and " " not in command:
        parts = [part for part in [*RUN, *CANNOT] if command.strip("'\"").startswith(part)]
    else:
        parts = [part for part in [*RUN, *CANNOT] if part in command and not PARAMETER.match(part)]
    return max(parts, key=len, default=None)


def wordings(part):
    return {command for _, command in commands() if owner(command) == part}


def command(part):
    """The command that has this part: there is one, in one wording, however often."""
    [found] = wordings(part)
    return found


def faults():
    """What is in neither list, and what the lists have and the documents don't have once."""
    for name, command in commands():
        if not owner(command):
            yield f"{name}: `{command}` is in neither list"
    for part in [*RUN, *CANNOT]:
        if len(wordings(part)) != 1:
            yield f"documents.py: {part!r} is {len(wordings(part))} commands of the documents"


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or None)
