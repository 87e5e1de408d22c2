"""The name that was meant where one is not there."""

import difflib
from collections.abc import Sequence

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many

QUERIES = sql.beside(__file__)

# To hold one against fifty others of that length takes some milliseconds.
NAMES_COMPARED_MAX = 50
COMPARED_LENGTH_MAX = 80
LIKENESS_LEAST = 0.6


async def nearest_project(tx: Tx, name: str, *, is_test: bool) -> str:
    """A sentence that names the project whose name is most like this one; empty without one."""
    if not _may_be_compared(name):
        return ""
    names = await many(
        tx,
        QUERIES["names_of_projects"],
        str,
        name=name,
        is_test=is_test,
        length_max=COMPARED_LENGTH_MAX,
        limit=NAMES_COMPARED_MAX,
    )
    return _told(name, names)


async def nearest_batch(tx: Tx, name: str, *, is_test: bool) -> str:
    """A sentence that names the batch whose name is most like this one; empty without one."""
    if not _may_be_compared(name):
        return ""
    names = await many(
        tx,
        QUERIES["names_of_batches"],
        str,
        name=name,
        is_test=is_test,
        length_max=COMPARED_LENGTH_MAX,
        limit=NAMES_COMPARED_MAX,
    )
    return _told(name, names)


def _may_be_compared(name: str) -> bool:
    return len(name) <= COMPARED_LENGTH_MAX and "\0" not in name


def _told(name: str, names: Sequence[str]) -> str:
    # By what they come to without capitals and spaces; the last of two alike is as good.
    meant = {other.strip().casefold(): other for other in names}
    likest = difflib.get_close_matches(name.strip().casefold(), meant, n=1, cutoff=LIKENESS_LEAST)
    return f' Did you mean "{meant[likest[0]]}"?' if likest else ""
