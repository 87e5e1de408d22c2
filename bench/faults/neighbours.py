"""What stands beside an installation: a host of attachments, a receiver, an object store."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from aiohttp import web

from bench.local_server import HOST, free_port

if TYPE_CHECKING:
    from types import TracebackType

# The smallest picture that is one.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6360000000020001e527defc0000000049454e44ae4260"
    "82"
)
SLOW_SECONDS_MAX = 0.2
FAILS_SHARE = 0.1  # of the answers of hosts and receivers, as elsewhere in the world


@dataclass(kw_only=True)
class Neighbours:
    """The other servers, and what callbacks they were sent."""

    chance: random.Random
    fails: float = FAILS_SHARE
    port: int = field(default_factory=free_port)
    store_port: int = field(default_factory=free_port)
    called: Counter[str] = field(default_factory=Counter)
    objects: dict[str, bytes] = field(default_factory=dict)
    _runners: list[web.AppRunner] = field(default_factory=list)
    _store: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        """Where attachments lie and callbacks go."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        """Start all."""
        site = web.Application()
        site.router.add_get("/pictures/{name}", self._picture)
        site.router.add_post("/hook", self._hook)
        self._runners.append(await _listen(site, self.port))
        await self.open_store()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all."""
        await self.close_store()
        for runner in self._runners:
            await runner.cleanup()

    async def open_store(self) -> None:
        """Let the object store answer."""
        store = web.Application(client_max_size=2**27)
        store.router.add_put("/{path:.*}", self._put)
        store.router.add_get("/{path:.*}", self._get)
        self._store = await _listen(store, self.store_port)

    async def close_store(self) -> None:
        """Let the object store be away; what it holds stays."""
        if self._store is not None:
            await self._store.cleanup()
            self._store = None

    async def _picture(self, _: web.Request) -> web.Response:
        await asyncio.sleep(self.chance.uniform(0, SLOW_SECONDS_MAX))
        if self.chance.random() < self.fails:
            return web.Response(status=503)
        return web.Response(body=PICTURE, content_type="image/png")

    async def _hook(self, request: web.Request) -> web.Response:
        told = json.loads(await request.read())
        await asyncio.sleep(self.chance.uniform(0, SLOW_SECONDS_MAX))
        if self.chance.random() < self.fails:
            return web.Response(status=503)
        self.called[told["task_id"]] += 1
        return web.Response()

    async def _put(self, request: web.Request) -> web.Response:
        data = await request.read()
        if request.headers.get("If-None-Match") == "*" and request.path in self.objects:
            return web.Response(status=412, text="<Error><Code>PreconditionFailed</Code></Error>")
        self.objects[request.path] = data
        return web.Response(headers={"ETag": '"1"'})

    async def _get(self, request: web.Request) -> web.Response:
        found = self.objects.get(request.path)
        if found is None:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        headers = {"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        asked = request.http_range
        if asked.start is None:
            return web.Response(body=found, headers=headers)
        end = min(asked.stop or len(found), len(found))
        headers["Content-Range"] = f"bytes {asked.start}-{end - 1}/{len(found)}"
        return web.Response(status=206, body=found[asked.start : end], headers=headers)


async def _listen(application: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, reuse_address=True).start()
    return runner
