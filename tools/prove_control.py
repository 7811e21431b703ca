"""A rollout with guardrails as an operator lives it, against a real daemon on a scaled clock.

Announced, approved, started; a canary opens while a cashier's attempts stream in; then the
institution's integration breaks at every merchant that is on. The guardrail must breach, pause and
hold; merchants that were not enabled must stay so, and say why. The operator resumes with an
approval, one tier is rolled back, and the rollout completes by itself. Every step must be seen on
the terminal of `status --watch`, in explain and in the log, and the log must verify, by the product
and by the reader that shares no code with it.
"""

import json
import subprocess
import sys
import time

from demo import ROOT, beijing
from guarded_story import GuardedStory, Watch, play
from proof import Violation

PLAN, SPEED = "control", 3600
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
    "approvals": 1, "resume_approvals": 1, "after_window": "hold",
    "guardrails": {
        "block_minutes": 20, "answer_minutes": 20, "alpha": "1%",
        "checkout": {"tolerated_ratio": "1.25", "on_breach": "pause"},
        "institution": {"tolerated_ratio": "2", "on_breach": "pause"},
        "limit": {"failures": "20%", "on_breach": "pause"},
        "min_orders": 20, "silent_blocks": 12}}


class Control(GuardedStory):
    """The operator, and what can be seen of each step."""

    seen = 0

    def until(self, instant, what, reached, broken=False):
        """Shops until something is reached, which must be before an instant."""
        while not reached():
            if self.now() > instant.timestamp():
                raise Violation(f"{what} was not seen by {instant}:\n{self.command('status', PLAN)}")
            self.shop(broken)
            time.sleep(0.05)

    def expect(self, what, is_so):
        self.seen += 1
        if not is_so:
            raise Violation(f"not seen: {what}\n{self.command('status', PLAN)}")

    def shown(self, word):
        """Expects a word on the terminal that watches."""
        self.expect(f"{word} in status --watch", self.watch.sees(word))

    def events(self, kind):
        lines = self.command("log", "tail", "--from", 0, "--json").splitlines()
        return [event for event in map(json.loads, lines) if event.get("kind") == kind]

    # -- the chapters ---------------------------------------------------------------------------

    def announce(self):
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps(DOCUMENT))
        self.begin("2024-09-04T10:00:00+08:00", SPEED, TIERS)
        self.command("rollout", "announce", plan)
        self.watch = Watch(self.data, PLAN)
        self.shown("approvals: ")
        self.expect("that it is not started in explain",
                    "the rollout is not started" in self.command("explain", "m0"))
        self.command("rollout", "approve", PLAN, "--role", "approver")
        self.shown("it is not started")
        self.jump(beijing(12, 0).timestamp())
        self.command("rollout", "start", PLAN)
        self.shown("wave 1 opens at 2024-09-12 06:00:00")
        for kind in ["rollout-announced", "rollout-approved", "rollout-started"]:
            self.expect(f"{kind} in the log", len(self.events(kind)) == 1)

    def breach(self):
        self.until(beijing(12, 14), "the canary",
                   lambda: self.status()["merchants"]["enabled"] == 15)
        self.shown("15 of 15")
        first = min(self.on())
        self.expect("the wave in explain", "wave 1" in self.command("explain", first))
        self.until(beijing(12, 16), "the breach",
                   lambda: self.status()["gate"] == "paused", broken=True)
        status = self.status()
        self.expect("the breach in status", "breach of" in status["gate_reason"])
        self.expect("the owner of the gate", status["gate_owner"] == "the operator")
        for word in ["✖ breached", "breach of", "--resume`, then `sluice rollout resume", "canary", "opening paused"]:
            self.shown(word)
        pending = next(f"m{n}" for n in range(MERCHANTS) if f"m{n}" not in self.on())
        self.expect("the pause in explain", "paused" in self.command("explain", pending))
        breaches = self.events("guardrail-breached")
        self.expect("the breach in the log", breaches and "log_evidence" in str(breaches[0]))
        self.expect("one pause in the log", len(self.events("rollout-paused")) == 1)
        # Held: the wave that is due meanwhile does not open.
        self.until(beijing(12, 17), "the hold", lambda: self.now() > beijing(12, 16).timestamp())
        self.expect("that nothing opened", self.status()["merchants"]["enabled"] == 15)

    def mend(self):
        resume = ["rollout", "resume", PLAN, "--reason", "integration-mended"]
        self.command(*resume, refused="approvals-missing")
        self.command("rollout", "approve", PLAN, "--resume", "--role", "approver")
        self.shown("1 of 1")
        self.command(*resume)
        self.expect("the clearance in the log", self.events("guardrail-cleared"))
        self.until(beijing(12, 23), "the second wave",
                   lambda: self.status()["merchants"]["enabled"] == 15 + 24)
        self.shown("24 of 24")
        self.command("rollout", "rollback", PLAN, "--tier", "T4", "--reason", "risk-review")
        self.until(beijing(13, 1), "the end of the roll-back",
                   lambda: self.events("rollback-completed"))
        self.shown("✖ rolled back")
        tier = [f"m{n}" for n in range(MERCHANTS) if TIERS[n % 6] == "T4"]
        why = [self.command("explain", merchant) for merchant in tier]
        self.expect("why it is off", any("rolled back" in text for text in why))
        self.expect("that none of the tier is on", not self.on().intersection(tier))
        self.until(beijing(13, 12), "the end", lambda: self.status()["phase"] == "completed")
        self.expect("the end, and no second pause on the way",
                    len(self.events("rollout-paused")) == 1 and self.status()["gate"] == "ended")
        self.shown("the rollout is completed")

    def check(self):
        self.stop()
        self.command("verify")
        done = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", self.data],
                              capture_output=True, text=True)
        self.expect("a log that the independent reader reads", done.returncode == 0)

    def run(self):
        self.announce()
        self.breach()
        self.mend()
        self.check()
        return f"{self.orders} orders, {self.seen} steps seen, violations 0"


def prove(options):
    return play("control", options.dir, lambda folder: Control(folder, PLAN, MERCHANTS))


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where the log is written")
    parser.set_defaults(prove=prove)
