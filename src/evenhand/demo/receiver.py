"""The tenants' side of callbacks: a real server on loopback that takes responses in."""

import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from evenhand.delivery import signatures

LOOPBACK = "127.0.0.1"
AUTH_HEADER = "scale-callback-auth"
BODY_BYTES_MAX = 16 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Inbox:
    """What one tenant has received, by task; a task that is delivered again replaces itself."""

    auth_key: str
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    refused: int = 0


@dataclass(slots=True)
class Receiver:
    """Inboxes by address, and whom to tell when something comes in."""

    origin: str = ""
    inboxes: dict[str, Inbox] = field(default_factory=dict[str, Inbox])
    on_delivery: Callable[[str, dict[str, Any]], None] | None = None

    def open_inbox(self, address: str, auth_key: str) -> str:
        """Begin to receive for a tenant and say at which URL."""
        self.inboxes[address] = Inbox(auth_key=auth_key)
        return f"{self.origin}/callbacks/{address}"

    async def receive(self, request: web.Request) -> web.Response:
        """Take a callback in if it is signed for the tenant that it is meant for."""
        address = request.match_info["address"]
        inbox = self.inboxes.get(address)
        if inbox is None:
            return web.Response(status=404)
        content = await request.read()
        if not _is_authentic(request, content, inbox.auth_key):
            inbox.refused += 1
            return web.Response(status=401)
        body: dict[str, Any] = json.loads(content)
        inbox.tasks[body["task_id"]] = body["task"]
        if self.on_delivery is not None:
            self.on_delivery(address, body["task"])
        return web.Response(status=200)


def _is_authentic(request: web.Request, content: bytes, auth_key: str) -> bool:
    """Whether both the contract's static key and our signature of the body are right."""
    given = request.headers.get(AUTH_HEADER, "")
    if not hmac.compare_digest(given.encode(), auth_key.encode()):
        return False
    secret = signatures.webhook_secret(auth_key)
    try:
        signatures.verify(content, request.headers, secret, now=datetime.now(UTC))
    except signatures.SignatureInvalid:
        return False
    return True


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    """Listen on a free port of loopback for as long as the block runs."""
    receiver = Receiver()
    application = web.Application(client_max_size=BODY_BYTES_MAX)
    _ = application.router.add_post("/callbacks/{address}", receiver.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        _, port = runner.addresses[0][:2]
        receiver.origin = f"http://{LOOPBACK}:{port}"
        yield receiver
    finally:
        await runner.cleanup()
