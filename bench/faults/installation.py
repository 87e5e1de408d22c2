"""An installation that can be hurt: its server, a worker beside it, its PostgreSQL, its disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psutil

from bench.local_server import HOST, free_port
from bench.process_cpu import memory_mebibytes, postmaster_of

if TYPE_CHECKING:
    from collections.abc import Mapping

START_SECONDS_MAX = 90
STOP_SECONDS_MAX = 40

Who = Literal["serve", "worker"]


class StoppedByItself(Exception):
    """A process ended that nobody had ended; its log tells why."""


class WouldNotStop(Exception):
    """A process that was told to end did not, or ended with a fault."""


@dataclass(kw_only=True)
class Installation:
    """A data folder with a server and a worker on it."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[Who, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The address of the server."""
        return f"http://{HOST}:{self.port}"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def start(self, who: Who) -> None:
        """Start one, and wait until the server answers."""
        with (self.folder / f"{who}.log").open("ab") as log:
            self.processes[who] = subprocess.Popen(  # noqa: S603
                [str(_program()), who], env=self._environment(), stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while who == "serve" and not self._answers():
            self.require_up()
            if time.monotonic() > deadline:
                raise StoppedByItself(f"{who} did not start in {START_SECONDS_MAX} s")
            time.sleep(0.05)

    def end(self, who: Who, number: signal.Signals) -> None:
        """End one by a signal; told politely, it ends without a fault."""
        process = self.processes.pop(who)
        process.send_signal(number)
        try:
            status = process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise WouldNotStop(f"{who} runs {STOP_SECONDS_MAX} s after {number.name}") from error
        # One that has only just begun to load has no handler yet.
        if number == signal.SIGTERM and status not in (0, -signal.SIGTERM):
            raise WouldNotStop(f"{who} ended with status {status} after {number.name}")

    def end_all(self) -> None:
        """End what runs."""
        for who in list(self.processes):
            with suppress(WouldNotStop):
                self.end(who, signal.SIGTERM)

    def require_up(self) -> None:
        """Raise `StoppedByItself` where one is gone that nobody ended."""
        for who, process in self.processes.items():
            if process.poll() is not None:
                tail = (self.folder / f"{who}.log").read_text(errors="replace")[-2000:]
                raise StoppedByItself(f"{who} ended with status {process.returncode}:\n{tail}")

    def restart_database(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop PostgreSQL, at once or as a crash would, and start it again."""
        postmaster = psutil.Process(postmaster_of(self.data))
        user = None if postmaster.uids().real == os.geteuid() else postmaster.username()
        subprocess.run(  # noqa: S603
            [
                str(Path(postmaster.exe()).with_name("pg_ctl")),
                *("restart", "-w", "-m", mode, "-D", str(self.data / "postgres")),
            ],
            user=user, group=user, extra_groups=[] if user else None,
            cwd="/", check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill_database(self) -> None:
        """End PostgreSQL as the kernel does that runs out of memory; its server starts it again."""
        os.kill(postmaster_of(self.data), signal.SIGKILL)

    def memory(self) -> float:
        """Say how many MiB the server and its children take."""
        return memory_mebibytes([self.processes["serve"].pid])

    def command(self, *words: str) -> dict[str, object]:
        """Run a command of the installation and read what it prints."""
        done = subprocess.run(  # noqa: S603
            [str(_program()), *words, "--json"],
            env=self._environment(), stdout=subprocess.PIPE, timeout=START_SECONDS_MAX, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=5) as reply:  # noqa: S310
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "EVENHAND_DATA_DIR": str(self.data),
            "EVENHAND_PORT": str(self.port),
            "EVENHAND_ALLOW_PRIVATE_NETWORKS": "true",
            **self.more,
        }


def _program() -> Path:
    return Path(sys.executable).with_name("evenhand")
