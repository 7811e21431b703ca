"""Other people's libraries accept what the tests sign, and the daemon what those libraries sign.

A virtual environment below `.build` gets the libraries from PyPI; a test writes one notice of each
sort and institution, signed with keys of its own; `third_party.py` then runs with the libraries.
Whatever cannot be had is named. What is not tried here: exit 4.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from demo import ROOT
from other_people import environment
from proof import NOT_TRIED

PYTHON = ROOT / ".build" / "third-party-python"
# By their names on PyPI; nothing is done without the first. The two of Alipay share a package, and
# the one that has code in its `__init__` must come last.
PACKAGES = ["cryptography", "wechatpayv3==2.0.4", "alipay-sdk-python==3.7.1411",
            "python-alipay-sdk==3.4.0", "Adyen==16.0.0"]
# The test that signs, by its suite.
TESTS = "EverySortTests"


def sign(folder):
    """Has the tests sign their notices into a folder; what was said where they do not."""
    done = subprocess.run(
        ["swift", "test", "--filter", TESTS], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "SLUICE_NOTICES_OUT": folder})
    if done.returncode or not (Path(folder) / "notices.ndjson").exists():
        return done.stdout + done.stderr
    return None


def prove(options):
    python, missing = environment(PYTHON, PACKAGES, 20)
    for name in missing:
        print(f"not to be had: {name}")
    if python is None or PACKAGES[0] in missing:
        print("not tried: no library is here, and PyPI is not reached")
        return NOT_TRIED
    with tempfile.TemporaryDirectory(prefix="sluice-signed-") as folder:
        print("the tests sign ...", flush=True)
        if said := sign(folder):
            print(f"{said}\nviolation: the tests do not sign")
            return 1
        return subprocess.run(
            [python, ROOT / "tools" / "third_party.py", folder, options.dir]).returncode


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where the log is written")
    parser.set_defaults(prove=prove)
