"""What the proofs have in common: how they say what does not hold, and how they end."""

import tempfile

NOT_TRIED = 4
"""The exit code where the machine does not let something be tried."""


class Violation(Exception):
    """Something was not as it must be, or was accepted that must be refused."""


class Unable(Exception):
    """The machine does not let this be tried."""


def in_folder(name, options, work):
    """Does `work` in a folder of its own, which goes with it, and prints what it says.

    The answer is the exit code: 1 where there is a violation.
    """
    with tempfile.TemporaryDirectory(prefix=f"sluice-{name}-", dir=options.dir) as folder:
        try:
            print(work(folder))
        except Violation as violation:
            print(f"violation: {violation}")
            return 1
    return 0
