"""The demo's server: the real one, as a process of its own, on a folder of its own.

It never touches an installation that is in use: the demo's annotators would work on its
real tasks. So whatever the environment says about a database, storage or secret is left out.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from evenhand.foundation.errors import Unavailable

LOOPBACK = "127.0.0.1"
START_SECONDS_MAX = 90  # a first start makes a database; slow disks take their time
STOP_SECONDS_MAX = 30
LOG_CHARACTERS_SHOWN = 3000

_KEPT_OUT = ("EVENHAND_DATABASE_URL", "EVENHAND_STORAGE_URL", "EVENHAND_SECRET_KEY",
             "EVENHAND_PUBLIC_URL", "EVENHAND_HOST", "EVENHAND_PORT")  # fmt: skip


class ServerEnded(Unavailable):
    """The demo's server did not start, or has ended."""


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The server's process and where it listens."""

    address: str
    process: asyncio.subprocess.Process
    log: Path

    async def ended(self) -> None:
        """Wait for the server to end, which it should not do by itself."""
        _ = await self.process.wait()
        raise ServerEnded(f"The demo's server has ended. Its last words:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of the server's log."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return text[-LOG_CHARACTERS_SHOWN:].strip() or "(none)"


@asynccontextmanager
async def serving(data_dir: Path) -> AsyncGenerator[DemoServer]:
    """Run `evenhand serve` on the folder; yields once it is ready."""
    port = _free_port()
    log = data_dir / "server.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "evenhand.app.cli", "serve",
            "--host", LOOPBACK, "--port", str(port),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(data_dir),
            # Ctrl-C is the demo's to hear; it then stops the server in its own order.
            start_new_session=True,
        )  # fmt: skip
    server = DemoServer(f"http://{LOOPBACK}:{port}", process, log)
    try:
        await _ready(server)
        yield server
    finally:
        await _stop(process)


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _KEPT_OUT}
    return {
        **kept,
        "EVENHAND_DATA_DIR": str(data_dir),
        # Callbacks go to the demo's own receiver on this machine.
        "EVENHAND_ALLOW_PRIVATE_NETWORKS": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


async def _ready(server: DemoServer) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS_MAX), aiohttp.ClientSession() as session:
            while server.process.returncode is None:
                if await _answers(session, server.address):
                    return
                await asyncio.sleep(0.05)
    raise ServerEnded(f"The demo's server did not start. Its last words:\n{server.last_words()}")


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/healthz") as reply:
            return reply.status == 200
    except aiohttp.ClientError:
        return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            _ = await process.wait()
    except TimeoutError:
        process.kill()
        _ = await process.wait()
