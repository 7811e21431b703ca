"""Four institutions notify by HTTP while the daemon is killed: nothing is lost, sums close.

Each institution signs with keys of its own. Captures and refunds are sent shuffled, some twice and
some damaged, by several senders at once, and again until they are acknowledged; meanwhile the
daemon is killed and started. At the end the sums of each institution and day must be those of the
facts to the fen, every damaged delivery must have been refused, and the log must verify. Each
institution writes its statement of each day, and the reconciliation must close to the fen; with one
fen more in one line it must not.
"""

import http.client
import json
import queue
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from demo import ROOT, SLUICE
from institutions import BEIJING, institutions
from proof import Violation
from statements import Entry, statement

# Each institution's id of a refund, as its notices have it.
REFUNDS = {
    "wechat-pay": lambda fact: f"50{fact.transaction}", "alipay": lambda fact: f"r-{fact.order}",
    "unionpay": lambda fact: f"90{fact.transaction}", "card": lambda fact: f"R{fact.transaction}"}
SENDERS, DAMAGED_SHARE, TWICE_SHARE, REFUND_SHARE = 6, 0.1, 0.3, 0.4
PATIENCE = 120


class Fact:
    """A payment that happened, and perhaps its refund."""

    def __init__(self, random, number):
        self.order, self.transaction = f"o{number}", f"42{number:014}"
        self.merchant = f"shop-{random.randrange(50)}"
        self.fen = random.randrange(1, 1_000_000)
        # On both sides of midnight in Beijing.
        self.at = int(time.time()) - random.randrange(86_400)
        self.refund = 0
        if random.random() < REFUND_SHARE:
            self.refund = random.choice([self.fen, random.randrange(1, self.fen + 1)])
            self.refund_at = self.at + random.randrange(1, 3600)


class Run:
    def __init__(self, options, folder, seed):
        self.random, self.folder = random.Random(seed), folder
        self.data, self.count, self.kills = folder / "data", options.count, options.kills
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.daemon, self.refused, self.sent = None, 0, 0
        self.work, self.statements = queue.Queue(), 0
        self.fault = None

    def sluice(self, *words):
        done = subprocess.run([SLUICE, *map(str, words), "--data", self.data],
                              capture_output=True, text=True)
        if done.returncode:
            raise Violation(f"sluice {words[0]}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def serve(self):
        self.daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--keys", self.folder / "keys", "--http",
             f"127.0.0.1:{self.port}", "--quiet"], stdout=subprocess.PIPE, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation("the daemon does not start")

    # -- the institutions -----------------------------------------------------------------------

    def fill(self):
        sides, facts, work = institutions(self.folder), [], []
        for number in range(self.count):
            fact, side = Fact(self.random, number), self.random.choice(sides)
            facts.append((side.name, fact))
            for make in [side.captured] + [side.refunded] * (fact.refund > 0):
                for _ in range(1 + (self.random.random() < TWICE_SHARE)):
                    work.append((side, make, fact, None))
                if self.random.random() < DAMAGED_SHARE:
                    work.append((side, make, fact, self.random.randrange(1 << 16)))
        self.random.shuffle(work)
        for one in work:
            self.work.put(one)
        return facts

    def send(self, delivery):
        """The status and the body of the answer; nil where no daemon answers."""
        try:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            link.request("POST", delivery.path, delivery.body, delivery.headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()

    def sender(self):
        while not self.fault:
            try:
                side, make, fact, damage = self.work.get_nowait()
            except queue.Empty:
                return
            try:
                self.deliver(side, make, fact, damage)
            except Exception as fault:  # pylint: disable=broad-except
                self.fault = fault

    def deliver(self, side, make, fact, damage):
        until = time.time() + PATIENCE
        while time.time() < until and not self.fault:
            # Signed anew for each try, as institutions do.
            delivery = make(fact)
            if damage is not None:
                delivery = delivery.damaged(damage)
            answer = self.send(delivery)
            self.sent += 1
            if answer is None or answer[0] in (429, 503):
                time.sleep(0.1)
            elif damage is None:
                if answer[0] not in (200, 204) or answer[1] != side.acknowledgement:
                    raise Violation(f"{side.name} hears {answer}")
                return
            elif answer[0] in (200, 204) and answer[1] != b"fail":
                raise Violation(f"{side.name} hears that a damaged notice was taken: {answer}")
            else:
                self.refused += 1
                return
        raise Violation(f"{side.name} was not heard in {PATIENCE} s")

    def strike(self):
        for _ in range(self.kills):
            time.sleep(self.random.uniform(0.2, 1.0))
            self.daemon.send_signal(signal.SIGKILL)
            self.daemon.wait()
            self.serve()

    # -- the end --------------------------------------------------------------------------------

    def check(self, facts):
        wanted = Counter()
        for name, fact in facts:
            wanted[name, day(fact.at), "captured"] += fact.fen
            if fact.refund:
                wanted[name, day(fact.refund_at), "refunded"] += fact.refund
        rows = json.loads(self.sluice("dump", "reconciliation", "--format", "json"))["rows"]
        found = Counter()
        for row in rows:
            for column in ["captured", "refunded"]:
                if row[f"{column}_fen"]:
                    found[row["institution"], row["day"], column] += row[f"{column}_fen"]
        if found != wanted:
            raise Violation(f"sums differ: {(found - wanted) + (wanted - found)}")
        self.reconcile(facts)
        self.sluice("verify")
        done = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", self.data],
                              capture_output=True, text=True)
        if done.returncode:
            raise Violation(f"the independent reader: {done.stdout}{done.stderr}")
        text = b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())
        if b"openid-" in text:
            raise Violation("an account stands in the log as it came")

    def reconcile(self, facts):
        """The statement of every institution and day closes, and one that is wrong does not."""
        entries = {}
        for name, fact in facts:
            entries.setdefault((name, day(fact.at)), []).append(
                Entry("captured", fact.transaction, fact.order, "", fact.fen, fact.at))
            if fact.refund:
                entries.setdefault((name, day(fact.refund_at)), []).append(Entry(
                    "refunded", fact.transaction, fact.order, REFUNDS[name](fact), fact.refund,
                    fact.refund_at))
        for (name, date), lines in sorted(entries.items()):
            wrong = [lines[0]._replace(fen=lines[0].fen + 1)] + lines[1:]
            for code, written in ((0, lines), (1, wrong)):
                path = self.folder / "statement.csv"
                path.write_bytes(statement(name, written))
                done = subprocess.run(
                    [SLUICE, "reconcile", path, "--institution", name, "--day", date, "--data",
                     self.data], capture_output=True, text=True)
                if done.returncode != code:
                    raise Violation(f"reconcile of {name}, {date}: exit {done.returncode} in place "
                                    f"of {code}\n{done.stdout}{done.stderr}")
            self.statements += 1

    def run(self):
        self.sluice("init", "--origin", "sluice.example/notices")
        facts = self.fill()
        self.serve()
        senders = [threading.Thread(target=self.sender) for _ in range(SENDERS)]
        for thread in senders:
            thread.start()
        self.strike()
        for thread in senders:
            thread.join()
        if self.fault:
            raise self.fault
        self.sluice("stop")
        self.daemon.wait(timeout=60)
        self.check(facts)
        return (f"payments {len(facts)}, deliveries {self.sent}, damaged and refused "
                f"{self.refused}, kills {self.kills}, lost 0, statements that close "
                f"to the fen {self.statements}")


def day(instant):
    return datetime.fromtimestamp(instant, BEIJING).strftime("%Y-%m-%d")


def prove(options):
    for seed in range(options.from_seed, options.from_seed + options.seeds):
        folder = Path(tempfile.mkdtemp(prefix="sluice-notices-", dir=options.dir))
        run = Run(options, folder, seed)
        try:
            said = run.run()
        except Violation as violation:
            print(f"violation, seed {seed}: {violation}\nkept: {folder}")
            return 1
        finally:
            if run.daemon and run.daemon.poll() is None:
                run.daemon.kill()
                run.daemon.wait()
        shutil.rmtree(folder)
        print(f"seed {seed}: {said}", flush=True)
    return 0


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where the log is written")
    parser.add_argument("--from-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--count", type=int, default=1000, help="payments of a run")
    parser.add_argument("--kills", type=int, default=20, help="of the daemon in a run")
    parser.set_defaults(prove=prove)
