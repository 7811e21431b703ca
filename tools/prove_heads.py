"""What was signed stays true: killed at any moment, nothing is shown that the log does not lead to.

A daemon takes payments and is killed at seeded moments; whoever looks keeps every head that is
shown. In the end each of them must be a head of the log, no size may have two roots, and none may
have gone back. Keys are changed on the way. Then an old copy is brought back, in each way in which
people do that, and must be refused; and a log that has lost events goes on under another name,
which the heads that were kept elsewhere do not excuse.
"""

import base64
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from demo import ROOT, SLUICE
from proof import Violation, in_folder

ORIGIN = "proof.example/heads"
ROWS = 400
FORKED, DAMAGED, USAGE = 6, 3, 2


def forged(note):
    """The same head, with signatures that are nobody's."""
    head, signatures = note.split("\n\n")
    lines = []
    for line in signatures.splitlines():
        dash, name, code = line.split(" ")
        signature = bytearray(base64.b64decode(code))
        signature[-1] ^= 1
        lines.append(f"{dash} {name} {base64.b64encode(signature).decode()}\n")
    return f"{head}\n\n{''.join(lines)}"


class Looker(threading.Thread):
    """Keeps every head that is shown, as a witness would that looks all the time."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.seen, self.over = path, [], threading.Event()

    def run(self):
        while not self.over.wait(0.002):
            try:
                note = self.path.read_bytes()
            except FileNotFoundError:
                continue
            if not self.seen or self.seen[-1] != note:
                self.seen.append(note)


class Proof:
    def __init__(self, folder, options):
        self.folder, self.options = Path(folder), options
        self.random = random.Random(options.seed)
        self.data, self.signed = self.folder / "log", self.folder / "signed"
        self.rows = self.keys = 0

    def run(self, *words):
        return subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)

    def sluice(self, *words, code=0):
        done = self.run(*words)
        if done.returncode != code:
            raise Violation(
                f"{' '.join(map(str, words))} ended with {done.returncode} and not {code}: "
                f"{done.stderr}{done.stdout}")
        return done.stdout

    def serve(self, *more):
        daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--last-signed", self.signed, "--quiet", *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not daemon.stdout.readline().startswith("ready"):
            raise Violation(f"the daemon does not start: {daemon.communicate()[1]}")
        return daemon

    def short_life(self, *more):
        """A daemon that starts, signs what is there and is asked to stop."""
        daemon = self.serve(*more)
        time.sleep(0.5)
        daemon.terminate()
        daemon.wait()

    def batch(self):
        """A file of payments that nobody has seen before."""
        path = self.folder / "payments.csv"
        with open(path, "w", encoding="utf-8") as file:
            file.write("institution,transaction,order,merchant,outcome,order_amount,occurred_at\n")
            for _ in range(ROWS):
                self.rows += 1
                file.write(f"alipay,t{self.rows},o{self.rows},s1,captured,100,"
                           "2024-09-12T10:00:00+08:00\n")
        return path

    def live(self):
        """A daemon's life: payments stream until it is killed."""
        more = ["--new-key"] if self.random.random() < 0.15 else []
        daemon = self.serve(*more)
        self.keys += len(more)
        until = time.monotonic() + self.random.uniform(0.2, self.options.life)
        while time.monotonic() < until:
            taker = subprocess.Popen(
                [SLUICE, "import", "payments", self.batch(), "--data", self.data],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(self.random.uniform(0.01, 0.2))
            if time.monotonic() >= until:
                daemon.send_signal(signal.SIGKILL)
            taker.wait()
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()

    def heads(self, seen):
        """The heads by size; a size with two roots, or one that goes back, is a violation."""
        found, last = {}, 0
        for note in seen:
            _, size, root = note.decode().split("\n")[:3]
            if found.setdefault(int(size), (root, note))[0] != root:
                raise Violation(f"two roots were signed at {size} events")
            if int(size) < last:
                raise Violation(f"a head of {size} events was shown behind one of {last}")
            last = int(size)
        return found

    def kept(self, found):
        """Options that hold so many of the heads against the log."""
        words = []
        for size, (_, note) in found.items():
            path = self.folder / f"head-{size}"
            path.write_bytes(note)
            words += ["--checkpoint", path]
        return words

    def prove(self):
        self.sluice("init", "--data", self.data, "--origin", ORIGIN)
        first = (self.data / "log.vkey").read_text().splitlines()[0]
        looker = Looker(self.data / "checkpoint")
        looker.start()
        old = self.folder / "old"
        for life in range(self.options.kills):
            if life == self.options.kills // 2:
                shutil.copytree(self.data, old, ignore=shutil.ignore_patterns("*.sock"))
            self.live()
        looker.over.set()
        looker.join()
        found = self.heads(looker.seen)
        words = self.kept(found)
        for at in range(0, len(words), 100):
            self.sluice("verify", "--data", self.data, "--vkey", first, *words[at:at + 100])
        refused = self.bring_back(old, first, self.kept(dict([list(found.items())[-1]])))
        return (f"{self.options.kills} kills, {self.keys} keys, {len(found)} heads seen, each true "
                f"of the log; old copies refused in {refused} ways")

    def bring_back(self, old, key, last):
        """An old copy over the newer log: whole, without its guard, and as other people's copy."""
        refused = 0
        new = self.folder / "new"
        self.data.rename(new)
        for kept in ([], ["last-signed", "checkpoint"]):
            shutil.copytree(old, self.data)
            for name in kept:
                if (new / name).exists():
                    shutil.copy(new / name, self.data / name)
            guard = [] if kept else ["--last-signed", self.signed]
            if kept:
                shutil.copy(self.signed, self.data / "last-signed")
            done = self.run("serve", "--data", self.data, "--quiet", *guard)
            if done.returncode != FORKED:
                raise Violation(f"an old copy is served: {done.returncode} {done.stderr}")
            refused += 1
            # Who holds a newer head sees it without any of the log's own files.
            self.sluice("verify", "--data", self.data, "--vkey", key, *last, code=DAMAGED)
            shutil.rmtree(self.data)
        shutil.copytree(old, self.data)
        self.short_life("--new-origin", ORIGIN + "/after")
        self.sluice("verify", "--data", self.data)
        self.sluice("verify", "--data", self.data, "--vkey", key, *last, code=DAMAGED)
        done = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", self.data],
                              capture_output=True, text=True)
        if done.returncode:
            raise Violation(f"the independent reader refuses what is sound: {done.stdout}")
        return refused + self.guards(old) + self.before_key_change()

    def guards(self, old):
        """Old copies and files that guard nothing, once the log goes on under another name."""
        shutil.rmtree(self.data)
        shutil.copytree(old, self.data)
        self.sluice("serve", "--data", self.data, "--last-signed", self.signed, "--quiet",
                    code=FORKED)
        stranger = self.folder / "stranger"
        self.sluice("init", "--data", stranger, "--origin", "another.example/log")
        self.sluice("serve", "--data", self.data, "--last-signed", stranger / "last-signed",
                    "--quiet", code=FORKED)
        changed = self.folder / "changed"
        head = (self.data / "checkpoint").read_text().split("\n")
        changed.write_text("\n".join([head[0], str(int(head[1]) + 9), *head[2:]]))
        self.sluice("serve", "--data", self.data, "--last-signed", changed, "--quiet", code=FORKED)
        # The log holds these events; that nobody signed them is damage, and no other name helps.
        changed.write_text(forged((self.data / "checkpoint").read_text()))
        for more in ([], ["--new-origin", ORIGIN + "/forged"]):
            self.sluice("serve", "--data", self.data, "--last-signed", changed, "--quiet", *more,
                        code=DAMAGED)
        self.sluice("serve", "--data", self.data, "--last-signed", self.folder / "nowhere",
                    "--quiet", code=USAGE)
        shutil.copy(stranger / "log.skey", self.data / "log.skey")
        shutil.copy(self.data / "checkpoint", changed)
        self.sluice("serve", "--data", self.data, "--last-signed", changed, "--quiet", code=USAGE)
        return 7

    def before_key_change(self):
        """An old copy that knows no key of those that signed the newer head."""
        shutil.rmtree(self.data)
        self.signed.unlink()
        old = self.folder / "before-key-change"
        self.sluice("init", "--data", self.data, "--origin", ORIGIN)
        self.short_life()
        shutil.copytree(self.data, old)
        self.short_life("--new-key")
        # The first head after the change is signed by both keys, this one by the new key alone.
        self.short_life()
        shutil.rmtree(self.data)
        shutil.copytree(old, self.data)
        done = self.run("serve", "--data", self.data, "--last-signed", self.signed, "--quiet")
        if done.returncode != FORKED or "no key of" not in done.stderr:
            raise Violation(f"a copy from before the key: {done.returncode} {done.stderr}")
        self.short_life("--new-origin", ORIGIN + "/after")
        self.sluice("verify", "--data", self.data)
        return 1


def prove(options):
    return in_folder("heads", options, lambda folder: Proof(folder, options).prove())


def add_options(parser):
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--life", type=float, default=2.5,
                        help="seconds that a daemon lives at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", help="where the log is written")
    parser.set_defaults(prove=prove)
