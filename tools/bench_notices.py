"""How many signed notices a second a daemon takes by HTTP, each durable before it is acknowledged.

Each institution has keys of its own and signs its captures beforehand. So many connections send
one notice each, wait for the acknowledgement and send the next, as institutions do. Beside it, from
the same run: how many signatures of RSA-2048 one core of this machine verifies, which is the most
that a door on one thread could come to for three of the four.
"""

import random
import re
import selectors
import socket
import subprocess
import time
from pathlib import Path

from bench_peers import RUNS, figure, rates, row
from institutions import institutions
from notice_door import NoticeDaemon, request
from prove_notices import Fact

COUNT, COUNT_MIN = 6000, 300
CONNECTIONS = [1, 64]
PATIENCE = 60


class Sender:
    """A connection that has one request under way."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def answer(self):
        """Whether an answer is whole now."""
        self.unread += self.socket.recv(1 << 14)
        head, end, body = self.unread.partition(b"\r\n\r\n")
        if not end:
            return False
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if len(body) < (int(length[1]) if length else 0):
            return False
        if head.split(b" ", 2)[1] != b"200" or body == b"fail":
            raise OSError(f"a notice was answered with {self.unread[:200]}")
        self.unread = b""
        return True


def rate(port, requests, connections):
    """Notices a second."""
    with selectors.DefaultSelector() as ready:
        senders = [Sender(port) for _ in range(connections)]
        left, done = iter(requests), 0
        begun = time.perf_counter()
        for sender in senders:
            ready.register(sender.socket, selectors.EVENT_READ, sender)
            sender.socket.sendall(next(left))
        while done < len(requests):
            found = ready.select(PATIENCE)
            if not found:
                raise OSError("the daemon does not answer")
            for key, _ in found:
                if key.data.answer():
                    done += 1
                    if (data := next(left, None)) is not None:
                        key.data.socket.sendall(data)
        took = time.perf_counter() - begun
    for sender in senders:
        sender.socket.close()
    return len(requests) / took


def requests(side, numbers, chance):
    """Captures as the institution sends them, signed now."""
    sent = [side.captured(Fact(chance, number)) for number in numbers]
    return [request(one.path, one.body, one.headers.items()) for one in sent]


def ceiling():
    """How many signatures of RSA-2048 one core verifies in a second; nil where nobody can tell."""
    try:
        told = subprocess.run(["openssl", "speed", "-seconds", "1", "rsa2048"],
                              capture_output=True, text=True, timeout=60).stdout
    except OSError:
        return None
    found = re.search(r"rsa 2048 bits\s+\S+s\s+\S+s\s+\S+\s+([\d.]+)", told)
    return float(found[1]) if found else None


def machine():
    """The processor, as the bench's first line tells of it."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    count = len(re.findall(r"(?m)^processor", Path("/proc/cpuinfo").read_text()))
    return f"machine: {model[1] if model else 'unknown'}, {count} processors"


def measure(folder, is_small, is_first):
    """Prints the part."""
    if is_first:
        print(machine())
    print("\nnotices: signed, by HTTP, acknowledged once durable")
    count, runs = (COUNT_MIN, 1) if is_small else (COUNT, RUNS)
    chance, number = random.Random(1), 0
    daemon = NoticeDaemon(folder)
    try:
        sides = institutions(daemon.folder)
        daemon.start()
        for side in sides:
            for connections in CONNECTIONS:
                found = []
                for _ in range(runs):
                    some = range(number, number + (count if connections > 1 else count // 3))
                    number = some.stop
                    found.append(rate(daemon.port, requests(side, some, chance), connections))
                word = "connection" if connections == 1 else "connections"
                rates(f"{side.name}, {connections} {word}, one at a time", found)
        taken = len(daemon.events())
        daemon.stop()
    finally:
        daemon.end()
    if taken != number:
        raise OSError(f"{number} notices were acknowledged, and {taken} are in the log")
    if most := ceiling():
        row("RSA-2048 verified by openssl, one core", f"{figure(most)}/s")
    return 0
