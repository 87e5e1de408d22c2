"""What a tenant exports is all that it has, as it is, and nothing of anybody else's."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pyarrow.parquet
import pytest
from delivery.finished import PARAMS, a_batch, a_finished_task, a_pending_task, a_project
from given import NOW

from evenhand import delivery, tenants
from evenhand.delivery import Form, Selection, exports
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.spool import Spool
from evenhand.work import verdicts

LIVE = Selection(is_test=False)
MANY = 12_000
KEYS = {
    "task_id", "type", "project", "batch", "status", "unique_id", "metadata", "response",
    "confidence", "agreement", "annotation_count", "created_at", "completed_at",
}  # fmt: skip


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def _lines(tx: Tx, selection: Selection = LIVE) -> list[dict[str, Any]]:
    written = await _whole(delivery.lines(tx, selection))
    return [json.loads(line) for line in written.decode().splitlines()]


async def _parquet(tx: Tx, selection: Selection = LIVE) -> Any:
    file = io.BytesIO()
    await delivery.write_parquet(tx, selection, file)
    return pyarrow.parquet.read_table(file)  # pyright: ignore[reportUnknownMemberType]


async def _annotated(tx: Tx) -> tuple[str, UUID]:
    task_id = await a_pending_task(tx)
    annotator_id, assignment_id = uuid4(), uuid4()
    await tx.connection.execute(
        "INSERT INTO workforce.annotator (annotator_id, email, name, kind, created_at) "
        "VALUES (%s, %s, 'Anna', 'person', %s)",
        [annotator_id, f"{annotator_id}@example.com", NOW],
    )
    await tx.connection.execute(
        "UPDATE work.assignment SET assignment_id = %s, state = 'done', annotator_id = %s, "
        "leased_at = %s, ended_at = %s WHERE task_id = %s",
        [assignment_id, annotator_id, NOW, NOW, task_id],
    )
    await tx.connection.execute(
        "INSERT INTO work.annotation (tenant_id, task_id, annotation_id, assignment_id, "
        "annotator_id, response, active_ms, created_at) VALUES (%s, %s, %s, %s, %s, %s, 5, %s)",
        [tx.tenant_id, task_id, uuid4(), assignment_id, annotator_id, '{"category": "dog"}', NOW],
    )
    return task_id, annotator_id


async def _many(tx: Tx) -> None:
    # The newest first, so that they do not lie in the order that an export promises.
    await tx.connection.execute(
        "INSERT INTO work.task (tenant_id, task_id, is_test, type, status, stage, params, "
        "metadata, annotations_wanted, created_at, updated_at) "
        "SELECT %s, lpad(to_hex(n), 24, '0'), false, 'categorization', 'pending', 'open', '{}', "
        "jsonb_build_object('n', n), 1, %s::timestamptz + n * interval '1 second', %s "
        "FROM generate_series(%s, 1, -1) AS n",
        [tx.tenant_id, NOW, NOW, MANY],
    )


async def test_a_finished_task_is_one_line_with_its_response(tx: Tx):
    await a_project(tx)
    await a_batch(tx, 'so-called "first"')
    task_id = await a_finished_task(tx, batch='so-called "first"', unique_id="u\\1\n")
    (line,) = await _lines(tx)
    assert line.keys() == KEYS
    assert line == {
        "task_id": task_id,
        "type": "categorization",
        "project": "animals",
        "batch": 'so-called "first"',
        "status": "completed",
        "unique_id": "u\\1\n",
        "metadata": {"row": 7, "name": "Zoë \U0001f408"},
        "response": {"category": "cat"},
        "confidence": 0.9,
        "agreement": 1,
        "annotation_count": 3,
        "created_at": "2026-03-04T12:00:00.000Z",
        "completed_at": "2026-03-04T12:00:00.000Z",
    }


async def test_a_line_is_the_same_to_the_last_byte_from_one_version_to_the_next(tx: Tx):
    await a_project(tx)
    await a_batch(tx, 'so-called "first"')
    task_id = await a_finished_task(tx, batch='so-called "first"', unique_id="u\\1\n")
    await tx.connection.execute(
        "UPDATE work.task SET created_at = %s, completed_at = %s",
        ["2026-03-04T12:00:00.0009999Z", "2026-03-04T14:00:00.019999+01:00"],
    )
    written = await _whole(delivery.lines(tx, Selection(is_test=False, with_params=True)))
    assert written.decode() == (
        f'{{"task_id":"{task_id}","type":"categorization","project":"animals",'
        '"batch":"so-called \\"first\\"","status":"completed","unique_id":"u\\\\1\\n",'
        '"metadata":{"row":7,"name":"Zoë \U0001f408"},"response":{"category":"cat"},'
        '"confidence":0.9,"agreement":1,"annotation_count":3,'
        '"created_at":"2026-03-04T12:00:00.001Z","completed_at":"2026-03-04T13:00:00.019Z",'
        '"params":{"attachment":"kitten","attachment_type":"text",'
        '"categories":["cat","dog"]}}\n'
    )


async def test_a_line_of_a_task_from_before_order_was_kept_stays_as_it_was(tx: Tx):
    task_id = await a_finished_task(tx)
    await tx.connection.execute(
        "UPDATE work.task SET params = params_ordered, metadata = metadata_ordered,"
        " params_ordered = NULL, metadata_ordered = NULL"
    )
    await tx.connection.execute(
        "UPDATE work.verdict SET response = response_ordered, response_ordered = NULL"
    )
    written = (
        await _whole(delivery.lines(tx, Selection(is_test=False, with_params=True)))
    ).decode()
    assert task_id in written
    assert (
        '"metadata":{"row": 7, "name": "Zoë \U0001f408"},"response":{"category": "cat"}' in written
    )
    assert '"params":{"attachment": "kitten", "categories": ["cat", "dog"], ' in written


async def test_parquet_keeps_the_microsecond(tx: Tx):
    await a_finished_task(tx)
    moments = [datetime(1970, 1, 1, microsecond=1, tzinfo=UTC), NOW.replace(microsecond=999_999)]
    await tx.connection.execute("UPDATE work.task SET created_at = %s, completed_at = %s", moments)
    (row,) = (await _parquet(tx)).to_pylist()
    assert [row["created_at"], row["completed_at"]] == moments


async def test_what_a_pending_task_lacks_is_null(tx: Tx):
    await a_pending_task(tx)
    (line,) = await _lines(tx)
    assert line["status"] == "pending"
    empty = ("response", "completed_at", "confidence", "project", "batch", "unique_id")
    assert [line[name] for name in empty] == [None] * len(empty)
    assert line["annotation_count"] == 0


async def test_params_and_annotations_come_when_asked_for(tx: Tx):
    task_id, annotator_id = await _annotated(tx)
    full = Selection(is_test=False, with_params=True, with_annotations=True)
    (line,) = await _lines(tx, full)
    assert line.keys() == KEYS | {"params", "annotations"}
    assert (line["task_id"], line["params"], line["annotation_count"]) == (task_id, PARAMS, 1)
    assert line["annotations"] == [
        {
            # The same person bears another name in every tenant's exports, so that two tenants
            # cannot tell that they share one.
            "annotator": sha256(f"{tx.tenant_id}{annotator_id}".encode()).hexdigest()[:32],
            "response": {"category": "dog"},
            "created_at": "2026-03-04T12:00:00.000Z",
        }
    ]
    await a_pending_task(tx)
    assert sorted(len(line["annotations"]) for line in await _lines(tx, full)) == [0, 1]


async def test_parquet_says_the_same_as_the_lines(tx: Tx):
    await a_project(tx)
    await a_batch(tx, "first")
    await a_finished_task(tx, batch="first", unique_id="one")
    await _annotated(tx)
    full = Selection(is_test=False, with_params=True, with_annotations=True)
    lines, rows = await _lines(tx, full), (await _parquet(tx, full)).to_pylist()
    for line, row in zip(lines, rows, strict=True):
        assert row["created_at"] == NOW
        assert (row["completed_at"] == NOW) is (line["completed_at"] is not None)
        for name in ("metadata", "params"):
            assert json.loads(row[name]) == line[name]
        assert json.loads(row["response"] or "null") == line["response"]
        assert row["confidence"] == pytest.approx(line["confidence"])
        assert [json.loads(a["response"]) for a in row["annotations"]] == [
            a["response"] for a in line["annotations"]
        ]
        for name in ("task_id", "type", "project", "batch", "status", "unique_id"):
            assert row[name] == line[name]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(is_test=False), 3),
        (Selection(is_test=False, project="animals"), 2),
        (Selection(is_test=False, batch="second"), 1),
        (Selection(is_test=False, project="animals", status="pending"), 1),
        (Selection(is_test=False, project="plants"), 0),
        (Selection(is_test=True), 0),
    ],
)
async def test_only_what_was_selected_is_exported(tx: Tx, selection: Selection, expected: int):
    await a_project(tx)
    await a_batch(tx, "first")
    await a_batch(tx, "second")
    await a_finished_task(tx, batch="first")
    await a_pending_task(tx, batch="second")
    await a_finished_task(tx)
    assert len(await _lines(tx, selection)) == expected
    assert (await _parquet(tx, selection)).num_rows == expected


async def test_many_tasks_come_in_pieces_in_their_order_each_once(tx: Tx):
    await _many(tx)
    pieces = [piece async for piece in delivery.lines(tx, LIVE)]
    numbers = [json.loads(line)["metadata"]["n"] for line in b"".join(pieces).splitlines()]
    assert numbers == list(range(1, MANY + 1))
    assert len(pieces) > 3
    table = await _parquet(tx)
    assert table.column("task_id").to_pylist() == [f"{n:024x}" for n in range(1, MANY + 1)]


async def test_parquet_is_written_in_groups_that_a_reader_can_skip(tx: Tx):
    await _many(tx)
    file = io.BytesIO()
    await delivery.write_parquet(tx, LIVE, file)
    metadata: Any = pyarrow.parquet.ParquetFile(file).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [
        5000,
        5000,
        2000,
    ]


@pytest.mark.parametrize("form", delivery.FORMS)
async def test_a_rivals_tasks_are_not_in_it(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant, form: Form
):
    async with as_tenant(pool, rival.tenant_id) as tx:
        await a_finished_task(tx, unique_id="the rival's own")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        task_id = await a_finished_task(tx)
    exported = await _whole(delivery.export(pool, tenant.tenant_id, LIVE, form=form))
    assert b"the rival's own" not in exported
    if form == "jsonl":
        assert [json.loads(line)["task_id"] for line in exported.splitlines()] == [task_id]
    else:
        table: Any = pyarrow.parquet.read_table(io.BytesIO(exported))  # pyright: ignore[reportUnknownMemberType]
        assert table.column("task_id").to_pylist() == [task_id]


async def test_an_export_shows_one_moment_although_tasks_are_settled_meanwhile(
    pool: Pool, tenant: tenants.NewTenant
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _many(tx)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        pieces = delivery.lines(tx, LIVE)
        first = await anext(pieces)
        async with as_tenant(pool, tenant.tenant_id) as other:
            last_id = f"{MANY:024x}"
            await verdicts.settle(
                other, last_id, now=NOW, response={"category": "cat"}, confidence=None,
                agreement=None, method="majority", annotations=1,
            )  # fmt: skip
        rest = await _whole(pieces)
    statuses = {json.loads(line)["status"] for line in (first + rest).splitlines()}
    assert statuses == {"pending"}


async def test_whoever_takes_only_a_part_can_go_on_in_the_transaction(tx: Tx):
    await _many(tx)
    pieces = delivery.lines(tx, LIVE)
    assert await anext(pieces)
    await pieces.aclose()
    assert len(await _lines(tx)) == MANY


async def test_the_ids_of_an_export_are_those_of_the_same_moment_in_its_order(
    pool: Pool, tenant: tenants.NewTenant, monkeypatch: pytest.MonkeyPatch
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _many(tx)
    write_ids = exports.write_ids

    async def slowly(tx: Tx, selection: Selection, file: Spool) -> None:
        await write_ids(tx, selection, file)
        async with as_tenant(pool, tenant.tenant_id) as other:
            await a_pending_task(other)

    # Somebody sends a task between the two statements.
    monkeypatch.setattr(exports, "write_ids", slowly)
    with Spool() as ids:
        exported = await _whole(
            delivery.export(pool, tenant.tenant_id, LIVE, form="jsonl", ids=ids)
        )
        found = [task_id async for some in delivery.ids_in(ids) for task_id in some]
    assert found == [json.loads(line)["task_id"] for line in exported.splitlines()]
    assert len(found) == MANY


async def test_ids_lie_across_the_segments_of_their_file():
    many = [f"{n:024x}" for n in range(200_000)]
    with Spool() as file:
        file.write(b"".join(map(bytes.fromhex, many)))
        some = [part async for part in delivery.ids_in(file)]
    assert [task_id for part in some for task_id in part] == many
    assert max(map(len, some)) <= exports.IDS_A_STEP


async def test_a_slow_reader_holds_no_transaction(pool: Pool, tenant: tenants.NewTenant):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _many(tx)
    export = delivery.export(pool, tenant.tenant_id, LIVE, form="jsonl")
    await anext(export)
    await asyncio.sleep(0)
    stats = pool.get_stats()
    assert stats["pool_available"] == stats["pool_size"]
    assert len(await _whole(export)) > 0
