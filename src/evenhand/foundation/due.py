"""Rows that are due, and from which moment on they are looked for.

What is done lies in front of what is due. Vacuum takes it away, but not while an old transaction,
such as a dump's, might still see it: then every look would walk past all that was done since. So a
look begins where the last one found something. A full one, from the very begin, finds what was
entered in time and committed late; it is made as often as it costs next to nothing, and that is
always, unless vacuum is held back.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

EVER = datetime(1970, 1, 1, tzinfo=UTC)
LATE = timedelta(seconds=1)  # what is committed no later than this after it was entered
# Between two full looks passes so many times what one takes, up to so long.
REST_RATIO = 50.0
REST_SECONDS_MAX = 5.0
REST_SECONDS_FEW = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A tenant of which something is due, and a moment before which nothing of it is."""

    tenant_id: UUID
    since: datetime


@dataclass(slots=True)
class Front:
    """Where looks for one kind of rows begin; each process keeps its own."""

    clock: Callable[[], float] = time.monotonic
    _since: datetime = field(default=EVER, init=False)
    _full_at: float = field(default=0.0, init=False)
    _rest: float = field(default=0.0, init=False)

    @property
    def since(self) -> datetime:
        """Where a look begins that costs little: at the very begin, if that does."""
        return EVER if self._rest < REST_SECONDS_FEW else self._since

    async def look(self, find: Callable[[datetime], Awaitable[Sequence[Due]]]) -> Sequence[Due]:
        """Find the tenants of which something is due."""
        begun = self.clock()
        is_full = begun >= self._full_at
        found = await find(EVER if is_full else self._since)
        if is_full:
            ended = self.clock()
            self._rest = min(REST_RATIO * (ended - begun), REST_SECONDS_MAX)
            self._full_at = ended + self._rest
        if found:
            self._since = max(EVER, min(one.since for one in found) - LATE)
        return found
