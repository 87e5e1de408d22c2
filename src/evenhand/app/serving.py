"""`serve`: web server and background work in one process, until a signal says stop."""

import asyncio
import gc
import signal
import socket
from contextlib import suppress

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from evenhand.app import serving_url
from evenhand.app.context import Context
from evenhand.app.running import context_of, database
from evenhand.app.server import web_app
from evenhand.app.worker import work_until
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.settings import Settings

HEADER_MILLISECONDS_MAX = 10_000  # who dribbles a request's head longer than this is cut off
STOP_SECONDS_MAX = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class CannotListen(Unavailable):
    """The address or port to listen on cannot be had."""


async def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Answer requests and do background work until SIGINT or SIGTERM."""
    _require_free_port(settings)
    stop = _stop_on_signal()
    async with database(settings) as login, context_of(settings, login) as context:
        server = _server(context)
        tasks = [asyncio.create_task(server.serve(), name="web")]
        if with_worker:
            tasks.append(
                asyncio.create_task(work_until(stop, context, login.conninfo), name="worker")
            )
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
    async with database(settings) as login, context_of(settings, login) as context:
        log.info("worker.ready")
        await work_until(stop, context, login.conninfo)


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


def _server(context: Context) -> Server:
    return Server(
        web_app(context),
        address=context.settings.host,
        port=context.settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        log_level=LogLevels.error,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS_MAX),
    )


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop
