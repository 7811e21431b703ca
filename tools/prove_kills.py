"""Kills the daemon at seeded moments of a story and looks for what was lost or done twice.

A story is that of tools/demo.py with a smaller market on a faster clock. While `sluice drive` plays
the shoppers and an operator pauses, resumes, rolls back and reinstates, SIGKILL strikes: spread
evenly over the seven days, in bursts that hit the start of the next daemon while it recovers, and
right after an operator's command was sent. A command without an answer is sent again under its id.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from demo import PLAN, ROOT, SLUICE, Story, beijing
from proof import Violation

WINDOW = (beijing(12).timestamp(), beijing(19).timestamp())
# How much of the kills begin a burst, and how many more kills a burst has at most.
BURST_SHARE, BURST_MOST = 0.25, 3
# Seconds: how late a burst strikes a daemon that is starting, how long a command is repeated.
BURST_DELAY, PATIENCE = 0.4, 60
STRIKE_SHARE, STRIKE_DELAY = 0.5, 0.03


def slay(daemon):
    """Kills a daemon, which must not have ended before."""
    daemon.send_signal(signal.SIGKILL)
    code = daemon.wait()
    daemon.stdout.close()
    if code != -signal.SIGKILL:
        raise Violation(f"a daemon ended with {code} by itself; see daemon.log")


class KilledStory(Story):
    """A story whose daemon is killed; without kills it is the one to compare with."""

    def __init__(self, options, folder, seed, kills):
        super().__init__(argparse.Namespace(
            dir=folder, merchants=None, count_merchants=options.merchants, seed=seed,
            speed=options.speed, payments=None, count=options.orders))
        self.random = random.Random(seed)
        self.wanted, self.kills, self.restarts = kills, 0, 0
        self.receipts = {}
        self.turn = threading.Lock()
        self.fault = None

    def say(self, text):
        """The story is told by the demo; here only its end counts."""

    # -- the daemon ---------------------------------------------------------------------------

    def spawn(self):
        return subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--quiet"], stdout=subprocess.PIPE,
            stderr=self.log_file, text=True)

    def kill(self):
        slay(self.daemon)
        self.kills += 1

    def strike(self, burst):
        """One kill, more of them while the next daemon starts, and a daemon that stays."""
        with self.turn:
            self.kill()
            for _ in range(burst):
                self.daemon = self.spawn()
                time.sleep(self.random.uniform(0, BURST_DELAY))
                self.kill()
            self.daemon = self.spawn()
            if not self.daemon.stdout.readline().startswith("ready"):
                raise Violation(f"no daemon starts after a kill: {self.daemon.wait()}")
            self.restarts += 1

    def killer(self):
        """Strikes at moments spread over the window, as the daemon's clock tells them."""
        try:
            while self.kills < self.wanted:
                # The rest is drawn over the rest of the window, so that bursts take their share.
                now, left = self.now(), self.wanted - self.kills
                if now >= WINDOW[1]:
                    return
                gap = (WINDOW[1] - max(now, WINDOW[0])) / (left / (1 + BURST_SHARE) + 1)
                moment = max(now, WINDOW[0]) + self.random.uniform(0, 2 * gap)
                while now < moment:
                    time.sleep(min((moment - now) / self.options.speed + 0.0005, 0.5))
                    now = self.now()
                burst = 0
                if self.random.random() < BURST_SHARE:
                    burst = min(self.random.randint(1, BURST_MOST), left - 1)
                self.strike(burst)
        except (Exception, SystemExit) as fault:  # a thread's fault ends the story
            self.fault = fault

    def now(self):
        """The daemon's time; asked again while a daemon is away."""
        end = time.monotonic() + PATIENCE
        while True:
            self.check()
            try:
                return super().now()
            except (OSError, ValueError):
                if time.monotonic() > end:
                    raise Violation("no daemon answers any more")
                time.sleep(0.01)

    def check(self):
        if self.fault and threading.current_thread() is threading.main_thread():
            raise self.fault

    # -- the operator -------------------------------------------------------------------------

    def operate(self, name, *words):
        """One command, sent under one id until it is answered."""
        words = [SLUICE, *words, "--data", self.data, "--id", name, "--json"]
        end = time.monotonic() + PATIENCE
        strikes = self.wanted and name not in self.receipts
        while True:
            self.check()
            running = subprocess.Popen(
                list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if strikes and self.kills < self.wanted and self.random.random() < STRIKE_SHARE:
                time.sleep(self.random.uniform(0, STRIKE_DELAY))
                self.strike(0)
            try:
                out, said = running.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
                raise Violation(f"{name} has no answer after {PATIENCE} s") from None
            if running.returncode == 0:
                break
            if running.returncode != 4 or time.monotonic() > end:
                raise Violation(f"{name} ended with {running.returncode}: {said.strip()}")
            time.sleep(0.02)
        receipt = json.loads(out)
        place = (receipt["first"], receipt["last"])
        first = self.receipts.setdefault(name, (words, place))[1]
        if first != place:
            raise Violation(f"{name} was answered with {first} and then with {place}")
        return receipt["repeated"]

    def repeat_all(self):
        """Every command once more: each is known and has its first receipt."""
        for name, (words, _) in list(self.receipts.items()):
            if not self.operate(name, *words[1:words.index("--data")]):
                raise Violation(f"{name} was taken a second time")

    def see_out(self, driver):
        """The end of a window: the shoppers are done, every command is known, the daemon stops."""
        code = driver.wait(timeout=300)
        if code != 0:
            raise Violation(f"the shoppers ended with {code}")
        self.repeat_all()
        self.stop()

    def window(self):
        driver = self.shoppers()
        killer = threading.Thread(target=self.killer)
        killer.start()
        try:
            reason = "--reason"
            self.wait_until(beijing(13, 12), driver)
            self.operate("pause", "rollout", "pause", PLAN, reason, "busy")
            self.wait_until(beijing(13, 15), driver)
            self.operate("resume", "rollout", "resume", PLAN, reason, "ready")
            self.wait_until(beijing(15, 10), driver)
            merchant, tier = self.enabled_merchant()
            self.operate("rollback-merchant", "rollout", "rollback", PLAN, "--merchant", merchant,
                         reason, "complaints")
            self.operate("rollback-tier", "rollout", "rollback", PLAN, "--tier", tier, reason,
                         "risk-review")
            self.wait_until(beijing(16, 10), driver)
            self.operate("reinstate-tier", "rollout", "reinstate", PLAN, "--tier", tier, reason,
                         "risk-cleared")
            shown = json.loads(self.command("merchant", "show", merchant, "--json"))
            if '"rolled-back"' in json.dumps(shown):
                self.operate("reinstate-merchant", "merchant", "reinstate", merchant)
            self.wait_until(beijing(19, 0, 5), driver)
            killer.join()
            self.check()
            self.see_out(driver)
        finally:
            if driver.poll() is None:
                driver.kill()
            self.wanted = 0
            killer.join()

    # -- afterwards ---------------------------------------------------------------------------

    def judge(self):
        """Reads the log twice and compares it with everybody's books; returns what it counted."""
        self.sluice("verify", "--data", self.data)
        events, dumps = self.folder / "events.ndjson", self.folder / "independent"
        self.run("verify.py", self.data, "--json", events, "--dumps", dumps)
        self.run("check_rollout.py", events, "--ledger", self.folder / "ledger.json",
                 "--reconciliation", dumps / "reconciliation.csv")
        books = Books(self.folder / "acknowledged.txt", self.receipts)
        with open(events, encoding="utf-8") as file:
            for line in file:
                books.take(json.loads(line))
        books.finish()
        own = self.folder / "reconciliation.csv"
        self.sluice("dump", "reconciliation", "--data", self.data, "--format", "csv", "--out", own)
        if own.read_bytes() != (dumps / "reconciliation.csv").read_bytes():
            raise Violation("the two readers fold different reconciliations")
        return books

    def run(self, tool, *words):
        done = subprocess.run([sys.executable, ROOT / "tools" / tool, *map(str, words)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Violation(f"tools/{tool} ended with {done.returncode}\n"
                            f"{done.stdout}{done.stderr}")

    def play(self):
        self.prepare()
        self.notice()
        self.window()
        return self.judge()


class Books:
    """What was acknowledged against what stands in the log."""

    def __init__(self, path, receipts):
        self.lost, self.twice, self.events, self.recovered = 0, 0, 0, 0
        self.expected, self.lines = {}, {}
        self.faults = []
        self.enabled = set()
        self.commands, self.last_command = set(), None
        self.own = {place: name for name, (_, place) in receipts.items()}
        self.acknowledged = len(receipts)
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, _, position = line.rstrip("\n").rpartition(",")
                position = int(position)
                if self.lines.setdefault(key, position) != position:
                    self.wrong("twice", f"{key} was acknowledged at {self.lines[key]} and "
                               f"at {position}")
                self.expected[position] = key
        self.acknowledged += len(self.lines)
        if len(self.expected) != len(self.lines):
            self.wrong("lost", "two acknowledged commands share a position")

    def wrong(self, count, text):
        setattr(self, count, getattr(self, count) + 1)
        self.faults.append(text)

    def take(self, event):
        self.events += 1
        position, kind, fields = event["position"], event["kind"], event["fields"]
        command = event["command_id"]
        if command != self.last_command and command is not None:
            if command in self.commands:
                self.wrong("twice", f"position {position}: command {command} once more")
            self.commands.add(command)
        self.last_command = command
        if kind == "log-recovered":
            self.recovered += 1
        elif kind == "merchant-enabled":
            self.enabled.add((event["merchant_number"], fields["wave"]))
        elif kind.startswith(("payment-", "order-")):
            self.compare(position, kind, fields)
        for (first, last), name in list(self.own.items()):
            if first == position:
                if event["actor"] != "operator":
                    self.wrong("lost", f"position {position} is not the operator's {name}")
                del self.own[first, last]

    def compare(self, position, kind, fields):
        head, _, word = kind.partition("-")
        if head == "payment":
            found = ["payment", fields["transaction"], word, fields["refund"] or ""]
        else:
            found = ["offer" if word == "offered" else "attempt", fields["order"], "", ""]
        key = self.expected.pop(position, None)
        if key is None:
            self.wrong("twice", f"position {position}: {found} was never acknowledged there")
            return
        told = key.split(",")
        if told[0] == "again":
            told[0] = "payment"
        if told != found:
            self.wrong("lost", f"position {position} holds {found}, acknowledged was {told}")

    def finish(self):
        for position, key in self.expected.items():
            self.wrong("lost", f"{key} was acknowledged at {position} and is not there")
        for place, name in self.own.items():
            self.wrong("lost", f"the operator's {name} was acknowledged at {place}, which is not "
                       "there")
        if self.faults:
            raise Violation(f"lost {self.lost}, twice {self.twice}\n" + "\n".join(self.faults[:20]))


def add_options(parser):
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first story")
    parser.add_argument("--per-story", type=int, default=40, help="kills in one story")
    parser.add_argument("--merchants", type=int, default=2_000)
    parser.add_argument("--orders", type=int, default=60_000)
    parser.add_argument("--speed", type=int, default=24_192,
                        help="seconds of the story in one second; 24192 is 25 s for the week")
    parser.add_argument("--short", action="store_true",
                        help="one story of ten seconds with 12 kills")
    parser.add_argument("--dir", default=str(ROOT / "events" / "log" / "prove-kills"))
    parser.set_defaults(prove=prove)


def told(options, folder, seed, kills):
    """One story from beginning to end; always leaves no daemon behind."""
    story = KilledStory(options, folder, seed, kills)
    try:
        return story, story.play()
    finally:
        if story.daemon and story.daemon.poll() is None:
            story.daemon.kill()
            story.daemon.wait()


def prove(options):
    began = time.monotonic()
    if options.short:
        options.kills = options.per_story = 12
        options.orders, options.speed = 10_000, 60_480
    totals = dict.fromkeys(
        ["stories", "kills", "of them during a start", "restarts", "torn tails recovered", "events",
         "acknowledged commands", "lost", "twice"], 0)
    seed = options.seed
    while totals["kills"] < options.kills:
        wanted = min(options.per_story, options.kills - totals["kills"])
        folders = [f"{options.dir}-{seed}", f"{options.dir}-{seed}-undisturbed"]
        try:
            _, calm = told(options, folders[1], seed, 0)
            story, books = told(options, folders[0], seed, wanted)
            if books.enabled != calm.enabled:
                raise Violation(
                    f"{len(books.enabled ^ calm.enabled)} enablements differ from those of "
                    "an undisturbed story")
        except (Violation, SystemExit, subprocess.TimeoutExpired) as fault:
            print(f"VIOLATION, seed {seed}: {fault}\nkept for inspection: {folders[0]}, "
                  f"{folders[1]}")
            return 1
        for name, count in (
                ("stories", 1), ("kills", story.kills),
                ("of them during a start", story.kills - story.restarts),
                ("restarts", story.restarts),
                ("torn tails recovered", books.recovered), ("events", books.events),
                ("acknowledged commands", books.acknowledged)):
            totals[name] += count
        print(f"seed {seed}: {story.kills} kills, {books.events:,} events, "
              f"{books.acknowledged:,} acknowledged, {len(books.enabled):,} merchants enabled as "
              f"undisturbed, {time.monotonic() - began:.0f} s", flush=True)
        for folder in folders:
            shutil.rmtree(folder)
        seed += 1
    print(", ".join(f"{name} {count:,}" for name, count in totals.items())
          + f", {time.monotonic() - began:.0f} seconds")
    return 0
