"""Starting, asking and stopping a server on loopback that is under test."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30
REPLY_SECONDS_MAX = 600  # one bulk import on a slow machine
PIECE_BYTES = 1024 * 1024
POLL_SECONDS = 0.02  # finer than any start time worth telling apart


class ServerDidNotStart(Exception):
    """The server ended, or gave no healthy answer in time; its log tells why."""


class UnexpectedReply(Exception):
    """The server under test refused a request that the benchmark depends on."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: the status and the body, unread."""

    status: int
    body: bytes

    def json(self) -> dict[str, object]:
        """Read the body as one JSON object."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server process on a loopback port, with its log in a file."""

    process: subprocess.Popen[bytes]
    port: int
    start_seconds: float

    @property
    def origin(self) -> str:
        """The address to send requests to."""
        return f"http://{HOST}:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Reply:
        """Send one request and insist on an answer of the 2xx or 3xx kind."""
        return ask(self.port, method, path, headers=headers, body=body)

    def stream(
        self, method: str, path: str, *, headers: Mapping[str, str], take: Callable[[bytes], None]
    ) -> None:
        """Send one request and hand its answer on as it comes in."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=REPLY_SECONDS_MAX)
        try:
            connection.request(method, path, headers=dict(headers))
            answer = connection.getresponse()
            if answer.status >= http.client.BAD_REQUEST:
                raise UnexpectedReply(f"{method} {path}: {answer.status} {answer.read()[:500]!r}")
            while piece := answer.read(PIECE_BYTES):
                take(piece)
        finally:
            connection.close()

    def stop(self) -> None:
        """End the server politely, and only if that does not help, at once."""
        _end(self.process)


def start(
    command: Sequence[str | Path],
    *,
    port: int,
    healthy: str,
    environment: Mapping[str, str],
    log: Path,
) -> LocalServer:
    """Start a server and wait for its first healthy answer; the wait is measured."""
    begun = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=log.parent,
        )
    while not _answers(port, healthy):
        if process.poll() is not None or time.perf_counter() - begun > START_SECONDS_MAX:
            _end(process)
            raise ServerDidNotStart(f"{command[0]}: {_last_lines(log)}")
        time.sleep(POLL_SECONDS)
    return LocalServer(process, port, time.perf_counter() - begun)


def free_port() -> int:
    """Find a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def ask(
    port: int,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Reply:
    """Send one request to a loopback port and insist on a 2xx or 3xx answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=REPLY_SECONDS_MAX)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            # Who refuses a long body may answer and hang up before all of it was sent.
            connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.read())
    finally:
        connection.close()
    if reply.status >= http.client.BAD_REQUEST:
        raise UnexpectedReply(f"{method} {path}: {reply.status} {reply.body[:500]!r}")
    return reply


def _end(process: subprocess.Popen[bytes]) -> None:
    # Politely first: a server that is killed leaves its database running.
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_lines(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
