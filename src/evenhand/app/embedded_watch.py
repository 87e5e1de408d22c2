"""The embedded PostgreSQL is started again when it is gone: killed, or stopped by a full disk."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
    watch = asyncio.create_task(_watch(data_dir), name="embedded database")
    try:
        yield
    finally:
        watch.cancel()
        # A start that is under way has its thread, and whoever ends the server waits for it.
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(data_dir: Path) -> None:
    in_vain, failed = 0, False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if await asyncio.to_thread(embedded.is_running, data_dir):
            in_vain, failed = 0, False
            continue
        in_vain += 1
        if in_vain < LOOKS_IN_VAIN:
            continue
        try:
            await asyncio.to_thread(embedded.start_again, data_dir)
            log.warning("database.started_again")
        except embedded.DatabaseUnreachable as error:
            if not failed:
                log.exception("database.not_started", because=error.message[-500:])
            failed = True
