"""Requests that may come twice: the second is answered with the first one's answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import one_or_none, row_count, run

QUERIES = sql.beside(__file__)

# A client that tries again does so within minutes; a week also covers a queue that was stuck.
KEY_LIFETIME = timedelta(days=7)
FORGOTTEN_A_REQUEST_MAX = 100


class KeyUsedDifferently(Conflict):
    """The Idempotency-Key is already in use for a different request; send another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """A request that carries an Idempotency-Key, by the hashes of key and body."""

    is_test: bool
    key_hash: bytes
    body_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _First:
    body_hash: bytes
    answer: str | None


async def begin_once(tx: Tx, request: Repeatable, *, now: datetime) -> str | None:
    """Return what was answered to this request before, or None when it is the first.

    A twin that runs at the same time waits here until the first one has ended.
    """
    arguments = {
        "is_test": request.is_test,
        "key_hash": request.key_hash,
        "body_hash": request.body_hash,
        "now": now,
        "horizon": now - KEY_LIFETIME,
        "limit": FORGOTTEN_A_REQUEST_MAX,
    }
    await run(tx, QUERIES["forget_idempotency"], **arguments)
    if await row_count(tx, QUERIES["begin_once"], **arguments):
        return None
    first = await one_or_none(tx, QUERIES["answer_once"], _First, **arguments)
    if first is None or first.body_hash != request.body_hash or first.answer is None:
        raise KeyUsedDifferently
    return first.answer


async def keep_answer(tx: Tx, request: Repeatable, answer: str) -> None:
    """Keep the answer to a request for as long as its key lives."""
    await run(
        tx,
        QUERIES["keep_answer"],
        is_test=request.is_test,
        key_hash=request.key_hash,
        answer=answer,
    )
