"""Clients who create one task a call, against a real HTTP server."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from bench.create_calls import Creation, Plan, create

if TYPE_CHECKING:
    from collections.abc import Generator


def test_each_call_brings_a_text_of_its_own_where_the_system_wants_it() -> None:
    with _door(200) as (origin, bodies):
        created = create(_plan(origin))
    assert len(created.milliseconds) == len(bodies) > 3
    assert created.errors == {}
    texts = [body["data"]["text"] for body in bodies]
    assert len(set(texts)) == len(texts)
    assert {body["project"] for body in bodies} == {7}


def test_a_refused_call_is_an_error_and_no_task() -> None:
    with _door(500) as (origin, bodies):
        created = create(_plan(origin))
    assert created.milliseconds == []
    assert created.errors == {"500": len(bodies)}


def _plan(origin: str) -> Plan:
    creation = Creation(
        origin=origin,
        path="/tasks",
        headers={},
        body={"project": 7, "data": {"text": ""}},
        text_at=("data", "text"),
    )
    return Plan(creation=creation, clients=2, seconds=0.3)


@contextmanager
def _door(status: int) -> Generator[tuple[str, list[dict]]]:
    bodies: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Two small writes a reply: held back, the second would wait for the first to be confirmed.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join()
