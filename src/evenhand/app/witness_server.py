"""A witness over HTTP (C2SP tlog-witness): the only request that changes anything is bounded.

POST /add-checkpoint            cosign a checkpoint
GET  /<hash>/checkpoint         what was cosigned last of the log, by SHA-256 of its origin
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from evenhand.tlog.witnessing import ADD_CHECKPOINT, REQUEST_BYTES_MAX
from evenhand.witness import Answer, Witness

# A whole body; the head before it has a limit of its own.
BODY_SECONDS_MAX = 10.0
# Each waits for the disk or for a lock on a log, and hashes a few dozen times.
AT_ONCE = 16
CHECKPOINT_PATH = re.compile(r"/([0-9a-f]{64})/checkpoint")

_Scope: TypeAlias = MutableMapping[str, Any]
_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


def witness_app(witness: Witness) -> Callable[[_Scope, _Receive, _Send], Awaitable[None]]:
    """Make the ASGI application of a witness."""
    places = asyncio.Semaphore(AT_ONCE)

    async def app(scope: _Scope, receive: _Receive, send: _Send) -> None:
        assert scope["type"] == "http", "neither websockets nor lifespan are asked for"
        answer = await _answer(witness, places, scope, receive)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    (b"content-type", answer.content_type.encode()),
                    (b"content-length", str(len(answer.body)).encode()),
                    (b"cache-control", b"no-store"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    return app


async def _answer(
    witness: Witness, places: asyncio.Semaphore, scope: _Scope, receive: _Receive
) -> Answer:
    method, path = scope["method"], scope["path"]
    if path == f"/{ADD_CHECKPOINT}":
        if method != "POST":
            return Answer(405, b"Send a checkpoint by POST.\n")
        body = await _body(receive)
        if isinstance(body, Answer):
            return body
        async with places:
            return await asyncio.to_thread(witness.add_checkpoint, body)
    found = CHECKPOINT_PATH.fullmatch(path)
    note = None
    if found is not None and method in {"GET", "HEAD"}:
        note = await asyncio.to_thread(witness.memory.last_of_hash, found[1])
    if note is None:
        return Answer(404, b"There is no such thing.\n")
    return Answer(200, bytes(note))


async def _body(receive: _Receive) -> bytes | Answer:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return Answer(400, b"The body broke off.\n")
                body += message.get("body", b"")
                if len(body) > REQUEST_BYTES_MAX:
                    return Answer(413, f"Send at most {REQUEST_BYTES_MAX} bytes.\n".encode())
                more = message.get("more_body", False)
    except TimeoutError:
        return Answer(408, b"The body comes in too slowly.\n")
    return bytes(body)
