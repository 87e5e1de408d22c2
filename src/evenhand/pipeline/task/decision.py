"""One request of an annotator for work: what the rule saw, what it chose, and the record of it."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from evenhand import ledger, workforce
from evenhand.foundation.database import Connection, Tx, as_tenant_on
from evenhand.ledger import events
from evenhand.pipeline.task import at_once
from evenhand.pipeline.task.search_memory import SearchMemory
from evenhand.work import assignments

# An annotator who asks twice at once may draw two slots of one task; the loser draws again.
RACES_MAX = 5
# Most decisions end at the first queue; one that does not is likely to go on for long.
QUEUES_AT_FIRST, QUEUES_A_PAGE = 4, 64
NOT_YET = UUID(int=0)  # stands where the database will name what it lends


@dataclass(slots=True)
class Decision:
    """One request of an annotator: the queues looked at, in order, and why the first ones failed.

    Its id names tenants blindly in what is committed to, so that none learns who the others are.
    """

    annotator: workforce.Annotator
    now: datetime
    decision_id: UUID = field(default_factory=uuid4)
    looked_at: list[assignments.QueueSeen] = field(default_factory=list[assignments.QueueSeen])
    passed: list[str] = field(default_factory=list[str])


async def queues_in_order(
    connection: Connection, decision: Decision, memory: SearchMemory
) -> AsyncGenerator[assignments.QueueSeen]:
    """Give the queues with work for the annotator's role in the order of the fair rule.

    Those that have got work since the last decision are noted before, and so are in their place.
    """
    floor = memory.floor.tag()
    look = assignments.Look(floor=floor, after=(floor, ""), most=QUEUES_AT_FIRST, want_new=True)
    found = await _seen(connection, decision, look)
    if any(one.is_new for one in found):
        for one in found:
            await at_once.note_opened(
                connection, one.tenant_id, virtual_time=one.virtual_time, now=decision.now
            )
        look = replace(look, want_new=False)
        found = await _seen(connection, decision, look)
    if found:
        memory.floor.learn(min(found[0].first_tag, found[0].virtual_time))
    while found:
        for one in found:
            decision.looked_at.append(one)
            yield one
        if len(found) < look.most:
            return
        last = assignments.place(found[-1].queue)
        look = replace(look, after=last, most=QUEUES_A_PAGE, want_new=False)
        found = await _seen(connection, decision, look)


async def _seen(
    connection: Connection, decision: Decision, look: assignments.Look
) -> list[assignments.QueueSeen]:
    annotator = decision.annotator
    return await assignments.queues_ahead(
        connection, annotator.annotator_id, reviewer=annotator.reviewer, look=look
    )


async def decided(
    connection: Connection,
    decision: Decision,
    queues: AsyncIterator[assignments.QueueSeen],
    memory: SearchMemory,
) -> tuple[UUID, assignments.Assignment] | None:
    """Lend something of the first of the queues that has something for the annotator."""
    async for queue in queues:
        lent = await lent_of(connection, decision, queue, memory)
        if lent is not None:
            if queue.has_competition:
                await record_passed(connection, decision)
            return queue.tenant_id, lent
    return None


async def with_first(
    first: assignments.QueueSeen | None, rest: AsyncIterator[assignments.QueueSeen]
) -> AsyncGenerator[assignments.QueueSeen]:
    """Give a queue that was taken from the front, and then the rest."""
    if first is not None:
        yield first
    async for queue in rest:
        yield queue


async def lent_of(
    connection: Connection, decision: Decision, seen: assignments.QueueSeen, memory: SearchMemory
) -> assignments.Assignment | None:
    """Lend something of one queue, or note why nothing of it could be lent."""
    annotator_id = decision.annotator.annotator_id
    if seen.guarded and memory.rests(annotator_id, seen.tenant_id):
        decision.passed.append("rests")
        return None
    since = memory.clock()
    lending = lending_of(decision, seen, memory)
    for _ in range(RACES_MAX):
        with suppress(assignments.DrawnTwice):
            lent = await at_once.lend(connection, seen.tenant_id, lending, now=decision.now)
            learn(memory, seen, lending, lent)
            break
    else:
        decision.passed.append("taken")
        return None
    if lent is None:
        async with as_tenant_on(connection, seen.tenant_id, by_key=True) as tx:
            decision.passed.append(await _why_not(tx, decision))
        if seen.guarded:
            memory.searched(annotator_id, seen.tenant_id, since=since)
    return lent


def lending_of(
    decision: Decision, seen: assignments.QueueSeen, memory: SearchMemory
) -> at_once.Lending:
    """What follows from a decision for the last queue that it looked at."""
    turn = assignments.turn_of(
        seen.queue, virtual_time=seen.virtual_time, has_competition=seen.has_competition
    )
    return at_once.Lending(
        annotator=decision.annotator,
        guarded=seen.guarded,
        turn=turn,
        entry=_leased(decision, seen),
        held_since=memory.held_since.get(decision.annotator.annotator_id),
        begin=memory.walks.begin(seen.tenant_id),
    )


def learn(
    memory: SearchMemory,
    seen: assignments.QueueSeen,
    lending: at_once.Lending,
    lent: at_once.Lent | None,
) -> None:
    """Remember where the next search may begin."""
    if lent is None:
        return
    memory.held_since[lending.annotator.annotator_id] = lent.held_since
    if not (lent.review or lending.guarded):
        memory.walks.walked(seen.tenant_id, lending.begin, lent.place, seconds=lent.walked_seconds)


async def _why_not(tx: Tx, decision: Decision) -> str:
    """Say why nothing of a queue was lent; one that turns out to be empty leaves the order."""
    annotator = decision.annotator
    why = await assignments.barred(
        tx, annotator.annotator_id, reviewer=annotator.reviewer, now=decision.now
    )
    emptied = await assignments.note_emptied(tx)
    if emptied is not None:
        left = events.QueueEmptied(
            decision_id=decision.decision_id,
            has_open=emptied.has_open,
            has_reviews=emptied.has_reviews,
        )
        await ledger.append(tx, left, at=decision.now)
    return ", ".join(why.reasons())


def _leased(decision: Decision, seen: assignments.QueueSeen) -> events.AssignmentLeased:
    """What the rule saw, as far as the tenant that is served may know it; what is lent follows."""
    return events.AssignmentLeased(
        task_id="",
        assignment_id=NOT_YET,
        annotator_id=decision.annotator.annotator_id,
        purpose="live",
        review=False,
        decision_id=decision.decision_id,
        rule=assignments.RULE,
        weight=seen.weight,
        virtual_time=seen.virtual_time,
        tag=0,
        tag_after=0,
        tie=seen.tie,
        has_competition=seen.has_competition,
        order=_order_digest(decision),
    )


def _order_digest(decision: Decision) -> str:
    """Commit to all queues from the first to the one that may be served, and why some failed."""
    reasons = [*decision.passed, ""]
    return assignments.order_digest(
        [
            (
                assignments.handle(str(decision.decision_id), str(seen.tenant_id)),
                seen.tag,
                seen.weight,
                seen.tie,
                why,
            )
            for seen, why in zip(decision.looked_at, reasons, strict=True)
        ]
    )


async def record_passed(connection: Connection, decision: Decision) -> None:
    """Tell each tenant that was passed over in its own log, and why.

    After the lease, whose entry commits to it: what is missing here shows there.
    """
    for seen, reason in zip(decision.looked_at, decision.passed, strict=False):
        passed = events.QueuePassed(
            decision_id=decision.decision_id,
            annotator_id=decision.annotator.annotator_id,
            tag=seen.tag,
            tie=seen.tie,
            reason=reason,
        )
        await at_once.enter(connection, seen.tenant_id, passed, now=decision.now)
