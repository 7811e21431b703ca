"""The hot path asks nothing of the heap: a library that counts is preloaded into the bench.

A line of a payment is cut, read, identified, decided, encoded, folded, hashed, written and folded
into the projections. After a warm pass none of these steps may allocate.
"""

import os
import re
import subprocess
import sys
import tempfile

from demo import SLUICE
from proof import NOT_TRIED

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "allocations.c")


def prove(options):
    with tempfile.TemporaryDirectory(prefix="allocations-") as folder:
        library = os.path.join(folder, "allocations.so")
        built = subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE],
                               capture_output=True, text=True)
        if built.returncode != 0:
            print(f"the counting library does not build: {built.stderr.strip()}")
            return NOT_TRIED
        words = [SLUICE, "bench", "--only", "pipeline", "--small", "--dir", folder]
        told = subprocess.run(words, capture_output=True, text=True,
                              env={**os.environ, "LD_PRELOAD": library})
    if told.returncode != 0:
        print(told.stdout + told.stderr)
        return 1
    rows = re.findall(r"^\s*allocations, (.+?)\s{2,}(\d+) in (\d+) lines$", told.stdout, re.M)
    if not rows:
        print("the bench says nothing of allocations:\n" + told.stdout)
        return 1
    lines = rows[0][2]
    print(f"{lines} lines after a warm pass, allocations: "
          + ", ".join(f"{name} {count}" for name, count, _ in rows))
    return 1 if any(int(count) for _, count, _ in rows) else 0


def add_options(parser):
    parser.set_defaults(prove=prove)


if __name__ == "__main__":
    sys.exit(prove(None))
