"""What a process remembers of searches for work, so as not to repeat what was in vain.

All of it may be forgotten at any time, and what it says of others is old by seconds at most.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from uuid import UUID

from cachetools import LRUCache, TTLCache

from evenhand.work import assignments

LONGEST_REST = assignments.rest_of(inf)
REMEMBERED_MAX = 10_000  # about 2 MB
# How long a floor holds: who notes a queue at the virtual time of a moment ago may put it below.
FLOOR_SECONDS = 2.0
# A walk that takes longer than this has passed much that is gone, and cannot be cleaned away for a
# long transaction still sees it. What opens before the place it found is seen so much later.
LONG_WALK_SECONDS = 0.002
WALK_RATIO = 50.0  # of the time it took
WALK_SECONDS_MAX = 5.0

_Pair = tuple[UUID, UUID]


@dataclass(slots=True)
class Floor:
    """The smallest tag of all queues with work: decisions begin their look there.

    While a long transaction keeps the database from cleaning up, what served queues left behind
    below it grows and grows.
    """

    clock: Callable[[], float]
    _tag: int = 0
    _until: float = 0.0

    def tag(self) -> int:
        """The floor that still holds, or 0, from where on the look finds everything."""
        return self._tag if self.clock() < self._until else 0

    def learn(self, tag: int) -> None:
        """Raise the floor; when it no longer holds it is set anew, by a look at everything."""
        moment = self.clock()
        if moment >= self._until:
            self._until = moment + FLOOR_SECONDS
        self._tag = tag


@dataclass(slots=True)
class _Begin:
    place: assignments.Place
    until: float


@dataclass(slots=True)
class Walks:
    """Where the walk along a tenant's open assignments begins, if to walk all of it takes long."""

    clock: Callable[[], float]
    _begins: LRUCache[UUID, _Begin] = field(default_factory=lambda: LRUCache(REMEMBERED_MAX))

    def begin(self, tenant_id: UUID) -> assignments.Place | None:
        """The place before which nothing was open just now; None if all is to be walked."""
        known = self._begins.get(tenant_id)
        if known is None:
            return None
        moment = self.clock()
        if moment < known.until:
            return known.place
        # One walks all of it again; meanwhile the others go on from here.
        known.until = moment + WALK_SECONDS_MAX
        return None

    def walked(
        self,
        tenant_id: UUID,
        begin: assignments.Place | None,
        found: assignments.Place,
        *,
        seconds: float,
    ) -> None:
        """Note where a walk from this begin found the first, and how long it took."""
        if begin is not None:
            return
        if seconds < LONG_WALK_SECONDS:
            self._begins.pop(tenant_id, None)
            return
        rests = min(seconds * WALK_RATIO, WALK_SECONDS_MAX)
        self._begins[tenant_id] = _Begin(found, self.clock() + rests)


@dataclass(slots=True)
class SearchMemory:
    """Of queues: where they begin, and by annotator until when one is not searched again.

    `held_since` says from when on what an annotator holds was lent, if they were lent anything.
    """

    clock: Callable[[], float] = time.monotonic
    floor: Floor = field(init=False)
    walks: Walks = field(init=False)
    held_since: LRUCache[UUID, datetime] = field(default_factory=lambda: LRUCache(REMEMBERED_MAX))
    _until: TTLCache[_Pair, float] = field(init=False)

    def __post_init__(self) -> None:
        self.floor = Floor(self.clock)
        self.walks = Walks(self.clock)
        self._until = TTLCache(REMEMBERED_MAX, LONGEST_REST, timer=self.clock)

    def rests(self, annotator_id: UUID, tenant_id: UUID) -> bool:
        """Tell whether a queue should not be searched for this annotator yet."""
        return self._until.get((annotator_id, tenant_id), 0.0) > self.clock()

    def searched(self, annotator_id: UUID, tenant_id: UUID, *, since: float) -> None:
        """Let a queue rest that was searched in vain since a moment, if that took long."""
        moment = self.clock()
        rest = assignments.rest_of(moment - since)
        pair = (annotator_id, tenant_id)
        # What was handed in during the search may have opened what the search did not see.
        if not rest or self._until.get(pair, since) > since:
            return
        self._until[pair] = moment + rest

    def forget(self, annotator_id: UUID, tenant_id: UUID) -> None:
        """Search again at once: the annotator handed something in, and may be due something new."""
        self._until[annotator_id, tenant_id] = self.clock()
