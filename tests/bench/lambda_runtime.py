"""A function's process, and the Runtime API of Lambda that it polls, as far as one function needs it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: the function asks for `next`, and posts its `response`.
"""

import json
import os
import select
import socket
import subprocess
import time

SETTINGS = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "USERS_TABLE": "UsersTable",
    "CODES_TABLE": "CodesTable",
    "LIMITS_TABLE": "LimitsTable",
    "CODE_SECRET": "for development only, never to be deployed",
}


class Function:
    """A function that runs from `with` to the end of its block. `started` is when its program was executed, and `ready`
    when it asked for its first event: seconds of the monotonic clock."""

    def __init__(self, command, settings):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections = {}
        api = "127.0.0.1:%d" % self.listener.getsockname()[1]
        environment = {**SETTINGS, "AWS_LAMBDA_RUNTIME_API": api, **settings}
        # Popen returns when the new program is being executed.
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.started = time.monotonic()
        path = self.receive()[1]
        self.ready = time.monotonic()
        assert path.endswith("/invocation/next"), path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        for connection, file in self.connections.items():
            file.close()
            connection.close()
        self.listener.close()

    def receive(self):
        """The next request: its connection, path and body."""
        while True:
            readable, _, _ = select.select([self.listener, *self.connections], [], [], 20)
            if not readable:
                raise TimeoutError(self.process.args)
            for connection in readable:
                if connection is self.listener:
                    accepted, _ = connection.accept()
                    self.connections[accepted] = accepted.makefile("rb")
                    continue
                file = self.connections[connection]
                line = file.readline()
                if not line:
                    del self.connections[connection]
                    continue
                headers = {}
                while (header := file.readline().strip()):
                    name, value = header.split(b":", 1)
                    headers[name.lower()] = value.strip()
                return connection, line.split()[1].decode(), body(file, headers)

    def invoke(self, event):
        """Hands the function an event; its reply, and the line that it logged."""
        (connection, *_), event = self.waiting(), json.dumps(event).encode()
        deadline = int((time.time() + 30) * 1000)
        answer(connection, 200, event, "Lambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: %d\r\n"
               "Lambda-Runtime-Invoked-Function-Arn: arn\r\n" % deadline)
        connection, path, reply = self.receive()
        assert path.endswith("/response"), (path, reply)
        answer(connection, 202, b"{}")
        self.next = self.receive()
        line = json.loads(self.process.stderr.readline())
        # What is said of the start comes first.
        return json.loads(reply), line if "route" in line else json.loads(self.process.stderr.readline())

    def waiting(self):
        """The connection over which the function waits for its next event."""
        return getattr(self, "next", None) or (next(iter(self.connections)),)

    def cpu(self):
        """Seconds on a CPU, of all threads that there are."""
        total = 0
        for task in os.scandir(f"/proc/{self.process.pid}/task"):
            with open(f"{task.path}/schedstat") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def peak_memory(self):
        """Bytes that were resident at the most."""
        with open(f"/proc/{self.process.pid}/status") as file:
            (line,) = [line for line in file if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024


def body(file, headers):
    if headers.get(b"transfer-encoding") == b"chunked":
        content = b""
        while size := int(file.readline(), 16):
            content += file.read(size)
            file.readline()
        file.readline()
        return content
    return file.read(int(headers.get(b"content-length", 0)))


def answer(connection, status, content, headers=""):
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    connection.sendall(head.encode() + content)
