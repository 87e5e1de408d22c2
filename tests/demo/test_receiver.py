"""The demo's receiver takes in what is signed for its tenant, and nothing else."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from evenhand.delivery.signatures import signed, webhook_secret
from evenhand.demo.receiver import Receiver, receiving

KEY = "the key of this tenant"
BODY = json.dumps({"task_id": "t1", "task": {"task_id": "t1", "status": "completed"}}).encode()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


async def sent(url: str, body: bytes = BODY, *, key: str = KEY, **headers: str) -> int:
    given = {
        "scale-callback-auth": key,
        **signed(BODY, webhook_secret(key), webhook_id="c1", at=datetime.now(UTC)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=given) as reply,
    ):
        return reply.status


async def test_a_signed_callback_is_taken_in_and_told(receiver: Receiver):
    told: list[str] = []
    receiver.on_delivery = lambda address, task: told.append(f"{address} {task['task_id']}")
    url = receiver.open_inbox("aurora", KEY)
    assert await sent(url) == 200
    assert receiver.inboxes["aurora"].tasks == {"t1": {"task_id": "t1", "status": "completed"}}
    assert told == ["aurora t1"]


async def test_a_task_delivered_twice_is_one_task(receiver: Receiver):
    url = receiver.open_inbox("aurora", KEY)
    assert [await sent(url), await sent(url)] == [200, 200]
    assert len(receiver.inboxes["aurora"].tasks) == 1


async def test_another_tenants_key_is_refused(receiver: Receiver):
    url = receiver.open_inbox("aurora", KEY)
    assert await sent(url, key="the key of another") == 401
    assert receiver.inboxes["aurora"].tasks == {}
    assert receiver.inboxes["aurora"].refused == 1


def signed_an_hour_ago() -> str:
    then = datetime.now(UTC) - timedelta(hours=1)
    return signed(BODY, webhook_secret(KEY), webhook_id="c1", at=then)["webhook-signature"]


@pytest.mark.parametrize(
    "signature",
    ["", "v1,AAAA", signed_an_hour_ago()],
    ids=["none", "false", "old"],
)
async def test_a_callback_without_a_fresh_signature_is_refused(receiver: Receiver, signature: str):
    url = receiver.open_inbox("aurora", KEY)
    assert await sent(url, webhook_signature=signature) == 401


async def test_a_changed_body_is_refused(receiver: Receiver):
    url = receiver.open_inbox("aurora", KEY)
    assert await sent(url, BODY.replace(b"completed", b"canceled!")) == 401


async def test_an_address_that_nobody_has_opened_is_unknown(receiver: Receiver):
    assert await sent(f"{receiver.origin}/callbacks/nobody") == 404
