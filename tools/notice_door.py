"""A daemon that takes notices by HTTP, and a client that sends it many of them at once."""

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from demo import SLUICE
from proof import Violation

# Bytes that are sent before answers are read. It is less than a window: a sender that has filled it
# waits for the system's timer once there is room.
AT_ONCE = 32 << 10
PATIENCE = 30
# The daemon says that it cannot look now; the same is sent again.
BUSY = (429, 503)


def request(path, body, headers=(), kind=None):
    """The bytes of a delivery; the values of headers are texts or bytes."""
    lines = [f"POST {path} HTTP/1.1".encode(), b"Host: door",
             f"Content-Length: {len(body)}".encode()]
    if kind:
        lines.append(f"Content-Type: {kind}".encode())
    for name, value in headers:
        lines.append(f"{name}: ".encode()
                     + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Link:
    """Sends requests over connections that stay open, many before the first answer is read."""

    def __init__(self, port):
        self.port, self.socket, self.unread = port, None, b""

    def exchange(self, requests):
        """The status and body of each answer, in order; None where it was closed without one."""
        answers = []
        while len(answers) < len(requests):
            end, size = len(answers), 0
            while end < len(requests) and (size == 0 or size + len(requests[end]) <= AT_ONCE):
                size += len(requests[end])
                end += 1
            found = self._some(requests[len(answers):end])
            # What the daemon closes on in the middle it has not seen the rest behind.
            answers += found or [None]
        return answers

    def one(self, data):
        until = time.monotonic() + PATIENCE
        while True:
            answer = self.exchange([data])[0]
            if not answer or answer[0] not in BUSY or time.monotonic() > until:
                return answer
            time.sleep(0.05)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.unread = None, b""

    def _some(self, requests):
        is_new = self.socket is None
        if is_new:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = []
        try:
            self.socket.sendall(b"".join(requests))
        except (BrokenPipeError, ConnectionResetError):
            pass  # It may have been answered before.
        try:
            while len(answers) < len(requests):
                answer = self._answer()
                if answer is None:
                    break
                answers.append(answer[:2])
                if answer[2]:
                    break
        except ConnectionResetError:
            pass
        if len(answers) < len(requests):
            self.close()
            if not answers and not is_new:
                return self._some(requests)
        return answers

    def _answer(self):
        """Status, body and whether the connection ends; None where it has ended."""
        while (end := self.unread.find(b"\r\n\r\n")) < 0:
            more = self.socket.recv(1 << 16)
            if not more:
                return None
            self.unread += more
        lines = self.unread[:end].split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get(b"content-length", b"0"))
        while len(self.unread) < end + 4 + length:
            more = self.socket.recv(1 << 16)
            if not more:
                return None
            self.unread += more
        body = self.unread[end + 4:end + 4 + length]
        self.unread = self.unread[end + 4 + length:]
        ends = headers.get(b"connection", b"").lower() == b"close"
        return int(lines[0].split(b" ")[1]), body, ends


class NoticeDaemon:
    """A log of its own, a folder of keys, and a daemon that serves both."""

    def __init__(self, folder, clock=None):
        """`clock`: when a scaled clock of speed 1 begins; the wall clock where there is none."""
        self.folder = Path(tempfile.mkdtemp(prefix="door-", dir=folder))
        self.data, self.keys, self.process = self.folder / "data", self.folder / "keys", None
        self.keys.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        scaled = ["--clock", clock, "--speed", 1] if clock else []
        self.sluice("init", "--origin", "sluice.example/door", *scaled)

    def key(self, name, text):
        """Writes a file of keys that nobody else may read."""
        path = self.keys / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)

    def sluice(self, *words):
        done = subprocess.run([SLUICE, *map(str, words), "--data", self.data],
                              capture_output=True, text=True)
        if done.returncode:
            raise Violation(f"sluice {words[0]}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        with open(self.folder / "daemon.log", "ab") as said:
            self.process = subprocess.Popen(
                [SLUICE, "serve", "--data", self.data, "--keys", self.keys, "--http",
                 f"127.0.0.1:{self.port}"], stdout=subprocess.PIPE, stderr=said, text=True)
        if not self.process.stdout.readline().startswith("ready"):
            raise Violation(f"the daemon does not start: {self.said()}")

    def said(self):
        return (self.folder / "daemon.log").read_text()

    def reread_keys(self):
        self.process.send_signal(signal.SIGHUP)

    def events(self, first=0):
        """The events from a position on, without those of the log's own life."""
        lines = self.sluice("export", "ndjson", "--from", first).splitlines()
        return [event for event in map(json.loads, lines)
                if event["kind"].startswith(("payment-", "notice-"))]

    def held(self):
        """The names of the deliveries that are kept."""
        folder = self.data / "held"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def stop(self):
        """Stops the daemon and verifies its log."""
        self.sluice("stop")
        if self.process.wait(timeout=PATIENCE):
            raise Violation(f"the daemon ends with {self.process.returncode}: {self.said()}")
        self.sluice("verify")

    def end(self, keep=False):
        """Ends what still runs, and removes the folder."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not keep:
            shutil.rmtree(self.folder)
