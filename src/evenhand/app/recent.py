"""Who called lately: a key or token just proven is taken on trust for a moment.

What was never proven is looked up in places of its own, in turn by address: so guessing keys,
from however many connections, holds back no caller who has been here before.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

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
class Recent(Generic[Found]):
    """Callers by what they showed; what was refused is looked up every time."""

    clock: Callable[[], float] = time.monotonic
    _places: Places = field(default_factory=look_ups)
    _seen: OrderedDict[str, tuple[float, Found]] = field(
        default_factory=OrderedDict[str, tuple[float, Found]]
    )

    async def known(
        self, shown: str, find: Callable[[], Awaitable[Found]], *, address: Hashable = None
    ) -> Found:
        """Take a caller on trust, or look up who it is, in turn with others at the address."""
        seen = self._seen.get(shown)
        if seen is not None and self.clock() - seen[0] < TRUST_SECONDS:
            return seen[1]
        # Whoever was known before waits in a line of their own and not behind strangers.
        async with self._places.taken(address if seen is None else shown):
            found = await find()
        self._seen[shown] = (self.clock(), found)
        self._seen.move_to_end(shown)
        if len(self._seen) > CALLERS_MAX:
            self._seen.popitem(last=False)
        return found

    def forget(self, shown: str) -> None:
        """Trust this one no longer."""
        self._seen.pop(shown, None)
