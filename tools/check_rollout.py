"""Proves from printed events that a rollout kept its plan.

Reads the lines that tools/verify.py --json prints and checks, with no help from the product: every
enablement inside the window and after its wave opened, each merchant enabled once, every eligible
merchant enabled, no enablement while paused, the caps of every clock hour and day of Beijing by
heads and by payment volume, log times that never go back, and the shoppers' own books against the
captured and refunded totals, to the fen.
"""

import argparse
import csv
import json
import math
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from fractions import Fraction

BEIJING = timezone(timedelta(hours=8))


def instant(text):
    """Nanoseconds since 1970 of an RFC 3339 instant in UTC with nine digits."""
    whole = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(whole.timestamp()) * 10**9 + int(text[20:29])


def any_instant(text):
    """Nanoseconds since 1970 of an instant of a plan, in whole seconds."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) * 10**9


def limit(cap, whole):
    """A cap as a number: itself, or a share of the whole, rounded up."""
    if isinstance(cap, str):
        return math.ceil(Fraction(cap.rstrip("%")) / 100 * whole)
    return cap


class Check:
    def __init__(self):
        self.volumes, self.categories, self.closed = {}, {}, set()
        self.tiers = {}
        self.state, self.enabled = {}, {}
        self.waves, self.plan, self.started, self.order = {}, None, None, set()
        self.paused = False
        self.hours, self.days = [Counter(), Counter()], [Counter(), Counter()]
        self.faults = []
        self.last = 0
        self.window = (0, 0)
        self.minutes, self.totals = [Counter(), Counter()], None

    def fault(self, event, text):
        self.faults.append(f"position {event['position']}: {text}")

    def take(self, event):
        time = instant(event["log_time"])
        if time < self.last:
            self.fault(event, "the log time goes back")
        self.last = time
        handler = getattr(self, event["kind"].replace("-", "_"), None)
        if handler:
            handler(event, event["fields"], time)

    def merchant_registered(self, event, fields, time):
        number = event["merchant_number"]
        self.volumes[number] = fields["daily_payments"]
        self.categories[number] = fields["category"]
        self.tiers[number] = fields["tier"]
        self.state[number] = "pending"

    def merchant_updated(self, event, fields, time):
        self.volumes[event["merchant_number"]] = fields["daily_payments"]
        self.categories[event["merchant_number"]] = fields["category"]
        self.tiers[event["merchant_number"]] = fields["tier"]

    def merchant_closed(self, event, fields, time):
        self.closed.add(event["merchant_number"])

    def take_plan(self, fields):
        self.plan = json.loads(fields["document"])
        self.window = (instant(fields["effective_at"]), instant(fields["window_end"]))
        self.closed_times = [tuple(any_instant(c[key]) for key in ("from", "to"))
                             for c in self.plan.get("closed", [])]
        if self.totals:
            self.take_caps()

    def rollout_amended(self, event, fields, time):
        version = self.plan["version"]
        self.take_plan(fields)
        if (fields["previous_version"], fields["plan_version"]) != (version, version + 1):
            self.fault(event, "the amendment does not follow on the version that stands")

    def rollout_announced(self, event, fields, time):
        self.take_plan(fields)
        day = datetime.fromtimestamp(time // 10**9, BEIJING).date()
        effective = datetime.fromtimestamp(self.window[0] // 10**9, BEIJING).date()
        if (effective - day).days < 7:
            self.fault(event, "less than seven days of notice")

    def rollout_started(self, event, fields, time):
        self.started = fields
        self.order = {n for n in self.volumes
                      if n not in self.closed and self.state[n] != "excluded"
                      and self.takes_part("tiers", self.tiers[n])
                      and self.takes_part("categories", self.categories[n])}
        if len(self.order) != fields["merchants"]:
            self.fault(event, f"{fields['merchants']} in the order, {len(self.order)} eligible")
        self.totals = len(self.order), sum(self.volumes[n] for n in self.order)
        self.take_caps()

    def takes_part(self, field, value):
        """Whether the plan includes a tier or a category, and does not exclude it."""
        included = self.plan.get(field)
        return (included is None or value in included) \
            and value not in self.plan.get("excluded_" + field, [])

    def take_caps(self):
        (heads, volume), caps = self.totals, self.plan["caps"]
        self.caps = [limit(caps["merchants_per_hour"], heads), limit(caps["payments_per_hour"], volume),
                     limit(caps["merchants_per_day"], heads), limit(caps["payments_per_day"], volume),
                     limit(caps.get("merchants_per_minute", math.inf), heads),
                     limit(caps.get("payments_per_minute", math.inf), volume)]

    def wave_opened(self, event, fields, time):
        if fields["wave"] != len(self.waves) + 1:
            self.fault(event, f"wave {fields['wave']} opens out of order")
        self.waves[fields["wave"]] = time

    def rollout_paused(self, event, fields, time):
        self.paused = True

    def rollout_resumed(self, event, fields, time):
        self.paused = False

    def merchant_enabled(self, event, fields, time):
        number = event["merchant_number"]
        if number in self.enabled:
            self.fault(event, f"merchant number {number} is enabled twice")
        if not self.window[0] <= time < self.window[1]:
            self.fault(event, "an enablement outside the window")
        if self.paused:
            self.fault(event, "an enablement while paused")
        if any(start <= time < end for start, end in self.closed_times):
            self.fault(event, "an enablement in closed time")
        if fields["wave"] not in self.waves:
            self.fault(event, "an enablement before its wave opened")
        self.enabled[number] = time
        self.state[number] = "on"
        hour = (time // 10**9 + 8 * 3600) // 3600
        for counter, key in ((self.hours, hour), (self.days, hour // 24),
                             (self.minutes, time // 10**9 // 60)):
            counter[0][key] += 1
            counter[1][key] += self.volumes[number]

    def merchant_rolled_back(self, event, fields, time):
        self.state[event["merchant_number"]] = "off"

    def merchant_reinstated(self, event, fields, time):
        number = event["merchant_number"]
        self.state[number] = "on" if number in self.enabled else "pending"

    def merchant_excluded(self, event, fields, time):
        self.state[event["merchant_number"]] = "excluded"

    def finish(self):
        counted = [*self.hours, *self.days, *self.minutes]
        names = ["merchants an hour", "payments an hour", "merchants a day", "payments a day",
                 "merchants a minute", "payments a minute"]
        for name, counter, cap in zip(names, counted, self.caps):
            most = max(counter.values(), default=0)
            if most > cap:
                self.faults.append(f"{most} {name}, and the cap is {cap}")
            elif cap < math.inf:
                print(f"  at most {most:,} {name}; the cap is {cap:,}")
        left = [n for n in self.state if n not in self.enabled and n not in self.closed
                and self.state[n] != "excluded"]
        if left:
            self.faults.append(f"{len(left)} eligible merchants were never enabled")
        print(f"  {len(self.enabled):,} merchants enabled once each, all inside the window")


def totals(ledger_path, reconciliation_path, faults):
    """The shoppers' books against the fold."""
    with open(ledger_path, encoding="utf-8") as file:
        ledger = json.load(file)
    if not ledger.get("complete"):
        faults.append("the shoppers' books are not complete")
    with open(reconciliation_path, newline="", encoding="utf-8") as file:
        folded = {(row["institution"], row["day"]): row for row in csv.DictReader(file)}
    words = ["captured_count", "captured_fen", "refunded_count", "refunded_fen"]
    booked = {(row["institution"], row["day"]): row for row in ledger["days"]}
    sums = dict.fromkeys(words, 0)
    for key in sorted(set(folded) | set(booked)):
        for word in words:
            left = int(folded.get(key, {}).get(word, 0))
            right = int(booked.get(key, {}).get(word, 0))
            sums[word] += left
            if left != right:
                faults.append(f"{key[0]} on {key[1]}: {word} is {left} in the log and {right} in "
                              "the shoppers' books")
    print(f"  {sums['captured_count']:,} captures of {sums['captured_fen']:,} fen and "
          f"{sums['refunded_count']:,} refunds of {sums['refunded_fen']:,} fen, as in the "
          "shoppers' books")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events")
    parser.add_argument("--ledger")
    parser.add_argument("--reconciliation")
    options = parser.parse_args()
    check = Check()
    with open(options.events, encoding="utf-8") as file:
        for line in file:
            check.take(json.loads(line))
    if check.started is None:
        sys.exit("no rollout was started in these events")
    check.finish()
    if options.ledger:
        totals(options.ledger, options.reconciliation, check.faults)
    for fault in check.faults[:20]:
        print(f"  WRONG: {fault}")
    if check.faults:
        sys.exit(f"{len(check.faults)} faults")
    print("  the rollout kept its plan")


if __name__ == "__main__":
    main()
