"""The data key of a tenant: random, and kept only as sealed by the master key.

The master key follows from the server's secret and never enters the database, so a copy of
the database opens no file; and when a tenant's data key is destroyed, its files are too.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand import ledger
from evenhand.datasets.sealing import KEY_BYTES, DamagedFile
from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one_or_none, run
from evenhand.foundation.secret import Secret

QUERIES = sql.beside(__file__)

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A tenant's data key, open for use."""

    key_id: UUID
    key: bytes


class KeyRing:
    """Wraps and unwraps data keys with the master key."""

    def __init__(self, secret: Secret) -> None:
        self._master = AESGCM(secret.key("master"))

    def wrap(self, tenant_id: UUID, data_key: DataKey) -> bytes:
        """Seal a data key for the database, bound to its tenant."""
        nonce = os.urandom(NONCE_BYTES)
        bound_to = tenant_id.bytes + data_key.key_id.bytes
        return nonce + self._master.encrypt(nonce, data_key.key, bound_to)

    def unwrap(self, tenant_id: UUID, key_id: UUID, wrapped: bytes) -> DataKey:
        """Open a wrapped data key; another tenant's, or another server's, does not open."""
        nonce, body = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            key = self._master.decrypt(nonce, body, tenant_id.bytes + key_id.bytes)
        except InvalidTag as error:
            raise DamagedFile(
                "The data key does not open: is this the secret that sealed it?",
                key_id=str(key_id),
            ) from error
        return DataKey(key_id=key_id, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrapped:
    key_id: UUID
    wrapped: bytes


async def present_key(tx: Tx, ring: KeyRing, *, now: datetime) -> DataKey:
    """The tenant's newest data key, made now if it has none."""
    newest = await one_or_none(tx, QUERIES["newest_key"], _Wrapped)
    if newest is not None:
        return ring.unwrap(tx.tenant_id, newest.key_id, newest.wrapped)
    # Two first files at once make two keys; each file names its own, so both are right.
    made = DataKey(key_id=uuid4(), key=os.urandom(KEY_BYTES))
    await run(
        tx,
        QUERIES["insert_key"],
        key_id=made.key_id,
        wrapped=ring.wrap(tx.tenant_id, made),
        now=now,
    )
    await ledger.append(tx, ledger.events.DataKeyCreated(key_id=made.key_id), at=now)
    return made


async def key_named(tx: Tx, ring: KeyRing, key_id: UUID) -> DataKey:
    """The data key that a file names; when it was destroyed, so was the file."""
    wrapped = await one_or_none(tx, QUERIES["find_key"], bytes, key_id=key_id)
    if wrapped is None:
        raise DamagedFile("The key of this file has been destroyed.", key_id=str(key_id))
    return ring.unwrap(tx.tenant_id, key_id, wrapped)
