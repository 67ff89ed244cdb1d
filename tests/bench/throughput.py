"""How many requests a server answers in a second, and how many hashes the cores compute without one."""

import concurrent.futures
import http.client
import os
import subprocess
import time

CORES = len(os.sched_getaffinity(0))
HASHES = r"""
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($password, $salt, $done) = ("correct horse battery", '$2b$12$abcdefghijklmnopqrstuu', 0);
my ($start, $took) = (clock_gettime(CLOCK_MONOTONIC), 0);
while ($took < 10) { crypt($password, $salt); $done++; $took = clock_gettime(CLOCK_MONOTONIC) - $start }
printf "%.9f %.9f\n", $done / $took, (times)[0] / $done;
"""


def hashes_per_second():
    """What as many processes as there are cores compute of `crypt(3)`, at cost 12; and what a hash takes of a CPU."""
    perls = [subprocess.Popen(["perl", "-e", HASHES], stdout=subprocess.PIPE) for _ in range(CORES)]
    rates, times = zip(*(map(float, perl.communicate()[0].split()) for perl in perls))
    return sum(rates), sum(times) / CORES


def requests_per_second(url, request, status, connections=8, seconds=10):
    """What a server answers of requests that compute a hash, once all connections are busy; and how many it answered in
    all. `request` is what `HTTPConnection.request` takes."""
    ends, stop = [], time.monotonic() + seconds

    def client():
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        while time.monotonic() < stop:
            connection.request(**request)
            answer = connection.getresponse()
            assert answer.status == status, answer.status
            answer.read()
            ends.append(time.monotonic())

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        for thread in [pool.submit(client) for _ in range(connections)]:
            thread.result()
    # While the last requests end, not all connections are busy.
    busy = sorted(ends)[connections - 1 : -connections]
    return (len(busy) - 1) / (busy[-1] - busy[0]), len(ends)
