"""A fair semaphore: each key holds only a few places at once, and waiting keys take turns.

A pool of anything (connections, processes, fetches under way) that serves first come, first
served gives all of itself to whoever asks most. Here a key, most often a tenant, holds a bounded
number of places at once, and free places go round the keys that wait, one each: so what a key
waits for depends on how many keys wait, and not on how much any of them asks.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager

from evenhand.foundation.errors import TooMany


class TooManyAtOnce(TooMany):
    """You ask for more at once than one caller may; wait for some of it to end."""


class Places:
    """So many places, of which one key holds at most a few; waiting is in turn by key."""

    def __init__(self, total: int, *, per_key: int, waiting_per_key: int) -> None:
        assert 1 <= per_key <= total, "a key can have a place, and no more than there are"
        self._free = total
        self._per_key = per_key
        self._waiting_per_key = waiting_per_key
        self._held: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def taken(self, key: Hashable) -> AsyncGenerator[None]:
        """Hold a place for as long as the block runs, waiting for it in turn.

        Raises `TooManyAtOnce` where as many wait under this key as may.
        """
        await self._take(key)
        try:
            yield
        finally:
            self._give_back(key)

    def held(self, key: Hashable) -> int:
        """How many places a key holds."""
        return self._held[key]

    async def _take(self, key: Hashable) -> None:
        if self._free and self._held[key] < self._per_key:
            # With a place free, nobody waits but keys that hold all that they may.
            self._hold(key)
            return
        line = self._waiting.setdefault(key, deque())
        if len(line) >= self._waiting_per_key:
            raise TooManyAtOnce
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(key, turn)
            else:
                # The place came at the moment in which it was no longer wanted.
                self._give_back(key)
            raise

    def _hold(self, key: Hashable) -> None:
        self._free -= 1
        self._held[key] += 1

    def _give_back(self, key: Hashable) -> None:
        self._free += 1
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        self._serve()

    def _serve(self) -> None:
        for key in list(self._waiting):
            if not self._free:
                return
            turn = self._next_in(key) if self._held[key] < self._per_key else None
            if turn is not None:
                # Handed over here and now, or whoever comes next could take it first.
                self._hold(key)
                turn.set_result(None)

    def _next_in(self, key: Hashable) -> asyncio.Future[None] | None:
        line = self._waiting.pop(key)
        while line:
            turn = line.popleft()
            if not turn.cancelled():
                if line:
                    self._waiting[key] = line
                return turn
        return None

    def _leave(self, key: Hashable, turn: asyncio.Future[None]) -> None:
        line = self._waiting.get(key, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._waiting.pop(key, None)
