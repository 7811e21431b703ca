"""The story of September 2024, played on a scaled clock.

A log is made; merchants are registered; the plan is consulted on, announced, approved and started;
12 to 19 September pass while `sluice drive` plays the shoppers. An operator pauses and resumes, the
daemon is killed and started again, one merchant and one tier are rolled back and reinstated. Then
everything is made a second time from the segments alone and compared, an independent reader checks
every byte, and one flipped byte is found.
"""

import argparse
import csv
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Another build of it, as the tests make one, where the environment names it.
SLUICE = Path(os.environ.get("SLUICE_BINARY", ROOT / ".build" / "release" / "sluice"))
BEIJING = timezone(timedelta(hours=8))
PLAN = "wechat-pay-2024-09"
# Columns of other people's files, by the word of the import format.
ALIASES = {
    "merchant": ["merchant", "merchant_id", "shop_id"],
    "tier": ["tier", "city_tier"],
    "category": ["category", "cate_1"],
    "city": ["city"],
    "platform": ["platform"],
    "daily_payments": ["daily_payments", "peak_day_payments"],
}
DUMPS = ["merchants", "rollouts", "waves", "mix", "reconciliation", "discrepancies", "timeline",
         "terms"]


class Story:
    """One run, its folder and its daemon."""

    def __init__(self, options):
        self.options = options
        self.folder = Path(options.dir).resolve()
        self.data = self.folder / "data"
        self.daemon = None
        self.started = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.started:6.1f} s] {text}", flush=True)

    # -- running the program ------------------------------------------------------------------

    def sluice(self, *words, quiet=True, codes=(0,)):
        """Runs one subcommand; its output is shown where it failed."""
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(
                f"sluice {' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
                f"exit {done.returncode}"
            )
        if not quiet:
            print(done.stdout, end="")
        return done.stdout

    def command(self, *words):
        return self.sluice(*words, "--data", self.data)

    def serve(self, downtime=None):
        words = [SLUICE, "serve", "--data", self.data, "--quiet"]
        if downtime:
            words += ["--downtime", downtime]
        self.daemon = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=self.log_file, text=True)
        line = self.daemon.stdout.readline()
        if not line.startswith("ready"):
            sys.exit(f"the daemon did not start; see {self.folder / 'daemon.log'}")

    def stop(self):
        self.command("stop")
        code = self.daemon.wait(timeout=60)
        if code != 0:
            sys.exit(f"the daemon ended with {code}")

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    # -- the daemon's clock -------------------------------------------------------------------

    def ask(self, query):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(self.data / "sluice.sock"))
            connection.sendall(json.dumps(query).encode() + b"\n")
            with connection.makefile("rb") as answers:
                return json.loads(answers.readline())

    def now(self):
        return self.ask({"query": "clock"})["clock"]["now_ns"] / 1e9

    def wait_until(self, instant, driver=None):
        """Sleeps until the daemon's clock reaches an instant."""
        target = instant.timestamp()
        while True:
            left = (target - self.now()) / self.options.speed
            if left <= 0:
                return
            if driver is not None and driver.poll() not in (None, 0):
                sys.exit(f"the shoppers ended with {driver.poll()}")
            time.sleep(min(max(left, 0.005), 0.5))

    def pass_time(self, instant):
        """Lets the clock jump to an instant while no daemon runs, as a stated downtime."""
        left = int(instant.timestamp() - self.now())
        self.stop()
        self.serve(f"{left}s")

    # -- the chapters -------------------------------------------------------------------------

    def prepare(self):
        marker = self.folder / "demo.json"
        if self.folder.exists():
            if any(self.folder.iterdir()) and not marker.exists():
                sys.exit(f"{self.folder} is not empty and no demo made it: name another with --dir")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        marker.write_text(json.dumps({"made_by": "tools/demo"}) + "\n")
        self.log_file = open(self.folder / "daemon.log", "w")
        if not self.options.merchants:
            self.options.merchants = str(self.folder / "merchants.csv")
            self.sluice("drive", "--write-merchants", self.options.merchants,
                        "--count-merchants", self.options.count_merchants,
                        "--seed", self.options.seed)
        self.columns = header(self.options.merchants)

    def map_options(self):
        """How the merchants' columns are called, for import and drive."""
        pairs = []
        for word, names in ALIASES.items():
            for name in names:
                if name in self.columns:
                    if name != word:
                        pairs.append(f"{word}={name}")
                    break
        return ["--map", ",".join(pairs)] if pairs else []

    def notice(self):
        """Consultation on the 4th, announcement on the 5th, the order on the 11th at night."""
        self.sluice("init", "--data", self.data, "--origin", "sluice.example/taobao-tmall",
                    "--clock", "2024-09-04T10:00:00+08:00", "--speed", self.options.speed)
        self.serve()
        plan = ROOT / "events" / "plans" / f"{PLAN}.json"
        self.command("rollout", "consult", plan)
        self.say("4 September: opinions on the plan are asked for")
        preset = [] if "platform" in self.columns else ["--set", "platform=taobao"]
        self.command("import", "merchants", self.options.merchants, *self.map_options(), *preset)
        self.pass_time(beijing(5, 10))
        self.command("terms", "publish", ROOT / "events" / "terms" / "unified-2024-09.json")
        self.command("rollout", "announce", plan)
        self.command("rollout", "approve", PLAN, "--role", "approver")
        self.say("5 September: announced and approved, seven days of notice begin")
        self.pass_time(beijing(11, 23, 30))
        self.command("rollout", "start", PLAN)
        self.say("11 September: started; the order of merchants is frozen")

    def shoppers(self):
        words = [SLUICE, "drive", "--data", self.data, "--merchants", self.options.merchants,
                 "--seed", str(self.options.seed), "--ledger", self.folder / "ledger.json",
                 "--acknowledged", self.folder / "acknowledged.txt"]
        pairs = [f"merchant={name}" for name in ALIASES["merchant"][1:] if name in self.columns]
        pairs += [f"tier={name}" for name in ALIASES["tier"][1:] if name in self.columns]
        pairs += [f"daily_payments={name}" for name in ALIASES["daily_payments"][1:]
                  if name in self.columns]
        if self.options.payments:
            words += ["--payments", self.options.payments]
        else:
            words += ["--count", str(self.options.count)]
        if pairs:
            words += ["--map", ",".join(pairs)]
        return subprocess.Popen(words, stderr=self.log_file)

    def window(self):
        driver = self.shoppers()
        self.say("12 September 00:00 Beijing: the window opens; the shoppers play")
        self.wait_until(beijing(13, 12), driver)
        self.command("rollout", "pause", PLAN, "--reason", "call-centre-busy")
        self.say("13 September 12:00: an operator pauses")
        self.wait_until(beijing(13, 15), driver)
        self.command("rollout", "resume", PLAN, "--reason", "call-centre-ready")
        self.say("13 September 15:00: and resumes")
        self.wait_until(beijing(14, 20), driver)
        self.kill()
        self.serve()
        self.say("14 September 20:00: the daemon is killed, starts again and goes on")
        self.wait_until(beijing(15, 10), driver)
        merchant, tier = self.enabled_merchant()
        self.command("rollout", "rollback", PLAN, "--merchant", merchant,
                     "--reason", "merchant-complaints")
        self.command("rollout", "rollback", PLAN, "--tier", tier, "--reason", "risk-review")
        self.say(f"15 September 10:00: merchant {merchant} and tier {tier} are rolled back")
        self.wait_until(beijing(16, 10), driver)
        self.command("rollout", "reinstate", PLAN, "--tier", tier, "--reason", "risk-cleared")
        if f'"state":"rolled-back"' in self.sluice(
                "merchant", "show", merchant, "--data", self.data, "--json").replace(" ", ""):
            self.command("merchant", "reinstate", merchant)
        self.say("16 September 10:00: they are reinstated")
        self.wait_until(beijing(19, 0, 5), driver)
        self.say("19 September 00:00: the window is over; late refunds still come in")
        code = driver.wait()
        if code != 0:
            sys.exit(f"the shoppers ended with {code}")
        self.say("the shoppers are done")
        return merchant

    def enabled_merchant(self):
        """The busiest merchant that has the method on, and a tier of others: T3 if it has any."""
        path = self.folder / "on-the-way.csv"
        self.sluice("dump", "merchants", "--data", self.data, "--format", "csv", "--out", path)
        with open(path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["state"] == "enabled"]
        if not rows:
            sys.exit("nobody is enabled on the fourth day")
        busiest = max(rows, key=lambda row: int(row["events"]))
        tiers = sorted({row["tier"] for row in rows if row is not busiest})
        return busiest["merchant"], "T3" if "T3" in tiers else tiers[-1]

    def compare(self):
        """The same dumps live, from the segments alone, and from the independent reader."""
        live, again = self.folder / "dumps", self.folder / "again"
        live.mkdir()
        again.mkdir()
        time.sleep(0.5)
        for name in DUMPS:
            self.sluice("dump", name, "--data", self.data, "--live", "--format", "csv",
                        "--out", live / f"{name}.csv")
        self.sluice("dump", "reconciliation", "--data", self.data, "--live", "--format", "json",
                    "--out", live / "reconciliation.json")
        self.sluice("dump", "dashboard", "--data", self.data, "--live", "--format", "html",
                    "--out", live / "dashboard.html")
        position = self.ask({"query": "clock"})["clock"]["position"]
        self.stop()
        copy = self.folder / "segments-alone"
        copy.mkdir()
        for segment in sorted((self.data / "segments").glob("*.seg")):
            shutil.copy(segment, copy / segment.name)
        print(self.sluice("replay", "--data", copy), end="", flush=True)
        self.sluice("dump", "all", "--data", copy, "--at", position, "--format", "csv",
                    "--out", again)
        self.sluice("dump", "reconciliation", "--data", copy, "--at", position,
                    "--format", "json", "--out", again / "reconciliation.json")
        files = sorted(path.name for path in live.iterdir())
        for name in files:
            if (live / name).read_bytes() != (again / name).read_bytes():
                sys.exit(f"{name} differs between {live} and {again}")
        self.say(f"{len(files)} live dumps and manifests are equal, byte for byte, when made from "
                 "the segments alone")
        return position

    def verify(self, position):
        verify = [sys.executable, ROOT / "tools" / "verify.py", self.data, "--upto", position,
                  "--json", self.folder / "lifecycle.ndjson", "--skip-kinds", "payment,order",
                  "--dumps", self.folder / "independent",
                  "--check-csv", f"merchants={self.folder / 'dumps' / 'merchants.csv'}",
                  "--check-csv",
                  f"reconciliation={self.folder / 'dumps' / 'reconciliation.csv'}",
                  "--check-csv", f"terms={self.folder / 'dumps' / 'terms.csv'}"]
        run(verify, "the independent reader")
        self.say("an independent reader checked every byte and folded the same dumps")
        check = [sys.executable, ROOT / "tools" / "check_rollout.py",
                 self.folder / "lifecycle.ndjson", "--ledger", self.folder / "ledger.json",
                 "--reconciliation", self.folder / "independent" / "reconciliation.csv"]
        run(check, "the check of the rollout")

    def flip(self):
        """One byte of a copy changes: both readers must say where."""
        copy = self.folder / "segments-alone"
        segment = sorted(copy.glob("*.seg"))[0]
        place = int(segment.stat().st_size * 0.31)
        with open(segment, "r+b") as file:
            while True:
                file.seek(place)
                byte = file.read(1)
                if byte != b"\0":
                    break
                place //= 2
            file.seek(place)
            file.write(bytes([byte[0] ^ 0x10]))
        said = subprocess.run([SLUICE, "verify", "--data", copy], capture_output=True, text=True)
        independent = subprocess.run(
            [sys.executable, ROOT / "tools" / "verify.py", copy], capture_output=True, text=True)
        if said.returncode != 3 or independent.returncode != 3:
            sys.exit(f"a flipped byte was not found: {said.returncode}, {independent.returncode}\n"
                     f"{said.stdout}{said.stderr}{independent.stdout}{independent.stderr}")
        self.say(f"one bit was flipped at byte {place} of {segment.name}; sluice verify says:")
        print("  " + (said.stderr or said.stdout).strip().replace("\n", "\n  "))
        print("  and tools/verify.py: " + independent.stdout.strip().splitlines()[-1])
        shutil.rmtree(copy)

    def days(self, merchant):
        """The seven days as a table."""
        enabled, captured = {}, {}
        with open(self.folder / "dumps" / "merchants.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["enabled_at"]:
                    day = row["enabled_at"][:10]
                    enabled[day] = enabled.get(day, 0) + 1
        with open(self.folder / "dumps" / "reconciliation.csv", newline="") as file:
            for row in csv.DictReader(file):
                captured.setdefault(row["day"], {})[row["institution"]] = row
        names = ["wechat-pay", "alipay", "unionpay", "card"]
        print(f"\n{'day':<12}{'enabled':>9}{'all':>9}" + "".join(f"{n:>14}" for n in names)
              + f"{'net yuan':>18}")
        total = 0
        for day in sorted(captured):
            total += enabled.get(day, 0)
            rows = captured[day]
            net = sum(int(row["net_fen"]) for row in rows.values())
            counts = "".join(
                f"{int(rows[n]['captured_count']) if n in rows else 0:>14,}" for n in names)
            print(f"{day:<12}{enabled.get(day, 0):>9,}{total:>9,}{counts}"
                  f"{net // 100:>15,}.{net % 100:02d}")
        with open(self.folder / "acknowledged.txt") as file:
            transaction = next(line.split(",")[1] for line in file if ",captured," in line)
        shown = os.path.relpath(self.folder)
        print(f"""
Look further:
  .build/release/sluice status --data {shown}/data
  .build/release/sluice explain {merchant} --data {shown}/data
  .build/release/sluice payment show {transaction} --data {shown}/data
  .build/release/sluice dump discrepancies --format csv --data {shown}/data
  {shown}/dumps/dashboard.html""")

    def play(self):
        self.prepare()
        self.notice()
        merchant = self.window()
        position = self.compare()
        self.verify(position)
        self.flip()
        self.days(merchant)
        self.say("done")


def beijing(day, hour=0, minute=0):
    return datetime(2024, 9, day, hour, minute, tzinfo=BEIJING)


def header(path):
    """The column names of a CSV file, packed or not."""
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def run(words, what):
    done = subprocess.run(list(map(str, words)), text=True)
    if done.returncode != 0:
        sys.exit(f"{what} ended with {done.returncode}")


def main():
    parser = argparse.ArgumentParser(description="Plays the rollout of September 2024.")
    parser.add_argument("--merchants", help="shops of yours, CSV, .gz too")
    parser.add_argument("--payments", help="counted payments: second_of_window, merchant_id")
    parser.add_argument("--count-merchants", type=int, default=20_000)
    parser.add_argument("--count", type=int, default=2_000_000, help="orders to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=int, default=10_080,
                        help="seconds of the story in one second; 10080 is a minute for the week")
    parser.add_argument("--dir", default=str(ROOT / "events" / "log" / "demo"))
    story = Story(parser.parse_args())
    try:
        story.play()
    finally:
        if story.daemon and story.daemon.poll() is None:
            story.daemon.kill()


if __name__ == "__main__":
    main()
