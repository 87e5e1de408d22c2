"""Customers and annotators who go on working whatever fails, and note what they were promised."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import aiohttp

from evenhand.ledger.events import digest_of

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

PROJECT = "faults"
CATEGORIES = ["up", "down"]
ANSWER_SECONDS_MAX = 30
PAUSE_SECONDS = 0.05
AGAIN_SECONDS = 0.2  # after a failure
HELD_BACK = 60  # tasks that wait at most, so that annotators keep up


@dataclass(kw_only=True)
class Promised:
    """What was acknowledged, and what went wrong on the way."""

    tasks: set[str] = field(default_factory=set)
    # As the record names them: those that came in alone, and digests of those that came together.
    single: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    pictured: set[str] = field(default_factory=set)
    annotations: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    exports: int = 0
    # When each failure was seen, by the steady clock: a status, or 0 where nothing answered.
    failures: list[tuple[float, int]] = field(default_factory=list)
    unfit: Counter[str] = field(default_factory=Counter)

    def failed(self, status: int, said: str = "") -> None:
        """Note a failure; one that a caller cannot mend by asking again is unfit."""
        self.failures.append((time.monotonic(), status))
        # 409 says that what was sent came in before, and its answer was lost.
        if status in range(400, 500) and status not in (408, 409, 429):
            self.unfit[f"{status} {said[:160]}"] += 1
        if status == 500:
            self.unfit[f"500 {said[:160]}"] += 1


@dataclass(kw_only=True)
class Load:
    """All who work, until told to stop."""

    origin: str
    neighbours: str
    key: str
    tokens: tuple[str, ...]
    chance: random.Random
    promised: Promised = field(default_factory=Promised)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _settled: int = 0

    async def run(self) -> None:
        """Work until told to stop; annotators go on until nothing is left."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            self._session = session
            customers = [
                asyncio.create_task(self._until_told(step))
                for step in (
                    self._one,
                    self._one,
                    self._pictured,
                    self._many,
                    self._file,
                    self._take,
                )
            ]
            annotators = [asyncio.create_task(self._annotate(token)) for token in self.tokens]
            await self.stop.wait()
            await asyncio.gather(*customers)
            for one in annotators:
                one.cancel()
            await asyncio.gather(*annotators, return_exceptions=True)

    async def finish(self, seconds: float, ended: Callable[[], bool]) -> None:
        """Annotate what is still open, until all has ended or the time has run out."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            self._session = session
            annotators = [asyncio.create_task(self._annotate(token)) for token in self.tokens]
            for _ in range(round(seconds)):
                if await asyncio.to_thread(ended):
                    break
                await asyncio.sleep(1)
            for one in annotators:
                one.cancel()
            await asyncio.gather(*annotators, return_exceptions=True)

    async def _until_told(self, step: Callable[[], Awaitable[object]]) -> None:
        while not self.stop.is_set():
            await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE_SECONDS))
            if len(self.promised.tasks) - len(self.promised.annotations) < HELD_BACK:
                await step()

    async def _ask(
        self, method: str, path: str, token: str | None = None, **more: Any
    ) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token or self.key}", "X-Evenhand-Request": "1"}
        try:
            async with self._session.request(
                method, f"{self.origin}{path}", headers=headers, **more
            ) as reply:
                body = await reply.read()
                if reply.status >= 400:
                    self.promised.failed(reply.status, body.decode(errors="replace"))
                return reply.status, body
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            self.promised.failed(0)
            return 0, b""

    def _task(self, **more: object) -> dict[str, object]:
        return {
            "project": PROJECT,
            "attachment": f"text {uuid4().hex}",
            "attachment_type": "text",
            "categories": CATEGORIES,
            "unique_id": uuid4().hex,
            "callback_url": f"{self.neighbours}/hook",
            **more,
        }

    async def _one(self) -> None:
        await self._sent(self._task())

    async def _pictured(self) -> None:
        task_id = await self._sent(
            self._task(
                attachment=f"{self.neighbours}/pictures/{uuid4().hex}.png", attachment_type="image"
            )
        )
        if task_id is not None:
            self.promised.pictured.add(task_id)

    async def _sent(self, task: dict[str, object]) -> str | None:
        for _ in range(50):
            status, body = await self._ask("POST", "/v1/task/categorization", json=task)
            if status == 200:
                task_id = json.loads(body)["task_id"]
                self.promised.tasks.add(task_id)
                self.promised.single.add(task_id)
                return task_id
            if status == 409:
                return None
            await asyncio.sleep(AGAIN_SECONDS)
        return None

    async def _many(self) -> None:
        lines = [{"type": "categorization", **self._task()} for _ in range(5)]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        status, told = await self._ask("POST", "/v1/tasks/bulk", data=body)
        if status == 200:
            task_ids = json.loads(told)["task_ids"]
            self.promised.tasks.update(task_ids)
            self.promised.lists.add(digest_of(task_ids))

    async def _file(self) -> None:
        content = self.chance.randbytes(self.chance.randint(1, 300_000))
        form = aiohttp.FormData()
        form.add_field("file", content, filename="a.bin", content_type="application/octet-stream")
        status, body = await self._ask("POST", "/v1/files/upload", data=form)
        if status == 200:
            self.promised.files[json.loads(body)["id"]] = hashlib.sha256(content).hexdigest()

    async def _take(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 1))
        status, body = await self._ask("GET", "/api/export")
        if status == 200:
            for line in body.splitlines():
                json.loads(line)
            self.promised.exports += 1

    async def _annotate(self, token: str) -> None:
        while True:
            status, body = await self._ask("POST", "/api/assignments/next", token)
            if status == 200:
                await self._submit(token, json.loads(body)["assignment_id"])
                continue
            # An answer may have been lost, and with it what was lent.
            for handle in await self._held(token):
                await self._submit(token, handle)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _held(self, token: str) -> list[str]:
        status, body = await self._ask("GET", "/api/assignments", token)
        if status != 200:
            return []
        return [one["assignment_id"] for one in json.loads(body)["assignments"]]

    async def _submit(self, token: str, handle: str) -> None:
        answer = {
            "annotation_id": str(uuid4()),
            "response": {"category": self.chance.choice(CATEGORIES)},
            "active_ms": 1000,
        }
        for _ in range(100):
            status, body = await self._ask(
                "POST", f"/api/assignments/{handle}/submit", token, json=answer
            )
            if status == 200:
                self.promised.annotations.add(json.loads(body)["annotation_id"])
                return
            if status in range(400, 500) and status not in (408, 429):
                return
            await asyncio.sleep(AGAIN_SECONDS)
