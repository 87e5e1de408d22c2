"""Group commit: what several requests of a tenant ask at the same moment, in one transaction.

Whoever comes while nothing of the tenant is being entered does not wait. Those who come meanwhile
are entered together as soon as that transaction has ended: so many clients at once cost what one
call with many orders costs, and each is answered when its own order is durable.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from evenhand.foundation.database import is_away
from evenhand.foundation.errors import TooMany

ORDERS_TOGETHER_MAX = 64
# Of large orders few, so that no transaction lasts long; one that is larger still goes alone.
BYTES_TOGETHER_MAX = 1024 * 1024
WAITING_A_TENANT_MAX = 256  # as many as may wait for a connection
# A fifth of what it takes to enter a group.
GATHERING_SECONDS = 0.001

Order = TypeVar("Order")
Done = TypeVar("Done")
# Enters orders of one tenant in one transaction, and says of each what became of it.
Entering: TypeAlias = Callable[[Sequence[Order]], Awaitable[Sequence[Done | Exception]]]


class TooManyCreates(TooMany):
    """You create more at once than a tenant may; wait for some, or send many in one call."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Order, Done]):
    order: Order
    size: int
    answer: asyncio.Future[Done]


@dataclass(slots=True)
class GroupCommit(Generic[Order, Done]):
    """Orders that wait to be entered, by tenant; one transaction of each tenant at a time."""

    _lines: dict[UUID, deque[_Waiting[Order, Done]]] = field(default_factory=dict)
    _entering: set[asyncio.Task[None]] = field(default_factory=set)

    async def entered(
        self, tenant_id: UUID, order: Order, size: int, enter: Entering[Order, Done]
    ) -> Done:
        """Have an order of so many bytes entered, and return what became of it once it is durable.

        Raises what `enter` says of this order, and `TooManyCreates` where 256 wait already.
        """
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        line = self._lines.get(tenant_id)
        if line is None:
            line = self._lines[tenant_id] = deque()
            entering = asyncio.create_task(self._enter_all(tenant_id, line, enter))
            self._entering.add(entering)
            entering.add_done_callback(self._entering.discard)
        if len(line) >= WAITING_A_TENANT_MAX:
            raise TooManyCreates
        line.append(_Waiting(order, size, answer))
        return await answer

    async def _enter_all(
        self, tenant_id: UUID, line: deque[_Waiting[Order, Done]], enter: Entering[Order, Done]
    ) -> None:
        try:
            while line:
                chosen = _next_of(line)
                await _enter(chosen, enter)
                if len(chosen) > 1:
                    # They are being answered, and most ask again at once: together, not one first.
                    await asyncio.sleep(GATHERING_SECONDS)
        finally:
            del self._lines[tenant_id]
            for left in line:  # none, unless this was cancelled
                left.answer.cancel()


def _next_of(line: deque[_Waiting[Order, Done]]) -> list[_Waiting[Order, Done]]:
    chosen = [line.popleft()]
    size = chosen[0].size
    while line and len(chosen) < ORDERS_TOGETHER_MAX and size + line[0].size <= BYTES_TOGETHER_MAX:
        chosen.append(line.popleft())
        size += chosen[-1].size
    return chosen


async def _enter(chosen: Sequence[_Waiting[Order, Done]], enter: Entering[Order, Done]) -> None:
    try:
        outcomes = await enter([one.order for one in chosen])
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked raises it
        if len(chosen) > 1 and not is_away(error):
            # Nothing was entered. Whichever it was that cannot be, the others can.
            for one in chosen:
                await _enter([one], enter)
            return
        outcomes = [error] * len(chosen)
    except BaseException:
        for one in chosen:
            one.answer.cancel()
        raise
    for one, outcome in zip(chosen, outcomes, strict=True):
        with suppress(asyncio.InvalidStateError):  # whoever asked has gone
            if isinstance(outcome, Exception):
                one.answer.set_exception(outcome)
            else:
                one.answer.set_result(outcome)
