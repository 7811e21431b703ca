"""What this machine reaches: `sluice bench` part by part, and below each part its peers.

The part `notices` drives a daemon from here, for its senders are other programs' code.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial

import bench_notices
import bench_peers
from demo import SLUICE


def parts():
    """The parts that the program knows, in its order."""
    told = subprocess.run([SLUICE, "bench", "--help"], capture_output=True, text=True, check=True)
    listed = re.search(r"one of ([a-z-]+(?:,\s+[a-z-]+)*)", told.stdout).group(1)
    return re.split(r",\s+", listed)


def ours(part, folder, is_small, is_first):
    """Runs one part of the program; the line about the machine is printed once."""
    words = [SLUICE, "bench", "--only", part, "--dir", folder] + (["--small"] if is_small else [])
    with bench_peers.started(words, stdout=subprocess.PIPE, text=True) as process:
        blank = 0
        for number, line in enumerate(process.stdout):
            if number < 2 and not is_first:
                continue
            _, _, memory = line.partition("peak memory of this process: ")
            if memory:
                bench_peers.row("peak memory of this part", memory.strip())
            elif line.strip():
                print("\n" * min(blank, 1) + line, end="", flush=True)
            blank = blank + 1 if not line.strip() else 0
        return process.wait()


def main():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__)
    names = [*parts(), "notices"]
    parser.add_argument("--small", action="store_true", help="a quick run, a hundredth of the size")
    parser.add_argument("--only", metavar="PART", choices=names, help="one of " + ", ".join(names))
    parser.add_argument("--dir", default=".", help="where all is made and removed; . if absent")
    parser.add_argument("--peers", action="store_true",
                        help="install the peers that are missing first (apt and PyPI)")
    options = parser.parse_args()
    # Short words: a socket's path has at most 107 bytes.
    folder = os.path.relpath(tempfile.mkdtemp(prefix=".bench-", dir=options.dir))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    peers = bench_peers.Peers(folder, 100 if options.small else 1)
    code = 0
    try:
        print(f"peers: {peers.told()}")
        wanted = [options.only] if options.only else names
        for part in wanted:
            run = bench_notices.measure if part == "notices" else partial(ours, part)
            code = run(folder, options.small, part == wanted[0]) or code
            peers.run(part)
    except KeyboardInterrupt:
        code = 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
