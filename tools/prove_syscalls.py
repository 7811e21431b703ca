"""Lets every call to the system on the log's files fail, once and for good.

A daemon on a small log is given 50 merchants and 300 payments, rolls to its second segment and is
stopped with SIGTERM, all under strace, which fails the Nth call of one kind for N = 1, 2, 3 and so
on until nothing is hit any more. After each run a daemon without faults must know every command
that was acknowledged, with its first receipt, take the rest, and leave a log that verifies; and
the failed one must have ended with a documented exit code, in time, and by no signal. strace counts
for each thread alone, so "the Nth" means that of the front and that of the log's own thread.
"""

import argparse
import concurrent.futures
import json
import os
import queue
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import verify
from demo import ROOT, SLUICE
from proof import Violation

ERRORS = {
    "write": "EIO ENOSPC EINTR", "pwrite64": "EIO ENOSPC EINTR", "fdatasync": "EIO ENOSPC EINTR",
    "fsync": "EIO ENOSPC EINTR", "openat": "EIO ENOSPC EINTR", "renameat2": "EIO ENOSPC",
    "rename": "EIO ENOSPC", "ftruncate": "EIO EINTR", "fallocate": "EIO ENOSPC EOPNOTSUPP EINTR",
    "close": "EIO EINTR", "unlink": "EIO", "read": "EIO EINTR", "pread64": "EIO EINTR",
}
# A call cut short by a signal is made again: for good it would be made for ever.
ONCE_ONLY = {"EINTR"}
DOCUMENTED = {0, 3, 4, 5}
LIMIT = 10
# A batch that meets a full disk waits for room, unanswered; so long it is waited for.
LIMIT_FULL = 2
MERCHANTS, PAYMENTS = 50, 300
MERCHANTS_A_GROUP, PAYMENTS_A_GROUP = 10, 20
# The first segment is so short that the session leaves it; the calls of the roll fail too.
FIRST_SEGMENT = 40_960
POSITIONS_MOST = 2_000
SHORT_POSITIONS, SHORT_CALLS = (1, 3, 8), ("pwrite64", "fdatasync", "fsync", "openat", "fallocate")
READER_EVERY = 25


def lines():
    """Everything that is sent, in groups that are answered before the next is sent."""
    merchants = [
        {"command": "merchant", "merchant": f"shop-{n}", "platform": "taobao", "tier": "T2",
         "category": "food", "city": "hangzhou", "daily_payments": 10 + n}
        for n in range(MERCHANTS)]
    payments = [
        {"command": "payment", "institution": "alipay", "transaction": f"transaction-{n:06}",
         "order": f"order-{n:06}", "merchant": f"shop-{n % MERCHANTS}", "outcome": "captured",
         "order_amount": 100 + n, "occurred_at": "2024-09-12T10:00:00+08:00"}
        for n in range(PAYMENTS)]
    groups = []
    for rows, size in ((merchants, MERCHANTS_A_GROUP), (payments, PAYMENTS_A_GROUP)):
        groups += [rows[at:at + size] for at in range(0, len(rows), size)]
    return [[json.dumps(row).encode() + b"\n" for row in group] for group in groups]


GROUPS = lines()


class Client:
    """Sends groups of lines and keeps the receipt of each line that was acknowledged."""

    def __init__(self, path, limit=LIMIT):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(limit)
        self.socket.connect(str(path))
        self.answers = self.socket.makefile("rb")

    def send(self, group):
        """The answers to a group: (word, first, last) or (name of a refusal, None, None)."""
        self.socket.sendall(b"".join(group))
        found = []
        while len(found) < len(group):
            line = self.answers.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("the daemon ended the connection")
            answer = json.loads(line)
            if "refused" in answer:
                found.append((answer["refused"]["name"], None, None))
                continue
            word = next((word for word in ("accepted", "repeated") if word in answer), None)
            if word is None:
                raise Violation(f"an answer nobody expects: {line.decode().strip()}")
            count, first, last = answer[word], answer["first"], answer["last"]
            if count > 1:
                found += [(word, first + n, first + n) for n in range(count)]
            else:
                found.append((word, first, last))
        return found

    def close(self):
        self.answers.close()
        self.socket.close()


class Daemon:
    """A daemon, under strace or by itself."""

    def __init__(self, data, inject=None, log=None, paths=()):
        words = [SLUICE, "serve", "--data", data, "--quiet"]
        if inject:
            words = ["strace", "-f", "-y", "-qq", "-o", log, "-e", "signal=none", *inject,
                     *(word for path in paths for word in ("-P", path)), *words]
        self.is_traced = bool(inject)
        self.said = open(f"{data}.log", "a")
        self.process = subprocess.Popen(
            list(map(str, words)), stdout=subprocess.PIPE, stderr=self.said)

    def is_ready(self):
        """Waits for its first line; False where it ended before."""
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
        if not ready:
            self.end()
            raise Violation(f"neither ready nor at its end after {LIMIT} s")
        return self.process.stdout.readline().startswith(b"ready")

    def pid(self):
        """The daemon itself, not its tracer."""
        if not self.is_traced:
            return self.process.pid
        try:
            path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
            return int(Path(path).read_text().split()[0])
        except (OSError, IndexError):
            return None

    def signal(self, number):
        pid = self.pid()
        if pid and self.process.poll() is None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def wait(self):
        """Its exit code; a daemon that does not end is a violation."""
        try:
            return self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.end()
            raise Violation(f"it has not ended {LIMIT} s after SIGTERM") from None

    def end(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.said.close()


class Place:
    """A folder in which one run follows the other."""

    def __init__(self, folder, template):
        self.folder, self.template = folder, template
        self.data, self.trace = folder / "data", folder / "trace"
        folder.mkdir(parents=True)
        self.runs = 0
        names = ["", "segments", "segments/next.tmp", "sync.mark", "leaves", "tree", "tree.tmp",
                 "reserve", "holder", "quarantine", "sluice.sock"]
        names += [f"segments/{first:020}.seg" for first in range(MERCHANTS + PAYMENTS + 20)]
        self.paths = [(self.data / name) if name else self.data for name in names]

    def run(self, inject, is_full=False):
        """One session with a fault and the one after it: (exit code, hits)."""
        self.runs += 1
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.template, self.data)
        Path(f"{self.data}.log").write_text("")
        acknowledged = {}
        daemon = Daemon(self.data, inject, self.trace, self.paths)
        try:
            if daemon.is_ready():
                self.play(acknowledged, is_full)
                daemon.signal(signal.SIGTERM)
            code = daemon.wait()
        finally:
            daemon.end()
        hits = self.trace.read_text(errors="replace").count("(INJECTED)")
        if code not in DOCUMENTED:
            raise Violation(f"exit code {code}, which is not documented")
        lost, twice = self.judge(acknowledged)
        if lost or twice:
            raise Violation(f"{lost} acknowledged commands are lost, {twice} taken twice")
        return code, hits

    def play(self, acknowledged, is_full):
        """The session; it ends early where the daemon does, or waits for room on a full disk."""
        try:
            client = Client(self.data / "sluice.sock", LIMIT_FULL if is_full else LIMIT)
        except OSError:
            return
        try:
            for group in GROUPS:
                for line, (word, first, last) in zip(group, client.send(group)):
                    if first is not None:
                        acknowledged[line] = (first, last)
        except TimeoutError:
            if not is_full:
                raise Violation(f"no answer in {LIMIT} s") from None
        except (OSError, ValueError):
            pass
        finally:
            client.close()

    def judge(self, acknowledged):
        """A daemon without faults answers every line; the log verifies."""
        daemon = Daemon(self.data)
        lost, places = 0, Counter()
        try:
            if not daemon.is_ready():
                raise Violation(f"no daemon starts afterwards: exit {daemon.wait()}")
            client = Client(self.data / "sluice.sock")
            for group in GROUPS:
                for line, (word, first, last) in zip(group, client.send(group)):
                    if first is None:
                        raise Violation(f"{word}: {line.decode().strip()}")
                    places[first] += 1
                    if line in acknowledged and (word, first, last) != (
                            "repeated", *acknowledged[line]):
                        lost += 1
            client.close()
            daemon.signal(signal.SIGTERM)
            if daemon.wait() != 0:
                raise Violation("the daemon afterwards did not stop in order")
        finally:
            daemon.end()
        twice = sum(count - 1 for count in places.values())
        readers = [[SLUICE, "verify", "--data", self.data]]
        if self.runs % READER_EVERY == 1:
            readers.append([sys.executable, ROOT / "tools" / "verify.py", self.data, "--quiet"])
        for words in readers:
            done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
            if done.returncode != 0:
                raise Violation(f"the log does not verify: {done.stdout}{done.stderr}")
        return lost, twice

    def positions(self, call):
        """What the Nth call of each thread does, without faults: a list of texts for each N."""
        self.run(["-e", f"trace={call}"])
        threads = {}
        for line in self.trace.read_text(errors="replace").splitlines():
            pid, _, text = line.partition(" ")
            if text.lstrip().startswith(f"{call}("):
                threads.setdefault(pid, []).append(text.strip())
        longest = max(map(len, threads.values()), default=0)
        return [[calls[n] for calls in threads.values() if n < len(calls)]
                for n in range(longest)]


def chosen(known, is_short):
    """Which N are tried."""
    if is_short:
        return [n for n in SHORT_POSITIONS if n <= len(known)]
    # Beyond what was seen: a run may make more calls than the one without faults.
    return list(range(1, POSITIONS_MOST))


class Row:
    """One line of the table: a call, an error, once or for good."""

    def __init__(self, call, error, is_for_good):
        self.call, self.error, self.is_for_good = call, error, is_for_good
        self.known = self.tried = self.hits = self.stopped = self.went_on = self.bad = 0
        self.codes = Counter()

    def text(self):
        codes = " ".join(f"{code}:{count}" for code, count in sorted(self.codes.items()))
        mode = "for good" if self.is_for_good else "once"
        return (f"{self.call:<10}{self.error:<7}{mode:<9}{self.known:>10}{self.tried:>7}"
                f"{self.stopped:>9}{self.went_on:>9}{self.bad:>6}   {codes}")


HEAD = (f"{'call':<10}{'error':<7}{'how':<9}{'positions':>10}{'tried':>7}{'stopped':>9}"
        f"{'went on':>9}{'bad':>6}   exit codes")


class Proof:
    def __init__(self, options):
        self.options = options
        self.folder = Path(options.dir).resolve()
        marker = self.folder / "prove.json"
        if self.folder.exists():
            if any(self.folder.iterdir()) and not marker.exists():
                sys.exit(f"{self.folder} is not empty and no proof made it: "
                         "name another with --dir")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        marker.write_text('{"made_by": "tools/prove"}\n')
        self.template = make_template(self.folder / "template")
        self.places = queue.Queue()
        for number in range(options.workers):
            self.places.put(Place(self.folder / f"place-{number}", self.template))
        self.known = {}
        self.violations, self.lock = [], threading.Lock()

    def work(self, row):
        """Tries the positions of one row."""
        place = self.places.get()
        try:
            known = self.known[row.call]
            row.known = len(known)
            when = "+" if row.is_for_good else ""
            for n in chosen(known, self.options.short) :
                inject = ["-e", f"trace={row.call}",
                          "-e", f"inject={row.call}:error={row.error}:when={n}{when}"]
                try:
                    code, hits = place.run(inject, row.error == "ENOSPC")
                except Violation as violation:
                    self.keep(place, row, n, violation)
                    row.tried += 1
                    row.bad += 1
                    continue
                if hits == 0:
                    if n > len(known):
                        break
                    continue
                row.tried += 1
                row.codes[code] += 1
                row.stopped += code != 0
                row.went_on += code == 0
        finally:
            self.places.put(place)
        return row

    def keep(self, place, row, n, violation):
        with self.lock:
            kept = self.folder / f"kept-{len(self.violations)}"
            mode = f"{n}+" if row.is_for_good else f"{n}"
            text = f"{row.call} {row.error} when={mode}: {violation}"
            self.violations.append((text, kept))
            print(f"VIOLATION {text}\n  kept for inspection: {kept}", flush=True)
        shutil.move(place.data, kept)
        shutil.copy(place.trace, f"{kept}.trace")
        shutil.copy(f"{place.data}.log", f"{kept}.log")
        if len(self.violations) >= self.options.violations:
            raise SystemExit(1)

    def prove(self):
        began = time.monotonic()
        calls = self.options.calls.split(",")
        place = self.places.get()
        for call in calls:
            self.known[call] = place.positions(call)
        self.places.put(place)
        rows = []
        unused = [call for call in calls if not self.known[call]]
        for call in (call for call in calls if self.known[call]):
            for error in ERRORS.get(call, "EIO").split():
                if self.options.short and error == "EINTR":
                    continue
                rows.append(Row(call, error, False))
                if error not in ONCE_ONLY:
                    rows.append(Row(call, error, True))
        if unused:
            print(f"never made on the log's files: {', '.join(unused)}")
        print(HEAD, flush=True)
        with concurrent.futures.ThreadPoolExecutor(self.options.workers) as pool:
            for row in pool.map(self.work, rows):
                print(row.text(), flush=True)
        tried = sum(row.tried for row in rows)
        print(f"{tried} failed calls, lost 0, twice 0, " if not self.violations
              else f"{tried} failed calls, {len(self.violations)} VIOLATIONS, ", end="")
        print(f"{time.monotonic() - began:.0f} seconds")
        if self.violations:
            return 1
        shutil.rmtree(self.folder)
        return 0


def make_template(folder):
    """An empty log whose first segment is short."""
    subprocess.run([SLUICE, "init", "--data", folder, "--origin", "prove.example/calls"],
                   check=True, capture_output=True)
    shorten(folder, FIRST_SEGMENT)
    return folder


def shorten(folder, capacity):
    """Cuts the only segment of a young log to fewer bytes than `sluice init` would give it."""
    segment, = (folder / "segments").glob("*.seg")
    segment.chmod(0o600)
    with open(segment, "r+b") as file:
        header = bytearray(file.read(verify.SEGMENT_HEADER))
        header[36:40] = capacity.to_bytes(4, "little")
        header[8:12] = verify.crc32c(bytes(header[12:])).to_bytes(4, "little")
        file.seek(0)
        file.write(header)
        file.truncate(capacity)
    # A spare is made anew by whoever needs it.
    (folder / "segments" / "next.tmp").unlink(missing_ok=True)


def add_options(parser):
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--calls", help="names of calls with commas between them")
    parser.add_argument("--short", action="store_true", help="a few positions of a few calls")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--violations", type=int, default=10, help="give up after so many")
    # What fails is the call, not the disk: memory is as good and much faster.
    memory = Path("/dev/shm")
    parent = memory if os.access(memory, os.W_OK) else ROOT / "events" / "log"
    parser.add_argument("--dir", default=str(parent / "prove-syscalls"))
    parser.set_defaults(prove=prove)


def prove(options):
    if options.calls is None:
        options.calls = ",".join(SHORT_CALLS if options.short else ERRORS)
    return Proof(options).prove()
