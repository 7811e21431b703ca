"""A daemon on a scaled clock and the shoppers of a guarded rollout, for the proofs that play one."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from demo import SLUICE
from proof import Violation


class Watch:
    """`sluice status --watch` on a terminal of its own, and every frame that it draws."""

    def __init__(self, data, plan):
        self.frames, self.lock = [""], threading.Lock()
        master, terminal = pty.openpty()
        words = [SLUICE, "status", plan, "--watch", "--data", data]
        self.process = subprocess.Popen(words, stdout=terminal, stderr=terminal,
                                        env={**os.environ, "TERM": "xterm"})
        os.close(terminal)
        threading.Thread(target=self.read, args=(master,), daemon=True).start()

    def read(self, master):
        text = b""
        while True:
            try:
                text += os.read(master, 1 << 16)
            except OSError:  # The terminal has no other side any more.
                return
            *whole, text = re.split(rb"(?=\x1b\[H)", text)
            if text.endswith(b"\x1b[?7h"):
                whole, text = [*whole, text], b""
            plain = [re.sub(r"\x1b\[\??[0-9]*[a-zA-Z]", "", one.decode()) for one in whole if one]
            with self.lock:
                self.frames += plain

    def sees(self, word, since=0):
        """Whether a frame, from one on, holds a word; waits some seconds for it."""
        for _ in range(200):
            with self.lock:
                if any(word in frame for frame in self.frames[since:]):
                    return True
            time.sleep(0.05)
        return False

    def end(self):
        self.process.kill()
        self.process.wait()


class GuardedStory:
    """One run: a folder, a log in it, a daemon, and merchants that are called m0, m1, ..."""

    def __init__(self, folder, plan, merchants):
        self.folder, self.data, self.plan = folder, folder / "data", plan
        self.merchants, self.orders, self.daemon, self.watch = merchants, 0, None, None

    # -- the program ----------------------------------------------------------------------------

    def sluice(self, *words, code=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode != code:
            raise Violation(f"sluice {' '.join(map(str, words))}: exit {done.returncode} for {code}"
                            f"\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def command(self, *words, refused=None):
        """Runs a command on the log; `refused` is the name of the refusal that it must meet."""
        said = self.sluice(*words, "--data", self.data, code=1 if refused else 0)
        if refused and refused not in said:
            raise Violation(f"{' '.join(map(str, words))} must be refused by {refused}: {said}")
        return said

    def begin(self, clock, speed, tiers):
        """Makes the log, starts the daemon and registers the merchants, tier after tier in turn."""
        self.command("init", "--origin", "sluice.example/story", "--clock", clock, "--speed", speed)
        self.serve()
        rows = [f"m{number},taobao,{tiers[number % len(tiers)]},20\n"
                for number in range(self.merchants)]
        path = self.folder / "merchants.csv"
        path.write_text("merchant,platform,tier,daily_payments\n" + "".join(rows))
        self.command("import", "merchants", path)

    def serve(self, downtime=None):
        words = [SLUICE, "serve", "--data", self.data, "--quiet"]
        words += ["--downtime", downtime] if downtime else []
        self.daemon = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation("the daemon does not start")

    def stop(self):
        self.command("stop")
        if self.daemon.wait(timeout=60):
            raise Violation(f"the daemon ended with {self.daemon.returncode}")

    def end(self):
        """Leaves no process behind."""
        if self.watch:
            self.watch.end()
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGKILL)
            self.daemon.wait()

    # -- the daemon -----------------------------------------------------------------------------

    def talk(self, requests):
        """Sends requests and takes an answer for each; a run of commands is answered by one."""
        answers, answered = [], 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(self.data / "sluice.sock"))
            connection.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in requests))
            with connection.makefile("rb") as stream:
                while answered < len(requests):
                    answers.append(json.loads(stream.readline()))
                    answered += answers[-1].get("accepted", 1)
        return answers

    def clock(self):
        return self.talk([{"query": "clock"}])[0]["clock"]

    def now(self):
        """Seconds since 1970 of the daemon's clock."""
        return self.clock()["now_ns"] / 1e9

    def jump(self, instant):
        """Lets the clock pass to seconds since 1970 while no daemon runs, as a stated downtime."""
        left = int(instant - self.now())
        self.stop()
        self.serve(f"{left}s")

    def status(self):
        return json.loads(self.command("status", self.plan, "--json"))["rollouts"][0]

    # -- the shoppers ---------------------------------------------------------------------------

    def on(self):
        """At which merchants the daemon says that WeChat Pay is open."""
        changes = self.talk([{"query": "open"}])[0]["open"]["changes"]
        last = {merchant: opened for _, _, institution, merchant, opened in changes
                if institution == "wechat-pay"}
        return {merchant for merchant, opened in last.items() if opened == 1}

    def shop(self, failing=False):
        """An order through Alipay at every merchant, and one through WeChat Pay where it is on."""
        on, now, requests = self.on(), self.clock()["now"], []
        for number in range(self.merchants):
            for institution in ["alipay"] + ["wechat-pay"] * (f"m{number}" in on):
                self.orders += 1
                common = {"institution": institution, "order": f"o{self.orders}",
                          "merchant": f"m{number}", "occurred_at": now}
                requests.append({"command": "attempt", "order_amount": 100, **common})
                if failing and institution == "wechat-pay":
                    requests.append({"command": "order-failed", "code": "SYSTEMERROR", **common})
                else:
                    requests.append({"command": "payment", "transaction": f"t{self.orders}",
                                     "outcome": "captured", "order_amount": 100, **common})
        for answer in self.talk(requests):
            if "accepted" not in answer:
                raise Violation(f"a shopper is refused: {answer}")


def play(name, parent, make):
    """Plays a story to its end in a folder of its own, which is kept where it went wrong.

    `make` takes the folder; the story's `run` says what it came to.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"sluice-{name}-", dir=parent))
    story = make(folder)
    try:
        said = story.run()
    except Violation as violation:
        print(f"violation: {violation}\nkept: {folder}")
        return 1
    finally:
        story.end()
    shutil.rmtree(folder)
    print(said)
    return 0
