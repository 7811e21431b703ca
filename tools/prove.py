"""The proofs that take longer than the tests, by name.

  kills       the daemon is killed at seeded moments of a story; nothing acknowledged may be lost
  syscalls    every call to the system fails once and for good; the same promise
  disk-full   the disk fills up while payments stream; it goes on by itself (needs root, to mount)
  simulation  `sluice simulate` over many seeds

Exit: 0 proved, 1 a violation (the folder kept for inspection is named), 2 wrong usage, 4 the
machine does not let this be tried.
"""

import argparse
import subprocess
import sys

import prove_disk_full
import prove_kills
import prove_syscalls
from demo import SLUICE


def simulation(options):
    return subprocess.run([SLUICE, "simulate", "--seeds", str(options.seeds)]).returncode


def main():
    parser = argparse.ArgumentParser(
        prog="tools/prove", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    proofs = parser.add_subparsers(metavar="NAME", required=True)
    prove_kills.add_options(proofs.add_parser("kills", help=prove_kills.__doc__.splitlines()[0]))
    prove_syscalls.add_options(
        proofs.add_parser("syscalls", help=prove_syscalls.__doc__.splitlines()[0]))
    prove_disk_full.add_options(
        proofs.add_parser("disk-full", help=prove_disk_full.__doc__.splitlines()[0]))
    simulated = proofs.add_parser("simulation", help="sluice simulate over many seeds")
    simulated.add_argument("--seeds", type=int, default=10_000)
    simulated.set_defaults(prove=simulation)
    options = parser.parse_args()
    return options.prove(options)


if __name__ == "__main__":
    sys.exit(main())
