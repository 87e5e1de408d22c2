"""Callers just authenticated: trusted for five seconds without another look-up.

What was never proven is looked up in places of its own, in turn by address: so guessing keys,
from however many connections, holds back no caller who has been here before.
"""

import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cachetools import LRUCache, TTLCache

from evenhand.foundation.places import Places

Found = TypeVar("Found")

# Long enough to spare a busy caller's look-ups, short enough that whoever is locked out is out.
TRUST_SECONDS = 5.0
CALLERS_MAX = 10_000
# A look-up takes a millisecond, so that even one at a time is a thousand a second.
LOOK_UPS_AT_ONCE = 4
LOOK_UPS_AN_ADDRESS = 1
LOOK_UPS_WAITING = 100


def look_ups() -> Places:
    """Make the places for look-ups of a kind of caller."""
    return Places(LOOK_UPS_AT_ONCE, per_key=LOOK_UPS_AN_ADDRESS, waiting_per_key=LOOK_UPS_WAITING)


@dataclass(slots=True)
class AuthCache(Generic[Found]):
    """Callers by what they showed; what was refused is looked up every time."""

    clock: Callable[[], float] = time.monotonic
    _places: Places = field(default_factory=look_ups)
    _trusted: TTLCache[str, Found] = field(init=False)
    _proven_before: LRUCache[str, None] = field(init=False)

    def __post_init__(self) -> None:
        self._trusted = TTLCache(CALLERS_MAX, TRUST_SECONDS, timer=self.clock)
        self._proven_before = LRUCache(CALLERS_MAX)

    async def caller(
        self, shown: str, find: Callable[[], Awaitable[Found]], *, address: Hashable = None
    ) -> Found:
        """Take a caller on trust, or look up who it is, in turn with others at the address."""
        if (trusted := self._trusted.get(shown)) is not None:
            return trusted
        # Whoever was known before waits in a line of their own and not behind strangers.
        line = shown if shown in self._proven_before else address
        async with self._places.taken(line):
            found = await find()
        self._trusted[shown] = found
        self._proven_before[shown] = None
        return found

    def forget(self, shown: str) -> None:
        """Trust this one no longer."""
        self._trusted.pop(shown, None)
        self._proven_before.pop(shown, None)
