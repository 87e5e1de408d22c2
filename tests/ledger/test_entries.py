"""An entry has one form, is recorded when its step is, and cannot be taken back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, uuid4

import msgspec
import pytest
from given import NOW
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import CheckViolation, InsufficientPrivilege

from evenhand import ledger, tenants
from evenhand.foundation.database import Pool, Tx, as_tenant, moment
from evenhand.ledger import events
from evenhand.ledger.entries import append_many, canonical
from evenhand.receipts.opening import commitment

PLAIN = (
    st.booleans()
    | st.text(max_size=20)
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)


class Noted(events.Event, frozen=True, kw_only=True, tag="noted"):
    """What these tests enter."""

    n: int | float = 0
    note: str | None = None


async def _events(tx: Tx) -> list[dict[str, object]]:
    cursor = await tx.connection.execute(
        "SELECT event FROM ledger.entry WHERE tenant_id = %s ORDER BY entry_id", [tx.tenant_id]
    )
    return [json.loads(row[0]) for row in await cursor.fetchall()]


async def test_an_entry_says_kind_time_and_ids(tx: Tx) -> None:
    batch_id = uuid4()
    event = events.BatchPrioritized(batch_id=batch_id, priority=30, tasks=3)
    await ledger.append(tx, event, at=NOW)
    assert (await _events(tx))[-1] == {
        "kind": "batch.prioritized",
        "at": "2026-03-04T12:00:00.000000Z",
        "batch_id": str(batch_id),
        "priority": 30,
        "tasks": 3,
    }


async def test_many_entries_keep_their_order_within_one_moment_of_time(tx: Tx) -> None:
    before = len(await _events(tx))
    await ledger.append_many(tx, [Noted(n=n) for n in range(1, 51)], at=NOW)
    assert [event["n"] for event in (await _events(tx))[before:]] == list(range(1, 51))


async def _append_and_fail(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await ledger.append(tx, Noted(), at=NOW)
        raise ZeroDivisionError


async def test_an_event_is_recorded_only_if_its_step_commits(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        before = await _events(tx)
    with pytest.raises(ZeroDivisionError):
        await _append_and_fail(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await _events(tx) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.entry SET event = '{}'",
        "UPDATE ledger.entry SET salt = salt",
        "UPDATE ledger.entry SET at = at",
        "DELETE FROM ledger.entry",
        "TRUNCATE ledger.entry",
        "DELETE FROM ledger.head",
    ],
)
async def test_the_application_cannot_change_or_remove_what_was_entered(
    tx: Tx, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.connection.execute(statement.encode())


async def test_an_entry_has_a_greatest_size(tx: Tx) -> None:
    with pytest.raises(CheckViolation):
        await ledger.append(tx, Noted(note="x" * 60_001), at=NOW)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), PLAIN, min_size=1))
def test_an_event_has_one_text_whatever_the_order_of_its_fields(fields: dict[str, object]) -> None:
    def text(names: list[str]) -> str:
        kind = msgspec.defstruct(
            "Given", names, bases=(events.Event,), tag="given", frozen=True, kw_only=True
        )
        return canonical(kind(**fields), NOW)

    told = text(list(fields))
    assert told == text(list(reversed(fields)))
    assert told.isascii()
    read = json.loads(told)
    assert {name: read[name] for name in fields} == fields


def test_what_stands_at_its_default_is_left_out() -> None:
    assert json.loads(canonical(Noted(n=0, note=None), NOW)).keys() == {"kind", "at"}


def test_one_moment_has_one_text_in_every_time_zone() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert canonical(Noted(), NOW) == canonical(Noted(), elsewhere)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(Noted(n=number), NOW)


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_a_number_that_some_readers_would_see_rounded_is_refused(number: int) -> None:
    with pytest.raises(AssertionError):
        canonical(Noted(n=number), NOW)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(AssertionError):
        canonical(Noted(), datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


async def test_ids_of_entries_grow_with_the_databases_time_and_are_version_7(tx: Tx) -> None:
    numbers = range(1, 301)
    before = await moment(tx.connection)
    await append_many(tx, [Noted(n=number) for number in numbers], at=NOW)
    found = await tx.connection.execute(
        "SELECT entry_id, event::json ->> 'n' FROM ledger.entry"
        " WHERE tenant_id = %s AND event::json ->> 'kind' = 'noted' ORDER BY entry_id",
        [tx.tenant_id],
    )
    entries = await found.fetchall()
    assert [int(number) for _, number in entries] == list(numbers)
    assert {(one.version, one.variant) for one, _ in entries} == {(7, RFC_4122)}
    entered = datetime.fromtimestamp((entries[0][0].int >> 80) / 1000, UTC)
    assert timedelta(milliseconds=-2) <= entered - before < timedelta(minutes=1)


def test_equal_events_under_other_salts_have_unlike_commitments():
    assert commitment(b"a" * 16, b"{}") != commitment(b"b" * 16, b"{}")
