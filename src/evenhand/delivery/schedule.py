"""When a callback that failed is tried again: published, the same for everyone, no chance in it."""

from datetime import datetime, timedelta

# Twenty waits, first short since most failures pass at once, then growing, a day in all.
_MINUTES = (0.5, 0.5, 1, 2, 4, 7, 10, 15, 20, 30, 40, 50, 60, 75, 90, 120, 150, 195, 255, 315)
WAITS = tuple(timedelta(minutes=minutes) for minutes in _MINUTES)
ATTEMPTS_MAX = len(WAITS) + 1


def retry_at(attempt: int, at: datetime) -> datetime | None:
    """When to try again after this attempt (1 is the first), begun at `at`; None after the last.

    Counted from the attempt itself, so that an outage of this server, which delays attempts,
    neither loses retries nor sends them in one burst.
    """
    return at + WAITS[attempt - 1] if attempt < ATTEMPTS_MAX else None
