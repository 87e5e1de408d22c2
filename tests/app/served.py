"""A real `evenhand serve` in a process of its own, on a data folder of its own."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from app import commands

HOST = "127.0.0.1"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 40


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


class Served:
    """A server that can be started, killed, and started again on the same data."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.data = folder / "data"
        self.log = folder / "serve.log"
        self.port = free_port()
        self.origin = f"http://{HOST}:{self.port}"
        self.environment = {
            **os.environ,
            "EVENHAND_DATA_DIR": str(self.data),
            "EVENHAND_PORT": str(self.port),
            "EVENHAND_LOG_FORMAT": "json",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "evenhand.app.cli", "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"serve did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server as a power cut would: no handler of ours runs."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS_MAX)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS_MAX)

    def command(self, *words: str) -> dict:
        done = commands.run(self.environment, *words, "--json", timeout=START_SECONDS_MAX)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    async def restart_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.kill()
        await asyncio.to_thread(self.start)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def serving(name: str, **environment: str) -> Iterator[Served]:
    """Serve on a folder of its own, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix=f"evenhand-{name}-"))
    # Under root PostgreSQL runs as another user, who must be able to pass.
    folder.chmod(0o711)
    server = Served(folder, **environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """A disk of so many bytes, which fills up at once."""
    with tempfile.TemporaryDirectory(prefix="evenhand-small-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", name]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk that fills up at once needs the right to mount one")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)
