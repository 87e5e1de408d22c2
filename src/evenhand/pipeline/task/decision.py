"""One request of an annotator for work: what the rule saw, what it chose, and the record of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from evenhand import ledger, workforce
from evenhand.foundation.database import Connection, Tx, as_tenant_on
from evenhand.ledger import events
from evenhand.pipeline.task.empty_queues import EmptyQueues
from evenhand.work import assignments

# An annotator who asks twice at once may draw two slots of one task; the loser draws again.
RACES_MAX = 5


@dataclass(slots=True)
class Decision:
    """One request of an annotator: what the rule saw, and why queues before the chosen one failed.

    Its id names tenants blindly in what is committed to, so that none learns who the others are.
    """

    annotator: workforce.Annotator
    seen: assignments.Queues
    now: datetime
    decision_id: UUID = field(default_factory=uuid4)
    passed: dict[int, str] = field(default_factory=dict[int, str])
    order: Sequence[assignments.Turn] = field(init=False)

    def __post_init__(self) -> None:
        self.order = assignments.turns(self.seen.queues)


def require_room(held: int) -> None:
    """Raise where an annotator holds as many assignments as one may."""
    if held >= assignments.HELD_MAX:
        raise assignments.TooManyHeld(held=held, held_max=assignments.HELD_MAX)


async def note_waiting(connection: Connection, decision: Decision) -> None:
    """Note which queues have got work since the last decision, and which have none left.

    Only with a decision, so that whoever replays the decisions notes the same.
    """
    seen = decision.seen
    now = assignments.virtual_time(seen.queues)
    for tenant_id, queue in zip(seen.tenant_ids, seen.queues, strict=True):
        if queue.waiting != queue.has_work:
            async with as_tenant_on(connection, tenant_id, by_key=True) as tx:
                await assignments.note_waiting(tx, waiting=queue.has_work, tag=now)


async def lent_of(
    connection: Connection,
    decision: Decision,
    turn: assignments.Turn,
    empty: EmptyQueues,
) -> assignments.Assignment | None:
    """Lend something of one queue, or note why nothing of it could be lent."""
    annotator_id = decision.annotator.annotator_id
    tenant_id = decision.seen.tenant_ids[turn.index]
    guarded = decision.seen.guarded[turn.index]
    if guarded and empty.rests(annotator_id, tenant_id):
        decision.passed[turn.index] = "rests"
        return None
    since = empty.clock()
    for _ in range(RACES_MAX):
        with suppress(assignments.DrawnTwice):
            async with as_tenant_on(connection, tenant_id, by_key=True) as tx:
                lent = await _lend(tx, decision, turn)
            break
    else:
        decision.passed[turn.index] = "taken"
        return None
    if lent is None and guarded:
        empty.searched(annotator_id, tenant_id, since=since)
    return lent


async def _lend(
    tx: Tx, decision: Decision, turn: assignments.Turn
) -> assignments.Assignment | None:
    annotator = decision.annotator
    held = await assignments.held_alone(tx.connection, annotator.annotator_id)
    require_room(held)
    lent = await assignments.lease_next(
        tx,
        annotator.annotator_id,
        reviewer=annotator.reviewer,
        guarded=decision.seen.guarded[turn.index],
        now=decision.now,
    )
    if lent is None:
        if turn.has_competition:
            why = await assignments.barred(
                tx, annotator.annotator_id, reviewer=annotator.reviewer, now=decision.now
            )
            decision.passed[turn.index] = ", ".join(why.reasons())
        return None
    moved = await assignments.advance(tx, turn)
    await ledger.append(tx, _leased(decision, turn, lent, moved), at=decision.now)
    return lent


def _leased(
    decision: Decision,
    turn: assignments.Turn,
    lent: assignments.Assignment,
    moved: assignments.Advance,
) -> events.AssignmentLeased:
    """What the rule saw and did, as far as the tenant that is served may know it."""
    return events.AssignmentLeased(
        task_id=lent.task_id,
        assignment_id=lent.assignment_id,
        annotator_id=decision.annotator.annotator_id,
        purpose=lent.purpose,
        review=lent.review,
        decision_id=decision.decision_id,
        rule=assignments.RULE,
        weight=decision.seen.queues[turn.index].weight,
        virtual_time=assignments.virtual_time(decision.seen.queues),
        tag=moved.tag_before,
        tag_after=moved.tag_after,
        tie=turn.tie,
        has_competition=turn.has_competition,
        order=_order_digest(decision),
    )


def _order_digest(decision: Decision) -> str:
    """Commit to all queues that had work for the annotator's role, and why some were passed."""
    return assignments.order_digest(
        [
            (
                assignments.handle(
                    str(decision.decision_id), str(decision.seen.tenant_ids[turn.index])
                ),
                turn.tag,
                decision.seen.queues[turn.index].weight,
                turn.tie,
                decision.passed.get(turn.index, ""),
            )
            for turn in decision.order
        ]
    )


async def record_passed(connection: Connection, decision: Decision) -> None:
    """Tell each tenant that was passed over in its own log, and why.

    After the lease, whose entry commits to it: what is missing here shows there.
    """
    for turn in decision.order:
        reason = decision.passed.get(turn.index)
        if reason is not None:
            tenant_id = decision.seen.tenant_ids[turn.index]
            async with as_tenant_on(connection, tenant_id, by_key=True) as tx:
                passed = events.QueuePassed(
                    decision_id=decision.decision_id,
                    annotator_id=decision.annotator.annotator_id,
                    tag=turn.tag,
                    tie=turn.tie,
                    reason=reason,
                )
                await ledger.append(tx, passed, at=decision.now)
