"""Parties: by what a tenant is called, blinded, so that rivals are found without reading a name."""

import hmac
import unicodedata
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_nobody, as_tenant
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one, row_count
from evenhand.foundation.secret import Secret

QUERIES = sql.beside(__file__)

NAME_CHARACTERS_MAX = 200
PARTIES_MAX = 100  # a company, its daughters, and how people spell them


class BadPartyName(Invalid):
    """The name of a party has 1 to 200 characters."""


class TooManyNames(Conflict):
    """A tenant is known by 100 names at most."""


class NoSuchParty(NotFound):
    """The tenant is not known by that name."""


def party_key(secret: Secret, name: str) -> bytes:
    """Blind a name: whoever has not the server's secret can tell no name from its key."""
    return hmac.digest(secret.key("parties"), folded(name).encode(), "sha256")


def folded(name: str) -> str:
    """The one form of a name, whatever its capitals, accents' forms, punctuation and spaces."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in plain)
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX:
        raise BadPartyName
    # A name of signs alone is what is left of it.
    return " ".join(kept.split()) or plain


async def add_party(tx: Tx, secret: Secret, name: str, *, now: datetime) -> None:
    """Let the tenant be known by one more name; one it had changes nothing."""
    key = party_key(secret, name)
    if await one(tx, QUERIES["count_parties"], int) >= PARTIES_MAX:
        raise TooManyNames
    if await row_count(tx, QUERIES["insert_party"], party_key=key, name=name, now=now):
        await ledger.append(tx, ledger.wall_events.PartyAdded(party_key=key.hex()), at=now)


async def remove_party(tx: Tx, secret: Secret, name: str, *, now: datetime) -> None:
    """Let the tenant no longer be known by a name."""
    key = party_key(secret, name)
    if not await row_count(tx, QUERIES["delete_party"], party_key=key):
        raise NoSuchParty
    await ledger.append(tx, ledger.wall_events.PartyRemoved(party_key=key.hex()), at=now)


async def party_names(tx: Tx) -> list[str]:
    """The names by which the tenant is known."""
    return await many(tx, QUERIES["party_names"], str)


async def is_party(tx: Tx, key: bytes) -> bool:
    """Tell whether a key is that of a name of the tenant itself."""
    return await one(tx, QUERIES["is_party"], bool, party_key=key)


async def blind_names(pool: Pool, secret: Secret, *, now: datetime) -> None:
    """Blind the names of tenants that were made by a version which did not."""
    async with as_nobody(pool) as connection:
        unnamed = await many(connection, QUERIES["tenants_without_party"], UUID)
    for tenant_id in unnamed:
        async with as_tenant(pool, tenant_id) as tx:
            await add_party(tx, secret, await one(tx, QUERIES["name_of"], str), now=now)
