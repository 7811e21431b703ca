"""The proofs that take longer than the tests, by name.

  kills       the daemon is killed at seeded moments of a story; nothing acknowledged may be lost
  syscalls    every call to the system fails once and for good; the same promise
  disk-full   the disk fills up while payments stream; it goes on by itself (needs root, to mount)
  soak        half an hour at half the rate, killed every minute; memory stays flat
  spool       files that other systems drop, while daemon and spool are killed; nothing lost
  approvals   a signed start, wave and resume from end to end, every note verified
  allocations the hot path asks nothing of the heap once it is warm
  simulation  `sluice simulate` over many seeds
  control     a guarded rollout as its operator lives it: breach, hold, resume, roll-back, end
  samples     the published notifications over HTTP, and each byte of them changed
  heads       what was signed stays true, whenever the daemon is killed; old copies are refused
  backup      copies made while the daemon writes: each is whole, and what is restored goes on
  terminal    screens that are redrawn, logs that are followed, completions, the manual
  docs        every command that the pages show is run
  bytes       a byte of a log changed, each in turn: both readers must find it and name the place
  outside     verifiers from outside the project check tiles and proofs; a forged tile is refused
  exports     promtool, jsonschema, the CloudEvents SDK and sqlite3 take what they are given
  dashboard   pictures of the page; no request, no word on the console, no fault of access
  third-party other people's libraries read what is signed here, and the other way round
  guardrails  false alarms in worlds without harm, and how soon harm is found, over many seeds
  short       the short forms of all, two at a time; tools/test, whose build is not optimized, leaves
              allocations to tools/check, and simulations to its own

Exit: 0 proved, 1 a violation (the folder kept for inspection is named), 2 wrong usage, 4 the
machine does not let this be tried.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

import prove_allocations
import prove_backup
import prove_bytes
import prove_control
import prove_dashboard
import prove_approvals
import prove_disk_full
import prove_docs
import prove_exports
import prove_heads
import prove_kills
import prove_notices
import prove_outside
import prove_samples
import prove_soak
import prove_spool
import prove_syscalls
import prove_terminal
import prove_third_party
from demo import SLUICE
from proof import NOT_TRIED


def simulation(options):
    return subprocess.run([SLUICE, "simulate", "--seeds", str(options.seeds)]).returncode


def guardrails(options):
    return subprocess.run(
        [SLUICE, "simulate", "--guardrails", "--seeds", str(options.seeds)]).returncode


# The longest first. The fullness of a disk is tried where there is one that may be mounted.
SHORT = [["kills", "--short"], ["syscalls", "--short"], ["soak", "--short"],
         ["disk-full", "--short"], ["control"], ["approvals"], ["allocations"],
         ["notices", "--seeds", "1", "--count", "150", "--kills", "6"], ["samples", "--short"],
         ["terminal"], ["docs"], ["backup", "--rounds", "3"],
         ["heads", "--kills", "4", "--life", "1"], ["bytes", "--short"],
         ["outside", "--count", "2000", "--proofs", "8"],
         ["spool", "--files", "8", "--rows", "300"], ["exports"],
         ["simulation", "--seeds", "300"], ["guardrails", "--seeds", "6"]]
# Where nothing is optimized: allocations are others, and the tests have simulations of their own.
OPTIMIZED_ONLY = ("allocations", "simulation", "guardrails")
AT_ONCE = 2


def report(name, code, said):
    """One line of counts, or all that was said where the proof did not hold."""
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()] or ["nothing"]
    if code == 0:
        whole = name in ("simulation", "guardrails")
        print(f"{name}: {', '.join(lines) if whole else lines[-1]}", flush=True)
    elif code == NOT_TRIED:
        print(f"{name}: not tried here: {' '.join(lines)}", flush=True)
    else:
        print(f"{name}: FAILED with {code}\n{said}", flush=True)


def short(options):
    is_optimized = "SLUICE_BINARY" not in os.environ
    waiting = [words for words in SHORT if is_optimized or words[0] not in OPTIMIZED_ONLY]
    running, failed = [], False
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                words = waiting.pop(0)
                said = tempfile.TemporaryFile("w+", encoding="utf-8")
                running.append((words[0], said, subprocess.Popen(
                    [sys.executable, __file__, *words], stdout=said, stderr=said)))
            time.sleep(0.1)
            for name, said, process in [one for one in running if one[2].poll() is not None]:
                said.seek(0)
                report(name, process.returncode, said.read())
                said.close()
                failed = failed or process.returncode not in (0, NOT_TRIED)
                running = [one for one in running if one[2] is not process]
    finally:
        # An interrupt, so that each proof ends its own daemons.
        for _, _, process in running:
            process.send_signal(signal.SIGINT)
        for _, _, process in running:
            process.wait()
    return 1 if failed else 0


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
    prove_soak.add_options(proofs.add_parser("soak", help=prove_soak.__doc__.splitlines()[0]))
    prove_approvals.add_options(
        proofs.add_parser("approvals", help=prove_approvals.__doc__.splitlines()[0]))
    prove_allocations.add_options(
        proofs.add_parser("allocations", help=prove_allocations.__doc__.splitlines()[0]))
    simulated = proofs.add_parser("simulation", help="sluice simulate over many seeds")
    simulated.add_argument("--seeds", type=int, default=10_000)
    simulated.set_defaults(prove=simulation)
    prove_control.add_options(
        proofs.add_parser("control", help=prove_control.__doc__.splitlines()[0]))
    prove_notices.add_options(
        proofs.add_parser("notices", help=prove_notices.__doc__.splitlines()[0]))
    prove_samples.add_options(
        proofs.add_parser("samples", help=prove_samples.__doc__.splitlines()[0]))
    prove_heads.add_options(proofs.add_parser("heads", help=prove_heads.__doc__.splitlines()[0]))
    prove_backup.add_options(proofs.add_parser("backup", help=prove_backup.__doc__.splitlines()[0]))
    prove_terminal.add_options(
        proofs.add_parser("terminal", help=prove_terminal.__doc__.splitlines()[0]))
    prove_docs.add_options(proofs.add_parser("docs", help=prove_docs.__doc__.splitlines()[0]))
    prove_bytes.add_options(proofs.add_parser("bytes", help=prove_bytes.__doc__.splitlines()[0]))
    prove_outside.add_options(
        proofs.add_parser("outside", help=prove_outside.__doc__.splitlines()[0]))
    prove_exports.add_options(
        proofs.add_parser("exports", help=prove_exports.__doc__.splitlines()[0]))
    prove_dashboard.add_options(
        proofs.add_parser("dashboard", help=prove_dashboard.__doc__.splitlines()[0]))
    prove_third_party.add_options(
        proofs.add_parser("third-party", help=prove_third_party.__doc__.splitlines()[0]))
    prove_spool.add_options(proofs.add_parser("spool", help=prove_spool.__doc__.splitlines()[0]))
    guarded = proofs.add_parser("guardrails", help="sluice simulate --guardrails over many seeds")
    guarded.add_argument("--seeds", type=int, default=400)
    guarded.set_defaults(prove=guardrails)
    proofs.add_parser("short", help="the short forms of all").set_defaults(prove=short)
    options = parser.parse_args()
    return options.prove(options)


if __name__ == "__main__":
    sys.exit(main())
