"""Transient faults that no caller caused: what is answered, and what is logged."""

from dataclasses import dataclass
from typing import Any

import psycopg
from litestar import Request
from psycopg_pool import PoolTimeout

from evenhand.app.context import context_behind
from evenhand.foundation.disk import DiskFull
from evenhand.foundation.errors import EvenhandError, Unavailable

# The request was fine, but others were in its way for too long.
BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.TooManyConnections,
    PoolTimeout,
    # The database is away or a connection broke: what was asked may be asked again.
    psycopg.OperationalError,
)
# After how many seconds to come again: what is in the way is mostly over by then.
RETRY_SECONDS = {429: 1, 503: 1, 507: 60}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a caller is told, under which name, and whose fault it was in the log."""

    status: int
    name: str
    sentence: str


def trouble_of(error: BaseException) -> Trouble | None:
    """What an error is to a caller, if it is of those that pass; nothing for all others."""
    match error:
        case EvenhandError() if error.status in (Unavailable.status, DiskFull.status):
            return Trouble(error.status, type(error).__name__, error.message)
        case psycopg.errors.DiskFull():
            return Trouble(DiskFull.status, DiskFull.__name__, DiskFull().message)
        case _ if isinstance(error, BUSY):
            return Trouble(503, "Busy", "The server is busy; try again in a moment.")
        case _:
            return None


def told(request: Request[Any, Any, Any], error: BaseException) -> Trouble | None:
    """What to tell of trouble that passes, told to the log too; nothing where it is none."""
    trouble = trouble_of(error)
    if trouble is not None:
        event = "disk.full" if trouble.status == DiskFull.status else "request.busy"
        cause = error.__cause__
        because = {} if cause is None else {"because": type(cause).__name__}
        context_behind(request).seldom.tell(
            event, error=type(error).__name__, path=request.url.path, **because
        )
    return trouble
