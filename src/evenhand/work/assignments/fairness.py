"""The fair rule: whose turn it is. It sees queues and times, never ids or names.

Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996, doi:10.1145/248156.248171):
a tenant's next task starts, in virtual time, where its last one finished, or now if it
was idle meanwhile; the smallest start is served. So while two tenants both have work, the
annotations lent to them stay in proportion to their published weights to within one task.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

COST = 1.0  # one assignment; a later rule may weigh long task types more


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first open assignment of a queue: when it came and a lot that favours nobody."""

    position: int
    lot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One tenant's queue as the rule sees it."""

    weight: float
    virtual_start: float
    virtual_finish: float
    head: Head | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which queue is served, the virtual time at which it starts, and whether others waited."""

    index: int
    start: float
    finish: float
    contested: bool


def turns(queues: Sequence[Queue]) -> list[Turn]:
    """Say in which order the queues that have work are served; the first is whose turn it is."""
    virtual_now = max((queue.virtual_start for queue in queues), default=0.0)
    waiting = [
        (
            max(queue.virtual_finish, virtual_now),
            queue.head.position,
            # Equal starts that came in the same microsecond fall by a hash anyone can recompute.
            hashlib.sha256(queue.head.lot.encode()).digest(),
            index,
            queue.weight,
        )
        for index, queue in enumerate(queues)
        if queue.head is not None
    ]
    return [
        Turn(
            index=index,
            start=start,
            finish=start + COST / weight,
            # Virtual time measures shares; whoever is alone with work takes nothing from anyone,
            # and comes out of it neither ahead nor behind.
            contested=len(waiting) > 1,
        )
        for start, _, _, index, weight in sorted(waiting)
    ]
