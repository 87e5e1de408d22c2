"""Many annotators at once, a server that dies under them, and nothing lost or done twice.

`EVENHAND_STORM_TASKS=10000` runs it at full size; by default it is small.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

import aiohttp
import psycopg
import pytest
from app.served import Served, serving
from given import NOW

from evenhand import workforce
from evenhand.foundation import migrate
from evenhand.foundation.database import pool_of
from evenhand.foundation.embedded import embedded_server

TASKS = int(os.environ.get("EVENHAND_STORM_TASKS", "200"))
ANNOTATORS = 32
OVERLAP = 3
CATEGORIES = ["up", "down"]
ERROR_RATE = 0.1
EMPTY_REPLIES_MAX = 20
SETTLE_SECONDS_MAX = 120


@dataclass(slots=True)
class Seen:
    """What the annotators were told."""

    acknowledged: set[str] = field(default_factory=set)
    handed: Counter[tuple[str, str]] = field(default_factory=Counter)
    retries: int = 0


@pytest.fixture
def served() -> Iterator[Served]:
    with serving("storm") as server:
        yield server


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [0, 3])
async def test_no_task_is_lost_or_done_twice_by_anyone(served: Served, kills: int):
    tokens = await _annotators(served)
    key = str(served.command("tenant", "create", "storm")["live_key"])
    async with aiohttp.ClientSession() as session:
        await _submit(session, served, key)
        seen = Seen()
        crowd = [
            asyncio.create_task(_annotate(session, served, token, seen, Random(index)))
            for index, token in enumerate(tokens)
        ]
        for number in range(kills):
            share = (number + 1) / (kills + 1)
            while len(seen.acknowledged) < TASKS * OVERLAP * share:
                await asyncio.sleep(0.02)
            served.kill()
            await asyncio.to_thread(served.start)
        await asyncio.gather(*crowd)
        await _all_settled(session, served, key)
    served.stop()

    kept = _kept(served.data)
    assert seen.acknowledged <= {annotation for _, _, annotation in kept}
    votes = Counter(task for task, _, _ in kept)
    assert len(votes) == TASKS
    assert set(votes.values()) == {OVERLAP}
    assert max(Counter((task, annotator) for task, annotator, _ in kept).values()) == 1
    if kills == 0:
        assert seen.retries == 0


async def _annotators(served: Served) -> list[str]:
    tokens: list[str] = []
    with embedded_server(served.data) as admin:
        async with pool_of(migrate.app_conninfo(admin), size=2) as pool, pool.connection() as one:
            for number in range(ANNOTATORS):
                made = await workforce.create(
                    one, f"storm{number}@example.org", name="Someone", kind="person", now=NOW
                )
                tokens.append(made.token)
    return tokens


async def _submit(session: aiohttp.ClientSession, served: Served, key: str) -> None:
    auth = {"Authorization": f"Bearer {key}"}
    project = {
        "type": "categorization",
        "name": "storm",
        "params": {
            "categories": CATEGORIES,
            "attachment_type": "text",
            "instruction": "Which way?",
        },
        "policy": {"annotations": OVERLAP, "annotations_max": OVERLAP},
    }
    async with session.post(f"{served.origin}/v1/projects", json=project, headers=auth) as reply:
        assert reply.status == 200, await reply.text()
    lines = "\n".join(
        f'{{"type":"categorization","project":"storm","attachment":"text {n}","unique_id":"t{n}"}}'
        for n in range(TASKS)
    )
    async with session.post(
        f"{served.origin}/v1/tasks/bulk",
        data=lines.encode(),
        headers={**auth, "Content-Type": "application/x-ndjson"},
    ) as reply:
        assert reply.status == 200, await reply.text()
        assert (await reply.json())["created"] == TASKS


async def _annotate(
    session: aiohttp.ClientSession, served: Served, token: str, seen: Seen, chance: Random
) -> None:
    headers = {"Authorization": f"Bearer {token}", "X-Evenhand-Request": "1"}
    empty = 0
    held: list[dict] = []
    while empty < EMPTY_REPLIES_MAX:
        try:
            if held:
                # After a crash an annotator's page shows what they still hold.
                task = held.pop()
            else:
                async with session.post(
                    f"{served.origin}/api/assignments/next", headers=headers
                ) as reply:
                    assert reply.status in (200, 204), await reply.text()
                    task = await reply.json() if reply.status == 200 else None
            if task is None:
                empty += 1
                await asyncio.sleep(0.1)
                continue
            empty = 0
            await _hand_in(session, served, headers, task, seen, chance)
        except (aiohttp.ClientError, OSError):
            seen.retries += 1
            await asyncio.sleep(0.2)
            held = await _held(session, served, headers)


async def _hand_in(session, served, headers, task, seen, chance) -> None:
    answer = {
        "annotation_id": str(uuid4()),
        # Everyone errs now and then, so that consensus has something to do.
        "response": {"category": CATEGORIES[chance.random() < ERROR_RATE]},
        "active_ms": 5,
    }
    path = f"{served.origin}/api/assignments/{task['assignment_id']}/submit"
    for _ in range(200):
        try:
            async with session.post(path, json=answer, headers=headers) as reply:
                if reply.status == 409:
                    return
                assert reply.status == 200, await reply.text()
                seen.acknowledged.add(answer["annotation_id"])
                return
        except (aiohttp.ClientError, OSError):
            # The reply was lost, not the work: the same id is sent again.
            seen.retries += 1
            await asyncio.sleep(0.2)
    raise AssertionError("the server never came back")


async def _held(session, served, headers) -> list[dict]:
    for _ in range(200):
        try:
            async with session.get(f"{served.origin}/api/assignments", headers=headers) as reply:
                assert reply.status == 200, await reply.text()
                return (await reply.json())["assignments"]
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(0.2)
    raise AssertionError("the server never came back")


async def _all_settled(session: aiohttp.ClientSession, served: Served, key: str) -> None:
    auth = {"Authorization": f"Bearer {key}"}
    params = {"status": "completed", "limit": "1", "project": "storm"}
    total = -1
    for _ in range(SETTLE_SECONDS_MAX * 2):
        async with session.get(f"{served.origin}/v1/tasks", params=params, headers=auth) as reply:
            total = (await reply.json())["total"]
        if total == TASKS:
            return
        await asyncio.sleep(0.5)
    raise AssertionError(f"only {total} of {TASKS} tasks settled")


def _kept(data: Path) -> list[tuple[str, str, str]]:
    with embedded_server(data) as admin, psycopg.connect(admin) as connection:
        assert migrate.pending(connection) == []
        return [
            (row[0], str(row[1]), str(row[2]))
            for row in connection.execute(
                "SELECT task_id, annotator_id, annotation_id FROM work.annotation"
            )
        ]
