"""One request of an annotator for work: what the rule saw, what it chose, and the record of it."""

from collections import deque
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


@dataclass(slots=True)
class Decision:
    """One request of an annotator: the queues looked at, in order, and why the first ones failed.

    What is lent ahead of its turn is not shown yet. The id is in the entries of all of them.
    """

    annotator: workforce.Annotator
    now: datetime
    ahead: bool = False
    decision_id: UUID = field(default_factory=uuid4)
    looked_at: list[assignments.QueueSeen] = field(default_factory=list[assignments.QueueSeen])
    passed: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Walk:
    """Along the queues with work for an annotator's role, in the order of the fair rule.

    Those that have got work since the last decision are noted first, and so are in their place.
    """

    connection: Connection
    decision: Decision
    memory: SearchMemory
    _look: assignments.Look | None = None
    _ahead: deque[assignments.QueueSeen] = field(default_factory=deque[assignments.QueueSeen])
    _ends: bool = False

    async def next(self) -> assignments.QueueSeen | None:
        """Look at the next queue; None where there is no more."""
        if not self._ahead and not self._ends:
            await self._read_on()
        if not self._ahead:
            return None
        seen = self._ahead.popleft()
        self.decision.looked_at.append(seen)
        return seen

    def put_back(self) -> None:
        """Have the queue that was looked at last come next again."""
        self._ahead.appendleft(self.decision.looked_at.pop())

    async def _read_on(self) -> None:
        if self._look is None:
            found = await self._first()
            if found:
                self.memory.floor.learn(min(found[0].first_tag, found[0].virtual_time))
        else:
            found = await self._seen(self._look)
        self._ends = self._look is None or len(found) < self._look.most
        if found and self._look is not None:
            after = assignments.place(found[-1].queue)
            self._look = replace(self._look, after=after, most=QUEUES_A_PAGE)
        self._ahead.extend(found)

    async def _first(self) -> list[assignments.QueueSeen]:
        floor = self.memory.floor.tag()
        look = assignments.Look(floor=floor, after=(floor, ""), most=QUEUES_AT_FIRST, want_new=True)
        found = await self._seen(look)
        look = self._look = replace(look, want_new=False)
        if not any(one.is_new for one in found):
            return found
        for one in found:
            await at_once.note_opened(
                self.connection,
                one.tenant_id,
                virtual_time=one.virtual_time,
                now=self.decision.now,
            )
        return await self._seen(look)

    async def _seen(self, look: assignments.Look) -> list[assignments.QueueSeen]:
        annotator = self.decision.annotator
        return await assignments.queues_ahead(
            self.connection,
            annotator.annotator_id,
            reviewer=annotator.reviewer,
            look=look,
            now=self.decision.now,
        )


async def decided(walk: Walk) -> tuple[UUID, assignments.Assignment] | None:
    """Lend something of the first of the queues that has something for the annotator."""
    while (queue := await walk.next()) is not None:
        lent = await lent_of(walk.connection, walk.decision, queue, walk.memory)
        if lent is not None:
            if queue.has_competition:
                await record_passed(walk.connection, walk.decision)
            return queue.tenant_id, lent
    return None


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
        try:
            lent = await at_once.lend(connection, seen.tenant_id, lending, now=decision.now)
        except assignments.DrawnTwice:
            continue
        except assignments.Walled:
            # As if it had not been seen: nothing of a wall is in anybody's record.
            decision.looked_at.pop()
            return None
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
        assignment_id=at_once.UNKNOWN,
        annotator_id=decision.annotator.annotator_id,
        purpose="live",
        review=False,
        decision_id=decision.decision_id,
        rule=assignments.RULE,
        weight=seen.weight,
        virtual_time=seen.virtual_time,
        tag=0,
        tag_after=0,
        tag_seen=seen.tag,
        tie=seen.tie,
        has_competition=seen.has_competition,
        reviewer=decision.annotator.reviewer,
        epoch=0,
        shown=not decision.ahead,
    )


async def record_passed(connection: Connection, decision: Decision) -> None:
    """Tell each tenant that was passed over in its own log, and why.

    Where a word is missing, the replay of the epoch shows a queue that stood before the one served.
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
