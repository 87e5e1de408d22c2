"""Calls on a kept connection, each with the time it took and the form of its answer."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.local_server import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

IDLE_SECONDS_MAX = 2.0  # servers hang up on a connection that lies idle for a few seconds
JSON = {"Content-Type": "application/json"}
# Of these the values say what the body is and when it came; of all others they are looked at.
VALUES_OF_THE_BODY = frozenset({"content-length", "date"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the time it took in milliseconds, the status, the headers and the body."""

    ms: float
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        """Read the body, where there is one."""
        return json.loads(self.body) if self.body else None

    def form(self) -> str:
        """Say what an answer looks like apart from what stands in it: headers, in their order."""
        shown = [
            name.lower() if name.lower() in VALUES_OF_THE_BODY else f"{name.lower()}={value}"
            for name, value in self.headers
        ]
        return f"{self.status} {' '.join(shown)}"


class Caller:
    """One who calls with a key or a token, on one connection."""

    def __init__(self, port: int, token: str) -> None:
        """Take the port of the server and the token; the connection opens with the first call."""
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._last = 0.0

    def ask(self, method: str, path: str, body: object | None = None) -> Answer:
        """Send one request and read its answer whole; a body goes as JSON."""
        sent = None if body is None else json.dumps(body).encode()
        return self.send(method, path, sent, JSON if sent is not None else {})

    def send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send one request with a body of any kind and read its answer whole."""
        self._wake()
        began = time.perf_counter()
        self._connection.request(method, path, body, {**self._headers, **headers})
        reply = self._connection.getresponse()
        told = reply.read()
        self._last = time.perf_counter()
        return Answer(
            ms=(self._last - began) * 1000,
            status=reply.status,
            headers=tuple(reply.getheaders()),
            body=told,
        )

    def _wake(self) -> None:
        """Connect anew after a rest, so that no measured call pays for it."""
        if time.perf_counter() - self._last > IDLE_SECONDS_MAX:
            self._connection.close()
            self._connection.request("GET", "/healthz")
            self._connection.getresponse().read()

    def insist(self, method: str, path: str, body: object | None = None) -> Any:
        """Send one request of which the set-up depends, and read its answer."""
        answer = self.ask(method, path, body)
        assert answer.status < http.client.BAD_REQUEST, (method, path, answer.body[:500])
        return answer.json()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
