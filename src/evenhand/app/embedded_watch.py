"""The embedded PostgreSQL is started again when it is gone: killed, or stopped by a full disk."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from evenhand.foundation import embedded

LOOK_SECONDS = 1.0
# One look may fall into a restart by somebody else.
LOOKS_IN_VAIN = 2

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@asynccontextmanager
async def embedded_kept_up(data_dir: Path) -> AsyncGenerator[None]:
    """Look after the embedded server of a folder while the block runs."""
    unwanted = asyncio.Event()
    watch = asyncio.create_task(_watch(data_dir, unwanted), name="embedded database")
    try:
        yield
    finally:
        # Not cancelled: a start that is under way in its thread would outlive whoever stops it.
        unwanted.set()
        await watch


async def _watch(data_dir: Path, unwanted: asyncio.Event) -> None:
    in_vain, failed = 0, False
    watch = embedded.watch_of(data_dir)
    while not await _is_set_within(unwanted, LOOK_SECONDS):
        try:
            if not watch.is_lost() or await asyncio.to_thread(watch.look):
                in_vain, failed = 0, False
                continue
            in_vain += 1
            if in_vain >= LOOKS_IN_VAIN:
                await asyncio.to_thread(embedded.start_again, data_dir)
                log.warning("database.started_again")
        except (embedded.DatabaseUnreachable, OSError) as error:
            # Of a disk that is full, its own files tell first.
            if not failed:
                log.exception("database.not_started", because=str(error)[-500:])
            failed = True
    watch.close()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
