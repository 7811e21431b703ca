"""The terminal as its people see it: redrawn screens, followed logs, completions, the manual.

A small log is made and served. In a pseudo-terminal `status --watch` must draw a frame in one
piece, without what flickers, obey NO_COLOR and give the cursor back when it is interrupted; without
a terminal it prints a line for each change. `log tail -f` must show every event once, and only
those that are asked for. A long import shows a bar with rate and time left. bash completes real
words; zsh, fish and mandoc are asked where they are installed.
"""

import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from demo import ROOT, SLUICE
from proof import Violation

PLAN = ROOT / "events" / "plans" / "wechat-pay-2024-09.json"
ROLLOUT = "wechat-pay-2024-09"
PATIENCE = 30
HIDE, SHOW, HOME, REST = "\x1b[?25l", "\x1b[?25h", "\x1b[H", "\x1b[J"


def require(holds, what):
    if not holds:
        raise Violation(what)


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, words, rows=30, columns=100, **environment):
        self.text = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", **environment})
            os.execv(words[0], [str(word) for word in words])
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until, what):
        """Reads on until a condition on all that was read holds."""
        end = time.monotonic() + PATIENCE
        while not until(self.text):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                raise Violation(f"{what} did not come: {self.text[-2000:]!r}")
            try:
                piece = os.read(self.file, 1 << 16)
            except OSError:
                piece = b""
            if not piece:
                raise Violation(f"{what} did not come before the end: {self.text[-2000:]!r}")
            self.text += piece.decode("utf-8", "replace")

    def end(self):
        """Reads what is left; the exit code."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                piece = os.read(self.file, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            self.text += piece.decode("utf-8", "replace")
        os.close(self.file)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Proof:
    def __init__(self, folder):
        self.folder, self.data = Path(folder), Path(folder) / "log"
        self.daemon, self.tails, self.orders = None, [], 0

    def run(self, *words, **more):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              timeout=120, **more)

    def sluice(self, *words, code=0):
        done = self.run(SLUICE, *words)
        require(done.returncode == code,
                f"{words} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def payments(self, count):
        path = self.folder / "payments.csv"
        with open(path, "w", encoding="utf-8") as file:
            file.write("institution,transaction,order,merchant,outcome,order_amount,occurred_at\n")
            for _ in range(count):
                self.orders += 1
                file.write(f"alipay,t{self.orders},o{self.orders},s{self.orders % 40},captured,100,"
                           "2024-09-05T10:00:00+08:00\n")
        return path

    def serve(self):
        self.sluice("init", "--data", self.data, "--origin", "proof.example/terminal",
                    "--clock", "2024-09-05T08:00:00+08:00", "--speed", "1")
        self.daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        require(self.daemon.stdout.readline().startswith("ready"), "the daemon does not start")
        shops = self.folder / "shops.csv"
        shops.write_text("merchant,platform,category,city,tier,daily_payments\n" + "".join(
            f"s{n},taobao,food,wuhan,{'T3' if n % 2 else 'T1'},10\n" for n in range(40)))
        self.sluice("import", "merchants", shops, "--data", self.data)
        self.sluice("rollout", "announce", PLAN, "--data", self.data)

    # -- what is proved -----------------------------------------------------------------------

    def watch(self):
        words = [SLUICE, "status", "--watch", "--data", self.data]
        screen = Terminal(words)
        screen.read(lambda text: text.count(REST) >= 2, "a second frame")
        os.kill(screen.pid, signal.SIGINT)
        require(screen.end() == 0, "an interrupted --watch ends with another code than 0")
        for number in (signal.SIGQUIT, signal.SIGHUP):
            other = Terminal(words)
            other.read(lambda text: REST in text, "a frame")
            os.kill(other.pid, number)
            require(other.end() == 0 and other.text.rstrip().endswith(SHOW),
                    f"the cursor is not given back after {number.name}: {other.text[-200:]!r}")
        frames = screen.text.split(HIDE)[1:]
        require(all(frame.startswith("\x1b[?7l" + HOME) for frame in frames),
                f"a frame does not begin at home: {frames[0][:80]!r}")
        require("\x1b[2J" not in screen.text, "the screen is emptied, which flickers")
        require(ROLLOUT in frames[0] and "\x1b[1m" in frames[0], "the frame shows no rollout")
        require(screen.text.rstrip().endswith(SHOW), "the cursor is not given back")
        plain = Terminal(words, rows=8, NO_COLOR="1")
        plain.read(lambda text: REST in text, "a frame without colour")
        os.kill(plain.pid, signal.SIGTERM)
        plain.end()
        frame = plain.text.split(HIDE)[1].split(SHOW)[0]
        require("\x1b[1m" not in frame and "\x1b[32m" not in frame, "NO_COLOR is not obeyed")
        require(frame.count("\n") == 7, f"eight rows hold {frame.count(chr(10))} lines")
        require("more lines in a higher window" in frame, "what is cut is not told")

    def watch_lines(self):
        with open(self.folder / "watched", "w+", encoding="utf-8") as said:
            watch = subprocess.Popen([SLUICE, "status", "--watch", "--data", self.data],
                                     stdout=said, stderr=subprocess.STDOUT)
            path = Path(said.name)
            self.wait(lambda: "announced" in path.read_text(), "the first line")
            time.sleep(2.5)
            self.sluice("rollout", "approve", ROLLOUT, "--data", self.data)
            self.wait(lambda: "before the plan" in path.read_text()
                      or path.read_text().count("\n") > 1, "a line of the change")
            watch.send_signal(signal.SIGINT)
            require(watch.wait(PATIENCE) == 0, "--watch into a file ends with another code than 0")
            text = path.read_text()
            require("\x1b" not in text, "a file is given what moves a cursor")
            lines = text.splitlines()
            bodies = [line[21:] for line in lines]
            require(all(a != b for a, b in zip(bodies, bodies[1:])),
                    f"a line comes without a change: {text}")

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            require(time.monotonic() < end, f"{what} did not come")
            time.sleep(0.05)

    def follow(self):
        for name, more in (("followed", []),
                           ("asked", ["--merchant", "s7", "--kind", "payment-captured"])):
            with open(self.folder / name, "w", encoding="utf-8") as said:
                self.tails.append(subprocess.Popen(
                    [SLUICE, "log", "tail", "-f", "--from", "0", "--data", self.data, *more],
                    stdout=said))
        for _ in range(3):
            self.sluice("import", "payments", self.payments(1_000), "--data", self.data)
        last = json.loads(self.sluice("status", "--json", "--data", self.data))["position"]

        def positions(name):
            lines = (self.folder / name).read_text().splitlines()
            return [int(line.split()[0]) for line in lines if line.strip()]
        self.wait(lambda: len(positions("followed")) >= last, "the last event")
        for tail in self.tails:
            tail.terminate()
            tail.wait()
        require(positions("followed")[:last] == list(range(last)),
                "log tail -f did not show every event once")
        asked = self.orders // 40
        require(len(positions("asked")) in (asked, asked + 1),
                f"{len(positions('asked'))} payments of s7 were shown, not {asked}")
        return last

    def bars(self):
        bar = Terminal([SLUICE, "import", "payments", self.payments(20_000), "--data", self.data])
        code = bar.end()
        require(code == 0, f"an import in a terminal ended with {code}: {bar.text}")
        require("[#" in bar.text and "rows" in bar.text and " a second" in bar.text
                and " left" in bar.text, f"an import shows no bar: {bar.text!r}")
        require(bar.text.rstrip().split("\r\x1b[K")[-1].lstrip().startswith("20"),
                f"the bar is not taken away: {bar.text[-200:]!r}")
        for words in (["replay"], ["verify"], ["dump", "merchants", "--out",
                                              self.folder / "merchants.csv"]):
            began = time.monotonic()
            shown = Terminal([SLUICE, *words, "--data", self.data])
            require(shown.end() == 0, f"{words} failed in a terminal: {shown.text}")
            # What is over at once shows none.
            require(time.monotonic() - began < 1 or "\r\x1b[K[" in shown.text,
                    f"{words} shows no bar: {shown.text!r}")

    def bash(self):
        script = self.folder / "completions"
        script.write_text(self.sluice("completions", "bash"))
        require(self.run("bash", "-n", script).returncode == 0, "bash does not read its script")
        cases = [(["sluice", "pl"], "plan"), (["sluice", "plan", ""], "check resolve preview"),
                 (["sluice", "status", "--wa"], "--watch"),
                 (["sluice", "status", "--lang", ""], "en zh"),
                 (["sluice", "import", "p"], "payments"),
                 (["sluice", "log", "tail", "--kind", "wave-o"], "wave-opened"),
                 (["sluice", "log", "tail", "--kind", "wave-opened", "--la"], "--last --lang"),
                 (["sluice", "dump", "wa"], "waves"),
                 (["sluice", "plan", "check", f"{self.folder}/sho"], f"{self.folder}/shops.csv"),
                 (["sluice", "status", "--data", f"{self.folder}/lo"], f"{self.folder}/log")]
        for words, expected in cases:
            quoted = " ".join(f"'{word}'" for word in words)
            done = self.run("bash", "--norc", "-c",
                            f"source {script}; COMP_WORDS=({quoted}); "
                            f"COMP_CWORD={len(words) - 1}; _sluice; echo \"${{COMPREPLY[*]}}\"")
            require(done.stdout.strip() == expected and not done.stderr,
                    f"{words} completes to {done.stdout!r}, not {expected!r}: {done.stderr}")
        return len(cases)

    def others(self):
        asked = []
        for shell in ("zsh", "fish"):
            if not shutil.which(shell):
                continue
            script = self.folder / f"completions.{shell}"
            script.write_text(self.sluice("completions", shell))
            done = self.run(shell, "-n", script)
            require(done.returncode == 0, f"{shell} does not read its script: {done.stderr}")
            asked.append(shell)
        if "fish" in asked:
            done = self.run("fish", "--no-config", "-c",
                            f"source {self.folder}/completions.fish; complete -C 'sluice dump wa'")
            require(done.stdout.startswith("waves"), f"fish completes to {done.stdout!r}")
        if shutil.which("mandoc"):
            page = self.folder / "sluice.1"
            page.write_text(self.sluice("man"))
            done = self.run("mandoc", "-Tlint", "-Wstyle", page)
            said = [line for line in done.stdout.splitlines() if "mandoc.db" not in line]
            require(not said, f"mandoc says: {said[:5]}")
            asked.append("mandoc")
        return asked

    def abort(self):
        """As the watchdog of systemd ends a daemon that hangs."""
        self.daemon.send_signal(signal.SIGABRT)
        try:
            code = self.daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Violation("a daemon lives on after SIGABRT") from None
        require(code == -signal.SIGABRT, f"a daemon ends with {code} by SIGABRT")

    def prove(self):
        try:
            self.serve()
            cases, asked = self.bash(), self.others()
            self.watch()
            self.watch_lines()
            events = self.follow()
            self.bars()
            self.abort()
        finally:
            for process in [*self.tails, self.daemon]:
                if process and process.poll() is None:
                    process.terminate()
                    process.wait(PATIENCE)
        print(f"frames in one piece, cursor given back; {events} events followed; "
              f"{cases} completions by bash; also asked: {', '.join(asked) or 'nobody'}")


def add_options(parser):
    parser.set_defaults(prove=prove)


def prove(options):
    folder = tempfile.mkdtemp(prefix="sluice-terminal-")
    try:
        Proof(folder).prove()
    except Violation as violation:
        print(f"violation: {violation}\nkept: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(prove(None))
