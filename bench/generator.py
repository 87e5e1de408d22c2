"""The annotators, as a process of their own: real HTTP clients that ask, answer and ask again.

Run as `python -m bench.generator`: reads a `Shift` as JSON from standard input, works it, and
writes a `Tally` as JSON to standard output. It stands apart so that its processor time is
never mistaken for the server's.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, cast

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY_WAIT_SECONDS = 0.05
EMPTY_REPLIES_MAX = 40  # two seconds without a task: the queue is drained, not merely contended
REQUEST_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How to be the annotators of one project on one system."""

    dialect: str
    origin: str
    project: str
    headers: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A stretch of work: who works where, for how long, and at most how much.

    Of `pace_seconds`, on average, every annotator takes one task; with 0 they never rest.
    """

    stream: Stream
    seconds: float
    loops_max: int = 0  # of all of them together; 0 for as many as there are
    pace_seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a shift did, as the annotators saw it."""

    loops: int = 0
    seconds: float = 0.0
    next_ms: list[float] = field(default_factory=list[float])
    next_at: list[float] = field(default_factory=list[float])  # seconds after the begin
    submit_ms: list[float] = field(default_factory=list[float])
    double_handed: int = 0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    drained: bool = False
    generator_cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Handed:
    """A task in an annotator's hands, and how to hand it in."""

    text: str
    submit_path: str
    submit_body: dict[str, object]


class Dialect(Protocol):
    """The requests of an annotator's loop, in one system's words."""

    def next_request(self, project: str) -> tuple[str, Mapping[str, object]]:
        """Give path and body of the request for the next task."""
        ...

    def handed(self, reply: Mapping[str, object], project: str) -> Handed:
        """Read the task out of the reply and prepare its annotation."""
        ...

    def following(self, reply: Mapping[str, object], project: str) -> Handed | None:
        """Read the next task out of the reply to an annotation, where it comes with it."""
        ...


class LabelStudioDialect:
    """What Label Studio's own label stream sends: the `next_task` action, then an annotation."""

    def next_request(self, project: str) -> tuple[str, Mapping[str, object]]:
        """Give path and body of the request for the next task."""
        return f"/api/dm/actions?id=next_task&project={project}", {"project": project}

    def handed(self, reply: Mapping[str, object], project: str) -> Handed:
        """Read the task out of the reply and prepare its annotation."""
        choice = {
            "from_name": "label",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": ["positive"]},
        }
        return Handed(
            _text(reply["data"], "text"),
            f"/api/tasks/{reply['id']}/annotations?project={project}",
            {"result": [choice], "lead_time": 1.0},
        )

    def following(self, reply: Mapping[str, object], project: str) -> Handed | None:
        """None: the next task is always asked for."""
        del reply, project
        return None


class EvenhandDialect:
    """What Evenhand's workbench sends: an annotation, whose reply brings the next assignment."""

    def next_request(self, project: str) -> tuple[str, Mapping[str, object]]:
        """Give path and body of the request for the next task."""
        del project  # the dispatcher chooses
        return "/api/assignments/next", {}

    def handed(self, reply: Mapping[str, object], project: str) -> Handed:
        """Read the task out of the reply and prepare its annotation."""
        del project
        return Handed(
            _text(reply["params"], "attachment"),
            f"/api/assignments/{reply['assignment_id']}/submit?next=true",
            {
                "annotation_id": str(uuid.uuid4()),
                "response": {"category": "positive"},
                "active_ms": 0,
            },
        )

    def following(self, reply: Mapping[str, object], project: str) -> Handed | None:
        """Read the next task out of the reply to an annotation, where one is open."""
        lent = reply["next"]
        if lent is None:
            return None
        assert isinstance(lent, dict), "an assignment is an object"
        return self.handed(cast("dict[str, object]", lent), project)


class AskingDialect(EvenhandDialect):
    """A client that asks for each task in a request of its own."""

    def handed(self, reply: Mapping[str, object], project: str) -> Handed:
        """Read the task out of the reply and prepare its annotation."""
        handed = super().handed(reply, project)
        return replace(handed, submit_path=handed.submit_path.partition("?")[0])

    def following(self, reply: Mapping[str, object], project: str) -> Handed | None:
        """None: the next task is always asked for."""
        del reply, project
        return None


def _text(content: object, name: str) -> str:
    assert isinstance(content, dict), "a task carries its content"
    return str(cast("dict[str, object]", content)[name])


DIALECTS: Mapping[str, Dialect] = {
    "label-studio": LabelStudioDialect(),
    "evenhand": EvenhandDialect(),
    "evenhand-asks": AskingDialect(),
}


def work(shift: Shift) -> Tally:
    """Run the shift in a process of its own and return what it tallied."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.generator"],
        input=json.dumps(asdict(shift)).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Tally(**json.loads(done.stdout))


@dataclass(slots=True)
class _Floor:
    """Where the annotators of a shift write down what happened."""

    dialect: Dialect
    shift: Shift
    begun: float
    deadline: float
    tally: Tally = field(default_factory=Tally)
    errors: Counter[str] = field(default_factory=Counter[str])
    holders: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    drained: int = 0
    lot: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311

    @property
    def stream(self) -> Stream:
        return self.shift.stream

    def is_open(self) -> bool:
        done = len(self.tally.submit_ms)
        return time.perf_counter() < self.deadline and done < (self.shift.loops_max or done + 1)

    def pause(self) -> float:
        return self.lot.uniform(0, 2 * self.shift.pace_seconds)


async def _work(shift: Shift) -> Tally:
    begun, cpu_before = time.perf_counter(), time.process_time()
    floor = _Floor(DIALECTS[shift.stream.dialect], shift, begun, begun + shift.seconds)
    async with asyncio.TaskGroup() as group:
        for annotator in range(len(shift.stream.headers)):
            group.create_task(_annotate(floor, annotator))
    tally = floor.tally
    tally.loops = len(tally.submit_ms)
    tally.double_handed = sum(len(holders) > 1 for holders in floor.holders.values())
    tally.errors = dict(floor.errors)
    tally.drained = floor.drained == len(shift.stream.headers)
    tally.generator_cpu_seconds = time.process_time() - cpu_before
    return tally


async def _annotate(floor: _Floor, annotator: int) -> None:
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS_MAX)
    async with aiohttp.ClientSession(
        floor.stream.origin, headers=floor.stream.headers[annotator], timeout=timeout
    ) as session:
        empty = 0
        task: Handed | None = None
        # Or all would begin at the same moment.
        await asyncio.sleep(floor.pause())
        while floor.is_open() and empty < EMPTY_REPLIES_MAX:
            begun = time.perf_counter()
            try:
                task = task or await _take(floor, session)
                if task is None:
                    empty += 1
                    await asyncio.sleep(EMPTY_WAIT_SECONDS)
                    continue
                empty = 0
                floor.holders.setdefault(task.text, set()).add(annotator)
                if floor.shift.pace_seconds:
                    await asyncio.sleep(begun + floor.pause() - time.perf_counter())
                task = await _submit(floor, session, task)
            except (aiohttp.ClientError, TimeoutError) as error:
                floor.errors[type(error).__name__] += 1
                task = None
        floor.drained += empty == EMPTY_REPLIES_MAX


async def _take(floor: _Floor, session: aiohttp.ClientSession) -> Handed | None:
    path, body = floor.dialect.next_request(floor.stream.project)
    asked = time.perf_counter()
    async with session.post(path, json=body) as reply:
        text = await reply.read()
    took = time.perf_counter() - asked
    if reply.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
        return None
    if reply.status != HTTPStatus.OK:
        floor.errors[f"next {reply.status}"] += 1
        return None
    floor.tally.next_ms.append(took * 1000)
    floor.tally.next_at.append(asked - floor.begun)
    return floor.dialect.handed(json.loads(text), floor.stream.project)


async def _submit(floor: _Floor, session: aiohttp.ClientSession, task: Handed) -> Handed | None:
    """Hand in an annotation, and return the next task where it came with the reply."""
    asked = time.perf_counter()
    async with session.post(task.submit_path, json=task.submit_body) as reply:
        text = await reply.read()
    done = time.perf_counter()
    if reply.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        floor.errors[f"submit {reply.status}"] += 1
        return None
    floor.tally.submit_ms.append((done - asked) * 1000)
    floor.tally.seconds = done - floor.begun
    return floor.dialect.following(json.loads(text), floor.stream.project)


def main() -> None:
    """Work the shift on standard input and write its tally to standard output."""
    plan = json.load(sys.stdin)
    shift = Shift(**plan | {"stream": Stream(**plan["stream"])})
    json.dump(asdict(asyncio.run(_work(shift))), sys.stdout)


if __name__ == "__main__":
    main()
