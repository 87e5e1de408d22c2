"""`serve`: web server and background work in one process, until a signal says stop."""

import asyncio
import gc
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

import structlog
from uvicorn import Server

from evenhand.app import serving_url
from evenhand.app.context import Context
from evenhand.app.database import database
from evenhand.app.door.connections import allow_many_files, web_config
from evenhand.app.running import context_of
from evenhand.app.server import web_app
from evenhand.app.worker import work_until
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.settings import Settings

STOP_SECONDS_MAX = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class CannotListen(Unavailable):
    """The address or port to listen on cannot be had."""


async def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Answer requests and do background work until SIGINT or SIGTERM."""
    _require_free_port(settings)
    allow_many_files()
    stop = _stop_on_signal()
    async with (
        database(settings, until=stop) as login,
        context_of(settings, login) as context,
    ):
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


async def run_worker(settings: Settings) -> None:
    """Do background work alone, beside servers on the same database."""
    stop = _stop_on_signal()
    async with (
        database(settings, until=stop) as login,
        context_of(settings, login) as context,
    ):
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


def _require_free_port(settings: Settings) -> None:
    """Tell a taken port before anything is opened; the web server itself would only panic."""
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose another with --host and --port."
        ) from error


class _WebServer(Server):
    """The web server as one part of this process, which minds the signals itself."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever runs the server."""
        yield

    def stop(self) -> None:
        """Take no more requests, and end when those under way are answered."""
        self.should_exit = True


def _server(context: Context) -> _WebServer:
    settings = context.settings
    return _WebServer(web_config(web_app(context), host=settings.host, port=settings.port))


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop
