"""Fills the disk under the daemon while payments stream, and looks for what was lost.

The log lies on a small disk of memory (tmpfs), which needs root. While `sluice drive` plays the
shoppers of the story of tools/prove_kills.py, a file takes every free byte. Then payments must be
refused with number 3, `disk-full`, to be sent again; a pause, a roll-back and a reinstatement must
go through; in one case the daemon is stopped on the full disk and started again, in another it is
killed. When the file goes, payments must go on by themselves, with nothing acknowledged lost. The
proof stands in for the service manager too and counts what it is told.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from demo import PLAN, ROOT, SLUICE, beijing
from proof import NOT_TRIED, Unable, Violation
from prove_kills import PATIENCE, KilledStory
from prove_syscalls import shorten

MIB = 1 << 20
# The smallest that the program takes; the first one is cut, so that the first roll comes soon.
SEGMENT, FIRST_SEGMENT, SHORT_FIRST_SEGMENT = 48, 12 * MIB, 2 * MIB
DISK = 896
CASES = ["stay", "kill", "stop"]
WATCHDOG = 2_000_000
# Payments that are offered to a full disk, each of which must be refused.
PROBES = 20
# How many events must follow before the disk counts as usable again.
PROGRESS = 2_000


class Manager(threading.Thread):
    """The service manager's socket, and what was heard on it."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = str(path)
        self.heard, self.status = {}, ""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.start()

    def run(self):
        while True:
            for line in self.socket.recv(4096).decode().split("\n"):
                key, _, value = line.partition("=")
                self.heard[key] = self.heard.get(key, 0) + 1
                if key == "STATUS":
                    self.status = value


class FullDiskStory(KilledStory):
    """A story whose log lies on a disk that fills up."""

    def __init__(self, options, folder, seed, cases):
        super().__init__(options, folder, seed, 0)
        self.disk = self.folder / "disk"
        self.data = self.disk / "log"
        self.ballast = self.disk / "ballast"
        self.cases = cases
        self.is_short = options.short
        self.first_segment = SHORT_FIRST_SEGMENT if options.short else FIRST_SEGMENT
        self.counts = dict.fromkeys(["full", "probes refused", "orders on a full disk", "stops",
                                     "starts on a full disk", "kills on a full disk"], 0)

    # -- the disk -----------------------------------------------------------------------------

    def prepare(self):
        subprocess.run(["umount", "--lazy", self.disk], capture_output=True)
        super().prepare()
        self.disk.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=0700", "sluice-proof", self.disk],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise Unable(f"no disk can be mounted on {self.disk}: {done.stderr.strip()}\nThis proof"
                         " needs root and the right to mount a tmpfs; nothing was tried.")
        # Short enough for a socket, wherever the checkout lies.
        self.manager = Manager(f"\0sluice-proof-{os.getpid()}-{self.options.seed}")

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.disk], capture_output=True)

    def free(self):
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize

    def fill(self):
        """Takes every byte that is left, now and while the daemon still takes some back."""
        zeros = bytes(MIB)
        with open(self.ballast, "ab", buffering=0) as file:
            while True:
                try:
                    file.write(zeros[:max(4096, min(MIB, self.free()))])
                except OSError:
                    return

    # -- the daemon ---------------------------------------------------------------------------

    def sluice(self, *words, quiet=True, codes=(0,)):
        made = super().sluice(*words, *(["--segment-size", SEGMENT] if words[0] == "init" else []),
                              quiet=quiet, codes=codes)
        if words[0] == "init":
            shorten(self.data, self.first_segment)
        return made

    def spawn(self, downtime=None):
        words = [SLUICE, "serve", "--data", self.data, "--segment-size", str(SEGMENT)]
        if downtime:
            words += ["--downtime", downtime]
        return subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=self.log_file, text=True,
            env={**os.environ, "NOTIFY_SOCKET": self.manager.path.replace("\0", "@"),
                 "WATCHDOG_USEC": str(WATCHDOG)})

    def serve(self, downtime=None):
        self.daemon = self.spawn(downtime)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation(f"no daemon starts: {self.daemon.wait()}; see daemon.log")

    def position(self):
        return self.ask({"query": "clock"})["clock"]["position"]

    def await_change(self, what, condition, driver):
        end = time.monotonic() + PATIENCE
        while not condition():
            if self.daemon.poll() is not None:
                raise Violation(f"the daemon ended with {self.daemon.poll()}; see daemon.log")
            if driver.poll() is not None:
                raise Violation(f"the shoppers ended with {driver.poll()} before {what}; "
                                "give more --orders")
            if time.monotonic() > end:
                raise Violation(f"{what} did not come in {PATIENCE} s; the last status is "
                                f"\"{self.manager.status}\", {self.free()} bytes are free")
            time.sleep(0.02)

    # -- a full disk --------------------------------------------------------------------------

    def probe(self):
        """Payments to a full disk: each is refused for now, and leaves nothing behind."""
        names = [f"probe-{self.counts['probes refused'] + n}" for n in range(PROBES)]
        lines = [{"command": "payment", "institution": "alipay", "transaction": name, "order": name,
                  "merchant": name, "outcome": "captured", "order_amount": 1,
                  "occurred_at": "2024-09-12T10:00:00+08:00"} for name in names]
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.data / "sluice.sock"))
            connection.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
            with connection.makefile("rb") as answers:
                for line in lines:
                    answer = json.loads(answers.readline())
                    found = answer.get("refused", {})
                    if (found.get("number"), found.get("name"), found.get("retry")) != (
                            3, "disk-full", True):
                        raise Violation(f"a payment to a full disk was answered with {answer}")
        self.counts["probes refused"] += PROBES

    def order_on_full_disk(self, name, *words):
        self.operate(name, *words)
        self.counts["orders on a full disk"] += 1
        self.probe()

    def fill_up(self, number, case, driver):
        """One full disk, from the first refusal until payments go on."""
        reason = "--reason"
        # What was told of the disk before is old news.
        self.manager.status = ""
        self.await_change("the full disk", self.is_full, driver)
        self.counts["full"] += 1
        self.probe()
        self.order_on_full_disk(
            f"pause-{number}", "rollout", "pause", PLAN, reason, "disk-full")
        self.order_on_full_disk(
            f"rollback-{number}", "rollout", "rollback", PLAN, "--merchant", self.merchant, reason,
            "complaints")
        self.order_on_full_disk(
            f"reinstate-{number}", "merchant", "reinstate", self.merchant)
        if case == "stop":
            self.stop()
            self.counts["stops"] += 1
        elif case == "kill":
            self.kill()
            self.counts["kills on a full disk"] += 1
        if case != "stay":
            self.manager.status = ""
            self.serve()
            self.counts["starts on a full disk"] += 1
            self.await_change("the full disk after a start", self.is_full, driver)
            self.probe()
        before = self.position()
        self.ballast.unlink()
        if case == "stay":
            self.daemon.send_signal(signal.SIGHUP)
        self.await_change("room", lambda: self.position() > before + PROGRESS, driver)
        self.operate(f"resume-{number}", "rollout", "resume", PLAN, reason, "ready")
        # Orders have used the reserve up: the next full disk needs a new one, which comes with the
        # next roll. A short story ends before that.
        if not self.is_short:
            self.await_change("a new reserve", (self.data / "reserve").exists, driver)

    def is_full(self):
        self.fill()
        return "disk full" in self.manager.status

    def window(self):
        driver = self.shoppers()
        try:
            # In the first half of a segment, before the next one has its room: then the disk is full
            # at the end of this one. So from the beginning, for how fast a segment fills is the
            # machine's affair. A pause lasts days on the story's clock, and all must be enabled.
            self.fill()
            self.wait_until(beijing(12, 12), driver)
            self.merchant = self.enabled_merchant()[0]
            for number, case in enumerate(self.cases):
                self.fill_up(number, case, driver)
            self.wait_until(beijing(19, 0, 5), driver)
            self.see_out(driver)
        finally:
            if driver.poll() is None:
                driver.kill()
                driver.wait()


def add_options(parser):
    parser.description = __doc__
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--merchants", type=int, default=2_000)
    parser.add_argument("--orders", type=int, default=1_200_000)
    parser.add_argument("--speed", type=int, default=6_048,
                        help="seconds of the story in one second; 6048 is 100 s for the week")
    parser.add_argument("--short", action="store_true",
                        help="one full disk, on which the daemon is stopped and started")
    parser.add_argument("--dir", default=str(ROOT / "events" / "log" / "prove-disk-full"))
    parser.set_defaults(prove=prove)


def prove(options):
    began = time.monotonic()
    cases = CASES
    if options.short:
        cases, options.orders, options.speed = ["stop"], 40_000, 40_320
    if os.geteuid() != 0:
        print("This proof mounts a small disk and so needs root: run it again as root.",
              file=sys.stderr)
        return NOT_TRIED
    story = FullDiskStory(options, options.dir, options.seed, cases)
    try:
        books = story.play()
        with open(story.folder / "ledger.json", encoding="utf-8") as file:
            refused = json.load(file)["refused"]
        if refused == 0:
            raise Violation("no payment of the shoppers was refused")
    except Unable as reason:
        print(reason, file=sys.stderr)
        return NOT_TRIED
    except (Violation, SystemExit, subprocess.TimeoutExpired) as fault:
        kept = Path(options.dir) / "log-kept"
        if story.data.exists():
            shutil.copytree(story.data, kept, ignore=shutil.ignore_patterns("*.sock"),
                            dirs_exist_ok=True)
        print(f"VIOLATION, seed {options.seed}: {fault}\nkept for inspection: {options.dir}")
        return 1
    finally:
        if story.daemon and story.daemon.poll() is None:
            story.daemon.kill()
            story.daemon.wait()
        story.unmount()
    heard = story.manager.heard
    counts = {**story.counts, "lines of shoppers refused": refused, "events": books.events,
              "acknowledged commands": books.acknowledged, "lost": books.lost,
              "twice": books.twice, "signs of life": heard.get("WATCHDOG", 0),
              "told ready": heard.get("READY", 0), "told stopping": heard.get("STOPPING", 0)}
    shutil.rmtree(options.dir)
    print(", ".join(f"{name} {count:,}" for name, count in counts.items())
          + f", {time.monotonic() - began:.0f} seconds")
    return 0
