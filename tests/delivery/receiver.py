"""A customer's receiver on loopback that answers as the test says and keeps what it got."""

import socket
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

from aiohttp import web


@dataclass
class Receiver:
    """What came in, and the statuses that are answered in turn."""

    url: str
    answers: Iterator[int]
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


@asynccontextmanager
async def receiving(answers: Iterable[int] = (), then: int = 200) -> AsyncGenerator[Receiver]:
    """Run a receiver that gives these answers, and `then` for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook?for=us"
    receiver = Receiver(url, chain(answers, repeat(then)))

    async def take(request: web.Request) -> web.Response:
        receiver.bodies.append(await request.read())
        receiver.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=next(receiver.answers), headers={"Location": "/elsewhere"})

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield receiver
    finally:
        await runner.cleanup()
