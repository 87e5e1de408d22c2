"""The child processes of this installation: for what many wait for, and for what may take long."""

from evenhand import datasets
from evenhand.foundation.processes import Processes

LONG_SECONDS_MAX = 120.0  # a fit or a report of all that a project has
CLAIM_SECONDS = LONG_SECONDS_MAX + 60.0  # for reading before it and keeping after it
LONG_MEMORY_MAX = 512 * 2**20  # bytes; the compiler of loops alone takes a hundred million

# A report's statistics too, which no other process loads: else each child would, in its first call.
_PRELOAD = ("evenhand.pipeline", "evenhand.quality.report.project")

SHORT = Processes(preload=_PRELOAD)
LONG = Processes(seconds_max=LONG_SECONDS_MAX, memory_max=LONG_MEMORY_MAX, preload=_PRELOAD)


def close() -> None:
    """End all children."""
    SHORT.close()
    LONG.close()
    datasets.close()
