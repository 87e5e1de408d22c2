"""A clock tells the database's time, whatever the machine's own clock says."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from given import NOW
from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.clock import Clock, clock_of
from evenhand.foundation.database import Pool, moment

HOUR = timedelta(hours=1)
NEAR = timedelta(seconds=10)


class Steady:
    """A steady clock that a test turns by hand."""

    def __init__(self, seconds: float = 5_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def _clock(steady: Steady, shown: datetime = NOW) -> Clock:
    return Clock(shown, asked=steady(), heard=steady(), steady=steady)


def test_time_goes_on_with_the_steady_clock() -> None:
    steady = Steady()
    clock = _clock(steady)
    assert clock.now() == NOW
    steady.seconds += 90.5
    assert clock.now() == NOW + timedelta(seconds=90.5)


def test_what_the_database_shows_in_its_own_zone_is_told_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert _clock(Steady(), NOW.astimezone(tokyo)).now().tzinfo is UTC


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_a_clock_that_is_an_hour_off_is_right_once_it_has_asked(off: timedelta) -> None:
    steady = Steady()
    clock = _clock(steady, NOW + off)
    clock.follow(NOW, asked=steady.seconds - 0.5, heard=steady.seconds + 0.5)
    assert abs(clock.now() - NOW) <= timedelta(seconds=0.5)


@pytest.mark.parametrize(("to", "back"), [(10, 0), (0, 10), (5, 5)])
def test_an_answer_that_took_long_moves_a_right_clock_by_nothing(to: float, back: float) -> None:
    steady = Steady()
    clock = _clock(steady)
    clock.follow(NOW, asked=steady.seconds - to, heard=steady.seconds + back)
    assert clock.now() == NOW


@given(st.floats(0, 5), st.floats(0, 5), st.floats(-7200, 7200))
def test_whatever_the_way_took_the_clock_is_apart_by_no_more(to: float, back: float, off: float):
    steady = Steady()
    clock = _clock(steady, NOW + timedelta(seconds=off))
    asked = steady.seconds
    steady.seconds += to + back
    clock.follow(NOW + timedelta(seconds=to), asked=asked, heard=steady.seconds)
    right = NOW + timedelta(seconds=to + back)
    assert abs(clock.now() - right) <= timedelta(seconds=to + back, microseconds=2)


async def test_it_shows_the_databases_time_and_notices_within_moments_where_it_is_off(
    pool: Pool,
) -> None:
    steady = Steady()
    async with clock_of(pool, steady=steady, every=0.02) as clock, asyncio.timeout(20):
        assert abs(clock.now() - await _moment(pool)) < NEAR
        # As if the database's clock had been set back by an hour.
        steady.seconds += 3_600
        while abs(clock.now() - await _moment(pool)) > NEAR:
            await asyncio.sleep(0.02)


async def test_while_the_database_is_away_a_clock_goes_on_by_itself(pool: Pool) -> None:
    steady = Steady()
    async with clock_of(pool, steady=steady, every=0.01) as clock:
        await pool.close()
        await asyncio.sleep(0.1)
        before = clock.now()
        steady.seconds += 5
        assert clock.now() == before + timedelta(seconds=5)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert "clock" in names, "it asks again nevertheless"


async def _moment(pool: Pool) -> datetime:
    async with pool.connection() as connection:
        return await moment(connection)
