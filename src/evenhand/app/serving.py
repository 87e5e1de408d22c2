"""`serve`: web server and background work in one process, until it is told to stop."""

import asyncio
import gc
from collections.abc import Generator
from contextlib import contextmanager, suppress

import structlog
from uvicorn import Config, Server

from evenhand.app import serving_url
from evenhand.app.context import Context
from evenhand.app.database import Login
from evenhand.app.door.connections import allow_many_files, web_config
from evenhand.app.installation import context_of
from evenhand.app.server import web_app
from evenhand.app.worker import work_until
from evenhand.foundation.settings import Settings

STOP_SECONDS_MAX = 20
TICK_SECONDS = 1.0

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def serve(
    settings: Settings, login: Login, stop: asyncio.Event, *, with_worker: bool
) -> None:
    """Answer requests and do background work until `stop` is set."""
    allow_many_files()
    async with context_of(settings, login) as context:
        server = _server(context)
        tasks = [asyncio.create_task(server.serve(), name="web")]
        if with_worker:
            tasks.append(asyncio.create_task(work_until(stop, context), name="worker"))
        serving_url.remember(settings)
        # What was loaded by now stays: the collector need not look through it ever again.
        gc.collect()
        gc.freeze()
        log.info("serve.ready", url=serving_url.server_url(settings))
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        server.stop()
        _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS_MAX)
        for task in late:
            task.cancel()
        for task in done - {waiting}:
            # One of the two ended by itself: its error is ours.
            task.result()


async def work(settings: Settings, login: Login, stop: asyncio.Event) -> None:
    """Do background work alone, beside servers on the same database."""
    async with context_of(settings, login) as context:
        log.info("worker.ready")
        working = asyncio.create_task(work_until(stop, context), name="worker")
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        _, late = await asyncio.wait([working], timeout=STOP_SECONDS_MAX)
        for task in late:
            task.cancel()
        if not late:
            # It ended by itself: its error is ours.
            working.result()


class _WebServer(Server):
    """The web server as one part of this process, which minds the signals itself."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever runs the server."""
        yield

    async def main_loop(self) -> None:
        """Wait for the end, once a second: ten times, an idle server would do little else."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._ending.wait()

    def stop(self) -> None:
        """Take no more requests, and end when those under way are answered."""
        self.should_exit = True
        self._ending.set()


def _server(context: Context) -> _WebServer:
    settings = context.settings
    return _WebServer(web_config(web_app(context), host=settings.host, port=settings.port))
