"""Every command that README and the pages show is run, in the order in which a page shows it.

A fence of `console` holds commands behind `$ `; a command ends with 0 unless `# exit N` stands
behind it, and one that ends with `&` stays in the background until its daemon answers. Each page
gets a folder with a small market in it, the pages for support, auditors and engineers the folder
that the operators' page leaves. What a test cannot have is told by name: the machine's own service
manager, and the two commands that run this. In all other text, what stands between backticks and
begins with `sluice` must name a command with options that it has.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo import ROOT, SLUICE
from proof import Violation

CATALOGUE = ROOT / "Sources" / "sluice" / "sluice.docc"
# A page, and whether it goes on where the one before it ended.
PAGES = [(ROOT / "README.md", False), (CATALOGUE / "Operators.md", False),
         (CATALOGUE / "Support.md", True), (CATALOGUE / "Auditors.md", True),
         (CATALOGUE / "Engineers.md", True)]
# Of the machine, or longer than a test may last.
NOT_RUN = ("systemctl", "journalctl", "systemd-run", "swift", "tools/demo", "tools/test")
PATIENCE = 60
SHOPS = 60
# The door of the pages; a test takes one that is free.
DOOR = "127.0.0.1:8443"
# Where sqlite3 is not installed, Python's own library asks.
SQLITE = f"""#!{sys.executable}
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print("|".join(map(str, row)))
"""


def blocks(text):
    """The fences of a page: the line each begins at, its language and its lines."""
    found, lines = [], text.splitlines()
    index = 0
    while index < len(lines):
        match = re.match(r"\s*```(\S*)\s*$", lines[index])
        if match:
            end = next(at for at in range(index + 1, len(lines))
                       if re.match(r"\s*```\s*$", lines[at]))
            found.append((index + 1, match.group(1), lines[index + 1:end]))
            index = end
        index += 1
    return found


def commands(path):
    """What a page shows: the line, the command and the code that it ends with."""
    found = []
    for line, language, lines in blocks(path.read_text(encoding="utf-8")):
        if language != "console":
            for offset, text in enumerate(lines):
                if text.startswith(("$ ", "sluice ", "sqlite3 ")):
                    raise Violation(f"{path.name}:{line + 1 + offset}: a command outside a fence "
                                    "of console is run by nobody")
            continue
        for offset, text in enumerate(lines):
            if not text.startswith("$ "):
                continue
            code = re.search(r"\s+# exit (\d+)\b", text)
            command = re.sub(r"\s+# .*$", "", text[2:])
            found.append((line + 1 + offset, command, int(code.group(1)) if code else 0))
    return found


class Help:
    """The commands of the program with their options, as it tells them itself."""

    def __init__(self):
        text = subprocess.run([SLUICE, "--help"], capture_output=True, text=True).stdout
        self.names = [match.group(1) for match in re.finditer(r"^  ([a-z]+( [a-z-]+)?)  ", text,
                                                              re.MULTILINE)]
        self.texts = {}

    def options(self, name):
        if name not in self.texts:
            self.texts[name] = subprocess.run([SLUICE, *name.split(), "--help"],
                                              capture_output=True, text=True).stdout
        return set(re.findall(r"--[a-z-]+", self.texts[name]))

    def fault(self, span):
        """What is wrong with a command between backticks; nothing where it is one."""
        words = span.split()[1:]
        if not words or words[0].startswith("--") or words[0].isupper():
            return None
        name = next((" ".join(words[:count]) for count in (2, 1)
                     if " ".join(words[:count]) in self.names), None)
        if name is None:
            family = any(one.startswith(words[0] + " ") for one in self.names)
            return None if family and words[1:] in ([], ["--help"]) else "there is no such command"
        for option in re.findall(r"(?<!\S)--[a-z-]+", span):
            if option not in self.options(name):
                return f"{name} has no {option}"
        return None


def check_spans(help_, path):
    """Commands between backticks, outside fences."""
    text = re.sub(r"```.*?```", lambda match: "\n" * match.group(0).count("\n"),
                  path.read_text(encoding="utf-8"), flags=re.DOTALL)
    count = 0
    for number, line in enumerate(text.splitlines(), 1):
        for span in re.findall(r"`(sluice [^`]+)`", line):
            count += 1
            fault = help_.fault(span)
            if fault:
                raise Violation(f"{path.name}:{number}: `{span}`: {fault}")
    return count


class Market:
    """A folder as the pages take it for granted."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("events", "tools"):
            shutil.copytree(ROOT / name, folder / name,
                            ignore=shutil.ignore_patterns("log", "__pycache__"))
        tiers, shops = ["T1", "N1", "T2", "T3", "T4", "T5"], []
        for number in range(SHOPS):
            shops.append(f"shop-{1001 + number},taobao,food,wuhan,{tiers[number % 6]},20\n")
        (folder / "merchants.csv").write_text(
            "merchant,platform,category,city,tier,daily_payments\n" + "".join(shops))
        rows = []
        for number in range(1, 41):
            institution = "wechat-pay" if number == 7 else "alipay"
            rows.append(f"{institution},t-{number},order-{number},shop-{1001 + number % SHOPS},"
                        f"captured,{number * 100},2024-09-12T10:{number:02}:00+08:00\n")
        (folder / "payments.csv").write_text(
            "institution,transaction,order,merchant,outcome,order_amount,occurred_at\n"
            + "".join(rows))
        (folder / "attempts.csv").write_text(
            "command,order,merchant,institution,order_amount,code,occurred_at\n"
            "attempt,order-1,shop-1002,alipay,100,,2024-09-12T10:00:30+08:00\n")
        (folder / "letter.txt").write_text("The owner has written to us.\n")
        (folder / "bin").mkdir()
        (folder / "bin" / "sluice").symlink_to(Path(SLUICE).resolve())
        if not shutil.which("sqlite3"):
            (folder / "bin" / "sqlite3").write_text(SQLITE)
            (folder / "bin" / "sqlite3").chmod(0o755)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Session:
    """Runs the commands of a page in one folder; daemons that are begun there stay."""

    def __init__(self):
        self.market, self.running = None, []

    def begin(self):
        self.end()
        self.market = Market(Path(tempfile.mkdtemp(prefix="sluice-docs-")))

    def end(self):
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running = []
        if self.market:
            self.market.close()
            self.market = None

    def run(self, command, code):
        folder = self.market.folder
        if DOOR in command:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                command = command.replace(DOOR, f"127.0.0.1:{free.getsockname()[1]}")
        environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                       "NO_COLOR": "1", "SLUICE_BINARY": str(SLUICE)}
        if command.endswith("&"):
            words = shlex.split(command[:-1])
            self.running.append(subprocess.Popen(
                words, cwd=folder, env=environment, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, start_new_session=True))
            said = self.running[-1].stdout.readline()
            if not said.startswith("ready"):
                raise Violation(f"it does not get ready: {self.running[-1].communicate()[1]}")
            return
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != code:
            raise Violation(f"exit {done.returncode} and not {code}: {done.stdout}{done.stderr}")


def prove(options):
    help_, session = Help(), Session()
    count = spans = 0
    left_out = set()
    try:
        for path, goes_on in PAGES:
            if not goes_on:
                session.begin()
            spans += check_spans(help_, path)
            for line, command, code in commands(path):
                words = command.split()
                if words[0] in NOT_RUN or (words[0] == "sudo" and words[1] in NOT_RUN):
                    left_out.add(words[0])
                    continue
                began = time.monotonic()
                try:
                    session.run(command, code)
                except (Violation, subprocess.TimeoutExpired) as fault:
                    raise Violation(f"{path.name}:{line}: {command}\n{fault}") from None
                if options.verbose:
                    print(f"{time.monotonic() - began:6.2f} s  {command}", flush=True)
                count += 1
    except Violation as violation:
        print(f"violation: {violation}")
        return 1
    finally:
        session.end()
    print(f"{count} commands of {len(PAGES)} pages ran as shown, {spans} more name what there is; "
          f"not run: {', '.join(sorted(left_out)) or 'none'}")
    return 0


def add_options(parser):
    parser.add_argument("--verbose", action="store_true", help="say how long each command takes")
    parser.set_defaults(prove=prove)


if __name__ == "__main__":
    sys.exit("run it as tools/prove docs")
