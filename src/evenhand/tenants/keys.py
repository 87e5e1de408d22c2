"""API keys: a key names its tenant, and the tenant's own rows say whether it is valid."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import NotFound, Unauthorized
from evenhand.foundation.rows import one_or_none, row_count, run

QUERIES = sql.beside(__file__)

TENANT_BYTES = 16
RANDOM_BYTES = 24
# 40 bytes are 54 characters of base64 without padding; both prefixes have five.
KEY_CHARACTERS = 59
HINT_CHARACTERS = 4


class UnknownKey(Unauthorized):
    """The API key is not valid."""


class NoSuchKey(NotFound):
    """No valid key of this tenant ends like this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The tenant that a key speaks for, and whether it is the key for tests."""

    tenant_id: UUID
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    key_hash: bytes
    is_test: bool


async def authenticate(pool: Pool, key: str) -> Caller:
    """Tell whose key this is; whatever is wrong with it, the answer is the same."""
    tenant_id = _tenant_named_in(key)
    wanted = _hash(key)
    async with as_tenant(pool, tenant_id) as tx:
        found = await one_or_none(tx, QUERIES["find_key"], _Found, key_hash=wanted)
    # The index compares hashes of 192 random bits, from whose timing no key can be guessed;
    # what decides is compared in constant time all the same.
    if found is None or not hmac.compare_digest(found.key_hash, wanted):
        raise UnknownKey
    return Caller(tenant_id=tenant_id, is_test=found.is_test)


async def issue_key(tx: Tx, *, is_test: bool, now: datetime) -> str:
    """Make a key and return its only copy: the database keeps a hash and the last characters."""
    token = tx.tenant_id.bytes + secrets.token_bytes(RANDOM_BYTES)
    key = _prefix(is_test=is_test) + base64.urlsafe_b64encode(token).decode().rstrip("=")
    await run(
        tx,
        QUERIES["insert_key"],
        key_hash=_hash(key),
        is_test=is_test,
        hint=key[-HINT_CHARACTERS:],
        now=now,
    )
    issued = ledger.events.KeyIssued(is_test=is_test, hint=key[-HINT_CHARACTERS:])
    await ledger.append(tx, issued, at=now)
    return key


async def revoke_key(tx: Tx, hint: str, *, now: datetime) -> None:
    """Make every valid key that ends with these characters worthless from now on."""
    revoked = await row_count(tx, QUERIES["revoke_key"], hint=hint, now=now)
    if not revoked:
        raise NoSuchKey(hint=hint)
    await ledger.append(tx, ledger.events.KeyRevoked(hint=hint, keys=revoked), at=now)


def _prefix(*, is_test: bool) -> str:
    return "test_" if is_test else "live_"


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _tenant_named_in(key: str) -> UUID:
    prefix, encoded = key[:5], key[5:]
    if prefix not in ("live_", "test_") or len(key) != KEY_CHARACTERS or not key.isascii():
        raise UnknownKey
    try:
        token = base64.b64decode(encoded + "==", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise UnknownKey from error
    return UUID(bytes=token[:TENANT_BYTES])
