"""A real server for all tests of the customers' API, and a new tenant for each."""

import asyncio
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from app.scale.customer import PICTURE, Customer
from app.served import Served, serving

from evenhand import tenants
from evenhand.foundation import migrate
from evenhand.foundation.database import pool_of
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import load_secret


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serving("scale", EVENHAND_ALLOW_PRIVATE_NETWORKS="true") as server:
        yield server


@pytest.fixture(scope="session")
def admin(served: Served) -> Iterator[str]:
    """The superuser's way into the server's database, past every policy."""
    with embedded_server(served.data) as conninfo:
        yield conninfo


@pytest.fixture
def customer(served: Served, admin: str) -> Customer:
    """A tenant that nobody else uses, at the door of the real server."""
    return asyncio.run(_new_customer(served, admin))


@pytest.fixture
def other_customer(served: Served, admin: str) -> Customer:
    """Another tenant of the same server."""
    return asyncio.run(_new_customer(served, admin))


async def _new_customer(served: Served, admin: str) -> Customer:
    secret = load_secret(served.data, os.environ.get("EVENHAND_SECRET_KEY"))
    app = migrate.app_conninfo(admin)
    async with pool_of(app, size=2, proofs=Proofs(secret)) as pool:
        made = await tenants.create(pool, secret, "Customer", now=datetime.now(UTC))
    return Customer(
        origin=served.origin,
        tenant_id=made.tenant_id,
        live_key=made.live_key,
        test_key=made.test_key,
        admin=admin,
    )


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where pictures can be fetched: dot.png is there, all others are not."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "dot.png").write_bytes(PICTURE)
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_said: object) -> None:
        """Say nothing: the test says what it saw."""


class Callbacks:
    """Where callbacks arrive, and what they said."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.url = ""


@pytest.fixture
def callbacks() -> Iterator[Callbacks]:
    kept = Callbacks()

    class Taken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing: the test says what it saw."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept.url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield kept
        server.shutdown()
