"""A rollout with guardrails as an operator lives it, against a real daemon on a scaled clock.

Announced, approved, started; a canary opens while a cashier's attempts stream in; then the
institution's integration breaks at every merchant that is on. The guardrail must breach, pause and
hold; merchants that were not enabled must stay so, and say why. The operator resumes, one tier is
rolled back, and the rollout completes by itself. Every step must be seen in status, in explain and
in the log, and the log must verify, by the product and by the reader that shares no code with it.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from demo import ROOT, SLUICE, beijing

PLAN, SPEED = "control", 7200
TIERS = ["T1", "N1", "T2", "T3", "T4", "T5"]
MERCHANTS = 60
DOCUMENT = {
    "plan": PLAN, "version": 1, "institution": "wechat-pay", "announced": "2024-09-05",
    "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 3,
    "order": {"hash_version": 2, "seed": "control", "largest_last": "0%"}, "hold_back": "5%",
    "waves": [
        {"name": "canary", "day": 1, "opens": "06:00", "share": "25%", "canary": True},
        {"name": "half", "day": 1, "opens": "14:00", "share": "40%"},
        {"name": "all", "day": 2, "opens": "06:00", "share": "rest"}],
    "caps": {"merchants_per_hour": "100%", "merchants_per_day": "100%",
             "payments_per_hour": "100%", "payments_per_day": "100%"},
    "approvals": 1, "after_window": "hold",
    "guardrails": {
        "block_minutes": 20, "answer_minutes": 20, "alpha": "1%",
        "checkout": {"tolerated_ratio": "1.25", "on_breach": "pause"},
        "institution": {"tolerated_ratio": "2", "on_breach": "pause"},
        "limit": {"failures": "20%", "on_breach": "pause"},
        "min_orders": 20, "silent_blocks": 12}}


class Violation(Exception):
    """A step that was not seen."""


class Control:
    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.daemon, self.connection, self.lines = None, None, None
        self.orders, self.seen = 0, 0
        self.log = open(folder / "daemon.log", "w", encoding="utf-8")

    def sluice(self, *words, codes=(0,)):
        done = subprocess.run([SLUICE, *map(str, words), "--data", self.data],
                              capture_output=True, text=True)
        if done.returncode not in codes:
            raise Violation(f"{' '.join(map(str, words))} ended with {done.returncode}:\n"
                            f"{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self, downtime=None):
        words = [SLUICE, "serve", "--data", self.data, "--quiet"]
        words += ["--downtime", downtime] if downtime else []
        self.daemon = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation("the daemon did not start")
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.connect(str(self.data / "sluice.sock"))
        self.lines = self.connection.makefile("rb")

    def stop(self):
        self.connection.close()
        self.sluice("stop")
        if self.daemon.wait(timeout=60) != 0:
            raise Violation("the daemon did not end well")

    def jump(self, instant):
        """Lets the clock pass to an instant while no daemon runs."""
        left = int(instant.timestamp() - self.now())
        self.stop()
        self.serve(f"{left}s")

    def ask(self, *requests):
        self.connection.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in requests))
        return json.loads(self.lines.readline())

    def now(self):
        return self.ask({"query": "clock"})["clock"]["now_ns"] / 1e9

    def status(self):
        return json.loads(self.sluice("status", PLAN, "--json"))["rollouts"][0]

    def on(self):
        rows = self.sluice("dump", "merchants", "--format", "ndjson").splitlines()
        states = {row["merchant"]: row["state"] for row in map(json.loads, rows) if "merchant" in row}
        return {name for name, state in states.items() if state in ("enabled", "reinstated")}

    def shop(self, broken=False):
        """Every merchant has two orders; where WeChat Pay is open one of them goes through it."""
        on = self.on()
        requests = []
        for number in range(MERCHANTS):
            for turn in range(2):
                self.orders += 1
                order, merchant = f"o{self.orders}", f"m{number}"
                through = "wechat-pay" if turn == 0 and merchant in on else "alipay"
                at = datetime.fromtimestamp(self.clock, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                base = {"order": order, "merchant": merchant, "institution": through,
                        "occurred_at": at}
                requests.append({"command": "attempt", "id": order, "order_amount": 100, **base})
                if broken and through == "wechat-pay":
                    requests.append({"command": "order-failed", "code": "SYSTEMERROR", **base})
                else:
                    requests.append({"command": "payment", "transaction": f"t{self.orders}",
                                     "outcome": "captured", "order_amount": 100, **base})
        self.connection.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in requests))
        # A run of commands is answered by one line that tells the last.
        left = len(requests)
        while left > 0:
            answer = json.loads(self.lines.readline())
            if "accepted" not in answer:
                raise Violation(f"an order was not taken: {answer}")
            left -= answer["accepted"]

    def until(self, instant, what, reached, broken=False):
        """Shops until something is reached, which must be before an instant."""
        while True:
            self.clock = self.now()
            if reached():
                return
            if self.clock > instant.timestamp():
                raise Violation(f"{what} was not seen by {instant}:\n{self.sluice('status', PLAN)}")
            self.shop(broken)
            time.sleep(0.05)

    def expect(self, what, is_so):
        self.seen += 1
        if not is_so:
            raise Violation(f"not seen: {what}\n{self.sluice('status', PLAN)}")

    def events(self, kind):
        lines = self.sluice("log", "tail", "--from", 0, "--json").splitlines()
        return [event for event in map(json.loads, lines) if event.get("kind") == kind]

    # -- the chapters ---------------------------------------------------------------------------

    def begin(self):
        merchants = self.folder / "merchants.csv"
        rows = "".join(f"m{n},taobao,{TIERS[n % 6]},20\n" for n in range(MERCHANTS))
        merchants.write_text("merchant,platform,tier,daily_payments\n" + rows)
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps(DOCUMENT))
        self.sluice("init", "--origin", "sluice.example/control", "--clock",
                    "2024-09-04T10:00:00+08:00", "--speed", SPEED)
        self.serve()
        self.sluice("import", "merchants", merchants)
        self.sluice("rollout", "announce", plan)
        self.expect("that approvals are missing", self.status()["gate"] == "approvals")
        self.sluice("rollout", "approve", PLAN, "--role", "approver")
        self.jump(beijing(12, 0))
        self.sluice("rollout", "start", PLAN)

    def breach(self):
        self.until(beijing(12, 14), "the canary",
                   lambda: self.status()["merchants"]["enabled"] == 15)
        self.until(beijing(12, 16), "the breach",
                   lambda: self.status()["gate"] == "paused", broken=True)
        status = self.status()
        self.expect("the breach in status", "breach of" in status["gate_reason"])
        self.expect("the owner of the gate", status["gate_owner"] == "the operator")
        text = self.sluice("status", PLAN)
        for word in ["✖ breached", "rollout resume", "guardrails", "canary", "time left"]:
            self.expect(f"{word} in status", word in text)
        pending = next(f"m{n}" for n in range(MERCHANTS) if f"m{n}" not in self.on())
        self.expect("the pause in explain", "paused" in self.sluice("explain", pending))
        breaches = self.events("guardrail-breached")
        self.expect("the breach in the log", breaches and "log_evidence" in str(breaches[0]))
        self.expect("one pause in the log", len(self.events("rollout-paused")) == 1)
        # Held: the wave that is due meanwhile does not open.
        self.until(beijing(12, 17), "the hold", lambda: self.clock > beijing(12, 16).timestamp())
        self.expect("that nothing opened", self.status()["merchants"]["enabled"] == 15)

    def mend(self):
        self.sluice("rollout", "resume", PLAN, "--reason", "integration-mended")
        self.expect("the clearance in the log", self.events("guardrail-cleared"))
        self.until(beijing(12, 23), "the second wave",
                   lambda: self.status()["merchants"]["enabled"] == 15 + 24)
        self.sluice("rollout", "rollback", PLAN, "--tier", "T4", "--reason", "risk-review")
        self.until(beijing(13, 1), "the end of the roll-back",
                   lambda: self.events("rollback-completed"))
        off = next(f"m{n}" for n in range(MERCHANTS) if TIERS[n % 6] == "T4" and
                   "rolled back" in self.sluice("explain", f"m{n}"))
        self.expect("why it is off", "rolled back" in self.sluice("explain", off))
        self.until(beijing(13, 12), "the end", lambda: self.status()["phase"] == "completed")
        self.expect("one breach, one pause",
                    len(self.events("rollout-paused")) == 1 and self.status()["gate"] == "ended")

    def check(self):
        self.stop()
        self.sluice("verify")
        done = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", self.data],
                              capture_output=True, text=True)
        self.expect("a log that the independent reader reads", done.returncode == 0)


def prove(options):
    folder = Path(tempfile.mkdtemp(prefix="sluice-control-", dir=options.dir))
    control = Control(folder)
    try:
        control.begin()
        control.breach()
        control.mend()
        control.check()
    except Violation as violation:
        print(f"violation: {violation}\nkept: {folder}")
        return 1
    finally:
        if control.daemon and control.daemon.poll() is None:
            control.daemon.kill()
    shutil.rmtree(folder)
    print(f"{control.orders} orders, {control.seen} steps seen, violations 0")
    return 0


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where the log is written")
    parser.set_defaults(prove=prove)
