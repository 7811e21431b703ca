"""Files dropped into a spool: each row is in the log once, whoever is killed meanwhile.

A daemon and a spool take files of payments that another system renames into place; both are killed
at seeded moments and started again. Bad files and bad rows lie among the good ones. In the end
every good payment is in the log exactly once, and every file is where it belongs.
"""

import csv
import gzip
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from demo import SLUICE
from proof import Violation

MERCHANTS = 20
WAIT = 60


class Proof:
    def __init__(self, folder, options):
        self.folder, self.random = Path(folder), random.Random(options.seed)
        self.data, self.spool = self.folder / "log", self.folder / "spool"
        self.options = options
        self.daemon = self.taker = None
        self.kills = 0
        self.facts = {}

    def sluice(self, *words, code=0):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode != code:
            raise Violation(f"{words} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def serve(self):
        self.daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--quiet"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation("the daemon does not start")

    def take(self):
        self.taker = subprocess.Popen(
            [SLUICE, "spool", self.spool, "--data", self.data], stderr=subprocess.DEVNULL)

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills += 1

    def drop(self, number):
        """Writes a file under a name of its own and renames it into place."""
        rows = []
        for row in range(self.options.rows):
            transaction = f"t{number}-{row}"
            fen = self.random.randint(1, 100_000)
            self.facts[transaction] = fen
            rows.append({
                "institution": self.random.choice(("wechat-pay", "alipay", "unionpay", "card")),
                "transaction": transaction, "order": f"o{number}-{row}",
                "merchant": f"s{self.random.randrange(MERCHANTS)}", "outcome": "captured",
                "order_amount": fen, "occurred_at": "2024-09-12T10:00:00+08:00"})
        is_bad = number % 4 == 3
        if is_bad:
            rows.insert(self.random.randrange(len(rows)), {**rows[0], "transaction": "bad",
                                                           "order_amount": -1})
        name = f"payments.{number:03}"
        if number % 2:
            name, data = name + ".csv.gz", gzip.compress(self.csv(rows).encode())
        else:
            name, data = name + ".ndjson", "".join(json.dumps(row) + "\n" for row in rows).encode()
        written = self.spool / "new" / f".{name}"
        written.write_bytes(data)
        written.rename(self.spool / "new" / name)
        return name, is_bad

    @staticmethod
    def csv(rows):
        with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
            file.seek(0)
            return file.read()

    def play(self):
        self.sluice("init", "--data", self.data, "--origin", "spool.example/proof")
        shops = self.folder / "shops.csv"
        shops.write_text("merchant,platform,category,city,tier\n" + "".join(
            f"s{number},taobao,books,Yiwu,T3\n" for number in range(MERCHANTS)))
        self.serve()
        self.sluice("import", "merchants", shops, "--data", self.data)
        self.take()
        while not (self.spool / "failed").is_dir():
            time.sleep(0.02)
        os.mkfifo(self.spool / "new" / "payments.pipe.csv")
        (self.spool / "new" / "letters.txt").write_text("not for us\n")
        (self.spool / "new" / "payments.unfinished.csv.part").write_text("institution\n")
        good, bad = [], ["payments.pipe.csv", "letters.txt"]
        for number in range(self.options.files):
            name, is_bad = self.drop(number)
            (bad if is_bad else good).append(name)
            if number % 2:
                time.sleep(self.random.random() * 0.3)
                self.interrupt()
        self.settle(good, bad)
        self.judge(good, bad)

    def interrupt(self):
        if self.random.random() < 0.5:
            self.kill(self.taker)
            self.take()
        else:
            self.kill(self.daemon)
            time.sleep(self.random.random() * 0.2)
            self.serve()

    def settle(self, good, bad):
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            done, failed = self.names("done"), self.names("failed")
            if set(good) <= done and set(bad) <= failed:
                return
            time.sleep(0.1)
        raise Violation(f"not taken: {sorted(set(good) - done)} {sorted(set(bad) - failed)}")

    def names(self, place):
        return {entry.name for entry in (self.spool / place).iterdir()}

    def judge(self, good, bad):
        if self.names("new") != {"payments.unfinished.csv.part"} or self.names("work"):
            raise Violation(f"left over: {self.names('new')} {self.names('work')}")
        said = {name for name in self.names("failed") if name.endswith((".rejected", ".why"))}
        wanted = {f"{name}.why" for name in bad[:2]} | {f"{name}.rejected" for name in bad[2:]}
        if said != wanted or self.names("done") != set(good):
            raise Violation(f"it says {sorted(said)} where {sorted(wanted)} must be")
        self.sluice("stop", "--data", self.data)
        found = {}
        for line in self.sluice("export", "ndjson", "--data", self.data).splitlines():
            event = json.loads(line)
            if event["kind"] == "payment-captured":
                transaction = event["fields"]["transaction"]
                if transaction in found:
                    raise Violation(f"{transaction} is in the log twice")
                found[transaction] = event["fields"]["order_amount"]
        if found != self.facts:
            lost = sorted(set(self.facts) - set(found))
            raise Violation(f"{len(lost)} payments are lost, such as {lost[:3]}")
        self.sluice("verify", "--data", self.data)


def prove(options):
    with tempfile.TemporaryDirectory(prefix="spool-") as folder:
        proof = Proof(folder, options)
        try:
            proof.play()
        except Violation as violation:
            print(f"seed {options.seed}: {violation}")
            return 1
        finally:
            for process in (proof.taker, proof.daemon):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
    print(f"files {options.files}, payments {len(proof.facts)}, kills {proof.kills}, lost 0, "
          "twice 0")
    return 0


def add_options(parser):
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.set_defaults(prove=prove)
