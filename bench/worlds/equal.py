"""What of an answer must be equal in two worlds, and the short list of what cannot be.

- A receipt proves an entry under the public log, which commits to the heads of all tenants: its
  event is compared, without salts, paths and places. Where an entry stands depends on the moment
  at which rounds by the database's clock found something.
- An event of the order of queues tells what the fair rule publishes: how one stood among others.
- Handles of assignments, and name and key of a tenant's log, are drawn where no seed reaches: in
  the database, or in a round for all tenants. A handle is known by when it first appeared. What
  was lent at one moment is listed in the order of such ids, so what is held is compared as a set.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from bench.worlds import moves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.worlds.calls import Reply

OF_QUEUES = ("queue.noted", "queue.emptied")
OF_THE_RULE = ("tag_seen", "tag_after", "tie", "virtual_time", "epoch", "has_competition")
OF_RECEIPTS = ("/api/receipts", "/api/receipts/file", "/api/export/receipts",
               "/v1/task/{task_id}/receipts")  # fmt: skip
OF_PLACES = ("/api/log", "/api/disclosures")


def worded(
    reply: Reply, move: moves.Move, handles: Sequence[str]
) -> tuple[int, tuple[tuple[bytes, bytes], ...], bytes]:
    """Word a reply as it must be in either world."""
    body, headers = reply.body, reply.headers
    if move.endpoint in (*OF_RECEIPTS, *OF_PLACES):
        # All receipts are compared at the end; a page of them depends on places.
        body = b""
        headers = tuple(pair for pair in headers if pair[0] != b"content-length")
    if move.who == moves.ANNOTATOR:
        for number, handle in enumerate(handles):
            body = body.replace(handle.encode(), f"<handle {number}>".encode())
    if move.endpoint == "/api/assignments" and reply.status == HTTPStatus.OK:
        held = cast("dict[str, Any]", json.loads(body))["assignments"]
        body = json.dumps(sorted(held, key=lambda one: one["assignment_id"])).encode()
    return reply.status, headers, body


def events_in(lines: bytes) -> Iterator[str]:
    """Word the events of receipts, as they must be in either world."""
    for line in lines.splitlines():
        receipt = cast("dict[str, Any]", json.loads(line))
        if "event" not in receipt:
            continue
        event = cast("dict[str, Any]", json.loads(receipt["event"]))
        if event["kind"] not in OF_QUEUES:
            kept = {name: one for name, one in event.items() if name not in OF_THE_RULE}
            yield json.dumps(kept, sort_keys=True)
