"""The ways in: customers' API, workbench API, command line, worker process."""

import sys
from importlib import import_module


def _load_log_without_rich() -> None:
    """Load structlog before anybody has loaded rich, as if rich were not installed.

    Where it finds rich it loads nearly all of it, for tracebacks in colour that our log never
    prints: it leaves out what an error quotes. That was a tenth of what a server loads.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # pyright: ignore[reportArgumentType] - Python's way to say so
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]


_load_log_without_rich()
