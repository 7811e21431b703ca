"""Copies of a log, made while the daemon writes, are whole; what is restored goes on.

Payments stream while `sluice backup` copies the log again and again into one folder. Each copy must
verify against the head that was copied with it, be read by the independent reader, and print the
same dump as the log itself at that position. Then the disk is lost: from the last copy and the key
that was kept elsewhere a daemon goes on, refuses at first because newer events were signed, and
after `--new-origin` takes payments again. Last, a folder that was copied whole while nobody wrote,
vault and all, answers a repeated command with its first receipt. Each story ends with verify.
"""

import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from demo import ROOT, SLUICE
from proof import Violation, in_folder

ORIGIN = "proof.example/backup"
ROWS = 3_000
FORKED = 6


class Stream(threading.Thread):
    """Hands in payments until it is told to stop."""

    def __init__(self, folder, data):
        super().__init__(daemon=True)
        self.folder, self.data, self.over, self.rows = folder, data, threading.Event(), 0

    def batch(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("institution,transaction,order,merchant,outcome,order_amount,occurred_at\n")
            for _ in range(ROWS):
                self.rows += 1
                file.write(f"alipay,t{self.rows},o{self.rows},s1,captured,100,"
                           "2024-09-12T10:00:00+08:00\n")
        return path

    def run(self):
        while not self.over.is_set():
            subprocess.run([SLUICE, "import", "payments", self.batch(self.folder / "stream.csv"),
                            "--data", self.data], capture_output=True)


class Proof:
    def __init__(self, folder, options):
        self.folder, self.rounds = Path(folder), options.rounds
        self.data, self.copy = self.folder / "log", self.folder / "copy"
        self.daemon = None

    def sluice(self, *words, code=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode != code:
            raise Violation(f"{' '.join(map(str, words))} ended with {done.returncode} and not "
                            f"{code}: {done.stderr}{done.stdout}")
        return done.stdout

    def serve(self, data, *more):
        self.daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", data, "--segment-size", "48", "--quiet", *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation(f"the daemon does not start: {self.daemon.communicate()[1]}")

    def end(self, number=signal.SIGTERM):
        if self.daemon:
            self.daemon.send_signal(number)
            self.daemon.wait()
            self.daemon = None

    def while_it_writes(self):
        """Copies under load; how many events the last one has."""
        stream = Stream(self.folder, self.data)
        stream.start()
        sizes = []
        for number in range(self.rounds):
            time.sleep(0.4)
            self.sluice("backup", self.copy, "--data", self.data)
            self.sluice("verify", "--data", self.copy, "--checkpoint", self.copy / "checkpoint",
                        "--vkey", self.key)
            sizes.append(self.size(self.copy))
            at = ["--at", sizes[-1]]
            if (self.sluice("dump", "reconciliation", "--data", self.copy, *at)
                    != self.sluice("dump", "reconciliation", "--data", self.data, *at)):
                raise Violation(f"copy {number} prints another dump than the log")
        reader = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", self.copy],
                                capture_output=True, text=True)
        if reader.returncode:
            raise Violation(f"the independent reader refuses a copy: {reader.stdout}")
        stream.over.set()
        stream.join()
        if len(set(sizes)) != len(sizes):
            raise Violation(f"nothing was written between copies: {sizes}")
        return sizes[-1]

    def size(self, data):
        """How many events a folder has."""
        return int(self.sluice("status", "--data", data, "--json").split('"position":')[1]
                   .split(",")[0])

    def after_a_loss(self):
        """The disk is lost; a daemon goes on from the last copy."""
        self.end(signal.SIGKILL)
        restored = self.folder / "restored"
        shutil.copytree(self.copy, restored)
        for secret in ("log.skey", "last-signed"):
            shutil.copy(self.data / secret, restored / secret)
        shutil.copytree(self.data / "vault", restored / "vault")
        shutil.copy(self.data / "vault.mark", restored / "vault.mark")
        self.sluice("serve", "--data", restored, "--quiet", code=FORKED)
        self.serve(restored, "--new-origin", ORIGIN + "/restored")
        stream = Stream(self.folder, restored)
        stream.rows = 10_000_000
        self.sluice("import", "payments", stream.batch(self.folder / "after.csv"), "--data",
                    restored)
        self.end()
        self.sluice("verify", "--data", restored)

    def at_rest(self):
        """A folder that was copied whole while nobody wrote."""
        self.serve(self.data)
        path = Stream(self.folder, self.data).batch(self.folder / "first.csv")
        self.end()
        moved = self.folder / "moved"
        shutil.copytree(self.data, moved, ignore=shutil.ignore_patterns("*.sock"))
        self.serve(moved)
        said = self.sluice("import", "payments", path, "--data", moved)
        if not said.startswith("0 accepted"):
            raise Violation(f"a repeat was not answered with its first receipt: {said}")
        self.end()
        self.sluice("verify", "--data", moved, "--checkpoint", self.copy / "checkpoint",
                    "--vkey", self.key)

    def prove(self):
        self.sluice("init", "--data", self.data, "--origin", ORIGIN)
        self.key = (self.data / "log.vkey").read_text().splitlines()[0]
        try:
            self.serve(self.data)
            events = self.while_it_writes()
            self.after_a_loss()
            self.at_rest()
        finally:
            self.end(signal.SIGKILL)
        return (f"{self.rounds} copies under load, up to {events} events, each whole and true of "
                "its head; one restored and gone on, one moved at rest")


def prove(options):
    return in_folder("backup", options, lambda folder: Proof(folder, options).prove())


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--dir", help="where the log is written")
    parser.set_defaults(prove=prove)
