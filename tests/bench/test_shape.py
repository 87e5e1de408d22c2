"""Whether the public log tells how many tenants there are, and that it would be found out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bench import shape
from given import Database

from evenhand.app.installation import context_over
from evenhand.app.recorder import SHOWN_AT, WRITTEN_AT
from evenhand.foundation.database import pool_of
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings
from evenhand.receipts.epoch import Epoch
from evenhand.tlog.reading import LogReader

FEW, MANY = 1, 12
MOMENTS = {"entries, ms": WRITTEN_AT, "hashes, ms": WRITTEN_AT, "checkpoint, ms": SHOWN_AT}
PLAN = shape.Plan(epochs=20, seconds=0.0, tenants=(FEW, MANY), tasks=0.3)


@pytest.fixture
async def worlds(
    database: Database, another_database: Database, secret: Secret, tmp_path: Path
) -> AsyncIterator[list[shape.World]]:
    async with AsyncExitStack() as stack:
        made: list[shape.World] = []
        for count, its in ((FEW, database), (MANY, another_database)):
            folder = tmp_path / str(count)
            folder.mkdir()
            pool = await stack.enter_async_context(pool_of(its.app, size=4, proofs=Proofs(secret)))
            settings = Settings(data_dir=folder, log_origin="example.com/log")
            context = await stack.enter_async_context(context_over(settings, pool, secret))
            made.append(await shape.world_of(context, count, seed=1))
        yield made


async def test_the_logs_of_one_tenant_and_of_many_are_of_one_shape(worlds: list[shape.World]):
    await shape.watch(PLAN, worlds)
    found = shape.shape_of(worlds)
    assert found.held == (True, True)
    few, many = found.tasks
    assert many > 2 * few
    sizes = [name for name in found.tables[0] if not name.endswith(", ms")]
    assert [found.tables[0][name] for name in sizes] == [found.tables[1][name] for name in sizes]
    # Whatever an epoch was made of, its files are not written before a fixed moment.
    for name, moment in MOMENTS.items():
        earliest = min(min(one[name]) for one in found.tables)
        assert earliest >= moment / timedelta(milliseconds=1)
    for world in worlds:
        reader = LogReader(world.store.read, PLAN.epochs + 1)
        ended = [Epoch.parse(reader.entry(index)).at for index in range(reader.size)]
        assert {later - earlier for earlier, later in pairwise(ended)} == {timedelta(seconds=1)}


@pytest.mark.parametrize(("later", "is_told"), [(0.0, False), (0.5, True)])
def test_a_log_that_is_shown_a_little_later_is_told_by_it(later: float, is_told: bool):
    chance = np.random.default_rng(3)

    def seen(shift: float) -> dict[str, list[float]]:
        moments = 100 + shift + chance.exponential(2.0, 600)
        return {"checkpoint, ms": list(moments), "entries, bytes": [98.0] * 600}

    told = {one.name: one.p <= shape.P_LEAST for one in shape.guesses(seen(0.0), seen(later))}
    assert set(told.values()) == {is_told}
