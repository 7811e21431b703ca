"""One byte of a log changed: both readers must find it and name the place, for every byte.

First the cases of tools/verify.py are tried. Then a golden log is copied, with keys and signed tree
heads beside it, and each byte of each of its files is changed in turn by a seeded value; after each
change tools/verify.py (in this process) and `sluice verify` read the copy. What the page describes of a
folder is copied and nothing else: no holder, reserve, vault, index or snapshots. A change counts as
detected where the reader refuses and names the file, or says of it what it did not say of the whole
copy (bytes behind a clean end are a torn tail and no damage); as detected elsewhere where it names
another place; otherwise it was missed, and that is a violation.
"""

import random
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import verify
import verify_cases
from demo import ROOT, SLUICE

SHOWN = 12
NAMED, ELSEWHERE, MISSED = "named", "elsewhere", "missed"


class Independent:
    """tools/verify.py, called."""

    name = "tools/verify.py"

    def __init__(self):
        self.kinds = verify.load_catalogue(str(verify_cases.CATALOGUE))

    def read(self, folder):
        """Whether it accepts the log, and what it says."""
        try:
            return True, verify_cases.audited(folder, self.kinds)
        except verify.Damage as damage:
            return False, damage.line
        except verify.Unreadable as error:
            return False, str(error)

    @staticmethod
    def names(path, news):
        """Whether it says of this file what it did not say before."""
        name = "/".join(path.parts[-2 if path.parent.name == "checkpoints" else -1:])
        return f"file {name}, offset " in news or f" of {name} (" in news


class Product:
    """`sluice verify`, run."""

    name = "sluice verify"

    def read(self, folder):
        done = subprocess.run([SLUICE, "verify", "--data", folder], capture_output=True)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        # How long it took is not about the log.
        return done.returncode == 0, "\n".join(
            line for line in text.splitlines() if not line.startswith("seconds"))

    @staticmethod
    def names(path, news):
        return re.search(re.escape(str(path)) + r"(?![\w/])", news) is not None


def verdict(reader, path, whole, accepted, said):
    """What a reader made of a changed file, beside what it says of the whole log."""
    news = "\n".join(set(said.splitlines()) - set(whole.splitlines()))
    if reader.names(path, news):
        return NAMED
    return ELSEWHERE if not accepted or news else MISSED


def copy_of(log, folder):
    """A copy of a log with what its daemon signs beside it; the files of it."""
    folder.mkdir()
    for name in sorted(verify.LOOKED_AT & {path.name for path in log.iterdir()}):
        copy = shutil.copytree if (log / name).is_dir() else shutil.copy
        copy(log / name, folder / name)
    if not (folder / "log.vkey").exists() and log == verify_cases.GOLDEN:
        entries, audit, _ = verify_cases.golden_entries()
        leaves = [verify_cases.leaf_of(entry) for entry in entries]
        signer = verify_cases.Signer(audit.fold.origin.decode(), 7)
        verify_cases.sign_log(folder, leaves, signer, [85, len(leaves)])
    return sorted(path for path in folder.glob("**/*") if path.is_file())


def changes(folder, files, reader, options):
    """Changes one byte after the other; the counts, and where something was missed."""
    accepted, whole = reader.read(folder)
    if not accepted:
        return None, whole
    counts, places = Counter(), []
    for path in files:
        name, data = str(path.relative_to(folder)), path.read_bytes()
        seeded = random.Random(f"{options.seed} {name}")
        for at in range(seeded.randrange(options.every), len(data), options.every):
            changed = data[at] ^ seeded.randrange(1, 256)
            path.write_bytes(data[:at] + bytes([changed]) + data[at + 1:])
            found = verdict(reader, path, whole, *reader.read(folder))
            counts[found] += 1
            if found == MISSED:
                places.append(f"{name}, offset {at}: {data[at]:02x} made {changed:02x}")
        path.write_bytes(data)
    return counts, places


def prove(options):
    try:
        count, missing = verify_cases.run()
    except verify_cases.Wrong as wrong:
        print(f"violation: {wrong}")
        return 1
    for what in missing:
        print(f"not to be had: {what}")
    said, failed = [f"{count} cases of tools/verify.py"], False
    readers = {"verify.py": [Independent], "sluice": [Product]}.get(
        options.reader, [Independent, Product])
    for reader in [kind() for kind in readers]:
        with tempfile.TemporaryDirectory(prefix="sluice-bytes-", dir=options.dir) as folder:
            folder = Path(folder) / "log"
            counts, places = changes(folder, copy_of(options.log, folder), reader, options)
        if counts is None:
            print(f"violation: {reader.name} refuses the log as it was: {places}")
            failed = True
            continue
        total = sum(counts.values())
        said.append(f"{reader.name} of {total} bytes changed: {counts[NAMED]} named, "
                    f"{counts[ELSEWHERE]} elsewhere, {counts[MISSED]} missed")
        if places:
            failed = True
            print("\n".join(f"violation: {reader.name} misses {place}" for place in places[:SHOWN]))
            if len(places) > SHOWN:
                print(f"violation: {reader.name} misses {len(places) - SHOWN} more bytes")
    print("; ".join(said))
    return 1 if failed else 0


def add_options(parser):
    parser.add_argument("--log", type=lambda text: Path(text).resolve(),
                        default=ROOT / "events" / "golden" / "every-kind-7",
                        help="the log that is copied")
    parser.add_argument("--dir", help="where the copy is written; small files, changed often")
    parser.add_argument("--reader", choices=["both", "verify.py", "sluice"], default="both")
    parser.add_argument("--every", type=int, help="take every k-th byte; all without it")
    parser.add_argument("--short", action="store_true", help="every 251st byte")
    parser.add_argument("--seed", type=int, default=1, help="of what a byte is changed by")
    parser.set_defaults(prove=lambda options: prove(with_step(options)))


def with_step(options):
    options.every = options.every or (251 if options.short else 1)
    return options
