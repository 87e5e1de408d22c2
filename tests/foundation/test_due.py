"""Looks for what is due begin where the last one found something, and now and then at the start."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from evenhand.foundation.due import EVER, LATE, REST_RATIO, REST_SECONDS_MAX, Due, Front

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class _Rows:
    """Due rows of tenants, and a clock on which each full look takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.time = 0.0
        self.due: dict[UUID, datetime] = {}
        self.looked: list[datetime] = []
        self.front = Front(clock=lambda: self.time)

    async def look(self) -> set[UUID]:
        async def find(since: datetime) -> list[Due]:
            self.looked.append(since)
            self.time += self.seconds if since == EVER else 0.0
            return [Due(tenant_id=who, since=at) for who, at in self.due.items() if at >= since]

        return {one.tenant_id for one in await self.front.look(find)}


async def test_while_full_looks_are_cheap_nearly_every_look_is_full():
    rows = _Rows(seconds=0.0005)
    for _ in range(10):
        rows.due[uuid4()] = NOON
        assert await rows.look() == set(rows.due)
        rows.time += 0.0006 * REST_RATIO
    assert set(rows.looked) == {EVER}


async def test_while_full_looks_are_dear_others_begin_just_before_what_was_found_last():
    rows = _Rows(seconds=0.04)
    first, second = uuid4(), uuid4()
    rows.due = {first: NOON, second: NOON + SECOND}
    assert await rows.look() == {first, second}
    del rows.due[first]
    assert await rows.look() == {second}
    assert await rows.look() == {second}
    assert rows.looked == [EVER, NOON - LATE, NOON + SECOND - LATE]
    rows.due.clear()
    assert await rows.look() == set()
    assert await rows.look() == set()
    assert rows.looked[-1] == NOON + SECOND - LATE, "nothing is passed over unseen"


async def test_what_was_committed_much_too_late_is_found_by_the_next_full_look():
    rows = _Rows(seconds=0.04)
    rows.due = {uuid4(): NOON}
    await rows.look()
    late = uuid4()
    rows.due = {late: NOON - 60 * SECOND}
    assert await rows.look() == set()
    rows.time += 0.041 * REST_RATIO
    assert await rows.look() == {late}


async def test_however_dear_a_full_look_is_the_next_comes_within_seconds():
    rows = _Rows(seconds=10.0)
    await rows.look()
    rows.time += REST_SECONDS_MAX
    await rows.look()
    assert rows.looked == [EVER, EVER]
