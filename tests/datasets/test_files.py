"""A tenant's file comes back as it was, in whole or in part, to that tenant alone."""

import asyncio
import hashlib
import os
import shutil
import socket
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from datasets.contents import a_new_file, is_made_of_ids, objects_in, stream, whole
from given import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import datasets, tenants
from evenhand.datasets.files import FILE_BYTES_MAX, METADATA_BYTES_MAX
from evenhand.datasets.sealing import SEALED_BYTES, SEGMENT_BYTES
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.secret import Secret

THREE_SEGMENTS = os.urandom(2 * SEGMENT_BYTES + 12_345)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def storage(folder: Path, secret: Secret) -> datasets.Storage:
    return datasets.Storage(folder, secret)


async def _saved(
    tx: Tx, storage: datasets.Storage, content: bytes, **said: object
) -> datasets.File:
    return await datasets.save_file(tx, storage, stream(content), a_new_file(**said), now=NOW)


@pytest.mark.parametrize("size", [0, 1, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 1, 9_000_000])
async def test_a_file_comes_back_as_it_was(tx: Tx, storage: datasets.Storage, size: int):
    content = os.urandom(size)
    file = await _saved(tx, storage, content)
    assert await whole(await datasets.read_file(tx, storage, file)) == content
    assert (file.size, file.sha256) == (size, hashlib.sha256(content).digest())
    assert file == await datasets.file_of(tx, file.file_id)


async def test_what_is_said_about_a_file_is_kept_and_its_type_is_found_out(
    tx: Tx, storage: datasets.Storage
):
    file = await _saved(
        tx,
        storage,
        b"<html>",
        display_name="cat.png",
        reference_id="r1",
        project_names=["animals"],
        metadata={"a": [1, "Zoë"]},
    )
    assert file.mime_type == "text/html"
    assert (file.display_name, file.reference_id) == ("cat.png", "r1")
    assert (file.project_names, file.metadata) == (["animals"], {"a": [1, "Zoë"]})


async def test_nothing_of_the_content_is_readable_in_the_store(
    tx: Tx, storage: datasets.Storage, folder: Path
):
    await _saved(tx, storage, b"the secret of acorn " * 100_000, display_name="../../etc/passwd")
    (written,) = objects_in(folder)
    assert b"secret of acorn" not in written.read_bytes()
    assert is_made_of_ids(written, folder)


async def test_every_range_is_the_slice_that_it_names(tx: Tx, storage: datasets.Storage):
    content = THREE_SEGMENTS
    file = await _saved(tx, storage, content)
    edges = [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, len(content)]
    for start in edges:
        for end in [edge for edge in edges if edge >= start]:
            read = await datasets.read_file(tx, storage, file, start=start, end=end)
            assert await whole(read) == content[start:end]


async def test_any_range_equals_the_slice(tx: Tx, storage: datasets.Storage):
    file = await _saved(tx, storage, THREE_SEGMENTS)
    loop = asyncio.get_running_loop()

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, file.size), st.integers(0, file.size))
    def equal(one: int, other: int) -> None:
        start, end = sorted((one, other))

        async def read() -> bytes:
            return await whole(await datasets.read_file(tx, storage, file, start=start, end=end))

        read_now = asyncio.run_coroutine_threadsafe(read(), loop).result()
        assert read_now == THREE_SEGMENTS[start:end]

    await asyncio.to_thread(equal)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 11), (11, 11)])
async def test_a_range_outside_the_file_is_an_error(
    tx: Tx, storage: datasets.Storage, start: int, end: int
):
    file = await _saved(tx, storage, b"0123456789")
    with pytest.raises(datasets.RangeOutside):
        await datasets.read_file(tx, storage, file, start=start, end=end)


async def _break(folder: Path, how: str) -> None:
    (written,) = objects_in(folder)
    content = bytearray(written.read_bytes())
    match how:
        case "flipped byte":
            content[SEALED_BYTES + 5] ^= 1
        case "swapped segments":
            first, second = content[:SEALED_BYTES], content[SEALED_BYTES : 2 * SEALED_BYTES]
            content[: 2 * SEALED_BYTES] = second + first
        case "cut off":
            del content[2 * SEALED_BYTES :]
        case "cut short":
            del content[-1:]
        case "made longer":
            content += b"x"
        case _:
            written.unlink()
            return
    written.write_bytes(content)


@pytest.mark.parametrize(
    "how",
    ["flipped byte", "swapped segments", "cut off", "cut short", "made longer", "removed"],
)
async def test_a_damaged_object_is_an_error_and_nothing_of_the_damaged_part_comes_out(
    tx: Tx, storage: datasets.Storage, folder: Path, how: str
):
    file = await _saved(tx, storage, THREE_SEGMENTS)
    await _break(folder, how)
    seen = bytearray()

    async def read() -> None:
        async for chunk in await datasets.read_file(tx, storage, file):
            seen.extend(chunk)

    with pytest.raises(datasets.DamagedFile):
        await read()
    assert THREE_SEGMENTS.startswith(seen)
    assert len(seen) < len(THREE_SEGMENTS)


async def test_a_rival_sees_no_file_and_its_key_opens_none(
    pool: Pool,
    tenant: tenants.NewTenant,
    rival: tenants.NewTenant,
    storage: datasets.Storage,
    folder: Path,
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        file = await _saved(tx, storage, b"ours alone")
    async with as_tenant(pool, rival.tenant_id) as tx:
        theirs = await _saved(tx, storage, b"the rival")
        with pytest.raises(datasets.UnknownFile):
            await datasets.file_of(tx, file.file_id)
        assert [f.file_id for f in await datasets.list_files(tx, is_test=False)] == [theirs.file_id]
        # Even with our row in hand, the rival's transaction finds no key for it.
        with pytest.raises(datasets.DamagedFile):
            await datasets.read_file(tx, storage, file)

    # Even when our object is put where the rival's was, it does not open as the rival's.
    ours_at, theirs_at = (
        next(p for p in objects_in(folder) if str(t.tenant_id) in str(p)) for t in (tenant, rival)
    )
    shutil.copy(ours_at, theirs_at)
    async with as_tenant(pool, rival.tenant_id) as tx:
        with pytest.raises(datasets.DamagedFile):
            await whole(await datasets.read_file(tx, storage, theirs))


async def test_a_data_key_that_was_moved_to_a_rival_does_not_open(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant, storage: datasets.Storage
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        file = await _saved(tx, storage, b"ours alone")
        cursor = await tx.connection.execute("SELECT wrapped FROM datasets.data_key")
        row = await cursor.fetchone()
    assert row is not None
    async with as_tenant(pool, rival.tenant_id) as tx:
        await tx.connection.execute(
            "INSERT INTO datasets.data_key (tenant_id, key_id, wrapped, created_at) "
            "VALUES (%s, %s, %s, %s)",
            [rival.tenant_id, file.key_id, row[0], NOW],
        )
        with pytest.raises(datasets.DamagedFile):
            await datasets.read_file(tx, storage, file)


async def test_another_servers_secret_opens_nothing(
    tx: Tx, storage: datasets.Storage, folder: Path
):
    file = await _saved(tx, storage, b"sealed")
    stranger = datasets.Storage(folder, Secret(b"the secret of quite another server"))
    with pytest.raises(datasets.DamagedFile):
        await datasets.read_file(tx, stranger, file)


async def test_a_file_beyond_the_limit_is_refused_while_it_comes_in_and_leaves_nothing(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage, folder: Path
):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield bytes(1_000_000)

    with pytest.raises(datasets.FileTooLarge):
        await datasets.receive_file(
            pool, tenant.tenant_id, storage, endless(), a_new_file(), now=NOW
        )
    assert sent == FILE_BYTES_MAX + 1_000_000
    assert objects_in(folder) == []
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await datasets.list_files(tx, is_test=False) == []


async def test_a_large_file_is_never_wholly_in_memory(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage
):
    async def large() -> AsyncIterator[bytes]:
        for _ in range(FILE_BYTES_MAX // 1_000_000):
            yield bytes(1_000_000)

    tracemalloc.start()
    file = await datasets.receive_file(
        pool, tenant.tenant_id, storage, large(), a_new_file(), now=NOW
    )
    async with as_tenant(pool, tenant.tenant_id) as tx:
        read = 0
        async for chunk in await datasets.read_file(tx, storage, file):
            read += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == file.size == FILE_BYTES_MAX
    assert peak < 40_000_000


async def test_a_sender_who_breaks_off_leaves_neither_object_nor_row(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage, folder: Path
):
    class BrokenOff(Exception):
        pass

    async def broken() -> AsyncIterator[bytes]:
        yield bytes(6_000_000)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        await datasets.receive_file(
            pool, tenant.tenant_id, storage, broken(), a_new_file(), now=NOW
        )
    assert objects_in(folder) == []
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await datasets.list_files(tx, is_test=False) == []


async def test_no_transaction_is_open_while_a_file_comes_in(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage
):
    async def watching() -> AsyncIterator[bytes]:
        yield b"x"
        assert pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"]
        yield b"y"

    file = await datasets.receive_file(
        pool, tenant.tenant_id, storage, watching(), a_new_file(), now=NOW
    )
    assert file.size == 2


async def test_the_same_id_twice_leaves_the_first_file_whole(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage
):
    new = a_new_file()
    first = await datasets.receive_file(
        pool, tenant.tenant_id, storage, stream(b"first"), new, now=NOW
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        await datasets.receive_file(
            pool, tenant.tenant_id, storage, stream(b"second"), new, now=NOW
        )
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await whole(await datasets.read_file(tx, storage, first)) == b"first"


async def test_two_first_files_at_once_are_both_readable(
    pool: Pool, tenant: tenants.NewTenant, storage: datasets.Storage
):
    files = await asyncio.gather(
        *(
            datasets.receive_file(
                pool, tenant.tenant_id, storage, stream(b"%d" % n), a_new_file(), now=NOW
            )
            for n in range(6)
        )
    )
    async with as_tenant(pool, tenant.tenant_id) as tx:
        read = [await whole(await datasets.read_file(tx, storage, file)) for file in files]
    assert read == [b"%d" % n for n in range(6)]


async def test_pages_of_files_show_each_once_newest_first(tx: Tx, storage: datasets.Storage):
    made: list[UUID] = []
    for n in range(7):
        new = a_new_file(project_names=["even" if n % 2 == 0 else "odd"], metadata={"n": n % 3})
        at = NOW + timedelta(seconds=n // 2)
        made.append((await datasets.save_file(tx, storage, stream(b"x"), new, now=at)).file_id)
    seen: list[datasets.File] = []
    while page := await datasets.list_files(
        tx,
        is_test=False,
        limit=2,
        after=(seen[-1].created_at, seen[-1].file_id) if seen else None,
    ):
        seen += page
    assert sorted(f.file_id for f in seen) == sorted(made)
    assert [f.created_at for f in seen] == sorted((f.created_at for f in seen), reverse=True)
    even = await datasets.list_files(tx, is_test=False, project_name="even")
    assert {f.file_id for f in even} == set(made[::2])
    zero = await datasets.list_files(tx, is_test=False, metadata={"n": 0})
    assert {f.file_id for f in zero} == {made[0], made[3], made[6]}
    assert await datasets.list_files(tx, is_test=True) == []


async def test_an_attachment_of_ours_is_found_and_any_other_is_none(
    tx: Tx, storage: datasets.Storage
):
    file = await _saved(tx, storage, b"x")
    assert await datasets.resolve_attachment(tx, file.attachment_url) == file
    assert await datasets.resolve_attachment(tx, "https://example.com/cat.png") is None
    for url in (f"scaledata://{uuid4()}", "scaledata://../../etc", "scaledata://"):
        with pytest.raises(datasets.UnknownFile):
            await datasets.resolve_attachment(tx, url)


@pytest.mark.parametrize(
    "said",
    [
        {"display_name": "x" * 1001},
        {"reference_id": "a\0b"},
        {"project_names": ["x"] * 101},
        {"project_names": ["\ud800"]},
        {"metadata": {"a": "\0"}},
        {"metadata": {"\ud800": 1}},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": "x" * METADATA_BYTES_MAX}},
    ],
)
async def test_what_the_tables_cannot_hold_is_refused_before_anything_is_written(
    tx: Tx, storage: datasets.Storage, folder: Path, said: dict[str, object]
):
    with pytest.raises(datasets.InvalidFile):
        await _saved(tx, storage, b"x", **said)
    assert objects_in(folder) == []


async def test_a_backslash_that_only_looks_like_nul_is_kept(tx: Tx, storage: datasets.Storage):
    file = await _saved(tx, storage, b"x", metadata={"path": r"C:\u0000"})
    assert file.metadata == {"path": r"C:\u0000"}


async def test_a_store_that_is_down_is_reported_as_such(
    tx: Tx, secret: Secret, monkeypatch: pytest.MonkeyPatch
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }.items():
        monkeypatch.setenv(name, value)
    down = datasets.Storage("s3://bucket/files", secret)
    with pytest.raises(datasets.StorageUnreachable) as raised:
        await _saved(tx, down, b"x")
    assert "tcp connect error" in str(raised.value.__cause__)


async def test_the_row_of_a_file_and_its_ledger_entry_come_in_one_transaction(
    database, pool, tenant, storage
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _saved(tx, storage, b"content")
    with psycopg.connect(database.admin) as connection:
        events = connection.execute(
            "SELECT event FROM ledger.entry WHERE tenant_id = %s", [tenant.tenant_id]
        ).fetchall()
    assert any('"kind":"file.stored"' in event for (event,) in events)
