"""Who gets what next, over all tenants."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from evenhand import ledger, workforce
from evenhand.foundation.database import Pool, Tx, as_tenant_on
from evenhand.pipeline.barren import Barren
from evenhand.work import assignments

# An annotator who asks twice at once may draw two slots of one task; the loser draws again.
RACES_MAX = 5


async def dispatch(
    pool: Pool, annotator: workforce.Annotator, *, now: datetime, barren: Barren | None = None
) -> tuple[UUID, assignments.Assignment] | None:
    """Lend the annotator the next task of whichever tenant's turn it is, and say whose it is.

    `barren` remembers where a long look was in vain, and spares looking there again at once.
    """
    barren = barren or Barren()
    async with pool.connection() as connection:
        seen = await assignments.queues_for(
            connection, annotator.annotator_id, reviewer=annotator.reviewer
        )
        if seen.held >= assignments.HELD_MAX:
            raise assignments.TooManyHeld(held=seen.held, held_max=assignments.HELD_MAX)
        for turn in assignments.turns(seen.queues):
            tenant_id = seen.tenant_ids[turn.index]
            guarded = seen.guarded[turn.index]
            if guarded and barren.rests(annotator.annotator_id, tenant_id):
                continue
            since = barren.clock()
            for _ in range(RACES_MAX):
                with suppress(assignments.DrawnTwice):
                    async with as_tenant_on(connection, tenant_id, by_key=True) as tx:
                        lent = await _lend(tx, annotator, turn, guarded=guarded, now=now)
                    break
            else:
                continue
            if lent is not None:
                return tenant_id, lent
            if guarded:
                barren.looked(annotator.annotator_id, tenant_id, since=since)
    return None


async def _lend(
    tx: Tx, annotator: workforce.Annotator, turn: assignments.Turn, *, guarded: bool, now: datetime
) -> assignments.Assignment | None:
    # Those who ask many times at once wait for each other here, so that each counts what the others
    # took, of whichever tenant; a statement of its own, since one sees what was there as it began.
    async with tx.connection.pipeline():
        await workforce.lock(tx.connection, annotator.annotator_id)
        held = len(await assignments.held_by(tx.connection, annotator.annotator_id))
    if held >= assignments.HELD_MAX:
        raise assignments.TooManyHeld(held=held, held_max=assignments.HELD_MAX)
    lent = await assignments.lease_next(
        tx,
        annotator.annotator_id,
        reviewer=annotator.reviewer,
        turn=turn,
        guarded=guarded,
        now=now,
    )
    if lent is not None:
        await ledger.append(
            tx,
            "assignment.leased",
            at=now,
            task_id=lent.task_id,
            assignment_id=lent.assignment_id,
            annotator_id=annotator.annotator_id,
        )
    return lent
