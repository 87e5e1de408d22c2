"""The start of a process that stays: its database comes up while the rest of it is loaded."""

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from importlib import import_module

from evenhand.app.database import Login, database
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.settings import Settings


class CannotListen(Unavailable):
    """The address or port to listen on cannot be had."""


async def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Answer requests and do background work until SIGINT or SIGTERM."""
    _require_free_port(settings)
    async with _started(settings) as (login, stop):
        from evenhand.app import serving  # noqa: PLC0415 - see _started

        await serving.serve(settings, login, stop, with_worker=with_worker)


async def work(settings: Settings) -> None:
    """Do background work alone, beside servers, until SIGINT or SIGTERM."""
    async with _started(settings) as (login, stop):
        from evenhand.app import serving  # noqa: PLC0415 - see _started

        await serving.work(settings, login, stop)


@asynccontextmanager
async def _started(settings: Settings) -> AsyncGenerator[tuple[Login, asyncio.Event]]:
    stop = _stop_on_signal()
    # Loading is work for this process and the database makes it wait: half a second is saved.
    load = asyncio.to_thread(import_module, "evenhand.app.serving")
    loading = asyncio.create_task(load, name="loading")
    async with database(settings, until=stop) as login:
        await loading
        yield login, stop


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


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop
