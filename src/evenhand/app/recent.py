"""Who called lately: a key or token just proven is taken on trust for a moment."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Found = TypeVar("Found")

# Long enough to spare a busy caller's look-ups, short enough that whoever is locked out is out.
TRUST_SECONDS = 5.0
CALLERS_MAX = 10_000


@dataclass(slots=True)
class Recent(Generic[Found]):
    """Callers by what they showed; what was refused is looked up every time."""

    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[float, Found]] = field(default_factory=dict[str, tuple[float, Found]])

    async def known(self, shown: str, find: Callable[[], Awaitable[Found]]) -> Found:
        """Take a caller on trust, or look up who it is."""
        moment = self.clock()
        seen = self._seen.get(shown)
        if seen is not None and moment - seen[0] < TRUST_SECONDS:
            return seen[1]
        found = await find()
        if len(self._seen) >= CALLERS_MAX:
            self._seen.clear()
        self._seen[shown] = (moment, found)
        return found

    def forget(self, shown: str) -> None:
        """Trust this one no longer."""
        self._seen.pop(shown, None)
