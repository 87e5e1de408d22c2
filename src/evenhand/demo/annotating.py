"""Annotators at work over the workbench's API, as a person's browser would be."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from evenhand.demo.annotators import Annotator
from evenhand.demo.customer import Refused

# An annotator who was told that nothing is open asks again after this long.
PAUSE_SECONDS = 0.15
CALL_SECONDS_MAX = 60


@dataclass(slots=True, kw_only=True)
class Labour:
    """What one annotator did: its answer to each attachment that it was shown."""

    annotator: Annotator
    given: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Seat:
    """One annotator signed in to the workbench."""

    labour: Labour
    session: aiohttp.ClientSession
    on_annotation: Callable[[], None]

    async def work(self, finished: asyncio.Event) -> None:
        """Take one task after another until all is finished."""
        while not finished.is_set():
            assignment = await self._call("POST", "/api/assignments/next")
            if assignment is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        _ = await finished.wait()
                continue
            await self._annotate(assignment)

    async def _annotate(self, assignment: dict[str, Any]) -> None:
        began = time.monotonic()
        attachment = str(assignment["params"]["attachment"])
        answer = await self._answer(assignment, attachment)
        path = f"/api/assignments/{assignment['assignment_id']}/submit"
        submission = {
            "annotation_id": str(uuid4()),
            "response": {"category": answer},
            "active_ms": round((time.monotonic() - began) * 1000),
        }
        _ = await self._call("POST", path, json=submission)
        self.labour.given[attachment] = answer
        self.on_annotation()

    async def _answer(self, assignment: dict[str, Any], attachment: str) -> str:
        annotator = self.labour.annotator
        if assignment["params"]["attachment_type"] == "text":
            return annotator.words.answer(attachment)
        async with self.session.get(assignment["files"][attachment]) as reply:
            png = await reply.read()
            if reply.status != 200:
                raise Refused(f"An annotator could not see a picture: status {reply.status}.")
        return annotator.pictures.answer(png)

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any] | None:
        async with self.session.request(method, path, **request) as reply:
            if reply.status == 204:
                return None
            if reply.status != 200:
                told = (await reply.text())[:500]
                raise Refused(f"{method} {path} was answered {reply.status}: {told}")
            return await reply.json()


@asynccontextmanager
async def at_work(
    address: str,
    annotators: Sequence[tuple[Annotator, str]],
    *,
    on_annotation: Callable[[], None],
) -> AsyncGenerator[list[Labour]]:
    """Let annotators, each with its token, work for as long as the block runs.

    A failure of one of them ends the block with its error.
    """
    finished = asyncio.Event()
    labours = [Labour(annotator=annotator) for annotator, _ in annotators]
    async with contextlib.AsyncExitStack() as stack:
        seats = [
            Seat(labour, await stack.enter_async_context(_signed_in(address, token)), on_annotation)
            for labour, (_, token) in zip(labours, annotators, strict=True)
        ]
        async with asyncio.TaskGroup() as group:
            for seat in seats:
                _ = group.create_task(seat.work(finished))
            yield labours
            finished.set()


def _signed_in(address: str, token: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        address,
        headers={"Authorization": f"Bearer {token}", "X-Evenhand-Request": "1"},
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS_MAX),
    )
