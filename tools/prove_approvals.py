"""Approvals from end to end: keys, a signed start, a signed wave, a breach, a signed resume.

A daemon on a scaled clock, two approvers with keys, and shoppers who try to pay at forty
merchants. What must be refused is tried first at every step; in the end the independent reader
verifies every signature in the log, and a flipped bit in a note is found.
"""

import json
import subprocess
import sys
import time

from demo import ROOT
from guarded_story import GuardedStory, play
from proof import Violation

PLAN = "wechat-pay-approved"
MERCHANTS = 40
SPEED = 600
# 12 September 2024, 08:40 in Beijing, in seconds since 1970.
FORTY_PAST_EIGHT = 1726101600
DOCUMENT = {
    "plan": PLAN, "version": 1, "institution": "wechat-pay", "platforms": ["taobao"],
    "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 2,
    "order": {"hash_version": 1, "seed": "s", "largest_last": "0%"}, "hold_back": "5%",
    "waves": [
        {"name": "one", "day": 1, "opens": "08:00", "share": "25%", "canary": True, "approvals": 1},
        {"name": "two", "day": 1, "opens": "23:00", "share": "rest"}],
    "caps": {"merchants_per_hour": 10000, "merchants_per_day": 10000,
             "payments_per_hour": 100000, "payments_per_day": 100000},
    "approvals": 2, "four_eyes": False, "approval_minutes": 720, "resume_approvals": 1,
    "after_window": "hold",
    "guardrails": {
        "block_minutes": 10, "answer_minutes": 5, "alpha": "1%",
        "limit": {"failures": "10%", "on_breach": "pause"},
        "min_orders": 20, "silent_blocks": 100}}


class Proof(GuardedStory):
    """Two approvers and the shoppers of forty merchants."""

    def standing(self, step):
        found = [one for one in self.status()["approvals"] if one["step"] == step]
        return found[0] if found else None

    def until(self, what, is_so, failing=False):
        """Lets shoppers pay until something is so, two weeks of blocks at most."""
        for _ in range(400):
            if is_so(self.status()):
                return
            self.shop(failing)
            time.sleep(0.1)
        raise Violation("it never comes to it that " + what)

    # -- the story ----------------------------------------------------------------------------

    def keys(self):
        public = []
        for name in ("risk", "finance", "stranger"):
            path = self.folder / (name + ".key")
            public.append(self.sluice("approval", "keygen", name + ".example", "--out", path).strip())
            if path.stat().st_mode & 0o777 != 0o600:
                raise Violation("a secret key can be read by others")
            self.sluice("approval", "keygen", name, "--out", path, code=4)
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({**DOCUMENT, "approvers": public[:2]}))
        self.sluice("plan", "check", plan)
        return plan

    def sign(self, name, *words):
        """The path of a note that an approver signs: risk from the log, others a text alone."""
        note, key = self.folder / "a.note", ["--key", self.folder / (name + ".key")]
        if name == "risk":
            self.command("approval", "sign", PLAN, *key, "--out", note, *words)
        else:
            text = self.folder / "a.txt"
            text.write_text(self.command("approval", "text", PLAN, *words))
            self.sluice("approval", "sign", PLAN, *key, "--text", text, "--out", note)
        return note

    def approve(self, name, *words, refused=None):
        note = self.sign(name, *words)
        self.command("rollout", "approve", PLAN, "--note", note, refused=refused)
        return note

    def announce(self, plan):
        self.begin("2024-09-04T10:00:00+08:00", SPEED, ["T3"])
        self.command("rollout", "announce", plan)
        until = ["--expires", "2024-09-13T00:00:00+08:00"]
        self.command("rollout", "approve", PLAN, refused="approval-unsigned")
        self.approve("stranger", *until, refused="approver-unknown")
        first = self.approve("risk", *until).read_bytes()
        self.command("rollout", "approve", PLAN, "--note", self.folder / "a.note",
                     refused="approval-repeated")
        torn = self.folder / "torn.note"
        torn.write_bytes(first.replace(b"quorum 2", b"quorum 1"))
        self.command("rollout", "approve", PLAN, "--note", torn, refused="approval-faulty")
        self.command("rollout", "start", PLAN, refused="approvals-missing")
        self.approve("finance", *until)
        self.jump(1726095000)
        self.command("rollout", "start", PLAN)
        self.command("rollout", "approve", PLAN, "--note", self.folder / "a.note",
                     refused="already-started")

    def wave(self):
        self.until("the first wave waits", lambda _: self.now() > FORTY_PAST_EIGHT)
        if self.status()["waves"]:
            raise Violation("a wave opens without its approval")
        standing = self.standing("wave")
        if (standing["wave"], standing["needed"], standing["given"]) != (1, 1, []):
            raise Violation("the gate is not shown: %r" % standing)
        self.approve("risk", "--wave", 2, refused="approval-not-awaited")
        self.approve("risk", "--wave", 1)
        self.until("the first wave is on", lambda now: now["merchants"]["enabled"] == 10)

    def breach(self):
        self.until("it is paused", lambda now: now["paused"], failing=True)
        resume = ["rollout", "resume", PLAN, "--reason", "cleared"]
        self.command(*resume, refused="approvals-missing")
        self.approve("risk", "--wave", 2, refused="approval-not-awaited")
        self.approve("finance", "--resume")
        standing = self.standing("resume")
        if len(standing["given"]) != 1 or not standing["given"][0]["approver"].startswith("finance"):
            raise Violation("the approval is not shown: %r" % standing)
        self.command(*resume)
        self.command("rollout", "pause", PLAN, "--reason", "enough")
        self.command("rollout", "approve", PLAN, "--note", self.folder / "a.note",
                     refused="approval")
        self.stop()

    def audit(self):
        """The reader verifies every note; of a log whose note is forged it says so."""
        self.command("verify")
        reader = [sys.executable, ROOT / "tools" / "verify.py", self.data]
        done = subprocess.run(reader, capture_output=True, text=True)
        if done.returncode:
            raise Violation("the reader: %s%s" % (done.stdout, done.stderr))
        lines = [json.loads(line) for line in self.sluice(
            "export", "ndjson", "--data", self.data).splitlines()
                 if '"kind":"rollout-approved"' in line]
        steps = [line["fields"]["subject"] for line in lines]
        if steps != ["start", "start", "wave", "resume"]:
            raise Violation("the log holds the approvals of %s" % steps)
        if {line["actor"] for line in lines} != {"approver"}:
            raise Violation("the role does not stand in the events")

    def run(self):
        plan = self.keys()
        self.announce(plan)
        self.wave()
        self.breach()
        self.audit()
        return (f"start, wave and resume approved by signed notes, {self.orders} orders, "
                "every note verified")


def run(options):
    return play("approvals", options.dir, lambda folder: Proof(folder, PLAN, MERCHANTS))


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where the log is written")
    parser.set_defaults(prove=run)
