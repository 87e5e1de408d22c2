"""An answer that is the same for whoever asks: made by one at a time, and kept for some seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

FRESH_SECONDS = 5.0

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Fresh(Generic[_Answer]):
    """The last answer, and until when it is given without being made anew."""

    clock: Callable[[], float] = time.monotonic
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _last: tuple[_Answer, float] | None = field(default=None, init=False)

    def kept(self) -> _Answer | None:
        """The answer, while it is fresh."""
        if self._last is None or self.clock() >= self._last[1]:
            return None
        return self._last[0]

    async def made(self, make: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """The answer, made anew where it is not fresh; whoever comes meanwhile waits for it."""
        async with self._lock:
            found = self.kept()
            if found is None:
                found = await make()
                self._last = found, self.clock() + FRESH_SECONDS
            return found
