"""Other people's programs, from PyPI, in a virtual environment of their own below .build."""

import re
import subprocess
import sys


def environment(folder, packages, seconds):
    """A Python with the packages; the names of those that could not be had."""
    python = folder / "bin" / "python3"
    if not python.exists():
        done = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True)
        if done.returncode:
            return None, ["a virtual environment (apt install python3-venv)"]
    missing, here = [], {path.name.split("-")[0] for path in folder.glob("lib/*/*/*.dist-info")}
    for package in packages:
        # As a folder it was installed in says its name.
        if re.split("[>=]", package)[0].replace("-", "_") in here:
            continue
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--retries", "1", "--timeout", str(seconds), package], capture_output=True, text=True)
        if done.returncode:
            missing.append(package)
    return python, missing
