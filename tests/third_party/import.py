"""The users that import.sh moves in: `make` prints them with their hashes, `check` finds each once and lets some sign in."""

import base64
import csv
import http.client
import json
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from urllib.parse import urlsplit

LONG = " and so on, for longer than the 72 bytes that bcrypt reads of any password, whoever asks it"


def email(number):
    return f"user{number}@example.com"


def password(number):
    return f"password of user {number}" + (LONG if number % 100 == 0 else "")


def row(number):
    import bcrypt

    # bcrypt 4 cut the password off by itself; bcrypt 5 requires it.
    text = password(number).encode()[:72]
    hashed = bcrypt.hashpw(text, bcrypt.gensalt(4, prefix=b"2a" if number % 2 else b"2b"))
    return f"{email(number)},{hashed.decode()},true"


def make(users):
    with ProcessPoolExecutor() as pool:
        for line in pool.map(row, range(users), chunksize=500):
            print(line)


def check(users, sign_ins, url, exported, audit):
    with open(exported) as file:
        addresses = [line["email"] for line in csv.DictReader(file)]
    assert len(addresses) == users and set(addresses) == set(map(email, range(users))), len(addresses)
    with open(audit) as file:
        tally = json.load(file)
    assert tally["imported"] + tally["imported_before"] == users, tally
    step = max(users // sign_ins, 1)
    numbers = [*range(0, users, step)]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda number: sign_in(url, number), numbers))
    assert statuses == [200] * len(numbers), set(statuses)
    long = sum(1 for number in numbers if number % 100 == 0)
    print(f"{users} users, each once; {len(numbers)} signed in, {long} of them with more than 72 bytes")


def sign_in(url, number):
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    credentials = base64.b64encode(f"{email(number)}:{password(number)}".encode()).decode()
    connection.request("GET", "/api/me", headers={"Authorization": f"Basic {credentials}"})
    status = connection.getresponse().status
    connection.close()
    return status


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "make":
        make(int(arguments[0]))
    else:
        check(int(arguments[0]), int(arguments[1]), *arguments[2:])
