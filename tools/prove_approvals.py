"""Approvals from end to end: keys, a signed start, a signed wave, a breach, a signed resume.

A daemon on a scaled clock, two approvers with keys, and shoppers who try to pay at forty
merchants. What must be refused is tried first at every step; in the end the independent reader
verifies every signature in the log, and a flipped bit in a note is found.
"""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import demo

PLAN = "wechat-pay-approved"
MERCHANTS = 40
SPEED = 600
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


class Failed(Exception):
    """Something was not as it must be."""


class Proof:
    """One run: a folder, a daemon, two approvers."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.daemon, self.orders = None, 0

    # -- the program --------------------------------------------------------------------------

    def sluice(self, *words, code=0):
        done = subprocess.run([demo.SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode != code:
            raise Failed("sluice %s: exit %d for %d\n%s%s" % (
                " ".join(map(str, words)), done.returncode, code, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def command(self, *words, refused=None):
        """Runs a command on the log; `refused` is the name of the refusal that it must meet."""
        said = self.sluice(*words, "--data", self.data, code=1 if refused else 0)
        if refused and refused not in said:
            raise Failed("%s must be refused by %s: %s" % (
                " ".join(map(str, words)), refused, said))
        return said

    def serve(self, downtime=None):
        words = [demo.SLUICE, "serve", "--data", self.data, "--quiet"]
        words += ["--downtime", downtime] if downtime else []
        self.daemon = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Failed("the daemon does not start")

    def stop(self):
        self.command("stop")
        if self.daemon.wait(timeout=60):
            raise Failed("the daemon ended with %d" % self.daemon.returncode)

    def talk(self, lines):
        """Sends lines and takes as many requests' answers."""
        answers, answered = [], 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(self.data / "sluice.sock"))
            connection.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
            with connection.makefile("rb") as stream:
                while answered < len(lines):
                    answers.append(json.loads(stream.readline()))
                    answered += answers[-1].get("accepted", 1)
        return answers

    def now(self):
        return self.talk([{"query": "clock"}])[0]["clock"]

    def pass_time(self, instant):
        """Jumps to an instant, seconds since 1970, as a stated downtime."""
        left = int(instant - self.now()["now_ns"] / 1e9)
        self.stop()
        self.serve("%ds" % left)

    # -- what the log shows -------------------------------------------------------------------

    def status(self):
        return json.loads(self.command("status", PLAN, "--json"))["rollouts"][0]

    def standing(self, step):
        found = [one for one in self.status()["approvals"] if one["step"] == step]
        return found[0] if found else None

    def until(self, what, isTrue, failing=False):
        """Lets shoppers pay until something is so, two weeks of blocks at most."""
        for _ in range(400):
            if isTrue(self.status()):
                return
            self.shop(failing)
            time.sleep(0.1)
        raise Failed("it never comes to it that " + what)

    def shop(self, failing):
        """One order at every merchant, through WeChat Pay where it is on."""
        answer = self.talk([{"query": "open"}])[0]["open"]
        on = {}
        for _, _, institution, merchant, opened in answer["changes"]:
            if institution == "wechat-pay":
                on[merchant] = opened == 1
        now = self.now()["now"]
        lines = []
        for number in range(1, MERCHANTS + 1):
            self.orders += 1
            merchant, order = "shop-%d" % number, "o-%d" % self.orders
            institution = "wechat-pay" if on.get(merchant) else "alipay"
            common = {"institution": institution, "order": order, "merchant": merchant,
                      "occurred_at": now}
            lines.append({"command": "attempt", "order_amount": 100, **common})
            if failing and institution == "wechat-pay":
                lines.append({"command": "order-failed", "code": "SYSTEMERROR", **common})
            else:
                lines.append({"command": "payment", "transaction": "t-" + order,
                              "outcome": "captured", "order_amount": 100, **common})
        for answer in self.talk(lines):
            if "accepted" not in answer:
                raise Failed("a shopper is refused: %r" % answer)

    # -- the story ----------------------------------------------------------------------------

    def keys(self):
        public = []
        for name in ("risk", "finance", "stranger"):
            path = self.folder / (name + ".key")
            public.append(self.sluice("approval", "keygen", name + ".example", "--out", path).strip())
            if path.stat().st_mode & 0o777 != 0o600:
                raise Failed("a secret key can be read by others")
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
        self.sluice("init", "--data", self.data, "--origin", "sluice.example/approvals",
                    "--clock", "2024-09-04T10:00:00+08:00", "--speed", SPEED)
        self.serve()
        self.talk([{"command": "merchant", "merchant": "shop-%d" % number, "platform": "taobao",
                    "tier": "T3", "daily_payments": 10, "category": "books"}
                   for number in range(1, MERCHANTS + 1)])
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
        self.pass_time(1726095000)
        self.command("rollout", "start", PLAN)
        self.command("rollout", "approve", PLAN, "--note", self.folder / "a.note",
                     refused="already-started")

    def wave(self):
        self.until("the first wave waits", lambda now: time_of(now, "08:40") < self.instant())
        if self.status()["waves"]:
            raise Failed("a wave opens without its approval")
        standing = self.standing("wave")
        if (standing["wave"], standing["needed"], standing["given"]) != (1, 1, []):
            raise Failed("the gate is not shown: %r" % standing)
        self.approve("risk", "--wave", 2, refused="approval-not-awaited")
        self.approve("risk", "--wave", 1)
        self.until("the first wave is on", lambda now: now["merchants"]["enabled"] == 10)

    def instant(self):
        return self.now()["now_ns"] // 10 ** 9

    def breach(self):
        self.until("it is paused", lambda now: now["paused"], failing=True)
        resume = ["rollout", "resume", PLAN, "--reason", "cleared"]
        self.command(*resume, refused="approvals-missing")
        self.approve("risk", "--wave", 2, refused="approval-not-awaited")
        self.approve("finance", "--resume")
        standing = self.standing("resume")
        if len(standing["given"]) != 1 or not standing["given"][0]["approver"].startswith("finance"):
            raise Failed("the approval is not shown: %r" % standing)
        self.command(*resume)
        self.command("rollout", "pause", PLAN, "--reason", "enough")
        self.command("rollout", "approve", PLAN, "--note", self.folder / "a.note",
                     refused="approval")
        self.stop()

    def audit(self):
        """The reader verifies every note; of a log whose note is forged it says so."""
        self.command("verify")
        reader = [sys.executable, demo.ROOT / "tools" / "verify.py", self.data]
        done = subprocess.run(reader, capture_output=True, text=True)
        if done.returncode:
            raise Failed("the reader: %s%s" % (done.stdout, done.stderr))
        lines = [json.loads(line) for line in self.sluice(
            "export", "ndjson", "--data", self.data).splitlines()
                 if '"kind":"rollout-approved"' in line]
        steps = [line["fields"]["subject"] for line in lines]
        if steps != ["start", "start", "wave", "resume"]:
            raise Failed("the log holds the approvals of %s" % steps)
        if {line["actor"] for line in lines} != {"approver"}:
            raise Failed("the role does not stand in the events")

    def run(self):
        plan = self.keys()
        self.announce(plan)
        self.wave()
        self.breach()
        self.audit()


def time_of(_, clock):
    """An hour and a minute of the plan's first day, in seconds since 1970."""
    hour, minute = clock.split(":")
    return 1726070400 + int(hour) * 3600 + int(minute) * 60


def run(options):
    folder = Path(tempfile.mkdtemp(prefix="approvals-"))
    proof = Proof(folder)
    try:
        proof.run()
    except Failed as fault:
        print("VIOLATION: %s\n%s is kept" % (fault, folder))
        return 1
    finally:
        if proof.daemon and proof.daemon.poll() is None:
            proof.daemon.send_signal(signal.SIGKILL)
            proof.daemon.wait()
    shutil.rmtree(folder)
    print("start, wave and resume approved by signed notes, %d orders, every note verified"
          % proof.orders)
    return 0


def add_options(parser):
    parser.set_defaults(prove=run)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    add_options(arguments)
    options = arguments.parse_args()
    sys.exit(options.prove(options))
