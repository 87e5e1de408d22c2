"""A sealed canary: proves at start that the secret is the one this database's keys are sealed with.

Everything here waits for the database, so that it also serves before an event loop runs.
"""

from collections.abc import Callable
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.rows import one_or_none
from evenhand.foundation.secret import Secret
from evenhand.tenants.register import callback_binding

QUERIES = sql.beside(__file__)
WORD = b"evenhand"
BINDING = b"canary"


class MissingSecret(Unavailable):
    """The tenants' secret is missing here: restore secret.key or set EVENHAND_SECRET_KEY."""


class WrongSecret(Unavailable):
    """This is not the secret of this database: restore secret.key or EVENHAND_SECRET_KEY."""


def prove(conninfo: str, kept: Secret | None, make: Callable[[], Secret]) -> Secret:
    """Prove the secret by the canary, or seal one; a secret is made only where no tenant is."""
    with psycopg.connect(conninfo) as connection:
        sealed = _sealed(connection)
        tenants = connection.execute(QUERIES["tenant_ids"]).fetchall()
        if kept is None and (sealed is not None or tenants):
            raise MissingSecret
        secret = kept or make()
        _keep_key(connection, secret)
        if sealed is None:
            if tenants:
                _prove_by_tenant(connection, secret, tenants[0][0])
            written = secret.seal(WORD, bound_to=BINDING)
            connection.execute(QUERIES["insert_canary"], {"sealed": written})
            sealed = _sealed(connection)
        assert sealed is not None, "somebody has sealed it by now"
        _require_open(secret, sealed, BINDING)
    return secret


async def require(connection: Connection, secret: Secret) -> None:
    """Raise `WrongSecret` unless the canary of this database opens with the secret."""
    sealed = await one_or_none(connection, QUERIES["find_canary"], bytes)
    _require_open(secret, sealed or b"", BINDING)


def _sealed(connection: psycopg.Connection) -> bytes | None:
    row = connection.execute(QUERIES["find_canary"]).fetchone()
    return None if row is None else row[0]


def _keep_key(connection: psycopg.Connection, secret: Secret) -> None:
    """Let the database know by what it is proved in whose name a transaction is."""
    row = connection.execute(QUERIES["keep_door_key"], {"key": Proofs(secret).key}).fetchone()
    if row != (True,):
        raise WrongSecret


def _prove_by_tenant(connection: psycopg.Connection, secret: Secret, tenant_id: UUID) -> None:
    proved = {"tenant_id": tenant_id, "proof": Proofs(secret).of(tenant_id)}
    connection.execute(QUERIES["become"], proved)
    of_tenant = {"tenant_id": tenant_id}
    row = connection.execute(QUERIES["find_callback_auth_key"], of_tenant).fetchone()
    if row is not None:
        _require_open(secret, row[0], callback_binding(tenant_id))


def _require_open(secret: Secret, sealed: bytes, binding: bytes) -> None:
    try:
        secret.unseal(sealed, bound_to=binding)
    except (InvalidTag, ValueError) as error:
        raise WrongSecret from error
