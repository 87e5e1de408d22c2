"""How the contract words what stands in tasks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from evenhand.delivery import contract


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [(0, "000"), (999, "000"), (1_000, "001"), (500_000, "500"), (999_999, "999")],
)
def test_a_moment_is_written_in_whole_milliseconds_of_utc(microsecond: int, written: str):
    at = datetime(2026, 2, 3, 4, 5, 6, microsecond, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert contract.moment(at) == f"2026-02-03T04:05:06.{written}Z"
    assert contract.moment(elsewhere) == contract.moment(at)
