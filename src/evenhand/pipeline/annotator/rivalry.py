"""What keeps an annotator from a tenant's work, put together for whoever asks why."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from evenhand import walls
from evenhand.foundation.database import Pool, as_tenant, day_of
from evenhand.work import assignments


async def barred_by(
    pool: Pool, annotator_id: UUID, tenant_id: UUID, *, now: datetime
) -> Sequence[walls.Barred]:
    """On account of which rivals nothing of a tenant is lent to an annotator; none, if it is."""
    async with pool.connection() as connection:
        rivals = await walls.rivals_of(connection, tenant_id)
    seen: list[walls.RivalSeen] = []
    for rival in rivals:
        async with as_tenant(pool, rival.rival_id) as tx:
            exposure = await walls.exposure_to(tx, annotator_id)
            # What is held behind a wall will never be shown.
            is_held = await assignments.holds_ahead(tx, annotator_id) and not await walls.stands(
                tx, annotator_id, now=now
            )
        seen.append(
            walls.RivalSeen(
                rival_id=rival.rival_id,
                cooling_off_days=rival.cooling_off_days,
                last_shown=None if exposure is None else exposure.last_day,
                is_held=is_held,
            )
        )
    asked = walls.Asked(
        person_id=annotator_id, tenant_id=tenant_id, action="lend", today=day_of(now), rivals=seen
    )
    return walls.explained([asked])[0]
