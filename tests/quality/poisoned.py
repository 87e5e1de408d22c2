"""Run every method with loops as Python and fresh memory full of one byte; print what it found.

As Python, a loop that reads beyond the end of an array raises an error; and whatever is read of
memory that nobody has written is this byte.
"""

import sys
from typing import Any

import numpy as np

FEW = 300  # rows where more would take long as Python
SLOW = {"masks", "pairs", "rankings", "shapes", "spans", "text"}


def poison(byte: int) -> None:
    """Have numpy hand out fresh memory full of this byte."""
    plain = np.empty

    def empty(*args: Any, **kwargs: Any) -> np.ndarray:
        made = plain(*args, **kwargs)
        flat = made.reshape(-1).view(np.uint8) if made.dtype != object else made
        flat[:] = byte if made.dtype != object else None
        return made

    def empty_like(one: np.ndarray, dtype: Any = None) -> np.ndarray:
        return empty(one.shape, dtype or one.dtype)

    np.empty, np.empty_like = empty, empty_like


def main(byte: int) -> None:
    """Print one line a method."""
    poison(byte)
    from quality.layouts import METHODS, ROWS, plain

    from evenhand.quality import aggregate
    from evenhand.quality.compiled import Compiled

    assert Compiled(len).function is len
    for kind, methods in sorted(METHODS.items()):
        table = plain(kind, 1, rows=FEW if kind in SLOW else ROWS)
        for method in methods:
            result = aggregate(table, method, kind=kind, max_iterations=2)
            found = [result.table.to_pylist(), result.annotators.to_pylist()]
            sys.stdout.write(f"{kind} {method} {found!r}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
