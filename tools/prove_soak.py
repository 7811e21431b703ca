"""Half an hour at half the rate, killed every minute: nothing is lost and memory stays flat.

Payments with repeats and refunds of every age come through the socket at a steady rate while
SIGKILL strikes at seeded moments around every minute. After each start the oldest payment must get
its first receipt and one of the first minute must take its refund without a flag; what had no
answer is sent again. At the end the log must hold everything that was acknowledged, once and to the
fen, and the daemon must need hardly more memory than it did in the second fifth of the run.
"""

import argparse
import csv
import json
import random
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo import SLUICE
from proof import NOT_TRIED, Unable, Violation
from prove_kills import PATIENCE, slay
from soak_load import ASIDE, BLOCK, NEW, OLDEST, REFUNDABLE, Gone, Load, Refused

# Bytes that an event takes on the disk: 181 in its segment, 32 of its leaf, 28 in the index.
EVENT_BYTES = 181 + 32 + 28
# Room that is kept besides: the plan and a fifth, two segments prepared ahead and the reserve.
SPARE_SHARE, SPARE_BYTES = 0.2, 600 << 20
# Seconds: before the rate is measured, while it is measured, between two looks at the memory.
WARM_UP, MEASURE, SAMPLE, SHORT_SAMPLE = 2, 8, 2, 0.5
# How far around its moment a kill strikes, and how long a daemon is left alone, of --kill-every.
KILL_SPREAD, KILL_REST = 0.3, 0.2
# Seconds from a strike's first chance on at most.
STRIKE_DELAY = 0.003
# How long a start may take.
START_MAX = 1_800
# The run ends early where the machine has less memory left than this share of it.
MEMORY_LEFT = 0.25
FLAT, FIFTHS = 0.10, 5
# Bytes an event that are no growth: the filter of the index takes three.
FILTER_BYTES = 4
GROUPS, SHORT_GROUPS = 200, 4
# So many payments are asked for again at the end; of a log of up to so many events every position
# is looked at instead.
ASKED_AGAIN, LOOKED_AT = 2_000, 500_000
MIB, GB = 1 << 20, 10 ** 9


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.data = folder / "data"
        self.socket = self.data / "sluice.sock"
        self.random = random.Random(options.seed)
        self.load = Load(options.seed, SHORT_GROUPS if options.short else GROUPS)
        self.log_file = open(folder / "daemon.log", "w")
        self.daemon = None
        self.rate = options.rate
        self.kills, self.starts, self.aside = 0, [], []
        # (when, the position reached, VmRSS, RssAnon, RssFile)
        self.samples, self.sample_at, self.peak = [], 0, 0
        self.minutes = 0
        self.early = None

    def say(self, text):
        if not self.options.short:
            print(text, flush=True)

    def sluice(self, *words):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Violation(f"sluice {' '.join(map(str, words))} ended with {done.returncode}\n"
                            f"{done.stdout}{done.stderr}")
        return done.stdout

    # -- the daemon ---------------------------------------------------------------------------

    def start(self):
        """Starts a daemon and waits for it; seconds until it was ready."""
        began = time.monotonic()
        self.daemon = subprocess.Popen(
            [SLUICE, "serve", "--data", self.data, "--quiet"], stdout=subprocess.PIPE,
            stderr=self.log_file, text=True)
        # Where memory runs out, it is the daemon that goes and nothing else of the machine.
        Path(f"/proc/{self.daemon.pid}/oom_score_adj").write_text("1000")
        while not select.select([self.daemon.stdout], [], [], SAMPLE)[0]:
            self.guard()
            if time.monotonic() - began > START_MAX:
                raise Violation(f"no daemon is ready {START_MAX} s after a kill")
        if not self.daemon.stdout.readline().startswith("ready"):
            raise Violation(f"no daemon starts: {self.daemon.wait()}; see daemon.log")
        self.load.connect(self.socket)
        return began, time.monotonic()

    def kill(self):
        slay(self.daemon)
        self.kills += 1
        self.load.close()

    def restart(self):
        """The daemon after a kill: its first answers must be of the oldest payments."""
        began, ready = self.start()
        load, number = self.load, len(self.aside)
        oldest, = load.ask([load.payment(0, OLDEST)], PATIENCE)
        answered = time.monotonic()
        # A payment of the first minute that has had no refund yet, and gets all of it back.
        fen = load.amount(number, ASIDE)
        refund, = load.ask(
            [load.refund(number, ASIDE, b"aside-%d" % number, fen, number)], PATIENCE)
        self.starts.append((ready - began, answered - began, time.monotonic() - began))
        if oldest != (True, load.position(0, OLDEST)):
            raise Violation(f"the oldest payment was acknowledged at {load.position(0, OLDEST)} "
                            f"and is answered with {oldest} after kill {self.kills}")
        if refund[0]:
            raise Violation(f"refund {number} of the oldest is a repeat when it first comes")
        self.aside.append(refund[1])
        load.book_refund(number, ASIDE, fen, number)
        event = json.loads(self.sluice("log", "show", refund[1], "--data", self.data, "--json"))
        if event["kind"] != "payment-refunded" or event["flags"]:
            raise Violation(f"the refund of an old payment stands in the log as {event}")
        load.stream(time.monotonic())

    # -- the run ------------------------------------------------------------------------------

    def turn(self, rate):
        """A moment of the load."""
        now = time.monotonic()
        try:
            self.load.turn(now, rate, SHORT_SAMPLE)
        except (Gone, ConnectionError):
            raise Violation(f"the daemon ended with {self.daemon.wait(PATIENCE)} by itself; see "
                            "daemon.log") from None

    def run(self):
        seconds = self.options.minutes * 60
        every = self.options.kill_every
        self.began = time.monotonic()
        self.sample_at, self.minute_at = self.began, self.began + 60
        self.told = self.load.acknowledged
        self.minute_kills, self.minute_samples = 0, 0
        number, kill_at = 0, self.began
        while (now := time.monotonic()) < self.began + seconds and not self.early:
            # A strike finds lines on their way, however low the rate is.
            if now >= kill_at and (self.load.waiting or not number or now >= kill_at + 1):
                if number:
                    time.sleep(self.random.uniform(0, STRIKE_DELAY))
                    self.kill()
                    self.restart()
                    now = time.monotonic()
                # The next of the moments that leaves the new daemon some time.
                while kill_at < now + every * KILL_REST:
                    number += 1
                    kill_at = self.began + every * (
                        number + self.random.uniform(-KILL_SPREAD, KILL_SPREAD))
            self.turn(self.rate)
            self.look(now)
        self.drain()
        self.elapsed = time.monotonic() - self.began
        if self.options.minutes >= 1:
            self.tell(time.monotonic())

    def drain(self):
        """Waits until everything sent is acknowledged."""
        end = time.monotonic() + PATIENCE
        while self.load.waiting:
            self.turn(0)
            if time.monotonic() > end:
                raise Violation(f"lines have no answer after {PATIENCE} s")

    def measure(self):
        """What the daemon takes while as much is sent as there is room for."""
        end = time.monotonic() + WARM_UP
        while time.monotonic() < end:
            self.turn(None)
        before, began = self.load.acknowledged, time.monotonic()
        while time.monotonic() < began + MEASURE:
            self.turn(None)
        rate = (self.load.acknowledged - before) / (time.monotonic() - began)
        self.drain()
        self.rate = int(rate / 2)
        self.say(f"measured: {rate:,.0f} lines a second; half of it is {self.rate:,}")
        self.load.stream(time.monotonic())

    def look(self, now):
        """The memory, now and then, and a line a minute."""
        if now >= self.sample_at:
            self.sample_at = now + (SHORT_SAMPLE if self.options.short else SAMPLE)
            found = dict(re.findall(r"^(VmHWM|VmRSS|RssAnon|RssFile):\s+(\d+) kB$", Path(
                f"/proc/{self.daemon.pid}/status").read_text(), re.MULTILINE))
            found = {name: int(count) << 10 for name, count in found.items()}
            self.samples.append((now - self.began, self.load.next, found["VmRSS"],
                                 found["RssAnon"], found["RssFile"]))
            self.peak = max(self.peak, found["VmHWM"])
            self.guard()
        if now >= self.minute_at:
            self.tell(now)

    def guard(self):
        """Ends the run before the machine has no memory left."""
        text = Path("/proc/meminfo").read_text()
        size, left = (int(re.search(rf"{name}:\s+(\d+)", text)[1]) << 10
                      for name in ("MemTotal", "MemAvailable"))
        if left < size * MEMORY_LEFT and not self.early:
            self.early = (f"ended early, after {(time.monotonic() - self.began) / 60:.1f} minutes: "
                          f"the machine has {left // MIB:,} MiB of {size // MIB:,} left")

    def disk_used(self):
        return sum(path.stat().st_blocks * 512 for path in self.data.rglob("*") if path.is_file())

    def tell(self, now):
        """What the minute has brought."""
        load, samples = self.load, self.samples[self.minute_samples:]
        starts = self.starts[self.minute_kills:]
        since = self.minute_at - 60
        if now - since < 5 or not samples:
            return
        self.minutes += 1
        rss, anon, file = (statistics.median(sample[at] for sample in samples) / MIB
                           for at in (2, 3, 4))
        print(f"minute {self.minutes}: {load.acknowledged - self.told:,} lines acknowledged, "
              f"{(load.acknowledged - self.told) / (now - since):,.0f} a second, position "
              f"{load.next:,}; memory {rss:,.0f} MiB (anon {anon:,.0f}, file {file:,.0f}); disk "
              f"{self.disk_used() / GB:.2f} GB; "
              + (", ".join("after a kill ready {:.2f} s, first answer {:.2f} s, first payment "
                           "taken {:.2f} s".format(*start) for start in starts) or "no kill"),
              flush=True)
        self.told, self.minute_at = load.acknowledged, now + 60
        self.minute_kills, self.minute_samples = len(self.starts), len(self.samples)

    # -- afterwards ---------------------------------------------------------------------------

    def ask_again(self):
        """Payments of all ages, sent once more: each must get its first receipt."""
        load = self.load
        number = min(ASKED_AGAIN, load.produced)
        asked = [(load.random.randrange(load.produced * place // number,
                                        load.produced * (place + 1) // number),
                  load.random.choice(REFUNDABLE)) for place in range(number)]
        load.socket.setblocking(True)
        answers = load.ask([load.payment(*payment) for payment in asked], PATIENCE)
        for payment, answer in zip(asked, answers):
            if answer != (True, load.position(*payment)):
                raise Violation(f"payment {payment[1]} of block {payment[0]} was acknowledged at "
                                f"{load.position(*payment)} and is answered with {answer}")
        return number

    def judge(self):
        """What the log holds against what was acknowledged."""
        self.asked = self.ask_again()
        self.load.socket.close()
        self.sluice("stop", "--data", self.data)
        code = self.daemon.wait(timeout=PATIENCE)
        self.daemon.stdout.close()
        if code != 0:
            raise Violation(f"the daemon ended with {code} when it was stopped")
        self.events = json.loads(
            self.sluice("verify", "--data", self.data, "--json"))["events"]
        if self.events < max([self.load.next, *self.aside]):
            raise Violation(f"the log holds {self.events:,} events, acknowledged was position "
                            f"{max([self.load.next - 1, *self.aside]):,}")
        self.reconcile()
        discrepancies = self.dump("discrepancies")
        if discrepancies:
            raise Violation(f"{len(discrepancies):,} discrepancies where all payments were in "
                            f"order, the first of them {discrepancies[0]}")
        self.looked_at = self.compare_positions() if self.events <= LOOKED_AT else 0
        self.bytes_an_event = self.disk_used() / self.events

    def dump(self, name):
        path = self.folder / f"{name}.csv"
        self.sluice("dump", name, "--data", self.data, "--format", "csv", "--out", path)
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def reconcile(self):
        """Counts and sums of every institution and day."""
        names = ["captured_count", "captured_fen", "refunded_count", "refunded_fen"]
        found, faults, lost, twice = {}, [], 0, 0
        for row in self.dump("reconciliation"):
            found[row["institution"], row["day"]] = [int(row[name]) for name in names]
            if row["apart_count"] != "0":
                faults.append(f"{row['apart_count']} notices are kept apart: {row}")
        for key in sorted(found.keys() | self.load.books.keys()):
            own, log = self.load.books.get(key, [0] * 4), found.get(key, [0] * 4)
            if own != log:
                faults.append(f"{' on '.join(key)}: acknowledged {own}, in the log {log}")
            for at in (0, 2):
                lost += max(0, own[at] - log[at])
                twice += max(0, log[at] - own[at])
        if faults:
            raise Violation(f"lost {lost:,}, twice {twice:,}\n" + "\n".join(faults[:20]))

    def compare_positions(self):
        """Every payment of a small log at the position that was acknowledged; how many."""
        load, found, aside = self.load, 0, 0
        text = self.sluice("export", "ndjson", "--data", self.data)
        for line in text.splitlines():
            event = json.loads(line)
            if not event["kind"].startswith("payment-"):
                continue
            fields, position = event["fields"], event["position"]
            number, place = divmod(int(fields["transaction"][-12:]), 10_000)
            if event["kind"] == "payment-refunded":
                name, _, rest = fields["refund"].partition("-")
                if name == "aside":
                    aside += 1
                    if self.aside[int(rest)] != position:
                        raise Violation(f"refund {rest} of the oldest was acknowledged at "
                                        f"{self.aside[int(rest)]} and stands at {position}")
                    continue
                number, place = int(name[1:]), int(rest)
            if load.position(number, place) != position:
                raise Violation(f"line {place} of block {number} was acknowledged at "
                                f"{load.position(number, place)} and stands at {position}")
            found += 1
        if (found, aside) != (load.produced * NEW, len(self.aside)):
            raise Violation(f"{load.produced * NEW:,} payments and refunds were acknowledged, the "
                            f"log holds {found:,}")
        return found + aside

    def memory(self):
        """How much memory an event took, the growth, and whether it counts as flat."""
        if len(self.samples) < 2 * FIFTHS:
            return "memory: looked at too seldom to be judged", False
        fifth = self.samples[-1][0] / FIFTHS
        early, late = ([sample for sample in self.samples if after <= sample[0] <= after + fifth]
                       for after in (fifth, fifth * (FIFTHS - 1)))
        (_, first, before, *_), (_, last, after, *_) = (
            [statistics.median(sample[at] for sample in part) for at in range(5)]
            for part in (early, late))
        growth = after / before - 1
        text = (f"memory: {before / MIB:,.0f} MiB in the second fifth at position {first:,.0f}, "
                f"{after / MIB:,.0f} MiB in the last at {last:,.0f}, {growth:+.1%}, "
                f"{(after - before) / max(1, last - first):,.1f} bytes an event, of which the "
                f"filter of the index takes three; peak "
                f"{self.peak / MIB:,.0f} MiB")
        is_flat = growth < FLAT or (after - before) / max(1, last - first) < FILTER_BYTES
        return text, is_flat and not self.early

    def need(self, rate):
        """The bytes that the run will take of the disk."""
        events = rate * self.options.minutes * 60 * NEW / BLOCK
        return events * EVENT_BYTES * (1 + SPARE_SHARE) + SPARE_BYTES

    def check_room(self, rate):
        free = shutil.disk_usage(self.folder).free
        if self.need(rate) <= free:
            return
        fits = int(rate * (free - SPARE_BYTES) / (self.need(rate) - SPARE_BYTES) / 1000) * 1000
        raise Unable(
            f"{self.options.minutes:g} minutes at {rate:,.0f} lines a second need "
            f"{self.need(rate) / GB:,.1f} GB with a fifth to spare, and {self.folder.parent} has "
            f"{free / GB:,.1f} GB free. Give --rate {max(fits, 0)} or less, fewer --minutes, or "
            "another --dir.")

    def play(self):
        if self.rate:
            self.check_room(self.rate)
        self.sluice("init", "--data", self.data, "--origin", "prove.example/soak")
        self.began = time.monotonic()
        self.start()
        self.load.ask(self.load.merchants(), PATIENCE)
        self.load.stream(time.monotonic())
        if not self.rate:
            self.measure()
            self.check_room(self.rate)
        self.run()
        self.judge()

    def report(self):
        """The end, in lines for a run and in one for a short form; the exit code."""
        load = self.load
        memory, is_flat = self.memory()
        counts = {"kills": self.kills, "lines acknowledged": load.acknowledged,
                  "sent again": load.resent, "of them in the log": load.known,
                  "repeats": load.repeats, "refunds": load.refunded + len(self.aside),
                  "of the oldest": load.refunded_oldest + len(self.aside), "events": self.events,
                  "positions looked at": self.looked_at, "asked again": self.asked, "lost": 0,
                  "twice": 0}
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items()
                         if name != "positions looked at" or count)
        if self.options.short:
            print(f"{told}, memory not judged, {self.elapsed:.0f} seconds")
            return 0
        ready, first, taken = ([start[at] for start in self.starts] or [0] for at in range(3))
        print(f"starts: ready after {min(ready):.2f} to {max(ready):.2f} s, first answer after "
              f"{min(first):.2f} to {max(first):.2f} s, first payment taken after "
              f"{min(taken):.2f} to {max(taken):.2f} s\n"
              f"rate: {self.rate:,} lines a second while a daemon answers, which none did for "
              f"{sum(taken):.0f} s; behind it by a second {load.unevenness} times\n"
              f"disk: {self.bytes_an_event:.0f} bytes an event\n{memory}: "
              f"{'flat' if is_flat else 'NOT FLAT'}")
        if self.early:
            print(self.early)
        print(f"{told}, memory {'flat' if is_flat else 'NOT FLAT'}, {self.elapsed:.0f} seconds")
        return 0 if is_flat else 1

    def end(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        self.log_file.close()


def add_options(parser):
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int,
                        help="lines a second; half of what is measured first if absent")
    parser.add_argument("--kill-every", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true",
                        help="two kills at a low rate; memory is not judged")
    parser.add_argument("--dir", default="/var/tmp",
                        help="where a folder is made for the log, and removed unless it failed")
    parser.set_defaults(prove=prove)


def prove(options):
    if options.short:
        options.minutes, options.rate, options.kill_every = 16 / 60, 4_000, 6.2
    folder = Path(tempfile.mkdtemp(prefix="sluice-soak-", dir=options.dir))
    soak, keeps = Soak(options, folder), False
    try:
        soak.play()
        return soak.report()
    except Unable as reason:
        print(reason, file=sys.stderr)
        return NOT_TRIED
    except Refused as answer:
        if '"name":"disk-full"' in str(answer):
            print(f"The disk of {options.dir} filled up while this ran; nothing is proved.",
                  file=sys.stderr)
            return NOT_TRIED
        keeps = True
        print(f"VIOLATION, seed {options.seed}: a line was answered with {answer}\n"
              f"kept for inspection: {folder}")
        return 1
    except (Violation, Gone, subprocess.TimeoutExpired, OSError) as fault:
        keeps = True
        print(f"VIOLATION, seed {options.seed}: {fault}\nkept for inspection: {folder}")
        return 1
    finally:
        soak.end()
        if not keeps:
            shutil.rmtree(folder, ignore_errors=True)
