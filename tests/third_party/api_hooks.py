"""What schemathesis cannot make up: accounts that exist, the codes that were mailed to them, and API Gateway."""

import itertools
import json
import os
import urllib.request
from base64 import b64encode

import schemathesis
from hypothesis import strategies as st
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

URL = os.environ["API_URL"]
PASSWORD = "correct horse battery"
numbers = itertools.count()

# The document can only say "email" and "password": which of them are refused is described in words.
addresses = st.builds("{}.{}@{}.example".format, st.uuids(), st.sampled_from("abc"), st.from_regex("[a-z]{1,20}", fullmatch=True))
schemathesis.openapi.format("email", addresses)
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
passwords = st.text(characters, min_size=8, max_size=200).map("engine ".__add__)
schemathesis.openapi.format("password", passwords)


def post(path, body=None, email=None):
    headers = {"content-type": "application/json"}
    if email:
        headers["authorization"] = basic(email)
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))


def code_of(email):
    mails = json.load(urllib.request.urlopen(URL + "/inbox.json"))["mails"]
    return next(mail["code"] for mail in mails if mail["to"] == email and "code" in mail)


def basic(email):
    return "Basic " + b64encode(f"{email}:{PASSWORD}".encode()).decode()


@schemathesis.auth(refresh_interval=None)
class Accounts:
    """An account in the state that the operation is for."""

    def get(self, case, context):
        email = f"account-{next(numbers)}@example.com"
        post("/api/register", {"email": email, "password": PASSWORD})
        if case.operation.path in ("/api/me", "/api/change-password"):
            post("/api/activate", {"code": code_of(email)}, email)
        return email

    def set(self, case, email, context):
        case.headers["Authorization"] = basic(email)
        if case.operation.path == "/api/activate" and positive(case):
            case.body = {"code": code_of(email)}


@schemathesis.hook
def before_call(context, case, kwargs):
    """A reset that should succeed has an account, and the code that was mailed for it."""
    if case.operation.path == "/api/reset-password" and positive(case):
        email = f"account-{next(numbers)}@example.com"
        post("/api/register", {"email": email, "password": PASSWORD})
        post("/api/activate", {"code": code_of(email)}, email)
        post("/api/forgot-password", {"email": email})
        case.body = {**case.body, "email": email, "code": code_of(email)}


@schemathesis.check
def no_route(ctx, response, case):
    """A method that the document doesn't have gets API Gateway's answer, in the place of unsupported_method."""
    phase = case.meta and case.meta.phase.data
    if isinstance(phase, CoveragePhaseData) and phase.scenario == CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        assert response.status_code == 404 and response.json() == {"message": "Not Found"}, response.text


def positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive
