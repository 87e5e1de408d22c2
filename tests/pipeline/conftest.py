"""What a worker has at hand, and gives back when a test is done."""

from collections.abc import AsyncIterator

import pytest

from evenhand.app import worker
from evenhand.app.context import Context
from evenhand.datasets import Storage
from evenhand.foundation.clock import clock_of
from evenhand.foundation.settings import Settings


@pytest.fixture
async def context(pool, secret, tmp_path) -> AsyncIterator[Context]:
    async with clock_of(pool) as clock:
        made = Context(
            settings=Settings(data_dir=tmp_path),
            pool=pool,
            secret=secret,
            storage=Storage(tmp_path, secret),
            clock=clock,
        )
        yield made
        await worker._stop_heavy(made)
        made.processes.close()
