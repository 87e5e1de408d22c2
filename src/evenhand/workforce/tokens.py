"""Tokens: how an annotator speaks, and the sessions that a browser holds for one day."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Unauthorized
from evenhand.foundation.rows import one_or_none, run

QUERIES = sql.beside(__file__)

PREFIX = "ann_"
RANDOM_BYTES = 32
# A working day: a browser left open yesterday asks for the link again.
SESSION = timedelta(hours=16)


class UnknownToken(Unauthorized):
    """The token is not valid, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """Someone who annotates: a person, or a model that is shown as one."""

    annotator_id: UUID
    email: str
    name: str
    kind: Literal["person", "model"]
    reviewer: bool


async def authenticate(connection: Connection, token: str, *, now: datetime) -> Annotator:
    """Tell whose token or session this is; whatever is wrong with it, the answer is the same."""
    annotator, _ = await _find(connection, token, now)
    return annotator


async def open_session(
    connection: Connection, token: str, *, now: datetime
) -> tuple[str, Annotator]:
    """Exchange a token for a session; a session cannot prolong itself into another."""
    annotator, purpose = await _find(connection, token, now)
    if purpose != "api":
        raise UnknownToken
    session = await _insert(
        connection, annotator.annotator_id, purpose="session", expires_at=now + SESSION, now=now
    )
    return session, annotator


async def close_session(connection: Connection, token: str, *, now: datetime) -> None:
    """End a session; the token it came from stays valid, and a closed session closes again."""
    await run(connection, QUERIES["close_session"], token_hash=_hash(token), now=now)


async def issue_token(connection: Connection, annotator_id: UUID, *, now: datetime) -> str:
    """Make the annotator one more token, for whoever has lost the first."""
    return await _insert(connection, annotator_id, purpose="api", expires_at=None, now=now)


async def _insert(
    connection: Connection,
    annotator_id: UUID,
    *,
    purpose: Literal["api", "session"],
    expires_at: datetime | None,
    now: datetime,
) -> str:
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    await run(
        connection,
        QUERIES["insert_token"],
        token_hash=_hash(token),
        annotator_id=annotator_id,
        purpose=purpose,
        expires_at=expires_at,
        now=now,
    )
    return token


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    token_hash: bytes
    purpose: Literal["api", "session"]
    annotator_id: UUID
    email: str
    name: str
    kind: Literal["person", "model"]
    reviewer: bool


async def _find(connection: Connection, token: str, now: datetime) -> tuple[Annotator, str]:
    wanted = _hash(token)
    found = await one_or_none(connection, QUERIES["find_token"], _Found, token_hash=wanted, now=now)
    # The index compares hashes of 256 random bits, from whose timing no token can be guessed;
    # what decides is compared in constant time all the same.
    if found is None or not hmac.compare_digest(found.token_hash, wanted):
        raise UnknownToken
    annotator = Annotator(
        annotator_id=found.annotator_id,
        email=found.email,
        name=found.name,
        kind=found.kind,
        reviewer=found.reviewer,
    )
    return annotator, found.purpose


def _hash(token: str) -> bytes:
    # Whatever a client sends has a hash, a lone surrogate too.
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
