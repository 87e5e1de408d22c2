"""Clients that create tasks one a call, as a process of their own.

Run as `python -m bench.create_calls`: reads a `Plan` as JSON from standard input, creates until
time is up, and writes a `Created` as JSON to standard output.
"""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

import aiohttp

REQUEST_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """How one system is asked for one task: where its text stands in the body differs."""

    origin: str
    path: str
    headers: dict[str, str]
    body: dict[str, object]
    text_at: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which call, by how many clients at once, and for how long."""

    creation: Creation
    clients: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Created:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list[float])
    seconds: float = 0.0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    client_cpu_seconds: float = 0.0


def create(plan: Plan) -> Created:
    """Create tasks from a process apart, and return what its clients saw."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.create_calls"],
        input=json.dumps(asdict(plan)).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Created(**json.loads(done.stdout))


async def _create(plan: Plan) -> Created:
    created, errors = Created(), Counter[str]()
    begun, cpu_before = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for client in range(plan.clients):
            group.create_task(_one_client(plan, client, begun, created, errors))
    created.errors = dict(errors)
    created.client_cpu_seconds = time.process_time() - cpu_before
    return created


async def _one_client(
    plan: Plan, client: int, begun: float, created: Created, errors: Counter[str]
) -> None:
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS_MAX)
    async with aiohttp.ClientSession(
        plan.creation.origin, headers=plan.creation.headers, timeout=timeout
    ) as session:
        number = 0
        while time.perf_counter() - begun < plan.seconds:
            number += 1
            body = _body(plan.creation, f"Client {client}, no. {number}: is the line good today?")
            asked = time.perf_counter()
            try:
                async with session.post(plan.creation.path, json=body) as reply:
                    await reply.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                errors[type(error).__name__] += 1
                continue
            if reply.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
                errors[str(reply.status)] += 1
                continue
            done = time.perf_counter()
            created.milliseconds.append((done - asked) * 1000)
            created.seconds = done - begun


def _body(creation: Creation, text: str) -> dict[str, object]:
    body = copy.deepcopy(creation.body)
    *above, last = creation.text_at
    holder = body
    for name in above:
        inner = holder[name]
        assert isinstance(inner, dict), "the text stands inside of objects"
        holder = inner
    holder[last] = text
    return body


def main() -> None:
    """Create as the plan on standard input says and write what was seen to standard output."""
    told = json.load(sys.stdin)
    plan = Plan(
        creation=Creation(**told["creation"]), clients=told["clients"], seconds=told["seconds"]
    )
    json.dump(asdict(asyncio.run(_create(plan))), sys.stdout)


if __name__ == "__main__":
    main()
